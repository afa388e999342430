"""Between which minutes a visit of a day can start, and spans cut where people of a programme fail to meet."""

from __future__ import annotations

import time

import numpy as np
import pytest

from matching import Options, Problem, solve
from matching.assembling import NOBODY
from matching.columns import Level
from matching.drafting import Draft, first_days
from matching.generate import generate
from matching.instance import Instance, build_instance
from matching.kernels import NOTHING
from matching.search import Search, first_bounds
from matching.spans import cut_between, cut_evenly
from matching.timing import Day, start_limits


def can_start(instance: Instance, day: Day, need: int, minute: int) -> bool:
    """Whether the day can be walked with this visit at this minute, as the compiled loops see it."""
    draft = Draft(instance)
    draft.pin(need, minute)
    return float(draft.judged([day])[0]) > NOTHING


@pytest.mark.parametrize("seed", range(12))
def test_a_visit_can_start_at_its_limits_and_not_a_minute_beside_them(seed: int) -> None:
    instance = build_instance(generate(60, 20, seed=seed))
    days, _ = first_days(instance)
    visits, moved = 0, 0
    for day in days:
        for (arc, (low, high), _), (early, late) in zip(day[1], start_limits(instance, day), strict=True):
            need = int(instance.a_need[arc])
            assert low <= early <= late <= high
            assert can_start(instance, day, need, early)
            assert can_start(instance, day, need, late)
            assert early == low or not can_start(instance, day, need, early - 1)
            assert late == high or not can_start(instance, day, need, late + 1)
            visits, moved = visits + 1, moved + (early > low) + (late < high)
    assert moved > visits / 4, "the other visits and the free windows bound many of them"


def level_of(seed: int) -> Level:
    instance = build_instance(generate(160, 80, seed=seed))
    search = Search(instance, Options(workers=1, explain=False), NOBODY, first_bounds(instance))
    search.deadline = time.monotonic() + 120
    cut_evenly(search)
    level = Level(search, "serve")
    level.generate()
    return level


@pytest.mark.parametrize("seed", [5, 6, 9, 11])
def test_spans_cut_where_people_fail_to_meet_make_the_programme_smaller_and_no_plan_is_lost(seed: int) -> None:
    level = level_of(seed)
    search = level.search
    before = dict(search.spans)
    bound = level.exact
    assert level.parted()
    cut = [need for need, spans in search.spans.items() if spans != before.get(need)]
    assert cut
    for need in cut:
        spans = search.spans[need]
        assert [low for low, _ in spans[1:]] == [high + 1 for _, high in spans[:-1]]
        if need in before:
            assert (spans[0][0], spans[-1][1]) == (before[need][0][0], before[need][-1][1])
    finer = Level(search, "serve")
    finer.generate()
    assert finer.exact <= bound + 1e-6
    best = solve(search.instance.problem, Options(time_limit_s=8, explain=False))
    assert whole_part(finer.exact) >= best.values[0]


def whole_part(bound: float) -> int:
    return int(np.floor(bound + 1e-6 * bound))


PLACE = [30.0, 111.0]


def two_people(first: list[int], second: list[int]) -> tuple[Search, list[Day]]:
    """A need for two, and a day of each of two people who live there and are free so long."""
    people = [{"id": name, "place": PLACE, "free": [free]} for name, free in (("v", first), ("w", second))]
    need = {"id": "a", "place": PLACE, "start_window": [480, 600], "duration_min": 30, "volunteers": 2}
    document = {"format": "lianxin-matching/1", "needs": [need], "volunteers": people}
    instance = build_instance(Problem.from_dict(document))
    days: list[Day] = [(int(instance.a_volunteer[arc]), ((int(arc), (480, 600), 1),)) for arc in instance.arcs_to(0)]
    return Search(instance, Options(explain=False), NOBODY, first_bounds(instance)), days


@pytest.mark.parametrize(
    ("second", "much", "cut"),
    [
        ([540, 700], [1.0, 1.0], True),
        ([520, 700], [1.0, 1.0], False),  # both can come at 520
        ([540, 700], [1.0, 0.01], False),  # hardly anybody comes then
    ],
)
def test_who_can_only_come_before_is_parted_from_who_can_only_come_after(
    second: list[int], much: list[float], cut: bool
) -> None:
    search, days = two_people([400, 550], second)
    assert [start_limits(search.instance, day) for day in days] == [[(480, 520)], [(second[0], 600)]]
    assert cut_between(search, days, much) is cut
    assert search.spans == ({0: ((480, 539), (540, 600))} if cut else {})
