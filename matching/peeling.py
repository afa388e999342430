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
from dataclasses import replace

import numpy as np

from matching.assembling import NOBODY
from matching.columns import HALF, POOLED, Level, stopped
from matching.master import Master
from matching.parts import Part, cut_out
from matching.search import Search, StoppedError, first_bounds
from matching.spans import cut_evenly
from matching.timing import Day, meeting_minutes
from matching.view import OutOfTimeError, Step
from matching.ways import Ints

AT_ONCE = 0.03  # of the day plans taken in part: how many stay before the rest is solved again
PAIRED = (0.3, 0.6, 0.1)  # by how much more than it is taken a day plan counts that has a visit for two: each try
COMPANIONS = 4  # day plans that are kept together at most
FINE = (10, 30)  # minutes of a span in what is left, and how many a window has at most
ROUNDS = 2  # of pricing where a programme is solved by gradients: few day plans are missing
SMALL = 80  # people whose days are chosen exactly


def peeled(level: Level, seconds: float, paired: float = PAIRED[0]) -> list[Day]:
    """Everybody's days, from a level of serve (or of both folded into one) whose programme has been solved."""
    return _Peeled(level, time.monotonic() + seconds, paired).days()


class _Peeled:
    """The days kept so far, and the programme of the rest."""

    def __init__(self, level: Level, ends: float, paired: float) -> None:
        self.whole, self.level, self.ends, self.paired = level.search.instance, level, ends, paired
        self.part: Part | None = None
        self.people: Ints = np.arange(self.whole.n_volunteers, dtype=np.int64)
        self.needs: Ints = np.arange(self.whole.n_needs, dtype=np.int64)
        self.took = 0.0  # seconds of the last step

    def days(self) -> list[Day]:
        """Everybody's days."""
        kept: list[Day] = []
        while True:
            begun = time.monotonic()
            chosen = [self.level.master.day(column) for column in self._chosen()]
            kept += self._outward(chosen)
            rest = self._rest(chosen)
            if not chosen or len(self.people) <= SMALL or time.monotonic() > self.ends:
                rest.deadline = max(self.ends, time.monotonic() + 1.0)
                stopped(rest, self.level.name)
                return kept + self._outward(rest.best.days)
            self.level = self._programme(rest)
            self.took = time.monotonic() - begun

    def _programme(self, rest: Search) -> Level:
        """The rest with the day plans that are missing in it."""
        rest.deadline = self.ends
        level = Level(rest, self.level.name)
        level.rounds = ROUNDS
        with suppress(StoppedError, OutOfTimeError):
            level.generate()
        return level

    def _chosen(self) -> list[int]:
        """What the programme takes wholly, and the most of what it takes in part; visits for two both or not at all.

        Each step takes a share of the last one's time that is as large as the share of people who are left after it:
        so many are kept that all steps together fit the time.
        """
        haste = self.took / max(0.1, self.ends - time.monotonic())
        least = max(1, round(min(1.0, haste) * len(self.people)))
        master = self.level.master
        much, slack = master.much, master.programme.slack
        likely = much + self.paired * master.for_two()
        order = [column for column in np.argsort(-likely, kind="stable").tolist() if much[column] > slack]
        in_part = sum(much[column] < 1.0 - slack for column in order)
        left = max(least, round(AT_ONCE * in_part))
        keeping = Keeping(master, order)
        for column in order:
            whole = much[column] >= 1.0 - slack
            if not whole and (left <= 0 or (likely[column] < HALF and len(keeping.columns) >= least)):
                continue
            left -= int((much[keeping.add(column)] < 1.0 - slack).sum())
        return keeping.columns

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
        options = replace(level.search.options, progress=None)  # what the rest reaches is nothing to be told
        search = Search(rest, options, NOBODY, first_bounds(rest), exact=False)
        search.days = self.part.inward(known)
        cut_evenly(search, *FINE)
        return search

    def _outward(self, days: list[Day]) -> list[Day]:
        return days if self.part is None else self.part.outward(days, {})[0]


class Keeping:
    """Day plans that go together, taken one by one, each with those of whoever goes along on its visits for two."""

    def __init__(self, master: Master, order: list[int]) -> None:
        self.master = master
        self.columns: list[int] = []
        self.people: set[int] = set()
        self.needs: set[int] = set()
        self.named = master.instance.half_locks
        self.of_unit: dict[int, list[int]] = {}  # the day plans of each visit for two, those taken most first
        for column in order:
            for unit in self._for_two(column):
                self.of_unit.setdefault(unit, []).append(column)

    def add(self, column: int) -> list[int]:
        """Keep a day plan and those of its companions: what was kept, nothing where they do not fit."""
        group = self._with_companions([column])
        for one in group:
            self.columns.append(one)
            self.people.add(self.master.volunteers[one])
            self.needs |= self._needs(one)
        return group

    def _with_companions(self, group: list[int]) -> list[int]:
        """The group and whoever its visits for two still lack; empty where somebody cannot be had."""
        if not self._fits(group):
            return []
        visits = Counter(unit for one in group for unit in self._for_two(one))
        lacking = next((unit for unit, people in visits.items() if people == 1), None)
        if lacking is None:
            return group if not visits or self._meet(group) else []
        if len(group) < COMPANIONS:
            for other in self.of_unit[lacking]:
                found = self._with_companions([*group, other]) if other not in group else []
                if found:
                    return found
        return []

    def _fits(self, group: list[int]) -> bool:
        """Whether nobody and no need stands in it twice, or was kept before, and those who meet may go together."""
        people = [self.master.volunteers[one] for one in group]
        needs = set().union(*map(self._needs, group))
        if len(set(people)) < len(people) or not (self.people.isdisjoint(people) and self.needs.isdisjoint(needs)):
            return False
        visitors: dict[int, list[int]] = {}
        for one in group:
            for unit in self.master.slot_unit[list(self.master.slots[one])].tolist():
                visitors.setdefault(unit, []).append(self.master.volunteers[one])
        return len(visitors) == len(needs) and all(self._may_go(unit, those) for unit, those in visitors.items())

    def _meet(self, group: list[int]) -> bool:
        """Whether there are minutes at which all of them can be where they go together."""
        return meeting_minutes(self.master.instance, [self.master.day(one) for one in group]) is not None

    def _may_go(self, unit: int, people: list[int]) -> bool:
        """Whether a visit may have these people, or these and one more."""
        if len(people) == 1:
            return True
        named = self.named.get(int(self.master.unit_need[unit]), people[0])
        trainee = self.master.instance.v_trainee
        return bool(len(people) == 2 and self.master.unit_two[unit] and named in people and not trainee[people].all())

    def _for_two(self, column: int) -> list[int]:
        units = self.master.slot_unit[list(self.master.slots[column])]
        return [int(unit) for unit in units if self.master.unit_two[unit]]

    def _needs(self, column: int) -> set[int]:
        return {int(self.master.view.s_need[slot]) for slot in self.master.slots[column]}
