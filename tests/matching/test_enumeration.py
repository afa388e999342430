"""Small days with every feature of the format: the solver's plan is the best of all that can be enumerated."""

from __future__ import annotations

import os

import pytest

from matching import InvalidProblem, Options, Problem, check, solve
from tests.matching.enumerating import best_values
from tests.matching.instances import random_day

FULL = bool(os.environ.get("LIANXIN_FULL"))


@pytest.mark.parametrize("seed", range(220 if FULL else 60))
def test_a_small_day_gets_the_best_plan_there_is_in_both_levels(seed: int) -> None:
    _compare(Problem.from_dict(random_day(seed)))


@pytest.mark.parametrize("seed", range(5200, 5280 if FULL else 5220))
def test_few_people_with_many_needs_and_long_windows_get_the_best_plan_too(seed: int) -> None:
    _compare(Problem.from_dict(random_day(seed, needs=7, volunteers=3, minutes=20)))


def _compare(problem: Problem) -> None:
    best = best_values(problem)
    if best is None:
        with pytest.raises(InvalidProblem, match="locked"):
            solve(problem)
        return
    result = solve(problem, Options(time_limit_s=60))
    assert check(problem, result) == []
    assert result.values == best
    assert result.status == "optimal"


def test_the_small_days_hold_every_feature_of_the_format() -> None:
    documents = [random_day(seed) for seed in range(60)]
    needs = [need for document in documents for need in document["needs"]]
    people = [person for document in documents for person in document["volunteers"]]
    pairs = [pair for document in documents for pair in document["pairs"]]
    locks = [lock for document in documents for lock in document.get("locked", [])]
    for field in ("remote", "skills", "gates", "gender", "language", "excluded", "regular"):
        assert any(need[field] for need in needs), field
    for field in ("end_place", "reach_m", "metres_per_minute", "max_tasks", "max_service_min", "trainee", "excluded"):
        assert any(person[field] for person in people), field
    assert any(len(person["free"]) > 1 for person in people)
    assert any(pair["forbidden"] for pair in pairs)
    assert any(pair["score"] < 0 for pair in pairs)
    assert any(lock.get("start") is not None for lock in locks)
    assert any(document["pairs_only"] for document in documents)
    assert {document.get("travel", {}).get("kind") for document in documents} == {None, "walking", "matrix"}
    plans = [solve(Problem.from_dict({**document, "locked": []})) for document in documents[:20]]
    assert any(len(match.volunteers) == 2 for plan in plans for match in plan.matches)
    assert any(len(one.visits) > 1 for plan in plans for one in plan.rounds)
