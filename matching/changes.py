"""The smallest change of one thing that serves a need left over, found beside the plan and proven by solving again.

What may change and what it counts (a lower sum is a smaller change) is the published table `COST`. Gates, exclusions,
forbidden pairs and the rule for trainees protect people and are never offered.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matching.problem import Need, Problem, Volunteer, Wish
from matching.reasons import Standing, minutes_for
from matching.result import Plan, Unserved
from matching.rules import lone_legs, may_be_partners, pair_rules
from matching.travel import metres

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
WIDEST = 120  # minutes by which a window is moved at most
FARTHEST = 1500  # metres added to somebody's reach at most
OTHERS = 3  # further changes listed
TRIES = 4  # changes solved again before a need goes without
HALVINGS = 4  # of a moved window, when somebody else's visits could make room for less
Solve = Callable[[Problem, float], Plan]


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

    def applied(self, problem: Problem, need_id: str) -> Problem:
        """The problem with this one thing changed."""
        if self.kind in OF_NEED:
            needs = tuple(
                replace(need, **{self.kind: self.after}) if need.id == need_id else need for need in problem.needs
            )
            return replace(problem, needs=needs)
        people = tuple(
            replace(person, **{self.kind: self._of_person(person)}) if person.id == self.volunteer else person
            for person in problem.volunteers
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


def with_changes(problem: Problem, plan: Plan, *, deadline: float, solve: Solve) -> Plan:
    """The plan with the cheapest change and some others for every need left over, as far as the time allows.

    First what fits beside the plan as it stands, for everybody; then, in the time that is left, what takes others'
    visits being moved.
    """
    standing = Standing(problem, plan)
    works = [_Work(standing, entry, deadline, solve) for entry in plan.unserved]
    for work in works:
        work.beside_the_plan()
    for work in works:
        work.with_visits_moved()
    return replace(plan, unserved=tuple(work.done() for work in works))


class _Work:
    """The search for one need's changes."""

    def __init__(self, standing: Standing, entry: Unserved, deadline: float, solve: Solve) -> None:
        self.entry = entry
        self.need = standing.problem.need_by_id[entry.need]
        self.standing, self.deadline = standing, deadline
        self.prover = _Prover(standing, self.need, deadline, solve)
        self.ranked: list[Change] = []
        self.proven: Proven | None = None

    def beside_the_plan(self) -> None:
        """Changes that need nobody else to move, cheapest first."""
        found = list(possible_changes(self.standing, self.need, self.deadline))
        found.sort(key=lambda change: (change.cost, change.kind, change.volunteer or ""))
        self.ranked = _one_a_kind(found)
        for change in self.ranked[:TRIES]:
            self.proven = self.prover.certain(change) or self.prover.prove(change)
            if self.proven:
                return

    def with_visits_moved(self) -> None:
        """A wide window where nothing else helped, then as small a one as will do."""
        if self.proven is None:
            self.proven = next((one for wide in _wide_windows(self.need) if (one := self.prover.prove(wide))), None)
        if self.proven is not None and self.proven[0].kind == "start_window" and self.entry.reason != "no_candidate":
            self.proven = self.prover.smallest(self.proven)

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


def _wide_windows(need: Need) -> Iterator[Change]:
    """The window much later or earlier, in case somebody else's visits would move for it."""
    low, high = need.start_window
    for after in ((low, high + WIDEST), (max(0, low - WIDEST), high)):
        if after != (low, high):
            yield Change("start_window", (low, high), after, None, max(low - after[0], after[1] - high))


