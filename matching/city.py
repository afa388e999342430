"""A day too large for an exact choice: a first plan, then the undivided programme or tiles, bounds for the whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np

from matching.assembling import true_values
from matching.columns import BEGUN, programme, stopped, tighten
from matching.daysearch import best_of_each
from matching.drafting import Draft
from matching.flow import flow
from matching.instance import Instance
from matching.master import Mask
from matching.mending import mended
from matching.search import FOLD, FOREVER, Search
from matching.tiles import NEEDS, Tiles

AT_ONCE = 1.25 * NEEDS  # needs up to which a day is solved undivided
MOST_ARCS = 250_000  # and arcs
FLOWING = 2_000_000  # arcs up to which the flow is worth its time
NEAREST = 12  # people a need is first offered to where it is not
FINISHED = 6_000  # needs up to which a day is solved undivided, where people are not scarce
SEARCHED = 0.8  # of the time limit: the rest is for reasons and for writing the plan
ALL = 0.97  # where no reasons are asked for
MADE = 0.2  # of the time left: for a first plan at most
SCARCE = 0.08  # of serve: what the first plan lacks of the first bound, from which on people are scarce
SHORT = 0.015  # and of a district that lacks so much of a bound from what people compete for, since mending is too slow
MORE = 3  # passes before those that go on while there is time
QUICK = 0.3  # of the time left, in a district: a pass over tiles where something is still left over
FIRST = 0.4  # of the time left: the first pass over the tiles
EACH = 0.75  # and each further one
FOLDING = 0.12  # where people are scarce: a first pass
WHOLE = 6_000  # needs up to which the undivided programme decides then whom to serve
WHOM = (0.12, 0.82, 0.02)  # of the time: for tiles, for the undivided day, for small tiles that mend its plan
BOUNDED, PUT_TOGETHER = 0.42, 0.8  # of the time left on the undivided day, for its programme, and then for a plan
FOLDED = 12  # rounds of pricing that plan takes at least; where there is no time for them, it is made of serve alone
HEAVY = 10_000, 3_000  # minutes of walking that a unit of priority counts in that plan, in each try
PREPARED, MANY_TILES = 1_000, 3  # needs of the first tiles, and how many of those are worth their time
SMALL = 300, 500, 300, 400  # needs of the last ones, one pass after the other
WHOM_LARGE = (0.25, 0.42)  # of the time, on larger days: for tiles, and then for large ones
LARGE = 1_700  # needs of those
BOUNDS = {"serve": 0.3, "again": 0.05, "care": 0.15, "fold": 0.03, "scarce": 0.25}  # of the time left: each bound
NEAR = 0.0005  # of serve: a gap for which the undivided programme is not worth its time
IN_VAIN = 2  # passes without a better plan, after which there are no more
LEAST, CUTTING = 1.0, 1.5e-4  # seconds, and seconds for each need, below which another pass is not begun
WRITING = 1e-4  # seconds for each need that it takes to write the plan down

Lap = Callable[[str], None]


def is_city(instance: Instance) -> bool:
    """Whether a day is solved in tiles."""
    return instance.n_needs > AT_ONCE or instance.n_arcs > MOST_ARCS


def is_scarce(search: Search) -> bool:
    """Whether the first plan leaves over so much that it matters whom to serve."""
    return lacks(search, SCARCE)


def lacks(search: Search, share: float) -> bool:
    """Whether the best plan serves less than its bound by more than this share of it."""
    return search.bounds["serve"] - search.best.serve > share * search.bounds["serve"]


def may_need_tiles(needs: int, volunteers: int) -> bool:
    """Whether a city's day is too large for one programme, or people may be scarce: there are fewer than needs."""
    return needs > min(FINISHED, volunteers)


def made_by(ends: float) -> float:
    """When a first plan stands at the latest, in a search that ends then: others find better ones from any."""
    return time.monotonic() + MADE * (ends - time.monotonic())


def first_layers(search: Search, lap: Lap, ends: float) -> Draft:
    """A plan, and a bound where the flow is worth its time."""
    return (_flow_layers if search.instance.n_arcs <= FLOWING else _nearest_layers)(search, lap, ends)


def _flow_layers(search: Search, lap: Lap, ends: float) -> Draft:
    """A bound, and a plan: what the flow uses as far as times allow, then whatever else fits, then visit by visit."""
    one = search.instance
    draft = Draft(one)
    found = flow(one)
    search.lower("serve", found.bound, "flow")
    search.tell("flow")
    lap("flow")
    used = np.zeros(one.n_arcs, bool)
    used[found.arcs] = True
    draft.fill(open_arcs=used)
    if found.care is not None:
        search.keep(true_values(one, draft.days, draft.meetings))
        if search.best.serve == found.bound:
            search.lower("care", found.care, "flow")
    return _finished(search, draft, lap, ends)


