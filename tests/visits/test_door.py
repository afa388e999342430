"""At the door: in by PIN or card, out, and what is reported from there."""

from typing import Any

import pytest
from sqlalchemy import select

from app.errors import NotAllowed, NotFound
from app.needs.models import NeedState
from app.notices.models import Notice
from app.people.service import pin_of
from app.visits import service
from app.visits.door import CardOfSomebodyElse, NotToday, PinSpent, PinWrong, PinWrongLast, SecondMissing
from app.visits.minutes import rounded
from app.visits.models import Origin, ReportKind, Visit, VisitState
from app.visits.queries import door_of
from tests.conftest import Clock
from tests.factories import make_elder, make_volunteer
from tests.people import Cast
from tests.visits.support import World, accepted, at_the_door, gone_home, offer_to, paid_need


def _wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10000:04d}"


def _try(world: World, visit: Visit, pin: str) -> object:
    return service.check_in(world.actor(world.people.bo), visit.id, pin=pin)


def test_the_pin_of_the_card_checks_in_and_the_order_is_in_progress(world: World) -> None:
    visit = at_the_door(world, accepted(world))
    assert (visit.state, visit.checked_in_how) == (VisitState.IN_PROGRESS, "pin")
    assert world.need.state == NeedState.IN_PROGRESS


def test_spaces_in_a_pin_do_not_matter(world: World) -> None:
    visit = accepted(world)
    pin = pin_of(world.people.elder)
    assert isinstance(_try(world, visit, f" {pin[:2]} {pin[2:]} "), Visit)


def test_checking_in_twice_is_checking_in_once(world: World, clock: Clock) -> None:
    visit = at_the_door(world, accepted(world))
    before = visit.checked_in_at
    clock.forward(minutes=5)
    assert at_the_door(world, visit).checked_in_at == before


def test_a_wrong_pin_says_how_many_tries_are_left(world: World) -> None:
    visit, wrong = accepted(world), _wrong(pin_of(world.people.elder))
    first, second = _try(world, visit, wrong), _try(world, visit, wrong)
    assert isinstance(first, PinWrong)
    assert "2" in first.sentence()
    assert isinstance(second, PinWrongLast)


def test_a_pin_is_not_looked_at_a_fourth_time_even_when_it_is_right(world: World) -> None:
    visit, pin = accepted(world), pin_of(world.people.elder)
    answers = [_try(world, visit, _wrong(pin)) for _ in range(3)]
    fourth = _try(world, visit, pin)
    assert isinstance(answers[2], PinSpent)
    assert isinstance(fourth, PinSpent)
    assert "717" in fourth.sentence()
    assert visit.state == VisitState.PLANNED


def test_a_right_pin_forgets_the_wrong_ones(world: World) -> None:
    visit, pin = accepted(world), pin_of(world.people.elder)
    _try(world, visit, _wrong(pin))
    assert isinstance(_try(world, visit, pin), Visit)


def test_the_card_checks_in_without_a_pin(world: World) -> None:
    visit = accepted(world)
    found = service.check_in(world.actor(world.people.bo), visit.id, card=world.people.elder.card_code)
    assert isinstance(found, Visit)
    assert found.checked_in_how == "card"


def test_the_card_of_another_door_is_refused(world: World) -> None:
    visit, other = accepted(world), make_elder()
    with pytest.raises(CardOfSomebodyElse):
        service.check_in(world.actor(world.people.bo), visit.id, card=other.card_code)


def test_nobody_checks_in_on_another_day(people: Cast, clock: Clock) -> None:
    world = paid_need(people)
    visit = accepted(world)
    clock.forward(days=1)
    with pytest.raises(NotToday):
        _try(world, visit, pin_of(people.elder))


def test_nobody_checks_in_for_somebody_else(world: World) -> None:
    visit = accepted(world)
    for person in (world.people.dan, world.people.lin, world.people.chen, world.people.xu):
        with pytest.raises(NotFound):
            service.check_in(world.actor(person), visit.id, pin=pin_of(world.people.elder))


def test_a_visit_for_two_does_not_begin_before_the_second_is_found(people: Cast) -> None:
    world = paid_need(people, volunteers_needed=2)
    visit = accepted(world)
    with pytest.raises(SecondMissing):
        _try(world, visit, pin_of(people.elder))


