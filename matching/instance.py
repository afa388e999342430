"""The problem as flat arrays: one arc for each volunteer and need that may come together, sorted by volunteer."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.candidates import THREADS, Candidates, find_candidates
from matching.caring import PairCare
from matching.pairing import least_legs, squares
from matching.problem import Matrix, Need, Problem, Volunteer
from matching.ways import Indices, Ints, Ways

UNLIMITED = 1 << 40
A_LOT = 1_000_000  # legs, from which on two threads are worth their start

Legs = NDArray[np.int32]


@dataclass(frozen=True)
class Instance:
    """What the pricing kernel and the masters read. `a_*` is by arc, `v_*` by volunteer, `n_*` by need."""

    problem: Problem
    candidates: Candidates
    a_need: Indices
    a_volunteer: Indices
    a_low: Indices  # start window, narrowed by a lock's start
    a_high: Indices
    a_duration: Indices
    a_out: Indices
    a_back: Indices
    a_remote: NDArray[np.bool_]
    a_care: Ints  # everything of care but legs, waiting and the k-th task
    v_first: Ints  # her arcs are v_first[v]:v_first[v + 1], those with a place before the remote ones
    v_placed: Ints  # how many of them have a place
    v_leg: Ints  # where the square of legs between them starts
    v_window: Ints  # her free windows are v_window[v]:v_window[v + 1]
    window_from: Ints
    window_until: Ints
    v_one_round: NDArray[np.bool_]
    v_home_end: Ints
    v_most_tasks: Ints
    v_most_minutes: Ints
    v_trainee: NDArray[np.bool_]
    n_priority: Ints
    n_people: Ints
    n_locked: NDArray[np.bool_]
    locked_arcs: frozenset[int]
    kth_cost: NDArray[np.float64]
    walking: int
    waiting: int
    metric: bool
    ways: Ways

    @cached_property
    def legs(self) -> Legs:
        """For each volunteer the square of the minutes between each two of her placed arcs, flattened."""
        out = np.empty(int(self.v_leg[-1]), np.int32)
        places = self.ways.places

        def fill(volunteers: Ints) -> None:
            squares(volunteers, self.v_first, self.v_placed, self.v_leg, self.a_need, *places, out)

        shares = np.array_split(np.arange(self.n_volunteers, dtype=np.int64), 2 * THREADS)
        if len(out) > A_LOT:
            with ThreadPoolExecutor(THREADS) as threads:
                list(threads.map(fill, shares))
        else:
            fill(np.arange(self.n_volunteers, dtype=np.int64))
        return out

    @cached_property
    def a_least(self) -> Indices:
        """The least minutes in which each arc's volunteer can come to it, from home or from another of hers."""
        out = np.zeros(self.n_arcs, np.int32)
        least_legs(self.v_first, self.v_placed, self.v_leg, self.a_out, self.legs, out)
        return out

    @cached_property
    def half_locks(self) -> dict[int, int]:
        """Two-person needs of which a lock names one person, and that person."""
        named: dict[int, set[int]] = {}
        for arc in self.locked_arcs:
            named.setdefault(int(self.a_need[arc]), set()).add(int(self.a_volunteer[arc]))
        return {need: min(people) for need, people in named.items() if len(people) == 1 and self.n_people[need] == 2}

    @cached_property
    def by_need(self) -> tuple[Indices, Ints]:
        """The arcs in order of their needs, and where each need's begin."""
        order = np.argsort(self.a_need, kind="stable").astype(np.int32)
        return order, np.searchsorted(self.a_need[order], np.arange(self.n_needs + 1)).astype(np.int64)

    def arcs_to(self, need: int) -> Indices:
        """The arcs of one need."""
        order, first = self.by_need
        return order[first[need] : first[need + 1]]

    @property
    def n_arcs(self) -> int:
        """How many pairs may come together."""
        return len(self.a_need)

    @property
    def n_needs(self) -> int:
        """How many needs there are."""
        return len(self.n_priority)

    @property
    def n_volunteers(self) -> int:
        """How many volunteers there are."""
        return len(self.v_first) - 1

    def arcs_of(self, volunteer: int) -> range:
        """The arcs of one volunteer."""
        return range(int(self.v_first[volunteer]), int(self.v_first[volunteer + 1]))


