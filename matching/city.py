"""A day too large to be solved at once: flow and layers first, then tiles, and bounds for the whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np

from matching.assembling import true_values
from matching.columns import prove
from matching.drafting import Draft
from matching.flow import flow
from matching.instance import Instance
from matching.search import Search, StoppedError
from matching.tiles import NEEDS, Tiles
from matching.view import OutOfTimeError

AT_ONCE = 1.25 * NEEDS  # needs up to which a day is solved undivided
MOST_ARCS = 250_000  # and arcs
FINISHED = 2_600  # needs up to which an undivided search follows the tiles
SEARCHED = 0.8  # of the time limit: the rest is for reasons and for writing the plan
FIRST = 0.6  # of the time left: the first pass over the tiles
BOUNDS = 0.25  # of the time left: the bound of one level
LEAST = 2.0  # seconds below which another pass is not begun

Lap = Callable[[str], None]


def is_city(instance: Instance) -> bool:
    """Whether a day is solved in tiles."""
    return instance.n_needs > AT_ONCE or instance.n_arcs > MOST_ARCS


def first_layers(search: Search, lap: Lap) -> None:
    """The flow's bound, and a plan from what it uses: feasible pairs first, then whatever else fits."""
    found = flow(search.instance)
    search.lower("serve", found.bound, "flow")
    search.tell("flow")
    lap("flow")
    draft = Draft(search.instance)
    used = np.zeros(search.instance.n_arcs, bool)
    used[found.arcs] = True
    draft.fill(open_arcs=used)
    draft.fill()
    search.keep(true_values(search.instance, draft.days, draft.meetings))
    if found.care is not None and search.best.serve == found.bound:
        search.lower("care", found.care, "flow")
    search.tell("layers")
    lap("layers")


def solve_city(search: Search, executor: Executor | None, lap: Lap, begun: float) -> str:
    """Both levels in tiles until the time is spent or nothing more is found; what stopped it."""
    ends = begun + SEARCHED * search.options.time_limit_s
    first_layers(search, lap)
    tiles = Tiles(search, executor)
    for shift in range(search.options.rounds):
        left = ends - time.monotonic()
        if left < LEAST and shift:
            return "time"
        better = tiles.run(shift, max(0.5, (FIRST if shift == 0 else 0.5) * left))
        lap(f"tiles {shift + 1}")
        if shift == 0:
            for name in ("serve", "care"):
                if not search.met(name):
                    tiles.bound(name, BOUNDS * max(0.5, ends - time.monotonic()))
                search.tell(name)
            lap("bounds")
        if search.met("serve") and search.met("care"):
            return "proof"
        if search.instance.n_needs <= FINISHED:
            return finish(search, tiles, lap, ends)
        if not better and shift > 1:
            return "rounds"
    return "rounds"


def finish(search: Search, tiles: Tiles, lap: Lap, ends: float) -> str:
    """The undivided search, begun with the day plans that mattered in the tiles."""
    stopped_by = "proof"
    for name, share in (("serve", 0.3), ("care", 1.0)):
        search.deadline = time.monotonic() + share * (ends - time.monotonic())
        search.rounds, search.days = 0, tiles.pool
        try:
            prove(search, name)
        except StoppedError as stop:
            stopped_by = stop.by
        except OutOfTimeError:
            stopped_by = "time"
        search.tell(name)
        lap(name)
    return stopped_by
