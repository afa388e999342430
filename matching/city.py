"""A day too large to be solved at once: flow and layers first, then tiles, and bounds for the whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress

import numpy as np

from matching.assembling import true_values
from matching.columns import Level, prove
from matching.drafting import Draft
from matching.flow import flow
from matching.instance import Instance
from matching.search import Search, StoppedError
from matching.tiles import LEVELS, NEEDS, Tiles
from matching.view import OutOfTimeError

AT_ONCE = 1.25 * NEEDS  # needs up to which a day is solved undivided
MOST_ARCS = 250_000  # and arcs
FINISHED = 2_600  # needs up to which an undivided search follows the tiles
SEARCHED = 0.8  # of the time limit: the rest is for reasons and for writing the plan
FIRST = 0.4  # of the time left: the first pass over the tiles
EACH = 0.5  # and each further one
BOUNDS = {"serve": 0.3, "care": 0.35}  # of the time left: the bound of each level
IN_VAIN = 2  # passes without a better plan, after which there are no more
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
    """Both levels in tiles until the time is spent or nothing more is found; what stopped it.

    The first pass is for serve alone: it is quick, and what is served must stand before care is weighed. Further passes
    cut elsewhere. The last share of the time is for the bound of care.
    """
    ends = begun + SEARCHED * search.options.time_limit_s
    first_layers(search, lap)
    tiles = Tiles(search, executor)
    tiles.run(0, FIRST * max(0.5, ends - time.monotonic()), ("serve",))
    lap("tiles 1")
    bound(search, tiles, "serve", BOUNDS["serve"] * (ends - time.monotonic()))
    lap("serve")
    stopped_by = _passes(search, tiles, lap, ends - BOUNDS["care"] * (ends - time.monotonic()))
    bound(search, tiles, "care", ends - time.monotonic())
    lap("care")
    return "proof" if search.met("serve") and search.met("care") else stopped_by


def _passes(search: Search, tiles: Tiles, lap: Lap, until: float) -> str:
    """Passes over tiles that are cut differently each time; what ended them."""
    vain = 0
    for shift in range(1, search.options.rounds):
        left = until - time.monotonic()
        if left < LEAST:
            return "time"
        again = shift == 1 and not search.met("serve") and search.instance.n_needs > FINISHED
        levels = LEVELS if again else ("care",)
        vain = 0 if tiles.run(shift, EACH * left, levels) else vain + 1
        lap(f"tiles {shift + 1}")
        if vain == IN_VAIN:
            return "rounds"
    return "rounds"


def bound(search: Search, tiles: Tiles, name: str, seconds: float) -> None:
    """What no plan of the whole day exceeds: from the tiles' prices, and undivided where the day is not too large."""
    ends = time.monotonic() + seconds
    small = search.instance.n_needs <= FINISHED
    if not search.met(name) and (name == "care" or not small):
        tiles.bound(name, max(0.5, seconds))
    if small and ends - time.monotonic() > LEAST:
        finish(search, tiles, name, ends - time.monotonic())
    search.tell(name)


def finish(search: Search, tiles: Tiles, name: str, seconds: float) -> None:
    """The undivided search of one level, begun with the day plans that mattered in the tiles.

    At the level of care only its prices are wanted: the choice among the days of a whole district takes too long.
    """
    search.deadline = time.monotonic() + seconds
    search.rounds, search.days = 0, tiles.pool
    with suppress(StoppedError, OutOfTimeError):
        if name == "serve":
            prove(search, name)
        else:
            Level(search, name).generate()
