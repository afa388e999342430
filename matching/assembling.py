"""Day plans into the plan that people read: rounds, matches with their score, and needs left over with counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.drafting import Draft
from matching.instance import Instance, pair_care
from matching.result import Level, Match, Plan, Round, Unserved
from matching.timing import Day, time_day

Parts = dict[str, int]
PARTS = ("priority", "regular", "gender", "language", "pair", "walking", "waiting", "fairness")


@dataclass(frozen=True)
class Served:
    """Days with the minutes at which two people meet, and what they are worth."""

    days: list[Day]
    starts: dict[int, int]
    served: frozenset[int]
    serve: int
    care: int

    @property
    def values(self) -> tuple[int, int]:
        """(serve, care)."""
        return self.serve, self.care

    @cached_property
    def day_of(self) -> dict[int, Day]:
        """By volunteer her day."""
        return {day[0]: day for day in self.days}

    def keeps(self, instance: Instance) -> bool:
        """Whether every lock is kept."""
        return all(need in self.served for need in np.flatnonzero(instance.n_locked).tolist())


NOBODY = Served([], {}, frozenset(), 0, 0)  # the plan that serves nobody


def true_values(instance: Instance, days: list[Day], starts: dict[int, int]) -> Served:
    """The days with their values, as walked."""
    draft = Draft(instance, days)
    for need, start in starts.items():
        draft.pin(need, start)
    served = frozenset(instance.a_need[[arc for _, steps in days for arc, _, _ in steps]].tolist())
    serve = int(instance.n_priority[list(served)].sum())
    return Served(days, starts, served, serve, round(float(draft.judged(days).sum())))


def _walk(instance: Instance, days: list[Day], starts: dict[int, int]) -> tuple[list[Round], dict[str, Parts]]:
    problem, goals = instance.problem, instance.problem.goals
    rounds: list[Round] = []
    parts: dict[str, Parts] = {}
    for day in days:
        person = problem.volunteers[day[0]]
        k = 0
        for walk in time_day(instance, day, starts):
            rounds.append(walk)
            now = walk.leave
            for visit in walk.visits:
                k += 1
                need = problem.need_by_id[visit.need]
                part = parts.setdefault(visit.need, {**dict.fromkeys(PARTS, 0), "priority": need.priority})
                for name, value in pair_care(problem, need, person).items():
                    part[name] += value
                part["fairness"] -= goals.kth_cost(k)
                part["walking"] -= goals.walking_minute * (visit.arrive - now)
                part["waiting"] -= goals.waiting_minute * (visit.start - visit.arrive)
                now = visit.end
            parts[walk.visits[-1].need]["walking"] -= goals.walking_minute * (walk.back - now)
    return rounds, parts


def assemble(instance: Instance, served: Served, levels: tuple[Level, ...]) -> Plan:
    """The plan of these days."""
    problem = instance.problem
    rounds, parts = _walk(instance, served.days, served.starts)
    who: dict[str, list[tuple[str, int]]] = {}
    for walk in rounds:
        for visit in walk.visits:
            who.setdefault(visit.need, []).append((walk.volunteer, visit.start))
    order = {volunteer.id: row for row, volunteer in enumerate(problem.volunteers)}
    matches = tuple(
        Match(
            need.id,
            tuple(sorted((name for name, _ in who[need.id]), key=order.__getitem__)),
            who[need.id][0][1],
            parts[need.id],
        )
        for need in problem.needs
        if need.id in who
    )
    rounds.sort(key=lambda walk: (order[walk.volunteer], walk.leave))
    left = tuple(_leftover(instance, row) for row, need in enumerate(problem.needs) if need.id not in who)
    return Plan(levels, tuple(rounds), matches, left)


def _leftover(instance: Instance, row: int) -> Unserved:
    candidates, need = instance.candidates, instance.problem.needs[row]
    left = len(candidates.left[row])
    reason = "no_candidate" if left == 0 else "needs_second_person" if left < need.volunteers else "outbid"
    return Unserved(need.id, len(instance.problem.volunteers), dict(candidates.removed_by[row]), left, reason)
