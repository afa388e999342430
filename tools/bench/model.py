"""A made-up day as the plain numbers that other solvers take, and their answers as plans of ours."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import Problem, check
from matching.assembling import assemble, true_values
from matching.generate import generate_document
from matching.instance import Instance, build_instance
from matching.result import Level, Result
from matching.travel import EARTH_RADIUS_M, ROUNDING_SLACK

Round = tuple[int, list[int]]  # a shift, and the needs visited in order
Rounds = list[Round]
Report = Callable[[Rounds], None]


@dataclass(frozen=True)
class Shift:
    """One free window of one person: what other solvers call a vehicle."""

    person: int
    window: int
    begin: int
    until: int


@dataclass(frozen=True)
class Model:
    """One day. `legs` is needs x needs, `out` people x needs, in minutes; home is as far as the way there."""

    problem: Problem
    instance: Instance
    low: list[int]  # earliest start
    high: list[int]  # latest start
    duration: list[int]
    priority: list[int]
    most_tasks: list[int]
    most_minutes: list[int]
    shifts: list[Shift]
    legs: NDArray[np.int64]
    out: NDArray[np.int64]
    care: list[dict[int, int]]  # for each person the needs she may visit, and what it is worth, ways apart
    kth_cost: list[int]

    @property
    def needs(self) -> int:
        """How many needs there are."""
        return len(self.duration)

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.care)

    def shifts_of(self, person: int) -> list[int]:
        """The shifts of one person."""
        return [row for row, shift in enumerate(self.shifts) if shift.person == person]

    def walkable(self, shift: int, visits: Sequence[int]) -> bool:
        """Whether one round makes these visits in this order within the shift."""
        one = self.shifts[shift]
        now, way = one.begin, self.out[one.person]
        for place, need in enumerate(visits):
            now = max(self.low[need], now + int(self.legs[visits[place - 1], need] if place else way[need]))
            if now > self.high[need]:
                return False
            now += self.duration[need]
        return not visits or now + int(way[visits[-1]]) <= one.until

    def walking(self, shift: int, visits: Sequence[int]) -> int:
        """The minutes of walking in a round."""
        if not visits:
            return 0
        way = self.out[self.shifts[shift].person]
        between = sum(int(self.legs[here, there]) for here, there in itertools.pairwise(visits))
        return int(way[visits[0]]) + between + int(way[visits[-1]])


def plain_problem(needs: int, volunteers: int, seed: int) -> Problem:
    """A day without what other solvers cannot say: needs for two, trainees, calls without a place, priced waiting."""
    document = generate_document(needs, volunteers, seed, plain=True)
    for need in document["needs"]:
        need["remote"] = False
    return Problem.from_dict({**document, "goals": {"waiting_minute": 0}})


def build_model(problem: Problem) -> Model:
    """The numbers of a plain day."""
    instance = build_instance(problem)
    needs, people = problem.needs, problem.volunteers
    doors, homes = np.array([need.place for need in needs]), np.array([person.place for person in people])
    care: list[dict[int, int]] = [{} for _ in people]
    for person, need, value in zip(instance.a_volunteer, instance.a_need, instance.a_care, strict=True):
        care[int(person)][int(need)] = int(value)
    whole_day = sum(need.duration_min for need in needs)
    return Model(
        problem=problem,
        instance=instance,
        low=[need.start_window[0] for need in needs],
        high=[need.start_window[1] for need in needs],
        duration=[need.duration_min for need in needs],
        priority=[need.priority for need in needs],
        most_tasks=[len(needs) if one.max_tasks is None else one.max_tasks for one in people],
        most_minutes=[whole_day if one.max_service_min is None else one.max_service_min for one in people],
        shifts=[
            Shift(row, window, *span) for row, person in enumerate(people) for window, span in enumerate(person.free)
        ],
        legs=_minutes(problem, doors, doors),
        out=_minutes(problem, homes, doors),
        care=care,
        kth_cost=[problem.goals.kth_cost(k) for k in range(1, len(needs) + 1)],
    )


def _minutes(problem: Problem, here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole minutes from each place to each other, by haversine."""
    travel: Any = problem.travel
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(here).T[:, :, None], np.radians(there).T[:, None, :]
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1, half)))
    exact = metres * travel.detour / travel.metres_per_minute - ROUNDING_SLACK
    return np.maximum(0, np.ceil(exact)).astype(np.int64)


def as_result(model: Model, rounds: Rounds) -> Result:
    """The rounds as a plan of ours, valued as all plans are; ValueError if somebody goes where she may not."""
    arcs = {
        (int(person), int(need)): arc
        for arc, (person, need) in enumerate(zip(model.instance.a_volunteer, model.instance.a_need, strict=True))
    }
    days: dict[int, list[tuple[int, tuple[int, int], int]]] = {}
    for shift, visits in sorted(rounds, key=lambda one: (model.shifts[one[0]].person, model.shifts[one[0]].begin)):
        person, q = model.shifts[shift].person, model.shifts[shift].window + 1
        for place, need in enumerate(visits):
            if (person, need) not in arcs:
                raise ValueError(f"volunteer {person} may not visit need {need}")
            span = (model.low[need], model.high[need])
            days.setdefault(person, []).append((arcs[person, need], span, 0 if place else q))
    served = true_values(model.instance, [(person, tuple(steps)) for person, steps in sorted(days.items())], {})
    levels = (
        Level("serve", served.serve, sum(model.priority), "columns"),
        Level("care", served.care, 10**12, "columns"),
    )
    return Result(assemble(model.instance, served, levels), "feasible", "time")


def judged(model: Model, rounds: Rounds) -> tuple[tuple[int, int], list[str]]:
    """(serve, care) of an answer, and which rules it breaks."""
    try:
        result = as_result(model, rounds)
    except ValueError as error:
        return (0, 0), [str(error)]
    return result.values, check(model.problem, result)
