"""Which times a page offers, and when one would order again."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from app.needs.models import Need
from app.needs.parts import Part
from app.needs.slots import ANY, MOST_SLOTS, again, slots

MORNING, NOON, AFTERNOON = Part("morning", 480, 690), Part("noon", 660, 780), Part("afternoon", 810, 1050)
TUESDAY = date(2026, 6, 16)


def ordered(day: date, start: tuple[int, int] = (480, 630)) -> Need:
    return Need(day=day, earliest_start_min=start[0], latest_start_min=start[1], duration_min=60)


@pytest.mark.parametrize(
    ("last", "before", "taken", "day"),
    [
        (7, None, [], 7),  # once, a week ago: the same weekday
        (7, 14, [], 7),
        (8, 30, [], 6),
        (1, 2, [], 1),  # every day: tomorrow
        (1, 4, [], 2),  # every third day
        (7, None, [7], 14),  # that day is ordered already
        (40, None, [], 2),
        (0, None, [], 7),
    ],
)
def test_again_keeps_her_rhythm(last: int, before: int | None, taken: Sequence[int], day: int) -> None:
    earlier = TUESDAY - timedelta(days=before) if before is not None else None
    days = [TUESDAY + timedelta(days=ahead) for ahead in taken]
    slot = again(ordered(TUESDAY - timedelta(days=last)), earlier, days, [MORNING], today=TUESDAY)
    assert (slot.day - TUESDAY).days == day
    assert (slot.part, slot.as_last_time) == ("morning", True)


def test_a_window_of_her_own_stays_as_it_was() -> None:
    slot = again(ordered(TUESDAY - timedelta(days=7), (540, 600)), None, [], [MORNING], today=TUESDAY)
    assert (slot.part, slot.value) == ("", "2026-06-23~540-600")


def test_the_nearest_times_come_first_and_those_of_today_that_are_over_not_at_all() -> None:
    found = slots([MORNING, AFTERNOON], 60, today=TUESDAY, now_min=12 * 60)
    assert [(slot.day - TUESDAY).days for slot in found] == [0, 1, 1, 2, 2, 3, 1]
    assert [slot.part for slot in found[:3]] == ["afternoon", "morning", "afternoon"]
    assert (found[-1].part, found[-1].earliest_min, found[-1].latest_min) == (ANY, 480, 990)


def test_last_time_stands_first_and_only_once() -> None:
    last = again(ordered(TUESDAY - timedelta(days=1)), TUESDAY - timedelta(days=2), [], [MORNING], today=TUESDAY)
    found = slots([MORNING], 60, today=TUESDAY, now_min=720, last=last)
    assert found[0] is last
    assert len({slot.value for slot in found}) == len(found) <= MOST_SLOTS


def test_one_part_of_the_day_needs_no_any_time() -> None:
    assert all(slot.part != ANY for slot in slots([NOON], 30, today=TUESDAY, now_min=0))
