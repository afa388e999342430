"""Legs for many pairs at once: the arithmetic of `travel`, on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.problem import Matrix, Place, Problem
from matching.travel import EARTH_RADIUS_M, NEVER, ROUNDING_SLACK

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Ways:
    """Minutes and metres between homes, needs and end places, by position in the problem."""

    def __init__(self, problem: Problem) -> None:
        self.by_matrix = isinstance(problem.travel, Matrix)
        self.n_needs = len(problem.needs)
        self.n_volunteers = len(problem.volunteers)
        self.remote = np.array([need.remote for need in problem.needs], dtype=bool)
        ends = [v.place if v.end_place is None else v.end_place for v in problem.volunteers]
        places: list[Place] = [need.place for need in problem.needs]
        places += [v.place for v in problem.volunteers]
        places += ends
        if isinstance(problem.travel, Matrix):
            index = problem.travel.index
            self._row = np.array([index.get(place, 0) for place in places], dtype=np.int64)  # type: ignore[arg-type]
            self._minutes = np.array(problem.travel.minutes, dtype=np.int64).reshape(len(index), len(index))
        else:
            degrees = np.array([(0.0, 0.0) if place is None else place for place in places], dtype=float)
            radians = np.radians(degrees.reshape(-1, 2))
            self._lat, self._lon, self._cos = radians[:, 0], radians[:, 1], np.cos(radians[:, 0])
            own = np.array([v.metres_per_minute or problem.travel.metres_per_minute for v in problem.volunteers])
            self._minutes_per_metre = problem.travel.detour / own if len(own) else np.zeros(0)
            self._detour, self._pace = problem.travel.detour, own

    def _metres(self, a: Ints, b: Ints) -> Floats:
        half = np.sin((self._lat[b] - self._lat[a]) / 2) ** 2
        half += self._cos[a] * self._cos[b] * np.sin((self._lon[b] - self._lon[a]) / 2) ** 2
        return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))

    def _leg(self, volunteer: Ints, a: Ints, b: Ints) -> Ints:
        if self.by_matrix:
            return self._minutes[self._row[a], self._row[b]]
        exact = self._metres(a, b) * self._detour / self._pace[volunteer] - ROUNDING_SLACK
        return np.maximum(0, np.ceil(np.minimum(exact, NEVER))).astype(np.int64)

    def metres_from_home(self, volunteer: Ints, need: Ints | int) -> Floats:
        """Great-circle metres from each home to the need."""
        return self._metres(self.n_needs + volunteer, np.broadcast_to(need, volunteer.shape))

    def out(self, volunteer: Ints, need: Ints | int) -> Ints:
        """Minutes from each home to the need; none to a remote one."""
        need = np.broadcast_to(need, volunteer.shape)
        return np.where(self.remote[need], 0, self._leg(volunteer, self.n_needs + volunteer, need))

    def back(self, volunteer: Ints, need: Ints | int) -> Ints:
        """Minutes from the need to where the round ends; from home if the need is remote."""
        need = np.broadcast_to(need, volunteer.shape)
        here = np.where(self.remote[need], self.n_needs + volunteer, need)
        return self._leg(volunteer, here, self.n_needs + self.n_volunteers + volunteer)

    def between(self, volunteer: Ints, first: Ints, second: Ints) -> Ints:
        """Minutes from one need to another; none if either is remote."""
        remote = self.remote[first] | self.remote[second]
        return np.where(remote, 0, self._leg(volunteer, first, second))

    def home_to_end(self, volunteer: Ints) -> Ints:
        """Minutes from each home to where the round ends."""
        return self._leg(volunteer, self.n_needs + volunteer, self.n_needs + self.n_volunteers + volunteer)
