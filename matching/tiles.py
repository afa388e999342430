"""A city in tiles: neighbours' days solved together, everybody else's kept, many tiles at once.

Volunteers are split by home into tiles of about a thousand needs (a k-d tree: each cut halves the work along the longer
side). A tile's needs are those its volunteers serve and, of those left over, the ones it has most people for; so tiles
never touch each other's days, and can be solved anywhere in any order. Another pass cuts elsewhere.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from matching.assembling import Served, true_values
from matching.columns import prepare, stopped
from matching.instance import Instance
from matching.options import Options
from matching.parts import Part, cut_out
from matching.prices import CityPrices
from matching.scarcity import Scarcity
from matching.search import FOLD, Search, first_bounds
from matching.sending import answers
from matching.timing import Day
from matching.view import Floats, Step
from matching.ways import Ints

LEVELS = ("serve", "care")
NEEDS = 1_000  # up to which a day is solved at once
TILE = {("serve",): 1_000, ("fold",): 600, LEVELS: 600, ("care",): 600}  # needs of one tile, about: care is harder
PLENTY, LEAST = 2.0, 250  # volunteers for each need from which on tiles are of that size; the least size of one
PEOPLE = 3.5  # volunteers of a tile for each of its needs, at most about
MOST_LEGS = 300_000_000  # legs between two needs of one volunteer that all fit in memory together
PATIENCE = 3.0  # seconds that a pass waits for a worker beyond the time of its tile: loading, sending
SERVING = 0.4  # of a tile's time: the first level, where both are searched


@dataclass(frozen=True)
class Task:
    """One tile to be solved somewhere: all that a worker needs, small enough to be sent."""

    part: Part
    options: Options
    seconds: float
    levels: tuple[str, ...]
    known: list[Day]  # day plans that mattered before
    place: int  # among the tasks of its pass
    choose: bool = True  # else day plans and prices are all that is wanted


@dataclass(frozen=True)
class Answer:
    """The tile's better days, and by level what a visit to each need was credited for (NaN: not known)."""

    days: list[Day]
    starts: dict[int, int]
    more: tuple[int, int]  # what serve and care gained
    gains: dict[str, Floats]
    pool: list[Day]
    stopped_by: str


def solve_tile(task: Task) -> Answer:
    """The levels of one tile that are asked for, within its seconds."""
    begun = time.monotonic()
    instance = task.part.instance
    start = true_values(instance, task.part.days, task.part.starts)
    search = Search(instance, task.options, start, first_bounds(instance), exact=False)
    stopped_by = "proof"
    for name in task.levels:
        share = SERVING if name != task.levels[-1] else 1.0
        search.deadline = begun + share * task.seconds
        search.rounds, search.days = 0, task.known
        if task.choose:
            stopped_by = stopped(search, name) or stopped_by
        else:
            prepare(search, name)
    serve, care = search.best.values
    more = serve - start.serve, care - start.care
    pool = search.pool.get(task.levels[-1], [])
    return Answer(search.best.days, search.best.starts, more, search.gains, pool, stopped_by)


@dataclass
class _Shares:
    """The seconds of a pass, shared out as its tasks begin."""

    ends: float
    at_once: int
    left: int

    def fitted(self, task: Task) -> Task:
        """The task with its share of what is left."""
        share = min(self.at_once, self.left) / max(1, self.left)
        self.left = max(1, self.left - 1)
        return replace(task, seconds=max(0.0, share * (self.ends - time.monotonic())))


# --- cutting -----------------------------------------------------------------------------------------------------


def _size(one: Instance, levels: tuple[str, ...]) -> int:
    """Needs of a tile: fewer for care where people are scarce, since then everything depends on everything."""
    if levels == ("serve",):
        return TILE[levels]
    return max(LEAST, round(TILE[levels] * min(1.0, one.n_volunteers / (PLENTY * max(1, one.n_needs)))))


def split(instance: Instance, served: Served, shift: int, size: int) -> list[tuple[Ints, Ints]]:
    """Volunteers and needs of each tile; another shift cuts elsewhere."""
    one = instance
    owner = np.full(one.n_needs, -1, np.int64)
    groups = _split_people(one, _loads(one, served), shift, size)
    tile_of = np.empty(one.n_volunteers, np.int64)
    for tile, group in enumerate(groups):
        tile_of[group] = tile
    needs: list[set[int]] = [set() for _ in groups]
    for volunteer, steps in served.days:
        for arc, _, _ in steps:
            need = int(one.a_need[arc])
            owner[need] = tile_of[volunteer]
            needs[tile_of[volunteer]].add(need)
    arcs, first = one.by_need
    for need in np.flatnonzero(owner < 0).tolist():
        tiles = tile_of[one.a_volunteer[arcs[first[need] : first[need + 1]]]]
        if len(tiles):
            needs[int(np.bincount(tiles).argmax())].add(need)
    return [(group, np.array(sorted(some), np.int64)) for group, some in zip(groups, needs, strict=True)]


def _loads(one: Instance, served: Served) -> Floats:
    """How much of a tile each volunteer fills: her visits, and her share of the needs left over that she may serve."""
    load = np.zeros(one.n_volunteers)
    people, visits = [day[0] for day in served.days], [len(day[1]) for day in served.days]
    load[people] = visits
    left = np.ones(one.n_needs, bool)
    left[list(served.served)] = False
    may = np.bincount(one.a_need, minlength=one.n_needs)
    arcs = np.flatnonzero(left[one.a_need])
    np.add.at(load, one.a_volunteer[arcs], 1.0 / may[one.a_need[arcs]])
    return load


