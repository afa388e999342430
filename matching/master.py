"""The master: which day plans to take. A linear programme for prices and bounds, an integer one for a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.kernels import NOTHING
from matching.problem import Window
from matching.timing import Day
from matching.view import Floats, Step, View

GAP = 1e-6  # what a linear programme may be off by before a bound is rounded down


@dataclass(frozen=True)
class Column:
    """One day plan: whose, its visits, and its care (walked with the least waiting its spans allow)."""

    volunteer: int
    steps: tuple[Step, ...]
    slots: tuple[int, ...]
    care: int


@dataclass(frozen=True)
class Prices:
    """What a linear programme says: its value, a price for each slot and for each volunteer's day."""

    value: float
    slot: Floats
    day: Floats


class Master:
    """The columns found so far and the rows that tie them together, for one cut into spans."""

    def __init__(self, view: View) -> None:
        self.view, self.instance = view, view.instance
        self.columns: list[Column] = []
        self._best: dict[tuple[int, frozenset[int]], int] = {}
        self._lay_rows()

    # --- columns ------------------------------------------------------------------------------------------------

    def add(self, volunteer: int, codes: tuple[int, ...]) -> bool:
        """Keep a day plan unless one at least as good for the same visits is here."""
        view = self.view
        value = view.judge(volunteer, codes, view.care)
        if value <= NOTHING:
            return False
        steps = view.steps(volunteer, codes)
        slots = tuple(view.slot_of[base, span] for base, span, _ in steps)
        key, care = (volunteer, frozenset(slots)), round(value)
        known = self._best.get(key)
        if known is None:
            self._best[key] = len(self.columns)
            self.columns.append(Column(volunteer, steps, slots, care))
            return True
        if self.columns[known].care >= care:
            return False
        self.columns[known] = Column(volunteer, steps, slots, care)
        return True

    def add_day(self, day: Day, starts: dict[int, int] | None = None) -> None:
        """Keep a day whose steps may have spans of another cut: the span here that holds the start, or every one."""
        volunteer, steps = day
        choices: list[list[Step]] = [[]]
        for base, span, q in steps:
            need = int(self.instance.a_need[base])
            fitting = [one for one in self.spans_of(need, base) if one[0] <= span[1] and span[0] <= one[1]]
            if starts and need in starts:
                fitting = [one for one in fitting if one[0] <= starts[need] <= one[1]]
            choices = [[*chosen, (base, one, q)] for chosen in choices for one in fitting][:64]
        for chosen in choices:
            self.add(volunteer, self.view.codes(volunteer, chosen))

    def spans_of(self, need: int, base: int) -> list[Window]:
        """The spans of a need in this cut."""
        one = self.instance
        return list(self.view.spans.get(need, ((int(one.a_low[base]), int(one.a_high[base])),)))

    # --- rows ---------------------------------------------------------------------------------------------------

    def _lay_rows(self) -> None:
        """Rows are kept as triples by kind; `self.slot_rows[slot]` are the (row, coefficient) a column with it enters.

        Equalities: single need: visits = y; span of a two-person need: visits = 2 z.
        Inequalities: one day a volunteer; one span a need; in a span at most z by one person, at most z by trainees,
        at least z by a locked person.
        """
        view, one = self.view, self.instance
        two = one.n_people[view.s_need] == 2
        self.units: list[tuple[int, Window | None]] = []
        unit_of: dict[tuple[int, Window | None], int] = {}
        eq = np.empty(len(view.s_base), np.int64)
        for slot, need in enumerate(view.s_need.tolist()):
            unit = (need, (int(view.s_low[slot]), int(view.s_high[slot])) if two[slot] else None)
            if unit not in unit_of:
                unit_of[unit] = len(self.units)
                self.units.append(unit)
            eq[slot] = unit_of[unit]
        self.slot_unit = eq
        n = one.n_volunteers
        self.n_ub = n
        self.unit_ub: list[tuple[int, int, float]] = []  # row, unit, coefficient
        self.slot_ub: list[list[tuple[int, float]]] = [[] for _ in range(len(view.s_base))]
        self.limits = [1.0] * n
        once: dict[int, int] = {}
        trainees: dict[int, int] = {}
        for unit, (need, span) in enumerate(self.units):
            if span is not None:
                if need not in once:
                    once[need] = self._row(1.0)
                self.unit_ub.append((once[need], unit, 1.0))
        named: dict[int, dict[int, int]] = {}
        for slot in np.flatnonzero(two).tolist():
            unit = int(eq[slot])
            cut = self._row(0.0)
            self.unit_ub.append((cut, unit, -1.0))
            self.slot_ub[slot].append((cut, 1.0))
            if one.v_trainee[view.s_volunteer[slot]]:
                if unit not in trainees:
                    trainees[unit] = self._row(0.0)
                    self.unit_ub.append((trainees[unit], unit, -1.0))
                self.slot_ub[slot].append((trainees[unit], 1.0))
        # A lock on one of two people: each span is served with her or not at all.
        for need, volunteer in self._half_locks():
            for unit, (other, _) in enumerate(self.units):
                if other == need:
                    row = self._row(0.0)
                    self.unit_ub.append((row, unit, 1.0))
                    named.setdefault(volunteer, {})[unit] = row
        if named:
            for slot, volunteer in enumerate(view.s_volunteer.tolist()):
                row_of = named.get(volunteer, {})
                if int(eq[slot]) in row_of:
                    self.slot_ub[slot].append((row_of[int(eq[slot])], -1.0))
        self.people = np.array([1 if span is None else 2 for _, span in self.units], float)
        self.weight = self.instance_weights()[[need for need, _ in self.units]] if self.units else np.zeros(0)

    def _row(self, limit: float) -> int:
        self.limits.append(limit)
        self.n_ub += 1
        return self.n_ub - 1

    def _half_locks(self) -> list[tuple[int, int]]:
        one = self.instance
        found = [(int(one.a_need[arc]), int(one.a_volunteer[arc])) for arc in sorted(one.locked_arcs)]
        named: dict[int, set[int]] = {}
        for need, volunteer in found:
            named.setdefault(need, set()).add(volunteer)
        return [(need, volunteer) for need, volunteer in found if len(named[need]) == 1 and one.n_people[need] == 2]

    def instance_weights(self) -> Floats:
        """What serving each need counts on the first level; a lock outweighs all that is not locked."""
        one = self.instance
        return one.n_priority + one.n_locked * (1.0 + float(one.n_priority.sum()))

    # --- solving ------------------------------------------------------------------------------------------------

    def _arrays(self, floor: float | None) -> tuple[Any, ...]:
        from scipy.sparse import coo_matrix

        columns = self.columns
        n_columns, n_units = len(columns), len(self.units)
        flat = np.array([slot for column in columns for slot in column.slots], np.int64)
        owner = np.repeat(np.arange(n_columns), [len(column.slots) for column in columns])
        eq_rows = np.concatenate([self.slot_unit[flat], np.arange(n_units)])
        eq_cols = np.concatenate([owner, n_columns + np.arange(n_units)]).astype(np.int64)
        eq_values = np.concatenate([np.ones(len(flat)), -self.people])
        width = n_columns + n_units
        equal = coo_matrix((eq_values, (eq_rows, eq_cols)), shape=(n_units, width)).tocsr()
        rows = [column.volunteer for column in columns]
        cols = list(range(n_columns))
        values = [1.0] * n_columns
        for slot, column in zip(flat.tolist(), owner.tolist(), strict=True):
            for row, value in self.slot_ub[slot]:
                rows.append(row)
                cols.append(column)
                values.append(value)
        for row, unit, value in self.unit_ub:
            rows.append(row)
            cols.append(n_columns + unit)
            values.append(value)
        limits = list(self.limits)
        if floor is not None:
            rows += [self.n_ub] * n_units
            cols += list(range(n_columns, width))
            values += (-self.weight).tolist()
            limits.append(-floor)
        below = coo_matrix((values, (rows, cols)), shape=(len(limits), width)).tocsr()
        if floor is None:
            cost = np.concatenate([np.zeros(n_columns), -self.weight])
        else:
            cost = np.concatenate([-np.array([float(column.care) for column in columns]), np.zeros(n_units)])
        return cost, equal, below, np.array(limits)

    def price(self, floor: float | None) -> Prices:
        """The linear programme: most served if floor is None, else most care among plans that serve that much."""
        from scipy.optimize import linprog

        cost, equal, below, limits = self._arrays(floor)
        bounds = np.zeros((len(cost), 2))
        bounds[:, 1] = 1.0
        bounds[: len(self.columns), 1] = np.inf
        if floor is not None:
            limits = limits.copy()
            limits[-1] += 1e-7 * max(1.0, abs(floor))
        solved = linprog(cost, A_ub=below, b_ub=limits, A_eq=equal, b_eq=np.zeros(len(self.units)), bounds=bounds, method="highs")
        if solved.status != 0:
            raise ArithmeticError(f"The linear programme ended with: {solved.message}")
        by_unit, by_row = solved.eqlin.marginals, solved.ineqlin.marginals
        slot = by_unit[self.slot_unit].astype(float) if len(self.slot_unit) else np.zeros(0)
        for index, entries in enumerate(self.slot_ub):
            for row, value in entries:
                slot[index] += by_row[row] * value
        return Prices(-float(solved.fun), slot, np.maximum(0.0, -by_row[: self.instance.n_volunteers]))

    def choose(self, floor: float | None, seconds: float) -> tuple[list[Column] | None, bool]:
        """The best set of the columns here, and whether it is proven best among them; None if none was found."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        if not self.columns:
            return [], True
        cost, equal, below, limits = self._arrays(floor)
        rules = [LinearConstraint(equal, 0, 0), LinearConstraint(below, -np.inf, limits)]
        options = {"time_limit": max(0.05, seconds), "mip_rel_gap": 0.0}
        solved = milp(cost, constraints=rules, integrality=np.ones(len(cost)), bounds=Bounds(0, 1), options=options)
        if solved.x is None:
            return None, solved.status == 2
        taken = np.flatnonzero(solved.x[: len(self.columns)] > 0.5)
        return [self.columns[index] for index in taken.tolist()], solved.status == 0


Mask = NDArray[np.bool_]
