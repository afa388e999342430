"""The linear programme of a master by the simplex method: exact, and quick on from its last basis.

(GLOP without scaling and preprocessing: the rows are zeros and ones, and scaled they took five times as long.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.linear import Duals
from matching.view import Floats, OutOfTimeError

if TYPE_CHECKING:
    from matching.master import Master

GLOP = "use_preprocessing:false use_scaling:false"
CAREFUL = "use_preprocessing:true use_scaling:true"
EVEN = 1e3  # the greatest coefficient of a goal that the simplex is given
VIOLATED = 1e-6  # by how much a visit may exceed its unit before the row that forbids it is laid


class Simplex:
    """The rows and variables of a master's programme, as GLOP holds them."""

    slack, corner = 1e-6, True

    def __init__(self, master: Master) -> None:
        self.master = master
        self.days: list[Any] = []  # the variables of the day plans
        self.of_slot: dict[int, list[Any]] = {}  # those with each visit for two
        self._solved_with = -1
        most = master.unit_weight
        if master.floor is not None:
            most = master.fold * master.unit_weight if master.fold and not master.floor else master.view.care
        self.scale = max(1.0, float(np.abs(most).max(initial=0.0)) / EVEN)
        self._lay_rows()

    def _lay_rows(self) -> None:
        from ortools.linear_solver import pywraplp

        master = self.master
        lp = self.lp = pywraplp.Solver.CreateSolver("GLOP")
        lp.SetSolverSpecificParametersAsString(GLOP)
        self._goal = lp.Objective()
        self._goal.SetMaximization()
        endless = self._endless = lp.infinity()
        by_sum = master.floor is not None and not master.serves_all and not master.fold
        self.floor_row = None if not by_sum else lp.RowConstraint(float(master.floor or 0), endless, "")
        self.day_rows = [lp.RowConstraint(-endless, 1.0, "") for _ in range(master.instance.n_volunteers)]
        self.unit_rows: list[Any] = []
        self.unit_vars: dict[int, Any] = {}
        self.pair_rows: dict[int, Any] = {}  # by slot
        self.odd_rows: list[Any] = []
        once: dict[int, Any] = {}
        for unit, (need, two, must) in enumerate(
            zip(master.unit_need.tolist(), master.unit_two.tolist(), master.unit_must.tolist(), strict=True)
        ):
            if not two:
                self.unit_rows.append(lp.RowConstraint(1.0 if must else -endless, 1.0, ""))
                continue
            self.unit_rows.append(lp.RowConstraint(0.0, 0.0, ""))
            self.unit_vars[unit] = served = lp.NumVar(0.0, 1.0, "")
            self.unit_rows[unit].SetCoefficient(served, -2.0)
            if need not in once:
                once[need] = lp.RowConstraint(1.0 if must else -endless, 1.0, "")
            once[need].SetCoefficient(served, 1.0)
            self._worth(served, 0.0, float(master.unit_weight[unit]))
        self._lay_partner_rows()

    def _worth(self, variable: Any, care: float, serve: float) -> None:
        """Put a variable's worth into the goal of this level and, for care, into the floor."""
        worth = serve if self.master.floor is None else care + self.master.fold * serve
        self._goal.SetCoefficient(variable, worth / self.scale)
        if self.floor_row is not None and serve:
            self.floor_row.SetCoefficient(variable, serve)

    def _lay_partner_rows(self) -> None:
        """In a span at most one trainee, and the person whom a lock names."""
        master, view, one = self.master, self.master.view, self.master.instance
        self.partner_rows: dict[int, list[tuple[Any, float]]] = {}  # by slot: rows and coefficients
        trainees: dict[int, list[int]] = {}
        named: dict[int, int] = {}
        halves = one.half_locks
        for slot in np.flatnonzero(master.slot_two).tolist():
            unit, volunteer = int(master.slot_unit[slot]), int(view.s_volunteer[slot])
            if one.v_trainee[volunteer]:
                trainees.setdefault(unit, []).append(slot)
            if halves.get(int(view.s_need[slot])) == volunteer:
                named[unit] = slot
        for unit, slots in trainees.items():
            self._partner_row(unit, slots, 1.0)
        for unit in self.unit_vars:
            if int(master.unit_need[unit]) in halves:
                self._partner_row(unit, [named[unit]] if unit in named else [], -1.0)

    def _partner_row(self, unit: int, slots: Sequence[int], sign: float) -> None:
        """sign x (visits of these slots - unit) <= 0."""
        row = self.lp.RowConstraint(-self.lp.infinity(), 0.0, "")
        row.SetCoefficient(self.unit_vars[unit], -sign)
        for slot in slots:
            self.partner_rows.setdefault(slot, []).append((row, sign))

    # --- day plans --------------------------------------------------------------------------------------------------

    def enter(self, columns: range, units: list[list[int]], serve: list[float], for_two: list[int]) -> None:
        """Take in new day plans."""
        master, lp, endless = self.master, self.lp, self._endless
        for column, visited, served in zip(columns, units, serve, strict=True):
            day = lp.NumVar(0.0, endless, "")
            self.days.append(day)
            self.day_rows[master.volunteers[column]].SetCoefficient(day, 1.0)
            for unit in visited:
                self.unit_rows[unit].SetCoefficient(day, 1.0)
            self._worth(day, float(master.cares[column]), served)
        for column in for_two:
            self._enter_for_two(column)
        self._enter_in_odd_sets(columns, 0)

    def _enter_for_two(self, column: int) -> None:
        master, day = self.master, self.days[column]
        for slot in (slot for slot in master.slots[column] if master.slot_two[slot]):
            self.of_slot.setdefault(slot, []).append(day)
            for row, value in self.partner_rows.get(slot, ()):
                row.SetCoefficient(day, value)
            if slot in self.pair_rows:
                self.pair_rows[slot].SetCoefficient(day, 1.0)

    def _enter_in_odd_sets(self, columns: range, first: int) -> None:
        """Give these day plans their place in the rows of odd sets from the first on."""
        if first == len(self.odd_rows):
            return
        using = self.master.uses(np.array(columns, np.int64))[:, first : len(self.odd_rows)].tocoo()
        for row, place, times in zip(using.row.tolist(), using.col.tolist(), using.data.tolist(), strict=True):
            self.odd_rows[first + place].SetCoefficient(self.days[columns[row]], times)

    def _lay_odd_rows(self) -> None:
        """Lay the rows of the odd sets that are new."""
        first = len(self.odd_rows)
        self.odd_rows += [
            self.lp.RowConstraint(-self._endless, most, "") for most in self.master.odd_sets.most[first:].tolist()
        ]
        self._enter_in_odd_sets(range(len(self.days)), first)

    def change(self, column: int) -> None:
        """Take notice that a day plan's care has changed."""
        master = self.master
        self._worth(self.days[column], master.cares[column], master.single(master.slots[column]))
        self._solved_with = -1

    def bar(self, columns: list[int]) -> None:
        """Take none of these day plans any more."""
        for column in columns:
            self.days[column].SetUb(0.0)
        self._solved_with = -1

    def closer(self) -> bool:
        """Its solution is exact."""
        return False

    # --- solving ----------------------------------------------------------------------------------------------------

    def solve(self, seconds: float, *, roughly: bool = False) -> Duals:
        """Solve it once more; OutOfTimeError if it takes longer than the seconds."""
        self._lay_odd_rows()
        while True:
            self._solve(seconds)
            if roughly or not self._lay_pair_rows():
                break
        master, scale = self.master, self.scale
        worth = 1.0 if master.floor is None else master.fold
        if self.floor_row is not None:
            worth = -scale * self.floor_row.dual_value()
        slot = np.zeros(len(master.slot_unit))
        for place, rows in self.partner_rows.items():
            slot[place] += scale * sum(row.dual_value() * value for row, value in rows)
        for place, row in self.pair_rows.items():
            slot[place] += scale * row.dual_value()
        unit = scale * np.array([row.dual_value() for row in self.unit_rows])
        day = scale * np.maximum(0.0, np.array([row.dual_value() for row in self.day_rows]))
        value = scale * self._goal.Value() - master.fold * (master.floor or 0)
        odd = scale * np.maximum(0.0, np.array([row.dual_value() for row in self.odd_rows]))
        return Duals(value, unit, slot, day, worth, odd)

    def _solve(self, seconds: float) -> None:
        lp = self.lp
        self._solved_with = len(self.days)
        lp.SetTimeLimit(max(1, int(1000 * min(seconds, 1e6))))
        status = lp.Solve()
        if status == lp.OPTIMAL:
            return
        if status not in (lp.NOT_SOLVED, lp.FEASIBLE):
            # Numbers of very different size can lead the bare simplex astray; with scaling it finds its way.
            lp.SetSolverSpecificParametersAsString(CAREFUL)
            status = lp.Solve()
            lp.SetSolverSpecificParametersAsString(GLOP)
        if status != lp.OPTIMAL:
            self._solved_with = -1
            raise OutOfTimeError

    def _lay_pair_rows(self) -> bool:
        """Lay the rows "one person's visits in a span <= the span" that are broken; whether there were any."""
        if not self.unit_vars:
            return False
        unit_of = self.master.slot_unit
        served = {unit: variable.solution_value() for unit, variable in self.unit_vars.items()}
        broken = [
            slot
            for slot, days in self.of_slot.items()
            if slot not in self.pair_rows
            and sum(day.solution_value() for day in days) > served[int(unit_of[slot])] + VIOLATED
        ]
        for slot in broken:
            row = self.lp.RowConstraint(-self.lp.infinity(), 0.0, "")
            row.SetCoefficient(self.unit_vars[int(unit_of[slot])], -1.0)
            for day in self.of_slot[slot]:
                row.SetCoefficient(day, 1.0)
            self.pair_rows[slot] = row
        return bool(broken)

    def much(self) -> Floats:
        """How much it takes of each day plan: solved once more if it has grown; nothing of any where that fails."""
        if self._solved_with < len(self.days) and self.lp.Solve() != self.lp.OPTIMAL:
            return np.zeros(len(self.days))
        self._solved_with = len(self.days)
        return np.array([variable.solution_value() for variable in self.days])
