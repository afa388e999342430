"""Who could serve which need: every pair rule as a mask over all volunteers, with a count of whom each rule removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.problem import Need, Problem, Volunteer
from matching.ways import Ways

Mask = NDArray[np.bool_]
Rule = Callable[[NDArray[np.int64]], Mask]  # which of these rows may stay


@dataclass(frozen=True)
class Candidates:
    """For each need: the volunteers (by position) whom no rule removed, and how many each rule removed.

    `on_the_way`: those who could not come for this need alone but perhaps from another door. That takes a table of
    minutes in which a detour is shorter than the straight way; on foot there are none.
    """

    left: list[NDArray[np.int64]]
    on_the_way: list[NDArray[np.int64]]
    removed_by: list[dict[str, int]]


class People:
    """The volunteers' properties as masks, each made once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.volunteers = problem.volunteers
        self.row = {volunteer.id: row for row, volunteer in enumerate(problem.volunteers)}
        self.trainee = self._mask(lambda v: v.trainee)
        self.reach = np.array([np.inf if v.reach_m is None else v.reach_m for v in self.volunteers], dtype=float)
        self.most_minutes = np.array(
            [
                -1 if v.max_tasks == 0 else 1 << 60 if v.max_service_min is None else v.max_service_min
                for v in self.volunteers
            ],
            dtype=np.int64,
        )
        width = max((len(v.free) for v in self.volunteers), default=0)
        self.free_from = np.full((len(self.volunteers), width), 1 << 40, dtype=np.int64)
        self.free_until = np.full((len(self.volunteers), width), -1, dtype=np.int64)
        for row, volunteer in enumerate(self.volunteers):
            for column, (begin, end) in enumerate(volunteer.free):
                self.free_from[row, column], self.free_until[row, column] = begin, end
        self._made: dict[tuple[str, object], Mask] = {}
        self._excluding: dict[str, list[int]] = {}
        for row, volunteer in enumerate(self.volunteers):
            for need_id in volunteer.excluded:
                self._excluding.setdefault(need_id, []).append(row)
        self._pairs: dict[str, list[tuple[int, bool]]] = {}
        for pair in problem.pairs:
            self._pairs.setdefault(pair.need, []).append((self.row[pair.volunteer], pair.forbidden))

    def _mask(self, holds: Callable[[Volunteer], bool]) -> Mask:
        return np.array([holds(volunteer) for volunteer in self.volunteers], dtype=np.bool_)

    def _once(self, kind: str, key: object, holds: Callable[[Volunteer], bool]) -> Mask:
        if (kind, key) not in self._made:
            self._made[kind, key] = self._mask(holds)
        return self._made[kind, key]

    def with_skills(self, skills: tuple[str, ...]) -> Mask:
        """Has all of these skills."""
        wanted = frozenset(skills)
        return self._once("skills", wanted, lambda v: wanted.issubset(v.skills))

    def with_gate(self, gate: str) -> Mask:
        """Has passed this gate."""
        return self._once("gate", gate, lambda v: gate in v.gates)

    def of_gender(self, gender: str) -> Mask:
        """Is of this gender."""
        return self._once("gender", gender, lambda v: v.gender == gender)

    def speaking(self, language: str) -> Mask:
        """Speaks this language."""
        return self._once("language", language, lambda v: language in v.languages)

    def excluded_from(self, need: Need) -> list[int]:
        """The rows that this need excludes or that exclude it."""
        named = [self.row[name] for name in need.excluded if name in self.row]
        return named + self._excluding.get(need.id, [])

    def paired_with(self, need: Need) -> Mask:
        """Is an allowed pair with this need."""
        allowed = np.full(len(self.volunteers), not self.problem.pairs_only)
        for row, forbidden in self._pairs.get(need.id, ()):
            allowed[row] = not forbidden
        return allowed


def find_candidates(problem: Problem, ways: Ways) -> Candidates:
    """The candidates of every need, in the order of the problem."""
    people = People(problem)
    found = Candidates([], [], [])
    for row, need in enumerate(problem.needs):
        rows = np.arange(len(problem.volunteers))
        away = rows[:0]
        counts: dict[str, int] = {}
        for rule, kept in _rules(people, ways, need, row):
            mask = kept(rows)
            counts[rule] = int(len(rows) - mask.sum())
            if rule == "free" and ways.by_matrix:
                away = rows[~mask]
            rows = rows[mask]
        found.left.append(rows)
        found.on_the_way.append(away[people.most_minutes[away] >= need.duration_min])
        found.removed_by.append(counts)
    return found


def _rules(people: People, ways: Ways, need: Need, row: int) -> Iterator[tuple[str, Rule]]:
    """The rules in the published order (see rules.pair_rules), each as a mask over the rows still left."""
    everyone = np.ones(len(people.volunteers), dtype=bool)
    yield "skill", lambda rows: people.with_skills(need.skills)[rows]
    for gate in sorted(need.gates):
        yield f"gate:{gate}", _within(people.with_gate(gate))
    yield "trainee", lambda rows: (everyone if need.volunteers == 2 else ~people.trainee)[rows]
    gender = need.gender.value if need.gender and need.gender.required else None
    yield "gender", lambda rows: (everyone if gender is None else people.of_gender(gender))[rows]
    language = need.language.value if need.language and need.language.required else None
    yield "language", lambda rows: (everyone if language is None else people.speaking(language))[rows]
    yield "excluded", lambda rows: ~np.isin(rows, people.excluded_from(need))
    yield "forbidden", lambda rows: people.paired_with(need)[rows]
    yield "reach", lambda rows: _in_reach(people, ways, need, row, rows)
    yield "free", lambda rows: _free(people, ways, need, row, rows)
    yield "minutes", lambda rows: people.most_minutes[rows] >= need.duration_min


def _within(mask: Mask) -> Rule:
    return lambda rows: mask[rows]


def _in_reach(people: People, ways: Ways, need: Need, row: int, rows: NDArray[np.int64]) -> Mask:
    if need.remote or ways.by_matrix:
        return np.ones(len(rows), dtype=bool)
    return ways.metres_from_home(rows, row) <= people.reach[rows]


def _free(people: People, ways: Ways, need: Need, row: int, rows: NDArray[np.int64]) -> Mask:
    out, back = ways.out(rows, row), ways.back(rows, row)
    earliest = np.maximum(people.free_from[rows] + out[:, None], need.start_window[0])
    latest = np.minimum(people.free_until[rows] - back[:, None] - need.duration_min, need.start_window[1])
    return (earliest <= latest).any(axis=1)
