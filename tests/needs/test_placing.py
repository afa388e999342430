"""Taking an order: who may ask for whom, what can stand, who must look at it first, who pays, who is told."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import session as database
from app.errors import DomainError, Invalid, NotFound
from app.ledger.posting import resolved
from app.ledger.service import ensure_person_account
from app.menu.service import switch_item
from app.needs import service
from app.needs.models import Channel, Need, NeedPlace, NeedState
from app.needs.service import OrderEntry
from app.notices.models import Notice
from app.people.models import Elder, VolunteerState
from tests.conftest import Clock
from tests.factories import COMMUNITY, make_assignment, make_elder, make_need, make_rule, make_volunteer
from tests.people import Cast
from tests.visits.support import issue

Chat = Callable[..., OrderEntry]


@pytest.fixture
def known(people: Cast, tomorrow: date) -> Need:
    """An order of Aunt Chen's from last week: she is no newcomer any more."""
    return make_need(elder=people.elder, day=tomorrow - timedelta(days=8), state=NeedState.DONE)


def kinds_told(person: Any) -> list[str]:
    rows = select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.id)
    return list(database.scalars(rows))


def held(need: Need) -> list[str | None]:
    rows = select(NeedPlace.hold_uid).where(NeedPlace.need_id == need.id).order_by(NeedPlace.place)
    return list(database.scalars(rows))


# Who -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "channel"),
    [("chen", Channel.SELF), ("mei", Channel.RELATIVE), ("guo", Channel.STAFF), ("lin", Channel.STAFF)],
)
def test_whoever_speaks_for_her_may_order(people: Cast, known: Need, chat: Chat, who: str, channel: Channel) -> None:
    person = getattr(people, who)
    need = service.place_need(people.actor(person), chat())
    assert (need.channel, need.placed_by, need.elder_id) == (channel, person.id, people.chen.id)
    assert (need.state, need.volunteers_needed, need.duration_min) == (NeedState.OPEN, 1, 60)


@pytest.mark.parametrize("who", ["xu", "bo", "auditor", "admin"])
def test_nobody_else_may(people: Cast, chat: Chat, who: str) -> None:
    with pytest.raises(NotFound):
        service.place_need(people.actor(getattr(people, who)), chat())
    assert database.scalar(select(func.count()).select_from(Need)) == 0


def test_an_elder_cannot_order_for_another(people: Cast, chat: Chat) -> None:
    with pytest.raises(NotFound):
        service.place_need(people.actor(people.chen), chat(elder_id=make_elder().person_id))


def test_nothing_is_ordered_once_her_consent_has_ended(people: Cast, chat: Chat, tomorrow: date) -> None:
    database.get_one(Elder, people.chen.id).consent_ended = tomorrow - timedelta(days=1)
    with pytest.raises(service.ConsentEnded):
        service.place_need(people.actor(people.guo), chat())


