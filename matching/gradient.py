"""The linear programme of a master by a first-order method: nearly exact, and quick where many people are scarce.

There the simplex method takes a minute for what this does in a second, since nearly every day plan can be exchanged for
others. Its prices lie in the middle of all that are right, not at a corner of them, so that far fewer rounds of pricing
are needed; and any prices at all give a proven bound. (PDLP: Applegate and others, Advances in Neural Information
Processing Systems 34, 2021.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matching.linear import Duals, Rows
from matching.view import Floats, OutOfTimeError
from matching.ways import Ints

if TYPE_CHECKING:
    from matching.master import Master

ROUGH = 3e-4  # relative: how near to the best a rough solution is
CLOSE = 5e-5  # and the first that is not
CLOSER = 0.25  # and each further one, against the one before
CLOSEST = 1e-6
GRAIN, FINE = 1 / 128, 1 / 2048  # of priority: what prices are rounded to, so that needs which are alike have the same


def _taken(values: Floats, places: Ints) -> Floats:
    return np.where(places >= 0, values[places], 0.0) if len(values) else np.zeros(len(places))


class Gradient:
    """A master's programme of serve, or of both levels folded into one, where it stands, and how near it is solved."""

    slack, corner = 0.02, False

    def __init__(self, master: Master) -> None:
        self.master = master
        self.close, self.grain = CLOSE, GRAIN
        self._days: Floats = np.zeros(0)  # how much is taken of each day plan
        self._units: Floats = np.zeros(0)  # and of each unit for two
        self._rows: Floats = np.zeros(0)  # the price of each row
        self._odd_sets: Floats = np.zeros(0)  # and of the rows of odd sets

    def enter(self, columns: range, units: list[list[int]], serve: list[float], for_two: list[int]) -> None:
        """New day plans are seen when the programme is solved."""

    def change(self, column: int) -> None:
        """It is seen when the programme is solved."""

    def bar(self, columns: list[int]) -> None:
        """It is seen when the programme is solved."""

    def closer(self) -> bool:
        """Ask for finer prices from now on, then for nearer and nearer solutions; whether one can be had."""
        if self.grain > FINE:
            self.grain = FINE
            return True
        self.close *= CLOSER
        return self.close >= CLOSEST

    def solve(self, seconds: float, *, roughly: bool = False) -> Duals:
        """Go on from where it stands; OutOfTimeError if it takes longer than the seconds."""
        from ortools.pdlp import solve_log_pb2, solvers_pb2
        from ortools.pdlp.python import pdlp

        rows = self.master.rows(np.arange(len(self.master.volunteers), dtype=np.int64))
        programme = pdlp.QuadraticProgram()
        goal = rows.weight if self.master.floor is None else rows.weight + rows.care / self.master.fold
        programme.objective_vector = -goal
        programme.constraint_matrix = rows.matrix.tocsc()
        programme.constraint_lower_bounds, programme.constraint_upper_bounds = rows.least, rows.most
        programme.variable_lower_bounds = np.zeros(len(rows.weight))
        programme.variable_upper_bounds = np.where(rows.upper > 0.0, np.inf, 0.0)
        wanted = solvers_pb2.PrimalDualHybridGradientParams()
        close = ROUGH if roughly else self.close
        wanted.termination_criteria.simple_optimality_criteria.eps_optimal_relative = close
        wanted.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = close
        wanted.restart_strategy = wanted.ADAPTIVE_DISTANCE_BASED  # with this step half the time of what is usual
        wanted.linesearch_rule = wanted.MALITSKY_POCK_LINESEARCH_RULE
        wanted.termination_criteria.time_sec_limit = max(0.01, min(seconds, 1e6))
        found = pdlp.primal_dual_hybrid_gradient(programme, wanted, initial_solution=self._standing(pdlp, rows))
        if found.solve_log.termination_reason == solve_log_pb2.TERMINATION_REASON_TIME_LIMIT:
            raise OutOfTimeError
        days = len(self.master.volunteers)
        self._days, self._units = found.primal_solution[:days], found.primal_solution[days:]
        rest = len(rows.least) - len(self.master.odd_sets)
        self._rows, self._odd_sets = found.dual_solution[:rest], found.dual_solution[rest:]
        return self._duals(rows, float(goal @ found.primal_solution))

    def stand(self, whole: Gradient, days: Ints, people: Ints, units: Ints, odd_sets: Ints) -> None:
        """Begin where a programme stands of which this one is a part.

        By day plan, person, unit and odd set here: which one it is there, -1 if none.
        """
        there = whole.master
        at_people, at_units = np.split(whole._rows, [there.instance.n_volunteers])
        served = np.zeros(len(there.unit_two))
        served[there.unit_two] = whole._units
        self._days = _taken(whole.much(), days)
        self._units = _taken(served, units)[self.master.unit_two]
        self._rows = np.concatenate([_taken(at_people, people), _taken(at_units, units)])
        self._odd_sets = _taken(np.concatenate([whole._odd_sets, np.zeros(len(there.odd_sets))]), odd_sets)

    def _standing(self, pdlp: Any, rows: Rows) -> Any:
        """Where it stood: day plans that are new are not taken, and rows that are new have no price."""
        if not len(self._rows):
            return None
        standing = pdlp.PrimalAndDualSolution()
        new = len(self.master.volunteers) - len(self._days)
        standing.primal_solution = np.concatenate([self._days, np.zeros(new), self._units])
        odd_sets = np.concatenate([self._odd_sets, np.zeros(len(self.master.odd_sets) - len(self._odd_sets))])
        others = np.zeros(len(rows.least) - len(self._rows) - len(odd_sets))
        standing.dual_solution = np.concatenate([self._rows, others, odd_sets])
        return standing

    def _duals(self, rows: Rows, value: float) -> Duals:
        master, view, one = self.master, self.master.view, self.master.instance
        n_v, price = one.n_volunteers, -self._rows  # the method minimises
        even = self.grain * np.rint(price / self.grain)
        halves = one.half_locks
        slot_price = np.zeros(len(master.slot_unit))
        for slot in np.flatnonzero(master.slot_two).tolist():
            unit, volunteer = int(master.slot_unit[slot]), int(view.s_volunteer[slot])
            among: list[tuple[str, int, float]] = [("person", volunteer, 1.0)]
            if one.v_trainee[volunteer]:
                among.append(("trainee", 0, 1.0))
            if halves.get(int(view.s_need[slot])) == volunteer:
                among.append(("named", 0, -1.0))
            for kind, who, sign in among:
                row = rows.partners.get((kind, unit, who))
                if row is not None:
                    slot_price[slot] += sign * even[row]
        unit_price = even[n_v : n_v + len(master.unit_two)]
        worth = 1.0 if master.floor is None else master.fold
        day_price = np.maximum(0.0, price[:n_v])
        odd_price = worth * np.maximum(0.0, -self._odd_sets)
        return Duals(worth * value, worth * unit_price, worth * slot_price, worth * day_price, worth, odd_price)

    def much(self) -> Floats:
        """How much it takes of each day plan; nothing of those that came since it was solved."""
        return np.concatenate([self._days, np.zeros(len(self.master.volunteers) - len(self._days))])
