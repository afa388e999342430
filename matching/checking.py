"""An independent judge of plans: it shares no code with the solver, the candidate filter or the rules' functions.

Every sentence names the rule that is broken and the ids it concerns. Distances are chords through the sphere, not
haversines, and everything the plan says of itself (levels, rounds, score parts) is worked out again.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from matching.checking_evidence import Evidence
from matching.problem import Need, Problem, Volunteer
from matching.result import Match, Plan, Result, Round

SPHERE_M = 6_371_009.0
PARTS = ("priority", "regular", "gender", "language", "pair", "walking", "waiting", "fairness")


def check(problem: Problem, result: Result | Plan) -> list[str]:
    """What is wrong with a plan, one sentence each; [] when every rule holds and every number is right."""
    plan = result.plan if isinstance(result, Result) else result
    judge = _Judge(problem, plan)
    unknown = judge.unknown_ids()
    if unknown:
        return unknown
    found = [*judge.repeats(), *judge.pairs(), *judge.days(), *judge.locks(), *judge.scores(), *judge.levels()]
    evidence = Evidence(problem, plan, judge)
    found += [*evidence.order(), *evidence.leftovers(), *evidence.runners_up()]
    return found + (list(evidence.claims(result)) if isinstance(result, Result) else [])


def _chord_metres(one: Any, other: Any) -> float:
    points = []
    for lat_deg, lon_deg in (one, other):
        lat, lon = math.radians(lat_deg), math.radians(lon_deg)
        points.append((math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)))
    return 2 * SPHERE_M * math.asin(min(1.0, math.dist(points[0], points[1]) / 2))


def _blur_metres(metres: float) -> float:
    """What rounding may change about a great-circle distance: nothing to speak of, but on the far side of the earth."""
    away = math.cos(metres / SPHERE_M / 2)
    return SPHERE_M * min(3e-8, 4e-16 / max(1e-16, away))


class _Judge:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.needs = {need.id: need for need in problem.needs}
        self.volunteers = {volunteer.id: volunteer for volunteer in problem.volunteers}
        places = getattr(problem.travel, "places", ())
        self.row = {place: row for row, place in enumerate(places)}
        self.pairs_listed = {(pair.need, pair.volunteer): pair for pair in problem.pairs}
        self.walked: Counter[str] = Counter()
        self.waited: Counter[str] = Counter()
        self.task_cost: Counter[str] = Counter()

    # --- travel -------------------------------------------------------------------------------------------------

    def leg(self, volunteer: Volunteer, start: Any, end: Any, told: int) -> int:
        """The whole minutes of a leg; of two that the last bits of a distance allow, the one the plan tells."""
        least, right, most = self.legs(volunteer, start, end)
        return told if least <= told <= most else right

    def legs(self, volunteer: Volunteer, start: Any, end: Any) -> tuple[int, int, int]:
        """The minutes of a leg: the least that rounding allows, as computed, and the most."""
        travel: Any = self.problem.travel
        if hasattr(travel, "minutes"):
            minutes = int(travel.minutes[self.row[start]][self.row[end]])
            return minutes, minutes, minutes
        exact = _chord_metres(start, end)
        blur = exact * 1e-14 + _blur_metres(exact)
        factor = travel.detour / (volunteer.metres_per_minute or travel.metres_per_minute)
        least, right, most = (max(0, math.ceil(way * factor - 1e-6)) for way in (exact - blur, exact, exact + blur))
        return least, right, most

    # --- the plan as a document ---------------------------------------------------------------------------------

    def unknown_ids(self) -> list[str]:
        plan = self.plan
        needs = [match.need for match in plan.matches] + [entry.need for entry in plan.unserved]
        needs += [visit.need for one in plan.rounds for visit in one.visits]
        people = [name for match in plan.matches for name in match.volunteers] + [one.volunteer for one in plan.rounds]
        found = [
            f"need: the plan names the unknown need {name}." for name in dict.fromkeys(needs) if name not in self.needs
        ]
        return found + [
            f"volunteer: the plan names the unknown volunteer {name}."
            for name in dict.fromkeys(people)
            if name not in self.volunteers
        ]

    def repeats(self) -> Iterator[str]:
        times = Counter([match.need for match in self.plan.matches] + [entry.need for entry in self.plan.unserved])
        for need in self.problem.needs:
            if times[need.id] != 1:
                yield f"once: need {need.id} is matched or unserved {times[need.id]} times instead of once."
        planned = Counter((one.volunteer, visit.need, visit.start) for one in self.plan.rounds for visit in one.visits)
        matched = Counter((name, match.need, match.start) for match in self.plan.matches for name in match.volunteers)
        yield from self.together()
        for volunteer, name, start in planned - matched:
            yield f"match: volunteer {volunteer} visits need {name} at {start} without being matched to it so."
        for volunteer, name, start in matched - planned:
            yield f"match: volunteer {volunteer} is matched to need {name} at {start}, but no round goes there then."

    def together(self) -> Iterator[str]:
        starts: dict[str, dict[int, str]] = {}
        for one in self.plan.rounds:
            for visit in one.visits:
                starts.setdefault(visit.need, {})[visit.start] = one.volunteer
        for need, times in starts.items():
            if len(times) > 1:
                said = ", ".join(f"at {start} by {name}" for start, name in sorted(times.items()))
                yield f"together: need {need} is begun {said}."

    # --- people at needs ----------------------------------------------------------------------------------------

    def pairs(self) -> Iterator[str]:
        for match in self.plan.matches:
            need = self.needs[match.need]
            people = [self.volunteers[name] for name in match.volunteers]
            if len(people) != need.volunteers or len(set(match.volunteers)) != need.volunteers:
                got = list(match.volunteers)
                yield f"volunteers: need {need.id} asks for {need.volunteers} different people, it gets {got}."
            if people and all(person.trainee for person in people):
                yield f"trainee: need {need.id} is served by trainees only ({', '.join(match.volunteers)})."
            if not need.start_window[0] <= match.start <= need.start_window[1]:
                yield f"start_window: need {need.id} starts at {match.start}, outside {list(need.start_window)}."
            for person in people:
                for rule in self.broken(need, person):
                    yield f"{rule}: volunteer {person.id} may not serve need {need.id}."

    def broken(self, need: Need, person: Volunteer) -> Iterator[str]:
        if any(skill not in person.skills for skill in need.skills):
            yield "skill"
        for gate in need.gates:
            if gate not in person.gates:
                yield f"gate:{gate}"
        if need.gender is not None and need.gender.required and person.gender != need.gender.value:
            yield "gender"
        if need.language is not None and need.language.required and need.language.value not in person.languages:
            yield "language"
        if person.id in need.excluded or need.id in person.excluded:
            yield "excluded"
        pair = self.pairs_listed.get((need.id, person.id))
        if (pair is not None and pair.forbidden) or (pair is None and self.problem.pairs_only):
            yield "forbidden"
        if (
            not need.remote
            and person.reach_m is not None
            and _chord_metres(person.place, need.place) > person.reach_m + 1e-6 + _blur_metres(person.reach_m)
        ):
            yield "reach"

    def alone(self, need: Need, person: Volunteer) -> bool | None:
        """Whether this visit, the way there and back included, fits one of her free windows; None on the edge."""
        reach = None if need.remote else person.reach_m
        if reach is not None and abs(_chord_metres(person.place, need.place) - reach) <= 1e-6 + _blur_metres(reach):
            return None
        there = person.place if need.remote else need.place
        outs = (0, 0, 0) if need.remote else self.legs(person, person.place, there)
        backs = self.legs(person, there, person.place if person.end_place is None else person.end_place)
        answers = {self._fits(need, person, out, back) for out, back in zip(outs, backs, strict=True)}
        return answers.pop() if len(answers) == 1 else None

    def _fits(self, need: Need, person: Volunteer, out: int, back: int) -> bool:
        first, last = need.start_window
        return any(
            max(first, begin + out) <= min(last, end - back - need.duration_min) for begin, end in person.free
        )

    # --- days ---------------------------------------------------------------------------------------------------

    def days(self) -> Iterator[str]:
        by_person: dict[str, list[Round]] = {}
        for one in self.plan.rounds:
            by_person.setdefault(one.volunteer, []).append(one)
        for name, rounds in by_person.items():
            rounds.sort(key=lambda one: (one.leave, one.back))
            yield from self.limits(self.volunteers[name], rounds)
            for one in rounds:
                yield from self.walk(self.volunteers[name], one)

    def limits(self, person: Volunteer, rounds: list[Round]) -> Iterator[str]:
        visits = [visit for one in rounds for visit in one.visits]
        minutes = sum(self.needs[visit.need].duration_min for visit in visits)
        if person.max_tasks is not None and len(visits) > person.max_tasks:
            yield f"max_tasks: volunteer {person.id} makes {len(visits)} visits, allowed are {person.max_tasks}."
        if person.max_service_min is not None and minutes > person.max_service_min:
            yield f"max_service: volunteer {person.id} serves {minutes} minutes, allowed are {person.max_service_min}."
        for earlier, later in itertools.pairwise(rounds):
            if later.leave < earlier.back:
                yield f"rounds: volunteer {person.id} leaves at {later.leave} before being back at {earlier.back}."
        windows = [
            next((window for window in person.free if window[0] <= one.leave and one.back <= window[1]), None)
            for one in rounds
        ]
        for one, window in zip(rounds, windows, strict=True):
            if window is None:
                yield f"free: volunteer {person.id} is away from {one.leave} to {one.back}, in no one free window."
        if person.end_place is not None:
            for window, count in Counter(window for window in windows if window).items():
                if count > 1:
                    yield f"end_place: volunteer {person.id} makes {count} rounds in the free window {list(window)}."
        costs = self.problem.goals.kth_task
        for k, visit in enumerate(sorted(visits, key=lambda visit: (visit.start, visit.end))):
            self.task_cost[visit.need] += costs[min(k, len(costs) - 1)] if costs else 0

    def walk(self, person: Volunteer, one: Round) -> Iterator[str]:
        where = f"volunteer {person.id}, round leaving at {one.leave}"
        if not one.visits:
            yield f"rounds: {where} holds no visit."
            return
        here, now, walking, service = person.place, one.leave, 0, 0
        for visit in one.visits:
            need = self.needs[visit.need]
            leg = 0 if need.remote else self.leg(person, here, need.place, visit.arrive - now)
            if visit.arrive != now + leg:
                yield f"travel: {where}, need {need.id}: arrival at {visit.arrive} instead of {now + leg}."
            if visit.start < visit.arrive:
                yield f"travel: {where}, need {need.id}: starts at {visit.start}, before arriving at {visit.arrive}."
            over = visit.start + need.duration_min
            if visit.end != over:
                yield f"duration: {where}, need {need.id}: ends at {visit.end} instead of {over}."
            self.walked[need.id] += leg
            self.waited[need.id] += visit.start - visit.arrive
            walking, service = walking + leg, service + need.duration_min
            here, now = (here if need.remote else need.place), visit.end
        home = self.leg(person, here, person.place if person.end_place is None else person.end_place, one.back - now)
        self.walked[one.visits[-1].need] += home
        if one.back != now + home:
            yield f"travel: {where}: back at {one.back} instead of {now + home}."
        if one.walking_min != walking + home:
            yield f"walking: {where}: {one.walking_min} minutes walked instead of {walking + home}."
        if one.service_min != service:
            yield f"service: {where}: {one.service_min} minutes served instead of {service}."

    # --- locks, scores, levels ----------------------------------------------------------------------------------

    def locks(self) -> Iterator[str]:
        matched = {match.need: match for match in self.plan.matches}
        for lock in self.problem.locked:
            match = matched.get(lock.need)
            if match is None or not set(lock.volunteers) <= set(match.volunteers):
                yield f"lock: need {lock.need} is not served by {', '.join(lock.volunteers)}."
            elif lock.start is not None and match.start != lock.start:
                yield f"lock: need {lock.need} starts at {match.start} instead of {lock.start}."

    def standing(self, need: Need, people: Iterable[Volunteer]) -> dict[str, int]:
        """What these people bring to a need whatever their way: familiar faces, wishes met, scores of pairs."""
        goals = self.problem.goals
        parts = dict.fromkeys(("regular", "gender", "language", "pair"), 0)
        for person in people:
            parts["regular"] += goals.regular * (person.id in need.regular)
            if need.gender is not None and not need.gender.required and person.gender == need.gender.value:
                parts["gender"] += goals.gender
            if need.language is not None and not need.language.required and need.language.value in person.languages:
                parts["language"] += goals.language
            pair = self.pairs_listed.get((need.id, person.id))
            parts["pair"] += 0 if pair is None else pair.score
        return parts

    def score(self, match: Match) -> dict[str, int]:
        need, goals = self.needs[match.need], self.problem.goals
        people = [self.volunteers[name] for name in match.volunteers]
        parts = dict.fromkeys(PARTS, 0) | self.standing(need, people)
        parts["priority"] = need.priority
        for person in people:
            parts["fairness"] -= goals.served_hour_30d * (person.served_30d_min // 60)
            if person.asked_days_ago is not None:
                parts["fairness"] -= goals.asked_recently * max(0, 3 - person.asked_days_ago)
        parts["walking"] = -goals.walking_minute * self.walked[need.id]
        parts["waiting"] = -goals.waiting_minute * self.waited[need.id]
        parts["fairness"] -= self.task_cost[need.id]
        return parts

    def scores(self) -> Iterator[str]:
        for match in self.plan.matches:
            right = self.score(match)
            for part in dict.fromkeys((*PARTS, *match.score)):
                if match.score.get(part) != right.get(part):
                    yield f"score: need {match.need}: {part} is {match.score.get(part)} instead of {right.get(part)}."

    def levels(self) -> Iterator[str]:
        serve = sum(self.needs[match.need].priority for match in self.plan.matches)
        care = sum(sum(self.score(match).values()) for match in self.plan.matches) - serve
        if [level.name for level in self.plan.levels] != ["serve", "care"]:
            yield "level: the levels are not serve, then care."
            return
        for level, right in zip(self.plan.levels, (serve, care), strict=True):
            if level.value != right:
                yield f"level: {level.name} is {level.value} instead of {right}."
            if level.bound < right:
                yield f"bound: {level.name} has the bound {level.bound} below its value {right}."
