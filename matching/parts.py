"""A part of a day: some volunteers and needs cut out of the arrays, everybody else's visits kept as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.assembling import Served
from matching.candidates import Candidates
from matching.instance import Instance
from matching.problem import Problem
from matching.timing import Day
from matching.view import Step
from matching.ways import Ints

DaysOf = Mapping[int, Sequence[tuple[Step, ...]]]  # by volunteer


@dataclass(frozen=True)
class Part:
    """A small instance, the days that stand in it, and where its rows come from."""

    instance: Instance
    days: list[Day]
    starts: dict[int, int]
    needs: Ints  # rows of the whole, by row here
    volunteers: Ints
    arcs: Ints

    def inward(self, days: DaysOf) -> list[Day]:
        """The days of the whole whose every visit is here."""
        if not len(self.arcs):
            return []
        known = [(v, steps) for v, who in enumerate(self.volunteers.tolist()) for steps in days.get(who, ())]
        arcs = np.array([arc for _, steps in known for arc, _, _ in steps], np.int64)
        rows = np.minimum(np.searchsorted(self.arcs, arcs), len(self.arcs) - 1)
        row_of = iter(np.where(self.arcs[rows] == arcs, rows, -1).tolist())
        found: list[Day] = []
        for v, steps in known:
            here = tuple((next(row_of), span, q) for _, span, q in steps)
            if all(row >= 0 for row, _, _ in here):
                found.append((v, here))
        return found

    def outward(self, days: list[Day], starts: Mapping[int, int]) -> tuple[list[Day], dict[int, int]]:
        """Days and meeting minutes of this part in the rows of the whole; half visits have no meeting of their own."""
        whole = [
            (int(self.volunteers[v]), tuple((int(self.arcs[arc]), span, q) for arc, span, q in steps))
            for v, steps in days
        ]
        return whole, {int(self.needs[need]): start for need, start in starts.items()}

    def put_into(
        self, days: dict[int, Day], meetings: dict[int, int], better: list[Day], starts: Mapping[int, int]
    ) -> None:
        """Put days and meeting minutes of this part into everybody's, in place of those that stand there."""
        for volunteer in self.volunteers.tolist():
            days.pop(volunteer, None)
        for row in np.flatnonzero(self.instance.n_people == 2).tolist():
            meetings.pop(int(self.needs[row]), None)
        whole, minutes = self.outward(better, starts)
        days.update({day[0]: day for day in whole})
        meetings.update(minutes)


def cut_out(
    instance: Instance, served: Served, volunteers: Ints, needs: Ints, barred: NDArray[np.bool_] | None = None
) -> Part:
    """The part of these volunteers and needs.

    A need for two of which one person stays outside becomes a need for one: locked to whoever is inside, at the minute
    that stands. `needs` must hold every need these volunteers serve. `barred`: arcs that are left out.
    """
    one = instance
    v_row, n_row = _rows(volunteers, one.n_volunteers), _rows(needs, one.n_needs)
    inside = [served.day_of[v] for v in volunteers.tolist() if v in served.day_of]
    halves = _halves(one, inside)
    arcs = _between(one, volunteers, n_row)
    if barred is not None:
        arcs = arcs[~barred[arcs]]
    if halves:
        arcs = arcs[~np.isin(one.a_need[arcs], list(halves)) | np.isin(arcs, list(halves.values()))]
    row_of = {arc: row for row, arc in enumerate(arcs.tolist())}
    locked = frozenset(row_of[arc] for arc in one.locked_arcs if arc in row_of)
    part = _instance(one, volunteers, needs, arcs, v_row, n_row, locked)
    low, high = part.a_low, part.a_high
    for need, arc in halves.items():
        low[row_of[arc]] = high[row_of[arc]] = served.starts[need]
        part.n_people[n_row[need]], part.n_locked[n_row[need]] = 1, True
    days: list[Day] = []
    for v, steps in inside:
        rows = [row_of[arc] for arc, _, _ in steps]
        here = zip(rows, steps, strict=True)
        days.append((int(v_row[v]), tuple((row, (int(low[row]), int(high[row])), q) for row, (_, _, q) in here)))
    starts = {
        int(n_row[need]): start for need, start in served.starts.items() if n_row[need] >= 0 and need not in halves
    }
    return Part(part, days, starts, needs, volunteers, arcs)


