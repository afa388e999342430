"""Why a need is left over, and who would have come next: counts, class, who is busy with what.

Everything here keeps the plan as it stands: each person's other visits stay at their minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

from matching.candidates import Candidates
from matching.instance import pair_care
from matching.problem import Need, Problem, Volunteer
from matching.result import Match, Plan, Unserved
from matching.rules import (
    Visit,
    fits_the_day,
    has_minutes_left,
    has_tasks_left,
    lone_legs,
    may_be_partners,
    pair_rules,
    start_spans,
)

MOST_LOSSES = 6  # people named as busy elsewhere
MOST_PAIRS = 400  # pairs looked at before a two-person need counts as outbid
PLACE_AND_TIME = frozenset({"reach", "free", "minutes"})


def minutes_for(problem: Problem, need: Need, person: Volunteer, others: Sequence[Visit]) -> list[int]:
    """The minutes at which she could start this visit beside her others; only times and limits are judged."""
    if not (has_tasks_left(person, [*others, (need, 0)]) and has_minutes_left(person, [*others, (need, 0)])):
        return []
    spans = start_spans(problem, need, person)
    minutes = sorted({minute for low, high in spans for minute in range(low, high + 1)})
    if not others:
        return minutes
    return [minute for minute in minutes if fits_the_day(problem, person, [*others, (need, minute)])]


@dataclass(frozen=True)
class Standing:
    """A plan as each person sees it: her visits of the day."""

    problem: Problem
    plan: Plan

    @cached_property
    def visits(self) -> dict[str, list[Visit]]:
        """Everybody's visits (need, start) in order of time."""
        found: dict[str, list[Visit]] = {}
        for match in sorted(self.plan.matches, key=lambda match: match.start):
            for name in match.volunteers:
                found.setdefault(name, []).append((self.problem.need_by_id[match.need], match.start))
        return found

    def of(self, volunteer: str, without: Collection[str] = ()) -> list[Visit]:
        """Her visits but for those to these needs."""
        return [visit for visit in self.visits.get(volunteer, ()) if visit[0].id not in without]

    def with_reasons(self, candidates: Candidates) -> Plan:
        """The plan with the class of every need left over, the people it was lost to, and every runner-up."""
        row = {need.id: index for index, need in enumerate(self.problem.needs)}

        def left(need_id: str) -> list[Volunteer]:
            return [self.problem.volunteers[index] for index in candidates.left[row[need_id]].tolist()]

        matches = tuple(replace(one, runner_up=self.runner_up(one, left(one.need))) for one in self.plan.matches)
        unserved = tuple(self.reasoned(entry, left(entry.need)) for entry in self.plan.unserved)
        return replace(self.plan, matches=matches, unserved=unserved)

    # --- left over ----------------------------------------------------------------------------------------------

    def reasoned(self, entry: Unserved, left: Sequence[Volunteer]) -> Unserved:
        """The entry with its class, the people it was lost to, and what an hour more would be worth."""
        need = self.problem.need_by_id[entry.need]
        reason = self.reason(need, left)
        losses = () if reason in ("no_candidate", "needs_second_person") else tuple(self.losses(need, left))
        return replace(entry, reason=reason, lost_to=losses, value_of_one_more_hour=self.hour(need))

    def reason(self, need: Need, left: Sequence[Volunteer]) -> str:
        """no_candidate, needs_second_person, clash or outbid."""
        if not left:
            return "no_candidate"
        if need.volunteers == 2 and not self.could_meet(need, left):
            return "needs_second_person"
        if need.volunteers == 1:
            ways = (way for person in left for way in self.ways(need, person))
            return "clash" if any(self.weight(gone) == need.priority for gone, _ in ways) else "outbid"
        return "clash" if self.pair_ties(need, left) else "outbid"

    def could_meet(self, need: Need, left: Sequence[Volunteer]) -> bool:
        """Two of them could start at the same minute if they had nothing else to do."""
        minutes = [(person, set(minutes_for(self.problem, need, person, ()))) for person in left]
        return any(may_be_partners(a, b) and one & other for (a, one), (b, other) in combinations(minutes, 2))

    def ways(self, need: Need, person: Volunteer) -> Iterable[tuple[frozenset[str], frozenset[int]]]:
        """The sets of needs she would give up, and the minutes at which she could then start this one."""
        others = [visited.id for visited, _ in self.of(person.id)]
        for size in range(len(others) + 1):
            for gone in combinations(others, size):
                minutes = minutes_for(self.problem, need, person, self.of(person.id, without=gone))
                if minutes:
                    yield frozenset(gone), frozenset(minutes)

    def weight(self, needs: Iterable[str]) -> int:
        """The priorities of these needs together."""
        return sum(self.problem.need_by_id[need].priority for need in needs)

    def pair_ties(self, need: Need, left: Sequence[Volunteer]) -> bool:
        """Two of them could serve it in place of needs that weigh the same."""
        ways = {one.id: [way for way in self.ways(need, one) if self.weight(way[0]) <= need.priority] for one in left}
        pairs = [pair for pair in combinations(left, 2) if may_be_partners(*pair)][:MOST_PAIRS]
        return any(
            self.weight(gone | gone_too) == need.priority and minutes & minutes_too
            for one, other in pairs
            for gone, minutes in ways[one.id]
            for gone_too, minutes_too in ways[other.id]
        )

    def losses(self, need: Need, left: Sequence[Volunteer]) -> Iterable[dict[str, Any]]:
        """What those who could come are busy with at that time; all of their day where none of it overlaps."""
        first, last = need.start_window[0], need.start_window[1] + need.duration_min
        found: list[dict[str, Any]] = []
        for person in left:
            visits = self.of(person.id)
            near = [visit for visit in visits if visit[1] < last and first < visit[1] + visit[0].duration_min]
            found += [
                {"volunteer": person.id, "busy_with": visited.id, "from": start, "until": start + visited.duration_min}
                for visited, start in near or visits
            ]
        return found[:MOST_LOSSES]

    def hour(self, need: Need) -> float:
        """What one more hour of the nearest person who may come would add: the priority, or the part an hour covers."""
        rules = [rule for name, rule in pair_rules(need) if name not in PLACE_AND_TIME]
        fit = [person for person in self.problem.volunteers if all(rule(self.problem, need, person) for rule in rules)]
        walking = min((sum(lone_legs(self.problem, need, person)) for person in fit), default=0)
        return round(need.priority * min(1.0, 60 / (need.duration_min + walking)), 1)

    # --- served -------------------------------------------------------------------------------------------------

    def runner_up(self, match: Match, left: Sequence[Volunteer]) -> dict[str, Any] | None:
        """Who could have come instead without moving anybody, and what the match would lose by it."""
        need = self.problem.need_by_id[match.need]
        here = [self.problem.volunteer_by_id[name] for name in match.volunteers]
        ranked = sorted(
            (person for person in left if person.id not in match.volunteers),
            key=lambda person: (-sum(self.parts(need, person).values()), person.id),
        )
        for person in ranked:
            minutes = minutes_for(self.problem, need, person, self.of(person.id))
            if need.volunteers == 1 and minutes:
                return self._instead(need, here[:1], [person])
            if need.volunteers == 2 and match.start in minutes:
                # The one whose going costs least is replaced, if the other may go with the newcomer.
                for gone in sorted(here, key=lambda one: (sum(self.parts(need, one).values()), one.id)):
                    stays = next(one for one in here if one.id != gone.id)
                    if may_be_partners(stays, person):
                        return {**self._instead(need, [gone], [person]), "volunteers": [stays.id, person.id]}
        return None

    def parts(self, need: Need, person: Volunteer) -> dict[str, int]:
        """The care of one person at one need, walked from home and back."""
        k = len(self.of(person.id, without=[need.id])) + 1
        care = pair_care(self.problem, need, person)
        care["fairness"] -= self.problem.goals.kth_cost(k)
        walking = self.problem.goals.walking_minute * sum(lone_legs(self.problem, need, person))
        return {**care, "walking": -walking}

    def _instead(self, need: Need, gone: Sequence[Volunteer], come: Sequence[Volunteer]) -> dict[str, Any]:
        before, after = self.parts(need, gone[0]), self.parts(need, come[0])
        loses: Mapping[str, int] = {name: before[name] - after[name] for name in before if before[name] > after[name]}
        return {"volunteers": [person.id for person in come], "loses": dict(loses)}
