"""Whom to look for: needs left over on many days, by area, weekday, part of the day and what they ask of a person.

How many people a line asks for is not estimated. Made-up people with the skills and gates of the line, living in its
area and free in its hours, are added to each of its days and the needs left over are solved again, everybody else's
visits kept (for a need of two, the people around may come too). Lines are taken greedily: the one in which a person
serves most, then what is left for the others. Ids and minutes only; words are made by whoever shows it.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from matching.nearby import around
from matching.options import Options
from matching.prepared import Prepared
from matching.problem import Goals, Need, Place, Problem, Volunteer
from matching.result import Plan, Result

PARTS = (("morning", 12 * 60), ("noon", 14 * 60), ("afternoon", 18 * 60), ("evening", 24 * 60))  # name, until
MOST_PEOPLE = 5  # of one line
AROUND = 8  # people of the day who may be the second of two
BEFORE = 30  # minutes of free time before the first start and after the last end
SECONDS = 0.5  # for one day solved again
ONLY_SERVE = Goals(0, 0, 0, 0, 0, (), 0, 0)


@dataclass(frozen=True)
class DayPlan:
    """One day of the list: its weekday (0 is Monday), and what was planned."""

    weekday: int
    problem: Problem
    plan: Plan | Result

    @property
    def left_over(self) -> list[str]:
        """The needs that nobody serves."""
        return [entry.need for entry in self.plan.unserved]


@dataclass(frozen=True)
class Profile:
    """What a line asks of a person, where and when."""

    area: str
    weekday: int
    part: str
    skills: tuple[str, ...]
    gates: tuple[str, ...]
    gender: str | None
    language: str | None

    def covers(self, other: Profile) -> bool:
        """Whoever fits this line can serve the needs of the other too."""
        same = (self.area, self.weekday, self.part) == (other.area, other.weekday, other.part)
        able = set(other.skills) <= set(self.skills) and set(other.gates) <= set(self.gates)
        return same and able and other.gender in (None, self.gender) and other.language in (None, self.language)


Open = tuple[int, str]  # the position of a day, a need left over on it


def recruiting(
    days: Sequence[DayPlan], areas: Mapping[str, str], *, weeks: float = 1.0, seconds: float = 10.0
) -> dict[str, Any]:
    """The lines of the list, most needs served a person first.

    areas: the area of each need by id; needs that it does not name are left out.
    weeks: how many weeks the days span, for what is told a week.
    seconds: when to stop; `complete` says whether that was soon enough for every line.
    """
    board = _Board(days, areas)
    deadline = time.monotonic() + seconds
    lines: list[dict[str, Any]] = []
    waiting = dict(board.groups)
    tried: dict[Profile, tuple[int, dict[int, frozenset[Open]]]] = {}
    taken: set[Open] = set()
    late = False
    while waiting and not late:
        for profile in waiting:
            if profile not in tried:
                late = time.monotonic() > deadline
                if late:
                    break
                tried[profile] = board.tried(profile, taken)
        best = max(tried, key=lambda one: (_each(tried[one]), _total(tried[one]), str(one)), default=None)
        if best is None or not _total(tried[best]):
            break
        served = frozenset().union(*tried[best][1].values())
        lines.append(board.line(best, tried[best][0], served, weeks))
        taken |= served
        waiting = {one: needs for one, needs in waiting.items() if one != best and needs - taken}
        tried = {one: found for one, found in tried.items() if one in waiting and not _meets(found, served)}
    lines.sort(key=lambda line: (-line["needs_a_week_each"], -line["needs_a_week"], line["area"], line["weekday"]))
    return {"complete": not late, "left_over": len(board.open), "lines": lines}


def _total(found: tuple[int, dict[int, frozenset[Open]]]) -> int:
    return sum(len(served) for served in found[1].values())


def _each(found: tuple[int, dict[int, frozenset[Open]]]) -> float:
    return _total(found) / max(1, found[0])


def _meets(found: tuple[int, dict[int, frozenset[Open]]], served: frozenset[Open]) -> bool:
    return any(served & each for each in found[1].values())


class _Board:
    """The needs left over, grouped, and what made-up people would do about them."""

    def __init__(self, days: Sequence[DayPlan], areas: Mapping[str, str]) -> None:
        self.days = days
        self.profile_of: dict[Open, Profile] = {}
        self.groups: dict[Profile, set[Open]] = defaultdict(set)
        for at, day in enumerate(days):
            for name in day.left_over:
                if name in areas:
                    profile = _profile(day.problem.need_by_id[name], areas[name], day.weekday)
                    self.profile_of[at, name] = profile
                    self.groups[profile].add((at, name))
        self.open = set(self.profile_of)
        self._prepared: dict[int, Prepared] = {}

    def tried(self, profile: Profile, taken: set[Open]) -> tuple[int, dict[int, frozenset[Open]]]:
        """How many such people serve most needs each, and the needs they serve on each day."""
        pool: dict[int, list[str]] = defaultdict(list)
        for at, name in sorted(self.open - taken):
            if profile.covers(self.profile_of[at, name]):
                pool[at].append(name)
        best: tuple[int, dict[int, frozenset[Open]]] = (0, {})
        for people in range(1, MOST_PEOPLE + 1):
            served = {at: self._served(at, names, profile, people) for at, names in pool.items()}
            if best[0] and _total((people, served)) < _total(best) + len(pool):  # not even one need a day more
                break
            best = people, served
            if all(len(served[at]) == len(names) for at, names in pool.items()):
                break
        return best

    def _served(self, at: int, names: list[str], profile: Profile, people: int) -> frozenset[Open]:
        """The needs of one day that so many more people would serve, by solving again."""
        from matching.solver import solve

        day = self.days[at]
        needs = [day.problem.need_by_id[name] for name in names]
        more = tuple(_newcomer(day.problem, profile, needs, number) for number in range(people))
        problem, before = self._small(at, needs)
        problem = replace(problem, volunteers=(*problem.volunteers, *more), goals=ONLY_SERVE)
        plan = solve(problem, Options(time_limit_s=SECONDS, explain=False, workers=1)).plan
        now = {match.need for match in plan.matches}
        gained = now & set(names)
        # Who is served today stays served: a plan that only exchanges needs counts what it adds.
        lost = len(before - now)
        return frozenset((at, name) for name in sorted(gained)[: max(0, len(gained) - lost)])

    def _small(self, at: int, needs: list[Need]) -> tuple[Problem, set[str]]:
        """The needs alone; with the people around and what these do where one of them takes two."""
        day = self.days[at]
        if all(need.volunteers == 1 for need in needs):
            return replace(day.problem, needs=tuple(needs), volunteers=(), pairs=(), locked=(), pairs_only=False), set()
        if at not in self._prepared:
            self._prepared[at] = Prepared(day.problem, _plan(day))
        names = [need.id for need in needs]
        small = around(self._prepared[at], _plan(day), names, most_volunteers=AROUND, rings=0).problem
        pairs = tuple(replace(pair, score=0) for pair in small.pairs)
        served = {match.need for match in day.plan.matches}
        return replace(small, pairs=pairs), {need.id for need in small.needs} & served

    def line(self, profile: Profile, people: int, served: Iterable[Open], weeks: float) -> dict[str, Any]:
        """One line as plain data, with the numbers behind it."""
        ids = sorted(served)
        removed: Counter[str] = Counter()
        classes: Counter[str] = Counter()
        for at, name in ids:
            entry = next(entry for entry in self.days[at].plan.unserved if entry.need == name)
            removed.update({rule: count for rule, count in entry.removed_by.items() if count})
            classes[entry.reason] += 1
        free = [_span([self._need(one)]) for one in ids]
        return {
            "area": profile.area, "weekday": profile.weekday, "part": profile.part, "people": people,
            "skills": list(profile.skills), "gates": list(profile.gates), "gender": profile.gender,
            "language": profile.language, "free": [min(a for a, _ in free), max(b for _, b in free)],
            "needs": len(ids), "needs_a_week": round(len(ids) / weeks, 2),
            "needs_a_week_each": round(len(ids) / weeks / people, 2), "days": len({at for at, _ in ids}),
            "minutes": sum(self._need(one).duration_min for one in ids), "short_of": _short_of(removed),
            "removed_by": dict(sorted(removed.items())), "classes": dict(sorted(classes.items())),
            "need_ids": [name for _, name in ids],
        }  # fmt: skip

    def _need(self, one: Open) -> Need:
        return self.days[one[0]].problem.need_by_id[one[1]]


def _short_of(removed: Mapping[str, int]) -> str:
    """The rule that removed most people; `people` where nobody was removed."""
    return max(removed, key=lambda rule: (removed[rule], rule), default="people")


def _profile(need: Need, area: str, weekday: int) -> Profile:
    middle = sum(need.start_window) // 2 % (24 * 60)
    part = next(name for name, until in PARTS if middle < until)
    gender = need.gender.value if need.gender and need.gender.required else None
    language = need.language.value if need.language and need.language.required else None
    return Profile(area, weekday, part, tuple(sorted(need.skills)), tuple(sorted(need.gates)), gender, language)


def _newcomer(problem: Problem, profile: Profile, needs: Sequence[Need], number: int) -> Volunteer:
    """Somebody of the area who fits the line, with the usual limits of this day's people."""
    people = problem.volunteers
    tasks = [one.max_tasks for one in people if one.max_tasks]
    minutes = [one.max_service_min for one in people if one.max_service_min]
    begin, end = _span(needs)
    points = [need.place for need in needs if isinstance(need.place, tuple)]
    names = [need.place for need in needs if isinstance(need.place, str)]
    home: Place = names[0] if names else people[0].place if people else (0.0, 0.0)
    if points:
        home = median(lat for lat, _ in points), median(lon for _, lon in points)
    return Volunteer(
        id=f"new:{number}", place=home, free=((begin, end),), skills=profile.skills, gates=profile.gates,
        gender=profile.gender, languages=(profile.language,) if profile.language else (),
        max_tasks=round(median(tasks)) if tasks else 3,
        max_service_min=max([round(median(minutes)), *(need.duration_min for need in needs)]) if minutes else None,
    )  # fmt: skip


def _span(needs: Iterable[Need]) -> tuple[int, int]:
    """From before the first start to after the last end."""
    needs = list(needs)
    first = min(need.start_window[0] for need in needs)
    last = max(need.start_window[1] + need.duration_min for need in needs)
    return max(0, first - BEFORE), last + BEFORE


def _plan(day: DayPlan) -> Plan:
    return day.plan.plan if isinstance(day.plan, Result) else day.plan
