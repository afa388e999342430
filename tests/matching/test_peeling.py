"""Whom to serve where much must be left over: days kept bit by bit from linear programmes that are far from whole."""

from __future__ import annotations

import time

import pytest

from matching import Options, check
from matching.assembling import NOBODY, assemble
from matching.columns import Level, cut_evenly
from matching.generate import generate
from matching.instance import build_instance
from matching.peeling import SMALL, peeled
from matching.result import Level as Reached
from matching.search import Search, first_bounds


@pytest.mark.parametrize(("seed", "plain"), [(1, False), (1, True), (2, True)])
def test_a_plan_put_together_bit_by_bit_serves_nearly_what_the_programme_promises(seed: int, plain: bool) -> None:
    problem = generate(220, 110, seed=seed, plain=plain)
    instance = build_instance(problem)
    assert instance.n_volunteers > SMALL  # else the rest is chosen at once
    search = Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance), exact=False)
    cut_evenly(search)
    level = Level(search, "serve")
    level.generate()
    assert level.master.fractional() > 0.3
    search.deadline = time.monotonic() + 60
    search.offer(peeled(level, 60))
    serve, care = search.best.values
    plan = assemble(instance, search.best, (Reached("serve", serve, 10**9, ""), Reached("care", care, 10**9, "")))
    assert check(problem, plan) == []
    assert serve >= (0.99 if plain else 0.97) * level.master.value
