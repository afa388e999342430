"""A plan as it stands, indexed for questions about single needs: who could come, when, and who lives near.

Everything here keeps the plan: each person's other visits stay at their minutes. What is asked of one need costs as
much as there are people around it, not as much as the city has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from matching.insertion import Day, merged_spans
from matching.prepared import Ints, Mask, Prepared
from matching.problem import Matrix, Need, Place, Problem, Volunteer, Window
from matching.result import Plan
from matching.rules import Visit
from matching.travel import EARTH_RADIUS_M, point

Spans = Sequence[Window]
NEAREST = 64  # people asked when the nearest who may come is looked for


class Standing:
    """A problem beside its plan."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.prepared = Prepared(problem, plan)
        self.row = {need.id: index for index, need in enumerate(problem.needs)}
        self._changed: dict[tuple[str, frozenset[str]], Day] = {}

    def of(self, volunteer: str, without: Collection[str] = ()) -> list[Visit]:
        """Her visits but for those to these needs."""
        return [visit for visit in self.prepared.visits.get(volunteer, ()) if visit[0].id not in without]

    def spans(self, need: Need, person: Volunteer, without: Collection[str] = ()) -> tuple[Window, ...]:
        """The minutes at which she could start this visit beside her others, as spans; times and limits only."""
        return merged_spans(self._day(person, without).pieces(need))

    def _day(self, person: Volunteer, without: Collection[str]) -> Day:
        known = self.problem.volunteer_by_id[person.id]
        if person is known and not without:
            return self.prepared.day(person)
        return Day(self.problem, person, self.of(person.id, without))

    # --- people around a place ------------------------------------------------------------------------------------

    def rows_near(self, need: Need, beyond_m: int) -> Ints:
        """The people whose reach, longer by so many metres, holds the need; everybody where distance does not count."""
        if need.remote or isinstance(self.problem.travel, Matrix):
            return self.everybody
        radius = self.widest + beyond_m
        rows = self._homes.query_ball_point(_vector(need.place), _chord(radius)) if self.widest >= 0 else []
        near = np.array(sorted(rows), dtype=np.int64)
        return np.union1d(near, self.unlimited).astype(np.int64) if len(self.unlimited) else near

    def nearest(self, need: Need, fits: Mask) -> Ints:
        """The nearest of those who fit (a mask by row), by metres; all of them where distance does not count."""
        if need.remote or isinstance(self.problem.travel, Matrix):
            return np.flatnonzero(fits)
        asked = NEAREST
        if not fits.any():
            return self.everybody[:0]
        while True:
            _, rows = self._homes.query(_vector(need.place), k=min(asked, len(fits)))
            found = np.atleast_1d(rows)[fits[np.atleast_1d(rows)]]
            if len(found) or asked >= len(fits):
                return found.astype(np.int64)
            asked *= 8

    @cached_property
    def everybody(self) -> Ints:
        """Every row."""
        return np.arange(len(self.problem.volunteers), dtype=np.int64)

    @cached_property
    def unlimited(self) -> Ints:
        """The people whose reach has no limit."""
        return np.flatnonzero(~np.isfinite(self.prepared.people.reach)).astype(np.int64)

    @cached_property
    def widest(self) -> float:
        """The longest limited reach; below 0 if there is none."""
        reach = self.prepared.people.reach
        return float(reach[np.isfinite(reach)].max(initial=-1.0))

    @cached_property
    def _homes(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(np.array([_vector(person.place) for person in self.problem.volunteers]).reshape(-1, 3))

    def people(self, rows: Iterable[int]) -> list[Volunteer]:
        """The people of these rows."""
        return [self.problem.volunteers[row] for row in rows]

    def nearest_first(self, need: Need, rows: Ints) -> Ints:
        """These rows by minutes on foot, ties in the order of the problem."""
        return rows[np.argsort(self.prepared.ways.out(need, rows), kind="stable")]


def _vector(place: Place) -> tuple[float, float, float]:
    """A point of the unit sphere."""
    lat, lon = np.radians(point(place))
    return float(np.cos(lat) * np.cos(lon)), float(np.cos(lat) * np.sin(lon)), float(np.sin(lat))


def _chord(metres: float) -> float:
    """The straight line through the unit sphere under a way on its ground, a little too long."""
    return float(2 * np.sin(min(metres / EARTH_RADIUS_M, np.pi) / 2) * (1 + 1e-9) + 1e-12)


def shared(one: Spans, other: Spans) -> list[Window]:
    """The minutes in both."""
    both = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(low, high) for low, high in both if low <= high]


def within(spans: Spans, low: int, high: int) -> list[Window]:
    """The minutes of these spans between two others."""
    return shared(spans, ((low, high),))
