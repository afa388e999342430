"""A boolean CP-SAT model: for each shift a circuit of literals through the needs it may serve, one start for each need.

Exact for the plain day, the cost of further tasks included. Serve first, then care with serve held. It is told a greedy
plan to begin with: left to itself it has no plan at 200 x 400 after a minute.
"""

from __future__ import annotations

import itertools
import time
from importlib import import_module
from typing import Any

from tools.bench.model import Model, Report, Rounds
from tools.bench.peers import greedy_weight

SHARE_OF_SERVE = 0.5  # of the time, if serve is not proven sooner


def warm() -> None:
    """Load the library, before the clock runs."""
    import_module("ortools.sat.python.cp_model")


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The best rounds found in the time."""
    until = time.monotonic() + seconds
    day = _Day(model)
    day.hint(greedy_weight.solve(model, seconds, seed, threads, report))
    day.model.maximize(day.serve)
    rounds, serve = day.search(min(seconds * SHARE_OF_SERVE, until - time.monotonic()), seed, threads, report)
    if not rounds:  # presolve took it all: what is left is for a first plan
        return day.search(until - time.monotonic(), seed, threads, report)[0]
    day.model.add(day.serve >= serve)
    day.model.maximize(day.care)
    better, _ = day.search(until - time.monotonic(), seed, threads, report)
    return better or rounds


class _Day:
    def __init__(self, model: Model) -> None:
        from ortools.sat.python import cp_model

        self.cp, self.day, self.model = cp_model, model, cp_model.CpModel()
        self.start = [self.model.new_int_var(*span, "") for span in zip(model.low, model.high, strict=True)]
        self.arcs: list[dict[tuple[int, int], Any]] = [self.circuit(shift) for shift in range(len(model.shifts))]
        self.once()
        ways = [self.cost(shift, *ends) * arc for shift, arcs in enumerate(self.arcs) for ends, arc in arcs.items()]
        self.care = -sum(ways) - sum(self.tasks(person) for person in range(model.people))

    def circuit(self, shift: int) -> dict[tuple[int, int], Any]:
        """The literals of one shift: home is 0, a need is its row + 1, a loop is a need not visited here."""
        one, model, day = self.day.shifts[shift], self.model, self.day
        able = [need for need in day.care[one.person] if day.walkable(shift, [need])]
        arcs: dict[tuple[int, int], Any] = {(0, 0): model.new_bool_var("")}
        for need in able:
            way = int(day.out[one.person, need])
            for ends in ((need + 1, need + 1), (0, need + 1), (need + 1, 0)):
                arcs[ends] = model.new_bool_var("")
            model.add(self.start[need] >= one.begin + way).only_enforce_if(arcs[0, need + 1])
            model.add(self.start[need] <= one.until - way - day.duration[need]).only_enforce_if(arcs[need + 1, 0])
            for after in able:
                if after != need and day.walkable(shift, [need, after]):
                    arc = arcs[need + 1, after + 1] = model.new_bool_var("")
                    gap = day.duration[need] + int(day.legs[need, after])
                    model.add(self.start[after] >= self.start[need] + gap).only_enforce_if(arc)
        model.add_circuit([(*ends, arc) for ends, arc in arcs.items()])
        return arcs

    def visit(self, shift: int, need: int) -> Any:
        """1 where this shift visits the need."""
        return 1 - self.arcs[shift][need + 1, need + 1]

    def once(self) -> None:
        """Each need at most once; serve is what the visits weigh."""
        visits: list[list[Any]] = [[] for _ in range(self.day.needs)]
        for shift, arcs in enumerate(self.arcs):
            for here, there in arcs:
                if here == there > 0:
                    visits[here - 1].append(self.visit(shift, here - 1))
        for found in visits:
            self.model.add(sum(found) <= 1)
        self.serve = sum(self.day.priority[need] * sum(found) for need, found in enumerate(visits))

    def cost(self, shift: int, here: int, there: int) -> int:
        """Minutes of walking less the care of who is visited."""
        day, person = self.day, self.day.shifts[shift].person
        if here == there:
            return 0
        if there == 0:
            return int(day.out[person, here - 1])
        leg = day.out[person, there - 1] if here == 0 else day.legs[here - 1, there - 1]
        return int(leg) - day.care[person][there - 1]

    def tasks(self, person: int) -> Any:
        """Her limits of the day; what her further tasks cost."""
        day, model = self.day, self.model
        visits = [
            (self.visit(shift, need), need)
            for shift in day.shifts_of(person)
            for need in day.care[person]
            if (need + 1, need + 1) in self.arcs[shift]
        ]
        count = sum(visit for visit, _ in visits)
        model.add(sum(day.duration[need] * visit for visit, need in visits) <= day.most_minutes[person])
        most = min(day.most_tasks[person], len(visits))
        levels = [model.new_bool_var("") for _ in range(most)]
        model.add(count <= sum(levels))  # the costs grow, so the cheapest levels are taken
        return sum(cost * level for cost, level in zip(day.kth_cost, levels, strict=False))

    def search(self, seconds: float, seed: int, threads: int, report: Report) -> tuple[Rounds, int]:
        """The best rounds of one search and their serve; the next search begins with them."""
        solver = self.cp.CpSolver()
        solver.parameters.max_time_in_seconds = max(0.1, seconds)
        solver.parameters.random_seed = seed
        solver.parameters.num_workers = threads
        # Its thorough presolve takes 14 s at 200 x 400 and longer than that to pay.
        solver.parameters.max_presolve_iterations = 1
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.symmetry_level = 0
        status = solver.solve(self.model, _watch(self.cp, lambda value: report(self.rounds(value))))
        if status not in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            return [], 0
        rounds = self.rounds(solver.value)
        self.hint(rounds)
        return rounds, sum(self.day.priority[need] for _, visits in rounds for need in visits)

    def hint(self, rounds: Rounds) -> None:
        """Begin with these rounds."""
        self.model.clear_hints()
        visits = dict(rounds)
        for shift, arcs in enumerate(self.arcs):
            stops = [0, *(need + 1 for need in visits.get(shift, [])), 0]
            walked = set(itertools.pairwise(stops)) | {(need, need) for need, other in arcs if need == other}
            walked -= {(need, need) for need in stops[1:-1]}
            for ends, arc in arcs.items():
                self.model.add_hint(arc, ends in walked and (ends != (0, 0) or len(stops) == 2))
        self.hint_starts(visits)

    def hint_starts(self, visits: dict[int, list[int]]) -> None:
        """Each visit as early as it can be."""
        day = self.day
        starts = list(day.low)
        for shift, needs in visits.items():
            now, way = day.shifts[shift].begin, day.out[day.shifts[shift].person]
            for place, need in enumerate(needs):
                leg = day.legs[needs[place - 1], need] if place else way[need]
                starts[need] = max(now + int(leg), day.low[need])
                now = starts[need] + day.duration[need]
        for start, value in zip(self.start, starts, strict=True):
            self.model.add_hint(start, value)

    def rounds(self, value: Any) -> Rounds:
        """The circuits of a solution."""
        found: Rounds = []
        for shift, arcs in enumerate(self.arcs):
            after = {here: there for (here, there), arc in arcs.items() if here != there and value(arc)}
            visits, here = [], after.get(0, 0)
            while here:
                visits.append(here - 1)
                here = after[here]
            if visits:
                found.append((shift, visits))
        return found


def _watch(cp: Any, seen: Any) -> Any:
    class Watch(cp.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            seen(self.value)

    return Watch()