def build_instance(problem: Problem) -> Instance:
    """The arrays of a problem."""
    ways = Ways(problem)
    care = PairCare(problem)
    candidates = find_candidates(problem, ways, care)
    needs, volunteers = problem.needs, problem.volunteers
    a_need, a_volunteer = _arcs(problem, candidates, ways)
    low, high = _start_windows(problem)
    v_first = np.searchsorted(a_volunteer, np.arange(len(volunteers) + 1)).astype(np.int64)
    placed = np.bincount(a_volunteer[~ways.remote[a_need]], minlength=len(volunteers)).astype(np.int64)
    counts = np.diff(v_first)
    people = candidates.pairs.people
    goals = problem.goals
    return Instance(
        problem=problem,
        candidates=candidates,
        a_need=a_need.astype(np.int32),
        a_volunteer=a_volunteer.astype(np.int32),
        a_low=low.astype(np.int32)[a_need],
        a_high=high.astype(np.int32)[a_need],
        a_duration=candidates.pairs.duration.astype(np.int32)[a_need],
        a_out=ways.out(a_volunteer, a_need).astype(np.int32),
        a_back=ways.back(a_volunteer, a_need).astype(np.int32),
        a_remote=ways.remote[a_need],
        a_care=care(a_need, a_volunteer),
        v_first=v_first,
        v_placed=placed,
        v_leg=np.concatenate([[0], np.cumsum(placed**2)]).astype(np.int64),
        v_window=people.windows,
        window_from=people.free_from,
        window_until=people.free_until,
        v_one_round=~people.returning,
        v_home_end=candidates.pairs.home_end,
        v_most_tasks=np.minimum(_limits(v.max_tasks for v in volunteers), counts),
        v_most_minutes=_limits(v.max_service_min for v in volunteers),
        v_trainee=np.array([v.trainee for v in volunteers], dtype=bool),
        n_priority=_ints(need.priority for need in needs),
        n_people=_ints(need.volunteers for need in needs),
        n_locked=np.array([need.id in problem.lock_by_need for need in needs], dtype=bool),
        locked_arcs=_locked_arcs(problem, a_need, a_volunteer),
        kth_cost=np.array([goals.kth_cost(k) for k in range(1, int(counts.max(initial=0)) + 2)], dtype=float),
        walking=goals.walking_minute,
        waiting=goals.waiting_minute,
        metric=not isinstance(problem.travel, Matrix),
        ways=ways,
    )


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _limits(values: Iterable[int | None]) -> Ints:
    return _ints(UNLIMITED if value is None else value for value in values)


def _arcs(problem: Problem, candidates: Candidates, ways: Ways) -> tuple[Ints, Ints]:
    """The pairs left by every rule and allowed by the locks, by volunteer, those with a place first, then by need."""
    row = {volunteer.id: index for index, volunteer in enumerate(problem.volunteers)}
    a_need = np.repeat(np.arange(len(problem.needs)), np.diff(candidates.first)).astype(np.int64)
    a_volunteer = candidates.volunteer
    kept = np.ones(len(a_need), bool)
    for index, need in enumerate(problem.needs) if problem.locked else ():
        lock = problem.lock_by_need.get(need.id)
        if lock is not None and len(lock.volunteers) == need.volunteers:
            span = slice(int(candidates.first[index]), int(candidates.first[index + 1]))
            kept[span] = np.isin(a_volunteer[span], [row[name] for name in lock.volunteers])
    a_need, a_volunteer = a_need[kept], a_volunteer[kept]
    order = np.lexsort((a_need, ways.remote[a_need], a_volunteer))
    return a_need[order], a_volunteer[order]


def _start_windows(problem: Problem) -> tuple[Ints, Ints]:
    starts = {need_id: lock.start for need_id, lock in problem.lock_by_need.items() if lock.start is not None}
    low = _ints(starts.get(need.id, need.start_window[0]) for need in problem.needs)
    high = _ints(starts.get(need.id, need.start_window[1]) for need in problem.needs)
    return low, high


def _locked_arcs(problem: Problem, a_need: Ints, a_volunteer: Ints) -> frozenset[int]:
    """The arcs that a lock names."""
    if not problem.locked:
        return frozenset()
    order = {need.id: index for index, need in enumerate(problem.needs)}
    row = {volunteer.id: index for index, volunteer in enumerate(problem.volunteers)}
    wanted = [order[lock.need] * len(row) + row[name] for lock in problem.locked for name in lock.volunteers]
    return frozenset(np.flatnonzero(np.isin(a_need * len(row) + a_volunteer, wanted)).tolist())


def pair_care(problem: Problem, need: Need, volunteer: Volunteer) -> dict[str, int]:
    """The parts of care that do not depend on the round: familiar face, wishes met, pair score, lately served."""
    goals, pair = problem.goals, problem.pair_by_ids.get((need.id, volunteer.id))
    gender, language = need.gender, need.language
    asked = 0 if volunteer.asked_days_ago is None else max(0, 3 - volunteer.asked_days_ago)
    return {
        "regular": goals.regular if volunteer.id in need.regular else 0,
        "gender": goals.gender if gender and not gender.required and volunteer.gender == gender.value else 0,
        "language": goals.language
        if language and not language.required and language.value in volunteer.languages
        else 0,
        "pair": pair.score if pair else 0,
        "fairness": -goals.served_hour_30d * (volunteer.served_30d_min // 60) - goals.asked_recently * asked,
    }
