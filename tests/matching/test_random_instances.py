"""Random instances with every feature of the format: plans pass the check and are never below greedy."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from matching import InvalidProblem, Options, Problem, check, greedy, solve

COUNT = 1000 if os.environ.get("LIANXIN_FULL") else 40


def random_document(seed: int, most: int = 12) -> dict[str, Any]:
    """A small town of one seed."""
    dice = random.Random(seed)
    def point() -> list[float]:
        return [30.0 + dice.randint(0, 60) / 10000, 111.0 + dice.randint(0, 60) / 10000]
    people = []
    for row in range(dice.randint(1, most)):
        begin = dice.randint(400, 560)
        free = [[begin, begin + dice.randint(40, 150)]]
        if dice.random() < 0.4:
            free.append([free[0][1] + dice.randint(0, 30), free[0][1] + 130])
        people.append({
            "id": f"v{row}", "place": point(), "free": free, "max_tasks": dice.randint(1, 3), "trainee": dice.random() < 0.15,
            "end_place": point() if dice.random() < 0.2 else None, "reach_m": dice.choice([None, 300, 500]),
            "gates": dice.sample(["vetted", "insured"], dice.randint(0, 2)), "gender": dice.choice(["f", "m"]),
            "served_30d_min": dice.randint(0, 300), "asked_days_ago": dice.choice([None, 0, 2]),
        })  # fmt: skip
    needs = []
    for row in range(dice.randint(1, most)):
        begin = dice.randint(420, 600)
        needs.append({
            "id": f"n{row}", "place": point(), "start_window": [begin, begin + dice.randint(0, 60)],
            "duration_min": dice.randint(10, 60), "priority": dice.randint(1, 4), "volunteers": 2 if dice.random() < 0.3 else 1,
            "remote": dice.random() < 0.1, "gates": ["vetted"] if dice.random() < 0.2 else [],
            "gender": {"value": "f", "required": dice.random() < 0.3} if dice.random() < 0.4 else None,
            "regular": [f"v{dice.randint(0, most)}"],
        })  # fmt: skip
    return {"format": "lianxin-matching/1", "needs": needs, "volunteers": people}


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_plan_passes_the_check_and_is_never_below_greedy(seed: int) -> None:
    problem = Problem.from_dict(random_document(seed))
    result, floor = solve(problem, Options(time_limit_s=10)), greedy(problem)
    assert check(problem, result) == []
    assert check(problem, floor) == []
    assert result.values >= floor.values
    assert result.status == "optimal"


def test_an_unknown_field_is_refused_by_name() -> None:
    document = random_document(1)
    document["needs"][0]["colour"] = 1
    with pytest.raises(InvalidProblem, match="colour"):
        Problem.from_dict(document)
