"""The bound of serve where people are scarce, and the sample of a crowd: right for whatever prices and needs."""

from __future__ import annotations

import time

import numpy as np
import pytest

from matching import Options, candidates, check, greedy, solve
from matching.assembling import NOBODY
from matching.caring import PairCare
from matching.generate import MOST_A_DAY, generate
from matching.instance import Instance, build_instance
from matching.master import Mask
from matching.scarcity import Scarcity, groups
from matching.search import Search, first_bounds

FOREVER = 1e6


def searched(instance: Instance) -> Search:
    """A search that knows no plan yet."""
    return Search(instance, Options(workers=1), NOBODY, first_bounds(instance))


def proven(instance: Instance, prices: np.ndarray) -> float:
    """The bound that these prices lead to."""
    search = searched(instance)
    Scarcity(search).prove(prices, FOREVER)
    return search.bounds["serve"]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_prices_no_plan_serves_more_than_the_bound(seed: int) -> None:
    problem = generate(30, 20, seed)
    instance = build_instance(problem)
    best = solve(problem, Options(time_limit_s=600, explain=False)).levels[0]
    assert best.met
    dice = np.random.default_rng(seed)
    for share in (0.0, 0.2, 0.6, 1.0):
        prices = (dice.random(instance.n_needs) < share).astype(float)
        assert proven(instance, prices) >= best.value


def test_with_every_need_wanted_the_bound_is_the_best_plan() -> None:
    problem = generate(40, 25, seed=3)
    instance = build_instance(problem)
    best = solve(problem, Options(time_limit_s=600, explain=False)).levels[0]
    assert proven(instance, np.ones(instance.n_needs)) == best.value < first_bounds(instance)["serve"]


def test_groups_share_nobody_and_hold_everyone_who_may_serve_their_needs() -> None:
    instance = build_instance(generate(200, 300, seed=1))
    wanted: Mask = np.zeros(instance.n_needs, bool)
    wanted[::9] = True
    seen: set[int] = set()
    needs: list[int] = []
    for people, some in groups(instance, wanted):
        theirs = instance.a_volunteer[np.isin(instance.a_need, some)]
        assert set(people.tolist()) == set(theirs.tolist())
        assert seen.isdisjoint(people.tolist())
        seen |= set(people.tolist())
        needs += some.tolist()
    assert len(needs) == len(set(needs))
    may = np.bincount(instance.a_need, minlength=len(wanted))
    assert set(needs) == set(np.flatnonzero(wanted & (may > 0)).tolist())


def test_no_time_leaves_the_bound_as_it_was() -> None:
    instance = build_instance(generate(60, 30, seed=2))
    search = searched(instance)
    search.deadline = time.monotonic()
    assert not Scarcity(search).prove(np.ones(instance.n_needs), -1.0)
    assert search.bounds == first_bounds(instance)


def test_where_much_must_be_left_over_both_levels_are_far_better_than_greedy() -> None:
    problem = generate(120, 60, seed=4)
    found, first = solve(problem, Options(time_limit_s=300, explain=False)), greedy(problem)
    assert check(problem, found) == []
    assert any(step["name"] == "fold" for step in found.run["steps"])
    bound = found.levels[0].bound
    assert 10 * (bound - found.values[0]) <= bound - first.values[0]


def test_nobody_orders_more_than_three_visits_a_day() -> None:
    problem = generate(400, 800, seed=1)
    homes: dict[object, int] = {}
    for need in problem.needs:
        homes[need.place] = homes.get(need.place, 0) + 1
    assert max(homes.values()) == MOST_A_DAY


def test_a_crowd_is_sampled_with_the_people_whom_the_need_names(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = generate(60, 2_000, seed=6)
    everybody = build_instance(problem).candidates
    monkeypatch.setattr(candidates, "MOST_LOOKED_AT", 0)
    sampled = build_instance(problem).candidates
    care = PairCare(problem)
    rows = [row for row, need in enumerate(problem.needs) if need.remote]
    assert rows
    for row in rows:
        kept = sampled.volunteer[sampled.first[row] : sampled.first[row + 1]]
        may = everybody.left[row]
        assert sampled.thinned[row]
        assert len(kept) == candidates.CROWD
        assert set(kept.tolist()) <= set(may.tolist())
        assert set(care.named(row).tolist()) & set(may.tolist()) <= set(kept.tolist())
        assert sampled.most_care[row] >= care(np.full(len(may), row), may).max()
        assert sampled.removed_by[row] == everybody.removed_by[row]
