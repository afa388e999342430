"""For solvers to which two shifts of one person are two strangers: her limits of the day, held by solving again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.bench.model import Model, Rounds

AGAIN = 4  # solvings until what is still too much is simply dropped


@dataclass
class Caps:
    """Most tasks and minutes of each shift."""

    tasks: list[int]
    minutes: list[int]

    @classmethod
    def of(cls, model: Model) -> Caps:
        """Each shift may have all that its person has."""
        people = [shift.person for shift in model.shifts]
        return cls([model.most_tasks[person] for person in people], [model.most_minutes[person] for person in people])

    def tighten(self, model: Model, rounds: Rounds) -> bool:
        """Cap the shifts of whoever has too much in these rounds; False where nobody has."""
        over = _too_much(model, rounds)
        for person in over:
            _cap(model, self, rounds, person)
        return bool(over)


def within_limits(model: Model, solve_once: Callable[[Caps], Rounds]) -> Rounds:
    """The answer of `solve_once`, asked again with one shift capped where a person's shifts together were too much."""
    caps = Caps.of(model)
    for _ in range(AGAIN):
        rounds = solve_once(caps)
        if not caps.tighten(model, rounds):
            return rounds
    return trimmed(model, rounds)


def _load(model: Model, visits: list[int]) -> tuple[int, int]:
    return len(visits), sum(model.duration[need] for need in visits)


def _too_much(model: Model, rounds: Rounds) -> list[int]:
    tasks, minutes = [0] * model.people, [0] * model.people
    for shift, visits in rounds:
        person = model.shifts[shift].person
        count, length = _load(model, visits)
        tasks[person] += count
        minutes[person] += length
    return [
        person
        for person in range(model.people)
        if tasks[person] > model.most_tasks[person] or minutes[person] > model.most_minutes[person]
    ]


def _cap(model: Model, caps: Caps, rounds: Rounds, person: int) -> None:
    """The heavier shift keeps what it has; the others, empty ones too, may have what that leaves."""
    visits = {shift: found for shift, found in rounds if model.shifts[shift].person == person}
    mine = sorted(model.shifts_of(person), key=lambda shift: -sum(model.priority[n] for n in visits.get(shift, [])))
    tasks, minutes = model.most_tasks[person], model.most_minutes[person]
    for shift in mine:
        count, length = _load(model, visits.get(shift, []))
        caps.tasks[shift], caps.minutes[shift] = min(count, tasks), min(length, minutes)
        tasks, minutes = tasks - caps.tasks[shift], minutes - caps.minutes[shift]


def trimmed(model: Model, rounds: Rounds) -> Rounds:
    """The rounds less the visits of least priority that are too much."""
    rounds = [(shift, list(visits)) for shift, visits in rounds]
    while over := set(_too_much(model, rounds)):
        for person in over:
            mine = [visits for shift, visits in rounds if model.shifts[shift].person == person and visits]
            need = min((need for visits in mine for need in visits), key=lambda need: model.priority[need])
            next(visits for visits in mine if need in visits).remove(need)
    return [(shift, visits) for shift, visits in rounds if visits]
