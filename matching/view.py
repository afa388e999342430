"""The arcs with the windows of two-person needs cut into spans, so that a column says in which span it comes.

Two people must start together, and a day plan alone does not fix its minutes. A column therefore names a *span* of the
need's start window, and the master lets two people meet only within the same span. With one span this relaxes the
problem (they might start at different minutes of it); spans are cut finer only where a plan makes use of that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import TIMEOUT_MAX, Timer
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.daysearch import best_of_each, enumerate_plans
from matching.instance import Instance, Legs
from matching.kernels import NOTHING, judge_plan, judge_plans
from matching.problem import Window
from matching.ways import Indices, Ints

Floats = NDArray[np.float64]
Step = tuple[int, Window, int]  # base arc, span of the start, q: 0 walks on, q >= 1 begins a round in window q - 1
Spans = Mapping[int, Sequence[Window]]

SPEED = 3_000_000  # visits tried in a second by one thread of a slow machine
SHARES = 8  # pieces of work for each thread: the clock is looked at between them


class OutOfTimeError(Exception):
    """The caller's deadline passed while day plans were being listed."""


@contextmanager
def _stopping(deadline: float) -> Iterator[Ints]:
    """A flag that a clock sets at the deadline: compiled loops look at it, for they cannot look at the time."""
    stop = np.zeros(1, np.int64)
    left = deadline - time.monotonic()
    clock = Timer(max(0.0, left), stop.fill, (1,)) if left < TIMEOUT_MAX else None
    if clock is not None:
        clock.daemon = True
        clock.start()
    try:
        yield stop
    finally:
        if clock is not None:
            clock.cancel()


class Charges(NamedTuple):
    """What day plans pay for using two of an odd set of things (see `oddsets`).

    By need and by volunteer: where the places of her odd sets begin (n + 1), and those places one after the other.
    """

    n_at: Ints
    n_odd: Ints
    v_at: Ints
    v_odd: Ints
    price: Floats


