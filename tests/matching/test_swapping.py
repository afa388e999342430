"""A first plan made better visit by visit: room is made, and visits go to whom they suit."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import pytest

from matching import Options, Problem, check, drafting, solve
from matching.assembling import Served, assemble, true_values
from matching.drafting import Draft
from matching.generate import generate
from matching.instance import Instance, build_instance
from matching.problem import Need, Volunteer
from matching.result import Level, Result


def served(draft: Draft) -> int:
    return int(draft.instance.n_priority[draft.served].sum())


def plan_of(draft: Draft) -> Served:
    return true_values(draft.instance, draft.days, draft.meetings)


def broken(instance: Instance, plan: Served) -> list[str]:
    values = zip(("serve", "care"), plan.values, strict=True)
    levels = tuple(Level(name, value, 1 << 40, "columns") for name, value in values)
    result = Result(assemble(instance, plan, levels), "feasible", "rounds", {})
    return [str(one) for one in check(instance.problem, result)]


@pytest.mark.parametrize(("needs", "people"), [(60, 40), (60, 120), (25, 12)])
@pytest.mark.parametrize("seed", range(1, 6))
def test_each_step_keeps_a_plan_that_can_be_walked_and_gains_what_it_says(needs: int, people: int, seed: int) -> None:
    instance = build_instance(generate(needs, people, seed=seed))
    draft = Draft(instance)
    draft.fill()
    before = served(draft)
    draft.swap()
    assert served(draft) >= before
    plan = plan_of(draft)
    assert plan.serve == served(draft)
    assert broken(instance, plan) == []
    care, serve = draft.values.sum(), served(draft)
    assert draft.move() == pytest.approx(draft.values.sum() - care)
    assert served(draft) == serve
    after = plan_of(draft)
    assert after.serve == serve
    assert after.care >= plan.care
    assert draft.judged(draft.days) == pytest.approx(draft.values[draft.lengths > 0])
    assert broken(instance, after) == []


def test_more_is_served_on_most_days_than_by_filling_alone() -> None:
    better = 0
    for seed in range(1, 11):
        draft = Draft(build_instance(generate(60, 40, seed=seed)))
        draft.fill()
        before = served(draft)
        draft.finish()
        better += served(draft) > before
    assert better >= 8


def one_at_a_time(**places: float) -> dict[str, Any]:
    return {"max_tasks": 1, "reach_m": 400, "free": [[480, 720]], **places}


def test_a_visit_moves_to_somebody_else_so_that_a_need_left_over_has_room() -> None:
    """West can only be reached by v, the middle by v and w: who took v for the middle gives her back."""
    problem = Problem.from_dict({
        "format": "lianxin-matching/1",
        "needs": [
            {"id": "middle", "place": [30.0, 111.003], "start_window": [500, 600], "duration_min": 30, "priority": 2},
            {"id": "west", "place": [30.0, 111.0], "start_window": [500, 600], "duration_min": 30},
        ],
        "volunteers": [
            {"id": "v", "place": [30.0, 111.002], **one_at_a_time()},
            {"id": "w", "place": [30.0, 111.006], **one_at_a_time()},
        ],
    })  # fmt: skip
    draft = Draft(build_instance(problem))
    draft.fill()
    assert draft.served.tolist() == [True, False]
    draft.swap()
    assert draft.served.tolist() == [True, True]


def test_a_need_takes_the_place_of_one_that_weighs_less() -> None:
    problem = Problem.from_dict({
        "format": "lianxin-matching/1",
        "needs": [
            {"id": "light", "place": [30.0, 111.0], "start_window": [500, 600], "duration_min": 30},
            {"id": "heavy", "place": [30.0, 111.001], "start_window": [500, 600], "duration_min": 30, "priority": 3},
        ],
        "volunteers": [{"id": "v", "place": [30.0, 111.0], **one_at_a_time()}],
    })  # fmt: skip
    draft = Draft(build_instance(problem))
    draft.fill(np.array([0]))
    draft.swap()
    assert draft.served.tolist() == [False, True]
    assert draft.move() == 0.0


def crowd(needs: int, volunteers: int) -> Problem:
    """A day on which everybody may come to everything, and far too few are there."""
    dice = random.Random(3)
    homes = [(30.7 + 0.008 * dice.random(), 111.28 + 0.008 * dice.random()) for _ in range(needs)]
    return Problem(
        needs=tuple(
            Need(
                f"n{row}",
                place,
                (begin := dice.randint(480, 900), begin + 120),
                dice.randint(30, 50),
                dice.randint(1, 9),
            )
            for row, place in enumerate(homes)
        ),
        volunteers=tuple(
            Volunteer(
                f"v{row}", (30.704, 111.284), ((480, 700), (800, 1000)), reach_m=5000, max_tasks=4, max_service_min=120
            )
            for row in range(volunteers)
        ),
    )


def test_room_is_made_alike_however_often_the_clock_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    gained = 0
    for seed in range(1, 6):
        one = build_instance(generate(60, 40, seed=seed))
        often, seldom, never = Draft(one), Draft(one), Draft(one)
        for draft in (often, seldom, never):
            draft.fill()
        monkeypatch.setattr(drafting, "LOOK", 1)
        gained += (more := often.swap())
        monkeypatch.setattr(drafting, "LOOK", 10**6)
        assert seldom.swap() == more
        assert np.array_equal(often.codes, seldom.codes)
        assert never.swap(until=time.monotonic() - 1.0) == 0
    assert gained > 0


def test_a_day_on_which_everybody_may_come_to_everything_keeps_its_limit() -> None:
    problem, begun = crowd(1_500, 40), time.monotonic()
    found = solve(problem, Options(time_limit_s=3.0, explain=False))
    assert check(problem, found) == []
    assert found.values[0] > 0
    assert time.monotonic() - begun < 20.0  # what is made room for alone took more than a minute
