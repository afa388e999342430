"""The problem as flat arrays: one arc for each volunteer and need that may come together, sorted by volunteer."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.candidates import Candidates, find_candidates
from matching.problem import Matrix, Need, Problem, Volunteer
from matching.ways import Ints, Ways

UNLIMITED = 1 << 40


@dataclass(frozen=True)
class Instance:
    """What the pricing kernel and the masters read. `a_*` is by arc, `v_*` by volunteer, `n_*` by need."""

    problem: Problem
    candidates: Candidates
    a_need: Ints
    a_volunteer: Ints
    a_low: Ints  # start window, narrowed by a lock's start
    a_high: Ints
    a_duration: Ints
    a_out: Ints
    a_back: Ints
    a_remote: NDArray[np.bool_]
    a_care: Ints  # everything of care but legs, waiting and the k-th task
    legs: Ints  # for each volunteer the square of her arcs, flattened
    v_first: Ints  # her arcs are v_first[v]:v_first[v + 1]
    v_leg: Ints  # her square starts here
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
    candidates = find_candidates(problem, ways)
    a_need, a_volunteer = _arcs(problem, candidates)
    needs, volunteers = problem.needs, problem.volunteers
    low, high = _start_windows(problem)
    v_first = np.searchsorted(a_volunteer, np.arange(len(volunteers) + 1)).astype(np.int64)
    counts = np.diff(v_first)
    windows = [window for volunteer in volunteers for window in volunteer.free]
    everyone = np.arange(len(volunteers))
    goals = problem.goals
    return Instance(
        problem=problem,
        candidates=candidates,
        a_need=a_need,
        a_volunteer=a_volunteer,
        a_low=low[a_need],
        a_high=high[a_need],
        a_duration=_ints(need.duration_min for need in needs)[a_need],
        a_out=ways.out(a_volunteer, a_need),
        a_back=ways.back(a_volunteer, a_need),
        a_remote=ways.remote[a_need],
        a_care=_care_of_arcs(problem, a_need, a_volunteer),
        legs=_legs(ways, v_first, a_need),
        v_first=v_first,
        v_leg=np.concatenate([[0], np.cumsum(counts**2)]).astype(np.int64),
        v_window=np.concatenate([[0], np.cumsum([len(v.free) for v in volunteers])]).astype(np.int64),
        window_from=_ints(begin for begin, _ in windows),
        window_until=_ints(end for _, end in windows),
        v_one_round=np.array([v.end_place is not None for v in volunteers], dtype=bool),
        v_home_end=ways.home_to_end(everyone) if len(volunteers) else everyone,
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
    )


def _ints(values: object) -> Ints:
    return np.fromiter(values, dtype=np.int64)  # type: ignore[call-overload]


def _limits(values: object) -> Ints:
    return _ints(UNLIMITED if value is None else value for value in values)  # type: ignore[attr-defined]


def _arcs(problem: Problem, candidates: Candidates) -> tuple[Ints, Ints]:
    """The pairs left by every rule and allowed by the locks, sorted by volunteer, then need."""
    row = {volunteer.id: index for index, volunteer in enumerate(problem.volunteers)}
    kept = []
    for need, alone, away in zip(problem.needs, candidates.left, candidates.on_the_way, strict=True):
        left = np.concatenate([alone, away])
        lock = problem.lock_by_need.get(need.id)
        if lock is not None and len(lock.volunteers) == need.volunteers:
            left = left[np.isin(left, [row[name] for name in lock.volunteers])]
        kept.append(left)
    a_need = np.repeat(np.arange(len(kept)), [len(left) for left in kept])
    a_volunteer = np.concatenate(kept).astype(np.int64) if kept else np.zeros(0, dtype=np.int64)
    order = np.lexsort((a_need, a_volunteer))
    return a_need[order].astype(np.int64), a_volunteer[order]


def _start_windows(problem: Problem) -> tuple[Ints, Ints]:
    starts = {need_id: lock.start for need_id, lock in problem.lock_by_need.items() if lock.start is not None}
    low = _ints(starts.get(need.id, need.start_window[0]) for need in problem.needs)
    high = _ints(starts.get(need.id, need.start_window[1]) for need in problem.needs)
    return low, high


def _locked_arcs(problem: Problem, a_need: Ints, a_volunteer: Ints) -> frozenset[int]:
    """The arcs that a lock names."""
    wanted = {(lock.need, name) for lock in problem.locked for name in lock.volunteers}
    if not wanted:
        return frozenset()
    return frozenset(
        arc
        for arc, (need, volunteer) in enumerate(zip(a_need, a_volunteer, strict=True))
        if (problem.needs[need].id, problem.volunteers[volunteer].id) in wanted
    )


def _legs(ways: Ways, v_first: Ints, a_need: Ints) -> Ints:
    """For each volunteer, the minutes between each two of her needs."""
    squares = []
    for volunteer, (first, last) in enumerate(itertools.pairwise(v_first)):
        needs = a_need[first:last]
        here, there = np.repeat(needs, len(needs)), np.tile(needs, len(needs))
        squares.append(ways.between(np.full(len(here), volunteer), here, there))
    return np.concatenate(squares).astype(np.int64) if squares else np.zeros(0, dtype=np.int64)


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


def _care_of_arcs(problem: Problem, a_need: Ints, a_volunteer: Ints) -> Ints:
    needs, volunteers = problem.needs, problem.volunteers
    return _ints(
        sum(pair_care(problem, needs[need], volunteers[volunteer]).values())
        for need, volunteer in zip(a_need.tolist(), a_volunteer.tolist(), strict=True)
    )
