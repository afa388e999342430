"""The spans into which the windows of two-person needs are cut: a day plan says in which of them it comes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.drafting import disagreeing
from matching.instance import Instance
from matching.problem import Window
from matching.search import Search
from matching.timing import Day, start_limits, time_day

SPAN, MOST_SPANS = 20, 12  # minutes of a span at first, and how many a window has at most then
PARTED = 0.02  # of a day plan: so little may fail to meet


def cut_evenly(search: Search, span: int = SPAN, most: int = MOST_SPANS) -> None:
    """Cut the windows of two-person needs into a few spans at once, where people seldom fail to meet.

    A span is `span` minutes or, where that would be more than `most` spans, longer.
    """
    one = search.instance
    for need in np.flatnonzero(one.n_people == 2).tolist():
        arcs = one.arcs_to(need)
        if need in search.spans or not len(arcs):
            continue
        low, high = int(one.a_low[arcs[0]]), int(one.a_high[arcs[0]])
        edges = range(low, high + 1, max(span, (high - low) // most + 1))
        if len(edges) > 1:
            search.spans[need] = tuple((edge, min(edge + edges.step - 1, high)) for edge in edges)


def cut_apart(search: Search, days: Sequence[Day]) -> bool:
    """Cut the spans in which two people of a relaxed plan start at different minutes; False if all agree."""
    one, spans = search.instance, search.spans
    done = False
    for need, (span, both) in _apart(one, days).items():
        low, high = span
        around = (min(both), min(both) + 1, max(both), max(both) + 1)
        edges = sorted({low, *(edge for edge in around if low < edge <= high)})
        if len(edges) == 1:
            continue
        pieces = tuple(zip(edges, [*(edge - 1 for edge in edges[1:]), high], strict=True))
        _replace(spans, need, span, pieces)
        search.apart.add(need)
        done = True
    return done


def cut_between(search: Search, days: Sequence[Day], much: Sequence[float]) -> bool:
    """Cut the spans in which people of a linear programme fail to meet, between those who can only come before a minute
    and those who can only come from then on; whether there were any.

    days, much: the day plans that it takes, and how much of each.
    """
    one, spans = search.instance, search.spans
    visits: dict[tuple[int, Window], list[tuple[int, int, float]]] = {}  # by span: earliest and latest start, how much
    for (volunteer, steps), share in zip(days, much, strict=True):
        for (arc, span, _), limits in zip(steps, start_limits(one, (volunteer, steps)), strict=True):
            need = int(one.a_need[arc])
            if one.n_people[need] == 2:
                visits.setdefault((need, span), []).append((*limits, share))
    cuts = {place: minute for place, some in visits.items() if (minute := _parting(some)) is not None}
    for (need, span), minute in cuts.items():
        _replace(spans, need, span, ((span[0], minute - 1), (minute, span[1])))
    return bool(cuts)


def _parting(visits: Sequence[tuple[int, int, float]]) -> int | None:
    """The minute that parts most of these visits from those they cannot meet; None if there are hardly any."""
    found, most = None, PARTED
    for minute in sorted({early for early, _, _ in visits}):
        before = sum(share for _, late, share in visits if late < minute)
        after = sum(share for early, _, share in visits if early >= minute)
        if min(before, after) > most:
            found, most = minute, min(before, after)
    return found


def visited_by_two(instance: Instance, days: Sequence[Day]) -> set[tuple[int, frozenset[int]]]:
    """The needs for two that these days visit, each with who visits it."""
    people: dict[int, set[int]] = {}
    for volunteer, steps in days:
        for need in instance.a_need[[arc for arc, _, _ in steps]].tolist():
            if instance.n_people[need] == 2:
                people.setdefault(need, set()).add(volunteer)
    return {(need, frozenset(two)) for need, two in people.items()}


def _apart(instance: Instance, days: Sequence[Day]) -> dict[int, tuple[Window, list[int]]]:
    """The needs whose two people would start at different minutes: their span, and those minutes."""
    apart = disagreeing(instance, days)
    found: dict[int, tuple[Window, list[int]]] = {}
    for day in days:
        row = {int(instance.a_need[arc]): span for arc, span, _ in day[1]}
        if apart.isdisjoint(row):
            continue
        index = {instance.problem.needs[need].id: need for need in row}
        for walk in time_day(instance, day):
            for visit in walk.visits:
                need = index[visit.need]
                if need in apart:
                    found.setdefault(need, (row[need], []))[1].append(visit.start)
    return found


def _replace(spans: dict[int, tuple[Window, ...]], need: int, span: Window, pieces: Sequence[Window]) -> None:
    """Put these pieces in the place of one span of a need (of its whole window, where it was not cut)."""
    spans[need] = tuple(piece for each in spans.get(need, (span,)) for piece in (pieces if each == span else (each,)))
