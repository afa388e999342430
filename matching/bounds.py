"""What no plan can exceed, from any prices: the Lagrangian bound of day plans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.instance import Instance
from matching.view import Floats, View
from matching.ways import Ints

SLACK = 1e-6  # relative: what sums of floats may be off by before a bound is rounded down


def whole(bound: float) -> float:
    """A bound rounded down to what a sum of whole numbers can reach."""
    return float(np.floor(bound + SLACK * max(1.0, abs(bound))))


def lagrangian(
    view: View,
    gain: Floats,
    best_days: Floats,
    *,
    floor: int | None,
    serve: float,
    must: NDArray[np.bool_] | None = None,
    extra: float = 0.0,
) -> float:
    """No plan is worth more on this level than this, whatever the gains are.

    gain: by slot, what a day was credited for visiting it besides care. best_days: for each volunteer an upper bound on
    her best day at these gains. A unit served pays back at least the least its visitors can have been credited: one
    of a need for one, two different people (not both trainees, the locked one among them) of a span of a need for two.
    At the level of care (floor given) a plan serves at least `floor`, and each unit of priority is worth `serve`.
    `must`: the needs that every plan in question serves (those locked unless given). `extra`: what needs outside the
    slots may add.
    """
    worth = 1.0 if floor is None else serve
    units = _units(view, gain, worth, view.instance.n_locked if must is None else must)
    return float(units + np.maximum(0.0, best_days).sum() - (0.0 if floor is None else serve * floor) + extra)


def _units(view: View, gain: Floats, worth: float, must: NDArray[np.bool_]) -> float:
    one = view.instance
    two = one.n_people[view.s_need] == 2
    least = np.full(one.n_needs, np.inf)
    np.minimum.at(least, view.s_need[~two], gain[~two])
    kept = np.full(one.n_needs, -np.inf)
    single = np.flatnonzero(np.isfinite(least))
    kept[single] = worth * one.n_priority[single] - least[single]
    slots = np.flatnonzero(two)
    for need, value in _pairs(view, gain, slots).items():
        kept[need] = worth * float(one.n_priority[need]) - value
    reached = np.isfinite(kept)
    return float(np.where(must, kept, np.maximum(0.0, kept))[reached].sum())


def _pairs(view: View, gain: Floats, slots: Ints) -> dict[int, float]:
    """By two-person need: the least that two people who may go together were credited, over its spans."""
    one, found = view.instance, dict[int, float]()
    halves = one.half_locks
    order = slots[np.lexsort((gain[slots], view.s_low[slots], view.s_need[slots]))]
    ends = np.flatnonzero(np.diff(view.s_need[order]) | np.diff(view.s_low[order])) + 1
    for group in np.split(order, ends) if len(order) else ():
        need = int(view.s_need[group[0]])
        value = _pair(one, view, gain, group, halves.get(need))
        if value is not None:
            found[need] = min(found.get(need, np.inf), value)
    return found


def _pair(one: Instance, view: View, gain: Floats, group: Ints, named: int | None) -> float | None:
    """The least credited pair of one span, cheapest slots first; None if no two may go together."""
    people = view.s_volunteer[group]
    first = 0
    if named is not None:
        places = np.flatnonzero(people == named)
        if not len(places):
            return None
        first = int(places[0])
    trainee = one.v_trainee[people]
    for second in range(len(group)):
        if second != first and not (trainee[first] and trainee[second]):
            return float(gain[group[first]] + gain[group[second]])
    return None


def serving(priority: Floats, low: Floats, floor: int | None) -> tuple[float, Floats]:
    """What served units pay back at most, less what they were credited at least (`low`); and what each one pays.

    Those that pay more than nothing are served then; those that pay nothing may be.

    floor: None where priority itself is what counts. Else a plan serves at least this much and what a unit of priority
    is worth may be anything: the sum of max(0, worth x priority - low) - worth x floor is convex in it, and least at
    the worth of one of the units.
    """
    worth = 1.0
    if floor is not None and len(low):
        worths = low / priority
        order = np.argsort(worths)
        at = int(np.searchsorted(np.cumsum(priority[order]), floor))
        worth = max(0.0, float(worths[order[min(at, len(order) - 1)]]))
    paid = worth * priority - low
    return float(np.maximum(0.0, paid).sum() - (0.0 if floor is None else worth * floor)), paid
