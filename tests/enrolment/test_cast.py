"""The cast and the factories give what other tests stand on."""

from typing import Any

import pytest

from app.access.scope import get_visible, works_in
from app.errors import NotFound
from app.needs.models import Need, NeedState
from app.people.models import Elder, Person, Role
from app.people.queries import relatives_of, responsible_staff
from app.visits.models import VisitState
from tests.factories import make_assignment, make_elder, make_need, make_visit, make_volunteer
from tests.people import COMMUNITY, GRID3, cast


def test_everybody_of_the_cast_is_where_she_belongs(session: Any) -> None:
    people = cast(session)
    assert people.actor(people.chen).roles == {Role.ELDER}
    assert people.actor(people.mei).roles == {Role.RELATIVE}
    assert people.actor(people.mei).speaks_for == {people.chen.id}
    assert works_in(people.actor(people.lin), GRID3)
    assert not works_in(people.actor(people.xu), COMMUNITY)
    assert relatives_of(people.chen.id) == [people.mei]


def test_the_nearest_staff_answers_for_a_grid(session: Any) -> None:
    people = cast(session)
    assert responsible_staff(GRID3, Role.GRID_WORKER) == [people.guo]
    assert responsible_staff(GRID3, Role.COORDINATOR) == [people.lin, people.approver]
    assert responsible_staff(f"{COMMUNITY}001", Role.GRID_WORKER) == []
    assert responsible_staff(GRID3, Role.ADMINISTRATOR) == [people.admin]


def test_the_stranger_sees_nobody(session: Any) -> None:
    people = cast(session)
    with pytest.raises(NotFound):
        get_visible(Person, people.chen.id, people.actor(people.xu))
    assert get_visible(Elder, people.chen.id, people.actor(people.guo)).person_id == people.chen.id


def test_a_factory_gives_a_valid_thing_without_being_told_anything(session: Any) -> None:
    assert make_elder().consent_ended is None
    assert make_volunteer().vetted_until is not None
    assert make_need().state == NeedState.OPEN
    assert make_assignment().state == "offered"
    visits = [make_visit(state=state) for state in VisitState]
    assert {visit.state for visit in visits} == set(VisitState)
    numbers = [need.number for need in session.query(Need)]
    assert len(numbers) == len(set(numbers)) == 2 + len(VisitState)


def test_a_person_of_the_cast_can_sign_in(session: Any, log_in: Any) -> None:
    people = cast(session)
    answer = log_in(people.lin).get("/settings")
    assert answer.status_code == 200
