"""Why a need is left over: counts, class, who is busy with what. `reasoned` writes every reason of a plan.

Everything here keeps the plan as it stands: each person's other visits stay at their minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from matching.instance import Instance
from matching.prepared import Ints, Mask
from matching.problem import Need, Problem, Volunteer, Window
from matching.result import Plan, Unserved
from matching.rules import (
    Visit,
    fits_the_day,
    has_minutes_left,
    has_tasks_left,
    lone_legs,
    may_be_partners,
    start_spans,
)
from matching.standing import Standing, shared

MOST_LOSSES = 6  # people named as busy elsewhere
MOST_PAIRS = 400  # pairs looked at before a two-person need counts as outbid
MOST_SETS = 256  # sets of her visits that one person is asked to give up for another
ASKED = 400  # people, the nearest, who are asked what they would have to give up
GRACE = 0.3  # seconds for classes and runners-up where the time is spent already
RUNNERS_UP = 0.5  # of the time for reasons: until when runners-up are looked for


def minutes_for(problem: Problem, need: Need, person: Volunteer, others: Sequence[Visit]) -> list[int]:
    """The minutes at which she could start this visit beside her others, tried one by one.

    Only times and limits are judged. The plain form of what `insertion.Day` works out in spans.
    """
    if not (has_tasks_left(person, [*others, (need, 0)]) and has_minutes_left(person, [*others, (need, 0)])):
        return []
    spans = start_spans(problem, need, person)
    minutes = sorted({minute for low, high in spans for minute in range(low, high + 1)})
    if not others:
        return minutes
    return [minute for minute in minutes if fits_the_day(problem, person, [*others, (need, minute)])]


def reasoned(
    instance: Instance, plan: Plan, *, deadline: float, again: Callable[[Problem, float], Plan]
) -> tuple[Plan, dict[str, Any]]:
    """The plan with its reasons, and what they leave out.

    In this order, each for the heaviest needs first: class, losses and the value of an hour of every need left over;
    the runner-up of every match; the cheapest change of every need left over. `again` solves a changed problem.
    """
    from matching.changes import with_changes
    from matching.runners_up import RunnersUp

    standing = Standing(instance.problem, plan)
    begun = time.monotonic()
    unserved, without_class = _Leftovers(standing, instance).all(max(deadline, begun + GRACE))
    plan = replace(plan, unserved=unserved)
    until = max(begun + GRACE, begun + RUNNERS_UP * (deadline - begun) if unserved else deadline)
    matches, without_second = RunnersUp(standing, instance.candidates, instance.ways).all(until)
    plan = replace(plan, matches=matches)
    plan, changes = with_changes(standing, plan, deadline=deadline, solve=again)
    left_out = {"class": without_class, "runner_up": without_second, **changes.left_out}
    return plan, {
        "complete": not any(left_out.values()), "left_out": left_out, "solved_again": changes.solved_again,
    }  # fmt: skip


class _Leftovers:
    """The class of every need left over, what it was lost to, and what an hour more would be worth."""

    def __init__(self, standing: Standing, instance: Instance) -> None:
        self.standing, self.problem, self.candidates = standing, standing.problem, instance.candidates

    def all(self, deadline: float) -> tuple[tuple[Unserved, ...], int]:
        """Every entry with its reasons, the heaviest first; for how many the time did not suffice."""
        entries = list(self.standing.plan.unserved)
        weight = self.problem.need_by_id
        order = sorted(range(len(entries)), key=lambda at: -weight[entries[at].need].priority)
        for done, at in enumerate(order):
            if time.monotonic() > deadline:
                return tuple(entries), len(order) - done
            entries[at] = self.reasoned(entries[at])
        return tuple(entries), 0

    def reasoned(self, entry: Unserved) -> Unserved:
        """The entry with its class, the people it was lost to, nearest first, and what an hour would be worth."""
        need = self.problem.need_by_id[entry.need]
        rows = self.standing.nearest_first(need, self.candidates.left[self.standing.row[need.id]])
        reason = self.reason(need, rows)
        losses: tuple[dict[str, Any], ...] = ()
        if reason not in ("no_candidate", "needs_second_person"):
            losses = tuple(self.losses(need, self.standing.people(rows[:ASKED].tolist())))
        return replace(entry, reason=reason, lost_to=losses, value_of_one_more_hour=self.hour(need))

    def reason(self, need: Need, rows: Ints) -> str:
        """no_candidate, needs_second_person, clash or outbid."""
        if not len(rows):
            return "no_candidate"
        if need.volunteers == 2 and not self.could_meet(need, rows):
            return "needs_second_person"
        people = self.standing.people(rows[:ASKED].tolist())
        if need.volunteers == 2:
            return "clash" if self.pair_ties(need, people) else "outbid"
        return "clash" if any(self.ways(need, person, need.priority) for person in people) else "outbid"

    def could_meet(self, need: Need, rows: Ints) -> bool:
        """Two of them, not both trainees, could start at the same minute if they had nothing else to do."""
        prepared = self.standing.prepared
        first, last, at = prepared.ways.spans(need, rows)
        kept = first <= last
        first, last, who = first[kept], last[kept], prepared.ways.w_row[at[kept]]
        full = ~prepared.people.trainee[who]

        def there(chosen: Mask) -> Ints:
            """How many of these spans hold each first minute; a person's own spans do not overlap."""
            begun = np.searchsorted(np.sort(first[chosen]), first, side="right")
            return begun - np.searchsorted(np.sort(last[chosen]), first, side="left")

        return bool(np.any((there(np.ones(len(first), bool)) >= 2) & (there(full) >= 1)))

    def ways(self, need: Need, person: Volunteer, weight: int, *, at_most: bool = False) -> list[_Way]:
        """The sets of needs of this weight she could give up for this one, each with the minutes it leaves her.

        The first such set only, unless lighter ones count too.
        """
        found: list[_Way] = []
        for gone in _sets([(visited.id, visited.priority) for visited, _ in self.standing.of(person.id)], weight):
            if not at_most and self.weight(gone) != weight:
                continue
            spans = self.standing.spans(need, person, gone)
            if spans:
                found.append((gone, spans))
                if not at_most:
                    break
        return found

    def weight(self, needs: Iterable[str]) -> int:
        """The priorities of these needs together."""
        return sum(self.problem.need_by_id[need].priority for need in needs)

    def pair_ties(self, need: Need, people: Sequence[Volunteer]) -> bool:
        """Two of them could serve it in place of needs that weigh the same."""
        ways: dict[str, list[_Way]] = {}
        for looked, (one, other) in enumerate(pair for pair in combinations(people, 2) if may_be_partners(*pair)):
            if looked == MOST_PAIRS:
                return False
            for person in (one, other):
                if person.id not in ways:
                    ways[person.id] = self.ways(need, person, need.priority, at_most=True)
            if any(
                self.weight(gone | too) == need.priority and shared(spans, others)
                for gone, spans in ways[one.id]
                for too, others in ways[other.id]
            ):
                return True
        return False

    def losses(self, need: Need, people: Iterable[Volunteer]) -> list[dict[str, Any]]:
        """What those who could come are busy with at that time; all of their day where none of it overlaps."""
        first, last = need.start_window[0], need.start_window[1] + need.duration_min
        found: list[dict[str, Any]] = []
        for person in people:
            visits = self.standing.of(person.id)
            near = [visit for visit in visits if visit[1] < last and first < visit[1] + visit[0].duration_min]
            found += [
                {"volunteer": person.id, "busy_with": visited.id, "from": start, "until": start + visited.duration_min}
                for visited, start in near or visits
            ]
            if len(found) >= MOST_LOSSES:
                break
        return found[:MOST_LOSSES]

    def hour(self, need: Need) -> float:
        """What one more hour of the nearest person who may come would add: the priority, or the part an hour covers."""
        pairs = self.candidates.pairs
        fits = pairs.fits[pairs.n_class[self.standing.row[need.id]]][pairs.people.of_class]
        people = self.standing.people(self.standing.nearest(need, fits).tolist())
        legs = (sum(lone_legs(self.problem, need, one)) for one in people if self._allowed(need, one))
        return round(need.priority * min(1.0, 60 / (need.duration_min + min(legs, default=0))), 1)

    def _allowed(self, need: Need, person: Volunteer) -> bool:
        pair = self.problem.pair_by_ids.get((need.id, person.id))
        listed = not self.problem.pairs_only if pair is None else not pair.forbidden
        return listed and person.id not in need.excluded and need.id not in person.excluded


_Way = tuple[frozenset[str], tuple[Window, ...]]


def _sets(visits: Sequence[tuple[str, int]], weight: int) -> Iterable[frozenset[str]]:
    """Sets of visits that weigh at most so much, the smaller sets first."""
    made = 0
    for size in range(len(visits) + 1):
        for chosen in combinations(visits, size):
            if made == MOST_SETS:
                return
            made += 1
            if sum(each for _, each in chosen) <= weight:
                yield frozenset(name for name, _ in chosen)
