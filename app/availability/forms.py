"""What a volunteer posts about her times and limits, read into values or into {field: sentence}."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.clock import MINUTES_PER_DAY

Errors = dict[str, str]
Window = tuple[int, int]
AWAY, AWAY_THEN, ONLY_THEN = "away", "away_then", "only_then"
REACHES_M = (300, 500, 800, 1200, 2000, 3000, 5000)
MOST_VISITS, MOST_HOURS = 10, 60


@dataclass(frozen=True)
class WeekdayForm:
    """Up to two windows of one weekday, and the other weekdays that are the same."""

    windows: list[Window] = field(default_factory=list)
    same_on: list[int] = field(default_factory=list)

    @classmethod
    def parse(cls, posted: Any) -> "tuple[WeekdayForm, Errors]":
        """The form and what is wrong with it; an empty pair of times is no window."""
        errors: Errors = {}
        windows = [window for n in ("1", "2") if (window := _window(posted, n, errors))]
        same = [int(value) for value in posted.getlist("same_on") if value in set("0123456")]
        return cls(windows=windows, same_on=same), errors


@dataclass(frozen=True)
class DayForm:
    """One day that is different."""

    day: date
    how: str
    windows: list[Window]

    @property
    def free(self) -> bool:
        return self.how == ONLY_THEN

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[DayForm | None, Errors]":
        """The form, or None with what is wrong with it."""
        errors: Errors = {}
        day = date_of(posted.get("day", ""))
        if day is None:
            errors["day"] = _("Please choose the day.")
        how = posted.get("how", "")
        if how not in (AWAY, AWAY_THEN, ONLY_THEN):
            errors["how"] = _("Please choose one of the answers.")
        windows: list[Window] = [(0, MINUTES_PER_DAY)]
        if how in (AWAY_THEN, ONLY_THEN):
            window = _window(posted, "", errors)
            if window is None and "from" not in errors and "until" not in errors:
                errors["from"] = _("Please say from when, like 9:00.")
            windows = [window] if window else []
        if errors or day is None:
            return None, errors
        return cls(day=day, how=how, windows=windows), {}


@dataclass(frozen=True)
class LimitsForm:
    """How far, how often and how long she helps."""

    reach_m: int
    max_visits_per_day: int
    max_minutes_per_week: int

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[LimitsForm, Errors]":
        """The form and what is wrong with it."""
        errors: Errors = {}
        reach = number_of(posted.get("reach_m", ""), 1, 20_000)
        visits = number_of(posted.get("max_visits_per_day", ""), 1, MOST_VISITS)
        hours = number_of(posted.get("max_hours_per_week", ""), 1, MOST_HOURS)
        if reach is None:
            errors["reach_m"] = _("Please choose how far you go.")
        if visits is None:
            errors["max_visits_per_day"] = _("Please give a number from 1 to %(most)s.", most=MOST_VISITS)
        if hours is None:
            errors["max_hours_per_week"] = _("Please give a number from 1 to %(most)s.", most=MOST_HOURS)
        return cls(reach or 0, visits or 0, 60 * (hours or 0)), errors


def _window(posted: Mapping[str, str], n: str, errors: Errors) -> Window | None:
    """A pair of times, or None for an empty pair; a broken pair is named."""
    start, end = posted.get(f"from{n}", "").strip(), posted.get(f"until{n}", "").strip()
    if not start and not end:
        return None
    from_min, until_min = time_of(start), time_of(end)
    if from_min is None:
        errors[f"from{n}"] = _("Please say from when, like 9:00.")
    if until_min is None:
        errors[f"until{n}"] = _("Please say until when, like 11:30.")
    elif from_min is not None and until_min <= from_min:
        errors[f"until{n}"] = _("The end must be later than the beginning.")
    if from_min is None or until_min is None or until_min <= from_min:
        return None
    return from_min, until_min


def time_of(text: str) -> int | None:
    """Minutes since midnight of "9:30" or "09:30" ("24:00" ends a day); None for anything else."""
    hours, colon, rest = text.replace("：", ":").partition(":")
    if not colon or not (hours.isdecimal() and rest.isdecimal() and hours.isascii() and rest.isascii()):
        return None
    minute = int(hours) * 60 + int(rest)
    return minute if int(rest) < 60 and len(hours) <= 2 and minute <= MINUTES_PER_DAY else None


def date_of(text: str) -> date | None:
    """A day as 2026-06-17, or None."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def number_of(text: str, least: int, most: int) -> int | None:
    """A whole number within the limits, or None."""
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 6):
        return None
    return int(plain) if least <= int(plain) <= most else None
