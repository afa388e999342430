"""Working hours: four of them may pass over lunch, a weekend, a holiday."""

from datetime import UTC, date, datetime

import pytest

from app.needs.waiting import due_after, is_working_day

ZONE = "Asia/Shanghai"


def at(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    """An hour of Shanghai in 2026."""
    return datetime(2026, month, day, hour - 8, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (at(16, 8), at(16, 14, 30)),  # before the office opens: 8:30 to 12:00, then half an hour
        (at(16, 9), at(16, 15)),
        (at(16, 12, 30), at(17, 9)),  # over lunch: three and a half hours of the afternoon, then the morning
        (at(16, 17), at(17, 12)),
        (at(16, 22), at(17, 14, 30)),
        (at(18, 17), at(22, 12)),  # Thursday evening before the Dragon Boat Festival (Friday 19) and a weekend
    ],
)
def test_four_working_hours_later(start: datetime, due: datetime) -> None:
    assert due_after(start, 4, ZONE) == due


def test_a_worked_weekend_is_a_working_day_and_a_holiday_is_none() -> None:
    assert is_working_day(date(2026, 10, 10))  # a Saturday worked for the national holiday
    assert not is_working_day(date(2026, 10, 1))


def test_where_no_calendar_is_published_yet_the_week_decides() -> None:
    assert is_working_day(date(2040, 6, 4))
    assert not is_working_day(date(2040, 6, 3))
