"""Rows and minutes of a pair have 32 bits: what is made of them by the thousand or the million must not."""

from __future__ import annotations

import numpy as np

from matching import Options, check, solve
from matching.assembling import NOBODY
from matching.flow import flow
from matching.instance import build_instance
from matching.master import Master
from matching.search import Search, first_bounds
from matching.spans import cut_evenly
from matching.view import open_view
from tests.matching.towns import day, need, volunteer

FAR = 27.0  # degrees along the equator: some 3,000,000 minutes at a metre a minute
SLOW = {"kind": "walking", "metres_per_minute": 1, "detour": 1.0}


def test_ways_of_years_at_a_high_price_are_counted_in_full() -> None:
    needs = [need(name, place=[0.0, FAR + at], start_window=[0, 10**7]) for at, name in enumerate("ab")]
    people = [volunteer(name, place=[0.0, at / 10], free=[[0, 10**7]], max_tasks=1) for at, name in enumerate("vw")]
    problem = day(*needs, *people, travel=SLOW, goals={"walking_minute": 1000})
    result = solve(problem, Options(time_limit_s=20))
    assert check(problem, result) == []
    care = result.levels[1]
    assert care.value < -(2**32)
    assert care.bound - care.value < 1e-5 * -care.value
    assert flow(build_instance(problem)).care == care.value


def test_spans_late_in_the_calendar_are_numbered_apart() -> None:
    many = 300
    needs = [need(f"n{at}", start_window=[9_999_000, 9_999_100], volunteers=2) for at in range(many)]
    people = [volunteer(f"v{at}", free=[[9_998_000, 10**7]]) for at in range(2)]
    one = build_instance(day(*needs, *people))
    search = Search(one, Options(workers=1), NOBODY, first_bounds(one))
    cut_evenly(search)
    master = Master(open_view(one, search.spans), None)
    assert np.bincount(master.unit_need, minlength=many).tolist() == [len(search.spans[row]) for row in range(many)]
    assert np.array_equal(master.unit_need[master.slot_unit], master.view.s_need)
