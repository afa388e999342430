"""Days that grow visit by visit: a first plan, and repairs of relaxed ones."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from matching.filling import fill
from matching.instance import Instance
from matching.kernels import NOTHING, judge_plans
from matching.swapping import move, swap
from matching.timing import Day, meeting_minutes, time_day
from matching.view import Floats, Step, View, open_view
from matching.ways import Ints

PIECES = 8  # equal parts of a window at whose ends a two-person need is tried
FEW_VISITS = 8  # of a day, up to which single visits are moved
MOVES, WORTH_A_ROUND = 3, 0.1  # rounds of moving visits at most; minutes a need that make another worth while
LOOK = 64  # needs for which room is made between two looks at the clock
SWAPS_IN_VAIN = 3  # rounds without a gain, after which visits make no more room
WIDEST = 40  # visits of one day that a draft can hold, unless a day that comes in holds more


class Draft:
    """Everybody's day, and the minutes at which two people meet."""

    def __init__(self, instance: Instance, days: Sequence[Day] = ()) -> None:
        self.instance = instance
        self.view: View = plain_view(instance)
        longest = max((len(steps) for _, steps in days), default=0)
        width = max(longest, min(WIDEST, int(instance.v_most_tasks.max(initial=0))), 1)
        self.codes = np.zeros((instance.n_volunteers, width), np.int64)
        self.lengths = np.zeros(instance.n_volunteers, np.int64)
        self.values = np.zeros(instance.n_volunteers)
        self.served = np.zeros(instance.n_needs, bool)
        self.starts = np.full(instance.n_needs, -1, np.int64)
        self.low, self.high = self.view.s_low.copy(), self.view.s_high.copy()

    def pin(self, need: int, start: int) -> None:
        """Let this need start at one minute only."""
        arcs = self.instance.arcs_to(need)
        self.low[arcs], self.high[arcs] = start, start

    def unpin(self, need: int) -> None:
        """Let it start in its whole window again."""
        arcs = self.instance.arcs_to(need)
        self.low[arcs], self.high[arcs] = self.view.s_low[arcs], self.view.s_high[arcs]

    def take(self, days: Sequence[Day], starts: Mapping[int, int]) -> None:
        """Begin with these days, less the ones that cannot be walked with these meeting minutes."""
        one = self.instance
        for need, start in starts.items():
            self.pin(need, start)
        walkable: list[Day] = []
        while days != walkable:
            good = self.judged(days) > NOTHING
            walkable = [day for day, fine in zip(days, good.tolist(), strict=True) if fine]
            visits = Counter(int(one.a_need[arc]) for _, steps in walkable for arc, _, _ in steps)
            days = without(one, walkable, {need for need, count in visits.items() if count != one.n_people[need]})
        people = np.array([day[0] for day in days], np.int64)
        if len(people):
            codes, lengths = self.coded(days)
            self.codes[people, : codes.shape[1]] = codes
            self.lengths[people] = lengths
            self.values[people] = self.judged(days)
        visited = {int(one.a_need[arc]) for _, steps in days for arc, _, _ in steps}
        self.served[list(visited)] = True
        for need, start in starts.items():
            if need in visited:
                self.starts[need] = start
            else:
                self.unpin(need)

    def coded(self, days: Sequence[Day]) -> tuple[Ints, Ints]:
        """Days as codes of the kernels, one a row, and their lengths."""
        one = self.instance
        lengths = np.array([len(steps) for _, steps in days], np.int64)
        codes = np.zeros((len(days), max(1, int(lengths.max(initial=0)))), np.int64)
        people = np.array([v for v, _ in days], np.int64)
        flat = np.array([(arc, q) for _, steps in days for arc, _, q in steps], np.int64).reshape(-1, 2)
        owner = np.repeat(np.arange(len(days)), lengths)
        choices = (np.diff(one.v_window) + 1)[people] if len(days) else np.zeros(0, np.int64)
        at = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        codes[owner, at] = (flat[:, 0] - one.v_first[people][owner]) * choices[owner] + flat[:, 1]
        return codes, lengths

    def judged(self, days: Sequence[Day]) -> Floats:
        """The care of days within the pins; NOTHING or less for those that cannot be walked."""
        if not days:
            return np.zeros(0)
        codes, lengths = self.coded(days)
        return np.asarray(judge_plans(np.array([v for v, _ in days], np.int64), codes, lengths, *self.fixed))

    def fill(self, order: Sequence[int] | Ints | None = None, open_arcs: Any = None) -> None:
        """Place what is not served, in this order (locked first, then by priority), by the arcs that are open."""
        one = self.instance
        if order is None:
            order = np.lexsort((np.arange(one.n_needs), -one.n_priority, ~one.n_locked))
        arcs, first = one.by_need
        locked = np.zeros(one.n_arcs, np.int64)
        locked[list(one.locked_arcs)] = 1
        fill(
            np.asarray(order, np.int64), first, arcs, np.ones(one.n_arcs, bool) if open_arcs is None else open_arcs,
            self.codes, self.lengths, self.values, self.served, self.starts, PIECES, one.n_people, locked,
            one.a_volunteer, one.v_trainee, self.view.s_low, self.view.s_high, *self.fixed,
        )  # fmt: skip

    def finish(self, *, tidy: bool = True, until: float = float("inf")) -> None:
        """Place what else fits, make room for what does not, and bring visits to those whom they suit best.

        until: on the monotonic clock, when no more room is made.
        """
        self.fill()
        if self.short and not self.served.all():
            before = self.codes.copy(), self.lengths.copy(), self.values.copy(), self.served.copy()
            if self.swap(until):
                self.fill()
            else:  # others are left over for it, no fewer: as it was
                self.codes, self.lengths, self.values, self.served = before
        if tidy:
            self.tidy()

    def swap(self, until: float = float("inf")) -> int:
        """Place what is not served where a visit can make room for it, round by round; the priorities gained.

        Until then on the monotonic clock: where everybody may come to everything, a round can take minutes.
        """
        one = self.instance
        arcs, first = one.by_need
        order = np.lexsort((np.arange(one.n_needs), -one.n_priority))
        movable = (one.n_people == 1) & ~one.n_locked
        dice, vain, total = np.random.default_rng(1), 0, 0
        while vain < SWAPS_IN_VAIN:
            lot, gained = dice.integers(0, 1 << 30, one.n_arcs), 0
            for begin in range(0, len(order), LOOK):
                if time.monotonic() > until:
                    return total + gained
                gained += int(swap(
                    order[begin : begin + LOOK], first, arcs, self.codes, self.lengths, self.values, self.served,
                    movable, one.n_priority, lot, one.a_need, one.a_volunteer, *self.fixed,
                ))  # fmt: skip
            vain, total = 0 if gained else vain + 1, total + gained
        return total

    def tidy(self) -> None:
        """Move visits to whom they suit best, until a round brings little."""
        for _ in range(MOVES):
            if not self.short or self.move() < WORTH_A_ROUND * self.instance.n_needs:
                return

    def move(self) -> float:
        """Move each visit to where care gains most; the care gained."""
        one = self.instance
        arcs, first = one.by_need
        arc_of = np.full(one.n_needs, -1, np.int64)
        taken = np.arange(self.codes.shape[1]) < self.lengths[:, None]
        local = self.codes // (np.diff(one.v_window) + 1)[:, None]
        visits = (one.v_first[:-1, None] + local)[taken]
        arc_of[one.a_need[visits]] = visits
        return float(move(
            np.lexsort((np.arange(one.n_needs), -one.n_priority)), first, arcs, self.codes, self.lengths, self.values,
            (one.n_people == 1) & ~one.n_locked, arc_of, one.a_need, one.a_volunteer, *self.fixed,
        ))  # fmt: skip

    @property
    def short(self) -> bool:
        """Nobody's day is so long that trying each visit elsewhere would take its time."""
        return int(self.lengths.max(initial=0)) <= FEW_VISITS

    @property
    def fixed(self) -> tuple[Any, ...]:
        """What the kernels need besides a day."""
        view = self.view
        return view.care, self.low, self.high, *view._fixed, view.legs, *view._people(), *view.costs(True)

    @property
    def days(self) -> list[Day]:
        """Everybody's day who has one."""
        people = np.flatnonzero(self.lengths)
        rows, lengths = self.codes[people].tolist(), self.lengths[people].tolist()
        return [(v, self.view.steps(v, row[:n])) for v, row, n in zip(people.tolist(), rows, lengths, strict=True)]

    @property
    def meetings(self) -> dict[int, int]:
        """The minute at which two people meet, by need."""
        return {int(need): int(self.starts[need]) for need in np.flatnonzero(self.starts >= 0)}


