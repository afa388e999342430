"""What a page needs to ask for a time, and the time that an elder would choose herself."""

from datetime import timedelta
from typing import Any

from app import clock
from app.menu.models import MenuItem
from app.needs import queries
from app.needs.forms import Side
from app.needs.parts import WISH_MIN, exact_hours, parts_of
from app.needs.phrases import Phrases
from app.needs.placing import FURTHEST_DAYS
from app.needs.slots import Slot, again, slots


def times_to_choose(
    side: Side, item: MenuItem | None, duration_min: int | None = None, *, as_last_time: bool = True
) -> dict[str, Any]:
    """What a page needs to ask for a time: the offered ones in words, the exact hours, and how far ahead."""
    today = side.today
    parts = parts_of(item, side.unit_code, on=today)
    length = duration_min or (item.usual_min if item else WISH_MIN)
    last = next_time(side, item) if item and as_last_time else None
    now_min = clock.minute_of_day(side.zone)
    return {
        "slots": slots(parts, length, today=today, now_min=now_min, last=last),
        "hours": list(exact_hours(parts)),
        "phrases": Phrases(side.unit_code),
        "first_day": today,
        "last_day": today + timedelta(days=FURTHEST_DAYS),
    }


def next_time(side: Side, item: MenuItem) -> Slot | None:
    """When she would order this next, going by the last times; None for the first time."""
    before = queries.last_times(side.person.id, item.code, today=side.today)
    if not before:
        return None
    taken = queries.days_ordered(side.person.id, item.code, since=side.today)
    parts = parts_of(item, side.unit_code, on=side.today)
    earlier = before[1].day if len(before) > 1 else None
    return again(before[0], earlier, taken, parts, today=side.today)
