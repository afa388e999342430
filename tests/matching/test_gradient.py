"""The linear programme by gradients: nearly the simplex's value, and a bound at every step, whatever the prices."""

from __future__ import annotations

import time

import numpy as np
import pytest

from matching import InvalidProblem, Options, Problem, Result, check, columns, daysearch, solve
from matching.assembling import NOBODY, Served
from matching.columns import Level, stopped
from matching.generate import generate
from matching.gradient import Gradient
from matching.instance import build_instance
from matching.peeling import SMALL
from matching.search import Search, first_bounds
from matching.simplex import Simplex
from matching.spans import cut_evenly
from matching.view import View, open_view
from tests.matching.instances import random_day


def level_of(problem: Problem, *, exact: bool = False) -> Level:
    instance = build_instance(problem)
    search = Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance), exact=exact)
    cut_evenly(search)
    search.deadline = time.monotonic() + 60
    return Level(search, "serve")


@pytest.fixture
def by_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every day that has more needs than people is solved by gradients, however small."""
    monkeypatch.setattr("matching.columns.MANY", 0)
    monkeypatch.setattr("matching.columns.MANY_IN_PARTS", 0)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_both_ways_come_to_nearly_the_same_value_and_prove_nearly_the_same(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = generate(90, 45, seed=seed)
    exact = level_of(problem, exact=True)
    exact.generate()
    assert isinstance(exact.master.programme, Simplex)
    monkeypatch.setattr("matching.columns.MANY_IN_PARTS", 0)
    nearly = level_of(problem)
    ended_with = nearly.generate()
    assert isinstance(nearly.master.programme, Gradient)
    assert any(nearly.master.instance.n_people == 2)
    assert nearly.master.value == pytest.approx(exact.master.value, rel=2e-3)
    assert exact.exact - 1e-6 <= nearly.exact <= exact.exact * 1.005
    again = level_of(problem)
    assert again.generate().value == ended_with.value
    assert again.exact == nearly.exact


def solved(problem: Problem, options: Options) -> Result | None:
    """The result; None where the day's locks exclude each other."""
    try:
        return solve(problem, options)
    except InvalidProblem:
        return None


