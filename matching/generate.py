"""Days of made-up towns, one for each seed: grids of some 250 households, and demand as lumpy as it is in life.

A few grids hold most of the needs, some elders order two or three visits a day, the hours peak in the morning and after
the noon rest. Used by the bench and the tests; nothing here is about real people.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from matching.problem import FORMAT, Problem

CENTRE = (30.72, 111.28)
METRE_LAT = 1 / 111_195  # degrees
GRID_SIDE_M = 330  # some 250 households in blocks of six floors
MOST_A_DAY = 3  # visits one elder orders: over months a tenth of them order half of all, but nobody twenty in a day
HOURS = ((8, 5), (9, 8), (10, 5), (11, 3), (13, 2), (14, 6), (15, 7), (16, 4), (17, 2))  # hour, weight


@dataclass(frozen=True)
class Kind:
    """One kind of need: how often it is asked for and what it asks of a person."""

    share: int
    duration: tuple[int, int]
    window: tuple[int, int]
    priority: int
    skills: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    two_people: float = 0.0
    remote: bool = False


KINDS = (
    Kind(12, (60, 120), (45, 60), 5, ("hospital_escort",), ("insured", "vetted")),
    Kind(24, (10, 25), (45, 75), 4),
    Kind(20, (25, 50), (90, 240), 2),
    Kind(24, (40, 90), (90, 240), 2, (), ("vetted",)),
    Kind(12, (45, 90), (60, 180), 3, ("home_help",), ("vetted",), 0.3),
    Kind(8, (10, 20), (120, 240), 1, remote=True),
)


def generate(needs: int, volunteers: int, seed: int = 1, *, plain: bool = False) -> Problem:
    """A day with so many needs and volunteers; `plain` leaves two-person needs and trainees out."""
    return Problem.from_dict(generate_document(needs, volunteers, seed, plain=plain))


def generate_document(needs: int, volunteers: int, seed: int = 1, *, plain: bool = False) -> dict[str, Any]:
    """The same as a document of the published format."""
    town = _Town(random.Random(seed), needs, volunteers, plain)
    people = [town.volunteer(row) for row in range(volunteers)]
    near = _Near([person["place"] for person in people])
    return {"format": FORMAT, "needs": [town.need(row, people, near) for row in range(needs)], "volunteers": people}


class _Town:
    def __init__(self, dice: random.Random, needs: int, volunteers: int, plain: bool) -> None:
        self.dice, self.plain = dice, plain
        self.side = max(2, math.ceil(math.sqrt((needs + volunteers) / 22)))  # grids along one side of the town
        grids = range(self.side**2)
        # Weights are summed once: a city has 100,000 elders to choose from.
        self.living = list(accumulate(dice.gammavariate(1.5, 1) for _ in grids))
        self.asking = list(accumulate(dice.gammavariate(0.7, 1) for _ in grids))
        elders = max(1, round(0.8 * needs))
        self.elders = [self.point(self.asking) for _ in range(elders)]
        self.wants = list(accumulate(dice.paretovariate(1.3) for _ in range(elders)))
        self.ordered = [0] * elders

    def point(self, summed: list[float]) -> list[float]:
        grid = self.dice.choices(range(len(summed)), cum_weights=summed)[0]
        east = GRID_SIDE_M * (grid % self.side + self.dice.gauss(0.5, 0.22))
        north = GRID_SIDE_M * (grid // self.side + self.dice.gauss(0.5, 0.22))
        lat = CENTRE[0] + north * METRE_LAT
        return [round(lat, 6), round(CENTRE[1] + east * METRE_LAT / math.cos(math.radians(CENTRE[0])), 6)]

    def volunteer(self, row: int) -> dict[str, Any]:
        dice = self.dice
        trainee = dice.random() < 0.06 and not self.plain
        return {
            "id": f"v{row + 1}", "place": self.point(self.living), "free": self.free(),
            "reach_m": dice.choices([500, 800, 1200], [4, 4, 2])[0],
            "max_tasks": dice.choices([1, 2, 3, 4], [3, 4, 2, 1])[0],
            "max_service_min": dice.choice([90, 120, 180, 240]),
            "skills": self.some(("hospital_escort", 0.3), ("home_help", 0.45)),
            "gates": self.some(("insured", 0.7), ("vetted", 0.8)),
            "trainee": trainee, "languages": ["zh", "wu"] if dice.random() < 0.4 else ["zh"],
            "gender": "f" if dice.random() < 0.65 else "m", "served_30d_min": round(dice.expovariate(1 / 240)),
            "asked_days_ago": dice.choice([None, None, 0, 1, 2, 4, 9]),
        }  # fmt: skip

    def some(self, *shares: tuple[str, float]) -> list[str]:
        return [name for name, share in shares if self.dice.random() < share]

    def free(self) -> list[list[int]]:
        dice = self.dice
        halves = dice.choice([(8,), (14,), (8, 14), (9,), (15,)])
        found = []
        for hour in halves:
            begin = 60 * hour + 15 * dice.randint(-1, 3)
            found.append([begin, begin + 15 * dice.randint(6, 14)])
        return found

    def orderer(self) -> int:
        """The elder of one more order; whoever has ordered enough for today is passed over."""
        while True:
            elder = self.dice.choices(range(len(self.elders)), cum_weights=self.wants)[0]
            if self.ordered[elder] < MOST_A_DAY:
                self.ordered[elder] += 1
                return elder

    def need(self, row: int, people: list[dict[str, Any]], near: _Near) -> dict[str, Any]:
        dice = self.dice
        kind = dice.choices(KINDS, [kind.share for kind in KINDS])[0]
        home = self.elders[self.orderer()]
        hour = dice.choices([hour for hour, _ in HOURS], [weight for _, weight in HOURS])[0]
        begin = 60 * hour + 15 * dice.randint(0, 3)
        two = 2 if dice.random() < kind.two_people and not self.plain else 1
        need = {
            "id": f"n{row + 1}", "place": home, "start_window": [begin, begin + dice.randint(*kind.window)],
            "duration_min": 5 * dice.randint(kind.duration[0] // 5, kind.duration[1] // 5), "volunteers": two,
            "priority": kind.priority, "skills": list(kind.skills), "gates": list(kind.gates), "remote": kind.remote,
        }  # fmt: skip
        if dice.random() < 0.25:
            need["gender"] = {"value": dice.choice(["f", "m"]), "required": dice.random() < 0.2}
        if dice.random() < 0.25:
            need["language"] = {"value": "wu", "required": dice.random() < 0.1}
        if people and dice.random() < 0.4:
            need["regular"] = [people[dice.choice(near.to(home))]["id"]]
        return need


class _Near:
    """The few nearest of many places, found by looking through squares around a point."""

    MOST = 8
    SIDE = 2 * GRID_SIDE_M * METRE_LAT  # degrees

    def __init__(self, places: Sequence[Sequence[float]]) -> None:
        self.places = places
        self.squares: dict[tuple[int, int], list[int]] = {}
        for row, place in enumerate(places):
            self.squares.setdefault(self.square(place), []).append(row)
        self.found: dict[tuple[float, ...], list[int]] = {}

    def square(self, place: Sequence[float]) -> tuple[int, int]:
        return math.floor(place[0] / self.SIDE), math.floor(place[1] / self.SIDE)

    def to(self, home: Sequence[float]) -> list[int]:
        """The rows of the nearest places, nearest first; of two equally near the earlier."""
        key = tuple(home)
        if key not in self.found:
            self.found[key] = self.nearest(home)
        return self.found[key]

    def nearest(self, home: Sequence[float]) -> list[int]:
        most = min(self.MOST, len(self.places))
        seen: list[tuple[float, int]] = []
        for width, rows in enumerate(self.rings(self.square(home))):
            seen += [(math.dist(self.places[row], home), row) for row in rows]
            # Whoever lives beyond the ring of this width is more than `width` sides away.
            if sum(away < width * self.SIDE for away, _ in seen) >= most or len(seen) == len(self.places):
                break
        return [row for _, row in sorted(seen)[:most]]

    def rings(self, middle: tuple[int, int]) -> Iterator[list[int]]:
        """The rows in the square of a place, then in the ring of squares around it, and so on."""
        width = 0
        while True:
            ring = [
                (middle[0] + down, middle[1] + right)
                for down in range(-width, width + 1)
                for right in range(-width, width + 1)
                if max(abs(down), abs(right)) == width
            ]
            yield [row for square in ring for row in self.squares.get(square, ())]
            width += 1
