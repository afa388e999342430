"""When help can be had, as a person chooses it: the next days by their parts, an exact hour, or the same as last time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app import clock
from app.menu.models import MenuItem
from app.needs.models import Need
from app.needs.parts import WISH_MIN, Part, any_time, parts_of
from app.needs.queries import orders_that_day
from app.org.queries import zone_of

ANY = "any"  # any part of the day: "you arrange it"
AT = "at"  # an exact hour
MOST_SLOTS = 6
DAYS_TO_CHOOSE = 28


@dataclass(frozen=True)
class When:
    """A day with a part of it ("morning", ...; "any") or an exact hour (part "at", `at_min`)."""

    day: date
    part: str
    at_min: int | None = None

    def words_of_address(self) -> dict[str, str]:
        """The choice as the words of an address."""
        words = {"day": self.day.isoformat(), "part": self.part}
        if self.at_min is not None:
            words["at"] = f"{self.at_min // 60:02d}:{self.at_min % 60:02d}"
        return words


def length_of(item: MenuItem | None) -> int:
    """How long a visit usually takes."""
    return item.usual_min if item is not None else WISH_MIN


def window_of(when: When, item: MenuItem | None, unit_code: str) -> tuple[int, int] | None:
    """Earliest and latest start of the choice; None where the item is not offered then."""
    parts = parts_of(item, unit_code, on=when.day)
    if when.part == AT:
        return None if when.at_min is None else (when.at_min, when.at_min)
    if when.part == ANY:
        return any_time(parts, length_of(item)) if parts else None
    return next((part.window(length_of(item)) for part in parts if part.name == when.part), None)


def when_of(need: Need, parts: Sequence[Part]) -> When:
    """The choice behind an order, as its page would show it again."""
    earliest, latest = need.earliest_start_min, need.latest_start_min
    if earliest == latest:
        return When(need.day, AT, earliest)
    inside = (part for part in parts if part.holds(earliest) and latest < part.until_min)
    part = next(inside, None)
    return When(need.day, part.name if part is not None else ANY)


def next_slots(item: MenuItem | None, unit_code: str) -> list[When]:
    """The first few parts of days that can still be had, today's last part first."""
    return list(_first(_slots(item, unit_code), MOST_SLOTS))


def days_to_choose(unit_code: str) -> list[date]:
    """The days of the list "another day": from today on."""
    today = clock.today(zone_of(unit_code))
    return [today + timedelta(days=ahead) for ahead in range(DAYS_TO_CHOOSE)]


def again(need: Need, item: MenuItem, unit_code: str) -> When:
    """The same part of the day on the next day, from tomorrow on, on which she has not ordered this already."""
    day = clock.today(zone_of(unit_code)) + timedelta(days=1)
    while any(other.item_code == need.item_code for other in orders_that_day(need.elder_id, day)):
        day += timedelta(days=1)
    parts = parts_of(item, unit_code, on=day)
    like = when_of(need, parts)
    found = When(day, like.part, like.at_min)
    fits = like.part != AT or any(part.holds(like.at_min or 0) for part in parts)
    return found if fits and window_of(found, item, unit_code) is not None else When(day, ANY)


def _slots(item: MenuItem | None, unit_code: str) -> Iterator[When]:
    today, now = clock.today(zone_of(unit_code)), clock.minute_of_day(zone_of(unit_code))
    parts = parts_of(item, unit_code, on=today)
    left = [part for part in parts if part.window(length_of(item))[1] > now]
    if left:
        yield When(today, left[-1].name)
    for ahead in range(1, DAYS_TO_CHOOSE):
        for part in parts:
            yield When(today + timedelta(days=ahead), part.name)


def _first(slots: Iterator[When], most: int) -> Iterator[When]:
    for _place, slot in zip(range(most), slots, strict=False):
        yield slot
