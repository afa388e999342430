"""Legs for many pairs at once: the arithmetic of `travel`, on arrays."""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from matching.problem import Matrix, Place, Problem
from matching.travel import EARTH_RADIUS_M, NEVER, ROUNDING_SLACK

Ints = NDArray[np.int64]
Indices = NDArray[np.int32]  # rows, and minutes of one visit or leg: a large day has millions, so half the memory
Floats = NDArray[np.float64]


class Ways:
    """Minutes and metres between homes, needs and end places, by position in the problem."""

    def __init__(self, problem: Problem) -> None:
        self.by_matrix = isinstance(problem.travel, Matrix)
        self.n_needs = len(problem.needs)
        self.n_volunteers = len(problem.volunteers)
        self.remote = np.array([need.remote for need in problem.needs], dtype=bool)
        places: list[Place] = [need.place for need in problem.needs]
        places += [v.place for v in problem.volunteers]
        places += [v.place if v.end_place is None else v.end_place for v in problem.volunteers]
        self.row = np.zeros(len(places), dtype=np.int64)
        self.minutes = np.zeros((0, 0), dtype=np.int64)
        self.per_metre = np.ones(self.n_volunteers)
        if isinstance(problem.travel, Matrix):
            index = problem.travel.index
            self.row[:] = [index.get(place, 0) for place in places]
            self.minutes = np.array(problem.travel.minutes, dtype=np.int64).reshape(len(index), len(index))
            degrees = np.zeros((len(places), 2))
        else:
            walking = problem.travel
            own = [v.metres_per_minute or walking.metres_per_minute for v in problem.volunteers]
            self.per_metre = walking.detour / np.array(own, dtype=float)
            degrees = np.array([(0.0, 0.0) if place is None else place for place in places], dtype=float).reshape(-1, 2)
        radians = np.radians(degrees)
        self.lat, self.lon = radians[:, 0].copy(), radians[:, 1].copy()
        self.cos_lat = np.cos(self.lat)

    @property
    def places(self) -> tuple[Floats, Floats, Floats, Floats, Ints, Ints]:
        """What the compiled loops read: latitude, longitude, cosine, minutes a metre, row of the table, the table."""
        return self.lat, self.lon, self.cos_lat, self.per_metre, self.row, self.minutes

    def flat(self, places: Ints) -> Floats:
        """Places on a plane (n x 2, north and east, radians of a great circle) that is true around their middle."""
        lat, lon = self.lat[places], self.lon[places]
        middle = np.arctan2(np.sin(lon).mean(), np.cos(lon).mean()) if len(lon) else 0.0
        east = (lon - middle + np.pi) % (2 * np.pi) - np.pi  # a town may lie across the date line
        return np.stack([lat, east * np.cos(lat.mean() if len(lat) else 0.0)], axis=1)

    def cut(self, needs: Ints, volunteers: Ints) -> Ways:
        """The ways of some needs and volunteers only, numbered anew."""
        smaller = copy.copy(self)
        smaller.n_needs, smaller.n_volunteers = len(needs), len(volunteers)
        smaller.remote = self.remote[needs]
        keep = np.concatenate([needs, self.n_needs + volunteers, self.n_needs + self.n_volunteers + volunteers])
        smaller.row, smaller.per_metre = self.row[keep], self.per_metre[volunteers]
        smaller.lat, smaller.lon, smaller.cos_lat = self.lat[keep], self.lon[keep], self.cos_lat[keep]
        return smaller

    def _metres(self, a: Ints, b: Ints) -> Floats:
        half = np.sin((self.lat[b] - self.lat[a]) / 2) ** 2
        half += self.cos_lat[a] * self.cos_lat[b] * np.sin((self.lon[b] - self.lon[a]) / 2) ** 2
        return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))

    def _leg(self, volunteer: Ints, a: Ints, b: Ints) -> Ints:
        if self.by_matrix:
            return self.minutes[self.row[a], self.row[b]]
        exact = self._metres(a, b) * self.per_metre[volunteer] - ROUNDING_SLACK
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

    def home_to_end(self, volunteer: Ints) -> Ints:
        """Minutes from each home to where the round ends."""
        return self._leg(volunteer, self.n_needs + volunteer, self.n_needs + self.n_volunteers + volunteer)
