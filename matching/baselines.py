"""A greedy plan: needs by lock and priority, each to whoever costs least. The floor that `solve` is measured against."""

from __future__ import annotations

import numpy as np

from matching.instance import Instance, build_instance
from matching.kernels import NOTHING, best_insertion
from matching.problem import Problem
from matching.result import Level, Result
from matching.timing import Day
from matching.view import View, open_view


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
    day = _Days(instance)
    order = sorted(
        range(instance.n_needs), key=lambda n: (not instance.n_locked[n], -int(instance.n_priority[n]), n)
    )
    for need in order:
        day.place(need)
    view = day.view
    return [(v, view.steps(v, codes)) for v, codes in sorted(day.codes.items()) if codes], day.starts


class _Days:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.view: View = open_view(instance)
        self.codes: dict[int, tuple[int, ...]] = {}
        self.starts: dict[int, int] = {}
        self.low, self.high = self.view.s_low.copy(), self.view.s_high.copy()
        self.arcs: dict[int, list[int]] = {}
        for arc, need in enumerate(instance.a_need.tolist()):
            self.arcs.setdefault(need, []).append(arc)

    def insert(self, arc: int) -> tuple[float, tuple[int, ...]] | None:
        """What care gains when this arc joins the day of its volunteer, and the day."""
        view = self.view
        v = int(self.instance.a_volunteer[arc])
        codes = self.codes.get(v, ())
        fixed = (
            view.care, self.low, self.high, *view._fixed, view.legs, *view._people(), *view.costs(True)
        )  # fmt: skip
        j = arc - int(view.v_first[v])
        value, found = best_insertion(v, np.array(codes, np.int64), len(codes), j, *fixed)
        if value <= NOTHING:
            return None
        from matching.kernels import judge_plan

        before = judge_plan(v, np.array(codes, np.int64), len(codes), *fixed) if codes else 0.0
        return float(value - before), tuple(found.tolist())

    def place(self, need: int) -> None:
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
            for arc in arcs:
                self.low[arc], self.high[arc] = self.view.s_low[arc], self.view.s_high[arc]
            return
        _, days, start = best
        self.pin(arcs, start)
        self.starts[need] = start
        self.codes.update(days)

    def pin(self, arcs: list[int], start: int) -> None:
        self.low[arcs] = start
        self.high[arcs] = start

    def minutes(self, arcs: list[int]) -> list[int]:
        if not arcs:
            return []
        low, high = int(self.view.s_low[arcs[0]]), int(self.view.s_high[arcs[0]])
        return sorted({low, (low + high) // 2, high})

    def pair(self, arcs: list[int]) -> tuple[float, dict[int, tuple[int, ...]]] | None:
        """The two best people for a pinned need, a locked one among them."""
        one = self.instance
        found = [(self.insert(arc), arc) for arc in arcs]
        ranked = sorted(
            ((arc in one.locked_arcs, got[0], -arc, got[1]) for got, arc in found if got), reverse=True
        )
        locked = sum(arc in one.locked_arcs for arc in arcs)
        for i, first in enumerate(ranked):
            for second in ranked[i + 1 :]:
                if first[0] + second[0] < min(2, locked):
                    continue
                people = [int(one.a_volunteer[-each[2]]) for each in (first, second)]
                if not one.v_trainee[people].all():
                    return first[1] + second[1], {people[0]: first[3], people[1]: second[3]}
        return None
