"""The last few people put together in several ways: what is promised, what is given up, and what is never lost."""

from __future__ import annotations

import time

import pytest

from matching import Options
from matching.assembling import NOBODY
from matching.backtracking import best_of_rest
from matching.columns import Level
from matching.generate import generate
from matching.instance import build_instance
from matching.peeling import Peeled
from matching.search import Search, first_bounds
from matching.spans import cut_evenly


def begun(needs: int, people: int, seed: int) -> Peeled:
    instance = build_instance(generate(needs, people, seed=seed))
    search = Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance), exact=False)
    cut_evenly(search)
    level = Level(search, "serve")
    level.generate()
    peeling = Peeled(level, time.monotonic() + 60, 8)
    peeling.settle_pairs()
    return peeling


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_more_ways_serve_no_less_and_no_more_than_was_promised(seed: int) -> None:
    peeling = begun(260, 130, seed)
    first = peeling.values(best_of_rest(peeling, 1))
    best = peeling.values(best_of_rest(peeling, 12))
    assert best >= first
    assert first[0] >= 0.97 * peeling.promised
    assert best[0] <= peeling.promised + 1e-6


def test_a_step_leaves_the_place_before_as_it_was() -> None:
    peeling = begun(260, 130, 4)
    people, promised, kept = peeling.people.tolist(), peeling.promised, list(peeling.kept)
    columns = peeling.for_one(0.05)
    left = peeling.after(columns)
    assert len(left.people) == len(people) - len(columns)
    assert [day[0] for day in left.kept] == [
        peeling.people[peeling.level.master.volunteers[column]] for column in columns
    ]
    assert left.gained == peeling.level.master.worth(columns)
    assert left.promised <= promised + 0.5  # a few day plans may have been missing
    assert (peeling.people.tolist(), peeling.promised, peeling.kept) == (people, promised, kept)


def test_without_time_what_there_is_is_rounded() -> None:
    peeling = begun(260, 130, 5)
    peeling.ends = time.monotonic() - 1.0
    days = best_of_rest(peeling, 12)
    assert 0 < peeling.values(days)[0] <= peeling.promised