def _nearest_layers(search: Search, lap: Lap, ends: float) -> Draft:
    """A plan: each need by one of the few people who suit it best, then whatever else fits, then visit by visit."""
    draft = Draft(search.instance)
    draft.fill(open_arcs=_nearest(search.instance))
    return _finished(search, draft, lap, ends)


def _finished(search: Search, draft: Draft, lap: Lap, ends: float) -> Draft:
    """What else fits placed; on a city's day a bound comes before visits go to those whom they suit best."""
    draft.finish(tidy=search.instance.n_needs <= FINISHED, until=made_by(ends))
    _keep(search, draft, lap)
    return draft


def _keep(search: Search, draft: Draft, lap: Lap) -> None:
    search.keep(true_values(search.instance, draft.days, draft.meetings))
    search.tell("layers")
    lap("layers")


def _nearest(one: Instance) -> Mask:
    """The few arcs of each need that are best by themselves."""
    best = best_of_each(one.a_need, (one.a_care - one.a_out - one.a_back).astype(float), one.n_needs, NEAREST)
    near = np.zeros(one.n_arcs, bool)
    near[best[best >= 0]] = True
    return near


def solve_city(search: Search, executor: Executor | None, lap: Lap, begun: float) -> str:
    """Both levels until the time is spent or nothing more is found; what stopped it.

    A district is solved undivided, a larger day in tiles: the first passes are for serve alone, since they are quick
    and what is served must stand before care is weighed. More passes follow, cut elsewhere, and the last share of the
    time is for the bound of care.
    """
    one, limit = search.instance, search.options.time_limit_s
    ends = begun + min((SEARCHED if search.options.explain else ALL) * limit, limit - WRITING * one.n_needs)
    draft = (first_layers if may_need_tiles(one.n_needs, one.n_volunteers) else _nearest_layers)(search, lap, ends)
    tiles = Tiles(search, executor)
    scarce, large = is_scarce(search), one.n_needs > FINISHED
    if not scarce:
        bound(search, tiles, "serve", BOUNDS["serve"] * (ends - time.monotonic()))
        lap("serve")
        scarce = not large and one.n_volunteers < one.n_needs and lacks(search, SHORT)
    if large and time.monotonic() < ends:
        draft.tidy()
        _keep(search, draft, lap)
    if scarce or not large:
        return (_scarce if scarce else _district)(search, tiles, lap, ends)
    _serve(search, tiles, lap, ends)
    levels = ("care",) if search.met("serve") else ("fold",)
    stopped_by = _passes(search, tiles, lap, ends - BOUNDS["care"] * (ends - time.monotonic()), MORE, levels)
    bound(search, tiles, "care", ends - time.monotonic())
    lap("care")
    return "proof" if search.met("serve") and search.met("care") else stopped_by


def _serve(search: Search, tiles: Tiles, lap: Lap, ends: float) -> None:
    """Passes for serve alone, each followed by its bound, until nothing more can be served."""
    for shift in range(MORE):
        if search.met("serve") or ends - time.monotonic() < _least(search):
            return
        tiles.run(shift, FIRST * max(0.5, ends - time.monotonic()), ("serve",))
        lap(f"tiles {shift + 1}")
        bound(search, tiles, "serve", BOUNDS["again"] * (ends - time.monotonic()))
        lap("serve")


def _district(search: Search, tiles: Tiles, lap: Lap, ends: float) -> str:
    """Where the undivided programme can be solved, on each level: what stopped it.

    What little the first plan leaves over is tried where it lies, and only then in tiles.
    """
    _mend(search, lap, ends)
    if not search.met("serve") and ends - time.monotonic() > LEAST:
        tiles.run(0, QUICK * (ends - time.monotonic()), ("serve",))
        lap("tiles 1")
        bound(search, tiles, "serve", BOUNDS["again"] * (ends - time.monotonic()))
        if search.bounds["serve"] - search.best.serve > NEAR * search.best.serve:
            _together(search, tiles, "serve", FIRST * (ends - time.monotonic()))
        lap("serve")
    stopped_by = _together(search, tiles, "care", ends - time.monotonic())
    lap("care")
    return stopped_by


def _mend(search: Search, lap: Lap, ends: float) -> None:
    """Try what is left over where it lies, as long as that brings something."""
    while not search.met("serve"):
        better = search.keep(mended(search.instance, search.best, search.options, ends, levels=("serve",)))
        search.tell("mended")
        lap("mended")
        if not better:
            return


