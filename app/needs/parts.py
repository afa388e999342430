"""The parts of the day in which help can be ordered, and the starts that they leave."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import clock
from app.menu.models import MenuItem
from app.rulepacks.queries import setting
from app.web import filters

WISH_PARTS = ("morning", "afternoon")
WISH_MIN = 60  # a small wish is planned as an hour until somebody knows better
STEP_MIN = 30  # exact hours are offered by the half hour

PART_WORDS: Mapping[str, object] = {
    "morning": _l("in the morning"),
    "noon": _l("at noon"),
    "afternoon": _l("in the afternoon"),
    "evening": _l("in the evening"),
}


@dataclass(frozen=True)
class Part:
    """One part of the day, in minutes since midnight; a visit should be over by `until_min`."""

    name: str
    from_min: int
    until_min: int

    def window(self, duration_min: int) -> tuple[int, int]:
        """Earliest and latest start of a visit of that length."""
        return self.from_min, max(self.from_min, self.until_min - duration_min)

    def holds(self, start_min: int) -> bool:
        """Whether a visit may begin then."""
        return self.from_min <= start_min < self.until_min


def parts_here(unit_code: str, *, on: date) -> list[Part]:
    """Every part of the day of the unit (setting `day_parts`), the morning first."""
    held: Mapping[str, Sequence[str]] = setting(unit_code, "day_parts", on=on)
    parts = [Part(name, clock.minute_said(from_), clock.minute_said(until)) for name, (from_, until) in held.items()]
    return sorted(parts, key=lambda part: part.from_min)


def parts_of(item: MenuItem | None, unit_code: str, *, on: date) -> list[Part]:
    """The parts of the day in which this item (None: a wish) is offered."""
    wanted = WISH_PARTS if item is None else tuple(item.day_parts)
    return [part for part in parts_here(unit_code, on=on) if part.name in wanted]


def any_time(parts: Sequence[Part], duration_min: int) -> tuple[int, int]:
    """The widest window: from the first part's start until the last part's latest start."""
    return parts[0].from_min, max(part.window(duration_min)[1] for part in parts)


def exact_hours(parts: Sequence[Part]) -> Iterator[int]:
    """The half hours at which a visit may begin."""
    starts = {start for part in parts for start in range(part.from_min, part.until_min, STEP_MIN)}
    yield from sorted(starts)


def time_in_words(earliest_min: int, latest_min: int, parts: Sequence[Part]) -> str:
    """A window as one says it: "in the morning", "9:30", "between 9:00 and 10:00", "at any time of the day"."""
    if earliest_min == latest_min:
        return filters.clock(earliest_min)
    for part in parts:
        if part.from_min == earliest_min:
            if latest_min < part.until_min:
                return str(PART_WORDS.get(part.name, part.name))
            return _("at any time of the day")
    return _("between %(first)s and %(last)s", first=filters.clock(earliest_min), last=filters.clock(latest_min))
