"""Whom to serve where much must be left over: days kept bit by bit from linear programmes that are far from whole."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest

from matching import Options, Problem, check
from matching.assembling import NOBODY, assemble
from matching.columns import Level, programme, stopped, tighten
from matching.generate import generate
from matching.instance import build_instance
from matching.keeping import Keeping, likely_pairs
from matching.peeling import SMALL, Peeled, peeled
from matching.result import Level as Reached
from matching.search import Search, first_bounds
from matching.spans import cut_evenly
from matching.timing import meeting_minutes


def begun(problem: Problem) -> Search:
    instance = build_instance(problem)
    return Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance), exact=False)


@pytest.fixture
def by_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programmes are solved by gradients, however small they are."""
    monkeypatch.setattr("matching.columns.MANY_IN_PARTS", 0)


def level_of(search: Search) -> Level:
    cut_evenly(search)
    level = Level(search, "serve")
    level.generate()
    return level


@pytest.mark.parametrize(("seed", "plain"), [(1, False), (1, True), (2, True)])
def test_a_plan_put_together_bit_by_bit_serves_nearly_what_the_programme_promises(seed: int, plain: bool) -> None:
    problem = generate(220, 110, seed=seed, plain=plain)
    instance = build_instance(problem)
    assert instance.n_volunteers > SMALL  # else the rest is chosen at once
    search = Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance), exact=False)
    level = level_of(search)
    assert level.master.fractional() > 0.3
    search.deadline = time.monotonic() + 60
    search.offer(peeled(level, 60))
    serve, care = search.best.values
    plan = assemble(instance, search.best, (Reached("serve", serve, 10**9, ""), Reached("care", care, 10**9, "")))
    assert check(problem, plan) == []
    assert serve >= (0.99 if plain else 0.97) * level.master.value


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_day_plans_are_kept_with_those_of_companions_who_can_be_there_at_the_same_minute(seed: int) -> None:
    instance = build_instance(generate(220, 110, seed=seed))
    search = Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance), exact=False)
    master = level_of(search).master
    keeping = Keeping(master, [int(column) for column in np.argsort(-master.much, kind="stable")])
    for column in np.flatnonzero(master.for_two()).tolist():
        keeping.add(column)
    days = [master.day(column) for column in keeping.columns]
    assert len({volunteer for volunteer, _ in days}) == len(days)
    visits = Counter(int(instance.a_need[arc]) for _, steps in days for arc, _, _ in steps)
    assert {need: count for need, count in visits.items() if count != instance.n_people[need]} == {}
    assert 2 in visits.values()
    assert meeting_minutes(instance, days) is not None


def test_a_rest_in_which_nobody_can_come_anywhere_ends_quietly() -> None:
    document = generate(30, 15, seed=1, plain=True).to_dict()
    for need in document["needs"]:
        need["gates"] = ["nobody has it"]
    instance = build_instance(Problem.from_dict(document))
    assert instance.n_arcs == 0
    for name in ("serve", "fold"):
        search = Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance), exact=False)
        level = Level(search, name)
        level.last = level.master.price(10)
        search.deadline = time.monotonic() + 10
        assert peeled(level, 10) == []


@pytest.mark.parametrize("many", [0, 10**6], ids=["gradients", "simplex"])
def test_what_is_barred_is_not_visited_any_more(many: int) -> None:
    search = begun(generate(220, 110, seed=3))
    cut_evenly(search)
    level = Level(search, "serve")
    level.master.many = many
    level.sketch(3)
    master = level.master
    busy = np.flatnonzero(master.for_two() & (master.much > 0.5))
    assert len(busy)
    barred = np.isin(np.arange(len(master.slot_two)), [slot for column in busy for slot in master.slots[column]])
    before = len(master.volunteers)
    master.bar(barred)
    level.sketch(3)
    assert master.value > 0.0
    for column in np.flatnonzero(master.much > 1e-6).tolist():
        assert not barred[list(master.slots[column])].any()
    assert not any(barred[list(slots)].any() for slots in master.slots[before:])
    chosen, _ = master.choose(5.0)
    assert chosen
    assert not any(barred[list(master.slots[column])].any() for column in chosen)


def test_visits_for_two_are_settled_among_two_people_who_may_go_and_can_meet() -> None:
    search = begun(generate(220, 110, seed=1))
    level = level_of(search)
    peeling = Peeled(level, time.monotonic() + 60, 4)
    one = search.instance
    for pair in likely_pairs(level.master, np.ones(one.n_needs, bool)):
        people = level.master.view.s_volunteer[[*pair.slots]]
        assert len(set(people.tolist())) == 2
        assert not one.v_trainee[people].all()
        assert len(set(level.master.slot_unit[[*pair.slots]].tolist())) == 1
    peeling.settle_pairs()
    assert len(peeling.settled) > 1
    for need in peeling.settled:
        assert len(set(one.a_volunteer[one.arcs_to(need)][~peeling.barred[one.arcs_to(need)]].tolist())) == 2
    assert peeling.level.master.value > 0.97 * level.master.value


@pytest.mark.usefixtures("by_gradients")
def test_a_programme_without_time_stands_where_the_one_before_stood() -> None:
    level = level_of(begun(generate(220, 110, seed=1)))
    peeling = Peeled(level, time.monotonic() - 1.0, 4)
    rest = peeling.programme(peeling.rest([]))
    before, after = level.master, rest.master
    assert rest.last is None
    taken = {
        (before.volunteers[column], before.day(column)[1]): much for column, much in enumerate(before.much.tolist())
    }
    assert after.much.sum() > 0.9 * before.much.sum()
    for column in np.flatnonzero(after.much > 1e-9).tolist():
        assert after.much[column] == pytest.approx(taken[after.day(column)])


@pytest.mark.usefixtures("by_gradients")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_bound_comes_down_with_spans_cut_again_and_never_below_a_plan(seed: int) -> None:
    search = begun(generate(160, 80, seed=seed))
    search.deadline = time.monotonic() + 60
    level = programme(search)
    before = level.exact
    tighten(level)
    tight = search.bounds["serve"]
    fresh = begun(generate(160, 80, seed=seed))
    fresh.exact, fresh.deadline = True, time.monotonic() + 60
    stopped(fresh, "serve")
    assert fresh.best.serve <= tight < before
