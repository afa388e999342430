"""Whom to serve on a large day whose linear programme is far from whole: keep what it takes, solve the rest again.

The day plans that the programme takes wholly stay, and of the others the few that it takes most of. The people and
needs that are left are a smaller day, whose programme begins with the day plans that are still possible in it. So it
goes on until what is left is small enough to be chosen exactly. Each programme is nearly as good as the one before, so
little is lost on the way. (Diving with column generation: Sadykov and others, INFORMS Journal on Computing 31, 2019.)
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress

import numpy as np

from matching.assembling import NOBODY
from matching.columns import HALF, POOLED, Level, cut_evenly, stopped
from matching.master import VIOLATED
from matching.parts import Part, cut_out
from matching.search import Search, StoppedError, first_bounds
from matching.timing import Day
from matching.view import OutOfTimeError, Step
from matching.ways import Ints

AT_ONCE = 0.1  # of the day plans taken in part: how many stay before the rest is solved again
SMALL = 80  # people whose days are chosen exactly


def peeled(level: Level, seconds: float) -> list[Day]:
    """Everybody's days, from a level of serve (or of both folded into one) whose programme has been solved."""
    return _Peeled(level, time.monotonic() + seconds).days()


class _Peeled:
    """The days kept so far, and the programme of the rest."""

    def __init__(self, level: Level, ends: float) -> None:
        self.whole, self.level, self.ends = level.search.instance, level, ends
        self.part: Part | None = None
        self.people: Ints = np.arange(self.whole.n_volunteers, dtype=np.int64)
        self.needs: Ints = np.arange(self.whole.n_needs, dtype=np.int64)

    def days(self) -> list[Day]:
        """Everybody's days."""
        kept: list[Day] = []
        while True:
            chosen = [self.level.master.day(column) for column in self._chosen()]
            kept += self._outward(chosen)
            rest = self._rest(chosen)
            if not chosen or len(self.people) <= SMALL or time.monotonic() > self.ends:
                rest.deadline = max(self.ends, time.monotonic() + 1.0)
                stopped(rest, self.level.name)
                return kept + self._outward(rest.best.days)
            self.level = self._programme(rest)

    def _programme(self, rest: Search) -> Level:
        """The rest with the day plans that are missing in it."""
        rest.deadline = self.ends
        cut_evenly(rest)
        level = Level(rest, self.level.name)
        with suppress(StoppedError, OutOfTimeError):
            level.generate()
        return level

    def _chosen(self) -> list[int]:
        """What the programme takes wholly, and the most of what it takes in part; visits for two both or not at all."""
        master, view = self.level.master, self.level.view
        much = master.much
        order = [column for column in np.argsort(-much, kind="stable").tolist() if much[column] > VIOLATED]
        in_part = sum(much[column] < 1.0 - VIOLATED for column in order)
        left = max(1, round(AT_ONCE * in_part))
        chosen: list[int] = []
        people: set[int] = set()
        taken: set[int] = set()
        for column in order:
            whole = much[column] >= 1.0 - VIOLATED
            if not whole and (left == 0 or (much[column] < HALF and chosen)):
                break
            slots = list(master.slots[column])
            alone = {int(view.s_need[slot]) for slot in slots if not master.unit_two[master.slot_unit[slot]]}
            if master.volunteers[column] in people or taken & alone:
                continue
            chosen.append(column)
            people.add(master.volunteers[column])
            taken |= alone
            left -= not whole
        return self._in_pairs(chosen)

    def _in_pairs(self, columns: list[int]) -> list[int]:
        """Without those in which somebody would go alone where two are needed."""
        master = self.level.master
        units = [[int(unit) for unit in master.slot_unit[list(master.slots[column])]] for column in columns]
        while True:
            visits = Counter(unit for each in units for unit in each)
            fit = [all(visits[unit] == 2 for unit in each if master.unit_two[unit]) for each in units]
            if all(fit):
                return columns
            columns = [column for column, fits in zip(columns, fit, strict=True) if fits]
            units = [each for each, fits in zip(units, fit, strict=True) if fits]

    def _rest(self, chosen: list[Day]) -> Search:
        """The smaller day without the chosen days, and the day plans that are still possible in it."""
        level, one = self.level, self.level.search.instance
        likely = level.likely(level.last, POOLED * one.n_needs).tolist() if level.last else []
        known: dict[int, list[tuple[Step, ...]]] = {}
        for volunteer, steps in self._outward([level.master.day(column) for column in likely]):
            known.setdefault(volunteer, []).append(steps)
        free, open_needs = np.ones(one.n_volunteers, bool), np.ones(one.n_needs, bool)
        for volunteer, steps in chosen:
            free[volunteer] = False
            open_needs[one.a_need[[arc for arc, _, _ in steps]]] = False
        self.people, self.needs = self.people[free], self.needs[open_needs]
        self.part = cut_out(self.whole, NOBODY, self.people, self.needs)
        rest = self.part.instance
        search = Search(rest, level.search.options, NOBODY, first_bounds(rest), exact=False)
        search.days = self.part.inward(known)
        return search

    def _outward(self, days: list[Day]) -> list[Day]:
        return days if self.part is None else self.part.outward(days, {})[0]