class _Prover:
    """Solves again with one change, until the deadline."""

    def __init__(self, standing: Standing, need: Need, deadline: float, solve: Solve) -> None:
        self.standing, self.need, self.deadline, self.again = standing, need, deadline, solve

    def prove(self, change: Change) -> Proven | None:
        """The change with its effect in words if the need is served when solved again; None if not, or out of time."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            return None
        after = self.again(change.applied(self.standing.problem, self.need.id), left)
        served = {match.need: match for match in after.matches}
        more = after.levels[0].value > self.standing.plan.levels[0].value
        if self.need.id not in served or not more:  # a mere swap for a need of the same weight helps nobody
            return None
        if change.volunteer not in served[self.need.id].volunteers and change.kind in OF_NEED:
            change = replace(change, volunteer=served[self.need.id].volunteers[0])
        lost = [match.need for match in self.standing.plan.matches if match.need not in served]
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


def _one_a_kind(ranked: Sequence[Change]) -> list[Change]:
    """The best two changes of each kind, in their order."""
    kept: list[Change] = []
    for change in ranked:
        if sum(other.kind == change.kind for other in kept) < 2:
            kept.append(change)
    return kept


def possible_changes(standing: Standing, need: Need, deadline: float) -> Iterator[Change]:
    """Every single change that lets the need be served beside the plan as it stands."""
    finder = _Finder(standing, need)
    for person in standing.problem.volunteers:
        if time.monotonic() > deadline:
            return
        yield from finder.of_person(person)
    yield from finder.of_window()
    yield from finder.of_wishes()


class _Finder:
    """Changes for one need, each person's other visits kept at their minutes."""

    def __init__(self, standing: Standing, need: Need) -> None:
        self.standing, self.problem, self.need = standing, standing.problem, need
        low, high = need.start_window
        self.wide = replace(need, start_window=(max(0, low - WIDEST), high + WIDEST))
        self.ready: dict[str, set[int]] = {}  # who can come already, for needs that take two
        self.wide_minutes: dict[str, list[int]] = {}
        for person in self.problem.volunteers:
            if self.broken(need, person):
                continue
            minutes = minutes_for(self.problem, self.wide, person, standing.of(person.id))
            if minutes:
                self.wide_minutes[person.id] = minutes
                self.ready[person.id] = {minute for minute in minutes if low <= minute <= high}

    def broken(self, need: Need, person: Volunteer) -> list[str]:
        """The pair rules that fail, the times apart."""
        return [
            name
            for name, rule in pair_rules(need)
            if name not in ("free", "minutes") and not rule(self.problem, need, person)
        ]

    def serves(self, person: Volunteer, need: Need | None = None) -> bool:
        """This (changed) person could come; to a two-person need with somebody who can come already."""
        minutes = set(minutes_for(self.problem, need or self.need, person, self.standing.of(person.id)))
        return bool(minutes) and (self.need.volunteers == 1 or self.partner(person, minutes))

    def partner(self, person: Volunteer, minutes: set[int]) -> bool:
        """Somebody who can come already could start together with her."""
        return any(
            minutes & ready and may_be_partners(self.problem.volunteer_by_id[name], person)
            for name, ready in self.ready.items()
        )

    def of_window(self) -> Iterator[Change]:
        """The need may start earlier or later."""
        low, high = self.need.start_window
        best: dict[int, str] = {}
        for name, minutes in self.wide_minutes.items():
            person = self.problem.volunteer_by_id[name]
            for minute in minutes:
                away = low - minute if minute < low else minute - high
                if away <= 0 or minute in best:
                    continue
                if self.need.volunteers == 1 or self.wide_partner(person, minute):
                    best[minute] = name
        if best:
            minute = min(best, key=lambda minute: (max(low - minute, minute - high), minute))
            after = (min(low, minute), max(high, minute))
            yield Change("start_window", (low, high), after, best[minute], max(low - minute, minute - high))

    def wide_partner(self, person: Volunteer, minute: int) -> bool:
        """Somebody else could start at this minute too."""
        return any(
            minute in minutes and may_be_partners(self.problem.volunteer_by_id[name], person)
            for name, minutes in self.wide_minutes.items()
        )

    def of_person(self, person: Volunteer) -> Iterator[Change]:
        """What would let this one person come."""
        broken = self.broken(self.need, person)
        if not broken:
            yield from self.of_limits(person)
            yield from self.of_free(person)
        elif broken == ["reach"] and person.reach_m is not None:
            away = math.ceil(metres(person.place, self.need.place))  # type: ignore[arg-type]
            if away - person.reach_m <= FARTHEST and self.serves(person):
                yield Change("reach_m", person.reach_m, away, person.id, away - person.reach_m)
        elif broken == ["skill"]:
            missing = [skill for skill in self.need.skills if skill not in person.skills]
            if len(missing) == 1 and self.serves(person):
                yield Change("skills", person.skills, (*person.skills, *missing), person.id, 1)

    def of_wishes(self) -> Iterator[Change]:
        """The required gender or language is only preferred."""
        for kind in ("gender", "language"):
            wish: Wish | None = getattr(self.need, kind)
            if wish is None or not wish.required:
                continue
            open_to_all = replace(self.need, **{kind: Wish(wish.value, False)})  # type: ignore[arg-type]
            finder = _Finder(self.standing, open_to_all)
            name = next((name for name in finder.ready if finder.can_be_first(name)), None)
            if name is not None:
                yield Change(kind, wish, replace(wish, required=False), name, 1)

    def can_be_first(self, name: str) -> bool:
        """Somebody ready now serves the need, with a partner where it takes two."""
        minutes = self.ready[name]
        alone = self.need.volunteers == 1
        return bool(minutes) and (alone or self.partner(self.problem.volunteer_by_id[name], minutes))

    def of_limits(self, person: Volunteer) -> Iterator[Change]:
        """One more visit, or some more minutes of service, in her day."""
        visits = self.standing.of(person.id)
        if person.max_tasks is not None and len(visits) + 1 > person.max_tasks:
            more = replace(person, max_tasks=len(visits) + 1)
            if more.max_tasks == person.max_tasks + 1 and self.serves(more):
                yield Change("max_tasks", person.max_tasks, more.max_tasks, person.id, 1)
        minutes = sum(visited.duration_min for visited, _ in visits) + self.need.duration_min
        limit = person.max_service_min
        if limit is not None and minutes > limit and self.serves(replace(person, max_service_min=minutes)):
            yield Change("max_service_min", limit, minutes, person.id, minutes - limit)

    def of_free(self, person: Volunteer) -> Iterator[Change]:
        """One of her free windows begins earlier or ends later."""
        out, back = lone_legs(self.problem, self.need, person)
        away = self.need.duration_min + back
        wanted = self.wanted(person)
        for index, window in enumerate(person.free):
            begin, end = window
            before = person.free[index - 1][1] if index else 0
            after = person.free[index + 1][0] if index + 1 < len(person.free) else end + WIDEST
            last = max((minute for minute in wanted if minute + away <= end), default=None)
            first = min((minute for minute in wanted if begin + out <= minute), default=None)
            if last is not None and begin > last - out >= max(before, begin - WIDEST):
                yield from self.stretched(person, window, (last - out, end))
            if first is not None and end < first + away <= min(after, end + WIDEST):
                yield from self.stretched(person, window, (begin, first + away))

    def wanted(self, person: Volunteer) -> list[int]:
        """The minutes at which her coming would serve the need: those of a partner where it takes two."""
        low, high = self.need.start_window
        if self.need.volunteers == 1:
            return list(range(low, high + 1))
        people = self.problem.volunteer_by_id
        partners = [ready for name, ready in self.ready.items() if may_be_partners(people[name], person)]
        return sorted(set().union(*partners))

    def stretched(self, person: Volunteer, window: tuple[int, int], wider: tuple[int, int]) -> Iterator[Change]:
        """The change of one window, if it lets her come."""
        free = tuple(wider if one == window else one for one in person.free)
        if self.serves(replace(person, free=free)):
            amount = (window[0] - wider[0]) + (wider[1] - window[1])
            yield Change("free", window, wider, person.id, amount)
