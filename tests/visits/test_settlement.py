"""After the door: the elder's yes moves the minutes once; her no moves nothing until somebody has looked."""

from typing import Any

import pytest
from sqlalchemy import select

from app import clock as wall
from app.errors import Invalid, NotFound
from app.ledger.models import Transfer
from app.ledger.queries import awaited_credits
from app.ledger.service import donate, ensure_accounts_for_unit, pay_awaited
from app.needs.models import NeedState
from app.notices.models import Notice
from app.people.models import VolunteerState
from app.visits import service
from app.visits.models import Visit, VisitReport, VisitState
from app.visits.settlement import BeingLookedInto, NotOver, OwnVisit
from tests.conftest import Clock
from tests.factories import make_volunteer
from tests.people import GRID3, Cast
from tests.visits.support import World, accepted, at_the_door, gone_home, paid_need, served_together


def _served(world: World, clock: Clock, minutes: int = 40) -> Visit:
    visit = at_the_door(world, accepted(world))
    clock.forward(minutes=minutes)
    return gone_home(world, visit)


@pytest.fixture
def world(people: Cast) -> World:
    """Aunt Chen's order of 45 minutes for today."""
    return paid_need(people, duration_min=45)


@pytest.fixture
def served(world: World, clock: Clock) -> Visit:
    """Bo was there for 40 minutes."""
    return _served(world, clock)


def _balances(session: Any, world: World) -> tuple[int, int, int]:
    session.refresh(world.chens)
    session.refresh(world.bos)
    return world.chens.posted, world.chens.held, world.bos.posted


@pytest.mark.parametrize(("who", "how"), [("chen", "elder"), ("mei", "relative"), ("guo", "staff"), ("lin", "staff")])
def test_a_yes_moves_the_minutes_from_her_to_him(session: Any, world: World, served: Visit, who: str, how: str) -> None:
    assert _balances(session, world) == (120, 45, 0)
    service.confirm_visit(world.actor(getattr(world.people, who)), served.id, rating="satisfied")
    assert (served.state, served.confirmed_how) == (VisitState.CONFIRMED, how)
    assert (world.need.state, world.need.rating) == (NeedState.DONE, "satisfied")
    assert _balances(session, world) == (80, 0, 40)


def test_saying_yes_twice_moves_the_minutes_once(session: Any, world: World, served: Visit) -> None:
    for person in (world.people.chen, world.people.mei, world.people.chen):
        service.confirm_visit(world.actor(person), served.id)
    assert _balances(session, world) == (80, 0, 40)
    posts = session.scalars(select(Transfer.uid).where(Transfer.uid == f"visit:{served.id}:post")).all()
    assert len(posts) == 1


def test_nobody_else_says_yes(world: World, served: Visit) -> None:
    for person in (world.people.bo, world.people.dan, world.people.xu, world.people.auditor, world.people.admin):
        with pytest.raises(NotFound):
            service.confirm_visit(world.actor(person), served.id)


def test_a_coordinator_does_not_confirm_her_own_visit(world: World, served: Visit) -> None:
    from app.access.actor import SYSTEM
    from app.people.models import Role
    from app.people.service import add_membership

    add_membership(SYSTEM, world.people.bo.id, GRID3, Role.COORDINATOR)
    with pytest.raises(OwnVisit):
        service.confirm_visit(world.actor(world.people.bo), served.id)


def test_a_visit_is_not_confirmed_before_it_is_over(world: World) -> None:
    visit = accepted(world)
    with pytest.raises(NotOver):
        service.confirm_visit(world.actor(world.people.chen), visit.id)


def test_silence_confirms_after_72_hours(session: Any, world: World, served: Visit, clock: Clock) -> None:
    clock.forward(hours=71, minutes=59)
    assert service.confirm_silent_visits() == 0
    clock.forward(minutes=1)
    assert service.confirm_silent_visits() == 1
    assert (served.confirmed_how, served.confirmed_by) == ("silence", None)
    assert service.confirm_silent_visits() == 0
    assert _balances(session, world) == (80, 0, 40)


def test_an_elder_with_nothing_stored_is_served_and_the_credit_waits_for_the_fund(
    session: Any, people: Cast, clock: Clock
) -> None:
    world = paid_need(people, minutes=0)
    visit = _served(world, clock, 30)
    service.confirm_visit(world.actor(people.chen), visit.id)
    assert (visit.state, visit.unfunded) == (VisitState.CONFIRMED, True)
    assert [waiting.uid for waiting in awaited_credits()] == [f"visit:{visit.id}:late"]
    assert _balances(session, world) == (0, 0, 0)


def test_what_waits_is_paid_when_somebody_gives_to_the_fund(session: Any, people: Cast, clock: Clock) -> None:
    from app.ledger.service import ensure_person_account
    from tests.visits.support import issue

    world = paid_need(people, minutes=0)
    visit = _served(world, clock, 30)
    service.confirm_visit(world.actor(people.chen), visit.id)
    dans = ensure_person_account(people.dan.id)
    issue(people, dans, 60)
    fund = ensure_accounts_for_unit(GRID3, on=wall.now().date())
    donate(uid="gift:1", giver=dans.id, fund=fund.id, minutes=60, by=people.dan.id)
    pay_awaited(fund.id)
    assert _balances(session, world)[2] == 30


