"""Every way one person can walk her visits at their minutes: all splits into rounds that keep to her free windows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

from matching import Problem
from matching.daychanges import walk
from matching.problem import Volunteer
from matching.result import Round
from matching.rules import Visit


def ways_to_walk(problem: Problem, person: Volunteer, visits: list[Visit]) -> list[list[Round]]:
    """Lists of rounds, each within one free window, none overlapping, one a window where the day ends elsewhere."""
    ordered = sorted(visits, key=lambda visit: visit[1])
    found = []
    for breaks in product((False, True), repeat=len(ordered) - 1):
        rounds = [walk(problem, person, part) for part in _split(ordered, breaks)]
        if all(one is not None for one in rounds):
            kept = [one for one in rounds if one is not None]
            windows = [_window(person, one) for one in kept]
            apart = all(a.back <= b.leave for a, b in pairwise(kept))
            single = person.end_place is None or len(set(windows)) == len(windows)
            if apart and single and None not in windows:
                found.append(kept)
    return found


def _split(visits: list[Visit], breaks: tuple[bool, ...]) -> Iterator[list[Visit]]:
    part = visits[:1]
    for visit, apart in zip(visits[1:], breaks, strict=True):
        if apart:
            yield part
            part = []
        part = [*part, visit]
    yield part


def _window(person: Volunteer, one: Round) -> tuple[int, int] | None:
    return next(((a, b) for a, b in person.free if a <= one.leave and one.back <= b), None)
