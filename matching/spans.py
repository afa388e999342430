"""The spans into which the windows of two-person needs are cut: a day plan says in which of them it comes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.drafting import disagreeing
from matching.instance import Instance
from matching.problem import Window
from matching.search import Search
from matching.timing import Day, time_day

SPAN, MOST_SPANS = 20, 12  # minutes of a span at first, and how many a window has at most then


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
        old = spans.get(need) or (_window(one, need),)
        spans[need] = tuple(piece for each in old for piece in (pieces if each == span else (each,)))
        search.apart.add(need)
        done = True
    return done


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


def _window(instance: Instance, need: int) -> Window:
    arc = int(instance.arcs_to(need)[0])
    return int(instance.a_low[arc]), int(instance.a_high[arc])
