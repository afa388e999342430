"""What a day as walked is worth, part by part: the rounds of one person in, her share of each match's score out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matching.instance import pair_care
from matching.problem import Problem
from matching.result import Round

Parts = dict[str, int]
PARTS = ("priority", "regular", "gender", "language", "pair", "walking", "waiting", "fairness")


def day_parts(problem: Problem, volunteer: str, rounds: Iterable[Round]) -> dict[str, Parts]:
    """By need, what her visits of the day add to care: priority is left at 0, it belongs to the need."""
    person, goals = problem.volunteer_by_id[volunteer], problem.goals
    found: dict[str, Parts] = {}
    k = 0
    for walk in sorted(rounds, key=lambda walk: walk.leave):
        now = walk.leave
        for visit in walk.visits:
            k += 1
            part = dict.fromkeys(PARTS, 0) | pair_care(problem, problem.need_by_id[visit.need], person)
            part["fairness"] -= goals.kth_cost(k)
            part["walking"] -= goals.walking_minute * (visit.arrive - now)
            part["waiting"] -= goals.waiting_minute * (visit.start - visit.arrive)
            found[visit.need] = part
            now = visit.end
        found[walk.visits[-1].need]["walking"] -= goals.walking_minute * (walk.back - now)
    return found


def care(parts: Mapping[str, int]) -> int:
    """All parts but the priority."""
    return sum(parts.values()) - parts.get("priority", 0)
