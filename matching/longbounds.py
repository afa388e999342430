# mypy: disable-error-code="no-untyped-def"
"""A proven bound on what long rounds can serve: column generation over rounds that may come back to a need.

Prices for visits bound every plan: the part of each priority that is not paid out as prices, plus for each free window
the dearest round at those prices. Finding the dearest round exactly is hopeless where rounds are long, so it may visit
a need again once it has been far enough away (the ng-routes of Baldacci, Mingozzi and Roberti 2011): a relaxation, so
the bound holds all the same. Limits of tasks and of minutes over the day, and that two people start together, are
left out of the bound too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.assembling import Served
from matching.compiled import njit
from matching.instance import Instance
from matching.timing import free_window, split_rounds

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MEMORY = 12  # needs that a round remembers around each need
LABELS = 2_000_000  # partial rounds kept in one search; more, and there is no bound
WORK = 400_000_000  # comparisons of partial rounds in one search, likewise: some seconds
RATE = 100_000_000  # comparisons a second, at least: how much of that the time left allows
SMOOTH = 0.9  # how far prices stay with those of the best bound (Wentges 1997)
LESS = 0.9  # of it while that does not help
GAP = 1e-6
NO_ROUND = -1.0


@njit
def dearest(way, out, home, low, high, duration, reward, begin, until, near, place, width, metric, work, labels):
    """Search for the dearest round of one free window at these rewards: (value, labels used); -1: given up.

    Partial rounds are labels: last visit, start, value, and which needs around the last one it may not come back to.
    One is dropped if another at the same need starts no later, is worth no less and may come back to no fewer needs.
    `near[j]` lists the needs that j remembers; `place[i, j, k]` says where near[i, k] stands in near[j], or -1. No
    visit is shorter than `width`, so labels may be worked off by starts in steps of this width.
    """
    node, start, value, mask, before, chain, at_node = labels
    many = len(reward)
    capacity = len(value)
    buckets = np.full((until - begin) // width + 2, -1, np.int64)
    head = np.full(many, -1, np.int64)
    count = 0
    best = 0.0
    for step in range(-1, len(buckets)):
        row = -1
        if step >= 0:
            row = buckets[step]
        first = step < 0
        while first or row >= 0:
            if not first and node[row] < 0:  # dropped since
                row = chain[row]
                continue
            here = -1 if first else node[row]
            ready = begin if first else start[row] + duration[here]
            worth = 0.0 if first else value[row]
            work -= many // 8  # what looking at every need takes, in comparisons
            for j in range(many):
                if reward[j] <= 0.0 or j == here:
                    continue
                when = max(ready + (out[j] if first else way[here, j]), low[j])
                if when > high[j] or when + duration[j] + (home[j] if metric else 0) > until:
                    continue
                forbidden = 0
                if not first:
                    blocked = False
                    old = mask[row]
                    k = 0
                    while old > 0:
                        if old & 1:
                            if near[here, k] == j:
                                blocked = True
                                break
                            p = place[here, j, k]
                            if p >= 0:
                                forbidden |= 1 << p
                        old >>= 1
                        k += 1
                    if blocked:
                        continue
                forbidden |= 1  # near[j, 0] is j
                total = worth + reward[j]
                dominated = False
                last = -1
                other = head[j]
                while other >= 0:
                    work -= 1
                    if start[other] <= when and value[other] >= total and mask[other] & ~forbidden == 0:
                        dominated = True
                        break
                    following = at_node[other]
                    if when <= start[other] and total >= value[other] and forbidden & ~mask[other] == 0:
                        node[other] = -1 - node[other]
                        if last < 0:
                            head[j] = following
                        else:
                            at_node[last] = following
                    else:
                        last = other
                    other = following
                if dominated:
                    continue
                if count == capacity or work < 0:
                    return best, -1
                node[count] = j
                start[count] = when
                value[count] = total
                mask[count] = forbidden
                before[count] = -1 if first else row
                bucket = (when - begin) // width
                chain[count] = buckets[bucket]
                buckets[bucket] = count
                at_node[count] = head[j]
                head[j] = count
                if when + duration[j] + home[j] <= until and total > best:
                    best = total
                count += 1
            if first:
                break
            row = chain[row]
    return best, count


@dataclass(frozen=True)
class _Window:
    """Free windows that are alike: how many, whose arcs, and the tables of the search."""

    count: int
    needs: Ints
    tables: tuple[Any, ...]  # way, out, home, low, high, duration
    times: tuple[int, int]
    memory: tuple[Any, ...]  # near, place, width


def serve_bound(instance: Instance, served: Served, *, deadline: float, rounds: int = 200) -> int:
    """No plan serves more than this; the sum of the priorities of whatever can be served at all, or lower.

    deadline: on the clock of time.monotonic; looked at between searches. rounds: most of those.
    """
    one = instance
    if one.candidates.thinned.any():  # people were left out who might come all the same
        return int(one.n_priority.sum())
    coverable = np.bincount(one.a_need, minlength=one.n_needs) >= one.n_people
    priority = np.where(coverable, one.n_priority, 0).astype(float)
    bound = float(priority.sum())
    windows, whose = _windows(instance)
    if not windows:
        return 0
    master = _Master(instance, priority, windows)
    for (v, q), visits in _walked(instance, served).items():
        master.add(whose[v, q], [visits])
    labels = tuple(np.empty(LABELS, np.float64 if k == 2 else np.int64) for k in range(7))
    people = one.n_people.astype(float)
    centre, least, smooth = priority / people, np.inf, 1.0
    for _ in range(rounds):
        if time.monotonic() > deadline:
            break
        prices = smooth * centre + (1 - smooth) * master.prices()
        value = float(np.maximum(0.0, priority - people * prices).sum())
        for index, window in enumerate(windows):
            work = int(min(WORK, RATE * max(0.0, deadline - time.monotonic())))
            best, columns = _search(window, prices, labels, instance.metric, work)
            if best < 0:
                return int(np.floor(bound + GAP))
            value += window.count * best
            master.add(index, columns)
        smooth *= LESS
        if value < least:
            least, centre, smooth = value, prices, SMOOTH
        bound = min(bound, least)
        if bound - master.value < 0.5 or np.floor(bound + GAP) <= served.serve:
            break
    return int(np.floor(bound + GAP))


def _walked(instance: Instance, served: Served) -> dict[tuple[int, int], tuple[int, ...]]:
    """The needs visited in each free window of each person."""
    walked: dict[tuple[int, int], tuple[int, ...]] = {}
    for v, steps in served.days:
        for visits in split_rounds(steps):
            key = v, visits[0][2]
            walked[key] = (*walked.get(key, ()), *(int(instance.a_need[arc]) for arc, _, _ in visits))
    return walked


def _windows(instance: Instance) -> tuple[list[_Window], dict[tuple[int, int], int]]:
    """Free windows that are alike together, and which of these each person's are."""
    found: dict[bytes, list[Any]] = {}
    number: dict[bytes, int] = {}
    whose: dict[tuple[int, int], int] = {}
    for v in range(instance.n_volunteers):
        first, last = int(instance.v_first[v]), int(instance.v_first[v + 1])
        if first == last:
            continue
        tables = _tables(instance, v)
        for q in range(1, int(instance.v_window[v + 1] - instance.v_window[v]) + 1):
            times = free_window(instance, v, q)
            parts = (np.array(times), instance.a_need[first:last], *tables)
            key = b"|".join(part.tobytes() for part in parts)
            found.setdefault(key, [0, instance.a_need[first:last], tables, times])[0] += 1
            whose[v, q] = number.setdefault(key, len(number))
    windows = [_Window(count, needs, tables, times, _memory(tables)) for count, needs, tables, times in found.values()]
    return windows, whose


