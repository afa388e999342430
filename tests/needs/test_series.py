"""The weekly repetition: two weeks ahead, until it is stopped."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.db import session as database
from app.errors import NotFound
from app.menu.service import switch_item
from app.needs.models import Channel, Need, NeedSeries, NeedState
from app.needs.queries import series_of
from app.needs.service import accept_order, extend_series, place_need, refuse_order, stop_series
from app.people.queries import today_of
from tests.factories import make_need
from tests.needs.support import TOMORROW, entry
from tests.people import COMMUNITY, Cast


def weekly(people: Cast, **given: Any) -> Need:
    """Every Wednesday a chat, for Aunt Chen who has ordered before."""
    make_need(elder=people.elder, item="shopping", state=NeedState.DONE, day=date(2026, 6, 1))
    return place_need(people.actor(people.chen), entry(people.chen.id, weekly=True, **given))


def days(series_id: str | None) -> list[date]:
    return list(database.scalars(select(Need.day).where(Need.series_id == series_id).order_by(Need.day)))


def test_the_orders_of_two_weeks_are_made_at_once(people: Cast) -> None:
    first = weekly(people)
    assert days(first.series_id) == [TOMORROW, date(2026, 6, 24)]
    second = database.scalars(select(Need).where(Need.day == date(2026, 6, 24))).one()
    assert (second.channel, second.state, second.placed_by) == (Channel.SERIES, NeedState.OPEN, people.chen.id)


def test_each_night_makes_what_is_missing_and_nothing_twice(people: Cast, clock: Any) -> None:
    first = weekly(people)
    assert extend_series() == 0
    clock.forward(days=7)
    assert (extend_series(), extend_series()) == (1, 0)
    assert days(first.series_id) == [TOMORROW, date(2026, 6, 24), date(2026, 7, 1)]


def test_after_a_long_sleep_only_days_to_come_are_made(people: Cast, clock: Any) -> None:
    first = weekly(people)
    clock.forward(days=60)  # 15 August
    assert extend_series() == 2
    assert days(first.series_id)[-2:] == [date(2026, 8, 19), date(2026, 8, 26)]


def test_what_waits_for_a_look_repeats_once_it_is_taken_on(people: Cast) -> None:
    first = weekly(people, item_code="walk-together")
    assert days(first.series_id) == [TOMORROW]
    accept_order(people.actor(people.lin), first.id)
    assert days(first.series_id) == [TOMORROW, date(2026, 6, 24)]


def test_what_was_refused_does_not_repeat(people: Cast) -> None:
    first = weekly(people, item_code="walk-together")
    refuse_order(people.actor(people.lin), first.id, "路滑。")
    assert extend_series() == 0
    assert days(first.series_id) == [TOMORROW]


def test_stopped_it_makes_no_more_and_names_what_nobody_promised(people: Cast, clock: Any) -> None:
    first = weekly(people)
    left = stop_series(people.actor(people.mei), first.series_id or "")
    assert {need.day for need in left} == {TOMORROW, date(2026, 6, 24)}
    clock.forward(days=7)
    assert extend_series() == 0
    assert series_of(people.chen.id) == []


def test_a_stranger_stops_nothing(people: Cast) -> None:
    first = weekly(people)
    with pytest.raises(NotFound):
        stop_series(people.actor(people.xu), first.series_id or "")


def test_what_the_menu_no_longer_has_is_passed_over(people: Cast, clock: Any) -> None:
    weekly(people)
    switch_item(people.actor(people.lin), COMMUNITY, "companion-chat", False)
    clock.forward(days=7)
    assert extend_series() == 0
    assert database.scalars(select(NeedSeries)).one().made_until == date(2026, 7, 1)


def test_without_her_consent_nothing_is_made(people: Cast, clock: Any) -> None:
    weekly(people)
    people.elder.consent_ended = today_of(COMMUNITY)
    database.flush()
    clock.forward(days=7)
    assert extend_series() == 0


def test_the_same_page_sent_twice_repeats_once(people: Cast) -> None:
    weekly(people, idempotency_key="page-7")
    place_need(people.actor(people.chen), entry(people.chen.id, weekly=True, idempotency_key="page-7"))
    assert len(series_of(people.chen.id)) == 1
