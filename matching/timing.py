"""Minutes for day plans: when to leave, arrive, start and be back, with two people starting together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matching.instance import Instance
from matching.problem import Window
from matching.result import Round, VisitTimes
from matching.view import Step

Day = tuple[int, tuple[Step, ...]]  # a volunteer and her visits in order


def leg_to(instance: Instance, volunteer: int, here: int | None, arc: int) -> int:
    """Minutes from home (None) or from the place of one of her arcs to another arc; none to a remote need."""
    if instance.a_remote[arc]:
        return 0
    if here is None:
        return int(instance.a_out[arc])
    first, placed = int(instance.v_first[volunteer]), int(instance.v_placed[volunteer])
    return int(instance.legs[int(instance.v_leg[volunteer]) + (here - first) * placed + (arc - first)])


def leg_home(instance: Instance, volunteer: int, here: int | None) -> int:
    """Minutes from there to where her rounds end."""
    return int(instance.v_home_end[volunteer] if here is None else instance.a_back[here])


def free_window(instance: Instance, volunteer: int, q: int) -> Window:
    """Her free window q - 1."""
    row = int(instance.v_window[volunteer]) + q - 1
    return int(instance.window_from[row]), int(instance.window_until[row])


def split_rounds(steps: Sequence[Step]) -> list[list[Step]]:
    """The visits of a day, round by round."""
    rounds: list[list[Step]] = []
    for step in steps:
        if step[2] > 0:
            rounds.append([])
        rounds[-1].append(step)
    return rounds


def start_limits(instance: Instance, day: Day) -> list[Window]:
    """The earliest and the latest start of each visit of a day, whatever its others do within theirs."""
    volunteer, steps = day
    legs, early, last = _earliest(instance, volunteer, steps)
    late = [0] * len(steps)
    until: dict[int, int] = {}  # by window: when she must be home from its rounds, or leave for a later one of them
    at = len(steps)
    for visits in reversed(split_rounds(steps)):
        q = visits[0][2]
        at -= len(visits)
        limit = until.get(q, free_window(instance, volunteer, q)[1]) - last[at]
        for place in range(at + len(visits) - 1, at - 1, -1):
            arc, (_, high), _ = steps[place]
            late[place] = min(high, limit - int(instance.a_duration[arc]))
            limit = late[place] - legs[place]
        until[q] = limit
    return list(zip(early, late, strict=True))


def _earliest(instance: Instance, volunteer: int, steps: Sequence[Step]) -> tuple[list[int], list[int], dict[int, int]]:
    """By visit: minutes of the way to it and its earliest start; by first visit of a round: minutes home from it."""
    legs: list[int] = []
    early: list[int] = []
    home, home_at = dict[int, int](), dict[int, int]()
    for visits in split_rounds(steps):
        q, first, here = visits[0][2], len(legs), None
        now = home_at.get(q, free_window(instance, volunteer, q)[0])
        for arc, (low, _), _ in visits:
            legs.append(leg_to(instance, volunteer, here, arc))
            early.append(max(now + legs[-1], low))
            now = early[-1] + int(instance.a_duration[arc])
            here = here if instance.a_remote[arc] else arc
        home[first] = leg_home(instance, volunteer, here)
        home_at[q] = now + home[first]
    return legs, early, home


def time_day(instance: Instance, day: Day, pins: Mapping[int, int] | None = None) -> list[Round]:
    """The rounds of one day, each over as early as it can be and then with the least waiting."""
    volunteer, steps = day
    pins = pins or {}
    timed: list[Round] = []
    home_at: dict[int, int] = {}
    for visits in split_rounds(steps):
        q = visits[0][2]
        ready = max(free_window(instance, volunteer, q)[0], home_at.get(q, 0))
        one = _time_round(instance, volunteer, visits, ready, pins)
        home_at[q] = one.back
        timed.append(one)
    return timed


def _time_round(
    instance: Instance, volunteer: int, visits: Sequence[Step], ready: int, pins: Mapping[int, int]
) -> Round:
    moves = []  # leg, earliest start, latest start, duration, need
    here = None
    for arc, (low, high), _ in visits:
        need = int(instance.a_need[arc])
        low, high = (pins[need], pins[need]) if need in pins else (low, high)
        moves.append((leg_to(instance, volunteer, here, arc), low, high, int(instance.a_duration[arc]), need))
        here = here if instance.a_remote[arc] else arc
    spent, end, latest = 0, ready, 1 << 60
    for leg, low, high, duration, _ in moves:
        latest = min(latest, high - spent - leg)
        end = max(end + leg, low) + duration
        spent += leg + duration
    leave = now = min(latest, end - spent)
    times = []
    for leg, low, _, duration, need in moves:
        arrive = now + leg
        start = max(arrive, low)
        now = start + duration
        times.append(VisitTimes(instance.problem.needs[need].id, arrive, start, now))
    home = leg_home(instance, volunteer, here)
    return Round(
        volunteer=instance.problem.volunteers[volunteer].id,
        leave=leave,
        back=now + home,
        walking_min=sum(move[0] for move in moves) + home,
        service_min=sum(move[3] for move in moves),
        visits=tuple(times),
    )


def meeting_minutes(instance: Instance, days: Sequence[Day]) -> dict[int, int] | None:
    """The start of every two-person need in these days with the least waiting in all; None if they cannot meet.

    All constraints are differences of two times, so the vertices of the linear programme are whole.
    """
    linked = [day for day in days if any(instance.n_people[instance.a_need[arc]] == 2 for arc, _, _ in day[1])]
    if not linked:
        return {}
    from scipy.optimize import linprog

    model = _Meeting(instance)
    for day in linked:
        model.add(day)
    if not model.consistent:
        return None
    matrix, limits = model.matrix()
    solved = linprog(model.cost, A_ub=matrix, b_ub=limits, bounds=model.bounds, method="highs-ds")
    if solved.status != 0:
        return None
    return {need: round(solved.x[column]) for need, column in model.shared.items()}


class _Meeting:
    """The linear programme over starting and leaving times."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.cost: list[float] = []
        self.bounds: list[tuple[int, int]] = []
        self.shared: dict[int, int] = {}
        self.rows: list[tuple[int, int, int]] = []  # later, earlier, at least so many minutes between

    @property
    def consistent(self) -> bool:
        return all(low <= high for low, high in self.bounds)

    def _new(self, low: int, high: int) -> int:
        self.cost.append(0.0)
        self.bounds.append((low, high))
        return len(self.cost) - 1

    def _start(self, arc: int, span: Window) -> int:
        need = int(self.instance.a_need[arc])
        if self.instance.n_people[need] == 1:
            return self._new(*span)
        if need not in self.shared:
            self.shared[need] = self._new(*span)
        column = self.shared[need]
        low, high = self.bounds[column]
        self.bounds[column] = (max(low, span[0]), min(high, span[1]))
        return column

    def add(self, day: Day) -> None:
        volunteer, steps = day
        one = self.instance
        home: dict[int, tuple[int, int]] = {}  # by window: the last start there, and minutes from it to being home
        for visits in split_rounds(steps):
            q = visits[0][2]
            begin, until = free_window(one, volunteer, q)
            before = self._new(begin, until)
            if q in home:
                self.rows.append((before, *home[q]))
            leave, gap, here = before, 0, None
            for arc, span, _ in visits:
                start = self._start(arc, span)
                self.rows.append((start, before, gap + leg_to(one, volunteer, here, arc)))
                before, gap = start, int(one.a_duration[arc])
                here = here if one.a_remote[arc] else arc
            away = gap + leg_home(one, volunteer, here)
            low, high = self.bounds[before]
            self.bounds[before] = (low, min(high, until - away))
            self.cost[leave] -= 1.0
            self.cost[before] += 1.0
            home[q] = (before, away)

    def matrix(self) -> tuple[object, list[float]]:
        from scipy.sparse import coo_matrix

        rows = np.repeat(np.arange(len(self.rows)), 2)
        columns = np.array([column for later, earlier, _ in self.rows for column in (later, earlier)])
        values = np.tile([-1.0, 1.0], len(self.rows))
        shape = (len(self.rows), len(self.cost))
        return coo_matrix((values, (rows, columns)), shape=shape).tocsr(), [-float(gap) for _, _, gap in self.rows]