def _tables(instance: Instance, v: int) -> tuple[Ints, ...]:
    one = instance
    first, last, side = int(one.v_first[v]), int(one.v_first[v + 1]), int(one.v_placed[v])
    square = int(one.v_leg[v])
    out, back = one.a_out[first:last], one.a_back[first:last]
    legs = one.legs[square : square + side * side].reshape(side, side).astype(np.int64)
    if not one.v_one_round[v]:
        legs = np.minimum(legs, back[:side, None] + out[None, :side])  # going home between two visits is a new round
    way = np.zeros((last - first, last - first), np.int64)
    way[:side, :side] = legs
    home = back.copy()
    if side < last - first:  # after a remote visit she may be anywhere: the least leg holds
        np.fill_diagonal(legs, np.iinfo(np.int64).max)
        way[side:, :side] = np.minimum(out[:side], legs.min(axis=0, initial=np.iinfo(np.int64).max))
        home[side:] = min(int(one.v_home_end[v]), int(back[:side].min(initial=one.v_home_end[v])))
    return tuple(
        np.ascontiguousarray(t, np.int64)
        for t in (way, out, home, one.a_low[first:last], one.a_high[first:last], one.a_duration[first:last])
    )


def _memory(tables: tuple[Ints, ...]) -> tuple[Any, ...]:
    way, _, _, _, _, duration = tables
    many = len(way)
    apart = way + way.T
    np.fill_diagonal(apart, -1)
    near = np.argsort(apart, axis=1, kind="stable")[:, :MEMORY].astype(np.int64)
    where = np.full((many, many), -1, np.int64)
    np.put_along_axis(where, near, np.arange(near.shape[1])[None, :], axis=1)
    place = where[:, near].transpose(1, 0, 2)
    return near, np.ascontiguousarray(place, np.int8), max(1, int(duration.min()))