# What can't stand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"earliest_start_min": 600, "latest_start_min": 540}, "latest"),
        ({"earliest_start_min": 60, "latest_start_min": 90}, "at"),
        ({"duration_min": 500}, "duration"),
        ({"item_code": None}, "wish"),
        ({"item_code": None, "wish_text": "想" * 301}, "wish"),
        ({"note": "门" * 501}, "note"),
        ({"regular_id": "0" * 16}, "regular"),
    ],
)
def test_what_cannot_stand_is_named(people: Cast, chat: Chat, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        service.place_need(people.actor(people.chen), chat(**given))
    assert list(wrong.value.fields) == [field]


@pytest.mark.parametrize(("ahead", "word"), [(-1, "已经过了"), (91, "太远了")])
def test_a_day_out_of_reach_is_named(people: Cast, chat: Chat, tomorrow: date, ahead: int, word: str) -> None:
    with pytest.raises(Invalid) as wrong:
        service.place_need(people.actor(people.chen), chat(day=tomorrow + timedelta(days=ahead - 1)))
    assert word in wrong.value.fields["day"]


def test_an_hour_of_today_that_is_over_is_named(people: Cast, chat: Chat, tomorrow: date, clock: Clock) -> None:
    clock.forward(hours=3)
    with pytest.raises(Invalid) as wrong:
        service.place_need(people.actor(people.chen), chat(day=tomorrow - timedelta(days=1)))
    assert "已经过了" in wrong.value.fields["at"]


def test_an_item_that_is_switched_off_is_refused_with_a_sentence(people: Cast, chat: Chat) -> None:
    switch_item(people.actor(people.lin), COMMUNITY, "companion-chat", False)
    with pytest.raises(DomainError, match="给社区打电话"):
        service.place_need(people.actor(people.chen), chat())


# Once --------------------------------------------------------------------------------------------------------------


def test_a_page_sent_twice_is_one_order(people: Cast, chat: Chat) -> None:
    first = service.place_need(people.actor(people.chen), chat(idempotency_key="page-1"))
    again = service.place_need(people.actor(people.chen), chat(idempotency_key="page-1"))
    assert first.id == again.id
    assert database.scalar(select(func.count()).select_from(Need)) == 1


def test_numbers_go_up_one_by_one(people: Cast, chat: Chat) -> None:
    numbers = [service.place_need(people.actor(people.chen), chat()).number for _ in range(3)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


# Review --------------------------------------------------------------------------------------------------------------


def test_a_first_order_waits_for_a_look(people: Cast, chat: Chat) -> None:
    need = service.place_need(people.actor(people.chen), chat())
    assert (need.state, need.review_reasons) == (NeedState.REVIEW, ["first_order"])
    assert (need.owner_id, kinds_told(people.lin)) == (people.lin.id, ["order_to_review"])


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({}, []),
        ({"item_code": "walk-together"}, ["risk"]),
        ({"item_code": "hospital-escort"}, ["risk"]),
        ({"item_code": None, "wish_text": "想听楚剧"}, ["wish"]),
    ],
)
def test_rules_say_what_waits(people: Cast, known: Need, chat: Chat, given: dict[str, Any], reasons: list[str]) -> None:
    need = service.place_need(people.actor(people.chen), chat(**given))
    assert need.review_reasons == reasons
    assert need.state == (NeedState.REVIEW if reasons else NeedState.OPEN)


def test_the_same_thing_on_the_same_day_waits_as_a_duplicate(people: Cast, known: Need, chat: Chat) -> None:
    service.place_need(people.actor(people.chen), chat())
    assert service.place_need(people.actor(people.chen), chat()).review_reasons == ["duplicate"]


def test_the_community_may_look_only_at_high_risks(people: Cast, known: Need, chat: Chat, tomorrow: date) -> None:
    make_rule(COMMUNITY, {"review_from_risk": "high"}, tomorrow - timedelta(days=1))
    assert service.place_need(people.actor(people.chen), chat(item_code="walk-together")).state == NeedState.OPEN


def test_what_the_coordinator_orders_herself_was_looked_at(people: Cast, chat: Chat) -> None:
    need = service.place_need(people.actor(people.lin), chat(item_code="walk-together"))
    assert (need.state, need.reviewed_by) == (NeedState.OPEN, people.lin.id)


def test_the_look_is_due_four_working_hours_later(people: Cast, chat: Chat, tomorrow: date) -> None:
    need = service.place_need(people.actor(people.chen), chat(day=tomorrow + timedelta(days=7)))
    due = need.review_due_at
    assert due is not None
    assert (due.hour + 8, due.minute) == (15, 0)  # from 9:00, the lunch rest left out


def test_on_a_friday_evening_the_hours_begin_on_monday(people: Cast, chat: Chat, tomorrow: date, clock: Clock) -> None:
    clock.forward(days=9, hours=9)  # Thursday 25 June, 18:00; the three days after it are neither
    need = service.place_need(people.actor(people.chen), chat(day=tomorrow + timedelta(days=20)))
    assert need.review_due_at is not None
    assert need.review_due_at.weekday() < 5
    assert need.review_due_at - need.placed_at > timedelta(hours=12)


