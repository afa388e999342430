"""What one run knows so far: the best plan, what is proven about it, and when to stop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.assembling import Served, true_values
from matching.bounds import whole
from matching.drafting import repaired
from matching.instance import Instance
from matching.oddsets import OddSet
from matching.options import Options
from matching.problem import Window
from matching.timing import Day
from matching.view import Floats

FOREVER = float("inf")
FOLD = 300  # minutes of walking that a unit of priority counts where both levels are folded into one


class StoppedError(Exception):
    """Time or rounds ran out before a level was proven."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


@dataclass
class Search:
    """One run: what is known so far."""

    instance: Instance
    options: Options
    best: Served
    bounds: dict[str, float]
    bound_from: dict[str, str] = field(default_factory=lambda: {"serve": "columns", "care": "columns"})
    deadline: float = FOREVER
    exact: bool = True  # bounds are wanted; else day plans of the best needs only are looked for
    fold: int = FOLD  # what a unit of priority counts where both levels are folded into one
    spans: dict[int, tuple[Window, ...]] = field(default_factory=dict)
    days: list[Day] = field(default_factory=list)  # day plans worth having at the next cut into spans
    rounds: int = 0
    relaxed: list[Day] = field(default_factory=list)  # the plan that made the last cut necessary
    odd_sets: list[OddSet] = field(default_factory=list)  # whose rows are laid from the start
    parted: bool = False  # spans were cut where people of a linear programme failed to meet
    apart: set[int] = field(default_factory=set)  # the needs at which people failed to meet in it
    gains: dict[str, Floats] = field(default_factory=dict)  # by level: what a visit to each need was credited last
    pool: dict[str, list[Day]] = field(default_factory=dict)  # by level: the day plans that mattered

    def guard(self) -> None:
        """Stop when the level's time or rounds are spent."""
        if time.monotonic() > self.deadline:
            raise StoppedError("time")
        if self.rounds >= self.options.rounds:
            raise StoppedError("rounds")

    def left(self) -> float:
        """Seconds the level still has."""
        return self.deadline - time.monotonic()

    def tell(self, step: str, values: tuple[int, int] | None = None) -> None:
        """Report progress to whoever asked for it."""
        if self.options.progress:
            bounds = tuple(int(min(self.bounds[name], 2.0**60)) for name in ("serve", "care"))
            self.options.progress(step, values or self.best.values, bounds)

    def offer(self, days: list[Day]) -> bool:
        """Keep a plan made from these days if it is better than the best so far."""
        return self.keep(self.walked(days))

    def walked(self, days: list[Day]) -> Served:
        """The plan made from these days, in which two people may fail to meet."""
        return true_values(self.instance, *repaired(self.instance, days))

    def keep(self, served: Served) -> bool:
        """Keep a plan if it is better than the best so far and keeps every lock."""
        better = served.values > self.best.values and served.keeps(self.instance)
        if better:
            self.best = served
        return better

    def value(self, name: str) -> int:
        """What the best plan reaches on a level."""
        serve, care = self.best.values
        return {"serve": serve, "care": care, "fold": self.fold * serve + care}[name]

    def met(self, name: str) -> bool:
        """The best plan reaches the level's bound."""
        return self.value(name) >= self.bounds[name]

    def lower(self, name: str, bound: float, source: str = "columns") -> None:
        """A bound was proven."""
        if whole(bound) < self.bounds[name]:
            self.bounds[name] = whole(bound)
            self.bound_from[name] = source

    def unfold(self) -> None:
        """What is proven of both levels folded into one says what care can be in plans that serve this much."""
        self.lower("care", self.bounds["fold"] - self.fold * self.best.serve)


def first_bounds(instance: Instance) -> dict[str, float]:
    """Bounds that hold whatever the plan: whoever can be served at all, by her best people, walking nothing."""
    thinned, coverable = instance.candidates.thinned, reached(instance)
    wanted = (coverable & ~thinned)[instance.a_need]
    best = np.zeros(instance.n_needs, np.int64)
    np.maximum.at(best, instance.a_need[wanted], instance.a_care[wanted])
    two = np.flatnonzero(wanted & (instance.n_people[instance.a_need] == 2))
    order = two[np.lexsort((-instance.a_care[two], instance.a_need[two]))]
    firsts = np.flatnonzero(np.diff(instance.a_need[order], prepend=-1))
    care = int(best.sum()) + int(np.maximum(0, instance.a_care[order[firsts + 1]]).sum()) + outside(instance)[1]
    return {"serve": float(instance.n_priority[coverable].sum()), "care": float(care), "fold": FOREVER}


def reached(instance: Instance) -> NDArray[np.bool_]:
    """Which needs have as many people as they ask for, each alone."""
    may = np.bincount(instance.a_need, minlength=instance.n_needs)
    found: NDArray[np.bool_] = instance.candidates.thinned | (may >= instance.n_people)
    return found


def outside(instance: Instance) -> tuple[int, int]:
    """What thinned needs may add at most to serve and to care, whoever serves them and whatever the prices.

    Taking such a visit out of a day costs the rest of it no more than standing idle for its minutes, and the one minute
    by which a leg rounded up may be longer than two.
    """
    candidates = instance.candidates
    rows = np.flatnonzero(candidates.thinned)
    if not len(rows):
        return 0, 0
    idle = instance.waiting * candidates.pairs.duration[rows] + instance.walking - instance.waiting
    care = instance.n_people[rows] * np.maximum(0, candidates.most_care[rows] + idle)
    return int(instance.n_priority[rows].sum()), int(care.sum())
