"""The master: which day plans to take. A linear programme for prices and bounds, an integer one for a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.kernels import NOTHING
from matching.problem import Window
from matching.timing import Day
from matching.view import Floats, OutOfTimeError, Step, View

Mask = NDArray[np.bool_]
EVEN = 1e3  # the greatest coefficient of a goal: HiGHS gives up on weights of 10^8
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
        """Number the units (a need, or a span of a two-person need) and lay the rows that tie visits to them.

        Equalities: visits = unit, or twice the unit. Inequalities: one day a volunteer (the first rows); one span a
        need; in a span at most one visit by one person and one by trainees, and one by a person that a lock names.
        """
        view, one = self.view, self.instance
        two = one.n_people[view.s_need] == 2
        self.units: list[tuple[int, Window | None]] = []
        unit_of: dict[tuple[int, Window | None], int] = {}
        self.slot_unit = np.empty(len(view.s_base), np.int64)
        for slot, need in enumerate(view.s_need.tolist()):
            unit = (need, (int(view.s_low[slot]), int(view.s_high[slot])) if two[slot] else None)
            if unit not in unit_of:
                unit_of[unit] = len(self.units)
                self.units.append(unit)
            self.slot_unit[slot] = unit_of[unit]
        self.limits = [1.0] * one.n_volunteers
        self.unit_rows: list[tuple[int, int, float]] = []  # row, unit, coefficient
        self.slot_rows: list[list[tuple[int, float]]] = [[] for _ in range(len(view.s_base))]
        self._lay_spans()
        self._lay_pairs(two)
        self.people = np.array([1 if span is None else 2 for _, span in self.units], float)
        needs = [need for need, _ in self.units]
        self.weight = one.n_priority[needs].astype(float)
        self.must = one.n_locked[needs] & np.array([span is None for _, span in self.units], bool)

    def _row(self, limit: float) -> int:
        self.limits.append(limit)
        return len(self.limits) - 1

    def _lay_spans(self) -> None:
        once: dict[int, int] = {}
        kept: dict[int, int] = {}
        for unit, (need, span) in enumerate(self.units):
            if span is None:
                continue
            if need not in once:
                once[need] = self._row(1.0)
                if self.instance.n_locked[need]:
                    kept[need] = self._row(-1.0)
            self.unit_rows.append((once[need], unit, 1.0))
            if need in kept:
                self.unit_rows.append((kept[need], unit, -1.0))

    def _lay_pairs(self, two: Mask) -> None:
        view, one = self.view, self.instance
        trainees: dict[int, int] = {}
        named: dict[int, int] = {}
        halves = self._half_locks()
        for slot in np.flatnonzero(two).tolist():
            unit, volunteer = int(self.slot_unit[slot]), int(view.s_volunteer[slot])
            rows = [(self._row(0.0), 1.0)]
            self.unit_rows.append((rows[0][0], unit, -1.0))
            if one.v_trainee[volunteer]:
                if unit not in trainees:
                    trainees[unit] = self._row(0.0)
                    self.unit_rows.append((trainees[unit], unit, -1.0))
                rows.append((trainees[unit], 1.0))
            if halves.get(int(view.s_need[slot])) == volunteer:
                named[unit] = self._row(0.0)
                self.unit_rows.append((named[unit], unit, 1.0))
                rows.append((named[unit], -1.0))
            self.slot_rows[slot] = rows

    def _half_locks(self) -> dict[int, int]:
        """Two-person needs of which a lock names one person, and that person."""
        one = self.instance
        named: dict[int, set[int]] = {}
        for arc in one.locked_arcs:
            named.setdefault(int(one.a_need[arc]), set()).add(int(one.a_volunteer[arc]))
        return {need: min(people) for need, people in named.items() if len(people) == 1 and one.n_people[need] == 2}

    # --- solving ------------------------------------------------------------------------------------------------

    def _arrays(self, floor: float | None) -> tuple[Any, ...]:
        """Costs, equalities, inequalities and their limits; columns first, then units."""
        from scipy.sparse import coo_matrix

        n_columns, n_units = len(self.columns), len(self.units)
        width = n_columns + n_units
        flat = np.array([slot for column in self.columns for slot in column.slots], np.int64)
        owner = np.repeat(np.arange(n_columns), [len(column.slots) for column in self.columns]).astype(np.int64)
        units = n_columns + np.arange(n_units)
        equal = coo_matrix(
            (
                np.concatenate([np.ones(len(flat)), -self.people]),
                (np.concatenate([self.slot_unit[flat], np.arange(n_units)]), np.concatenate([owner, units])),
            ),
            shape=(n_units, width),
        ).tocsr()
        entries = [(column.volunteer, index, 1.0) for index, column in enumerate(self.columns)]
        entries += [
            (row, column, value)
            for slot, column in zip(flat.tolist(), owner.tolist(), strict=True)
            for row, value in self.slot_rows[slot]
        ]
        entries += [(row, n_columns + unit, value) for row, unit, value in self.unit_rows]
        limits = list(self.limits)
        cost = np.zeros(width)
        if floor is None:
            cost[n_columns:] = -self.weight
        else:
            cost[:n_columns] = [-column.care for column in self.columns]
            entries += [(len(limits), n_columns + unit, -weight) for unit, weight in enumerate(self.weight.tolist())]
            limits.append(-floor)
        rows, places, values = zip(*entries, strict=True) if entries else ((), (), ())
        below = coo_matrix((values, (rows, places)), shape=(len(limits), width)).tocsr()
        return cost, equal, below, np.array(limits)

    def price(self, floor: float | None, seconds: float) -> Prices:
        """The linear programme: most served if floor is None, else most care among plans that serve that much."""
        from scipy.optimize import linprog

        cost, equal, below, limits = self._arrays(floor)
        bounds = np.zeros((len(cost), 2))
        bounds[len(self.columns) :, 0] = self.must
        bounds[len(self.columns) :, 1] = 1.0
        bounds[: len(self.columns), 1] = np.inf
        if floor is not None:
            limits[-1] += 1e-7 * max(1.0, abs(floor))
        options = {"time_limit": max(0.05, min(seconds, 1e6))}
        nothing = np.zeros(len(self.units))
        scale = max(1.0, float(np.abs(cost).max(initial=0.0)) / EVEN)
        solved = linprog(
            cost / scale, A_ub=below, b_ub=limits, A_eq=equal, b_eq=nothing, bounds=bounds, method="highs",
            options=options,
        )  # fmt: skip
        if solved.status != 0:  # out of time, or of digits: what is known so far stands
            raise OutOfTimeError
        by_unit, by_row = scale * solved.eqlin.marginals, scale * solved.ineqlin.marginals
        slot = by_unit[self.slot_unit].astype(float) if len(self.slot_unit) else np.zeros(0)
        for index, entries in enumerate(self.slot_rows):
            for row, value in entries:
                slot[index] += by_row[row] * value
        return Prices(-scale * float(solved.fun), slot, np.maximum(0.0, -by_row[: self.instance.n_volunteers]))

    def taken_by(self, days: Sequence[Day], starts: dict[int, int]) -> list[Column]:
        """The columns of a plan, added where they are missing."""
        taken: list[Column] = []
        for day in days:
            self.add_day(day, starts)
            slots = []
            for base, span, _ in day[1]:
                need = int(self.instance.a_need[base])
                minute = starts.get(need, span[0])
                span = next(one for one in self.spans_of(need, base) if one[0] <= minute <= one[1])
                slots.append(self.view.slot_of[base, span])
            known = self._best.get((day[0], frozenset(slots)))
            if known is not None:
                taken.append(self.columns[known])
        return taken

    def choose(
        self, floor: float | None, seconds: float, kept: Mapping[int, Column | None] | None = None
    ) -> tuple[list[Column] | None, bool]:
        """The best set of the columns here, and whether it is proven best among them; None if none was found.

        The volunteers in `kept` keep the day named there, or none.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        if not self.columns:
            return [], True
        cost, equal, below, limits = self._arrays(floor)
        rules = [LinearConstraint(equal, 0, 0), LinearConstraint(below, -np.inf, limits)]
        options = {"time_limit": max(0.05, min(seconds, 1e6)), "mip_rel_gap": 0.0}
        if floor is None:
            # A little care decides between plans that serve the same: far too little to outweigh a unit of priority.
            care = np.array([column.care for column in self.columns], float)
            cost[: len(care)] = -care * 0.25 / max(1.0, float(np.abs(care).max()) * self.instance.n_volunteers)
            options["mip_rel_gap"] = 0.25 / max(1.0, float(self.weight.sum()))
        least = np.concatenate([np.zeros(len(self.columns)), self.must])
        most = np.ones(len(cost))
        if kept is not None:
            most[: len(self.columns)] = [
                column.volunteer not in kept or kept[column.volunteer] is column for column in self.columns
            ]
        solved = milp(
            cost, constraints=rules, integrality=np.ones(len(cost)), bounds=Bounds(least, most), options=options
        )
        if solved.x is None:
            return None, solved.status == 2
        taken = np.flatnonzero(solved.x[: len(self.columns)] > 0.5)
        return [self.columns[index] for index in taken.tolist()], solved.status == 0
