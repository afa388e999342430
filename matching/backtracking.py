"""The last few people of a day that is peeled, put together in several ways: where a way lost too much, it goes back.

A way keeps some day plans, solves the rest anew, and so on to the end. What is promised after each step says what that
step lost. The next way begins where the best step of all that were tried lost most, and is left as soon as it promises
no more than the best plan that was found.

(A limited discrepancy search over a dive: Sadykov and others, INFORMS Journal on Computing 31, 2019.)
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.timing import Day

if TYPE_CHECKING:
    from matching.peeling import Peeled

SHARES = 0.03, 0.06, 0.015  # of the day plans taken in part: how many stay in a step, on each further way from a place
HOPEFUL = 0.6  # of a unit of priority: what a place must promise besides the best plan


@dataclass
class Place:
    """What is left at some point, how many ways were tried from there, and what the best of their steps lost."""

    left: Peeled
    ways: int = 0
    lost: float = float("inf")
    before: Place | None = None

    def step(self, dice: np.random.Generator) -> Peeled | None:
        """Keep a few day plans more, other ones on each way; None where nothing goes together."""
        share = SHARES[self.ways % len(SHARES)]
        columns = self.left.for_one(share, dice if self.ways else None)
        self.ways += 1
        return self.left.after(columns) if columns else None

    def reaches(self, value: float) -> None:
        """A way through here led to this."""
        self.lost = min(self.lost, self.left.promised - value)
        if self.before is not None:
            self.before.reaches(value)


def best_of_rest(begin: Peeled, ways: int) -> list[Day]:
    """Everybody's days: those that were kept, and the best that is found for the others on so many ways at most."""
    if begin.few:
        return begin.rounded_off()
    dice, place = np.random.default_rng(0), Place(begin)
    places, least = [place], -float("inf")
    best, reached = list[Day](), (0, 0)
    for _ in range(ways):
        begun = time.monotonic()
        days = _way(place, places, least, dice)
        if days and (not best or begin.values(days) > reached):
            best, reached = days, begin.values(days)
            least = begin.worth(best) + HOPEFUL * begin.unit
        places = [place for place in places if place.left.promised > least]
        if not places or 2 * time.monotonic() - begun > begin.ends:
            break
        place = max(places, key=lambda place: place.lost / place.ways)
    return best


def _way(place: Place, places: list[Place], least: float, dice: np.random.Generator) -> list[Day] | None:
    """Everybody's days, by steps from a place on; None once less than the least is promised. Adds to the places."""
    while not place.left.few and time.monotonic() < place.left.ends and (left := place.step(dice)):
        if left.promised < least:
            place.reaches(left.promised)
            return None
        place = Place(left, before=place)
        if not left.few:
            places.append(place)
    days = place.left.rounded_off()
    place.reaches(place.left.worth(days))
    return days
