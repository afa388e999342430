"""A day too large to be solved at once: flow and layers first, then tiles, and bounds for the whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np

from matching.assembling import true_values
from matching.columns import stopped
from matching.drafting import Draft
from matching.flow import flow
from matching.instance import Instance
from matching.search import Search
from matching.tiles import LEVELS, NEEDS, Tiles

AT_ONCE = 1.25 * NEEDS  # needs up to which a day is solved undivided
MOST_ARCS = 250_000  # and arcs
FINISHED = 6_000  # needs up to which the undivided day follows the tiles
SEARCHED = 0.8  # of the time limit: the rest is for reasons and for writing the plan
ALL = 0.97  # where no reasons are asked for
SCARCE = 0.03  # of serve: what the first plan lacks of the first bound, from which on people are scarce
SERVING = 2  # passes for serve alone, at most
FIRST = 0.4  # of the time left: the first pass over the tiles
EACH = 0.5  # and each further one
BOUNDS = {"serve": 0.3, "care": 0.35, "fold": 0.15}  # of the time left: the bound of each level
NEAR = 0.0005  # of serve: a gap for which the undivided programme is not worth its time
IN_VAIN = 2  # passes without a better plan, after which there are no more
LEAST = 2.0  # seconds below which another pass is not begun

Lap = Callable[[str], None]


def is_city(instance: Instance) -> bool:
    """Whether a day is solved in tiles."""
    return instance.n_needs > AT_ONCE or instance.n_arcs > MOST_ARCS


def is_scarce(search: Search) -> bool:
    """Whether the first plan leaves over so much that it matters whom to serve."""
    return search.bounds["serve"] - search.best.serve > SCARCE * search.bounds["serve"]


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

    The first pass is for serve alone: it is quick, and what is served must stand before care is weighed. Where the
    tiles' day plans can be put together to the undivided day, each pass is followed by that. Else more passes follow,
    cut elsewhere, and the last share of the time is for the bound of care.
    """
    ends = begun + (SEARCHED if search.options.explain else ALL) * search.options.time_limit_s
    first_layers(search, lap)
    tiles = Tiles(search, executor)
    if is_scarce(search):
        return _scarce(search, tiles, lap, ends)
    small = search.instance.n_needs <= FINISHED
    for shift in range(SERVING):
        if shift and search.met("serve"):
            break
        tiles.run(shift, FIRST * max(0.5, ends - time.monotonic()), ("serve",))
        lap(f"tiles {shift + 1}")
        bound(search, tiles, "serve", BOUNDS["serve"] * (ends - time.monotonic()))
        lap("serve")
    if small and search.bounds["serve"] - search.best.serve > NEAR * search.best.serve:
        _together(search, tiles, "serve", FIRST * (ends - time.monotonic()))
        lap("serve")
    if small:
        tiles.run(SERVING, EACH * max(0.5, ends - time.monotonic()), LEVELS if not search.met("serve") else ("care",))
        lap("tiles")
        return _together(search, tiles, "care", ends - time.monotonic())
    levels = ("care",) if search.met("serve") else LEVELS
    stopped_by = _passes(search, tiles, lap, ends - BOUNDS["care"] * (ends - time.monotonic()), SERVING, levels)
    bound(search, tiles, "care", ends - time.monotonic())
    lap("care")
    return "proof" if search.met("serve") and search.met("care") else stopped_by


def _scarce(search: Search, tiles: Tiles, lap: Lap, ends: float) -> str:
    """Where many needs must be left over, both levels folded into one: whom to serve depends on the ways there."""
    left = ends - time.monotonic()
    stopped_by = _passes(search, tiles, lap, ends - BOUNDS["fold"] * left, 0, ("fold",))
    bound(search, tiles, "serve", 0.5 * (ends - time.monotonic()))
    lap("serve")
    bound(search, tiles, "care", ends - time.monotonic())
    lap("care")
    return stopped_by


def _together(search: Search, tiles: Tiles, name: str, seconds: float) -> str:
    """One level of the undivided day, begun with the day plans that mattered in the tiles; what stopped it."""
    search.deadline = time.monotonic() + seconds
    search.rounds, search.days = 0, tiles.known
    stopped_by = stopped(search, name) or "proof"
    search.tell(name)
    return stopped_by


def _passes(search: Search, tiles: Tiles, lap: Lap, until: float, first: int, levels: tuple[str, ...]) -> str:
    """Passes over tiles that are cut differently each time; what ended them."""
    vain = 0
    for shift in range(first, search.options.rounds):
        left = until - time.monotonic()
        if left < LEAST:
            return "time"
        vain = 0 if tiles.run(shift, EACH * left, levels) else vain + 1
        lap(f"tiles {shift + 1}")
        if vain == IN_VAIN:
            return "rounds"
    return "rounds"


def bound(search: Search, tiles: Tiles, name: str, seconds: float) -> None:
    """What no plan of the whole day exceeds, from the tiles' prices."""
    if not search.met(name):
        tiles.bound(name, max(0.5, seconds))
    search.tell(name)
