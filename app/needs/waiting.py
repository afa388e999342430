"""How long an order may wait for a look: working hours of the community, holidays left out."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import chinese_calendar

from app import clock
from app.web import filters

# 8:30-12:00 and 14:00-17:30, the usual hours of a residents' committee (an assumption; no rule pack names them).
OFFICE_HOURS = ((510, 720), (840, 1050))


def due_after(start: datetime, working_h: int, zone: str) -> datetime:
    """The instant at which `working_h` working hours have passed since `start`."""
    left = working_h * 60
    for from_at, until_at in _spans(start, zone):
        begin = max(from_at, start)
        length = int((until_at - begin).total_seconds() // 60)
        if length >= left:
            return begin + timedelta(minutes=left)
        left -= max(0, length)
    raise AssertionError("the spans never end")


def is_working_day(day: date) -> bool:
    """Whether offices are open: by the official calendar where it is published, else Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # next year's calendar comes out in November
        return day.weekday() < 5


def _spans(start: datetime, zone: str) -> Iterator[tuple[datetime, datetime]]:
    day = filters.local(start, zone).date()
    while True:
        if is_working_day(day):
            for from_min, until_min in OFFICE_HOURS:
                until_at = clock.instant(day, until_min, zone)
                if until_at > start:
                    yield clock.instant(day, from_min, zone), until_at
        day += timedelta(days=1)
