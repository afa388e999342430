"""Every way one person can walk her visits at their minutes: all splits into rounds that keep to her free windows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

from matching import Problem
from matching.problem import Place, Volunteer
from matching.result import Round, VisitTimes
from matching.rules import Visit
from matching.travel import home_again, leg_min


def ways_to_walk(problem: Problem, person: Volunteer, visits: list[Visit]) -> list[list[Round]]:
    """Lists of rounds, each within one free window, none overlapping, one a window where the day ends elsewhere."""
    ordered = sorted(visits, key=lambda visit: visit[1])
    found = []
    for breaks in product((False, True), repeat=len(ordered) - 1):
        rounds = [_round(problem, person, part) for part in _split(ordered, breaks)]
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


def _round(problem: Problem, person: Volunteer, visits: list[Visit]) -> Round | None:
    """One walk; None where she would come too late to a door."""
    here: Place = person.place
    times: list[VisitTimes] = []
    walking = 0
    for need, start in visits:
        leg = 0 if need.remote else leg_min(problem, person, here, need.place)
        arrive = times[-1].end + leg if times else start
        if arrive > start:
            return None
        walking += leg
        times.append(VisitTimes(need.id, arrive, start, start + need.duration_min))
        here = here if need.remote else need.place
    home = leg_min(problem, person, here, home_again(person))
    first = visits[0][0]
    out = 0 if first.remote else leg_min(problem, person, person.place, first.place)
    service = sum(need.duration_min for need, _ in visits)
    return Round(person.id, times[0].start - out, times[-1].end + home, walking + home, service, tuple(times))
