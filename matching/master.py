"""The master: which day plans to take. A linear programme for prices, an integer one for a plan.

The linear programme lives as long as its cut into spans: day plans are added to it and GLOP goes on from its last
basis. (Without scaling and preprocessing: the rows are zeros and ones, and scaled they took five times as long.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.instance import Instance
from matching.kernels import NOTHING
from matching.timing import Day
from matching.view import Floats, Listed, OutOfTimeError, Step, View
from matching.ways import Ints

Mask = NDArray[np.bool_]
GLOP = "use_preprocessing:false use_scaling:false"
NEARLY_ONE = 0.9  # plans are worth whole numbers: one this close to the bound is the best
OUTWEIGHING = 120.0  # minutes of walking: no visit's care changes by more through one unit of priority
CAREFUL = "use_preprocessing:true use_scaling:true"
EVEN = 1e3  # the greatest coefficient of a goal that the simplex is given
PAIRING = 700  # volunteers up to which the rows of pairs are always laid: with more they take the simplex minutes
VIOLATED = 1e-6  # by how much a visit may exceed its unit before the row that forbids it is laid


@dataclass(frozen=True)
class Prices:
    """What a linear programme says.

    gain: by slot, what a day gains by visiting it besides care. day: the price of each volunteer's day. serve: what one
    unit of priority is worth (0 at the level of serve itself, where gains hold it already).
    """

    value: float
    gain: Floats
    day: Floats
    serve: float


class Master:
    """The day plans found so far for one level and one cut into spans.

    floor: None at the level of serve; else the priorities a plan must serve at least, and care is what counts.
    fold: what a unit of priority counts besides care, where both levels are folded into one (floor 0).
    """

    def __init__(self, view: View, floor: int | None, fold: float = 0.0) -> None:
        self.view, self.instance, self.floor, self.fold = view, view.instance, floor, fold
        self.volunteers: list[int] = []
        self.codes: list[tuple[int, ...]] = []
        self.slots: list[tuple[int, ...]] = []
        self.cares: list[int] = []
        self.lp_days: list[Any] = []  # the variables of the day plans
        self._known: dict[tuple[int, int], int] = {}
        self._much: Floats | None = None
        self._solved_with = -1
        self._in_two: list[int] = []  # the day plans that visit a two-person need
        self.value = self.worth_of_serving = 0.0
        self._number_units()
        most = self.unit_weight if floor is None else view.care if not fold else fold * self.unit_weight
        self.scale = max(1.0, float(np.abs(most).max(initial=0.0)) / EVEN)
        self._lay_rows()

    # --- units and rows -----------------------------------------------------------------------------------------

    def _number_units(self) -> None:
        """Number the units: a need, or a span of a two-person need."""
        view, one = self.view, self.instance
        two = one.n_people[view.s_need] == 2
        keys = np.stack([view.s_need, np.where(two, view.s_low, -1)], axis=1)
        found, first, unit = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        self.slot_unit: Ints = unit.ravel().astype(np.int64)
        self.unit_need: Ints = found[:, 0].astype(np.int64)
        self.unit_two: Mask = two[first] if len(first) else np.zeros(0, bool)
        self.unit_weight = one.n_priority[self.unit_need].astype(float)
        needs = np.unique(self.unit_need)
        # Where a plan must serve whatever can be served, that is said need by need: far easier than one sum over all.
        self.serves_all = self.floor is not None and self.floor == int(one.n_priority[needs].sum())
        self.n_must: Mask = one.n_locked.copy()
        if self.serves_all:
            self.n_must[needs] = True
        self.unit_must: Mask = self.n_must[self.unit_need]

    def _lay_rows(self) -> None:
        from ortools.linear_solver import pywraplp

        lp = self.lp = pywraplp.Solver.CreateSolver("GLOP")
        lp.SetSolverSpecificParametersAsString(GLOP)
        lp.Objective().SetMaximization()
        endless = lp.infinity()
        by_sum = self.floor is not None and not self.serves_all and not self.fold
        self.floor_row = None if not by_sum else lp.RowConstraint(float(self.floor or 0), endless, "")
        self.day_rows = [lp.RowConstraint(-endless, 1.0, "") for _ in range(self.instance.n_volunteers)]
        self.unit_rows: list[Any] = []
        self.unit_vars: dict[int, Any] = {}
        self.pair_rows: dict[int, Any] = {}  # by slot
        once: dict[int, Any] = {}
        for unit, (need, two, must) in enumerate(
            zip(self.unit_need.tolist(), self.unit_two.tolist(), self.unit_must.tolist(), strict=True)
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
            self._worth(served, 0.0, float(self.unit_weight[unit]))
        self._lay_partner_rows()

    def _worth(self, variable: Any, care: float, serve: float) -> None:
        """Put a variable's worth into the goal of this level and, for care, into the floor."""
        worth = serve if self.floor is None else care + self.fold * serve
        self.lp.Objective().SetCoefficient(variable, worth / self.scale)
        if self.floor_row is not None and serve:
            self.floor_row.SetCoefficient(variable, serve)

    def _lay_partner_rows(self) -> None:
        """In a span at most one trainee, and the person whom a lock names."""
        view, one = self.view, self.instance
        self.partner_rows: dict[int, list[tuple[Any, float]]] = {}  # by slot: rows and coefficients
        trainees: dict[int, list[int]] = {}
        named: dict[int, int] = {}
        halves = half_locks(self.instance)
        for slot in np.flatnonzero(self.unit_two[self.slot_unit]).tolist():
            unit, volunteer = int(self.slot_unit[slot]), int(view.s_volunteer[slot])
            if one.v_trainee[volunteer]:
                trainees.setdefault(unit, []).append(slot)
            if halves.get(int(view.s_need[slot])) == volunteer:
                named[unit] = slot
        for unit, slots in trainees.items():
            self._partner_row(unit, slots, 1.0)
        for unit in self.unit_vars:
            if int(self.unit_need[unit]) in halves:
                self._partner_row(unit, [named[unit]] if unit in named else [], -1.0)

    def _partner_row(self, unit: int, slots: Sequence[int], sign: float) -> None:
        """sign x (visits of these slots - unit) <= 0."""
        row = self.lp.RowConstraint(-self.lp.infinity(), 0.0, "")
        row.SetCoefficient(self.unit_vars[unit], -sign)
        for slot in slots:
            self.partner_rows.setdefault(slot, []).append((row, sign))

    # --- day plans ----------------------------------------------------------------------------------------------

    def add_listed(self, listed: Listed, gain: Floats) -> int:
        """Keep the day plans that pricing found; how many were new, or better than the same visits known."""
        cares = listed.value - self.total(gain, listed.slots)
        if self.floor is None:
            cares = self.view.judge_all(listed)
        rows = zip(
            listed.volunteer.tolist(), listed.key.tolist(), listed.length.tolist(), listed.code.tolist(),
            listed.slots.tolist(), np.rint(cares).astype(np.int64).tolist(), strict=True,
        )  # fmt: skip
        return sum(self._keep(v, key, code[:n], slots[:n], care) for v, key, n, code, slots, care in rows)

    @staticmethod
    def total(by_slot: Floats, slots: Ints) -> Floats:
        """The sums of a value over rows of slots (-1: none)."""
        return np.where(slots >= 0, by_slot[slots], 0.0).sum(axis=1)

    def _keep(self, volunteer: int, key: int, codes: Sequence[int], slots: Sequence[int], care: int) -> int:
        known = self._known.get((volunteer, key))
        if known is not None:
            return self._keep_order(known, codes, care)
        self._known[volunteer, key] = len(self.volunteers)
        self.volunteers.append(volunteer)
        self.codes.append(tuple(codes))
        self.slots.append(tuple(slots))
        self.cares.append(care)
        self._enter(volunteer, slots, care)
        return 1

    def _keep_order(self, known: int, codes: Sequence[int], care: int) -> int:
        """Keep a better order of the same visits; 1 if that is news for the linear programme."""
        if self.cares[known] >= care:
            return 0
        self.cares[known], self.codes[known] = care, tuple(codes)
        if self.floor is None:
            return 0
        self._worth(self.lp_days[known], care, self._single(self.slots[known]))
        self._solved_with = -1
        return 1

    def _enter(self, volunteer: int, slots: Sequence[int], care: int) -> None:
        day = self.lp.NumVar(0.0, self.lp.infinity(), "")
        self.lp_days.append(day)
        self.day_rows[volunteer].SetCoefficient(day, 1.0)
        serve, two = 0.0, False
        for slot in slots:
            unit = int(self.slot_unit[slot])
            self.unit_rows[unit].SetCoefficient(day, 1.0)
            if not self.unit_two[unit]:
                serve += float(self.unit_weight[unit])
                continue
            two = True
            for row, value in self.partner_rows.get(slot, ()):
                row.SetCoefficient(day, value)
            if slot in self.pair_rows:
                self.pair_rows[slot].SetCoefficient(day, 1.0)
        self._worth(day, float(care), serve)
        if two:
            self._in_two.append(len(self.lp_days) - 1)

    def add_day(self, day: Day, starts: Mapping[int, int] | None = None) -> None:
        """Keep a day whose steps may have spans of another cut: the span here that holds the start, or every one."""
        volunteer, steps = day
        choices: list[list[Step]] = [[]]
        for base, span, q in steps:
            need = int(self.instance.a_need[base])
            fitting = [one for one in self.view.spans_of(need, base) if one[0] <= span[1] and span[0] <= one[1]]
            if starts and need in starts:
                fitting = [one for one in fitting if one[0] <= starts[need] <= one[1]]
            choices = [[*chosen, (base, one, q)] for chosen in choices for one in fitting][:64]
        for chosen in choices:
            codes = self.view.codes(volunteer, chosen)
            care = self.view.judge(volunteer, codes, self.view.care)
            if care > NOTHING:
                slots = [self.view.slot_of(base, span) for base, span, _ in chosen]
                self._keep(volunteer, self.view.key_of(slots), codes, slots, round(care))

    def day(self, column: int) -> Day:
        """A day plan as volunteer and steps."""
        volunteer = self.volunteers[column]
        return volunteer, self.view.steps(volunteer, self.codes[column])

    # --- prices -------------------------------------------------------------------------------------------------

    def price(self, seconds: float) -> Prices:
        """The linear programme's value and prices; OutOfTimeError if it takes longer than the seconds."""
        while True:
            self._solve(seconds)
            if not self._lay_pair_rows():
                break
        view = self.view
        by_unit = self.scale * np.array([row.dual_value() for row in self.unit_rows])
        worth = 1.0 if self.floor is None else self.fold
        if self.floor_row is not None:
            worth = -self.scale * self.floor_row.dual_value()
        self.value, self.worth_of_serving = self.scale * self.lp.Objective().Value(), worth
        self._much = None
        gain = -by_unit[self.slot_unit] if len(by_unit) else np.zeros(len(view.s_base))
        single = ~self.unit_two[self.slot_unit]
        gain[single] += worth * self.unit_weight[self.slot_unit[single]]
        for slot, rows in self.partner_rows.items():
            gain[slot] -= self.scale * sum(row.dual_value() * value for row, value in rows)
        for slot, row in self.pair_rows.items():
            gain[slot] -= self.scale * row.dual_value()
        day = self.scale * np.maximum(0.0, np.array([row.dual_value() for row in self.day_rows]))
        return Prices(self.value, gain, day, 0.0 if self.floor is None else worth)

    def _solve(self, seconds: float) -> None:
        lp = self.lp
        self._solved_with = len(self.lp_days)
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

    @property
    def lets_pairs_be(self) -> bool:
        """Whether rows "one person's visits in a span <= the span" are left out: they tighten serve by thousandths."""
        one = self.instance
        return self.floor is None and PAIRING < one.n_volunteers < one.n_needs

    def _lay_pair_rows(self) -> bool:
        """Lay the rows "one person's visits in a span <= the span" that are broken; whether there were any."""
        if not self.unit_vars or self.lets_pairs_be:
            return False
        taken: dict[int, float] = {}
        for column in self._in_two:
            much = self.lp_days[column].solution_value()
            if much > VIOLATED:
                for slot in self.slots[column]:
                    if self.unit_two[self.slot_unit[slot]]:
                        taken[slot] = taken.get(slot, 0.0) + much
        broken = [
            slot
            for slot, much in taken.items()
            if slot not in self.pair_rows
            and much > self.unit_vars[int(self.slot_unit[slot])].solution_value() + VIOLATED
        ]
        for slot in broken:
            row = self.lp.RowConstraint(-self.lp.infinity(), 0.0, "")
            row.SetCoefficient(self.unit_vars[int(self.slot_unit[slot])], -1.0)
            for column, slots in enumerate(self.slots):
                if slot in slots:
                    row.SetCoefficient(self.lp_days[column], 1.0)
            self.pair_rows[slot] = row
        return bool(broken)

    def for_two(self) -> Mask:
        """Which day plans have a visit for two."""
        found = np.zeros(len(self.volunteers), bool)
        found[self._in_two] = True
        return found

    def taken_in_part(self) -> Mask:
        """Which day plans the last linear programme takes, wholly or in part."""
        return self.much > VIOLATED

    @property
    def much(self) -> Floats:
        """How much of each day plan the linear programme takes, which is solved once more if it has grown."""
        if self._much is None or len(self._much) < len(self.lp_days):
            if self._solved_with < len(self.lp_days) and self.lp.Solve() != self.lp.OPTIMAL:
                return np.zeros(len(self.lp_days))
            self._solved_with = len(self.lp_days)
            self._much = np.array([variable.solution_value() for variable in self.lp_days])
        return self._much

    def fractional(self) -> float:
        """The share of the day plans taken by the last linear programme that it takes in part only."""
        much = self.much
        taken = much > VIOLATED
        return float((taken & (much < 1.0 - VIOLATED)).sum() / max(1, taken.sum()))

    def reduced(self, prices: Prices) -> Floats:
        """What each day plan here is worth at these prices, less the price of the day: at most about 0."""
        total = self.total(prices.gain, self.padded())
        if self.floor is not None:
            total = total + np.array(self.cares, float)
        return total - prices.day[self.volunteers]

    def padded(self) -> Ints:
        """The slots of all day plans, one a row, -1 where a row is shorter."""
        width = max(map(len, self.slots), default=1)
        rows = [(*slots, *([-1] * (width - len(slots)))) for slots in self.slots]
        return np.array(rows, np.int64).reshape(len(rows), width)

    def _single(self, slots: Sequence[int]) -> float:
        """The priorities of the needs for one among these slots."""
        units = [int(self.slot_unit[slot]) for slot in slots]
        return float(sum(self.unit_weight[unit] for unit in units if not self.unit_two[unit]))

    def worth(self, columns: Sequence[int]) -> int:
        """What a relaxed plan of these day plans would reach on this level."""
        if self.floor is None:
            return self._serve_of(columns)
        return sum(self.cares[column] for column in columns) + round(self.fold) * self._serve_of(columns)

    def taken_by(self, days: Sequence[Day], starts: Mapping[int, int]) -> list[int]:
        """The day plans of a plan, added where they are missing."""
        taken: list[int] = []
        for volunteer, steps in days:
            self.add_day((volunteer, steps), starts)
            slots = []
            for base, span, _ in steps:
                need = int(self.instance.a_need[base])
                minute = starts.get(need, span[0])
                span = next(one for one in self.view.spans_of(need, base) if one[0] <= minute <= one[1])
                slots.append(self.view.slot_of(base, span))
            known = self._known.get((volunteer, self.view.key_of(slots)))
            if known is not None:
                taken.append(known)
        return taken

    # --- choosing -----------------------------------------------------------------------------------------------

    def choose(
        self, seconds: float, among: Ints | None = None, kept: Mapping[int, int | None] | None = None,
        nodes: int | None = None,
    ) -> tuple[list[int] | None, bool]:  # fmt: skip
        """The best set of the day plans here (or of those in `among`), and whether it is proven best among them.

        None if none was found. The volunteers in `kept` keep the day named there, or none. `nodes`: how much is tried
        at most, the same on every machine.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        columns = np.arange(len(self.volunteers), dtype=np.int64) if among is None else among
        if not len(columns):
            return [], True
        cost, matrix, least, most = self._programme(columns)
        scale = max(1.0, abs(self.value) + self.outweighing * (self.floor or 0))
        options = {"time_limit": max(0.05, min(seconds, 1e6)), "mip_rel_gap": NEARLY_ONE / scale}
        options |= {} if nodes is None else {"node_limit": nodes}
        upper = np.ones(len(cost))
        if kept is not None:
            upper[: len(columns)] = [
                self.volunteers[column] not in kept or kept[self.volunteers[column]] == column
                for column in columns.tolist()
            ]
        solved = milp(
            cost, constraints=LinearConstraint(matrix, least, most), integrality=np.ones(len(cost)),
            bounds=Bounds(np.zeros(len(cost)), upper), options=options,
        )  # fmt: skip
        if solved.x is None:
            return None, solved.status == 2
        taken = columns[solved.x[: len(columns)] > 0.5].tolist()
        if self.floor is not None and self._serve_of(taken) < self.floor:
            return None, False
        return taken, solved.status == 0

    @property
    def outweighing(self) -> float:
        """What a unit of priority counts in a choice by care, so that serving less is never worth it."""
        if self.floor is None or self.serves_all:
            return 0.0
        if self.fold:
            return self.fold
        return float(np.ceil(max(OUTWEIGHING, 2.0 * self.worth_of_serving)))

    def _serve_of(self, columns: Sequence[int]) -> int:
        units = {int(self.slot_unit[slot]) for column in columns for slot in self.slots[column]}
        return int(sum(self.unit_weight[unit] for unit in units))

    def _programme(self, columns: Ints) -> tuple[Floats, Any, Floats, Floats]:
        """The same rows as a matrix: costs to minimise, rows, and what each row is at least and at most."""
        from scipy.sparse import coo_matrix

        volunteers, one = np.array(self.volunteers, np.int64)[columns], self.instance
        slots = [self.slots[column] for column in columns.tolist()]
        flat = np.array([slot for each in slots for slot in each], np.int64)
        owner = np.repeat(np.arange(len(columns)), [len(each) for each in slots]).astype(np.int64)
        units = np.flatnonzero(self.unit_two)
        unit_column = np.full(len(self.unit_two), -1)
        unit_column[units] = len(columns) + np.arange(len(units))
        width, n_v, n_u = len(columns) + len(units), one.n_volunteers, len(self.unit_two)
        entries = _Entries()
        entries.add(volunteers, np.arange(len(columns)), 1.0)
        entries.add(n_v + self.slot_unit[flat], owner, 1.0)
        entries.add(n_v + units, unit_column[units], -2.0)
        least = np.full(n_v + n_u, -np.inf)
        most = np.ones(n_v + n_u)
        least[n_v + np.flatnonzero(self.unit_must & ~self.unit_two)] = 1.0
        least[n_v + units], most[n_v + units] = 0.0, 0.0
        lows, highs = [least], [most]
        rows = n_v + n_u
        rows = self._once(entries, unit_column, rows, lows, highs)
        rows = self._partners(entries, unit_column, flat, owner, rows, lows, highs)
        # The goal stays a sum of whole numbers: then the solver may stop one short of a bound, and cuts far better.
        weight = np.zeros(width)
        of_flat = self.slot_unit[flat]
        np.add.at(weight, owner, np.where(self.unit_two[of_flat], 0.0, self.unit_weight[of_flat]))
        weight[unit_column[units]] = self.unit_weight[units]
        care = np.zeros(width)
        care[: len(columns)] = np.array(self.cares, float)[columns]
        cost = -weight if self.floor is None else -care
        if self.floor is not None and not self.serves_all:
            cost -= self.outweighing * weight  # a row that sums all priorities would spoil the solver's cuts
        matrix = coo_matrix(entries.arrays(), shape=(rows, width)).tocsr()
        return cost, matrix, np.concatenate(lows), np.concatenate(highs)

    def _once(self, entries: _Entries, unit_column: Ints, rows: int, lows: list[Floats], highs: list[Floats]) -> int:
        """One span a two-person need; exactly one if it is locked."""
        units = np.flatnonzero(self.unit_two)
        needs, place = np.unique(self.unit_need[units], return_inverse=True)
        entries.add(rows + place, unit_column[units], 1.0)
        lows.append(np.where(self.n_must[needs], 1.0, -np.inf))
        highs.append(np.ones(len(needs)))
        return rows + len(needs)

    def _partners(
        self, entries: _Entries, unit_column: Ints, flat: Ints, owner: Ints, rows: int, lows: list[Floats],
        highs: list[Floats],
    ) -> int:  # fmt: skip
        """At most one visit a person in a span, at most one trainee, and the person whom a lock names."""
        view, one = self.view, self.instance
        halves = half_locks(one)
        row_of: dict[tuple[str, int, int], int] = {}

        def row(kind: str, unit: int, volunteer: int, sign: float) -> int:
            key = (kind, unit, volunteer)
            if key not in row_of:
                row_of[key] = rows + len(row_of)
                entries.add([row_of[key]], [int(unit_column[unit])], -sign)
            return row_of[key]

        for unit in self.unit_vars:
            if int(self.unit_need[unit]) in halves:
                row("named", unit, 0, -1.0)
        for slot, column in zip(flat.tolist(), owner.tolist(), strict=True):
            unit = int(self.slot_unit[slot])
            if not self.unit_two[unit]:
                continue
            volunteer = int(view.s_volunteer[slot])
            entries.add([row("person", unit, volunteer, 1.0)], [column], 1.0)
            if one.v_trainee[volunteer]:
                entries.add([row("trainee", unit, 0, 1.0)], [column], 1.0)
            if halves.get(int(view.s_need[slot])) == volunteer:
                entries.add([row("named", unit, 0, -1.0)], [column], -1.0)
        lows.append(np.full(len(row_of), -np.inf))
        highs.append(np.zeros(len(row_of)))
        return rows + len(row_of)


class _Entries:
    """The entries of a sparse matrix as they come."""

    def __init__(self) -> None:
        self._rows: list[Any] = []
        self._columns: list[Any] = []
        self._values: list[Any] = []

    def add(self, rows: Any, columns: Any, value: Any) -> None:
        self._rows.append(np.asarray(rows, np.int64))
        self._columns.append(np.asarray(columns, np.int64))
        self._values.append(np.broadcast_to(np.asarray(value, float), self._rows[-1].shape))

    def arrays(self) -> tuple[Floats, tuple[Ints, Ints]]:
        return np.concatenate(self._values), (np.concatenate(self._rows), np.concatenate(self._columns))


def half_locks(instance: Instance) -> dict[int, int]:
    """Two-person needs of which a lock names one person, and that person."""
    named: dict[int, set[int]] = {}
    for arc in instance.locked_arcs:
        named.setdefault(int(instance.a_need[arc]), set()).add(int(instance.a_volunteer[arc]))
    return {need: min(people) for need, people in named.items() if len(people) == 1 and instance.n_people[need] == 2}
