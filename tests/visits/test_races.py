"""Those who come at the same instant: exactly one wins, the others get a sentence, no minute moves twice."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.access.actor import Actor, actor_of
from app.db import transaction
from app.errors import Taken
from app.ledger.queries import balance
from app.matchruns import answers
from app.needs.models import Need, NeedState
from app.people.models import Volunteer
from app.people.service import pin_of
from app.visits import service
from app.visits.door import PinSpent
from app.visits.models import Assignment, AssignmentState, Visit, VisitState
from tests.factories import make_assignment, make_need, make_visit, make_volunteer
from tests.people import cast
from tests.support.racing import all_at_once
from tests.visits.support import paid_need

AT_ONCE = 6


def _actor(person_id: str) -> Actor:
    found = actor_of(person_id)
    assert found is not None
    return found


def _accepting(assignment: Assignment) -> Callable[[], object]:
    person_id, assignment_id = assignment.volunteer_id, assignment.id
    return lambda: answers.accept_offer(_actor(person_id), assignment_id).id


@pytest.mark.parametrize("several", [2, AT_ONCE])
def test_of_several_who_accept_one_place_exactly_one_goes(app: Flask, session: Any, several: int) -> None:
    need = make_need()
    asked = [make_assignment(need=need, volunteer=make_volunteer()) for _ in range(several)]
    session.commit()
    results = all_at_once(app, [_accepting(assignment) for assignment in asked])
    session.expire_all()
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, Taken) for result in results) == several - 1
    states = [session.get_one(Assignment, assignment.id).state for assignment in asked]
    assert states.count(AssignmentState.ACCEPTED) == 1
    assert states.count(AssignmentState.SUPERSEDED) == several - 1
    assert session.query(Visit).count() == 1
    assert session.get_one(Need, need.id).state == NeedState.ARRANGED


def test_one_volunteer_cannot_promise_the_same_hour_twice(app: Flask, session: Any) -> None:
    volunteer = make_volunteer()
    asked = [make_assignment(need=make_need(start=(540, 540)), volunteer=volunteer) for _ in range(3)]
    session.commit()
    results = all_at_once(app, [_accepting(assignment) for assignment in asked])
    session.expire_all()
    assert sum(isinstance(result, str) for result in results) == 1
    assert session.query(Visit).count() == 1


def test_tapping_several_times_at_once_is_accepting_once(app: Flask, session: Any) -> None:
    assignment = make_assignment()
    session.commit()
    results = all_at_once(app, [_accepting(assignment)] * AT_ONCE)
    assert len(set(results)) == 1
    assert session.query(Visit).count() == 1


def test_accepting_and_cancelling_at_once_leaves_no_visit_to_a_cancelled_order(app: Flask, session: Any) -> None:
    people = cast(session)
    need = make_need(elder=people.elder)
    assignment = make_assignment(need=need, volunteer=people.volunteer)
    chen, need_id = people.chen.id, need.id
    session.commit()
    all_at_once(app, [_accepting(assignment), lambda: service.cancel_need(_actor(chen), need_id).id])
    session.expire_all()
    assert session.get_one(Need, need_id).state == NeedState.CANCELLED
    assert session.query(Visit).filter(Visit.state != VisitState.CANCELLED).count() == 0
    assert session.get_one(Assignment, assignment.id).state == AssignmentState.SUPERSEDED


def test_confirming_at_once_moves_the_minutes_once(app: Flask, session: Any) -> None:
    session.commit()
    with transaction():
        people = cast(session)
        world = paid_need(people, duration_min=45)
        visit = make_visit(
            need=world.need, volunteer=people.volunteer, start_min=570, state=VisitState.CHECKED_OUT
        )  # fmt: skip
    speakers = [people.chen.id, people.mei.id, people.guo.id, people.lin.id] * 2
    visit_id = visit.id
    works = [lambda who=who: service.confirm_visit(_actor(who), visit_id).id for who in speakers]
    results = all_at_once(app, works)
    session.expire_all()
    assert set(results) == {visit_id}
    assert (balance(people.chen.id).stored, balance(people.bo.id).stored) == (75, 45)


def test_guessing_many_pins_at_once_looks_at_three(app: Flask, session: Any) -> None:
    session.commit()
    with transaction():
        people = cast(session)
        visit = make_visit(need=paid_need(people).need, volunteer=people.volunteer, start_min=570)
    bo, visit_id, pin = people.bo.id, visit.id, pin_of(people.elder)
    guesses = [f"{(int(pin) + n) % 10000:04d}" for n in range(1, 9)]
    works = [lambda guess=guess: service.check_in(_actor(bo), visit_id, pin=guess) for guess in guesses]
    results = all_at_once(app, works)
    assert sum(isinstance(result, PinSpent) for result in results) == len(guesses) - 2
    assert session.get_one(Volunteer, bo).person_id == bo