def _split_people(one: Instance, load: Floats, shift: int, size: int) -> list[Ints]:
    """Halves of halves, until a tile is small enough. A shift moves the first cuts off the middle."""
    home = one.n_needs + np.arange(one.n_volunteers)
    if one.ways.by_matrix:
        where = np.stack([one.ways.row[home].astype(float), np.zeros(one.n_volunteers)], axis=1)
    else:
        where = one.ways.flat(home)
    waiting, done = [(np.arange(one.n_volunteers, dtype=np.int64), 0)], []
    while waiting:
        group, depth = waiting.pop()
        if (load[group].sum() <= 1.25 * size and len(group) <= PEOPLE * size) or len(group) < 4:
            done.append(np.sort(group))
            continue
        spread = where[group].max(axis=0) - where[group].min(axis=0)
        order = group[np.argsort(where[group][:, int(spread[1] > spread[0])], kind="stable")]
        share = 0.5 if shift == 0 or depth > 1 else 0.5 + (0.17 if (shift + depth) % 2 else -0.17)
        at = max(1, min(len(order) - 1, round(share * len(order))))
        waiting += [(order[:at], depth + 1), (order[at:], depth + 1)]
    return done


def _left_over(part: Part) -> int:
    """The priorities of the needs nobody of this part serves."""
    served = {int(part.instance.a_need[arc]) for _, steps in part.days for arc, _, _ in steps}
    return int(part.instance.n_priority.sum() - part.instance.n_priority[list(served)].sum())


# --- solving -----------------------------------------------------------------------------------------------------


class Tiles:
    """Passes over the tiles of one search."""

    def __init__(self, search: Search, executor: Executor | None) -> None:
        self.search, self.executor = search, executor
        self.gains = {name: np.full(search.instance.n_needs, np.nan) for name in (*LEVELS, "fold")}
        self.scarcity = Scarcity(search)
        self.stopped_by = "proof"
        self.pool: dict[int, list[tuple[Step, ...]]] = {}

    @property
    def known(self) -> list[Day]:
        """The day plans that mattered in the last pass."""
        return [(volunteer, steps) for volunteer, days in self.pool.items() for steps in days]

    def run(
        self, shift: int, seconds: float, levels: tuple[str, ...] = LEVELS, *, size: int = 0, choose: bool = True
    ) -> bool:
        """One pass; whether it made the plan better. Days are kept tile by tile as they come.

        size: needs of a tile, if not those that the levels usually get. choose: else only day plans and prices are
        wanted, for the undivided day.
        """
        search, ends = self.search, time.monotonic() + seconds
        parts = [
            cut_out(search.instance, search.best, *tile)
            for tile in split(search.instance, search.best, shift, size or _size(search.instance, levels))
        ]
        parts = [part for part in parts if part.instance.n_arcs]
        at_once = max(1, (self.executor and search.options.at_once) or search.options.workers)
        options = replace(search.options, workers=1, progress=None, executor=None)
        shares = _Shares(ends, at_once, len(parts))
        parts.sort(key=lambda part: (-_left_over(part), -part.instance.n_arcs))  # nobody waits for a large one
        tasks = [Task(part, options, 0.0, levels, part.inward(self.pool), at, choose) for at, part in enumerate(parts)]
        before = search.best.values
        self.stopped_by, self.pool = "proof", {}
        serve, care = before
        found: dict[int, Answer] = {}
        came = answers(self.executor, solve_tile, tasks, shares.ends + PATIENCE, shares.fitted, at_once)
        for done, (task, answer) in enumerate(came, 1):
            if answer is None:  # it stays as it stands
                self.stopped_by = "time"
                continue
            found[task.place] = answer
            serve, care = serve + answer.more[0], care + answer.more[1]
            search.tell(f"tiles {done}/{len(tasks)}", (serve, care))
        days = {day[0]: day for day in search.best.days}
        meetings = dict(search.best.starts)
        for place in sorted(found):  # whoever answered first
            self._take(tasks[place].part, found[place], days, meetings)
        search.keep(true_values(search.instance, sorted(days.values()), meetings))
        return search.best.values > before

    def _take(self, part: Part, answer: Answer, days: dict[int, Day], meetings: dict[int, int]) -> None:
        """Put one tile's days into everybody's."""
        if answer.stopped_by != "proof":
            self.stopped_by = answer.stopped_by
        for name, gains in answer.gains.items():
            known = ~np.isnan(gains)
            self.gains[name][part.needs[known]] = gains[known]
        part.put_into(days, meetings, answer.days, answer.starts)
        for volunteer, steps in part.outward(answer.pool, {})[0]:
            self.pool.setdefault(volunteer, []).append(steps)

    def bound(self, name: str, seconds: float, *, by_groups: bool = True) -> None:
        """A bound of the undivided day from the prices in the tiles; for serve, from the needs that have one.

        by_groups: those needs may fall into groups. Where people are scarce all of them hang together.
        """
        ends = time.monotonic() + seconds
        gains = self.gains[name]
        if np.isnan(gains).all():
            gains = self.gains["fold"]
            if name == "serve":  # what people weigh for their ways is no price
                gains = np.where(gains > FOLD / 3, gains / FOLD, 0.0)
        done = by_groups and name == "serve" and self.scarcity.prove(gains, seconds)
        if not done and self.search.instance.v_leg[-1] < MOST_LEGS:
            CityPrices(self.search, name, gains).tighten(ends - time.monotonic())