def test_a_newcomer_does_not_go_in_before_anybody_experienced_has_accepted(people: Cast) -> None:
    world = paid_need(people)
    beside = offer_to(world, people.volunteer, place=2, origin=Origin.PARTNER)
    visit = service.accept_assignment(world.actor(people.bo), beside.id)
    with pytest.raises(SecondMissing):
        _try(world, visit, pin_of(people.elder))


def test_who_cannot_prove_it_is_checked_in_by_phone(world: World) -> None:
    visit = accepted(world)
    found = service.check_in_by_phone(world.actor(world.people.guo), visit.id)
    assert (found.state, found.checked_in_how) == (VisitState.IN_PROGRESS, "staff")
    out = service.check_out_by_phone(world.actor(world.people.lin), visit.id)
    assert (out.state, out.checked_out_how) == (VisitState.CHECKED_OUT, "staff")


def test_staff_of_another_district_and_the_volunteer_herself_note_nothing(world: World) -> None:
    visit = accepted(world)
    with pytest.raises(NotFound):
        service.check_in_by_phone(world.actor(world.people.xu), visit.id)
    with pytest.raises((NotFound, NotAllowed)):
        service.check_in_by_phone(world.actor(world.people.bo), visit.id)


@pytest.mark.parametrize(("minutes", "stored"), [(42, 40), (43, 45), (38, 40), (5, 5), (4, 0), (0, 0), (60, 45)])
def test_minutes_are_rounded_once_to_the_step_and_never_above_the_hold(
    people: Cast, clock: Clock, minutes: int, stored: int
) -> None:
    world = paid_need(people, duration_min=45)
    visit = at_the_door(world, accepted(world))
    clock.forward(minutes=minutes)
    gone_home(world, visit)
    assert (visit.actual_min, visit.credit_min) == (minutes, stored)


def test_half_a_minute_is_a_whole_one(world: World, clock: Clock) -> None:
    visit = at_the_door(world, accepted(world))
    clock.forward(minutes=29, seconds=30)
    assert gone_home(world, visit).actual_min == 30


def test_half_a_step_is_rounded_up() -> None:
    assert [rounded(minutes, 5) for minutes in (2, 3, 7, 8, 12, 13)] == [0, 5, 5, 10, 10, 15]
    assert [rounded(minutes, 10) for minutes in (4, 5, 14, 15)] == [0, 10, 10, 20]


def test_a_visit_of_duty_stores_nothing(people: Cast, clock: Clock) -> None:
    from app.db import session
    from app.menu.models import MenuItem

    duty = session.scalars(select(MenuItem.code).where(MenuItem.timebank.is_(False))).first()
    world = paid_need(people, item=duty)
    visit = at_the_door(world, accepted(world))
    clock.forward(minutes=30)
    assert gone_home(world, visit).credit_min == 0


def test_no_more_than_four_hours_a_day_are_stored_with_one_elder(people: Cast, clock: Clock) -> None:
    from app.db import session

    first = paid_need(people, minutes=600, duration_min=220)
    visit = at_the_door(first, accepted(first))
    clock.forward(minutes=220)
    gone_home(first, visit)
    second = paid_need(people, minutes=0, duration_min=60, start=(900, 900))
    assignment = offer_to(second, people.volunteer)
    assignment.start_min = 900
    session.flush()
    later = at_the_door(second, service.accept_assignment(second.actor(people.bo), assignment.id))
    clock.forward(minutes=60)
    assert gone_home(second, later).credit_min == 20


def test_checking_out_twice_is_checking_out_once(world: World, clock: Clock) -> None:
    visit = at_the_door(world, accepted(world))
    clock.forward(minutes=30)
    gone_home(world, visit)
    clock.forward(minutes=30)
    assert gone_home(world, visit).actual_min == 30


def test_nobody_checks_out_before_checking_in(world: World) -> None:
    with pytest.raises(service.NotNow):
        gone_home(world, accepted(world))


def test_who_forgot_says_when_she_left(world: World, clock: Clock) -> None:
    visit = at_the_door(world, accepted(world))
    left = clock.now
    clock.forward(minutes=40)
    left = clock.now
    clock.forward(hours=3)
    out = service.check_out(world.actor(world.people.bo), visit.id, at=left)
    assert (out.actual_min, out.checked_out_at) == (40, left)


