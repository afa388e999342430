"""Which of the day plans found to take: the best of a few or all, or what the linear programme takes and the rest."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from matching.master import Prices
from matching.search import StoppedError
from matching.spans import cut_apart
from matching.sweeping import improve, neighbours
from matching.view import OutOfTimeError
from matching.ways import Ints

if TYPE_CHECKING:
    from matching.columns import Level

FRACTIONAL = 0.3  # share of the day plans taken that are taken in part, from which on a few cannot be enough
MANY_DAYS = 4_000  # day plans from which on a first choice keeps what the linear programme takes wholly
QUICK, NODES = 0.2, 400  # its share of the time left, and how much is tried
WHOLE = 0.5  # of the time left: for choosing among all day plans at once
EACH = 2e-4  # seconds for each day plan that it gets in any case, if that is not more than half of what is left
HARD = 3_000  # day plans which are too many to choose among where so many are taken in part
MOST_DAYS = 20_000  # day plans among which the second choice is made
HALF = 0.55  # of a day plan: where the linear programme takes more, it is kept if the choice is too hard
PEELED = 0.88  # of the time left for a plan put together bit by bit, where the bound comes after it
ALL = 0.97  # where nothing follows that choice
RICH = 24  # day plans a volunteer brings where they have to be put together from fractions
AROUND_EACH = 12  # people around each of two who failed to meet, whose days are chosen anew


def around(level: Level, least: float, among: Ints | None = None, share: float = QUICK) -> list[int] | None:
    """The best set of these with every day kept that the linear programme takes more than `least` of.

    Quick, and nearly as good as the best: what is left to be chosen falls apart.
    """
    master = level.master
    taken = np.flatnonzero(master.much > least).tolist()
    kept = {master.volunteers[column]: column for column in taken}
    return master.choose(share * level.search.left(), among, kept)[0]


def rounded(level: Level) -> None:
    """A plan long before days are chosen: those that the linear programme mostly takes, and what else fits."""
    level.settle(np.flatnonzero(level.master.much > HALF).tolist())


def draft(level: Level, prices: Prices) -> None:
    """A plan of a large day long before days are chosen: what the linear programme takes wholly stays."""
    if prices is not level.drafted:
        level.drafted = prices
        few = level.likely(prices, level.few)
        chosen = around(level, 1.0 - level.master.programme.slack, few, WHOLE)
        if chosen is None:
            rounded(level)
        else:
            level.settle(chosen)


def choice(level: Level, prices: Prices) -> tuple[list[int] | None, bool]:
    """The best set of the day plans found, and whether it is proven among all of them.

    A few are tried first: where the linear programme is nearly whole, they are enough.
    """
    search, master = level.search, level.master
    chosen = None
    if master.fractional() < FRACTIONAL:
        few = level.likely(prices, level.few)
        share = QUICK
        if len(few) > MANY_DAYS:
            share = WHOLE
            draft(level, prices)
        seconds = max(share * search.left(), min(WHOLE * search.left(), EACH * len(few)))
        chosen, _ = master.choose(seconds, few, nodes=NODES)
    reached = max(search.value(level.name), -(10**18) if chosen is None else master.worth(chosen))
    if chosen is not None and reached > level.exact - 1.0:
        return chosen, True
    among = promising(level, prices, reached)
    if hard(level) and len(among) > HARD:
        if level.name == "care":
            return around(level, HALF), False
        follows = PEELED if search.exact and level.floor is None else ALL
        peel(level, (follows if level.nearly else WHOLE) * search.left())
        return None, False
    if len(among) > MOST_DAYS:
        among = level.likely(prices, MOST_DAYS)
        again, _ = master.choose(WHOLE * search.left(), among)
        return (chosen if again is None else again), False
    again, proven = master.choose(WHOLE * search.left(), among, beaten=reached)
    if again is None or (chosen is not None and master.worth(again) < master.worth(chosen)):
        return chosen, proven
    return again, proven


def promising(level: Level, prices: Prices, reached: int) -> Ints:
    """Every day plan here that could be part of a plan better than what is reached."""
    least = reached + 1.0 - level.exact - 1e-7 * max(1.0, abs(level.exact))
    return np.flatnonzero(level.master.reduced(prices) >= least).astype(np.int64)


def hard(level: Level) -> bool:
    """There are many day plans, and the linear programme is far from whole."""
    return len(level.master.volunteers) > HARD and level.master.fractional() >= FRACTIONAL


def peel(level: Level, seconds: float) -> None:
    """Offer a plan put together bit by bit; several, where there is time and nothing else to be done with it."""
    from matching.peeling import AT_ONCE, peeled

    ends = time.monotonic() + seconds
    with suppress(OutOfTimeError):  # it may have been broken off, or have grown
        level.last = level.master.price(seconds)
        for at_once in AT_ONCE if level.nearly and level.floor is None else AT_ONCE[:1]:
            begun = time.monotonic()
            level.search.offer(peeled(level, ends - begun, at_once))
            if level.search.met(level.name) or 2 * time.monotonic() - begun > ends:
                break
    level.search.tell(level.name)


def enrich(level: Level, prices: Prices) -> None:
    """More of everybody's good day plans: where the linear programme is far from whole, the choice needs them."""
    values = prices.gain + (0.0 if level.floor is None else level.view.care)
    thresholds = prices.day - 0.5 * np.abs(prices.day).mean()
    listed = level.listed(prices, thresholds, values, RICH)
    level.master.add_listed(listed, prices.gain)


def patch(level: Level) -> None:
    """The relaxed plan of the last cut as it was, but for the people around those who failed to meet in it."""
    search, one = level.search, level.search.instance
    apart, days = search.apart, search.relaxed
    search.relaxed, search.apart = [], set()
    meeting = [v for v, steps in days if not apart.isdisjoint(one.a_need[[arc for arc, _, _ in steps]].tolist())]
    free = {near for v in meeting for near in neighbours(one, v)[:AROUND_EACH]} | set(meeting)
    column_of = {
        level.master.volunteers[column]: column
        for column in level.master.taken_by([day for day in days if day[0] not in free], {})
    }
    kept = {v: column_of.get(v) for v in range(one.n_volunteers) if v not in free}
    chosen, _ = level.master.choose(QUICK * search.left(), kept=kept)
    if chosen is not None:
        level.settle(chosen)


def complete(level: Level, prices: Prices) -> None:
    """List every day plan that could be part of something better than the incumbent, and choose once more."""
    search, name, master = level.search, level.name, level.master
    values = prices.gain + (0.0 if level.floor is None else level.view.care)
    slack = np.maximum(prices.day, level.best_days)
    bound = level.exact
    thresholds = slack - (bound - search.value(name) - 1.0) - 1e-7 * max(1.0, abs(bound))
    listed = level.listed(prices, thresholds, values, keep=0)
    if not listed.finished.all():
        improve(level, None)
        raise StoppedError("rounds")  # too many to list: the gap stays open
    master.add_listed(listed, prices.gain)
    reached = search.value(name)
    among = promising(level, prices, reached)
    chosen, proven = master.choose(WHOLE * search.left(), among, beaten=reached)
    if chosen is not None and level.settle(chosen):
        return
    if proven:
        reached = search.value(name) if chosen is None else max(master.worth(chosen), search.value(name))
        search.lower(name, reached)
    better = chosen is not None and master.worth(chosen) > search.value(name)
    if search.met(name) or (better and cut_apart(search, level.days_of(chosen or []))):
        level.remember(prices, chosen or [])
        return
    if not proven:
        improve(level, chosen)
    raise StoppedError("time" if search.left() < 0.1 else "rounds")