def _search(
    window: _Window, prices: Floats, labels: tuple[Any, ...], metric: bool, work: int
) -> tuple[float, list[tuple[int, ...]]]:
    reward = prices[window.needs]
    best, count = dearest(*window.tables, reward, *window.times, *window.memory, metric, work, labels)
    if count < 0:
        return NO_ROUND, []
    node, start, value, _, before, _, _ = labels
    _, _, home, _, _, duration = window.tables
    last = np.where(node[:count] < 0, -1 - node[:count], node[:count])
    closes = start[:count] + duration[last] + home[last] <= window.times[1]
    order = np.flatnonzero(closes)
    order = order[np.argsort(-value[order], kind="stable")]
    _, firsts = np.unique(last[order], return_index=True)
    columns = []
    for row in order[np.sort(firsts)][:60].tolist():
        visits = []
        while row >= 0:
            visits.append(int(window.needs[last[row]]))
            row = int(before[row])
        columns.append(tuple(visits))
    return float(best), columns


class _Master:
    """The linear programme over the rounds found so far."""

    def __init__(self, instance: Instance, priority: Floats, windows: Sequence[_Window]) -> None:
        self.priority, self.people = priority, instance.n_people.astype(float)
        self.most = np.array([window.count for window in windows], float)
        self.columns: dict[tuple[int, tuple[int, ...]], None] = {}
        self.value = 0.0

    def add(self, window: int, columns: list[tuple[int, ...]]) -> None:
        """Keep these rounds."""
        for column in columns:
            self.columns[window, tuple(sorted(column))] = None

    def prices(self) -> Floats:
        """What a visit to each need is worth."""
        from scipy.optimize import linprog
        from scipy.sparse import coo_matrix

        needs, columns = len(self.priority), list(self.columns)
        flat = np.array([need for _, visits in columns for need in visits], np.int64)
        owner = np.repeat(np.arange(len(columns)), [len(visits) for _, visits in columns])
        if not columns:
            return self.priority / self.people
        rows = np.concatenate([np.arange(needs), flat, needs + np.array([window for window, _ in columns])])
        places = np.concatenate([np.arange(needs), needs + owner, needs + np.arange(len(columns))])
        values = np.concatenate([self.people, -np.ones(len(flat)), np.ones(len(columns))])
        shape = (needs + len(self.most), needs + len(columns))
        solved = linprog(
            np.concatenate([-self.priority, np.zeros(len(columns))]),
            A_ub=coo_matrix((values, (rows, places)), shape=shape).tocsr(),
            b_ub=np.concatenate([np.zeros(needs), self.most]),
            bounds=np.array([(0.0, 1.0)] * needs + [(0.0, np.inf)] * len(columns)),
            method="highs",
        )
        self.value = -float(solved.fun)
        return np.maximum(0.0, -solved.ineqlin.marginals[:needs])
