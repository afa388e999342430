"""The master keeps many days at once as it keeps them one by one."""

from __future__ import annotations

import numpy as np
import pytest

from matching.assembling import NOBODY
from matching.generate import generate
from matching.instance import Instance, build_instance
from matching.master import Master
from matching.options import Options
from matching.search import Search, first_bounds
from matching.spans import cut_evenly
from matching.timing import Day
from matching.view import View, open_view


def cut_view(one: Instance, minutes: int) -> View:
    search = Search(one, Options(), NOBODY, first_bounds(one))
    cut_evenly(search, minutes)
    return open_view(one, search.spans)


def days_of(view: View) -> list[Day]:
    """Everybody's eight best days where what is urgent counts most."""
    found = Master(view, floor=0)
    gain = 100.0 * view.instance.n_priority[view.s_need]
    listed = view.enumerate(
        np.zeros(view.instance.n_volunteers), view.care + gain, by_care=True, keep=8, capacity=10**6,
        deadline=float("inf"), workers=1,
    )  # fmt: skip
    found.add_listed(listed, gain)
    return [found.day(column) for column in range(len(found.volunteers))]


def kept(master: Master) -> set[tuple[object, ...]]:
    rows = zip(master.volunteers, master.codes, master.slots, master.cares, strict=True)
    return set(rows)


@pytest.mark.parametrize("floor", [None, 0])
@pytest.mark.parametrize("minutes", [20, 7])
def test_many_days_at_once_are_the_same_columns(floor: int | None, minutes: int) -> None:
    one = build_instance(generate(80, 60, seed=4))
    days = days_of(cut_view(one, 20))
    assert any(one.n_people[one.a_need[arc]] == 2 for _, steps in days for arc, _, _ in steps)
    view = cut_view(one, minutes)
    alone, together = Master(view, floor), Master(view, floor)
    for day in days:
        alone.add_day(day)
    together.add_days([*days, (0, ())])
    assert kept(together) == kept(alone)
    assert len(together.volunteers) == len(alone.volunteers) >= 60


def test_no_days_at_all_are_kept_too() -> None:
    master = Master(cut_view(build_instance(generate(10, 10, seed=1)), 20), None)
    master.add_days([])
    assert master.volunteers == []
