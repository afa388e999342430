"""Needs left over are tried where they lie: one that a chain of people makes room for, and nobody else is touched."""

from __future__ import annotations

import time

import pytest

from matching import Options
from matching.assembling import Served, true_values
from matching.drafting import greedy_days
from matching.generate import generate
from matching.instance import Instance, build_instance
from matching.mending import around, mended
from matching.timing import Day
from tests.matching.test_swapping import broken
from tests.matching.towns import day, need, north, volunteer

SECONDS = 20.0


def visits(instance: Instance, who: str, *whom: str) -> Day:
    """A day of one round of these visits."""
    people = [person.id for person in instance.problem.volunteers]
    row = people.index(who)
    arcs = {instance.problem.needs[int(instance.a_need[arc])].id: arc for arc in instance.arcs_of(row)}
    steps = [(arc, (int(instance.a_low[arc]), int(instance.a_high[arc])), 0) for arc in (arcs[name] for name in whom)]
    return row, tuple((arc, span, int(place == 0)) for place, (arc, span, _) in enumerate(steps))


def who_serves(instance: Instance, plan: Served) -> dict[str, str]:
    return {
        instance.problem.needs[int(instance.a_need[arc])].id: instance.problem.volunteers[v].id
        for v, steps in plan.days
        for arc, _, _ in steps
    }


def chain() -> Instance:
    """One visit each; the need left over has room only if two people give theirs on, one after the other."""
    near = {"reach_m": 450, "max_tasks": 1}
    return build_instance(
        day(
            need("left", place=north(0)),
            need("first", place=north(400)),
            need("second", place=north(800)),
            need("far", place=north(9_000)),
            volunteer("a", place=north(300), **near),
            volunteer("b", place=north(700), **near),
            volunteer("c", place=north(1_100), **near),
            volunteer("d", place=north(9_000), **near),
        )
    )


def test_a_need_is_served_where_two_people_one_after_the_other_give_their_visit_on() -> None:
    one = chain()
    plan = true_values(one, [visits(one, "a", "first"), visits(one, "b", "second"), visits(one, "d", "far")], {})
    better = mended(one, plan, Options(explain=False), time.monotonic() + SECONDS)
    assert who_serves(one, better) == {"left": "a", "first": "b", "second": "c", "far": "d"}
    assert broken(one, better) == []


def test_only_those_along_the_chain_are_looked_at() -> None:
    one = chain()
    plan = true_values(one, [visits(one, "a", "first"), visits(one, "b", "second"), visits(one, "d", "far")], {})
    part = around(one, plan, 0, 100)
    assert [person.id for person in part.instance.problem.volunteers] == ["a", "b", "c"]
    assert sorted(row.id for row in part.instance.problem.needs) == ["first", "left", "second"]


def test_nothing_is_tried_for_needs_that_are_not_wanted_or_when_time_is_over() -> None:
    one = chain()
    plan = true_values(one, [visits(one, "a", "first"), visits(one, "b", "second"), visits(one, "d", "far")], {})
    options = Options(explain=False)
    assert mended(one, plan, options, time.monotonic() - 1.0) is plan
    assert mended(one, plan, options, time.monotonic() + SECONDS, wanted={3}) is plan


@pytest.mark.parametrize("seed", range(1, 4))
def test_the_plan_of_a_town_stays_right_and_loses_nothing(seed: int) -> None:
    one = build_instance(generate(120, 90, seed=seed))
    plan = true_values(one, *greedy_days(one))
    better = mended(one, plan, Options(explain=False), time.monotonic() + SECONDS)
    assert better.values >= plan.values
    assert broken(one, better) == []


def test_more_is_served_on_most_days_than_by_the_greedy_plan() -> None:
    gained = 0
    for seed in range(1, 6):
        one = build_instance(generate(90, 70, seed=seed))
        plan = true_values(one, *greedy_days(one))
        gained += mended(one, plan, Options(explain=False), time.monotonic() + SECONDS).serve > plan.serve
    assert gained >= 4