# Today and who pays --------------------------------------------------------------------------------------------------


def test_an_order_for_today_tells_the_coordinator_at_once(
    people: Cast, known: Need, chat: Chat, tomorrow: date
) -> None:
    need = service.place_need(people.actor(people.chen), chat(day=tomorrow - timedelta(days=1), earliest_start_min=840,
                                                             latest_start_min=900))  # fmt: skip
    assert (need.same_day, need.state) == (True, NeedState.OPEN)
    assert kinds_told(people.lin) == ["order_for_today"]


def test_her_own_minutes_are_held(people: Cast, known: Need, chat: Chat) -> None:
    issue(people, ensure_person_account(people.chen.id), 120)
    make_rule(COMMUNITY, {"payer_order": ["own"]}, known.day)
    need = service.place_need(people.actor(people.chen), chat())
    assert held(need) == [f"order:{need.id}:hold:1"]
    assert resolved(f"order:{need.id}:hold:1") is None


def test_an_elder_with_nothing_stored_is_served_all_the_same(people: Cast, known: Need, chat: Chat) -> None:
    need = service.place_need(people.actor(people.chen), chat())
    assert (need.state, held(need)) == (NeedState.OPEN, [None])


def test_two_people_are_two_places(people: Cast, known: Need, chat: Chat) -> None:
    need = service.place_need(people.actor(people.lin), chat(item_code="heavy-lifting"))
    assert (need.volunteers_needed, len(held(need))) == (2, 2)


# Told ----------------------------------------------------------------------------------------------------------------


def test_she_hears_of_what_others_order_for_her(people: Cast, known: Need, chat: Chat) -> None:
    service.place_need(people.actor(people.mei), chat())
    assert kinds_told(people.chen) == ["ordered_for_you"]


def test_the_one_who_helps_always_may_be_asked_for(people: Cast, known: Need, chat: Chat) -> None:
    bo = people.bo.id
    assert service.place_need(people.actor(people.chen), chat(regular_id=bo)).regular_id == bo


def test_one_who_has_left_can_not_be_asked_for(people: Cast, known: Need, chat: Chat) -> None:
    gone = make_volunteer(state=VolunteerState.LEFT)
    with pytest.raises(Invalid):
        service.place_need(people.actor(people.chen), chat(regular_id=gone.person_id))


# Change ------------------------------------------------------------------------------------------------------------


def test_the_time_can_be_changed_while_nobody_was_asked(people: Cast, known: Need, chat: Chat, tomorrow: date) -> None:
    need = service.place_need(people.actor(people.chen), chat())
    later = chat(day=tomorrow + timedelta(days=2), earliest_start_min=840, latest_start_min=900)
    changed = service.change_need(people.actor(people.mei), need.id, later)
    assert (changed.id, changed.day, changed.earliest_start_min) == (need.id, later.day, 840)
    assert changed.state == NeedState.OPEN


def test_once_somebody_was_asked_it_stays(people: Cast, known: Need, chat: Chat) -> None:
    need = service.place_need(people.actor(people.chen), chat())
    make_assignment(need=need, volunteer=people.volunteer)
    with pytest.raises(service.SomebodyAsked):
        service.change_need(people.actor(people.chen), need.id, chat())


def test_an_ended_order_cannot_be_changed(people: Cast, known: Need, chat: Chat) -> None:
    with pytest.raises(service.MovedOn):
        service.change_need(people.actor(people.chen), known.id, chat())


def test_a_stranger_finds_no_order_to_change(people: Cast, known: Need, chat: Chat) -> None:
    need = service.place_need(people.actor(people.chen), chat())
    with pytest.raises(NotFound):
        service.change_need(people.actor(people.xu), need.id, chat())
