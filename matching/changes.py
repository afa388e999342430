"""The smallest change of one thing that serves a need left over, found beside the plan and proven by solving again.

What may change and what it counts (a lower sum is a smaller change) is the published table `COST`. Gates, exclusions,
forbidden pairs and the rule for trainees protect people and are never offered.

A small day is solved again as a whole. Of a larger one the neighbourhood is: the people who could come or could take
over what those do, with all their visits, and the needs left over near by; everybody else's visits stay. What that
gains, the whole day gains, so a change that is called verified has a plan in which the need is served and more in all.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from matching.nearby import around
from matching.problem import Goals, Need, Problem, Volunteer, Wish
from matching.result import Plan, Unserved
from matching.standing import Standing

COST = {
    "start_window": 1.0,  # a minute earlier or later
    "free": 1.5,  # a minute of somebody's free time
    "reach_m": 0.1,  # a metre
    "max_service_min": 1.0,  # a minute of service more that day
    "max_tasks": 30.0,  # one visit more that day
    "gender": 60.0,  # the wish becomes a preference
    "language": 60.0,
    "skills": 90.0,  # one skill more
}
OF_NEED = ("start_window", "gender", "language")
WIDEST = 240  # minutes by which a window is moved at most
OTHERS = 3  # further changes listed
TRIES = 4  # changes beside the plan that are solved again
MOVED_TOO = 2  # where a change beside the plan is known already
MOVED = 6  # changes for which others' visits are moved that are solved again
HALVINGS = 4  # of a moved window, when somebody else's visits could make room for less
WHOLE_DAY = 1_500  # needs x volunteers up to which the whole day is solved again
INSIDE = 10  # people of a neighbourhood
RIVALS = 8  # needs left over near by that may be served instead
SECONDS = 0.5  # for one neighbourhood
ONLY_SERVE = Goals(0, 0, 0, 0, 0, (), 0, 0)
LEAST = 0.05  # for a whole day with care weighed; where there is less for each need, serve alone is judged
SHARES = 3  # of the time left for each need, at most for one answer
Solve = Callable[[Problem, float], Plan]
Served = dict[str, tuple[str, ...]]  # who serves which need


@dataclass(frozen=True)
class Change:
    """One thing changed: on the need, or on one volunteer."""

    kind: str
    before: Any
    after: Any
    volunteer: str | None
    amount: float

    @property
    def cost(self) -> float:
        """What the table says."""
        return COST[self.kind] * self.amount

    def document(self, effect: str, verified: bool) -> dict[str, Any]:
        """The change as the result's document has it."""
        before, after = (_plain(value) for value in (self.before, self.after))
        return {
            "change": self.kind, "from": before, "to": after, "volunteer": self.volunteer, "effect": effect,
            "verified": verified,
        }  # fmt: skip

    def of_need(self, need: Need) -> Need:
        """The need after the change."""
        return replace(need, **{self.kind: self.after}) if self.kind in OF_NEED else need

    def of_volunteer(self, person: Volunteer) -> Volunteer:
        """The person after the change."""
        return person if self.kind in OF_NEED else replace(person, **{self.kind: self._of_person(person)})

    def applied(self, problem: Problem, need_id: str) -> Problem:
        """The problem with this one thing changed."""
        if self.kind in OF_NEED:
            needs = tuple(self.of_need(need) if need.id == need_id else need for need in problem.needs)
            return replace(problem, needs=needs)
        people = tuple(
            self.of_volunteer(person) if person.id == self.volunteer else person for person in problem.volunteers
        )
        return replace(problem, volunteers=people)

    def _of_person(self, person: Volunteer) -> Any:
        if self.kind == "free":
            return tuple(self.after if window == self.before else window for window in person.free)
        return self.after


Proven = tuple[Change, str]  # a change, and what solving again says of it


def _plain(value: Any) -> Any:
    if isinstance(value, Wish):
        return {"value": value.value, "required": value.required}
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Told:
    """What the search for changes says of itself."""

    solved_again: str  # "day" or "neighbourhood"
    left_out: dict[str, int]


def with_changes(standing: Standing, plan: Plan, *, deadline: float, solve: Solve) -> tuple[Plan, Told]:
    """The plan with the cheapest change and some others for every need left over, as far as the time allows.

    For the heaviest needs first: changes that fit beside the plan as it stands, those that need no proof, those that
    hold when solved again, and in the time that is left what takes others' visits being moved.
    """
    weight = standing.problem.need_by_id
    again = _Again(standing, deadline, solve)
    works = [_Work(standing, entry, again) for entry in plan.unserved]
    order = sorted(works, key=lambda work: -weight[work.entry.need].priority)
    for step in (_Work.look, _Work.at_once, _Work.beside_the_plan, _Work.with_visits_moved):
        for done, work in enumerate(order):
            again.waiting = len(order) - done
            if time.monotonic() > deadline:
                break
            step(work)
    left_out = Counter(step for work in works for step in work.missed)
    told = Told(again.scope, {step: left_out[step] for step in ("other_changes", "cheapest_change")})
    return replace(plan, unserved=tuple(work.done() for work in works)), told


