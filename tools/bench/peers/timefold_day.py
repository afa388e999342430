"""The classes of Timefold for Python. Importing this starts the Java machine.

No `from __future__ import annotations` here: the bridge reads annotations as objects.
"""

import time
from typing import Annotated, Any

from timefold.solver import SolverFactory
from timefold.solver.config import Duration, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig
from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import ConstraintCollectors, ConstraintFactory, HardMediumSoftScore, constraint_provider

from tools.bench.model import Model, Report, Rounds

MOST_PERMUTED = 5


class Person:
    """One person: her limits, her way to each door, and what a visit is worth."""

    id: int
    most_tasks: int
    most_minutes: int
    out: list[int]
    care: list[int]
    kth_sum: list[int]

    def __init__(
        self, id: int, most_tasks: int, most_minutes: int, out: list[int], care: list[int], kth_sum: list[int]
    ) -> None:
        self.id = id
        self.most_tasks = most_tasks
        self.most_minutes = most_minutes
        self.out = out
        self.care = care
        self.kth_sum = kth_sum


class Shift:
    """One free window of one person."""

    id: int
    person: Person
    begin: int
    until: int

    def __init__(self, id: int, person: Person, begin: int, until: int) -> None:
        self.id = id
        self.person = person
        self.begin = begin
        self.until = until


@planning_entity
class Visit:
    """One need, and the shift that serves it."""

    id: Annotated[int, PlanningId]
    low: int
    high: int
    duration: int
    priority: int
    legs: list[int]
    able: Annotated[list[Shift], ValueRangeProvider]
    shift: Annotated[Shift | None, PlanningVariable(allows_unassigned=True)]

    def __init__(
        self, id: int, low: int, high: int, duration: int, priority: int, legs: list[int], able: list[Shift],
        shift: Shift | None = None,
    ) -> None:  # fmt: skip
        self.id = id
        self.low = low
        self.high = high
        self.duration = duration
        self.priority = priority
        self.legs = legs
        self.able = able
        self.shift = shift


@planning_solution
class Day:
    """The whole day."""

    visits: Annotated[list[Visit], PlanningEntityCollectionProperty]
    score: Annotated[HardMediumSoftScore | None, PlanningScore]

    def __init__(self, visits: list[Visit], score: HardMediumSoftScore | None = None) -> None:
        self.visits = visits
        self.score = score


def orders(visits: list[Visit]) -> list[list[Visit]]:
    """All orders of a few visits, by inserting each everywhere; of many only the one by their windows."""
    if len(visits) > MOST_PERMUTED:
        return [sorted(visits, key=lambda visit: visit.low + visit.high)]
    found: list[list[Visit]] = [[]]
    for visit in visits:
        found = [[*order[:place], visit, *order[place:]] for order in found for place in range(len(order) + 1)]
    return found


def lateness(shift: Shift, order: list[Visit]) -> int:
    """The minutes too late, over the visits and the way home."""
    late = 0
    now = shift.begin
    place = -1
    previous = order[0]
    for visit in order:
        leg = shift.person.out[visit.id] if place < 0 else previous.legs[visit.id]
        now = max(now + leg, visit.low)
        late += max(0, now - visit.high)
        now += visit.duration
        previous = visit
        place = visit.id
    return late + max(0, now + shift.person.out[previous.id] - shift.until)


def walked(shift: Shift, order: list[Visit]) -> int:
    """The minutes of walking."""
    minutes = shift.person.out[order[0].id]
    for place in range(1, len(order)):
        minutes += order[place - 1].legs[order[place].id]
    return minutes + shift.person.out[order[len(order) - 1].id]


def best_order(shift: Shift, visits: list[Visit]) -> list[Visit]:
    """The order with the least lateness, then the least walking."""
    best = visits
    late = 1_000_000
    minutes = 1_000_000
    for order in orders(visits):
        late_now = lateness(shift, order)
        minutes_now = walked(shift, order)
        if late_now < late or (late_now == late and minutes_now < minutes):
            best = order
            late = late_now
            minutes = minutes_now
    return best


def least_late(shift: Shift, visits: list[Visit]) -> int:
    """How late the best order is."""
    return lateness(shift, best_order(shift, visits))


