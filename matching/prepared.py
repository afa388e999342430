"""A problem made ready for questions about single needs: who may serve one, in a millisecond among 10,000 people.

The masks say exactly what `rules` says, function by function; where an array's last bit could decide (a reach, a whole
minute), `rules` itself is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.insertion import Day
from matching.problem import Matrix, Need, Place, Problem, Volunteer
from matching.result import Plan, Result, Round
from matching.rules import Visit, is_within_reach
from matching.travel import EARTH_RADIUS_M, NEVER, ROUNDING_SLACK, home_again, leg_min

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
CLOSE_M = 1e-3  # metres from a reach within which the rule itself decides
CLOSE_MIN = 1e-7  # minutes from a whole minute within which `leg_min` decides


class Prepared:
    """A problem, perhaps with a plan, and the arrays made of them once."""

    def __init__(self, problem: Problem, plan: Plan | None = None) -> None:
        self.problem = problem
        self.plan = plan
        self.people = _People(problem)
        self.ways = _HomeWays(problem)

    def with_plan(self, plan: Result | Plan | None) -> Prepared:
        """The same problem beside another plan; the arrays are shared."""
        other = object.__new__(Prepared)
        other.problem, other.people, other.ways = self.problem, self.people, self.ways
        other.plan = plan.plan if isinstance(plan, Result) else plan
        return other

    def left(self, need: Need) -> Ints:
        """The rows of the volunteers whom no rule removes; the need may be a new one."""
        rows = np.arange(len(self.problem.volunteers))
        for _, kept in self._rules(need):
            rows = rows[kept(rows)]
        return rows

    def counts(self, need: Need) -> tuple[dict[str, int], Ints]:
        """How many people each rule removes, in the published order, and the rows of whoever is left."""
        rows = np.arange(len(self.problem.volunteers))
        counts: dict[str, int] = {}
        for rule, kept in self._rules(need):
            mask = kept(rows)
            counts[rule] = int(len(rows) - mask.sum())
            rows = rows[mask]
        return counts, rows

    @cached_property
    def visits(self) -> dict[str, list[Visit]]:
        """Everybody's visits (need, start) in the plan, in order of time."""
        found: dict[str, list[Visit]] = {}
        for match in sorted(self.plan.matches if self.plan else (), key=lambda match: match.start):
            need = self.problem.need_by_id.get(match.need)
            if need is None:
                continue
            for name in match.volunteers:
                found.setdefault(name, []).append((need, match.start))
        return found

    def day(self, person: Volunteer, but: str = "") -> Day:
        """Her day in the plan, without her visit to one need, ready for another visit."""
        visits = self.visits.get(person.id, [])
        if but in self._served and any(visited.id == but for visited, _ in visits):
            return Day(self.problem, person, [visit for visit in visits if visit[0].id != but])
        if person.id not in self._days:
            self._days[person.id] = Day(self.problem, person, visits, self.rounds.get(person.id))
        return self._days[person.id]

    @cached_property
    def _served(self) -> set[str]:
        return {match.need for match in self.plan.matches} if self.plan else set()

    @cached_property
    def _days(self) -> dict[str, Day]:
        return {}

    @cached_property
    def rounds(self) -> dict[str, list[Round]]:
        """Everybody's rounds in the plan."""
        found: dict[str, list[Round]] = {}
        for one in self.plan.rounds if self.plan else ():
            found.setdefault(one.volunteer, []).append(one)
        return found

    def _rules(self, need: Need) -> Iterator[tuple[str, Callable[[Ints], Mask]]]:
        people = self.people
        yield "skill", lambda rows: people.skilled(need.skills)[rows]
        for gate in sorted(need.gates):
            yield f"gate:{gate}", _at(people.gate(gate))
        yield "trainee", lambda rows: ~people.trainee[rows] if need.volunteers == 1 else _everyone(rows)
        yield "gender", lambda rows: _wish(need.gender, people.of_gender)(rows)
        yield "language", lambda rows: _wish(need.language, people.speaking)(rows)
        yield "excluded", lambda rows: ~np.isin(rows, people.excluding(need))
        yield "forbidden", lambda rows: people.paired(need, rows)
        yield "reach", lambda rows: self._within_reach(need, rows)
        yield "free", lambda rows: self.ways.free(need, rows)
        yield "minutes", lambda rows: need.duration_min <= people.most_minutes[rows]

    def _within_reach(self, need: Need, rows: Ints) -> Mask:
        if need.remote or self.ways.by_matrix:
            return _everyone(rows)
        metres, reach = self.ways.metres(need.place, rows), self.people.reach[rows]
        near = metres <= reach
        for row in np.flatnonzero(np.abs(metres - reach) < CLOSE_M).tolist():
            near[row] = is_within_reach(self.problem, need, self.problem.volunteers[rows[row]])
        return near


