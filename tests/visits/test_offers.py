"""Asking and answering: one tap says yes, ten minutes take it back, a no has no consequence."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock as wall
from app.access.actor import Actor, actor_of
from app.errors import NotFound, Taken
from app.needs.models import NeedState
from app.notices.models import Notice
from app.visits import service
from app.visits.models import Assignment, AssignmentState, Origin, ReportKind, VisitReport, VisitState
from app.visits.queries import tally, visit_of
from tests.conftest import Clock
from tests.factories import make_assignment, make_need, make_volunteer
from tests.people import Cast
from tests.visits.support import World, accepted, at_the_door, offer_to, paid_need


def _kinds(session: Any, person_id: str) -> list[str]:
    rows = session.scalars(select(Notice.kind).where(Notice.person_id == person_id).order_by(Notice.created_at))
    return list(rows)


def test_an_offer_tells_the_volunteer_and_nothing_to_the_elder(session: Any, world: World) -> None:
    offer_to(world, world.people.volunteer)
    assert _kinds(session, world.people.bo.id) == ["offer"]
    assert _kinds(session, world.people.chen.id) == []
    assert world.people.volunteer.last_asked_at == wall.now()


def test_a_proposal_tells_nobody(session: Any, world: World) -> None:
    service.propose(
        run_id=None, origin=Origin.MATCH, need=world.need, place=1, volunteer_id=world.people.bo.id, start_min=570
    )
    assert _kinds(session, world.people.bo.id) == []


def test_nobody_is_asked_twice_for_one_order(world: World) -> None:
    offer_to(world, world.people.volunteer)
    with pytest.raises(service.AskedAlready):
        offer_to(world, world.people.volunteer)


def test_acceptance_plans_the_visit_arranges_the_order_and_tells_the_elder(session: Any, world: World) -> None:
    visit = accepted(world)
    assert (visit.state, visit.start_min, visit.volunteer_id) == (VisitState.PLANNED, 570, world.people.bo.id)
    assert world.need.state == NeedState.ARRANGED
    assert _kinds(session, world.people.chen.id) == ["arranged"]


def test_accepting_twice_is_accepting_once(world: World) -> None:
    visit = accepted(world)
    again = service.accept_assignment(world.actor(world.people.bo), visit.assignment_id)
    assert again.id == visit.id


def test_the_second_of_two_is_told_kindly(session: Any, world: World) -> None:
    first = offer_to(world, world.people.volunteer)
    other = make_volunteer()
    second = offer_to(world, other)
    service.accept_assignment(world.actor(world.people.bo), first.id)
    session.refresh(second)
    assert second.state == AssignmentState.SUPERSEDED
    assert "offer_gone" in _kinds(session, other.person_id)
    with pytest.raises(Taken):
        service.accept_assignment(_actor(other.person_id), second.id)


def _actor(person_id: str) -> Actor:
    actor = actor_of(person_id)
    assert actor is not None
    return actor


def test_nobody_answers_for_somebody_else(world: World) -> None:
    assignment = offer_to(world, world.people.volunteer)
    for person in (world.people.dan, world.people.lin, world.people.chen):
        with pytest.raises(NotFound):
            service.accept_assignment(world.actor(person), assignment.id)
        with pytest.raises(NotFound):
            service.decline_assignment(world.actor(person), assignment.id)


def test_an_offer_past_its_deadline_is_over(world: World, clock: Clock) -> None:
    assignment = offer_to(world, world.people.volunteer)
    clock.forward(hours=4, seconds=1)
    with pytest.raises(service.OfferOver):
        service.accept_assignment(world.actor(world.people.bo), assignment.id)


def test_an_offer_can_be_accepted_until_the_last_second(world: World, clock: Clock) -> None:
    assignment = offer_to(world, world.people.volunteer)
    clock.forward(hours=4)
    assert service.accept_assignment(world.actor(world.people.bo), assignment.id).state == VisitState.PLANNED


def test_an_order_for_two_is_arranged_when_both_have_accepted(people: Cast) -> None:
    world = paid_need(people, volunteers_needed=2)
    other = make_volunteer()
    first, second = offer_to(world, people.volunteer), offer_to(world, other, place=2)
    service.accept_assignment(world.actor(people.bo), first.id)
    assert world.need.state == NeedState.OPEN
    service.accept_assignment(_actor(other.person_id), second.id)
    assert world.need.state == NeedState.ARRANGED


def test_two_visits_at_one_time_cannot_both_be_accepted(people: Cast) -> None:
    world = paid_need(people)
    accepted(world)
    other = make_need(day=world.need.day, start=(600, 600))
    clash = make_assignment(need=other, volunteer=people.volunteer)
    with pytest.raises(service.Clashes):
        service.accept_assignment(world.actor(people.bo), clash.id)


def test_a_yes_can_be_taken_back_for_ten_minutes(world: World, clock: Clock) -> None:
    visit = accepted(world)
    clock.forward(minutes=10)
    assignment = service.undo_accept(world.actor(world.people.bo), visit.id)
    assert assignment.state == AssignmentState.OFFERED
    assert (visit.state, world.need.state) == (VisitState.CANCELLED, NeedState.OPEN)


def test_after_ten_minutes_the_page_explains_how_to_give_it_back(world: World, clock: Clock) -> None:
    visit = accepted(world)
    clock.forward(minutes=10, seconds=1)
    with pytest.raises(service.UndoIsOver) as caught:
        service.undo_accept(world.actor(world.people.bo), visit.id)
    assert "10" in caught.value.sentence()
    assert visit.state == VisitState.PLANNED


def test_what_was_taken_back_can_be_accepted_again(world: World) -> None:
    visit = accepted(world)
    service.undo_accept(world.actor(world.people.bo), visit.id)
    again = service.accept_assignment(world.actor(world.people.bo), visit.assignment_id)
    assert (again.id, again.state) == (visit.id, VisitState.PLANNED)
    assert world.need.state == NeedState.ARRANGED


def test_a_no_is_counted_and_nothing_else(session: Any, world: World) -> None:
    assignment = offer_to(world, world.people.volunteer)
    service.decline_assignment(world.actor(world.people.bo), assignment.id)
    service.decline_assignment(world.actor(world.people.bo), assignment.id)
    found = tally(world.need.id)
    assert (found.cannot, found.waiting, found.accepted) == (1, 0, 0)
    assert session.scalar(select(VisitReport)) is None


def test_silence_closes_an_offer_once(world: World) -> None:
    assignment = offer_to(world, world.people.volunteer)
    assert service.expire_assignment(assignment) is True
    assert service.expire_assignment(assignment) is False
    assert tally(world.need.id).silent == 1


def test_an_accepted_offer_does_not_expire(session: Any, world: World) -> None:
    visit = accepted(world)
    assert service.expire_assignment(session.get_one(Assignment, visit.assignment_id)) is False


def test_giving_a_visit_back_opens_the_order_and_names_who_looks_for_another(session: Any, world: World) -> None:
    visit = accepted(world)
    gone = service.withdraw(world.actor(world.people.bo), visit.id)
    assert (gone.kind, gone.owner_id) == (ReportKind.DROPPED_OUT, world.people.lin.id)
    assert world.need.state == NeedState.OPEN
    assert tally(world.need.id).dropped == 1
    assert "not_coming" in _kinds(session, world.people.chen.id)


def test_a_visit_that_has_begun_cannot_be_given_back(world: World) -> None:
    visit = at_the_door(world, accepted(world))
    with pytest.raises(service.NotNow):
        service.withdraw(world.actor(world.people.bo), visit.id)


def test_a_newcomer_beside_her_stays_at_home_when_the_experienced_one_cannot_come(session: Any, people: Cast) -> None:
    world = paid_need(people)
    visit = accepted(world)
    newcomer = make_volunteer()
    beside = offer_to(world, newcomer, place=2, origin=Origin.PARTNER)
    hers = service.accept_assignment(_actor(newcomer.person_id), beside.id)
    assert hers.accompanied is True
    service.withdraw(world.actor(people.bo), visit.id)
    session.refresh(hers)
    assert hers.state == VisitState.CANCELLED
    assert "visit_cancelled" in _kinds(session, newcomer.person_id)


def test_a_cancelled_order_tells_who_was_asked_and_gives_the_minutes_back(session: Any, world: World) -> None:
    visit = accepted(world)
    session.refresh(world.chens)
    assert world.chens.held == world.need.duration_min
    service.cancel_need(world.actor(world.people.mei), world.need.id, reason="")
    session.refresh(world.chens)
    assert (world.need.state, visit.state, world.chens.held) == (NeedState.CANCELLED, VisitState.CANCELLED, 0)
    assert "visit_cancelled" in _kinds(session, world.people.bo.id)
    assert service.cancel_need(world.actor(world.people.chen), world.need.id).state == NeedState.CANCELLED


def test_an_order_cannot_be_cancelled_once_somebody_is_there(world: World) -> None:
    at_the_door(world, accepted(world))
    with pytest.raises(service.TooLateToCancel):
        service.cancel_need(world.actor(world.people.chen), world.need.id)


def test_only_her_side_and_who_has_the_duty_cancels(world: World) -> None:
    offer_to(world, world.people.volunteer)
    for person in (world.people.bo, world.people.xu, world.people.auditor):
        with pytest.raises(NotFound):
            service.cancel_need(world.actor(person), world.need.id)


def test_offers_ask_for_an_answer_in_the_future(world: World) -> None:
    assignment = offer_to(world, world.people.volunteer)
    assert assignment.deadline_at == wall.now() + timedelta(hours=4)
    assert visit_of(assignment.id) is None
