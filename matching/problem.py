"""One day's matching as plain data: places, needs, volunteers, pairs and locks.

A `Problem` is what the solver, the checker and the pages that explain a plan all read. It knows ids, points and
minutes, nothing else. `Problem.from_dict` and `Problem.from_json` are the only doors; both refuse what they do not
understand with an `InvalidProblem` that names the field and the id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

FORMAT = "lianxin-matching/1"

Point = tuple[float, float]
Place = Point | str | None  # a point, the name of a row of the matrix, or none for a remote need
Window = tuple[int, int]


class InvalidProblem(ValueError):
    """One sentence that names the field and the id a caller has to correct."""


@dataclass(frozen=True)
class Walking:
    """Legs on foot: metres x detour / pace, in whole minutes rounded up once."""

    metres_per_minute: float = 72
    detour: float = 1.3


@dataclass(frozen=True)
class Matrix:
    """Legs by table: `minutes[i][j]` from the i-th place to the j-th."""

    places: tuple[str, ...]
    minutes: tuple[tuple[int, ...], ...]

    @cached_property
    def index(self) -> dict[Place, int]:
        """The row of each place."""
        return {name: row for row, name in enumerate(self.places)}


@dataclass(frozen=True)
class Goals:
    """What care weighs, in minutes of walking."""

    regular: int = 60
    language: int = 25
    gender: int = 15
    walking_minute: int = 1
    waiting_minute: int = 1
    kth_task: tuple[int, ...] = (0, 5, 15, 30)
    served_hour_30d: int = 2
    asked_recently: int = 3

    def kth_cost(self, k: int) -> int:
        """What the k-th task of one person's day costs (k counts from 1)."""
        return self.kth_task[min(k, len(self.kth_task)) - 1] if self.kth_task else 0


@dataclass(frozen=True)
class Wish:
    """A gender or language that is required, or only preferred."""

    value: str
    required: bool


@dataclass(frozen=True)
class Need:
    """One visit to be made: when it may start, how long it takes and who may make it."""

    id: str
    place: Place
    start_window: Window
    duration_min: int
    priority: int = 1
    volunteers: int = 1
    remote: bool = False
    skills: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    gender: Wish | None = None
    language: Wish | None = None
    excluded: tuple[str, ...] = ()
    regular: tuple[str, ...] = ()


@dataclass(frozen=True)
class Volunteer:
    """One person's day: where she starts, when she is free and what she may and can do."""

    id: str
    place: Place
    free: tuple[Window, ...]
    end_place: Place = None
    reach_m: int | None = None
    metres_per_minute: float | None = None
    max_tasks: int | None = None
    max_service_min: int | None = None
    skills: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    trainee: bool = False
    languages: tuple[str, ...] = ()
    gender: str | None = None
    excluded: tuple[str, ...] = ()
    served_30d_min: int = 0
    asked_days_ago: int | None = None


@dataclass(frozen=True)
class Pair:
    """An extra score for one volunteer at one need, or a ban."""

    need: str
    volunteer: str
    score: int = 0
    forbidden: bool = False


@dataclass(frozen=True)
class Lock:
    """These people (perhaps one of two) make this visit, perhaps at this minute."""

    need: str
    volunteers: tuple[str, ...]
    start: int | None = None


@dataclass(frozen=True)
class Problem:
    """Everything one run decides about."""

    needs: tuple[Need, ...]
    volunteers: tuple[Volunteer, ...]
    travel: Walking | Matrix = field(default_factory=Walking)
    goals: Goals = field(default_factory=Goals)
    pairs: tuple[Pair, ...] = ()
    pairs_only: bool = False
    locked: tuple[Lock, ...] = ()

    @classmethod
    def from_dict(cls, document: Any) -> Problem:
        """The problem a decoded JSON document describes; `InvalidProblem` if it does not describe one."""
        from matching.reading import read_problem

        return read_problem(document)

    @classmethod
    def from_json(cls, path: str | Path) -> Problem:
        """The problem in a JSON file; `InvalidProblem` if the file cannot be read as one."""
        from matching.reading import load_json

        return cls.from_dict(load_json(path))

    def to_dict(self) -> dict[str, Any]:
        """The document `from_dict` reads back as an equal problem."""
        from matching.writing import write_problem

        return write_problem(self)

    def to_json(self, path: str | Path) -> None:
        """Write the document to a file."""
        from matching.writing import dump_json

        dump_json(self.to_dict(), path)

    @property
    def walking(self) -> Walking:
        """How people walk, on a day without a table of minutes: every place is a point or none."""
        if isinstance(self.travel, Walking):
            return self.travel
        raise TypeError("Nobody walks by metres on a day with a table of minutes.")

    @property
    def matrix(self) -> Matrix:
        """The table of minutes of a day that has one: every place is a name or none."""
        if isinstance(self.travel, Matrix):
            return self.travel
        raise TypeError("A day on foot has no table of minutes.")

    @cached_property
    def need_by_id(self) -> dict[str, Need]:
        """The needs by id."""
        return {need.id: need for need in self.needs}

    @cached_property
    def volunteer_by_id(self) -> dict[str, Volunteer]:
        """The volunteers by id."""
        return {volunteer.id: volunteer for volunteer in self.volunteers}

    @cached_property
    def pair_by_ids(self) -> dict[tuple[str, str], Pair]:
        """The listed pairs by (need id, volunteer id)."""
        return {(pair.need, pair.volunteer): pair for pair in self.pairs}

    @cached_property
    def lock_by_need(self) -> dict[str, Lock]:
        """The locks by need id."""
        return {lock.need: lock for lock in self.locked}
