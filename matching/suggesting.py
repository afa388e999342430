"""Who could come for one need, without moving anyone: for the person on the phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from matching.instance import pair_care
from matching.problem import Need, Problem, Volunteer
from matching.reasons import minutes_for
from matching.result import Plan, Result
from matching.rules import Visit, broken_rules, lone_legs

AROUND_MIN = 120  # minutes before and after a window that are looked at for a better one


@dataclass(frozen=True)
class Suggestion:
    """One person who could come, when, and what speaks for it."""

    volunteer: str
    start: int
    score: dict[str, int]
    walking_min: int
    windows: tuple[tuple[int, int], ...]

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self.score.values())


def suggest(problem: Problem, result: Result | Plan | None, need: Need) -> list[Suggestion]:
    """The people who can serve the need beside what they already do, best first, then nearest, then by id."""
    found = [one for person in problem.volunteers if (one := _of(problem, result, need, person))]
    return sorted(found, key=lambda one: (-one.total, one.walking_min, one.start, one.volunteer))


@dataclass(frozen=True)
class BetterWindow:
    """A span of minutes outside the window asked for at which this many people could start (two at least for two)."""

    start: int
    end: int
    people: int


def better_windows(
    problem: Problem, result: Result | Plan | None, need: Need, *, within: tuple[int, int] | None = None
) -> list[BetterWindow]:
    """Other starts at which the need could be served without moving anyone: most people first, then nearest.

    `within` are the first and last start that may be offered; two hours around the window unless given.
    """
    low, high = need.start_window
    first, last = within or (max(0, low - AROUND_MIN), high + AROUND_MIN)
    wide = replace(need, start_window=(first, last))
    counts: Counter[int] = Counter()
    for person in problem.volunteers:
        if not broken_rules(problem, wide, person):
            counts.update(minutes_for(problem, wide, person, _visits(problem, result, person.id, need.id)))
    found = []
    for minutes in ((minute for minute in range(first, low)), (minute for minute in range(high + 1, last + 1))):
        for people, run in groupby(minutes, key=lambda minute: counts[minute]):
            span = list(run)
            if people >= need.volunteers:
                found.append(BetterWindow(span[0], span[-1], people))
    return sorted(found, key=lambda one: (-one.people, max(low - one.end, one.start - high), one.start))


def _of(problem: Problem, result: Result | Plan | None, need: Need, person: Volunteer) -> Suggestion | None:
    if broken_rules(problem, need, person):
        return None
    others = _visits(problem, result, person.id, need.id)
    good = minutes_for(problem, need, person, others)
    if not good:
        return None
    walking = sum(lone_legs(problem, need, person))
    score = {**pair_care(problem, need, person), "walking": -problem.goals.walking_minute * walking}
    score["fairness"] -= problem.goals.kth_cost(len(others) + 1)
    return Suggestion(person.id, good[0], score, walking, _spans(good))


def _spans(minutes: Sequence[int]) -> tuple[tuple[int, int], ...]:
    spans: list[list[int]] = []
    for minute in minutes:
        if spans and minute == spans[-1][1] + 1:
            spans[-1][1] = minute
        else:
            spans.append([minute, minute])
    return tuple((low, high) for low, high in spans)


def _visits(problem: Problem, result: Result | Plan | None, volunteer: str, but: str) -> list[Visit]:
    matches: Sequence[Any] = result.matches if result is not None else ()
    return [
        (problem.need_by_id[match.need], match.start)
        for match in matches
        if volunteer in match.volunteers and match.need != but
    ]
