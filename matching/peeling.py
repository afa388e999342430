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
from copy import copy
from dataclasses import replace

import numpy as np

from matching.assembling import NOBODY
from matching.columns import HALF, POOLED, Level, stopped
from matching.master import Master
from matching.parts import Part, cut_out
from matching.search import Search, StoppedError, first_bounds
from matching.spans import cut_evenly
from matching.timing import Day, meeting_minutes
from matching.triples import NOBODY as NOBODY_NAMED
from matching.triples import Triple
from matching.view import OutOfTimeError, Step
from matching.ways import Ints

AT_ONCE = (2, 4, 8)  # visits for two that are settled before the rest is solved again, in each try
SETTLED, FAINT = 0.9, 0.05  # of a day plan with such a visit: taken so much, it is settled; so little, it is none
HASTY, PATIENT = 1.8, 0.7  # what is settled in a step, and kept later, against its share of the time: steps get quicker
SHARES = 0.03, 0.06, 0.015  # of the day plans taken in part: how many stay then in each step, in each try
COMPANIONS = 4  # day plans that are kept together at most
ROUNDS = 2, 4  # of pricing where a programme is solved by gradients, while visits for two are settled and then
LOST = 1.5  # of what the programme promises: a try that loses less is the last
MORE_ROUNDS, TRIPLES = 1, 1
SMALL = 80  # people whose days are chosen exactly


def peeled(level: Level, seconds: float, at_once: int = AT_ONCE[0]) -> list[Day]:
    """Everybody's days, from a level of serve (or of both folded into one) whose programme has been solved."""
    return _Peeled(level, time.monotonic() + seconds, at_once).days()