def worth(shift: Shift, visits: list[Visit]) -> int:
    """The care of a round, further tasks apart."""
    care = -walked(shift, best_order(shift, visits))
    for visit in visits:
        care += shift.person.care[visit.id]
    return care


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Any]:
    """What counts."""
    return [
        factory.for_each(Visit)
        .group_by(lambda visit: visit.shift, ConstraintCollectors.to_list())
        .penalize(HardMediumSoftScore.ONE_HARD, lambda shift, visits: least_late(shift, visits))
        .as_constraint("in time"),
        factory.for_each(Visit)
        .group_by(lambda visit: visit.shift, ConstraintCollectors.to_list())
        .impact(HardMediumSoftScore.ONE_SOFT, lambda shift, visits: worth(shift, visits))
        .as_constraint("care"),
        factory.for_each(Visit)
        .group_by(lambda visit: visit.shift.person, ConstraintCollectors.count())
        .filter(lambda person, tasks: tasks > person.most_tasks)
        .penalize(HardMediumSoftScore.ONE_HARD, lambda person, tasks: 100 * (tasks - person.most_tasks))
        .as_constraint("tasks"),
        factory.for_each(Visit)
        .group_by(lambda visit: visit.shift.person, ConstraintCollectors.sum(lambda visit: visit.duration))
        .filter(lambda person, minutes: minutes > person.most_minutes)
        .penalize(HardMediumSoftScore.ONE_HARD, lambda person, minutes: minutes - person.most_minutes)
        .as_constraint("minutes"),
        factory.for_each_including_unassigned(Visit)
        .filter(lambda visit: visit.shift is None)
        .penalize(HardMediumSoftScore.ONE_MEDIUM, lambda visit: visit.priority)
        .as_constraint("serve"),
        factory.for_each(Visit)
        .group_by(lambda visit: visit.shift.person, ConstraintCollectors.count())
        .penalize(HardMediumSoftScore.ONE_SOFT, lambda person, tasks: person.kth_sum[tasks])
        .as_constraint("further tasks"),
    ]


def day_of(model: Model) -> Day:
    """The day as planning entities."""
    kth_sum = [sum(model.kth_cost[:tasks]) for tasks in range(model.needs + 1)]
    people = [
        Person(
            row, model.most_tasks[row], model.most_minutes[row], model.out[row].tolist(),
            [care.get(need, 0) for need in range(model.needs)], kth_sum,
        )
        for row, care in enumerate(model.care)
    ]  # fmt: skip
    shifts = [Shift(row, people[one.person], one.begin, one.until) for row, one in enumerate(model.shifts)]
    able: list[list[Shift]] = [[] for _ in range(model.needs)]
    for shift in shifts:
        for need in model.care[shift.person.id]:
            able[need].append(shift)
    return Day(
        [
            Visit(
                need, model.low[need], model.high[need], model.duration[need], model.priority[need],
                model.legs[need].tolist(), able[need],
            )
            for need in range(model.needs)
        ]
    )  # fmt: skip


def rounds_of(day: Day) -> Rounds:
    """The rounds of a plan."""
    found: dict[int, tuple[Shift, list[Visit]]] = {}
    for visit in day.visits:
        if visit.shift is not None:
            found.setdefault(visit.shift.id, (visit.shift, []))[1].append(visit)
    return [(row, [visit.id for visit in best_order(*one)]) for row, one in sorted(found.items())]


def solve(model: Model, seconds: float, seed: int, report: Report) -> Rounds:
    """The best rounds found in the time."""
    begun = time.monotonic()
    day = day_of(model)
    config = SolverConfig(
        solution_class=Day,
        entity_class_list=[Visit],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(milliseconds=round(1000 * seconds))),
        random_seed=seed,
    )
    solver = SolverFactory.create(config).build_solver()
    last = [begun]

    def better(event: Any) -> None:
        # Copying a plan over the bridge is slow, so only some are taken.
        if event.new_best_score.hard_score == 0 and time.monotonic() - last[0] > 0.05 * (time.monotonic() - begun):
            report(rounds_of(event.new_best_solution))
            last[0] = time.monotonic()

    solver.add_event_listener(better)
    return rounds_of(solver.solve(day))
