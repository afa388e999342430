"""Long rounds (ten and more stops): a compiled large neighbourhood search where listing day plans is hopeless.

Every step takes some visits out of a few rounds and puts absent needs back in a random order, each at its cheapest
place; an annealing decides whether to keep the result. The ruin follows the strings of Christiaens and Vanden Berghe
(2020); the order mostly weighs a need's priority against its time. The rules hold at every step: visits are only put
where eligibility (there is an arc), windows, limits and the way home allow. Two-person needs and locked needs stay
with whom they are, the former at their minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from matching import longkernels as kernels
from matching.assembling import NOBODY, Served, true_values
from matching.instance import Instance
from matching.longkernels import Draft, Floats, Ground, Indices, Ints, Memory
from matching.parts import cut_out
from matching.problem import Window
from matching.timing import Day, free_window, split_rounds, time_day
from matching.view import Step, open_view

CHAINS = 2  # searches side by side, whatever the workers: the plan must not depend on those
NEAR = 60  # needs around each one from which visits are taken
WORK = 200_000  # steps of one round of the search times needs: some tenths of a second
MOST_STEPS = 2_000
FIRST_CYCLE = 20  # rounds from hot to cold; each further cycle takes half as many again
LONGER = 1.5
HOT, COLD, COLDEST = 0.8, 0.016, 0.0016  # temperatures in mean priorities; the last where care weighs anything
MOST = 8  # visits taken out of one round at a time
BLINK = 0.01  # of the places are overlooked
WORTH = 100.0  # minutes of care for a unit of priority while searching, and at least
LONGEST = 500  # visits in one round at most

HOPELESS = 1.0e6  # possible rounds of one person, from which on listing them is hopeless
STOPS = 3.0  # in a round made at random, from which on rounds are long: good ones have twice as many
CAP = 1.0e8  # one person counts at most as so many
ASKED, DIVES = 100, 20  # people looked at to tell, and dives for each of their windows


@dataclass(frozen=True)
class _Slot:
    """A person's free window (q - 1), or the part of it in which one of her rounds lies now."""

    volunteer: int
    q: int
    begin: int
    until: int
    arcs: tuple[int, ...] = ()


def is_long(instance: Instance) -> bool:
    """Whether people can make so many different rounds that listing them is hopeless, judged on some of them."""
    everybody = np.flatnonzero(np.diff(instance.v_first) > 0)
    asked = everybody[np.unique(np.linspace(0, len(everybody) - 1, ASKED).astype(np.int64))] if len(everybody) else ()
    if np.sum([_most_rounds(instance, volunteer) for volunteer in asked]) <= HOPELESS * len(asked):
        return False
    part = cut_out(instance, NOBODY, np.asarray(asked, np.int64), np.arange(instance.n_needs)).instance
    slots = [slot for volunteer in range(part.n_volunteers) for slot in _slots_of(part, volunteer, {})]
    ground = _ground(part, slots, {}, np.full((1, 1), -1, np.int64))
    used = np.zeros(int(np.diff(part.v_first).max()), np.bool_)
    dice = _dice(1, 0)
    found = np.array(
        [
            np.mean([kernels.dive(ground, row, dice, used, part.metric) for _ in range(DIVES)], axis=0)
            for row in range(len(slots))
        ]
    )
    many = np.minimum(found[:, 0], CAP).sum() > HOPELESS * len(asked)
    return bool(many and found[:, 1].mean() > STOPS)


def _most_rounds(instance: Instance, volunteer: int) -> float:
    """How many rounds she could make if only her limits and the minutes of service counted."""
    arcs = slice(int(instance.v_first[volunteer]), int(instance.v_first[volunteer + 1]))
    windows = slice(int(instance.v_window[volunteer]), int(instance.v_window[volunteer + 1]))
    free = int((instance.window_until[windows] - instance.window_from[windows]).sum())
    shortest = np.cumsum(np.sort(instance.a_duration[arcs]))
    most = int(np.searchsorted(shortest, min(free, int(instance.v_most_minutes[volunteer])), side="right"))
    most = min(most, int(instance.v_most_tasks[volunteer]))
    choices = np.arange(len(shortest), len(shortest) - most, -1, dtype=float)
    with np.errstate(over="ignore"):
        return min(CAP, float(np.cumprod(choices).sum()))


def improve(instance: Instance, served: Served, *, deadline: float, seed: int, rounds: int, workers: int = 1) -> Served:
    """A plan at least as good as `served`, on the first level and then on the second.

    deadline: on the clock of time.monotonic; looked at between rounds, which take some tenths of a second.
    rounds: most rounds of the search. The same seed and rounds give the same plan, unless the deadline came first.
    """
    slots = _slots(instance, served)
    if not slots or not instance.n_arcs:
        return served
    ground = _ground(instance, slots, served.starts, _near(instance))
    if not (ground.need[:-1, kernels.ARCS] < ground.need[1:, kernels.ARCS]).any():
        return served
    chains = [_Chain(instance, ground, slots, _dice(seed, k)) for k in range(CHAINS)]
    with ThreadPoolExecutor(max(1, min(workers, CHAINS))) as threads:
        _search(instance, chains, threads, deadline, rounds)
    best = max(chains, key=lambda chain: tuple(chain.best))
    days = _with_rests(instance, _days(instance, slots, best), served.starts)
    found = true_values(instance, days, served.starts)
    return found if found.values > served.values and found.keeps(instance) else served


