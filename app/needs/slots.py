"""The times that a page offers: the same as last time, then what is free of the next days; and when to order again."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.needs.models import Need
from app.needs.parts import Part, any_time

MOST_SLOTS = 6
DAYS_AHEAD = 4  # today and the three days after it
ANY = "any"
WEEK = 7


@dataclass(frozen=True)
class Slot:
    """One time to choose: a day and from when to when a visit may begin. `part` is "" where it is no part of a day."""

    day: date
    earliest_min: int
    latest_min: int
    part: str = ""
    as_last_time: bool = False

    @property
    def value(self) -> str:
        """What its button says to the server: "2026-06-17~morning", or "2026-06-17~540-600" in minutes of the day."""
        return f"{self.day.isoformat()}~{self.part or f'{self.earliest_min}-{self.latest_min}'}"


def slots(
    parts: Sequence[Part], duration_min: int, *, today: date, now_min: int, last: Slot | None = None
) -> list[Slot]:  # fmt: skip
    """The times to offer, last time's first, then the nearest, then "any time" of tomorrow."""
    found = [last] if last is not None else []
    for slot in _nearest(parts, duration_min, today=today, now_min=now_min):
        if len(found) == MOST_SLOTS:
            break
        if last is None or not _is_same(slot, last):
            found.append(slot)
    if len(parts) > 1:
        earliest, latest = any_time(parts, duration_min)
        found.append(Slot(today + timedelta(days=1), earliest, latest, part=ANY))
    return found


def again(last: Need, before: date | None, taken: Collection[date], parts: Sequence[Part], *, today: date) -> Slot:
    """When to order this once more: after as many days as lay between the last two times when that was less than a
    week, else on the same weekday; the next such day that is not ordered yet, at the same time of the day."""
    gap = (last.day - before).days if before else WEEK
    rhythm = timedelta(days=gap if 0 < gap < WEEK else WEEK)
    day = last.day + rhythm
    while day <= today or day in taken:
        day += rhythm
    named = {part.window(last.duration_min): part.name for part in parts}
    window = (last.earliest_start_min, last.latest_start_min)
    return Slot(day, *window, part=named.get(window, ""), as_last_time=True)


def _nearest(parts: Sequence[Part], duration_min: int, *, today: date, now_min: int) -> Iterator[Slot]:
    for ahead in range(DAYS_AHEAD):
        for part in parts:
            earliest, latest = part.window(duration_min)
            if ahead or latest > now_min:
                yield Slot(today + timedelta(days=ahead), earliest, latest, part=part.name)


def _is_same(slot: Slot, other: Slot) -> bool:
    return (slot.day, slot.earliest_min, slot.latest_min) == (other.day, other.earliest_min, other.latest_min)
