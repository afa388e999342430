"""Rows of odd sets: what they say is true of every plan, they are found, and the search for day plans pays for them."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from matching import Options, Problem
from matching.assembling import NOBODY
from matching.columns import Level, stopped
from matching.generate import generate
from matching.instance import build_instance
from matching.oddsets import OddSet, OddSets, broken_rings, broken_triples
from matching.search import Search, first_bounds
from matching.spans import cut_evenly
from matching.view import open_view
from tests.matching.instances import random_day

HALF = 0.5


def test_three_halves_of_three_needs_break_a_row() -> None:
    days = [(1, (7, 8), HALF), (2, (8, 9), HALF), (3, (7, 9), HALF)]
    assert broken_triples(days, 10) == [OddSet((), (7, 8, 9))]


def test_a_day_with_all_three_needs_counts_once() -> None:
    days = [(1, (7, 8, 9), HALF), (2, (8, 9), HALF)]
    assert broken_triples(days, 10) == []


def test_two_halves_of_a_volunteer_and_somebody_with_both_needs_break_a_row() -> None:
    days = [(1, (7, 5), HALF), (1, (8, 6), HALF), (2, (7, 8), HALF)]
    assert broken_triples(days, 10) == [OddSet((1,), (7, 8))]


@pytest.mark.parametrize("size", [5, 7, 9])
def test_a_ring_of_halves_breaks_a_row_over_all_of_it(size: int) -> None:
    ring = [(v, (v, (v + 1) % size), HALF) for v in range(size)]
    assert broken_triples(ring, 10) == []
    assert broken_rings(ring, 10) == [OddSet((), tuple(range(size)))]
    assert broken_rings([*ring[1:], (0, (0, 1), 0.4)], 10) == []  # two of the needs are not used wholly


def test_a_ring_of_an_even_number_breaks_no_row() -> None:
    assert broken_rings([(v, (v, (v + 1) % 6), HALF) for v in range(6)], 10) == []


def test_a_ring_may_lead_through_peoples_days() -> None:
    days = [(1, (4,), HALF), (1, (5,), HALF), (2, (5,), HALF), (2, (6,), HALF), (3, (6, 4), HALF)]
    assert broken_rings(days, 10) == [OddSet((1, 2), (4, 5, 6))]


def test_only_the_odd_sets_of_what_is_left_are_taken_along() -> None:
    people, needs = np.array([-1, 0, 1]), np.array([0, -1, 1, 2])
    assert OddSet((2,), (0, 3)).within(people, needs)
    assert OddSet((2,), (0, 3)).renumbered(people, needs) == OddSet((1,), (0, 2))
    assert not OddSet((0,), (0, 3)).within(people, needs)
    assert not OddSet((), (0, 1, 3)).within(people, needs)
    assert OddSet((1, 2), (0, 2, 3)).renumbered(people, needs) == OddSet((0, 1), (0, 1, 2))


@pytest.mark.parametrize("seed", range(8))
def test_the_search_for_day_plans_pays_for_every_two_of_an_odd_set(seed: int) -> None:
    view = open_view(build_instance(Problem.from_dict(random_day(500 + seed, needs=9, volunteers=4, minutes=90))))
    one, dice = view.instance, np.random.default_rng(seed)
    values = dice.integers(1, 40, len(view.s_need)) / 4 + view.care
    known = [OddSet((), needs) for size in (3, 5) for needs in itertools.combinations(range(one.n_needs), size)]
    known += [
        OddSet((v,), needs)
        for v in range(one.n_volunteers)
        for size in (2, 4)
        for needs in itertools.combinations(range(one.n_needs), size)
    ]
    odd_sets = OddSets(one.n_needs, one.n_volunteers, [known[at] for at in dice.permutation(len(known))[:40].tolist()])
    price = dice.integers(0, 12, 40).astype(float)
    wide = np.full(one.n_volunteers, -1e4)
    options = {"by_care": True, "keep": 0, "capacity": 10**5, "deadline": time.monotonic() + 60, "workers": 1}
    free = view.enumerate(wide, values, **options)
    paid = view.enumerate(wide, values, **options, charges=odd_sets.charges(price))
    worth: dict[tuple[int, int], float] = {}
    for volunteer, key, slots, value in zip(free.volunteer, free.key, free.slots, free.value, strict=True):
        needs = set(view.s_need[slots[slots >= 0]].tolist())
        used = [len(needs & set(odd.needs)) + (volunteer in odd.volunteers) for odd in odd_sets.known]
        worth[int(volunteer), int(key)] = value - float(price @ (np.array(used) // 2))
    found = {(int(v), int(key)): value for v, key, value in zip(paid.volunteer, paid.key, paid.value, strict=True)}
    assert found == pytest.approx(worth)
    for volunteer in range(one.n_volunteers):
        hers = [value for (who, _), value in worth.items() if who == volunteer]
        assert paid.best[volunteer] == pytest.approx(max([-1e4, *hers]))


@pytest.mark.parametrize(("people", "seed"), [(60, 1), (50, 1), (50, 7)])
@pytest.mark.parametrize("many", [0, 10**6], ids=["gradients", "simplex"])
def test_rows_of_odd_sets_bring_the_bound_down_and_never_below_a_plan(people: int, seed: int, many: int) -> None:
    instance = build_instance(generate(120, people, seed=seed))
    search = Search(instance, Options(workers=1), NOBODY, first_bounds(instance), deadline=time.monotonic() + 60)
    assert stopped(search, "serve") is None
    fresh = Search(instance, Options(workers=1), NOBODY, first_bounds(instance), deadline=time.monotonic() + 60)
    cut_evenly(fresh)
    level = Level(fresh, "serve")
    level.master.many = many
    before = level.generate()
    while level.master.lay_odd_sets():
        fresh.rounds = 0
        level.generate()
    assert len(level.master.odd_sets)
    prices = level.master.price(60)
    bound = level.bound(prices, level.listed(prices, prices.day, prices.gain, 1))
    assert bound >= level.master.value * (1.0 - 1e-3)
    assert bound >= search.best.serve - 1e-6
    assert prices.odd.sum() > 0.2
    assert bound < before.value


@pytest.mark.parametrize(
    ("needs", "people", "seed", "plain"), [(160, 70, 6, True), (120, 60, 2, False), (120, 60, 9, False)]
)
def test_rings_close_what_threes_leave_open(needs: int, people: int, seed: int, plain: bool) -> None:
    instance = build_instance(generate(needs, people, seed=seed, plain=plain))
    search = Search(instance, Options(workers=1), NOBODY, first_bounds(instance), deadline=time.monotonic() + 60)
    cut_evenly(search)
    level = Level(search, "serve")
    level.generate()
    while level.master.odd_sets.add(broken_triples(parted(level), 100)):
        search.rounds = 0
        level.generate()
    threes = level.exact
    while level.master.lay_odd_sets():
        search.rounds = 0
        level.generate()
    assert level.exact < threes - 0.1
    assert stopped(search, "serve") is None
    assert level.exact >= search.best.serve - 1e-6


def parted(level: Level) -> list[tuple[int, list[int], float]]:
    """The day plans that its programme takes in part."""
    master = level.master
    some = np.flatnonzero((master.much > 1e-6) & (master.much < 1.0 - 1e-6)).tolist()
    return [
        (master.volunteers[column], master.view.s_need[list(master.slots[column])].tolist(), float(master.much[column]))
        for column in some
    ]