def plain_view(instance: Instance) -> View:
    """The view of an instance with nothing cut, made once."""
    if "plain_view" not in instance.__dict__:
        instance.__dict__["plain_view"] = open_view(instance)
    view: View = instance.__dict__["plain_view"]
    return view


def greedy_days(instance: Instance) -> tuple[list[Day], dict[int, int]]:
    """Days and meeting minutes; a two-person need is pinned where its two cheapest people can both start."""
    draft = Draft(instance)
    draft.fill()
    return draft.days, draft.meetings


def first_days(instance: Instance, until: float = float("inf")) -> tuple[list[Day], dict[int, int]]:
    """The same, made better visit by visit, until then on the monotonic clock."""
    draft = Draft(instance)
    draft.finish(until=until)
    return draft.days, draft.meetings


def repaired(instance: Instance, days: Sequence[Day]) -> tuple[list[Day], dict[int, int]]:
    """Days in which two people may fail to meet, made walkable: what clashes is dropped, what is left over placed."""
    starts = meeting_minutes(instance, days)
    if starts is None:
        starts, apart = {}, set[int]()
        for group in _linked(instance, days):
            met, failed = _met(instance, group)
            starts.update(met)
            apart |= failed
        days = without(instance, days, apart)
    draft = Draft(instance, days)
    draft.take(days, starts)
    draft.fill()
    draft.tidy()
    return draft.days, draft.meetings


