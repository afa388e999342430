"""Whom to serve on a large day whose linear programme is far from whole: keep what it takes, solve the rest again.

First it is settled who goes to each visit for two, and in which span; their days stay open. Then the day plans that the
programme takes wholly stay, and of the others the few that it takes most of. The people and needs that are left are a
smaller day, whose programme begins where the one before stands. So it goes on until what is left is small enough to be
chosen exactly. Rows of odd sets keep each programme honest, so that little is lost on the way.

(Diving with column generation: Sadykov and others, INFORMS Journal on Computing 31, 2019.)
"""

from __future__ import annotations

import time
from contextlib import suppress
from copy import copy
from dataclasses import replace

import numpy as np

from matching.assembling import NOBODY, true_values
from matching.backtracking import best_of_rest
from matching.choosing import HALF, rounded
from matching.columns import POOLED, Level, stopped
from matching.drafting import repaired
from matching.keeping import Keeping, likely_pairs
from matching.master import Mask
from matching.origin import Origin
from matching.parts import Part, cut_out
from matching.search import Search, StoppedError, first_bounds
from matching.spans import cut_apart, cut_evenly
from matching.timing import Day
from matching.view import OutOfTimeError, Step
from matching.ways import Ints

AT_ONCE = (8, 12)  # visits for two that are settled before the rest is solved again, in each try
SETTLED = 0.9  # of such a visit: a pair that is taken so much is settled in any case
HASTY, PATIENT = 1.8, 0.7  # what is settled in a step, and kept later, against its share of the time: steps get quicker
EXACT = 0.35  # and where they are solved exactly, since those get quicker still
SHARE = 0.03  # of the day plans taken in part: how many stay then in each step
ROUNDS = 2, 3  # of pricing where a programme is solved by gradients, while visits for two are settled and then
BETWEEN = 2  # steps in which visits for two are settled before spans are cut again
PATIENCE = 30  # rounds of pricing for which there must be time where spans are cut
PAIRED, HURRY = 0.45, 3  # of the time: for visits for two; steps that must fit it, or all are settled at once
FORCED = 6  # settled visits for two whose days are kept in a step though they are taken in part
LAID = 6  # times that rows of odd sets are laid, at most, where a programme is solved exactly; else once
LAST, WAYS, NOISE = 300, 40, 0.2  # people whose days are put together in several ways; how many; what shifts the order
ENDING = 7  # times as long as a step with so many people by gradients: all steps that are solved exactly
BEGINNING = 5  # times as long as a later step: the first one that is solved exactly
SMALL, EXACTLY = 80, 2.0  # people whose days are chosen exactly, and the seconds for it


def peeled(level: Level, seconds: float, at_once: int = AT_ONCE[0]) -> list[Day]:
    """Everybody's days, from a level of serve (or of both folded into one) whose programme has been solved."""
    return Peeled(level, time.monotonic() + seconds, at_once).days()


