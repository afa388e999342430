"""The bound on long rounds: never below what can be served, and close to it."""

from __future__ import annotations

import os
import time

import pytest

from matching import InvalidProblem, Options, Problem, solve
from matching.assembling import Served
from matching.instance import build_instance
from matching.longbounds import serve_bound
from matching.longrounds import improve
from tests.matching.instances import random_day
from tests.matching.test_longrounds import orienteering
from tests.matching.towns import day, need, north, volunteer

FULL = bool(os.environ.get("LIANXIN_FULL"))
NOBODY = Served([], {}, frozenset(), 0, 0)
NEVER = float("inf")


@pytest.mark.parametrize("seed", range(60_000, 60_000 + (400 if FULL else 60)))
def test_no_plan_of_a_day_that_uses_the_whole_format_serves_more(seed: int) -> None:
    try:
        problem = Problem.from_dict(random_day(seed, needs=8, volunteers=4, minutes=60))
        best = solve(problem, Options(time_limit_s=5, explain=False))
    except InvalidProblem:
        return
    bound = serve_bound(build_instance(problem), NOBODY, deadline=NEVER, rounds=30)
    assert bound >= best.values[0]
    assert bound <= sum(need.priority for need in problem.needs)


def test_a_plan_is_proven_best_where_prices_are_tight() -> None:
    tight = 0
    for seed in range(4):
        instance = build_instance(orienteering(seed, 25, 2, minutes=600))
        found = improve(instance, NOBODY, deadline=NEVER, seed=1, rounds=20)
        bound = serve_bound(instance, found, deadline=NEVER, rounds=60)
        assert found.serve <= bound <= 1.08 * found.serve
        tight += found.serve == bound
    assert tight >= 1


def test_more_people_who_are_alike_are_priced_once_and_counted() -> None:
    rows = [need(f"n{k}", place=north(200 * k), start_window=[540, 550], duration_min=30, priority=k)
            for k in range(1, 7)]  # fmt: skip
    for people in (1, 2, 4):
        team = [volunteer(f"v{k}") for k in range(people)]
        assert serve_bound(build_instance(day(*rows, *team)), NOBODY, deadline=NEVER) == sum((6, 5, 4, 3)[:people])


def test_two_people_for_one_need_cost_two_visits() -> None:
    both = need("n1", start_window=[540, 540], volunteers=2, priority=9)
    one = need("n2", start_window=[540, 540], priority=5)
    pair = build_instance(day(both, one, volunteer("v1"), volunteer("v2")))
    assert serve_bound(pair, NOBODY, deadline=NEVER) in (9, 10)  # half of the pair counts half: at most 4.5 + 5
    alone = build_instance(day(both, one, volunteer("v1")))
    assert serve_bound(alone, NOBODY, deadline=NEVER) == 5


def test_without_time_the_bound_is_what_can_be_served_at_all() -> None:
    instance = build_instance(orienteering(1, 60, 1))
    whole = int(instance.n_priority.sum())
    assert serve_bound(instance, NOBODY, deadline=time.monotonic() - 1) == whole
    assert serve_bound(instance, NOBODY, deadline=NEVER, rounds=5) < whole
    assert serve_bound(build_instance(day(need())), NOBODY, deadline=NEVER) == 0
    assert serve_bound(build_instance(day(volunteer())), NOBODY, deadline=NEVER) == 0


def test_the_bound_takes_no_longer_than_there_is_time() -> None:
    rows = [need(f"n{k}", place=north(10 * k), start_window=[0, 10**6], duration_min=5) for k in range(300)]
    people = [volunteer(f"v{k}", free=[[0, 10**6]]) for k in range(3)]
    instance = build_instance(day(*rows, *people))
    begun = time.process_time()
    serve_bound(instance, NOBODY, deadline=time.monotonic() + 0.2)
    assert time.process_time() - begun < 1.5
