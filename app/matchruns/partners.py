"""Newcomers on their first visits: the match sends each along with an experienced volunteer whom the plan sends.

A newcomer's place is a second one beside the order's own, so it takes nothing from the plan: the elder is served
with or without her.
"""

from dataclasses import replace
from typing import Any

from matching import Problem, Result, broken_rules
from matching.rules import lone_legs


def partners(problem: Problem, result: Result) -> list[dict[str, Any]]:
    """For each newcomer the nearest visit that she could join: need, volunteer, start and minutes on foot."""
    busy = {key for match in result.matches for key in match.volunteers}
    taken: set[str] = set()
    joined = []
    for newcomer in problem.volunteers:
        if not newcomer.trainee or newcomer.id in busy:
            continue
        ways = []
        for match in result.matches:
            need = replace(problem.need_by_id[match.need], volunteers=2)
            alone = len(match.volunteers) == 1 and problem.need_by_id[match.need].volunteers == 1 and not need.remote
            if alone and match.need not in taken and not broken_rules(problem, need, newcomer, start=match.start):
                ways.append((lone_legs(problem, need, newcomer)[0], match.start, match.need))
        if ways:
            walking, start, need_id = min(ways)
            taken.add(need_id)
            joined.append({"need": need_id, "volunteer": newcomer.id, "start": start, "walking_min": walking})
    return joined