@pytest.mark.usefixtures("by_gradients")
@pytest.mark.parametrize("seed", range(40))
def test_a_bound_by_gradients_is_never_below_the_best_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem.from_dict(random_day(seed, needs=9, volunteers=4))
    found = solved(problem, Options(time_limit_s=20, rounds=3, explain=False))
    monkeypatch.undo()
    best = solved(problem, Options(time_limit_s=60, explain=False))
    if found is None or best is None:
        assert found is best  # refused either way
        return
    assert check(problem, found) == []
    assert best.levels[0].value == best.levels[0].bound
    assert found.levels[0].bound >= best.values[0] >= found.values[0]
    if found.values[0] == best.values[0]:
        assert found.levels[1].bound >= best.values[1] >= found.values[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_levels_folded_into_one_come_to_nearly_the_same_either_way(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = generate(90, 45, seed=seed)
    exact = Level(level_of(problem, exact=True).search, "fold")
    exact.generate()
    assert isinstance(exact.master.programme, Simplex)
    monkeypatch.setattr("matching.columns.MANY", 0)
    monkeypatch.setattr("matching.columns.STRONGEST", (10, 1_000))  # nobody is left out
    nearly = Level(level_of(problem, exact=True).search, "fold")
    nearly.generate()
    assert isinstance(nearly.master.programme, Gradient)
    assert nearly.master.value == pytest.approx(exact.master.value, rel=2e-3)
    assert np.isinf(nearly.search.bounds["fold"]), "a look at the strongest needs proves nothing"
    search = exact.search
    search.best = solve_for(search)
    care = search.bounds["care"]
    search.unfold()
    assert search.best.care <= search.bounds["care"] < care


def solve_for(search: Search) -> Served:
    """The best plan of a search's day on both levels."""
    other = Search(search.instance, search.options, NOBODY, first_bounds(search.instance))
    for name in ("serve", "care"):
        other.deadline, other.rounds, other.days = time.monotonic() + 60, 0, []
        stopped(other, name)
    return other.best


@pytest.mark.usefixtures("by_gradients")
@pytest.mark.parametrize("seed", [1, 2])
def test_each_round_of_pricing_proves_a_bound_and_ends_near_it(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "STRONGEST", (2, 3))  # so that much is left to be found once everybody looks at all
    level = level_of(generate(120, 60, seed=seed))
    told: list[float] = []
    level.search.options = Options(workers=1, progress=lambda step, values, bounds: told.append(bounds[0]))
    level.generate()
    assert told == sorted(told, reverse=True)
    assert len(set(told)) > 1
    assert level.exact - level.master.value < 0.01 * level.exact


@pytest.mark.usefixtures("by_gradients", "in_tiles")
def test_a_scarce_city_is_decided_undivided_and_tells_only_what_holds_for_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("matching.city.SCARCE", 0.0)
    monkeypatch.setattr("matching.choosing.HARD", 0)  # day plans are kept bit by bit
    problem = generate(240, 120, seed=5)
    assert len(problem.volunteers) > SMALL  # else the rest is chosen at once
    told: list[tuple[int, int]] = []
    options = Options(
        time_limit_s=20, workers=1, explain=False,
        progress=lambda step, values, bounds: told.append((values[0], bounds[0])),
    )  # fmt: skip
    found = solve(problem, options)
    assert check(problem, found) == []
    assert "whom" in [step["name"] for step in found.run["steps"]]
    values, bounds = [value for value, _ in told], [bound for _, bound in told]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert (values[-1], bounds[-1]) == (found.levels[0].value, found.levels[0].bound)
    assert found.levels[0].bound - found.values[0] < 0.04 * found.levels[0].bound


@pytest.mark.usefixtures("by_gradients")
def test_the_programme_says_when_its_time_is_over() -> None:
    problem = generate(200, 100, seed=3)
    found = solve(problem, Options(time_limit_s=0.3, explain=False))
    assert check(problem, found) == []
    assert found.levels[0].bound >= found.values[0]


# --- the search for day plans with an eye on every minute -------------------------------------------------------------


def best_days(view: View, values: np.ndarray, thresholds: np.ndarray, *, by_care: bool) -> tuple[np.ndarray, list[int]]:
    """By volunteer the best day plan above her threshold, and the keys of the best three, by the plain search."""
    one, room = view.instance, 3 * view.instance.n_volunteers
    out = (
        np.empty(room, np.int64), np.empty(room), np.empty(room, np.uint64), np.empty(room, np.int64),
        np.full((room, 12), -1, np.int64),
    )  # fmt: skip
    search = getattr(daysearch.enumerate_plans, "py_func", daysearch.enumerate_plans)
    count, best, finished = search(
        np.arange(one.n_volunteers), thresholds, 3, 10**9, np.zeros(1, np.int64), values, view.keys, view.s_group,
        view.s_low, view.s_high, *view._fixed, view.s_least, view.legs, *view._people(), *view.costs(by_care),
        one.metric, view.s_need, *view.free_of_charge, *out,
    )  # fmt: skip
    assert finished.all()
    return best, sorted(np.round(out[1][:count], 6).tolist())


def same_days(view: View, seed: int, thresholds: np.ndarray, monkeypatch: pytest.MonkeyPatch, *, by_care: bool) -> int:
    """How many day plans are found at prices by seed, the same whether or not it is known what is still to come."""
    values = np.random.default_rng(seed).integers(1, 40, view.instance.n_needs)[view.s_need] / 4
    values += 0.05 * view.care if by_care else 0.0
    monkeypatch.setattr(daysearch, "LONG", 10**9)
    plain = best_days(view, values, thresholds, by_care=by_care)
    monkeypatch.setattr(daysearch, "LONG", -1)
    known = best_days(view, values, thresholds, by_care=by_care)
    assert plain[0] == pytest.approx(known[0])
    assert plain[1] == known[1]
    return len(plain[1])


@pytest.mark.parametrize("by_care", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_what_cannot_be_reached_in_time_is_left_out_and_nothing_else(
    seed: int, by_care: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = open_view(build_instance(Problem.from_dict(random_day(900 + seed, needs=9, volunteers=4, minutes=90))))
    thresholds = np.random.default_rng(seed).integers(0, 12, view.instance.n_volunteers).astype(float)
    same_days(view, seed, thresholds, monkeypatch, by_care=by_care)


@pytest.mark.parametrize("by_care", [False, True])
@pytest.mark.parametrize("seed", range(1, 7))
def test_what_is_still_to_come_in_a_town_is_never_less_than_what_comes(
    seed: int, by_care: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = open_view(build_instance(generate(150, 8, seed)))
    thresholds = np.full(view.instance.n_volunteers, 8.0)
    assert same_days(view, seed, thresholds, monkeypatch, by_care=by_care) > 1