class _Peeled:
    """The days kept so far, and the programme of the rest."""

    def __init__(self, level: Level, ends: float, at_once: int) -> None:
        self.whole, self.level, self.ends, self.at_once = level.search.instance, level, ends, at_once
        self.part: Part | None = None
        self.people: Ints = np.arange(self.whole.n_volunteers, dtype=np.int64)
        self.needs: Ints = np.arange(self.whole.n_needs, dtype=np.int64)
        self.took = 0.0  # seconds of the last step
        self.rounds = ROUNDS[0]

    def days(self) -> list[Day]:
        """Everybody's days: visits for two are settled once, and what follows is tried in several ways."""
        settled: list[Day] = []
        while chosen := self._for_two():
            settled += self._step(chosen)
        self.rounds = ROUNDS[1]
        tries: list[list[Day]] = []
        for share in SHARES:
            begun = time.monotonic()
            tries.append(copy(self)._others(share))
            if self._is_good(tries[-1]) or 2 * time.monotonic() - begun > self.ends:
                break
        return settled + max(tries, key=self._served)

    def _others(self, share: float) -> list[Day]:
        """The days of all who are left, those that are chosen exactly last."""
        kept: list[Day] = []
        while chosen := self._for_one(share):
            kept += self._step(chosen)
            if len(self.people) <= SMALL:
                rest = self.level.search
                rest.deadline = max(self.ends, time.monotonic() + 1.0)
                stopped(rest, self.level.name)
                return kept + self._outward(rest.best.days)
            if time.monotonic() > self.ends:
                break
        self.level.rounded()  # there is no time, or nothing that goes together
        return kept + self._outward(self.level.search.best.days)

    def _step(self, columns: list[int]) -> list[Day]:
        """Keep these day plans, and solve the rest anew."""
        begun = time.monotonic()
        chosen = [self.level.master.day(column) for column in columns]
        kept = self._outward(chosen)
        self.level = self._programme(self._rest(chosen))
        self.took = time.monotonic() - begun
        return kept

    def _is_good(self, days: list[Day]) -> bool:
        """Whether another try is not worth its time: this one serves nearly what the programme promises."""
        promised = self.level.master.value if self.level.name == "serve" and self.level.nearly else 0.0
        return self._served(days) > promised - LOST

    def _served(self, days: list[Day]) -> int:
        """The priorities of the needs for one in these days."""
        needs = self.whole.a_need[[arc for _, steps in days for arc, _, _ in steps]]
        return int(self.whole.n_priority[needs].sum())

    @property
    def _haste(self) -> float:
        """The last step's share of the time: if as large a share is kept in each step, all of them fit it."""
        return min(1.0, self.took / max(0.1, self.ends - time.monotonic()))

    def _programme(self, rest: Search) -> Level:
        """The rest with the day plans that are missing in it, and spans cut where its people fail to meet."""
        level = self._generated(rest)
        return self._generated(rest) if level.parted() else level

    def _generated(self, rest: Search) -> Level:
        rest.deadline = self.ends
        level = Level(rest, self.level.name)
        level.rounds = self.rounds
        with suppress(StoppedError, OutOfTimeError):
            level.generate()
            for _ in range(TRIPLES if level.nearly else 4 * TRIPLES):
                if not level.master.lay_triples():
                    break
                rest.rounds = 0
                level.rounds = MORE_ROUNDS
                level.generate()
        return level

    def _for_two(self) -> list[int]:
        """Who goes to a few visits for two, and when: those that the programme takes most, each with companions.

        What is promised of them is worth least: with them settled, the programme of the rest is right about the rest.
        """
        master, much = self.level.master, self.level.master.much
        two = master.for_two() & (much > FAINT)
        order = [column for column in np.argsort(-much - two, kind="stable").tolist() if much[column] > FAINT]
        left = max(self.at_once, round(HASTY * self._haste * much[two].sum() / 2))
        keeping = Keeping(master, order)
        for column in order[: int(two.sum())]:
            if column in keeping.columns or (left <= 0 and much[column] < SETTLED):
                continue
            group = keeping.add(column)
            left -= bool(group) and bool(much[group].min() < SETTLED)
        return keeping.columns

    def _for_one(self, share: float) -> list[int]:
        """What the programme takes wholly, and of what it takes in part this share of what it takes most of."""
        least = max(1, round(PATIENT * self._haste * len(self.people)))
        master = self.level.master
        much, slack = master.much, master.programme.slack
        order = [column for column in np.argsort(-much, kind="stable").tolist() if much[column] > slack]
        in_part = sum(much[column] < 1.0 - slack for column in order)
        left = max(1, least - (len(order) - in_part), round(share * in_part))
        keeping = Keeping(master, order)
        for column in order:
            whole = much[column] >= 1.0 - slack
            if not whole and (left <= 0 or (much[column] < HALF and len(keeping.columns) >= least)):
                continue
            left -= int((much[keeping.add(column)] < 1.0 - slack).sum())
        return keeping.columns

    def _rest(self, chosen: list[Day]) -> Search:
        """The smaller day without the chosen days, and the day plans that are still possible in it."""
        level, one = self.level, self.level.search.instance
        likely = level.likely(level.last, POOLED * one.n_needs).tolist() if level.last else []
        spans = {int(self.needs[row]): cut for row, cut in level.search.spans.items()}
        known: dict[int, list[tuple[Step, ...]]] = {}
        for volunteer, steps in self._outward([level.master.day(column) for column in likely]):
            known.setdefault(volunteer, []).append(steps)
        free, open_needs = np.ones(one.n_volunteers, bool), np.ones(one.n_needs, bool)
        for volunteer, steps in chosen:
            free[volunteer] = False
            open_needs[one.a_need[[arc for arc, _, _ in steps]]] = False
        if self.rounds == ROUNDS[1]:  # what is left for two was not to be settled
            open_needs &= one.n_people == 1
        people, needs = self.people, self.needs
        self.people, self.needs = self.people[free], self.needs[open_needs]
        self.part = cut_out(self.whole, NOBODY, self.people, self.needs)
        rest = self.part.instance
        options = replace(level.search.options, progress=None)  # what the rest reaches is nothing to be told
        search = Search(rest, options, NOBODY, first_bounds(rest), exact=False, fold=level.search.fold)
        search.days = self.part.inward(known)
        search.spans = {row: spans[need] for row, need in enumerate(self.needs.tolist()) if need in spans}
        cut_evenly(search)
        row_of = {need: row for row, need in enumerate(self.needs.tolist())}
        place_of = {who: place for place, who in enumerate(self.people.tolist())}
        for triple in level.master.triples.known:
            who = NOBODY_NAMED if triple.volunteer < 0 else place_of.get(int(people[triple.volunteer]))
            rows = [row_of.get(int(needs[need])) for need in triple.needs]
            if who is not None and None not in rows:
                search.triples.append(Triple(who, tuple(rows)))
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