@dataclass(frozen=True)
class Listed:
    """Day plans, one a row; each volunteer's best, bounded from above; whether all was searched.

    code and slots are n x longest and filled up with -1.
    """

    volunteer: Ints
    value: Floats
    key: NDArray[np.uint64]
    length: Ints
    code: Ints
    slots: Ints
    best: Floats
    finished: NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """An instance whose arcs ("slots") are base arcs within one span."""

    instance: Instance
    spans: Spans
    s_first: Indices  # by base arc: its first slot
    s_base: Indices
    s_need: Indices
    s_volunteer: Indices
    s_low: Indices
    s_high: Indices
    v_first: Ints
    v_placed: Ints
    v_leg: Ints
    legs: Legs
    v_most_tasks: Ints

    def slot_of(self, base: int, span: Window) -> int:
        """The slot of a base arc and a span. KeyError if the arc is not cut so."""
        for slot in range(int(self.s_first[base]), len(self.s_base)):
            if self.s_base[slot] != base:
                break
            if (self.s_low[slot], self.s_high[slot]) == span:
                return slot
        raise KeyError((base, span))

    def slots_of(self, bases: Ints, lows: Ints, highs: Ints) -> Ints:
        """The slots of base arcs and spans; -1 where a need is cut otherwise. An arc that is not cut has one slot."""
        first = self.s_first[bases]
        pieces = np.append(self.s_first, len(self.s_base))[bases + 1] - first
        found = np.where(pieces == 1, first, -1)
        for place in range(int(pieces.max(initial=0))):
            slot = np.minimum(first + place, len(self.s_base) - 1)
            fits = (place < pieces) & (self.s_low[slot] == lows) & (self.s_high[slot] == highs)
            found[fits] = slot[fits]
        return found

    @cached_property
    def _fixed(self) -> tuple[Any, ...]:
        one = self.instance
        arrays = one.a_duration, one.a_out, one.a_back, one.a_remote
        return arrays if len(self.s_base) == one.n_arcs else tuple(array[self.s_base] for array in arrays)

    @cached_property
    def s_group(self) -> Indices:
        """The first slot of the same need, counted among those of the same volunteer."""
        return self.s_first[self.s_base] - self.v_first.astype(np.int32)[self.s_volunteer]

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """A number for each of a person's slots; those of a set of them put together by exclusive or are its key."""
        return _keys(int(np.diff(self.v_first).max(initial=0)))

    def keys_of(self, slots: Ints) -> NDArray[np.uint64]:
        """The numbers of these slots, each among its person's."""
        return self.keys[slots - self.v_first[self.s_volunteer[slots]]]

    @cached_property
    def s_least(self) -> Indices:
        """The least minutes in which each slot can be come to."""
        return self.instance.a_least[self.s_base]

    @cached_property
    def care(self) -> Floats:
        """Care of each slot but for legs, waiting and the k-th task."""
        return self.instance.a_care[self.s_base].astype(float)

    def by_need(self, values: Floats) -> Floats:
        """The best of these values at each need; NaN where nobody may come."""
        best = np.full(self.instance.n_needs, np.nan)
        best[self.s_need] = -np.inf
        np.maximum.at(best, self.s_need, values)
        return best

    def strongest(self, values: Floats, most: int) -> Floats:
        """The values with all but each volunteer's `most` best out of play, for a quick look."""
        best = best_of_each(self.s_volunteer, values, self.instance.n_volunteers, most)
        kept, left = best[best >= 0], np.full(len(values), 2 * NOTHING)
        left[kept] = values[kept]
        return left

    @cached_property
    def free_of_charge(self) -> Charges:
        """No odd set costs anything."""
        one, none = self.instance, np.zeros(0, np.int64)
        at_need, at_volunteer = np.zeros(one.n_needs + 1, np.int64), np.zeros(one.n_volunteers + 1, np.int64)
        return Charges(at_need, none, at_volunteer, none, np.zeros(0))

    def _people(self) -> tuple[Any, ...]:
        return self._of_people

    @cached_property
    def _of_people(self) -> tuple[Any, ...]:
        one = self.instance
        return (
            self.v_first, self.v_placed, self.v_leg, one.v_window, one.window_from, one.window_until, one.v_one_round,
            one.v_home_end, self.v_most_tasks, one.v_most_minutes,
        )  # fmt: skip

    def costs(self, by_care: bool) -> tuple[Floats, int, int]:
        """The k-th task, a minute walked and a minute waited: as the goals say, or nothing."""
        return self._costs[by_care]

    @cached_property
    def _costs(self) -> tuple[tuple[Floats, int, int], tuple[Floats, int, int]]:
        return self._weights(False), self._weights(True)

    def _weights(self, by_care: bool) -> tuple[Floats, int, int]:
        one = self.instance
        kth = one.kth_cost if by_care else np.zeros_like(one.kth_cost)
        longest = int(np.diff(self.v_first).max(initial=0)) + 2
        if len(kth) < longest:
            kth = np.concatenate([kth, np.full(longest - len(kth), kth[-1])])
        return kth, one.walking if by_care else 0, one.waiting if by_care else 0

    def enumerate(
        self,
        thresholds: Floats,
        values: Floats,
        *,
        by_care: bool,
        keep: int,
        capacity: int,
        deadline: float,
        workers: int,
        charges: Charges | None = None,
    ) -> Listed:
        """Everybody's day plans above her threshold: the best `keep` of each, or (0) all that `capacity` holds."""
        n = self.instance.n_volunteers
        shares = max(1, min(n, SHARES * workers))
        parts = [np.arange(first, n, shares, dtype=np.int64) for first in range(shares)]
        room = max(1, capacity // shares)
        fixed = (
            values, self.keys, self.s_group, self.s_low, self.s_high, *self._fixed, self.s_least, self.legs,
            *self._people(), *self.costs(by_care), self.instance.metric, self.s_need,
            *(charges or self.free_of_charge),
        )  # fmt: skip

        def work(part: Ints) -> Any:
            left = deadline - time.monotonic()
            if left < 0:
                return None
            budget = int(SPEED * max(0.1, min(left, 60.0)))
            return self._enumerate(part, thresholds[part], keep, budget, stop, room, fixed)

        with _stopping(deadline) as stop:
            if workers > 1 and n > 1:
                with ThreadPoolExecutor(workers) as threads:
                    answers = list(threads.map(work, parts))
            else:
                answers = [work(part) for part in parts]
        if any(answer is None for answer in answers):
            raise OutOfTimeError
        best, finished = np.empty(n), np.ones(n, dtype=bool)
        for part, answer in zip(parts, answers, strict=True):
            best[part], finished[part] = answer[-2], answer[-1]
        return self._listed([answer[:-2] for answer in answers], best, finished)

    def _enumerate(
        self, part: Ints, thresholds: Floats, keep: int, budget: int, stop: Ints, room: int, fixed: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        deepest = max(1, int(self.v_most_tasks[part].max(initial=1)))
        room = min(room, keep * len(part)) if keep else room
        out_v, out_value = np.empty(room, np.int64), np.empty(room)
        out_key, out_length = np.empty(room, np.uint64), np.empty(room, np.int64)
        out_code = np.full((room, deepest), -1, np.int64)
        count, best, finished = enumerate_plans(
            part, thresholds, keep, budget, stop, *fixed, out_v, out_value, out_key, out_length, out_code
        )
        return out_v[:count], out_value[:count], out_key[:count], out_length[:count], out_code[:count], best, finished

    def _listed(self, answers: list[tuple[Any, ...]], best: Floats, finished: NDArray[np.bool_]) -> Listed:
        volunteer, value, key, length = (np.concatenate([each[k] for each in answers]) for k in range(4))
        width = max(each[4].shape[1] for each in answers)
        code = np.full((len(volunteer), width), -1, np.int64)
        row = 0
        for each in answers:
            code[row : row + len(each[4]), : each[4].shape[1]] = each[4]
            row += len(each[4])
        code[np.arange(width) >= length[:, None]] = -1  # a row that was written over may have been longer
        order = np.argsort(volunteer, kind="stable")
        volunteer, value, key, length, code = (one[order] for one in (volunteer, value, key, length, code))
        choices = (np.diff(self.instance.v_window) + 1)[volunteer]
        slots = np.where(code >= 0, self.v_first[volunteer][:, None] + code // choices[:, None], -1)
        return Listed(volunteer, value, key, length, code, slots, best, finished)

    def judge_all(self, people: Ints, codes: Ints, lengths: Ints) -> Floats:
        """The care of day plans, one a row of codes; NOTHING or less of those that cannot be walked."""
        return np.asarray(
            judge_plans(
                people, codes, lengths, self.care, self.s_low, self.s_high, *self._fixed, self.legs, *self._people(),
                *self.costs(True),
            )
        )  # fmt: skip

    def spans_of(self, need: int, base: int) -> list[Window]:
        """The spans of a need in this cut; `base` is one of its arcs."""
        one = self.instance
        return list(self.spans.get(need, ((int(one.a_low[base]), int(one.a_high[base])),)))

    def key_of(self, slots: Sequence[int]) -> int:
        """The key of a set of slots."""
        return int(np.bitwise_xor.reduce(self.keys_of(np.array(slots, np.int64))))

    def judge(self, volunteer: int, codes: Sequence[int], values: Floats, *, by_care: bool = True) -> float:
        """The value of one day plan; NOTHING or less if it cannot be walked."""
        return float(
            judge_plan(
                volunteer, np.array(codes, np.int64), len(codes), values, self.s_low, self.s_high, *self._fixed,
                self.legs, *self._people(), *self.costs(by_care),
            )
        )  # fmt: skip

    def steps(self, volunteer: int, codes: Sequence[int]) -> tuple[Step, ...]:
        """The codes as base arcs and spans, which survive a finer cut."""
        windows = self._windows(volunteer)
        slots = [int(self.v_first[volunteer]) + code // windows for code in codes]
        return tuple(
            (int(self.s_base[slot]), (int(self.s_low[slot]), int(self.s_high[slot])), code % windows)
            for slot, code in zip(slots, codes, strict=True)
        )

    def codes(self, volunteer: int, steps: Sequence[Step]) -> tuple[int, ...]:
        """The codes of steps whose spans are spans of this view."""
        windows, first = self._windows(volunteer), int(self.v_first[volunteer])
        return tuple((self.slot_of(base, span) - first) * windows + q for base, span, q in steps)

    def care_of(self, volunteer: int, steps: Sequence[Step]) -> int | None:
        """The care of a day plan; None if it cannot be walked."""
        value = self.judge(volunteer, self.codes(volunteer, steps), self.care)
        return None if value <= NOTHING else round(value)

    def _windows(self, volunteer: int) -> int:
        one = self.instance
        return int(one.v_window[volunteer + 1] - one.v_window[volunteer]) + 1


def open_view(instance: Instance, spans: Spans | None = None) -> View:
    """The view of an instance in which needs are cut into these spans; a need not named has one."""
    spans = spans or {}
    if not spans:
        return _uncut(instance)
    flat = np.array([span for cut in spans.values() for span in cut], np.int64)
    pieces = np.ones(instance.n_needs, np.int64)
    pieces[list(spans)] = [len(cut) for cut in spans.values()]
    begin = np.zeros(instance.n_needs, np.int64)  # by need that is cut: its first row of `flat`
    begin[list(spans)] = np.cumsum(pieces[list(spans)]) - pieces[list(spans)]
    counts = pieces[instance.a_need]
    base = np.repeat(np.arange(instance.n_arcs, dtype=np.int32), counts)
    s_first = (np.cumsum(counts) - counts).astype(np.int32)
    s_low, s_high = instance.a_low[base], instance.a_high[base]
    cut = np.zeros(instance.n_needs, bool)
    cut[list(spans)] = True
    slots = np.flatnonzero(cut[instance.a_need[base]])
    rows = begin[instance.a_need[base[slots]]] + slots - s_first[base[slots]]
    s_low[slots], s_high[slots] = flat[rows, 0], flat[rows, 1]
    volunteer = instance.a_volunteer[base]
    v_first = np.searchsorted(volunteer, np.arange(instance.n_volunteers + 1)).astype(np.int64)
    placed = np.bincount(volunteer[~instance.a_remote[base]], minlength=instance.n_volunteers).astype(np.int64)
    v_leg = np.concatenate([[0], np.cumsum(placed**2)]).astype(np.int64)
    return View(
        instance=instance,
        spans=spans,
        s_first=s_first,
        s_base=base,
        s_need=instance.a_need[base],
        s_volunteer=volunteer,
        s_low=s_low,
        s_high=s_high,
        v_first=v_first,
        v_placed=placed,
        v_leg=v_leg,
        legs=instance.legs if len(base) == instance.n_arcs else _spread(instance, counts, v_leg),
        v_most_tasks=instance.v_most_tasks,
    )


def _uncut(instance: Instance) -> View:
    arcs = np.arange(instance.n_arcs, dtype=np.int32)
    return View(
        instance=instance, spans={}, s_first=arcs, s_base=arcs, s_need=instance.a_need,
        s_volunteer=instance.a_volunteer, s_low=instance.a_low, s_high=instance.a_high, v_first=instance.v_first,
        v_placed=instance.v_placed, v_leg=instance.v_leg, legs=instance.legs, v_most_tasks=instance.v_most_tasks,
    )  # fmt: skip


def _keys(n: int) -> NDArray[np.uint64]:
    return np.random.default_rng(20260101).integers(1, 2**63, size=n, dtype=np.uint64)


def _spread(instance: Instance, counts: Ints, v_leg: Ints) -> Legs:
    """The squares of minutes with the row and the column of each arc as often as it is cut."""
    out = np.empty(int(v_leg[-1]), np.int32)
    for volunteer in range(instance.n_volunteers):
        first, side = int(instance.v_first[volunteer]), int(instance.v_placed[volunteer])
        begin = int(instance.v_leg[volunteer])
        square = instance.legs[begin : begin + side * side].reshape(side, side)
        each = counts[first : first + side]
        wide = np.repeat(np.repeat(square, each, axis=0), each, axis=1)
        out[v_leg[volunteer] : v_leg[volunteer + 1]] = wide.ravel()
    return out


def compile_search(instance: Instance) -> None:
    """Compile the search for day plans, which days that are solved at once do without."""
    view = open_view(instance)
    none = np.zeros(instance.n_volunteers)
    view.strongest(view.care, 1)
    view.enumerate(none, view.care, by_care=True, keep=1, capacity=8, deadline=float("inf"), workers=1)