def test_one_yes_covers_both_who_came_together(session: Any, people: Cast, clock: Clock) -> None:
    world = paid_need(people, volunteers_needed=2, duration_min=30)
    first, second = served_together(world, make_volunteer(), clock)
    service.confirm_visit(world.actor(people.chen), first.id)
    session.refresh(second)
    assert (first.state, second.state) == (VisitState.CONFIRMED, VisitState.CONFIRMED)
    assert _balances(session, world) == (60, 0, 30)


def test_two_visits_with_a_partner_let_a_newcomer_go_alone(session: Any, people: Cast, clock: Clock) -> None:
    people.volunteer.state = VolunteerState.PROBATION
    for number in (1, 2):
        world = paid_need(people, minutes=60 if number == 1 else 0, duration_min=30)
        visit = _served(world, clock, 30)
        service.confirm_visit(world.actor(people.chen), visit.id)
        assert people.volunteer.accompanied_visits == number
    assert people.volunteer.state == VolunteerState.ACTIVE


# Disputes ----------------------------------------------------------------------------------------------------------


def test_a_no_stops_everything_and_tells_the_coordinator(
    session: Any, world: World, served: Visit, clock: Clock
) -> None:
    service.dispute_visit(world.actor(world.people.chen), served.id, "他只坐了十分钟")
    assert (served.state, world.need.state) == (VisitState.DISPUTED, NeedState.DISPUTED)
    told = session.scalars(select(Notice.kind).where(Notice.person_id == world.people.lin.id)).all()
    assert "report_dispute" in told
    clock.forward(hours=100)
    assert service.confirm_silent_visits() == 0
    with pytest.raises(BeingLookedInto):
        service.confirm_visit(world.actor(world.people.chen), served.id)
    assert _balances(session, world) == (120, 45, 0)


def test_a_no_needs_a_few_words(world: World, served: Visit) -> None:
    with pytest.raises(Invalid) as caught:
        service.dispute_visit(world.actor(world.people.chen), served.id, "  ")
    assert "words" in caught.value.fields
    assert served.state == VisitState.CHECKED_OUT


def test_a_dispute_that_is_right_stores_nothing(session: Any, world: World, served: Visit) -> None:
    service.dispute_visit(world.actor(world.people.mei), served.id, "没有人来过")
    service.resolve_dispute(world.actor(world.people.lin), served.id, uphold=True)
    assert (served.state, served.credit_min, world.need.state) == (VisitState.FAILED, 0, NeedState.UNSERVED)
    assert _balances(session, world) == (120, 0, 0)
    report = session.scalars(select(VisitReport).where(VisitReport.visit_id == served.id)).one()
    assert report.closed_at is not None


def test_a_dispute_can_end_with_fewer_minutes(session: Any, world: World, served: Visit) -> None:
    service.dispute_visit(world.actor(world.people.chen), served.id, "他只坐了十分钟")
    service.resolve_dispute(world.actor(world.people.lin), served.id, uphold=False, minutes=10)
    assert (served.state, served.actual_min, served.credit_min) == (VisitState.CONFIRMED, 10, 10)
    assert served.checked_in_at is not None
    assert (served.checked_out_at - served.checked_in_at).total_seconds() == 40 * 60  # what the door noted stays
    assert _balances(session, world) == (110, 0, 10)


@pytest.mark.parametrize("minutes", [-1, 46, 1000])
def test_a_dispute_never_ends_above_what_was_held(session: Any, world: World, served: Visit, minutes: int) -> None:
    service.dispute_visit(world.actor(world.people.chen), served.id, "时间不对")
    with pytest.raises(Invalid):
        service.resolve_dispute(world.actor(world.people.lin), served.id, uphold=False, minutes=minutes)
    assert _balances(session, world) == (120, 45, 0)


def test_only_a_coordinator_of_the_place_answers_a_dispute(world: World, served: Visit) -> None:
    service.dispute_visit(world.actor(world.people.chen), served.id, "时间不对")
    for person in (world.people.guo, world.people.xu, world.people.chen, world.people.bo):
        with pytest.raises(NotFound):
            service.resolve_dispute(world.actor(person), served.id, uphold=True)


def test_a_confirmed_visit_is_not_disputed_any_more(world: World, served: Visit) -> None:
    service.confirm_visit(world.actor(world.people.chen), served.id)
    with pytest.raises(service.NotNow):
        service.dispute_visit(world.actor(world.people.chen), served.id, "想了想还是不对")


def test_whoever_earns_hears_of_it(session: Any, world: World, served: Visit) -> None:
    service.confirm_visit(world.actor(world.people.chen), served.id)
    told = session.scalars(select(Notice.kind).where(Notice.person_id == world.people.bo.id)).all()
    assert "stored" in told
    assert served.confirmed_at == wall.now()
