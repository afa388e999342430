"""A day in tiles: the plan is right whatever solves the tiles, and the bounds hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from matching import Options, Problem, check, columns, greedy, solve
from matching import city as city_module
from matching.assembling import NOBODY, true_values
from matching.bounds import lagrangian
from matching.drafting import greedy_days
from matching.flow import flow
from matching.generate import generate
from matching.instance import build_instance
from matching.parts import cut_out
from matching.tiles import split
from matching.view import Floats, open_view
from tests.matching.tiled import options, served

LIMITS = pytest.mark.parametrize(
    "seconds", [1.0, 1.6, *(pytest.param(0.8 * 1.15**step, marks=pytest.mark.full) for step in range(20))]
)


@pytest.mark.usefixtures("in_tiles")
def test_a_day_in_tiles_is_right_better_than_greedy_and_below_what_is_proven_undivided() -> None:
    problem = generate(150, 200, seed=5)
    found = solve(problem, options())
    assert check(problem, found) == []
    assert found.values > greedy(problem).values
    assert any(step["name"].startswith("tiles") for step in found.run["steps"])


@pytest.mark.usefixtures("in_tiles")
def test_the_bounds_of_a_day_in_tiles_are_no_lower_than_the_best_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = generate(90, 160, seed=3)
    found = solve(problem, options())
    monkeypatch.setattr(city_module, "AT_ONCE", 10_000)
    best = solve(problem, Options(time_limit_s=60, explain=False))
    assert best.status == "optimal"
    assert found.levels[0].bound >= best.values[0]
    if found.values[0] == best.values[0]:
        assert found.levels[1].bound >= best.values[1]


@pytest.mark.parametrize("seed", [3, 5])
def test_a_district_is_right_and_nothing_better_than_its_bounds_exists(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    problem = generate(90, 160, seed=seed)
    best = solve(problem, Options(time_limit_s=240, explain=False))
    assert best.status == "optimal"
    monkeypatch.setattr(city_module, "AT_ONCE", 50)
    monkeypatch.setattr(columns, "LARGE", 50)
    found = solve(problem, options())
    assert check(problem, found) == []
    assert best.values >= found.values > greedy(problem).values
    assert found.levels[0].bound >= best.values[0]
    if found.values[0] == best.values[0]:
        assert found.levels[1].bound >= best.values[1]
    assert [step["name"] for step in found.run["steps"]][-2] == "care"


@pytest.mark.usefixtures("in_tiles")
def test_the_same_rounds_give_the_same_plan_whoever_solves_the_tiles() -> None:
    problem = generate(120, 200, seed=2)
    alone = solve(problem, options())
    with ThreadPoolExecutor(3) as threads:
        assert served(solve(problem, options(threads))) == served(alone)


@pytest.mark.usefixtures("in_tiles")
def test_a_pool_of_processes_gives_the_same_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = generate(120, 200, seed=2)
    alone = solve(problem, options())
    monkeypatch.setattr("matching.solver.PAIRS_OF_A_CITY", 0)
    assert served(solve(problem, replace(options(), workers=2))) == served(alone)


@pytest.mark.usefixtures("in_tiles")
def test_progress_names_the_tiles() -> None:
    told: list[str] = []
    solve(generate(90, 120, seed=1), options(progress=lambda step, values, bounds: told.append(step)))
    assert "flow" in told
    assert any(step.startswith("tiles 1/") for step in told)


def test_tiles_hold_everybody_once_and_every_need_at_most_once_but_those_for_two() -> None:
    instance = build_instance(generate(300, 500, seed=4))
    plan = true_values(instance, *greedy_days(instance))
    tiles = split(instance, plan, 1, 60)
    assert sorted(np.concatenate([people for people, _ in tiles]).tolist()) == list(range(instance.n_volunteers))
    needs = np.bincount(np.concatenate([some for _, some in tiles]), minlength=instance.n_needs)
    assert needs[instance.n_people == 1].max() == 1
    assert needs.max() <= 2


def test_day_plans_are_taken_into_a_part_only_where_all_their_visits_are() -> None:
    one = build_instance(generate(40, 30, seed=3))
    plan = true_values(one, *greedy_days(one))
    people, needs = np.arange(one.n_volunteers), np.arange(one.n_needs)
    known = {volunteer: [steps] for volunteer, steps in plan.days}
    whole = cut_out(one, NOBODY, people, needs)
    assert whole.outward(whole.inward(known), {})[0] == plan.days
    volunteer, steps = next(day for day in plan.days if len(day[1]) > 1)
    fewer = cut_out(one, NOBODY, people, needs[needs != one.a_need[steps[0][0]]])
    assert volunteer not in [row for row, _ in fewer.inward(known)]
    assert 0 < len(fewer.inward(known)) < len(plan.days)
    for nobody, nothing in ((people[:0], needs), (people, needs[:0])):
        assert cut_out(one, NOBODY, nobody, nothing).inward(known) == []


@LIMITS
@pytest.mark.parametrize("volunteers", [650, 2600])
def test_a_city_has_a_plan_and_a_bound_wherever_its_time_ends(volunteers: int, seconds: float) -> None:
    problem = generate(1300, volunteers, seed=4)
    found = solve(problem, Options(time_limit_s=seconds, workers=1, explain=False))
    assert check(problem, found) == []
    assert all(level.value <= level.bound for level in found.levels)


def test_tiles_of_one_town_are_compact() -> None:
    instance = build_instance(generate(600, 1200, seed=4))
    home = instance.ways.flat(instance.n_needs + np.arange(instance.n_volunteers))
    town = np.ptp(home, axis=0).prod()
    parts = split(instance, true_values(instance, *greedy_days(instance)), 0, 100)
    assert sum(np.ptp(home[people], axis=0).prod() for people, _ in parts) < 1.05 * town


def test_a_part_is_worth_what_its_days_are_worth_in_the_whole() -> None:
    instance = build_instance(generate(200, 260, seed=6))
    plan = true_values(instance, *greedy_days(instance))
    care = 0
    for people, needs in split(instance, plan, 0, 40):
        part = cut_out(instance, plan, people, needs)
        days, starts = part.outward(part.days, part.starts)
        assert set(days) <= set(plan.days) or len(days) == len([d for d in plan.days if d[0] in set(people.tolist())])
        assert starts.items() <= plan.starts.items()
        care += true_values(part.instance, part.days, part.starts).care
    assert care == plan.care


@pytest.mark.parametrize("seed", range(6))
def test_any_prices_at_all_give_a_bound(seed: int) -> None:
    problem = generate(12, 14, seed=seed)
    best = solve(problem, Options(explain=False))
    assert best.status == "optimal"
    instance = build_instance(problem)
    view, dice = open_view(instance), np.random.default_rng(seed)
    for floor, level in ((None, 0), (best.values[0], 1)):
        for _ in range(5):
            gain = dice.integers(-30, 30, instance.n_needs).astype(float)[view.s_need]
            values = gain + (0.0 if floor is None else view.care)
            listed = view.enumerate(
                np.zeros(instance.n_volunteers), values, by_care=floor is not None, keep=1, capacity=10**6,
                deadline=float("inf"), workers=1,
            )  # fmt: skip
            bound = lagrangian(view, gain, listed.best, floor=floor, serve=float(dice.integers(0, 80)))
            assert bound >= best.values[level] - 1e-6


@pytest.mark.parametrize("by_care", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_left_out_of_a_search_for_days_is_never_above_the_threshold(seed: int, by_care: bool) -> None:
    instance = build_instance(generate(250, 40, seed=seed))
    view, dice = open_view(instance), np.random.default_rng(seed)
    assert (np.diff(view.v_first) > 16).sum() > 20  # many needs each: what a day can still add is then a knapsack
    for _ in range(4):
        values = dice.integers(-20, 40, instance.n_needs).astype(float)[view.s_need]

        def best(thresholds: Floats, values: Floats = values) -> Floats:
            return view.enumerate(
                thresholds, values, by_care=by_care, keep=1, capacity=10**6, deadline=float("inf"), workers=1
            ).best

        everything = best(np.full(instance.n_volunteers, -1e9))  # nothing is left out
        for less in (0.5, 3.0, 25.0):
            assert best(everything - less) == pytest.approx(everything)
        assert best(np.zeros(instance.n_volunteers)) == pytest.approx(np.maximum(0.0, everything))


@pytest.mark.parametrize("by_care", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_best_days_are_found_where_most_needs_are_calls_and_alike(seed: int, by_care: bool) -> None:
    problem = generate(80, 12, seed=seed)
    needs = tuple(replace(need, remote=n % 5 > 0, skills=(), gates=()) for n, need in enumerate(problem.needs))
    view = open_view(build_instance(replace(problem, needs=needs)))
    instance = view.instance
    credit = np.random.default_rng(seed).integers(0, 3, instance.n_needs) / 2.0
    values: Floats = credit[view.s_need] + (0.1 * view.care if by_care else 0.0)

    def found(keep: int) -> list[list[float]]:
        listed = view.enumerate(
            np.zeros(instance.n_volunteers), values, by_care=by_care, keep=keep, capacity=10**6, deadline=float("inf"),
            workers=1,
        )  # fmt: skip
        assert listed.finished.all()
        return [sorted(listed.value[listed.volunteer == v], reverse=True) for v in range(instance.n_volunteers)]

    everything = found(0)
    assert max(map(len, everything)) > 30
    for keep in (1, 2, 5):
        assert [pytest.approx(each[:keep]) for each in everything] == found(keep)


@pytest.mark.parametrize("seed", range(4))
def test_the_flow_bounds_serve_and_is_exact_where_everybody_makes_one_visit(seed: int) -> None:
    problem = generate(40, 60, seed=seed)
    assert flow(build_instance(problem)).bound >= solve(problem, Options(explain=False)).values[0]
    single = _singles(problem)
    found = flow(build_instance(single))
    best = solve(single, Options(explain=False))
    assert best.status == "optimal"
    assert (found.bound, found.care) == best.values
    assert check(single, best) == []


def _singles(problem: Problem) -> Problem:
    """The problem with needs for one only, and one visit a person."""
    return replace(
        problem,
        needs=tuple(replace(need, volunteers=1) for need in problem.needs),
        volunteers=tuple(replace(person, max_tasks=1, trainee=False) for person in problem.volunteers),
    )
