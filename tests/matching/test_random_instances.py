"""Random days of up to 60 needs and 60 volunteers: every plan passes the check and none is below greedy."""

from __future__ import annotations

import os
import random

import pytest

from matching import InvalidProblem, Options, Problem, check, greedy, solve
from tests.matching.instances import random_day

COUNT = 1000 if os.environ.get("LIANXIN_FULL") else 200


@pytest.mark.parametrize("seed", range(30_000, 30_000 + COUNT))
def test_a_plan_passes_the_check_and_is_never_below_greedy(seed: int) -> None:
    dice = random.Random(seed)
    most = 60 if seed % 20 == 0 else dice.choice([6, 8, 12, 12, 20])
    document = random_day(seed, needs=most, volunteers=dice.choice([most, most // 2]), minutes=dice.choice([20, 60]))
    problem = Problem.from_dict(document)
    options = Options(time_limit_s=1, explain=seed % 10 == 0)
    try:
        result = solve(problem, options)
    except InvalidProblem:  # random locks may contradict each other
        assert problem.locked
        return
    assert check(problem, result) == []
    floor = greedy(problem)
    kept = {match.need: match for match in floor.matches}
    if all(lock.need in kept for lock in problem.locked):
        assert check(problem, floor) == []
        assert result.values >= floor.values