def test_an_order_for_two_is_served_when_both_have_left(people: Cast, clock: Clock) -> None:
    from app.access.actor import actor_of

    world = paid_need(people, volunteers_needed=2)
    other = make_volunteer()
    hers = actor_of(other.person_id)
    assert hers is not None
    first = service.accept_assignment(world.actor(people.bo), offer_to(world, people.volunteer).id)
    second = service.accept_assignment(hers, offer_to(world, other, place=2).id)
    at_the_door(world, first)
    service.check_in(hers, second.id, card=people.elder.card_code)
    clock.forward(minutes=30)
    gone_home(world, first)
    assert world.need.state == NeedState.IN_PROGRESS
    service.check_out(hers, second.id)
    assert world.need.state == NeedState.SERVED


# The door is seen from acceptance until a day after ----------------------------------------------------------------


def test_address_and_phone_are_seen_from_acceptance_until_a_day_after(world: World, clock: Clock) -> None:
    visit = accepted(world)
    bo = world.actor(world.people.bo)
    door = door_of(bo, visit)
    assert door is not None
    assert (door.address, door.phone) == ("5栋2单元301", "+8613800000001")
    at_the_door(world, visit)
    clock.forward(minutes=30)
    gone_home(world, visit)
    clock.forward(hours=23, minutes=59)
    assert door_of(bo, visit) is not None
    clock.forward(minutes=1)
    assert door_of(bo, visit) is None


def test_a_visit_that_nobody_checked_out_hides_the_door_a_day_after_its_planned_end(world: World, clock: Clock) -> None:
    visit = accepted(world)
    clock.forward(minutes=60 + 23 * 60)  # 8:00 next day in Shanghai; the visit should have ended at 10:00 today
    assert door_of(world.actor(world.people.bo), visit) is not None
    clock.forward(hours=26)
    assert door_of(world.actor(world.people.bo), visit) is None


def test_only_its_own_volunteer_and_who_has_the_duty_see_the_door(world: World) -> None:
    visit = accepted(world)
    assert door_of(world.actor(world.people.dan), visit) is None
    assert door_of(world.actor(world.people.xu), visit) is None
    assert door_of(world.actor(world.people.auditor), visit) is None
    assert door_of(world.actor(world.people.guo), visit) is not None


def test_a_visit_taken_back_hides_the_door(world: World) -> None:
    visit = accepted(world)
    service.undo_accept(world.actor(world.people.bo), visit.id)
    assert door_of(world.actor(world.people.bo), visit) is None


# Reports -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "owner"), [(ReportKind.LATE, "lin"), (ReportKind.NO_ANSWER, "guo"), (ReportKind.CONCERN, "guo")]
)
def test_each_report_has_a_named_owner_who_is_told(session: Any, world: World, kind: ReportKind, owner: str) -> None:
    visit = accepted(world)
    made = service.report(world.actor(world.people.bo), visit.id, kind, "敲了三次门")
    person = getattr(world.people, owner)
    assert made.owner_id == person.id
    told = session.scalars(select(Notice.kind).where(Notice.person_id == person.id)).all()
    assert f"report_{kind}" in told


def test_saying_it_twice_is_one_report_until_it_is_closed(world: World) -> None:
    visit = accepted(world)
    bo = world.actor(world.people.bo)
    first = service.report(bo, visit.id, ReportKind.CONCERN, "")
    again = service.report(bo, visit.id, ReportKind.CONCERN, "手上有伤")
    assert (again.id, again.words) == (first.id, "手上有伤")
    service.close_report(world.actor(world.people.guo), first.id, "打过电话，没事")
    assert service.report(bo, visit.id, ReportKind.CONCERN, "").id != first.id


def test_only_who_has_the_duty_closes_a_report(world: World) -> None:
    visit = accepted(world)
    made = service.report(world.actor(world.people.bo), visit.id, ReportKind.LATE, "", about="20")
    with pytest.raises(NotFound):
        service.close_report(world.actor(world.people.xu), made.id, "好")
    with pytest.raises(NotAllowed):
        service.close_report(world.actor(world.people.bo), made.id, "好")


def test_a_visit_that_did_not_happen_gives_the_minutes_back(session: Any, world: World) -> None:
    visit = accepted(world)
    service.fail_visit(world.actor(world.people.guo), visit.id)
    session.refresh(world.chens)
    assert (visit.state, world.need.state, world.chens.held) == (VisitState.FAILED, NeedState.UNSERVED, 0)


def test_setting_out_is_told_to_the_elder_once(session: Any, world: World) -> None:
    visit = accepted(world)
    for _ in range(2):
        service.on_the_way(world.actor(world.people.bo), visit.id)
    told = session.scalars(select(Notice.kind).where(Notice.person_id == world.people.chen.id)).all()
    assert told.count("on_the_way") == 1