def prepare(problem: Problem, result: Result | Plan | None = None) -> Prepared:
    """The problem ready for `suggest`, `better_windows` and `repair`; worth it for more than one question."""
    return Prepared(problem, result.plan if isinstance(result, Result) else result)


def prepared(problem: Problem | Prepared, result: Result | Plan | None = None) -> Prepared:
    """What a caller gave, prepared; a plan given beside a prepared problem takes the place of its own."""
    if isinstance(problem, Problem):
        return prepare(problem, result)
    plan = result.plan if isinstance(result, Result) else result
    return problem if plan is None or plan is problem.plan else problem.with_plan(plan)


def _everyone(rows: Ints) -> Mask:
    return np.ones(len(rows), dtype=bool)


def _at(mask: Mask) -> Callable[[Ints], Mask]:
    return lambda rows: mask[rows]


def _wish(wish: Any, mask: Callable[[str], Mask]) -> Callable[[Ints], Mask]:
    return _everyone if wish is None or not wish.required else _at(mask(wish.value))


class _People:
    """What the rules ask of volunteers, as masks."""

    def __init__(self, problem: Problem) -> None:
        people = self.volunteers = problem.volunteers
        self.pairs_only = problem.pairs_only
        self.row = {person.id: row for row, person in enumerate(people)}
        self.trainee = np.fromiter((person.trainee for person in people), bool, len(people))
        reach = (np.inf if person.reach_m is None else person.reach_m for person in people)
        self.reach = np.fromiter(reach, float, len(people))
        self.most_minutes = np.fromiter((_most_minutes(person) for person in people), np.int64, len(people))
        self._skills = _rows_by(people, lambda person: person.skills)
        self._gates = _rows_by(people, lambda person: person.gates)
        self._languages = _rows_by(people, lambda person: person.languages)
        self._genders = _rows_by(people, lambda person: (person.gender,) if person.gender else ())
        self._excluding = _rows_by(people, lambda person: person.excluded)
        self._pairs: dict[str, list[tuple[int, bool]]] = {}
        for pair in problem.pairs:
            self._pairs.setdefault(pair.need, []).append((self.row[pair.volunteer], pair.forbidden))
        self._masks: dict[tuple[int, str], Mask] = {}

    def _mask(self, rows_by: dict[str, list[int]], name: str) -> Mask:
        key = id(rows_by), name
        if key not in self._masks:
            mask = np.zeros(len(self.volunteers), dtype=bool)
            mask[rows_by.get(name, [])] = True
            self._masks[key] = mask
        return self._masks[key]

    def skilled(self, names: Iterable[str]) -> Mask:
        """Who has all of these skills."""
        found = np.ones(len(self.volunteers), dtype=bool)
        for name in names:
            found &= self._mask(self._skills, name)
        return found

    def gate(self, name: str) -> Mask:
        """Who has passed this gate."""
        return self._mask(self._gates, name)

    def of_gender(self, name: str) -> Mask:
        """Who is of this gender."""
        return self._mask(self._genders, name)

    def speaking(self, name: str) -> Mask:
        """Who speaks this language."""
        return self._mask(self._languages, name)

    def excluding(self, need: Need) -> list[int]:
        """The rows that the need excludes or that exclude it."""
        named = [self.row[name] for name in need.excluded if name in self.row]
        return named + self._excluding.get(need.id, [])

    def paired(self, need: Need, rows: Ints) -> Mask:
        """Which of these rows are allowed as a pair with the need."""
        listed = self._pairs.get(need.id, ())
        if not listed:
            return np.full(len(rows), not self.pairs_only)
        allowed = np.full(len(self.volunteers), not self.pairs_only)
        for row, forbidden in listed:
            allowed[row] = not forbidden
        return allowed[rows]


def _most_minutes(person: Volunteer) -> int:
    if person.max_tasks == 0:
        return -1
    return NEVER if person.max_service_min is None else person.max_service_min