def _met(instance: Instance, days: Sequence[Day]) -> tuple[dict[int, int], set[int]]:
    """When people meet in days that are linked with each other, and the needs that have to be dropped for it."""
    failed: set[int] = set()
    for drop in (set[int](), disagreeing(instance, days), set(np.flatnonzero(instance.n_people == 2).tolist())):
        failed |= drop
        starts = meeting_minutes(instance, without(instance, days, failed))
        if starts is not None:
            break
    visited = {int(instance.a_need[arc]) for _, steps in days for arc, _, _ in steps}
    return starts or {}, failed & visited


def _linked(instance: Instance, days: Sequence[Day]) -> list[list[Day]]:
    """The days with two-person needs in groups that meet nobody outside."""
    group_of: dict[int, list[Day]] = {}  # by need
    for day in days:
        needs = [int(need) for need in instance.a_need[[arc for arc, _, _ in day[1]]] if instance.n_people[need] == 2]
        groups = {id(group_of[need]): group_of[need] for need in needs if need in group_of}
        merged = [other for group in groups.values() for other in group] + [day]
        for _, steps in merged:
            for need in instance.a_need[[arc for arc, _, _ in steps]].tolist():
                if needs and instance.n_people[need] == 2:
                    group_of[need] = merged
    return list({id(group): group for group in group_of.values()}.values())


def disagreeing(instance: Instance, days: Sequence[Day]) -> set[int]:
    """The two-person needs whose two people would start at different minutes, each walking for herself."""
    minutes: dict[int, set[int]] = {}
    for day in days:
        needs = [int(instance.a_need[arc]) for arc, _, _ in day[1]]
        if not any(instance.n_people[need] == 2 for need in needs):
            continue
        index = {instance.problem.needs[need].id: need for need in needs}
        for walk in time_day(instance, day):
            for visit in walk.visits:
                minutes.setdefault(index[visit.need], set()).add(visit.start)
    return {need for need, starts in minutes.items() if instance.n_people[need] == 2 and len(starts) > 1}


def without(instance: Instance, days: Sequence[Day], needs: Collection[int]) -> list[Day]:
    """The days less the visits to these needs; a round whose first visit goes begins with its next."""
    if not needs:
        return list(days)
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
