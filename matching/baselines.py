"""A greedy plan: needs by lock and priority, each to whoever costs least. `solve` is measured against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from matching.instance import Instance, build_instance
from matching.kernels import NOTHING, best_insertion, judge_plan
from matching.problem import Problem
from matching.result import Level, Result
from matching.timing import Day, meeting_minutes, time_day
from matching.view import Step, View, open_view

TRIED = 8  # equal parts of a window at whose ends a two-person need is tried


def greedy(problem: Problem) -> Result:
    """The greedy plan with trivial bounds, as a result that `check` accepts where no lock is lost."""
    from matching.assembling import assemble, true_values

    instance = build_instance(problem)
    served = true_values(instance, *greedy_days(instance))
    bounds = int(instance.n_priority.sum()), 10**15
    levels = (Level("serve", served.serve, bounds[0], "columns"), Level("care", served.care, bounds[1], "columns"))
    return Result(assemble(instance, served, levels), "feasible", "rounds", {})


def greedy_days(instance: Instance) -> tuple[list[Day], dict[int, int]]:
    """Days and meeting minutes; a two-person need is pinned where its two cheapest people can both start."""
    return _Days(instance).filled()


def repaired(instance: Instance, days: Sequence[Day]) -> tuple[list[Day], dict[int, int]]:
    """Days in which two people may fail to meet, made walkable: what clashes is dropped, what is left over placed."""
    draft = _Days(instance)
    starts = meeting_minutes(instance, days)
    if starts is None:
        days = without(instance, days, disagreeing(instance, days))
        starts = meeting_minutes(instance, days)
    if starts is None:
        days = without(instance, days, set(np.flatnonzero(instance.n_people == 2).tolist()))
    draft.take(days, starts or {})
    return draft.filled()


def disagreeing(instance: Instance, days: Sequence[Day]) -> set[int]:
    """The two-person needs whose two people would start at different minutes, each walking for herself."""
    minutes: dict[int, set[int]] = {}
    for day in days:
        index = {instance.problem.needs[need].id: need for need in (int(instance.a_need[arc]) for arc, _, _ in day[1])}
        for walk in time_day(instance, day):
            for visit in walk.visits:
                minutes.setdefault(index[visit.need], set()).add(visit.start)
    return {need for need, starts in minutes.items() if instance.n_people[need] == 2 and len(starts) > 1}


def without(instance: Instance, days: Sequence[Day], needs: Collection[int]) -> list[Day]:
    """The days less the visits to these needs; a round whose first visit goes begins with its next."""
    kept: list[Day] = []
    for volunteer, steps in days:
        left: list[Step] = []
        begins = 0
        for arc, span, q in steps:
            begins = q or begins
            if int(instance.a_need[arc]) not in needs:
                left.append((arc, span, begins))
                begins = 0
        if left:
            kept.append((volunteer, tuple(left)))
    return kept


class _Days:
    """Day plans that grow visit by visit."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.view: View = open_view(instance)
        self.codes: dict[int, tuple[int, ...]] = {}
        self.starts: dict[int, int] = {}
        self.low, self.high = self.view.s_low.copy(), self.view.s_high.copy()
        self.arcs: dict[int, list[int]] = {}
        for arc, need in enumerate(instance.a_need.tolist()):
            self.arcs.setdefault(need, []).append(arc)

    def take(self, days: Sequence[Day], starts: Mapping[int, int]) -> None:
        """Begin with these days, less the ones that cannot be walked with these meeting minutes."""
        one = self.instance
        for need, start in starts.items():
            self.pin(self.arcs[need], start)
        walkable: list[Day] = []
        while days != walkable:
            walkable = [day for day in days if self.judge(day[0], self.coded(day)) > NOTHING]
            visits = Counter(int(one.a_need[arc]) for _, steps in walkable for arc, _, _ in steps)
            days = without(one, walkable, {need for need, count in visits.items() if count != one.n_people[need]})
        self.codes = {day[0]: self.coded(day) for day in days}
        visited = {int(one.a_need[arc]) for _, steps in days for arc, _, _ in steps}
        self.starts = {need: start for need, start in starts.items() if need in visited}
        for need in starts.keys() - visited:
            self.unpin(self.arcs[need])

    def filled(self) -> tuple[list[Day], dict[int, int]]:
        """The days after placing what is left over: locked first, then by priority."""
        one, view = self.instance, self.view
        visited = {int(one.a_need[arc]) for v, codes in self.codes.items() for arc, _, _ in view.steps(v, codes)}
        order = sorted(range(one.n_needs), key=lambda n: (not one.n_locked[n], -int(one.n_priority[n]), n))
        for need in order:
            if need not in visited:
                self.place(need)
        return [(v, view.steps(v, codes)) for v, codes in sorted(self.codes.items()) if codes], self.starts

    def coded(self, day: Day) -> tuple[int, ...]:
        """A day as the codes of the kernels."""
        v, one = day[0], self.instance
        windows = int(one.v_window[v + 1] - one.v_window[v]) + 1
        return tuple((arc - int(one.v_first[v])) * windows + q for arc, _, q in day[1])

    @property
    def fixed(self) -> tuple[Any, ...]:
        """What the kernels need besides a day."""
        view = self.view
        return view.care, self.low, self.high, *view._fixed, view.legs, *view._people(), *view.costs(True)

    def judge(self, volunteer: int, codes: tuple[int, ...]) -> float:
        """The care of a day within the pins; NOTHING or less if it cannot be walked."""
        return float(judge_plan(volunteer, np.array(codes, np.int64), len(codes), *self.fixed))

    def insert(self, arc: int) -> tuple[float, tuple[int, ...]] | None:
        """What care gains when this arc joins the day of its volunteer, and the day."""
        v = int(self.instance.a_volunteer[arc])
        codes = self.codes.get(v, ())
        j = arc - int(self.view.v_first[v])
        value, found = best_insertion(v, np.array(codes, np.int64), len(codes), j, *self.fixed)
        if value <= NOTHING:
            return None
        before = self.judge(v, codes) if codes else 0.0
        return float(value - before), tuple(found.tolist())

    def place(self, need: int) -> None:
        """Give the need to whoever gains most, or to nobody."""
        one = self.instance
        arcs = self.arcs.get(need, [])
        if one.n_people[need] == 1:
            options = [(found[0], -arc, found[1]) for arc in arcs if (found := self.insert(arc))]
            if options:
                _, arc, codes = max(options)
                self.codes[int(one.a_volunteer[-arc])] = codes
            return
        best = None
        for start in self.minutes(arcs):
            self.pin(arcs, start)
            pair = self.pair(arcs)
            if pair and (best is None or pair[0] > best[0]):
                best = (*pair, start)
        if best is None:
            self.unpin(arcs)
            return
        _, days, start = best
        self.pin(arcs, start)
        self.starts[need] = start
        self.codes.update(days)

    def pin(self, arcs: list[int], start: int) -> None:
        """Let this need start at one minute only."""
        self.low[arcs] = start
        self.high[arcs] = start

    def unpin(self, arcs: list[int]) -> None:
        """Let it start in its whole window again."""
        self.low[arcs], self.high[arcs] = self.view.s_low[arcs], self.view.s_high[arcs]

    def minutes(self, arcs: list[int]) -> list[int]:
        """Some minutes of the need's window, both ends among them."""
        if not arcs:
            return []
        low, high = int(self.view.s_low[arcs[0]]), int(self.view.s_high[arcs[0]])
        return sorted({low + (high - low) * step // TRIED for step in range(TRIED + 1)})

    def pair(self, arcs: list[int]) -> tuple[float, dict[int, tuple[int, ...]]] | None:
        """The two best people for a pinned need, a locked one among them."""
        one = self.instance
        found = [(self.insert(arc), arc) for arc in arcs]
        ranked = sorted(((arc in one.locked_arcs, got[0], -arc, got[1]) for got, arc in found if got), reverse=True)
        locked = sum(arc in one.locked_arcs for arc in arcs)
        for i, first in enumerate(ranked):
            for second in ranked[i + 1 :]:
                if first[0] + second[0] < min(2, locked):
                    continue
                people = [int(one.a_volunteer[-each[2]]) for each in (first, second)]
                if not one.v_trainee[people].all():
                    return first[1] + second[1], {people[0]: first[3], people[1]: second[3]}
        return None
