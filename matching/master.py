"""The master: which day plans to take. A linear programme for prices, an integer one for a plan.

The linear programme lives as long as its cut into spans: day plans are added to it, and it is solved on from where it
stood. How is for `simplex`, or for `gradient` where many people are scarce.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.daysearch import best_of_each
from matching.gradient import Gradient
from matching.kernels import NOTHING
from matching.linear import Linear, Partner, Rows
from matching.oddsets import OddSets, broken_rings, broken_triples
from matching.simplex import Simplex
from matching.timing import Day
from matching.view import Floats, Listed, Step, View
from matching.ways import Indices, Ints

Mask = NDArray[np.bool_]
NEARLY = 0.01  # of what a plan must serve: a choice that lacks less is worth a look
NEARLY_ONE, NO_MORE = 0.9, 0.05  # plans are worth whole numbers: one this close to the bound is the best; and no more
OUTWEIGHING = 120.0  # minutes of walking: no visit's care changes by more through one unit of priority
MANY = 700  # people from which on their programme is solved by gradients where there are more needs than people
ODD_SETS = 500  # that are laid at once, at most
MANY_IN_PARTS = 300  # and where the day is a part of another, whose programme need not be exact


@dataclass(frozen=True)
class Prices:
    """What a linear programme says.

    gain: by slot, what a day gains by visiting it besides care. day: the price of each volunteer's day. serve: what one
    unit of priority is worth (0 at the level of serve itself, where gains hold it already). odd: what using two of
    its things costs, by odd set of those known then.
    """

    value: float
    gain: Floats
    day: Floats
    serve: float
    odd: Floats = field(default_factory=lambda: np.zeros(0))


class Master:
    """The day plans found so far for one level and one cut into spans.

    floor: None at the level of serve; else the priorities a plan must serve at least, and care is what counts.
    fold: what a unit of priority counts besides care, where both levels are folded into one (floor 0).
    many: people from which on the programme is solved by gradients, if at all.
    """

    def __init__(self, view: View, floor: int | None, fold: float = 0.0, many: int = MANY) -> None:
        self.view, self.instance, self.floor, self.fold, self.many = view, view.instance, floor, fold, many
        self.volunteers: list[int] = []
        self.codes: list[tuple[int, ...]] = []
        self.slots: list[tuple[int, ...]] = []
        self.cares: list[int] = []
        self._known: dict[tuple[int, int], int] = {}
        self._much: Floats | None = None
        self._entered = 0  # how many the linear programme has taken in
        self._in_two: list[int] = []  # the day plans that visit a two-person need
        self.value = self.worth_of_serving = 0.0
        self.odd_sets = OddSets(self.instance.n_needs, self.instance.n_volunteers)
        self.barred: Mask = np.zeros(len(view.s_need), bool)
        self._number_units()

    # --- units and rows -----------------------------------------------------------------------------------------

    def _number_units(self) -> None:
        """Number the units: a need, or a span of a two-person need."""
        view, one = self.view, self.instance
        self.slot_two: Mask = one.n_people[view.s_need] == 2
        two = np.flatnonzero(self.slot_two)
        lows = int(view.s_low[two].max(initial=0)) + 2
        of_two, place = np.unique(view.s_need[two].astype(np.int64) * lows + view.s_low[two] + 1, return_inverse=True)
        of_one = np.flatnonzero(np.bincount(view.s_need, ~self.slot_two, one.n_needs)) * lows
        codes = np.sort(np.concatenate([of_one, of_two])).astype(np.int64)
        self.unit_need: Ints = codes // lows
        self.unit_two: Mask = codes % lows > 0
        unit_of = np.full(one.n_needs, -1, np.int32)
        unit_of[self.unit_need[~self.unit_two]] = np.flatnonzero(~self.unit_two)
        self.slot_unit: Indices = unit_of[view.s_need]
        self.slot_unit[two] = np.flatnonzero(self.unit_two)[place.ravel()]
        self.unit_weight = one.n_priority[self.unit_need].astype(float)
        needs = np.unique(self.unit_need)
        # Where a plan must serve whatever can be served, that is said need by need: far easier than one sum over all.
        self.serves_all = self.floor is not None and self.floor == int(one.n_priority[needs].sum())
        if self.serves_all:
            self.fold = 0.0
        self.n_must: Mask = one.n_locked.copy()
        if self.serves_all:
            self.n_must[needs] = True
        self.unit_must: Mask = self.n_must[self.unit_need]

    def units(self) -> list[tuple[int, int]]:
        """By unit its need and, of a span of a need for two, the span's first minute."""
        lows = np.full(len(self.unit_need), -1, np.int64)
        lows[self.slot_unit[self.slot_two]] = self.view.s_low[self.slot_two]
        return list(zip(self.unit_need.tolist(), lows.tolist(), strict=True))

    @cached_property
    def programme(self) -> Linear:
        """How the linear programme is solved: nearly, where there is much of it and it is far from whole."""
        one = self.instance
        by_row = self.floor is not None and not (self.fold and self.floor == 0)
        return Simplex(self) if by_row or not self.many < one.n_volunteers < one.n_needs else Gradient(self)

    # --- day plans ----------------------------------------------------------------------------------------------

    def add_listed(self, listed: Listed, gain: Floats) -> int:
        """Keep the day plans that pricing found; how many were new, or better than the same visits known."""
        cares = listed.value - self.total(gain, listed.slots)
        if self.floor is None or len(self.odd_sets):
            cares = self.view.judge_all(listed.volunteer, listed.code, listed.length)
        rows = zip(
            listed.volunteer.tolist(), listed.key.tolist(), listed.length.tolist(), listed.code.tolist(),
            listed.slots.tolist(), np.rint(cares).astype(np.int64).tolist(), strict=True,
        )  # fmt: skip
        news = sum(self._keep(v, key, code[:n], slots[:n], care) for v, key, n, code, slots, care in rows)
        self._enter()
        return news

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
        return 1

    def _keep_order(self, known: int, codes: Sequence[int], care: int) -> int:
        """Keep a better order of the same visits; 1 if that is news for the linear programme."""
        if self.cares[known] >= care:
            return 0
        self.cares[known], self.codes[known] = care, tuple(codes)
        if self.floor is None:
            return 0
        if known < self._entered:
            self.programme.change(known)
        return 1

    def _enter(self) -> None:
        """Let the linear programme take in the day plans that are new."""
        new = range(self._entered, len(self.volunteers))
        if not new:
            return
        self._entered = new.stop
        flat, lengths = _flattened(self.slots[new.start :])
        owner = np.repeat(np.arange(len(new)), lengths)
        for_two = (new.start + np.unique(owner[self.slot_two[flat]])).tolist()
        self._in_two += for_two
        serve = np.bincount(owner, self._unit_single[self.slot_unit[flat]], len(new)).tolist()
        self.programme.enter(new, _rows_of(self.slot_unit[flat], lengths), serve, for_two)

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
        self._enter()

    def add_days(self, days: Sequence[Day]) -> Ints:
        """Keep many days: at once where all their spans are of this cut, the others one by one.

        By day its place among the day plans here; -1 where it has none of its own.
        """
        view, one = self.view, self.instance
        places = np.full(len(days), -1, np.int64)
        used = np.flatnonzero([bool(steps) for _, steps in days])
        if not len(used):
            return places
        days = [days[row] for row in used.tolist()]
        lengths = np.array([len(steps) for _, steps in days], np.int64)
        flat = np.array([(arc, *span, q) for _, steps in days for arc, span, q in steps], np.int64)
        slots, begins = view.slots_of(flat[:, 0], flat[:, 1], flat[:, 2]), np.cumsum(lengths) - lengths
        here = np.minimum.reduceat(slots, begins) >= 0
        people = np.array([volunteer for volunteer, _ in days], np.int64)
        owner = np.repeat(np.arange(len(days)), lengths)
        choices = (np.diff(one.v_window) + 1)[people]
        codes = np.full((len(days), int(lengths.max())), -1, np.int64)
        local = (slots - view.v_first[people[owner]]) * choices[owner] + flat[:, 3]
        codes[owner, np.arange(len(owner)) - begins[owner]] = local
        keys = np.bitwise_xor.reduceat(view.keys_of(np.maximum(slots, 0)), begins).tolist()
        cares = view.judge_all(people[here], codes[here], lengths[here]).tolist()
        for row, care in zip(np.flatnonzero(here).tolist(), cares, strict=True):
            if care > NOTHING:
                steps = slice(int(begins[row]), int(begins[row] + lengths[row]))
                self._keep(int(people[row]), keys[row], local[steps].tolist(), slots[steps].tolist(), round(care))
                places[used[row]] = self._known[int(people[row]), keys[row]]
        for row in np.flatnonzero(~here).tolist():
            self.add_day(days[row])
        self._enter()
        return places

    def add_alone(self, most: int) -> None:
        """Keep days of a single visit: for each unit those of the people whom it suits best.

        Without them a need that few of the day plans known visit has a price far above what it is worth.
        """
        view, one = self.view, self.instance
        ways = one.walking * (one.a_out + one.a_back).astype(float)[view.s_base]
        best = best_of_each(self.slot_unit, view.care - ways, len(self.unit_need), most)
        slots = best[best >= 0]
        people, length = view.s_volunteer[slots].astype(np.int64), np.ones(len(slots), np.int64)
        windows = np.diff(one.v_window)[people]
        begin = (slots - view.v_first[people]) * (windows + 1)
        cares, codes = np.full(len(slots), NOTHING), begin.copy()
        for window in range(1, int(windows.max(initial=0)) + 1):
            rows = np.flatnonzero(windows >= window)
            found = view.judge_all(people[rows], (begin[rows] + window)[:, None], length[rows])
            better = rows[found > cares[rows]]
            cares[better], codes[better] = found[found > cares[rows]], begin[better] + window
        for row in np.flatnonzero(cares > NOTHING).tolist():
            slot = int(slots[row])
            self._keep(int(people[row]), view.key_of([slot]), [int(codes[row])], [slot], round(float(cares[row])))
        self._enter()

    def day(self, column: int) -> Day:
        """A day plan as volunteer and steps."""
        volunteer = self.volunteers[column]
        return volunteer, self.view.steps(volunteer, self.codes[column])

    # --- prices -------------------------------------------------------------------------------------------------

    def price(self, seconds: float, *, roughly: bool = False) -> Prices:
        """The linear programme's value and prices (`roughly`: see `Linear`); OutOfTimeError if it takes longer."""
        found = self.programme.solve(seconds, roughly=roughly)
        self.value, self.worth_of_serving, self._much = found.value, found.serve, None
        of_unit = np.where(self.unit_two, 0.0, found.serve * self.unit_weight) - found.unit
        gain = of_unit[self.slot_unit]
        gain -= found.slot
        return Prices(found.value, gain, found.day, 0.0 if self.floor is None else found.serve, found.odd)

    def lay_odd_sets(self) -> int:
        """Lay the rows of odd sets that the last linear programme breaks; how many. Rings are found at corners only."""
        slack, much = self.programme.slack, self.much
        days = [
            (self.volunteers[column], self._singles(column), much[column])
            for column in np.flatnonzero((much > slack) & (much < 1.0 - slack)).tolist()
        ]
        new = self.odd_sets.add(broken_triples(days, ODD_SETS))
        if self.programme.corner:
            new += self.odd_sets.add(broken_rings(days, ODD_SETS))
        return new

    def _singles(self, column: int) -> list[int]:
        """The needs for one that a day plan visits."""
        slots = list(self.slots[column])
        return [int(need) for need in self.view.s_need[slots][~self.slot_two[slots]]]

    def uses(self, columns: Ints) -> Any:
        """How often each of these day plans uses two of each odd set: day plans x odd sets."""
        flat, lengths = _flattened([self.slots[column] for column in columns.tolist()])
        people, needs = np.array(self.volunteers, np.int64)[columns], self.view.s_need[flat].astype(np.int64)
        return self.odd_sets.uses(people, needs, np.repeat(np.arange(len(columns)), lengths))

    def bar(self, slots: Mask) -> None:
        """Nobody comes to these slots any more, and no day plan with one of them is taken."""
        self.barred |= slots
        flat, lengths = _flattened(self.slots)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        self.programme.bar(np.unique(owner[self.barred[flat]]).tolist())

    def for_two(self) -> Mask:
        """Which day plans have a visit for two."""
        found = np.zeros(len(self.volunteers), bool)
        found[self._in_two] = True
        return found

    def taken_in_part(self) -> Mask:
        """Which day plans the last linear programme takes, wholly or in part."""
        return self.much > self.programme.slack

    @property
    def much(self) -> Floats:
        """How much of each day plan the linear programme takes."""
        if self._much is None or len(self._much) < len(self.volunteers):
            self._much = self.programme.much()
        return self._much

    def fractional(self) -> float:
        """The share of the day plans taken by the last linear programme that it takes in part only."""
        taken = self.taken_in_part()
        return float((taken & (self.much < 1.0 - self.programme.slack)).sum() / max(1, taken.sum()))

    def reduced(self, prices: Prices) -> Floats:
        """What each day plan here is worth at these prices, less the price of the day: at most about 0."""
        flat, lengths = _flattened(self.slots)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        total = np.bincount(owner, prices.gain[flat], len(lengths)).astype(float)  # of nothing it counts whole numbers
        if self.floor is not None:
            total += np.array(self.cares, float)
        if len(prices.odd):
            using = self.uses(np.arange(len(lengths)))
            total -= using[:, : len(prices.odd)] @ prices.odd
        return total - prices.day[self.volunteers]

    def single(self, slots: Sequence[int]) -> float:
        """The priorities of the needs for one among these slots."""
        return float(self._unit_single[self.slot_unit[list(slots)]].sum())

    @cached_property
    def _unit_single(self) -> Floats:
        """By unit the priority of its need, 0 of needs for two."""
        return np.where(self.unit_two, 0.0, self.unit_weight)

    def worth(self, columns: Sequence[int]) -> int:
        """What a relaxed plan of these day plans would reach on this level."""
        if self.floor is None:
            return self._serve_of(columns)
        more = round(self.fold) * (self._serve_of(columns) - (self.floor or 0))
        return sum(self.cares[column] for column in columns) + more

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
        nodes: int | None = None, beaten: float = -float("inf"),
    ) -> tuple[list[int] | None, bool]:  # fmt: skip
        """The best set of the day plans here (or of those in `among`), and whether it is proven best among them.

        None if none was found. The volunteers in `kept` keep the day named there, or none. `nodes`: how much is tried
        at most, the same on every machine. `beaten`: what a set is to be better than; where the best of all serves too
        little, and what it lacks outweighs what it is worth more, it is proven that there is none.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        columns = np.arange(len(self.volunteers), dtype=np.int64) if among is None else among
        if not len(columns):
            return [], True
        rows = self.rows(columns)
        # The goal stays a sum of whole numbers: then the solver may stop one short of a bound, and cuts far better.
        cost = -rows.weight if self.floor is None else -rows.care
        if self.floor is not None and not self.serves_all:
            cost -= self.outweighing * rows.weight  # a row that sums all priorities would spoil the solver's cuts
        scale = max(1.0, abs(self.value) + self.outweighing * (self.floor or 0))
        options = {"time_limit": max(0.05, min(seconds, 1e6)), "mip_rel_gap": NEARLY_ONE / scale}
        options |= {} if nodes is None else {"node_limit": nodes}
        upper = rows.upper
        if kept is not None:
            upper[: len(columns)] *= [
                self.volunteers[column] not in kept or kept[self.volunteers[column]] == column
                for column in columns.tolist()
            ]
        solved = milp(
            cost, constraints=LinearConstraint(rows.matrix, rows.least, rows.most), integrality=np.ones(len(cost)),
            bounds=Bounds(np.zeros(len(cost)), upper), options=options,
        )  # fmt: skip
        if solved.x is None:
            return None, solved.status == 2
        taken = columns[solved.x[: len(columns)] > 0.5].tolist()
        short = 0 if self.floor is None else self.floor - self._serve_of(taken)
        if short > 0:  # what little is left over may find its place elsewhere
            none = solved.status == 0 and -solved.fun < beaten + self.outweighing * (self.floor or 0) + NO_MORE
            return (taken if self.fold and short < NEARLY * (self.floor or 0) else None), none
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

    def rows(self, columns: Ints) -> Rows:
        """The rows of the programme of these day plans as a matrix: first the days, then the units for two.

        Its last rows are those of the odd sets.
        """
        from scipy.sparse import coo_matrix

        volunteers, one = np.array(self.volunteers, np.int64)[columns], self.instance
        flat, lengths = _flattened([self.slots[column] for column in columns.tolist()])
        owner = np.repeat(np.arange(len(columns)), lengths)
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
        count = self._once(entries, unit_column, n_v + n_u, lows, highs)
        partners = self._partners(entries, unit_column, flat, owner, count, lows, highs)
        weight, care = np.zeros(width), np.zeros(width)
        of_flat = self.slot_unit[flat]
        np.add.at(weight, owner, np.where(self.unit_two[of_flat], 0.0, self.unit_weight[of_flat]))
        weight[unit_column[units]] = self.unit_weight[units]
        care[: len(columns)] = np.array(self.cares, float)[columns]
        if len(self.odd_sets):
            using = self.uses(columns).tocoo()
            entries.add(count + len(partners) + using.col, using.row, using.data)
        lows.append(np.full(len(self.odd_sets), -np.inf))
        highs.append(self.odd_sets.most)
        matrix = coo_matrix(entries.arrays(), shape=(count + len(partners) + len(self.odd_sets), width)).tocsr()
        upper = np.ones(width)
        upper[: len(columns)] = np.bincount(owner, self.barred[flat], len(columns)) == 0.0
        return Rows(matrix, np.concatenate(lows), np.concatenate(highs), upper, weight, care, partners)

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
    ) -> dict[Partner, int]:  # fmt: skip
        """At most one visit a person in a span, at most one trainee, and the person whom a lock names."""
        view, one = self.view, self.instance
        halves = one.half_locks
        row_of: dict[Partner, int] = {}

        def row(kind: str, unit: int, volunteer: int, sign: float) -> int:
            key = (kind, unit, volunteer)
            if key not in row_of:
                row_of[key] = rows + len(row_of)
                entries.add([row_of[key]], [int(unit_column[unit])], -sign)
            return row_of[key]

        for unit in np.flatnonzero(self.unit_two).tolist():
            if int(self.unit_need[unit]) in halves:
                row("named", unit, 0, -1.0)
        two = self.slot_two[flat]
        for slot, column in zip(flat[two].tolist(), owner[two].tolist(), strict=True):
            unit = int(self.slot_unit[slot])
            volunteer = int(view.s_volunteer[slot])
            entries.add([row("person", unit, volunteer, 1.0)], [column], 1.0)
            if one.v_trainee[volunteer]:
                entries.add([row("trainee", unit, 0, 1.0)], [column], 1.0)
            if halves.get(int(view.s_need[slot])) == volunteer:
                entries.add([row("named", unit, 0, -1.0)], [column], -1.0)
        lows.append(np.full(len(row_of), -np.inf))
        highs.append(np.zeros(len(row_of)))
        return row_of


def _flattened(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Rows one after the other, and how long each is."""
    return np.fromiter(chain.from_iterable(rows), np.int64), np.fromiter(map(len, rows), np.int64, len(rows))


def _rows_of(flat: Indices, lengths: Ints) -> list[list[int]]:
    """A flat array cut into lists of these lengths."""
    values = iter(flat.tolist())
    return [list(islice(values, length)) for length in lengths.tolist()]


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