@cache
def load() -> None:
    """Compile the loops where no cache holds them yet, once a process."""
    from matching.instance import build_instance
    from matching.longbounds import serve_bound
    from matching.problem import Need, Problem, Volunteer

    needs = tuple(Need(name, (30.0, 111.0), (0, 100), 5) for name in "abcdefghijkl")  # enough to look long
    instance = build_instance(Problem(needs, (Volunteer("v", (30.0, 111.0), ((0, 200),)),)))
    is_long(instance)
    nobody = Served([], {}, frozenset(), 0, 0)
    improve(instance, nobody, deadline=float("inf"), seed=1, rounds=FIRST_CYCLE)
    serve_bound(instance, nobody, deadline=float("inf"), rounds=1)


def _search(
    instance: Instance, chains: list[_Chain], threads: ThreadPoolExecutor, deadline: float, rounds: int
) -> None:
    """Cycles of cooling, each longer than the one before; every chain begins the next one with the best of all."""
    mean = float(instance.n_priority.mean()) * float(chains[0].ground.weight[kernels.PRIZE])
    plain = not (instance.walking or instance.waiting or instance.kth_cost.any() or instance.a_care.any())
    hot, cold = HOT * mean, (COLD if plain else COLDEST) * mean
    steps = max(20, min(MOST_STEPS, WORK // instance.n_needs))
    at, cycle = 0, FIRST_CYCLE
    for _ in range(rounds):
        if time.monotonic() > deadline:
            return
        warm, cool = (hot * (cold / hot) ** (part / cycle) for part in (at, at + 1))
        list(threads.map(partial(_Chain.run, steps=steps, warm=warm, cool=cool), chains))
        at += 1
        if at == cycle:
            at, cycle = 0, int(cycle * LONGER)
            best = max(chains, key=lambda chain: tuple(chain.best))
            for chain in chains:
                chain.begin_from(best)


class _Chain:
    """One search: its rounds as they stand, and the best it has seen."""

    def __init__(self, instance: Instance, ground: Ground, slots: list[_Slot], dice: Ints) -> None:
        self.ground, self.dice = ground, dice
        self.draft = _draft(instance, ground, slots)
        self.memory = _memory(self.draft)
        serve, care, _ = kernels.worth(ground, self.draft)
        self.best: Floats = np.array([serve, care], float)
        self.visits: Ints = self.draft.visit[:, :, kernels.ARC].copy()
        self.size: Ints = self.draft.round[:, kernels.SIZE].copy()

    def run(self, steps: int, warm: float, cool: float) -> None:
        """So many steps."""
        kernels.anneal(
            self.ground, self.draft, self.memory, self.dice, steps, warm, cool, MOST, BLINK, self.visits, self.size,
            self.best,
        )  # fmt: skip

    def begin_from(self, other: _Chain) -> None:
        """Take over the best plan of another chain, or the own one."""
        self.best[:], self.size[:], self.visits[:, :] = other.best, other.size, other.visits
        kernels.refill(self.ground, self.draft, self.visits, self.size)


def _dice(seed: int, chain: int) -> Ints:
    return np.random.default_rng([seed % 2**32, chain]).integers(1, 2_000_000_000, size=2).astype(np.int64)


def _slots(instance: Instance, served: Served) -> list[_Slot]:
    """Everybody's slots in order; a window in which somebody makes several rounds now is divided where they end."""
    walked: dict[tuple[int, int], list[tuple[tuple[int, ...], int]]] = {}
    for day in served.days:
        for steps, walk in zip(split_rounds(day[1]), time_day(instance, day, served.starts), strict=True):
            walked.setdefault((day[0], steps[0][2]), []).append((tuple(arc for arc, _, _ in steps), walk.back))
    return [slot for volunteer in range(instance.n_volunteers) for slot in _slots_of(instance, volunteer, walked)]


def _slots_of(
    instance: Instance, volunteer: int, walked: Mapping[tuple[int, int], Sequence[tuple[tuple[int, ...], int]]]
) -> Iterator[_Slot]:
    for q in range(1, int(instance.v_window[volunteer + 1] - instance.v_window[volunteer]) + 1):
        begin, until = free_window(instance, volunteer, q)
        rounds = walked.get((volunteer, q)) or [((), until)]
        for k, (arcs, back) in enumerate(rounds, 1):
            end = until if k == len(rounds) else back
            yield _Slot(int(volunteer), q, begin, end, arcs)
            begin = end


def _ground(instance: Instance, slots: list[_Slot], starts: dict[int, int], near: Ints) -> Ground:
    one = instance
    low, high = one.a_low.copy(), one.a_high.copy()
    for need, start in starts.items():
        low[one.arcs_to(need)] = high[one.arcs_to(need)] = start
    order, first = one.by_need
    stays = one.n_locked | (one.n_people == 2)
    slot_of = np.searchsorted([slot.volunteer for slot in slots], np.arange(one.n_volunteers + 1))
    by_count = np.concatenate([[0.0], np.cumsum(one.kth_cost)])
    prize = max(WORTH, 2.0 * float(np.abs(one.a_care).max(initial=0)))
    return Ground(
        arc=_table(
            one.a_need, one.a_volunteer, low, high, one.a_duration, one.a_out, one.a_back, one.a_remote, one.a_care
        ),
        person=_table(
            one.v_first, one.v_placed, one.v_leg, one.v_home_end, one.v_most_tasks, one.v_most_minutes, slot_of
        ),
        need=_table(one.n_priority, first, stays),
        slot=np.array([(slot.volunteer, slot.begin, slot.until) for slot in slots], np.int64),
        of_need=order,
        near=near,
        legs=one.legs,
        kth=by_count,
        weight=np.array([one.walking, one.waiting, prize], float),
    )


def _table(*columns: Indices | Ints | NDArray[np.bool_]) -> Ints:
    """Columns side by side, the shorter ones filled up with 0."""
    table = np.zeros((max(map(len, columns)), len(columns)), np.int64)
    for index, column in enumerate(columns):
        table[: len(column), index] = column
    return table


def _near(instance: Instance) -> Ints:
    """For each need itself and the nearest others, by the minutes of whoever may go from one to the other."""
    near = np.full((instance.n_needs, NEAR), -1, np.int64)
    near[:, 0] = np.arange(instance.n_needs)
    minutes = np.full((instance.n_needs, NEAR), kernels.FAR, np.int64)
    for volunteer in range(instance.n_volunteers):
        side, first, square = (int(x[volunteer]) for x in (instance.v_placed, instance.v_first, instance.v_leg))
        legs = instance.legs[square : square + side * side].reshape(side, side)
        kernels.nearest(instance.a_need[first : first + side], legs, near, minutes)
    return near


def _draft(instance: Instance, ground: Ground, slots: list[_Slot]) -> Draft:
    most = np.minimum(np.diff(instance.v_first), instance.v_most_tasks)
    width = max(1, min(int(most.max(initial=0)), LONGEST), *(len(slot.arcs) for slot in slots))
    may = (ground.need[:-1, kernels.ARCS] < ground.need[1:, kernels.ARCS]) & (ground.need[:-1, kernels.FIXED] == 0)
    draft = Draft(
        visit=np.zeros((len(slots), width, 5), np.int64),
        round=np.zeros((len(slots), 2), np.int64),
        care=np.zeros(len(slots)),
        load=np.zeros((instance.n_volunteers, 2), np.int64),
        at=np.where(may, -1, -2),
    )
    for row, slot in enumerate(slots):
        for position, arc in enumerate(slot.arcs):
            kernels.put(ground, draft, row, position, arc)
        if not kernels.retime(ground, draft, row):
            raise AssertionError("The rounds of the plan that stands can be walked.")
    return draft


def _memory(draft: Draft) -> Memory:
    slots, width, needs = *draft.visit.shape[:2], len(draft.at)
    return Memory(
        visits=np.zeros((slots, width), np.int64),
        size=np.zeros(slots, np.int64),
        held=np.zeros(slots, np.int64),
        held_in=np.zeros(slots, np.int64),
        gone_in=np.zeros(needs, np.int64),
        absent=np.zeros(needs, np.int64),
        keys=np.zeros(needs),
        tally=np.zeros(2, np.int64),
    )


def _days(instance: Instance, slots: list[_Slot], chain: _Chain) -> list[Day]:
    days: dict[int, list[Step]] = {}
    for row, slot in enumerate(slots):
        for position, arc in enumerate(chain.visits[row, : chain.size[row]].tolist()):
            span = (int(instance.a_low[arc]), int(instance.a_high[arc]))
            days.setdefault(slot.volunteer, []).append((arc, span, 0 if position else slot.q))
    return [(volunteer, tuple(steps)) for volunteer, steps in days.items()]


def _with_rests(instance: Instance, days: list[Day], starts: dict[int, int]) -> list[Day]:
    """The days with going home between two visits of a round wherever that is worth more care than waiting outside."""
    view = open_view(instance, {need: ((start, start),) for need, start in starts.items()})
    rested = []
    for volunteer, steps in days:
        pinned = [(arc, _pin(instance, arc, span, starts), q) for arc, span, q in steps]
        best, window = view.care_of(volunteer, pinned), 0
        for position, (arc, span, q) in enumerate(pinned):
            window = q or window
            trial = [*pinned[:position], (arc, span, window), *pinned[position + 1 :]]
            care = view.care_of(volunteer, trial) if q == 0 else None
            if care is not None and best is not None and care > best:
                best, pinned = care, trial
        rested.append((volunteer, tuple((*old[:2], new[2]) for old, new in zip(steps, pinned, strict=True))))
    return rested


def _pin(instance: Instance, arc: int, span: Window, starts: dict[int, int]) -> Window:
    start = starts.get(int(instance.a_need[arc]))
    return span if start is None else (start, start)