class Peeled:
    """The days kept so far, and the programme of the rest."""

    def __init__(self, level: Level, ends: float, at_once: int) -> None:
        self.whole, self.level, self.ends, self.at_once = level.search.instance, level, ends, at_once
        self.part: Part | None = None
        self.people: Ints = np.arange(self.whole.n_volunteers, dtype=np.int64)
        self.needs: Ints = np.arange(self.whole.n_needs, dtype=np.int64)
        self.thorough = level.nearly or level.name == "serve"  # a small day that is folded has better use for its time
        self.took = 0.0  # seconds of the last step
        self.kept: list[Day] = []
        self.gained = 0.0  # what they are worth
        self.origin: Origin
        self.rounds, self.paired, self.pairs_until = ROUNDS[0], False, ends
        self.barred = np.zeros(self.whole.n_arcs, bool)  # arcs of others to needs for two that are settled
        self.settled: set[int] = set()  # those needs

    def days(self) -> list[Day]:
        """Everybody's days: those of the last few people are put together in several ways, where it is worth it."""
        self.settle_pairs()
        left = self
        while len(left.people) > LAST and time.monotonic() < self.ends and (columns := left.for_one(SHARE)):
            left = left.after(columns)
        return best_of_rest(left, WAYS if self.thorough else 1)

    def after(self, columns: list[int]) -> Peeled:
        """What is left once these day plans are kept, its programme solved anew."""
        begun, left = time.monotonic(), copy(self)
        chosen = [self.level.master.day(column) for column in columns]
        left.kept = self.kept + self._outward(chosen)
        left.gained = self.gained + self.level.master.worth(columns)
        left.level = left.programme(left.rest(chosen))
        left.took = (time.monotonic() - begun) / (1 if left.level.nearly == self.level.nearly else BEGINNING)
        return left

    @property
    def few(self) -> bool:
        """So few people are left that their days are chosen exactly."""
        return len(self.people) <= min(SMALL, self.whole.n_volunteers - 1)

    def rounded_off(self) -> list[Day]:
        """Everybody's days, those of all who are left chosen at once."""
        rest = self.level.search
        if self.few:
            rest.deadline, rest.rounds = time.monotonic() + EXACTLY, 0
            rest.exact = self.thorough
            stopped(rest, self.level.name)
        else:
            rounded(self.level)  # there is no time, or nothing that goes together
        return self.kept + self._outward(rest.best.days)

    @property
    def unit(self) -> float:
        """What a unit of priority counts on this level."""
        return float(self.level.search.fold) if self.level.name == "fold" else 1.0

    @property
    def promised(self) -> float:
        """What the days kept are worth, with what the programme promises of the rest."""
        return self.gained + self.level.master.value

    def values(self, days: list[Day]) -> tuple[int, int]:
        """What these days serve and care."""
        return true_values(self.whole, *repaired(self.whole, days)).values

    def worth(self, days: list[Day]) -> float:
        """What these days are worth on this level."""
        serve, care = self.values(days)
        return self.unit * serve + (care if self.level.name == "fold" else 0.0)

    def settle_pairs(self) -> None:
        """Settle who goes to each visit for two, and in which span, in one programme that is solved on and on."""
        self.pairs_until = time.monotonic() + PAIRED * (self.ends - time.monotonic())
        while True:
            begun = time.monotonic()
            self.level = self.programme(self.rest([]))
            self.took = (time.monotonic() - begun) / (1 + ROUNDS[0])
            before = len(self.settled)
            steps = 0
            while (chosen := self._for_two()) and (steps < BETWEEN or self._hurried):
                self._pair(chosen)
                steps += 1
            if len(self.settled) == before or self._hurried:
                break
        self.rounds, self.paired = ROUNDS[1], True
        self.level = self.programme(self.rest([]))

    def _pair(self, slots: list[int]) -> None:
        """Settle who goes to these visits for two and in which span (two slots each), and solve it on."""
        begun, master = time.monotonic(), self.level.master
        arcs = master.view.s_base[slots] if self.part is None else self.part.arcs[master.view.s_base[slots]]
        for arc, slot in zip(arcs.tolist(), slots, strict=True):
            need = int(self.whole.a_need[arc])
            if need not in self.settled:
                self.barred[self.whole.arcs_to(need)] = True
                self.settled.add(need)
                row, span = int(master.view.s_need[slot]), (int(master.view.s_low[slot]), int(master.view.s_high[slot]))
                self.level.search.spans[row] = (span,)
            self.barred[arc] = False
        others = np.isin(master.view.s_need, master.view.s_need[slots])
        others[slots] = False
        master.bar(others)
        self.level.search.rounds = 0
        with suppress(StoppedError, OutOfTimeError):
            self.level.sketch(self.rounds)
        self.took = time.monotonic() - begun

    @property
    def _haste(self) -> float:
        """The last step's share of the time: if as large a share is kept in each step, all of them fit it.

        What the exact steps at the end will take is not theirs: without it, more is lost there than is won before.
        """
        left = self.ends - time.monotonic()
        if self.level.nearly and self.thorough:
            left = max(left / 2, left - ENDING * self.took * LAST / len(self.people))
        return min(1.0, self.took / max(0.1, left))

    @property
    def _hurried(self) -> bool:
        """There is hardly time to keep days: all visits for two are settled at once."""
        return HURRY * self.took > self.pairs_until - time.monotonic()

    def programme(self, rest: Search) -> Level:
        """The rest with the day plans that are missing in it, and spans cut where its people fail to meet."""
        level = self._generated(rest)
        if not level.parted(PATIENCE):
            return level
        rest.odd_sets = level.master.odd_sets.known
        self.origin = Origin.same(level, len(rest.odd_sets))
        return self._generated(rest)

    def _generated(self, rest: Search) -> Level:
        rest.deadline = self.ends
        level = Level(rest, self.level.name)
        self.origin.begin(level)
        with suppress(StoppedError, OutOfTimeError):
            self._solve(level, self.rounds)
            for _ in range(self.thorough * (self.paired if level.nearly else LAID)):
                if not level.master.lay_odd_sets():
                    break
                self._solve(level, 1)
        return level

    @staticmethod
    def _solve(level: Level, rounds: int) -> None:
        level.search.rounds = 0
        if level.nearly:
            level.sketch(rounds)
        else:
            level.generate()

    def _for_two(self) -> list[int]:
        """Who goes to a few visits for two, and in which span: two slots each, those that the programme takes most.

        What is promised of them is worth least: with them settled, the programme of the rest is right about the rest.
        """
        master = self.level.master
        best = likely_pairs(master, ~np.isin(self.needs, list(self.settled)))
        left = max(self.at_once, round(HASTY * self._haste * sum(pair.taken for pair in best)))
        left = len(best) if self._hurried else left
        people: set[int] = set()
        chosen: list[int] = []
        for pair in best:
            both = set(master.view.s_volunteer[[*pair.slots]].tolist())
            if people.isdisjoint(both) and (left > 0 or pair.taken >= SETTLED):
                people |= both
                chosen += pair.slots
                left -= pair.taken < SETTLED
        return chosen

    def for_one(self, share: float, dice: np.random.Generator | None = None) -> list[int]:
        """What the programme takes wholly, and of what it takes in part this share of what it takes most of.

        dice: for another choice among those that it takes in part.
        """
        patient = PATIENT if self.level.nearly or not self.thorough else EXACT
        least = max(1, round(patient * self._haste * len(self.people)))
        master = self.level.master
        much, slack = master.much, master.programme.slack
        if dice is not None:
            part = (much > slack) & (much < 1.0 - slack)
            shifted = much + NOISE * part * dice.uniform(-1.0, 1.0, len(much))
            much = np.where(part, np.clip(shifted, 1.01 * slack, 1.0 - 1.01 * slack), much)
        order = [column for column in np.argsort(-much, kind="stable").tolist() if much[column] > slack]
        in_part = sum(much[column] < 1.0 - slack for column in order)
        left = max(1, least - (len(order) - in_part), round(share * in_part))
        keeping = Keeping(master, order)
        wholly = len(order) - in_part
        for column in order[:wholly]:
            keeping.add(column)
        self._keep_pairs(keeping, order)
        for column in order[wholly:]:
            if left <= 0 or (much[column] < HALF and len(keeping.columns) >= least):
                break
            left -= int((much[keeping.add(column)] < 1.0 - slack).sum())
        return keeping.columns

    def _keep_pairs(self, keeping: Keeping, order: list[int]) -> None:
        """Keep the days of a few pairs that are settled, though each is taken in part: they wait for each other.

        Where none of them meet, the span is cut once more, since what is promised of the visit would be lost at last.
        """
        master = keeping.master
        waiting: dict[int, list[int]] = {}  # by need: the day plans that visit it, those taken most first
        for column in order:
            for slot in master.slots[column]:
                if master.slot_two[slot]:
                    waiting.setdefault(int(master.view.s_need[slot]), []).append(column)
        left = FORCED
        for need, columns in waiting.items():
            if need not in keeping.needs and left > 0:
                left -= 1
                if not any(keeping.add(column) for column in columns):
                    cut_apart(self.level.search, [master.day(column) for column in keeping.together(columns[0])])

    def rest(self, chosen: list[Day]) -> Search:
        """The smaller day without the chosen days, and the day plans that are still possible in it."""
        level, one = self.level, self.level.search.instance
        likely = level.likely(level.last, POOLED * one.n_needs).tolist() if level.last else []
        spans = {int(self.needs[row]): cut for row, cut in level.search.spans.items()}
        known: dict[int, list[tuple[Step, ...]]] = {}
        column_of: dict[Day, int] = {}
        for column, day in zip(likely, self._outward([level.master.day(column) for column in likely]), strict=True):
            known.setdefault(day[0], []).append(day[1])
            column_of[day] = column
        free, open_needs = np.ones(one.n_volunteers, bool), np.ones(one.n_needs, bool)
        for volunteer, steps in chosen:
            free[volunteer] = False
            open_needs[one.a_need[[arc for arc, _, _ in steps]]] = False
        if self.paired:  # what is left for two was not to be settled
            open_needs &= (one.n_people == 1) | np.isin(self.needs, list(self.settled))
        self.people, self.needs = self.people[free], self.needs[open_needs]
        self.part = cut_out(self.whole, NOBODY, self.people, self.needs, self.barred)
        rest = self.part.instance
        options = replace(level.search.options, progress=None)  # what the rest reaches is nothing to be told
        search = Search(rest, options, NOBODY, first_bounds(rest), exact=False, fold=level.search.fold)
        search.days = self.part.inward(known)
        search.spans = {row: spans[need] for row, need in enumerate(self.needs.tolist()) if need in spans}
        cut_evenly(search)
        rows, places = _places(open_needs), _places(free)
        kept = [number for number, odd_set in enumerate(level.master.odd_sets.known) if odd_set.within(places, rows)]
        search.odd_sets = [level.master.odd_sets.known[number].renumbered(places, rows) for number in kept]
        columns = [column_of[day] for day in self.part.outward(search.days, {})[0]]
        here = np.array(columns, np.int64), np.flatnonzero(free), np.flatnonzero(open_needs), np.array(kept, np.int64)
        self.origin = Origin(level.master, *here)
        return search

    def _outward(self, days: list[Day]) -> list[Day]:
        return days if self.part is None else self.part.outward(days, {})[0]


def _places(kept: Mask) -> Ints:
    """By row its place among those that are kept, -1 for the others."""
    return np.where(kept, np.cumsum(kept) - 1, -1)
