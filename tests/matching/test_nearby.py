"""A small problem cut out of a day: what its plan gains, the whole day gains, and everybody outside is left alone."""

from __future__ import annotations

import random

import pytest

from matching import InvalidProblem, Options, Plan, Problem, Result, check, greedy, solve
from matching.generate import generate
from matching.nearby import around
from matching.prepared import prepare
from matching.rules import first_broken_rule
from tests.matching.instances import random_day

QUICK = Options(time_limit_s=5, explain=False)


def whole_day(seed: int) -> tuple[Problem, Result]:
    """A day with every feature and a plan of it that breaks no rule."""
    problem = Problem.from_dict(random_day(seed, needs=14, volunteers=12, minutes=40) | {"locked": []})
    return problem, greedy(problem)


@pytest.mark.parametrize("seed", range(40))
def test_the_masks_say_what_the_rules_say(seed: int) -> None:
    problem = Problem.from_dict(random_day(seed, needs=10, volunteers=10))
    ready = prepare(problem)
    for need in problem.needs:
        first = [first_broken_rule(problem, need, person) for person in problem.volunteers]
        counts, left = ready.counts(need)
        assert left.tolist() == ready.left(need).tolist() == [row for row, rule in enumerate(first) if rule is None]
        assert {rule: count for rule, count in counts.items() if count} == {
            rule: first.count(rule) for rule in first if rule
        }


@pytest.mark.parametrize("seed", range(40))
def test_what_the_small_plan_gains_the_whole_day_gains(seed: int) -> None:
    problem, plan = whole_day(seed)
    dice = random.Random(seed)
    ids = [need.id for need in problem.needs]
    part = around(problem, plan, dice.sample(ids, 2), most_volunteers=dice.choice([2, 4, 8]), rings=dice.choice([0, 1]))
    try:
        small = solve(Problem.from_dict(part.problem.to_dict()), QUICK)
    except InvalidProblem as refused:
        pytest.fail(str(refused))
    assert small.values >= part.value
    merged = part.merged(small.plan)
    assert check(problem, merged) == []
    gained = tuple(after - before for after, before in zip(small.values, part.value, strict=True))
    assert tuple(level.value for level in merged.levels) == tuple(
        value + gain for value, gain in zip(plan.values, gained, strict=True)
    )
    assert [one for one in merged.rounds if one.volunteer not in part.inside] == [
        one for one in plan.rounds if one.volunteer not in part.inside
    ]


def test_the_people_inside_are_those_who_could_come_and_the_nearest_first() -> None:
    problem = generate(60, 80, 3)
    plan = Plan(greedy(problem).levels, (), (), greedy(problem).unserved)
    ready = prepare(problem)
    need = next(need for need in problem.needs if len(ready.left(need)) > 5 and not need.remote)
    part = around(ready, plan, [need.id], most_volunteers=3, rings=0)
    able = ready.left(need)
    far = dict(zip(able.tolist(), ready.ways.out(need, able).tolist(), strict=True))
    inside = [row for row, person in enumerate(problem.volunteers) if person.id in part.inside]
    assert len(inside) == 3
    assert max(far[row] for row in inside) <= min(way for row, way in far.items() if row not in inside)