class _Again:
    """Solves the day, or the neighbourhood of a need, again with one change."""

    def __init__(self, standing: Standing, deadline: float, solve: Solve) -> None:
        self.standing, self.deadline, self.solve = standing, deadline, solve
        problem = standing.problem
        self.whole = len(problem.needs) * len(problem.volunteers) <= WHOLE_DAY
        self.scope = "day" if self.whole else "neighbourhood"
        self.late = False  # whether the last answer was cut short
        self.waiting = 1  # needs that still want an answer, this one among them

    def served(self, need: Need, change: Change) -> tuple[Served, list[str]] | None:
        """Who serves what with the change, and which needs are served no longer; None if not more than before.

        Whether anything serves more is asked first, without care: that is quick, and mostly the answer is no.
        """
        self.late = self._left() <= 0
        if self.late:
            return None
        small, seconds = self._small(need, change)
        before = [one.id for one in small.needs if one.id in self._served]
        changed = change.applied(small, need.id)
        hurried = self.whole and seconds < self._left()
        plan = self.solve(_only_serving(changed, need), seconds)
        found = self._better(plan, need, before)
        if found is None:
            self.late = self._left() <= 0 or (hurried and not plan.levels[0].met)
        elif self.whole:
            found = self._weighed(changed, need, before, found)
        return (found, [name for name in before if name not in found]) if found is not None else None

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _small(self, need: Need, change: Change) -> tuple[Problem, float]:
        """What is solved again, and how long that may take: one need leaves the others their time."""
        share = min(self._left(), max(LEAST, SHARES * self._left() / self.waiting))
        if self.whole:
            return self.standing.problem, share
        people = [change.volunteer] if change.volunteer else []
        small = around(
            self.standing.prepared, self.standing.plan, [need.id], most_volunteers=INSIDE, people=people,
            also=self._rivals(need),
        )  # fmt: skip
        return small.problem, min(share, SECONDS)

    def _better(self, plan: Plan, need: Need, before: Sequence[str]) -> Served | None:
        """Who serves what, if the need is served and more in all: a mere swap helps nobody."""
        served = {match.need: match.volunteers for match in plan.matches}
        return served if need.id in served and self._worth(served) > self._worth(before) else None

    def _weighed(self, changed: Problem, need: Need, before: Sequence[str], quick: Served) -> Served | None:
        """The same with care weighed, as far as the time for this need allows: its best plan may serve another need."""
        share = self._left() / self.waiting
        if share < LEAST:
            return quick
        plan = self.solve(changed, share)
        found = self._better(plan, need, before)
        return found if found or all(level.met for level in plan.levels) else quick

    def _worth(self, needs: Iterable[str]) -> int:
        return sum(self.standing.problem.need_by_id[name].priority for name in needs)

    @cached_property
    def _served(self) -> frozenset[str]:
        return frozenset(match.need for match in self.standing.plan.matches)

    @cached_property
    def _open(self) -> tuple[list[Need], Any]:
        needs = [self.standing.problem.need_by_id[entry.need] for entry in self.standing.plan.unserved]
        points = [one.place if isinstance(one.place, tuple) else (np.nan, np.nan) for one in needs]
        return needs, np.array(points, dtype=float).reshape(-1, 2)

    def _rivals(self, need: Need) -> list[str]:
        """The needs left over nearest to this one."""
        needs, points = self._open
        if not isinstance(need.place, tuple):
            return []
        here = np.array(need.place)
        away = np.hypot(*((points - here) * (1, np.cos(np.radians(here[0])))).T)
        return [needs[at].id for at in np.argsort(away, kind="stable")[: RIVALS + 1].tolist() if needs[at] != need]