def _rows_by(people: tuple[Volunteer, ...], names: Callable[[Volunteer], tuple[str, ...]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, person in enumerate(people):
        for name in names(person):
            found.setdefault(name, []).append(row)
    return found


class _HomeWays:
    """Metres and minutes between everybody's home (or end place) and one place; free windows in one row each."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        people = problem.volunteers
        self.by_matrix = isinstance(problem.travel, Matrix)
        self.ends = np.array([person.end_place is not None for person in people], dtype=bool)
        counts = np.array([len(person.free) for person in people], dtype=np.int64)
        self.w_row = np.repeat(np.arange(len(people)), counts)
        windows = np.array([window for person in people for window in person.free], dtype=np.int64).reshape(-1, 2)
        self.w_from, self.w_until = windows[:, 0], windows[:, 1]
        travel = problem.travel
        if isinstance(travel, Matrix):
            index = travel.index
            self._home = np.array([index[person.place] for person in people], dtype=np.int64)
            self._end = np.array([index[home_again(person)] for person in people], dtype=np.int64)
            self._minutes = np.array(travel.minutes, dtype=np.int64).reshape(len(index), len(index))
        else:
            self._home_point = _radians([person.place for person in people])
            self._end_point = _radians([home_again(person) for person in people])
            pace = (person.metres_per_minute or travel.metres_per_minute for person in people)
            self._pace = np.fromiter(pace, float, len(people))

    def metres(self, place: Place, rows: Ints, *, ends: bool = False) -> Floats:
        """Great-circle metres from each home (or end place) to a point."""
        lat, lon, cos = (column[rows] for column in (self._end_point if ends else self._home_point))
        (here_lat,), (here_lon,), (here_cos,) = _radians([place])
        half = np.sin((here_lat - lat) / 2) ** 2 + cos * here_cos * np.sin((here_lon - lon) / 2) ** 2
        return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))

    def out(self, need: Need, rows: Ints) -> Ints:
        """Minutes from each home to the need; none to a remote one."""
        if need.remote:
            return np.zeros(len(rows), dtype=np.int64)
        if self.by_matrix:
            return self._minutes[self._home[rows], self.problem.matrix.index[need.place]]
        return self._legs(self.metres(need.place, rows), rows, lambda v: (v.place, need.place))

    def back(self, need: Need, rows: Ints) -> Ints:
        """Minutes from the need to where each one's round ends; from home if the need is remote."""
        if self.by_matrix:
            here = self._home[rows] if need.remote else self.problem.matrix.index[need.place]
            return self._minutes[here, self._end[rows]]
        if need.remote:
            found = np.zeros(len(rows), dtype=np.int64)
            for at in np.flatnonzero(self.ends[rows]).tolist():
                person = self.problem.volunteers[rows[at]]
                found[at] = leg_min(self.problem, person, person.place, person.end_place)
            return found
        return self._legs(self.metres(need.place, rows, ends=True), rows, lambda v: (need.place, home_again(v)))

    def _legs(self, metres: Floats, rows: Ints, leg: Callable[[Volunteer], tuple[Place, Place]]) -> Ints:
        exact = np.minimum(metres * self.problem.walking.detour / self._pace[rows] - ROUNDING_SLACK, NEVER)
        found = np.maximum(0, np.ceil(exact)).astype(np.int64)
        for at in np.flatnonzero(np.abs(exact - np.rint(exact)) < CLOSE_MIN).tolist():
            person = self.problem.volunteers[rows[at]]
            found[at] = leg_min(self.problem, person, *leg(person))
        return found

    def free(self, need: Need, rows: Ints) -> Mask:
        """Who of these could make this one visit alone in some free window."""
        first, last, at = self.spans(need, rows)
        found = np.zeros(len(self.problem.volunteers), dtype=bool)
        found[self.w_row[at[first <= last]]] = True
        return found[rows]

    def spans(self, need: Need, rows: Ints) -> tuple[Ints, Ints, Ints]:
        """First and last start in each free window of these people, and which window; none where first > last."""
        out, back = np.zeros((2, len(self.problem.volunteers)), dtype=np.int64)
        out[rows], back[rows] = self.out(need, rows), self.back(need, rows)
        here = np.zeros(len(out), dtype=bool)
        here[rows] = True
        at = np.flatnonzero(here[self.w_row])
        row = self.w_row[at]
        first = np.maximum(self.w_from[at] + out[row], need.start_window[0])
        last = np.minimum(self.w_until[at] - back[row] - need.duration_min, need.start_window[1])
        return first, last, at


def _radians(places: Any) -> tuple[Floats, Floats, Floats]:
    degrees = np.array(places, dtype=float).reshape(-1, 2)
    lat, lon = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    return lat, lon, np.cos(lat)
