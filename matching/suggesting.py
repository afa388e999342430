"""Who could come for one need, without moving anyone: for the person on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matching.instance import pair_care
from matching.problem import Need, Problem, Volunteer
from matching.result import Plan, Result
from matching.rules import Visit, broken_rules, lone_legs, start_spans


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


def _of(problem: Problem, result: Result | Plan | None, need: Need, person: Volunteer) -> Suggestion | None:
    if broken_rules(problem, need, person):
        return None
    others = _visits(problem, result, person.id, need.id)
    minutes = sorted({minute for low, high in start_spans(problem, need, person) for minute in range(low, high + 1)})
    good = [minute for minute in minutes if not broken_rules(problem, need, person, start=minute, others=others)]
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
