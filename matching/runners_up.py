"""For every match, who could have come instead without anybody else being moved, and what the plan would lose by it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from matching.candidates import Candidates
from matching.caring import PairCare
from matching.instance import pair_care
from matching.pairing import LEFT
from matching.prepared import Ints
from matching.problem import Need, Volunteer
from matching.result import Match
from matching.rules import may_be_partners
from matching.standing import Standing
from matching.travel import NEVER
from matching.ways import Ways

LOOKS = 3  # people who can come that are compared in full; the order before that is by home, way and care alone
Parts = dict[str, int]


class RunnersUp:
    """The runner-up of each match; the candidates of all needs are ranked at once."""

    def __init__(self, standing: Standing, candidates: Candidates, ways: Ways) -> None:
        self.standing, self.problem = standing, standing.problem
        self.candidates, self.ways = candidates, ways
        self.kth = standing.problem.goals.kth_cost

    def all(self, deadline: float) -> tuple[tuple[Match, ...], int]:
        """The matches with their runners-up, the heaviest needs first; how many the time did not suffice for."""
        matches = list(self.standing.plan.matches)
        order = sorted(range(len(matches)), key=lambda at: -matches[at].score.get("priority", 0))
        for done, at in enumerate(order):
            if time.monotonic() > deadline:
                return tuple(matches), len(order) - done
            matches[at] = replace(matches[at], runner_up=self.of(matches[at]))
        return tuple(matches), 0

    def of(self, match: Match) -> dict[str, Any] | None:
        """The best of the first few who could come instead."""
        need = self.problem.need_by_id[match.need]
        found: list[tuple[int, dict[str, Any]]] = []
        for person in self.standing.people(self.ranked(self.standing.row[need.id]).tolist()):
            if person.id not in match.volunteers and (one := self._instead(match, need, person)):
                found.append(one)
                if len(found) == LOOKS:
                    break
        return max(found, key=lambda one: one[0])[1] if found else None

    # --- who is asked first ---------------------------------------------------------------------------------------

    def ranked(self, row: int) -> Ints:
        """The candidates of a need by the care they would bring, each walking from home and back."""
        volunteers, first = self._ranked
        return volunteers[first[row] : first[row + 1]]

    @cached_property
    def _ranked(self) -> tuple[Ints, Ints]:
        one, goals = self.candidates, self.problem.goals
        need = np.repeat(np.arange(len(self.problem.needs)), np.diff(one.first)).astype(np.int64)
        tasks, minutes = self._room
        left = (one.kind == LEFT) & (tasks[one.volunteer] > 0)
        left &= minutes[one.volunteer] >= one.pairs.duration[need]
        need, volunteer = need[left], one.volunteer[left]
        walking = self.ways.out(volunteer, need) + self.ways.back(volunteer, need)
        worth = PairCare(self.problem)(need, volunteer) - goals.walking_minute * walking
        worth -= self._next_cost[volunteer]
        order = np.lexsort((volunteer, -worth, need))
        first = np.searchsorted(need[order], np.arange(len(self.problem.needs) + 1)).astype(np.int64)
        return volunteer[order], first

    @cached_property
    def _room(self) -> tuple[Ints, Ints]:
        """How many more visits, and how many more minutes of service, everybody's limits leave."""
        people = self.problem.volunteers
        visits = [self.standing.of(v.id) for v in people]
        served = [sum(visited.duration_min for visited, _ in each) for each in visits]
        return (
            _left((v.max_tasks for v in people), map(len, visits)),
            _left((v.max_service_min for v in people), served),
        )

    @cached_property
    def _next_cost(self) -> Ints:
        """What one more visit costs each person in fairness."""
        visits = self.standing.prepared.visits
        return np.array([self.kth(len(visits.get(v.id, ())) + 1) for v in self.problem.volunteers], dtype=np.int64)

    # --- what it would cost ---------------------------------------------------------------------------------------

    def _instead(self, match: Match, need: Need, person: Volunteer) -> tuple[int, dict[str, Any]] | None:
        """What care gains (mostly below 0) and the entry, if she could come; with the one who may go beside her."""
        come = self._coming(match, need, person)
        if come is None:
            return None
        best = None
        for gone, stays in self._pairs(match, person):
            going = self._going(need, gone)
            entry = _entry([*stays, person.id], going, come)
            total = sum(come.values()) - sum(going.values())
            if best is None or total > best[0]:
                best = total, entry
        return best

    def _pairs(self, match: Match, person: Volunteer) -> Iterator[tuple[Volunteer, list[str]]]:
        """Who of the match would go, and who stays."""
        for name in match.volunteers:
            others = [other for other in match.volunteers if other != name]
            known = self.problem.volunteer_by_id
            if all(may_be_partners(known[other], person) for other in others):
                yield known[name], others

    def _coming(self, match: Match, need: Need, person: Volunteer) -> Parts | None:
        """The parts of care that she would bring at the best minute; at the present one where two come together."""
        pieces = self.standing.prepared.day(person).pieces(need)
        if need.volunteers == 2:
            pieces = [part for one in pieces if (part := one.within(match.start, match.start))]
        goals = self.problem.goals
        ways = [
            (-goals.walking_minute * one.walking, -goals.waiting_minute * one.waiting_at(one.best)) for one in pieces
        ]
        if not ways:
            return None
        walking, waiting = max(ways, key=sum)
        parts = pair_care(self.problem, need, person)
        parts["fairness"] -= self.kth(len(self.standing.of(person.id)) + 1)
        return {**parts, "walking": walking, "waiting": waiting}

    def _going(self, need: Need, person: Volunteer) -> Parts:
        """The parts of care that go with her: what her day is worth less without the visit."""
        prepared, goals = self.standing.prepared, self.problem.goals
        walked, waited = prepared.day(person).before
        rest_walked, rest_waited = prepared.day(person, need.id).before
        parts = pair_care(self.problem, need, person)
        parts["fairness"] -= self.kth(len(self.standing.of(person.id)))
        return {
            **parts,
            "walking": -goals.walking_minute * (walked - rest_walked),
            "waiting": -goals.waiting_minute * (waited - rest_waited),
        }


def _left(most: Iterable[int | None], done: Iterable[int]) -> Ints:
    pairs = zip(most, done, strict=True)
    return np.array([NEVER if most is None else most - done for most, done in pairs], dtype=np.int64)


def _entry(names: Sequence[str], before: Parts, after: Parts) -> dict[str, Any]:
    """Names with every part that gets worse and, if there is one, every part that gets better."""
    loses = {part: before[part] - after[part] for part in before if before[part] > after[part]}
    gains = {part: after[part] - before[part] for part in before if after[part] > before[part]}
    return {"volunteers": list(names), "loses": loses} | ({"gains": gains} if gains else {})
