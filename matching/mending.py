"""What a plan leaves over though others could be served, tried again where it lies.

The people nearest to such a need are a small day of their own: their days are chosen anew, all others' stay. Where few
needs are left over that is far quicker than another look at everything.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from matching.assembling import Served, true_values
from matching.columns import stopped
from matching.instance import Instance
from matching.options import Options
from matching.parts import Part, cut_out
from matching.search import Search, first_bounds, reached
from matching.spans import visited_by_two
from matching.timing import Day
from matching.ways import Ints

PEOPLE = (100, 160)  # whose days are chosen anew for one need, about: first, and where that was in vain
NEIGHBOURS = 60  # people whose days are chosen anew for care around a need
NEAREST = 20  # of those who may come to a need
MOST = 24  # needs that are tried
EACH, SHARE = 1.0, 0.1  # seconds for one of them at most, or of the time left where that is more
LEVELS = ("serve", "care")


def mended(
    instance: Instance, served: Served, options: Options, ends: float, *, wanted: Collection[int] = (),
    levels: tuple[str, ...] = LEVELS,
) -> Served:  # fmt: skip
    """The plan with these needs (or all) served too as far as that can be had nearby, those of most priority first."""
    best, alone = served, replace(options, workers=1, progress=None, executor=None)
    waiting = set(wanted or np.flatnonzero(reached(instance)).tolist()) - served.served
    for need in sorted(waiting, key=lambda need: (-instance.n_priority[need], need))[:MOST]:
        size = 0
        for people in PEOPLE:
            left = ends - time.monotonic()
            seconds = min(left, max(EACH, SHARE * left))
            part = around(instance, best, need, people)
            if need in best.served or seconds <= 0.0 or part.instance.n_volunteers == size:
                break
            size = part.instance.n_volunteers
            best = _anew(instance, best, part, replace(alone, time_limit_s=seconds), levels)
    return best


def eased(instance: Instance, served: Served, options: Options, ends: float, needs: Collection[int]) -> Served:
    """The plan with the days around each of these needs chosen anew for care."""
    best, alone = served, replace(options, workers=1, progress=None, executor=None)
    for need in sorted(needs):
        seconds = min(EACH, ends - time.monotonic())
        if seconds <= 0.0:
            break
        part = around(instance, best, need, NEIGHBOURS)
        best = _anew(instance, best, part, replace(alone, time_limit_s=seconds), ("care",))
    return best


def put_right(search: Search, found: Served, days: Sequence[Day], ends: float, *, ease: bool) -> Served:
    """A plan made from days in which some fail to meet, better by what is lost there and can be had nearby.

    ease: the days around those who fail to meet are chosen anew too, though all of them be served.
    """
    one = search.instance
    lost = {int(need) for _, steps in days for need in one.a_need[[arc for arc, _, _ in steps]]} - found.served
    if lost and len(lost) <= MOST:
        better = mended(one, found, search.options, ends, wanted=lost)
        found = better if better.values > found.values else found
    parted = {need for need, _ in visited_by_two(one, days) - visited_by_two(one, found.days)}
    if ease and found.serve >= search.best.serve and 0 < len(parted) <= MOST:
        found = eased(one, found, search.options, ends, parted)
    return found


def around(instance: Instance, served: Served, need: int, most: int) -> Part:
    """The people who may come to a need and those who may come in their place, with whomever they visit and this need.

    The nearest come first; a day is in it with every visit it has.
    """
    steps_of = dict(served.days)
    people: dict[int, None] = {}
    waiting, seen = deque([need]), {need}
    while waiting and len(people) < most:
        for volunteer in _nearest(instance, waiting.popleft()):
            if volunteer not in people:
                people[volunteer] = None
                visits = [int(instance.a_need[arc]) for arc, _, _ in steps_of.get(volunteer, ())]
                waiting += [visit for visit in visits if visit not in seen]
                seen.update(visits)
    rows: Ints = np.array(sorted(people), np.int64)
    return cut_out(instance, served, rows, np.array(sorted(seen), np.int64))


def _nearest(instance: Instance, need: int) -> list[int]:
    """The people who may come to a need, the nearest ones."""
    arcs = instance.arcs_to(need)
    found: list[int] = instance.a_volunteer[arcs[np.argsort(instance.a_out[arcs], kind="stable")[:NEAREST]]].tolist()
    return found


def _anew(instance: Instance, served: Served, part: Part, options: Options, levels: tuple[str, ...]) -> Served:
    """The plan with the days of this part chosen anew, if it is better for it."""
    start = true_values(part.instance, part.days, part.starts)
    search = Search(part.instance, options, start, first_bounds(part.instance), exact=False)
    search.deadline = time.monotonic() + options.time_limit_s
    for name in levels:
        search.rounds = 0
        stopped(search, name)
        if name == "serve" and search.best.serve <= start.serve:
            return served
    days, meetings = {day[0]: day for day in served.days}, dict(served.starts)
    part.put_into(days, meetings, search.best.days, search.best.starts)
    found = true_values(instance, sorted(days.values()), meetings)
    return found if found.values > served.values else served