def _between(one: Instance, volunteers: Ints, n_row: Ints) -> Ints:
    """The arcs between these volunteers (ascending) and the needs that have a row, without a look at any other arc."""
    first, sizes = one.v_first[volunteers], np.diff(one.v_first)[volunteers]
    begins = np.cumsum(sizes) - sizes
    arcs = np.repeat(first - begins, sizes) + np.arange(int(sizes.sum()))
    return arcs[n_row[one.a_need[arcs]] >= 0].astype(np.int64)


def _rows(kept: Ints, n: int) -> Ints:
    rows = np.full(n, -1, np.int64)
    rows[kept] = np.arange(len(kept))
    return rows


def _halves(one: Instance, days: list[Day]) -> dict[int, int]:
    """The needs for two that only one of these days visits, and her arc."""
    visits: dict[int, list[int]] = {}
    for _, steps in days:
        for arc, _, _ in steps:
            need = int(one.a_need[arc])
            if one.n_people[need] == 2:
                visits.setdefault(need, []).append(arc)
    return {need: arcs[0] for need, arcs in visits.items() if len(arcs) == 1}


def _instance(
    one: Instance, volunteers: Ints, needs: Ints, arcs: Ints, v_row: Ints, n_row: Ints, locked: frozenset[int]
) -> Instance:
    """Arrays of its own, none shared with the whole."""
    a_volunteer = v_row[one.a_volunteer[arcs]].astype(np.int32)
    a_need = n_row[one.a_need[arcs]].astype(np.int32)
    placed = np.bincount(a_volunteer[~one.a_remote[arcs]], minlength=len(volunteers)).astype(np.int64)
    v_first = np.searchsorted(a_volunteer, np.arange(len(volunteers) + 1)).astype(np.int64)
    counts = np.diff(v_first)
    windows = np.diff(one.v_window)[volunteers]
    flat = np.concatenate([np.arange(one.v_window[v], one.v_window[v + 1]) for v in volunteers] or [np.zeros(0, int)])
    flat = flat.astype(np.int64)
    problem = Problem(
        needs=tuple(one.problem.needs[row] for row in needs.tolist()),
        volunteers=tuple(one.problem.volunteers[row] for row in volunteers.tolist()),
        goals=one.problem.goals,
    )
    return Instance(
        problem=problem, candidates=Candidates.of_part(len(needs)), a_need=a_need, a_volunteer=a_volunteer,
        a_low=one.a_low[arcs], a_high=one.a_high[arcs], a_duration=one.a_duration[arcs], a_out=one.a_out[arcs],
        a_back=one.a_back[arcs], a_remote=one.a_remote[arcs], a_care=one.a_care[arcs], v_first=v_first,
        v_placed=placed, v_leg=np.concatenate([[0], np.cumsum(placed**2)]).astype(np.int64),
        v_window=np.concatenate([[0], np.cumsum(windows)]).astype(np.int64), window_from=one.window_from[flat],
        window_until=one.window_until[flat], v_one_round=one.v_one_round[volunteers],
        v_home_end=one.v_home_end[volunteers], v_most_tasks=np.minimum(one.v_most_tasks[volunteers], counts),
        v_most_minutes=one.v_most_minutes[volunteers], v_trainee=one.v_trainee[volunteers],
        n_priority=one.n_priority[needs], n_people=one.n_people[needs], n_locked=one.n_locked[needs],
        locked_arcs=locked, kth_cost=one.kth_cost, walking=one.walking, waiting=one.waiting,
        metric=one.metric, ways=one.ways.cut(needs, volunteers),
    )  # fmt: skip
