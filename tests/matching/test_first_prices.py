"""What the programme of day plans begins with, and what it takes for serving: small steps that bounds rest upon."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest

from matching import Options, Problem, check, solve
from matching import columns as columns_module
from matching.assembling import true_values
from matching.columns import Level, stopped
from matching.daysearch import best_of_each
from matching.drafting import first_days
from matching.generate import generate
from matching.instance import build_instance
from matching.kernels import NOTHING
from matching.master import OUTWEIGHING, Master
from matching.mending import eased
from matching.pool import Pool
from matching.search import Search, first_bounds
from matching.spans import cut_evenly, visited_by_two
from matching.view import open_view
from tests.matching.test_swapping import broken

MINUTE = 60.0


def search_of(problem: Problem) -> Search:
    """A search whose best plan is the first."""
    one = build_instance(problem)
    start = true_values(one, *first_days(one))
    search = Search(one, Options(workers=1, explain=False), start, first_bounds(one))
    search.deadline = time.monotonic() + MINUTE
    return search


def proven(problem: Problem) -> Search:
    """A search whose serve is proven."""
    search = search_of(problem)
    stopped(search, "serve")
    assert search.met("serve")
    search.days, search.rounds = [], 0
    return search


@pytest.mark.parametrize("seed", range(20))
def test_each_person_keeps_her_greatest_values(seed: int) -> None:
    dice = np.random.default_rng(seed)
    view, most = open_view(build_instance(generate(30, 15, seed=seed))), int(dice.integers(1, 9))
    values = dice.integers(-5, 6, len(view.s_need)).astype(float)
    left = view.strongest(values, most)
    for begin, end in pairwise(view.v_first.tolist()):
        order = sorted(range(begin, end), key=lambda at: (-values[at], at))
        assert {at for at in range(begin, end) if left[at] > NOTHING} == set(order[:most])
        assert all(left[at] == values[at] for at in order[:most])


@pytest.mark.parametrize("seed", range(20))
def test_each_group_names_its_greatest_values_in_order(seed: int) -> None:
    dice = np.random.default_rng(seed)
    group, most = dice.integers(0, 9, 80), int(dice.integers(1, 7))
    values = dice.integers(-5, 6, 80).astype(float)
    best = best_of_each(group, values, 10, most)
    assert best.shape == (10, most)
    for row, found in enumerate(best.tolist()):
        members = sorted(np.flatnonzero(group == row).tolist(), key=lambda at: (-values[at], at))
        assert found == members[:most] + [-1] * (most - len(members[:most]))


def test_days_of_one_visit_are_those_of_whom_it_suits_best() -> None:
    search = search_of(generate(60, 80, seed=2))
    cut_evenly(search)
    master = Level(search, "care").master
    alone = {(slots[0], care) for slots, care in zip(master.slots, master.cares, strict=True) if len(slots) == 1}
    for unit in range(len(master.unit_need)):
        slots = np.flatnonzero(master.slot_unit == unit).tolist()
        judged = {slot: judge(master, slot) for slot in slots}
        possible = sorted((care for care in judged.values() if care > NOTHING), reverse=True)
        known = [care for slot, care in alone if slot in judged]
        assert len(known) >= min(columns_module.ALONE, len(possible))
        assert not possible or max(known) == possible[0]


def judge(master: Master, slot: int) -> float:
    """The care of a day with this visit alone, in the window where it is best."""
    view = master.view
    volunteer = int(view.s_volunteer[slot])
    windows = int(np.diff(view.instance.v_window)[volunteer])
    begin = (slot - int(view.v_first[volunteer])) * (windows + 1)
    return max(view.judge(volunteer, [begin + window], view.care) for window in range(1, windows + 1))


@pytest.mark.parametrize("seed", [1, 4])
def test_a_price_for_serving_proves_what_a_row_over_all_needs_proves(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = proven(generate(50, 25, seed=seed))
    assert search.best.serve < int(search.instance.n_priority.sum()), "somebody is left over"
    cut_evenly(search)
    by_row = Level(search, "care")
    assert by_row.master.fold == 0.0
    by_row.generate()
    monkeypatch.setattr(columns_module, "LARGE", 0)
    priced = Level(search, "care")
    assert priced.master.fold == OUTWEIGHING
    priced.generate()
    assert priced.exact == pytest.approx(by_row.exact, abs=0.5)
    assert priced.master.value == pytest.approx(by_row.master.value, abs=0.5)


@pytest.mark.parametrize(("enough", "taken"), [(1.0, True), (0.0, False)])
def test_a_choice_that_serves_a_little_less_is_taken_to_be_put_right_and_proves_nothing(
    enough: float, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = proven(generate(50, 25, seed=1))
    cut_evenly(search)
    monkeypatch.setattr(columns_module, "LARGE", 0)
    level = Level(search, "care")
    level.generate()
    best = level.master.taken_by(search.best.days, search.best.starts)
    assert level.master.worth(best) == search.best.care
    at_home = dict.fromkeys(range(5))  # so many people that others cannot make up for them
    monkeypatch.setattr("matching.master.NEARLY", enough)
    chosen, sure = level.master.choose(MINUTE, kept=at_home)
    assert (chosen is not None, sure) == (taken, False)
    assert chosen is None or level.master.worth(chosen) < search.best.care


def test_where_no_set_serves_enough_it_is_proven_that_none_is_better() -> None:
    found = solve(generate(150, 75, seed=1), Options(time_limit_s=120, explain=False))
    assert found.status == "optimal"  # one minute below the bound of the programme
    search = proven(generate(50, 25, seed=1))
    cut_evenly(search)
    level = Level(search, "care")
    level.generate()
    at_home = dict.fromkeys(range(5))
    assert level.master.choose(MINUTE, kept=at_home) == (None, False)
    assert level.master.choose(MINUTE, kept=at_home, beaten=search.best.care) == (None, True)
    assert level.master.choose(MINUTE, kept=at_home, beaten=search.best.care - 10**6) == (None, False)


@pytest.mark.parametrize("seed", [2, 3])
def test_days_around_a_visit_for_two_are_eased_without_a_loss(seed: int) -> None:
    one = build_instance(generate(120, 160, seed=seed))
    plan = true_values(one, *first_days(one))
    two = {need for need, _ in visited_by_two(one, plan.days)}
    assert two
    better = eased(one, plan, Options(explain=False), time.monotonic() + MINUTE, two)
    assert better.serve >= plan.serve
    assert better.values > plan.values
    assert broken(one, better) == []
    assert eased(one, plan, Options(explain=False), time.monotonic() - 1.0, two) is plan


def test_a_large_day_with_little_time_still_gets_a_right_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = generate(150, 300, seed=6)
    best = solve(problem, Options(time_limit_s=60, explain=False))
    assert best.status == "optimal"
    monkeypatch.setattr("matching.city.AT_ONCE", 50)
    monkeypatch.setattr(columns_module, "LARGE", 50)
    for seconds in (0.3, 0.7, 1.5):
        found = solve(problem, Options(time_limit_s=seconds, workers=1, explain=False))
        assert check(problem, found) == []
        assert found.values <= best.values
        assert found.levels[0].bound >= best.values[0]
        assert found.values[0] < best.values[0] or found.levels[1].bound >= best.values[1]


def test_processes_are_begun_only_when_there_is_work_for_them() -> None:
    pool = Pool(1)
    pool.shutdown()
    assert pool._pool is None
    with Pool(1) as begun:
        assert begun.submit(abs, -3).result(timeout=MINUTE) == 3