class _Work:
    """The search for one need's changes."""

    def __init__(self, standing: Standing, entry: Unserved, again: _Again) -> None:
        self.entry = entry
        self.need = standing.problem.need_by_id[entry.need]
        self.standing, self.again = standing, again
        self.ranked: list[Change] = []
        self.proven: Proven | None = None
        self.missed = ["other_changes", "cheapest_change"]  # what the time did not suffice for, as far as is known

    def look(self) -> None:
        """What lets somebody come beside the plan as it stands, cheapest first."""
        from matching.finding import possible_changes

        found = list(possible_changes(self.standing, self.need, self.again.deadline))
        found.sort(key=lambda change: (change.cost, change.kind, change.volunteer or ""))
        self.ranked = _one_a_kind(found)
        self.missed = ["cheapest_change"]

    def at_once(self) -> None:
        """The cheapest change that needs nobody else to move, where no proof is wanted."""
        self._keep(self.certain(self.ranked[0]) if self.ranked else None)

    def _keep(self, proven: Proven | None) -> None:
        if proven is not None:
            self.proven, self.missed = proven, []

    def beside_the_plan(self) -> None:
        """The cheapest change that needs nobody else to move and holds when solved again."""
        for change in self.ranked[:TRIES] if self.proven is None else ():
            self._keep(self.certain(change) or self.prove(change))
            if self.proven or self.again.late:
                return

    def with_visits_moved(self) -> None:
        """What is smaller still if others take over from whoever comes; a window moved no further than it must be."""
        for change in self._with_moves():
            smaller = self.prove(change)
            self.proven = smaller or self.proven
            if smaller or self.again.late:
                break
        self.missed = ["cheapest_change"] if self.proven is None and self.again.late else []
        if self.proven is not None and self.proven[0].kind == "start_window" and self.entry.reason != "no_candidate":
            self.proven = self.smallest(self.proven)

    def _with_moves(self) -> list[Change]:
        from matching.finding import changes_with_moves

        tried = self.ranked[:TRIES]
        found = [one for one in changes_with_moves(self.standing, self.need) if one not in tried]
        if self.proven is not None:
            return [one for one in found if one.cost < self.proven[0].cost][:MOVED_TOO]
        return [*found[:MOVED], *_wide_windows(self.need)]

    def done(self) -> Unserved:
        """The entry with what was found."""
        used = (self.proven[0].kind, self.proven[0].volunteer) if self.proven else None
        others = [change for change in self.ranked if (change.kind, change.volunteer) != used][:OTHERS]
        says = "lets {} come to {} beside the plan as it stands"
        return replace(
            self.entry,
            cheapest_change=self.proven[0].document(self.proven[1], True) if self.proven else None,
            other_changes=tuple(one.document(says.format(one.volunteer, self.need.id), False) for one in others),
        )

    def prove(self, change: Change) -> Proven | None:
        """The change with its effect in words if the need is served when solved again; None if not, or out of time."""
        found = self.again.served(self.need, change)
        if found is None:
            return None
        served, lost = found
        if change.volunteer not in served[self.need.id] and change.kind in OF_NEED:
            change = replace(change, volunteer=served[self.need.id][0])
        return change, f"serves {self.need.id}, {', '.join(lost) + ' no longer' if lost else 'nobody loses'}"

    def certain(self, change: Change) -> Proven | None:
        """The same without solving, where the plan proves it already.

        Plans without this need are the same before and after a change of the need itself. If none of them serves more
        than the plan does, and the plan with this visit added does, then every best plan serves the need.
        """
        if change.kind not in OF_NEED or not self.standing.plan.levels[0].met:
            return None
        return change, f"serves {self.need.id}, nobody loses"

    def smallest(self, proven: Proven) -> Proven:
        """The window moved by as little as still serves the need, in a few halvings."""
        (low, high), (first, _) = proven[0].before, proven[0].after
        least = 0
        for _ in range(HALVINGS):
            amount = (least + int(proven[0].amount)) // 2
            if amount <= least:
                break
            after = (low - amount, high) if first < low else (low, high + amount)
            smaller = self.prove(replace(proven[0], after=after, amount=amount))
            if smaller is None:
                least = amount
            proven = smaller or proven
        return proven


def _only_serving(problem: Problem, need: Need) -> Problem:
    """The problem in which care counts nothing, and a tie serves the need."""
    needs = tuple(replace(one, priority=2 * one.priority + (one.id == need.id)) for one in problem.needs)
    pairs = tuple(replace(pair, score=0) for pair in problem.pairs)
    return replace(problem, needs=needs, pairs=pairs, goals=ONLY_SERVE)


def _wide_windows(need: Need) -> Iterator[Change]:
    """The window much later or earlier, in case somebody else's visits would move for it."""
    low, high = need.start_window
    for after in ((low, high + WIDEST), (max(0, low - WIDEST), high)):
        if after != (low, high):
            yield Change("start_window", (low, high), after, None, max(low - after[0], after[1] - high))


def _one_a_kind(ranked: Sequence[Change]) -> list[Change]:
    """The best two changes of each kind, in their order."""
    kept: list[Change] = []
    for change in ranked:
        if sum(other.kind == change.kind for other in kept) < 2:
            kept.append(change)
    return kept
