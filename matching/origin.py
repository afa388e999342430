"""Where a programme comes from, so that it need not be solved from nothing: it begins where the one before stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.gradient import Gradient
from matching.master import Master
from matching.ways import Ints

if TYPE_CHECKING:
    from matching.columns import Level


@dataclass(frozen=True)
class Origin:
    """The programme before, and which day plan, person, need and odd set there each one here is."""

    master: Master
    days: Ints  # by day plan that was handed on
    people: Ints
    needs: Ints
    odd_sets: Ints  # by odd set that is known from the start

    @classmethod
    def same(cls, level: Level, odd_sets: int = 0) -> Origin:
        """A level whose people and needs stay, and its first odd sets; its spans are cut anew."""
        one = level.search.instance
        everybody, all_needs = np.arange(one.n_volunteers), np.arange(one.n_needs)
        return cls(level.master, level.carried, everybody, all_needs, np.arange(odd_sets))

    def begin(self, level: Level) -> None:
        """Begin a level's programme where this one stands, if both are solved by gradients."""
        master, before = level.master, self.master.programme
        if not isinstance(master.programme, Gradient) or not isinstance(before, Gradient):
            return
        days = np.full(len(master.volunteers), -1, np.int64)
        here = level.begun_with >= 0
        days[level.begun_with[here]] = self.days[here]
        unit_of = {unit: place for place, unit in enumerate(self.master.units())}
        units = [unit_of.get((int(self.needs[need]), low), -1) for need, low in master.units()]
        master.programme.stand(before, days, self.people, np.array(units, np.int64), self.odd_sets)
