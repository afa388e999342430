"""Time: a plan comes back whatever the limit, locks are kept without any, and importing is quick."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from itertools import pairwise
from typing import Any

import pytest

from matching import Options, Problem, check, greedy, solve
from matching.generate import generate, generate_document
from tests.matching.towns import day, need, served, volunteer


def puzzle() -> Problem:
    """Locks that greedy cannot place: it starts n2 too early, and takes the wrong second person to n3."""
    needs = [
        need("n1", start_window=[540, 545], duration_min=30),
        need("n2", start_window=[540, 600], duration_min=40, priority=9),
        need("n3", start_window=[560, 640], duration_min=30, priority=5, volunteers=2),
    ]
    locks: list[dict[str, Any]] = [
        {"need": "n1", "volunteers": ["v1"]},
        {"need": "n2", "volunteers": ["v1"]},
        {"need": "n3", "volunteers": ["v1"]},
    ]
    people = [volunteer(free=[[540, 645]]), volunteer("v2", free=[[500, 600]]), volunteer("v3", free=[[612, 700]])]
    return day(*needs, *people, locked=locks)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 10.0])
def test_locks_are_kept_even_when_there_is_no_time(seconds: float) -> None:
    problem = puzzle()
    result = solve(problem, Options(time_limit_s=seconds))
    assert check(problem, result) == []
    assert {match.need for match in result.matches} == {"n1", "n2", "n3"}


@pytest.mark.parametrize("seed", [1, 2])
def test_without_time_the_plan_is_still_checked_and_bounded(seed: int) -> None:
    problem = generate(60, 40, seed)
    result = solve(problem, Options(time_limit_s=0.0))
    assert check(problem, result) == []
    assert result.values >= greedy(problem).values
    assert (result.status, result.stopped_by) == ("feasible", "time")
    assert all(level.bound >= level.value for level in result.levels)


def test_rounds_are_a_budget_that_gives_the_same_plan_again() -> None:
    problem = generate(60, 40, 3)
    one, other = (solve(problem, Options(time_limit_s=60, rounds=2, explain=False)) for _ in range(2))
    assert one.plan == other.plan
    assert one.stopped_by in ("rounds", "proof")
    assert check(problem, one) == []


def test_a_day_of_twenty_needs_and_sixty_people_is_proven_in_a_moment() -> None:
    solve(generate(5, 5), Options())
    begun = time.process_time()
    result = solve(generate(20, 60, 5), Options(time_limit_s=30, explain=False))
    assert result.status == "optimal"
    assert time.process_time() - begun < 2


def test_a_day_without_needs_or_people_has_an_empty_plan() -> None:
    for problem in (day(), day(need()), day(volunteer())):
        result = solve(problem)
        assert check(problem, result) == []
        assert result.status == "optimal"
        assert (result.matches, len(result.unserved)) == ((), len(problem.needs))
    assert served(day(need(), volunteer())) == {"n1": ("v1",)}


def test_progress_is_told_with_bounds_that_only_fall() -> None:
    told: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    solve(generate(30, 25, 2), Options(time_limit_s=30, progress=lambda *step: told.append(step)))
    assert {step for step, _, _ in told} >= {"serve", "care"}
    bounds = [bound for _, _, bound in told]
    for before, after in pairwise(bounds):
        assert all(later <= earlier for earlier, later in zip(before, after, strict=True))


def test_a_good_plan_stands_long_before_days_are_chosen_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = generate(60, 120, 2)
    best = solve(problem, Options(explain=False))
    monkeypatch.setattr("matching.master.Master.choose", lambda *_, **__: (None, False))
    early = solve(problem, Options(explain=False))
    assert early.values[0] == best.values[0]
    assert early.values[1] > greedy(problem).values[1] + 0.9 * (best.values[1] - greedy(problem).values[1])


def test_importing_the_package_loads_neither_numpy_nor_a_solver() -> None:
    script = "import sys, matching; print(sorted({'numpy', 'scipy', 'numba', 'ortools', 'flask'} & set(sys.modules)))"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "[]"


@pytest.mark.parametrize("seed", [1, 2])
def test_half_a_plan_locked_is_kept_whatever_the_priorities_and_the_time(seed: int) -> None:
    dice, document = random.Random(seed), generate_document(40, 40, seed)
    planned = solve(Problem.from_dict(document), Options(time_limit_s=20, explain=False))
    document["locked"] = [
        {"need": match.need, "volunteers": list(match.volunteers)[: dice.randint(1, 2)], "start": match.start}
        for match in planned.matches
        if dice.random() < 0.5
    ]
    for row in document["needs"]:
        row["priority"] = dice.randint(1, 6)
    problem = Problem.from_dict(document)
    hasty, patient = (solve(problem, Options(time_limit_s=limit, explain=False)) for limit in (0.0, 20.0))
    assert check(problem, hasty) == []
    assert check(problem, patient) == []
    assert patient.values >= hasty.values
