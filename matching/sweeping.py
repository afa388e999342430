"""Where the whole is too hard to choose at once: some neighbours' days chosen anew and all others' kept, in turn."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import numpy as np

from matching.instance import Instance

if TYPE_CHECKING:
    from matching.columns import Level

AROUND = (30, 60)  # volunteers whose days are chosen anew together
NODES = 400  # how much is tried for each
SHARE = 0.95  # of the time left


def improve(level: Level, chosen: list[int] | None) -> None:
    """Sweep over everybody's neighbourhood, and over larger ones when that is in vain.

    chosen: day plans to begin with, if they are better than the best plan.
    """
    search, master = level.search, level.master
    dice = random.Random(search.options.seed)
    until = time.monotonic() + SHARE * search.left()
    current = master.taken_by(search.best.days, search.best.starts)
    if chosen is not None and master.worth(chosen) > master.worth(current):
        current = chosen
    at = 0
    while at < len(AROUND):
        current, better = _sweep(level, current, AROUND[at], dice, until)
        if time.monotonic() > until or search.met(level.name):
            return
        at = 0 if better else at + 1


def _sweep(level: Level, current: list[int], size: int, dice: random.Random, until: float) -> tuple[list[int], bool]:
    """Everybody's neighbourhood of this size chosen anew once; the plan then, and whether it is a better one."""
    people = level.search.instance.n_volunteers
    waiting, better = dict.fromkeys(dice.sample(range(people), people)), False
    while waiting and time.monotonic() < until and not level.search.met(level.name):
        near = neighbours(level.search.instance, next(iter(waiting)))[:size]
        for volunteer in near[: size // 2]:
            waiting.pop(volunteer, None)
        found = _anew(level, set(near), current)
        if found is not None:
            current, better = found, True
            level.settle(current)
    return current, better


def _anew(level: Level, free: set[int], current: list[int]) -> list[int] | None:
    """A better plan than the current one in which only these people's days differ, if there is one."""
    search, master = level.search, level.master
    day_of = {master.volunteers[column]: column for column in current}
    kept = {v: day_of.get(v) for v in range(search.instance.n_volunteers) if v not in free}
    theirs = np.isin(master.volunteers, list(free))
    theirs[current] = True
    found, _ = master.choose(search.left(), np.flatnonzero(theirs).astype(np.int64), kept, NODES)
    return found if found is not None and master.worth(found) > master.worth(current) else None


def neighbours(instance: Instance, volunteer: int) -> list[int]:
    """All volunteers, the nearest to this one's home first; in order of rows where places are only names."""
    one, ways = instance, instance.ways
    if ways.by_matrix:
        rows = np.roll(np.arange(one.n_volunteers), -volunteer)
        return [int(row) for row in rows]
    home = one.n_needs + np.arange(one.n_volunteers)
    away = ((ways.flat(home) - ways.flat(home)[volunteer]) ** 2).sum(axis=1)
    return [int(row) for row in np.argsort(away, kind="stable")]