def _scarce(search: Search, tiles: Tiles, lap: Lap, ends: float) -> str:
    """Where many needs must be left over: the undivided day, or large tiles, decide whom to serve; care follows."""
    left, whole = ends - time.monotonic(), search.instance.n_needs <= WHOLE
    (_whom if whole else _whom_large)(search, tiles, lap, left)
    stopped_by = _passes(search, tiles, lap, ends - BOUNDS["fold" if whole else "scarce"] * left, 2, ("fold",))
    if not whole and not search.met("serve"):
        tiles.bound("serve", 0.8 * (ends - time.monotonic()), by_groups=False)
        lap("serve")
    bound(search, tiles, "care", ends - time.monotonic())
    lap("care")
    return stopped_by


def _whom(search: Search, tiles: Tiles, lap: Lap, left: float) -> None:
    """Whom the undivided day serves: tiles may give it day plans to begin with, and small ones mend what is near."""
    first, then, last = WHOM
    if search.instance.n_needs > MANY_TILES * PREPARED:
        tiles.run(0, first * left, ("serve",), size=PREPARED, choose=False)
        lap("serve")
    else:
        then += first
    _undivided(search, tiles, then * left, lap)
    ends = time.monotonic() + last * left
    for shift, size in enumerate(SMALL, 1):
        if not search.met("serve") and ends - time.monotonic() > _least(search):
            tiles.run(shift, ends - time.monotonic(), ("serve",), size=size)
            lap("mended")


def _undivided(search: Search, tiles: Tiles, seconds: float, lap: Lap) -> None:
    """Whom the undivided day serves: its programme of serve proves a bound, and is put together with care in mind.

    Many plans serve as much; those among them that people walk little for are found for nothing if serving counts so
    much besides that it is hardly ever given up.
    """
    ends = time.monotonic() + seconds
    search.deadline, search.rounds, search.days = time.monotonic() + BOUNDED * seconds, 0, tiles.known
    level = programme(search)
    search.tell("serve")
    lap("serve")
    known, until = level.known(), time.monotonic() + PUT_TOGETHER * (ends - time.monotonic())
    hurried = until - time.monotonic() < FOLDED * level.took
    if hurried:
        search.deadline = until
        level.gather()
    for heavy in () if hurried else HEAVY:
        begun, search.deadline = time.monotonic(), until
        search.days, search.fold, search.bounds["fold"], search.rounds = known, heavy, FOREVER, 0
        if search.left() > BEGUN * search.instance.n_needs:
            stopped(search, "fold")
        if 2 * time.monotonic() - begun > until:
            break
    search.fold, search.bounds["fold"] = FOLD, FOREVER
    search.tell("whom")
    search.deadline = ends
    if not search.met("serve"):
        tighten(level)
    search.tell("serve")
    lap("whom")


def _whom_large(search: Search, tiles: Tiles, lap: Lap, left: float) -> None:
    """Whom a day too large for that serves: tiles decide, and then larger ones."""
    first, then = WHOM_LARGE
    tiles.run(0, FOLDING * left, ("fold",))
    lap("fold")
    tiles.run(1, first * left, ("serve",))
    lap("serve")
    tiles.run(2, then * left, ("serve",), size=LARGE)
    lap("whom")


def _together(search: Search, tiles: Tiles, name: str, seconds: float) -> str:
    """One level of the undivided day, begun with the day plans that mattered in the tiles; what stopped it."""
    if seconds < BEGUN * search.instance.n_needs:
        return "time"
    search.deadline = time.monotonic() + seconds
    search.rounds, search.days = 0, tiles.known
    stopped_by = stopped(search, name) or "proof"
    search.tell(name)
    return stopped_by


def _least(search: Search) -> float:
    """Seconds below which another pass is not begun."""
    return max(LEAST, CUTTING * search.instance.n_needs)


def _passes(search: Search, tiles: Tiles, lap: Lap, until: float, first: int, levels: tuple[str, ...]) -> str:
    """Passes over tiles that are cut differently each time; what ended them."""
    vain = 0
    for shift in range(first, search.options.rounds):
        left = until - time.monotonic()
        if left < _least(search):
            return "time"
        vain = 0 if tiles.run(shift, EACH * left, levels) else vain + 1
        lap(f"tiles {shift + 1}")
        if vain == IN_VAIN:
            return "rounds"
    return "rounds"


def bound(search: Search, tiles: Tiles, name: str, seconds: float) -> None:
    """What no plan of the whole day exceeds, from the tiles' prices; where the time is over, what was known before."""
    if not search.met(name) and seconds > 0.0:
        tiles.bound(name, max(0.5, seconds))
    search.tell(name)
