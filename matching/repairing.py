"""A day that changed after its plan was told, put right around the change: what is accepted stays, little is unsaid.

Only the neighbourhood of the change is solved again, exactly as far as `solve` proves it; everybody else's day is left
alone. An offered visit keeps its minute; only where that leaves somebody unserved may minutes move as well.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from matching.daychanges import Away, Change, Decline, Move, NewNeed, Standing, changed_problem, what_stands
from matching.nearby import Neighbourhood, around, unserved
from matching.options import Options
from matching.prepared import Prepared, prepare, prepared
from matching.problem import InvalidProblem, Lock, Matrix, Need, Pair, Problem, Volunteer, Window
from matching.result import Level, Plan, Result, Round, Unserved
from matching.rules import first_broken_rule

COST_PER_CHANGE = 30  # what a fourth visit of one day costs: nobody is un-asked to save somebody less than half an hour
MOST_ALSO = 40  # needs left over before that are looked at again, the weightiest first
TRIES = 3  # times that people on their way are left out because a plan would have sent them elsewhere first


@dataclass(frozen=True)
class RepairOptions:
    """How to repair.

    now: the minute of the day; nothing before it changes, and whoever has left for a door goes there first. None: the
        day has not begun.
    accepted: pairs (need, volunteer) that are promised; they stay, at their minute.
    cost_per_change: what un-asking one offered pair, or telling it another minute, costs in minutes of care.
    time_limit_s, seed: as in `Options`. most_volunteers: how many people's days may be looked at again.
    """

    now: int | None = None
    accepted: Collection[tuple[str, str]] = ()
    cost_per_change: int = COST_PER_CHANGE
    time_limit_s: float = 0.9
    most_volunteers: int = 60
    seed: int = 1


def repair(
    problem: Problem | Prepared, result: Result | Plan | None, changes: Iterable[Change],
    options: RepairOptions | None = None,
) -> Result:  # fmt: skip
    """The plan of the changed day (`changed_problem`) that keeps most of the one that stands.

    `run["repair"]` says what came of it: pairs to ask, pairs to un-ask, promises that could not be kept, needs open.
    InvalidProblem where a change names what is not there.
    """
    from matching.solver import load

    load()
    return _Repair(prepared(problem, result), list(changes), options or RepairOptions()).done()


class _Repair:
    def __init__(self, before: Prepared, changes: list[Change], options: RepairOptions) -> None:
        if before.plan is None:
            raise InvalidProblem("result: a plan that stands is needed to repair it.")
        self.begun = time.monotonic()
        self.before, self.plan, self.options = before, before.plan, options
        self.problem = changed_problem(before.problem, self.plan, changes)
        self.changes = changes
        self.stands = what_stands(before.problem, self.problem, self.plan, changes)
        self.accepted = frozenset(options.accepted)
        ready = prepare(self.problem, self.plan)
        self.idle = self._idle(ready)
        self.whole = ready.with_plan(self.idle)
        self.arcs = 0

    def done(self) -> Result:
        """The best plan found, never below leaving things as they are."""
        best = max((self.idle, *self._tried()), key=self._worth)
        value = tuple(level.value for level in best.levels)
        bounds = self._serve_bound(), _care_bound(self.problem)
        levels = tuple(
            Level(level.name, reached, max(bound, reached), level.bound_from)
            for level, reached, bound in zip(best.levels, value, bounds, strict=True)
        )
        best = replace(best, levels=levels)
        met = all(level.met for level in levels)
        run: dict[str, Any] = {
            "seed": self.options.seed, "seconds": round(time.monotonic() - self.begun, 3), "arcs": self.arcs,
            "steps": [{"name": "repair", "seconds": round(time.monotonic() - self.begun, 3)}],
            "repair": self._told(best),
        }  # fmt: skip
        return Result(best, "optimal" if met else "feasible", "proof" if met else "rounds", run)

    # --- leaving things as they are -------------------------------------------------------------------------------

    def _idle(self, ready: Prepared) -> Plan:
        """What stands as a plan of the changed day."""
        kept = set(self.stands.rounds)
        changed = {one.volunteer for one in self.plan.rounds if one not in kept}
        names = {match.need for match in self.plan.matches if changed & set(match.volunteers)}
        names |= {change.need.id for change in self.changes if isinstance(change, NewNeed | Move)}
        names |= {need for need, here in self.stands.people.items() if changed & set(here)}
        needs = tuple(need for need in self.problem.needs if need.id in names)
        part = Neighbourhood(replace(self.problem, needs=needs), frozenset(changed), ready)
        inside = tuple(one for one in self.stands.rounds if one.volunteer in changed)
        merged = part.merged(replace(self.plan, rounds=inside))
        return replace(merged, unserved=tuple(self._counted(part.whole, entry) for entry in merged.unserved))

    def _counted(self, whole: Prepared, entry: Unserved) -> Unserved:
        """The entry of a need left over, counted again where the changes are about it or its people."""
        need, old = self.problem.need_by_id[entry.need], self.before.problem.need_by_id.get(entry.need)
        names = {change.volunteer for change in self.changes if isinstance(change, Away)}
        names |= {one.volunteer for one in self.changes if isinstance(one, Decline) and one.need == entry.need}
        same = need == old and all(
            first_broken_rule(self.problem, need, self.problem.volunteer_by_id[name])
            == first_broken_rule(self.before.problem, need, self.before.problem.volunteer_by_id[name])
            for name in names
        )
        return entry if same else unserved(whole, need)

    # --- solving around the change --------------------------------------------------------------------------------

    def _tried(self) -> Iterator[Plan]:
        """Plans of the neighbourhood put into the day.

        First with every offered minute kept; if that leaves somebody unserved, with all minutes free; then only with
        the minutes of those whose visits changed by it, since the others moved for nothing.
        """
        frozen: set[str] = set()
        for _ in range(TRIES):
            part = self._part(frozen)
            if part is None:
                return
            dress = _Dress(part, self.stands, self.whole, self.options, self.accepted)
            astray: set[str] = set()
            loose: Collection[str] = ()
            for attempt in range(3):
                small = self._solved(dress, loose)
                if small is None:
                    break
                rounds, astray = dress.as_walked(small)
                if astray:
                    break
                yield part.merged(replace(small, rounds=tuple(rounds)))
                if attempt == 0 and not small.unserved:
                    return
                loose = dress.everything if attempt == 0 else dress.shuffled(small)
            if not astray:
                return
            frozen |= astray

    def _part(self, frozen: Collection[str]) -> Neighbourhood | None:
        seeds = [need.id for need in self._open if need.id in self._concerned]
        people = [name for name in sorted(self.stands.touched) if name in self.problem.volunteer_by_id]
        people += [name for need in seeds for name in self.stands.people.get(need, ())]
        also = self._also(people)
        if not seeds and not also:
            return None
        return around(
            self.whole, self.idle, seeds, also=also, people=people, without=frozen,
            most_volunteers=max(self.options.most_volunteers, len(people)),
        )  # fmt: skip

    @cached_property
    def _open(self) -> list[Need]:
        """Needs that the idle plan leaves over and for which it is not too late."""
        served = {match.need for match in self.idle.matches}
        now = self.options.now
        open_needs = (need for need in self.problem.needs if need.id not in served)
        return [need for need in open_needs if now is None or need.start_window[1] >= now]

    @cached_property
    def _concerned(self) -> set[str]:
        """Needs that the changes are about, and those that lost somebody by them."""
        named = {change.need.id for change in self.changes if isinstance(change, NewNeed | Move)}
        return named | {match.need for match in self.plan.matches}

    def _also(self, people: Iterable[str]) -> list[str]:
        """Needs left over before that somebody whose day became emptier could serve."""
        hers = [self.problem.volunteer_by_id[name] for name in people]
        others = [need for need in self._open if need.id not in self._concerned]
        others.sort(key=lambda need: -need.priority)
        able = (need.id for need in others if any(first_broken_rule(self.problem, need, one) is None for one in hers))
        return [need for need, _ in zip(able, range(MOST_ALSO), strict=False)]

    def _solved(self, dress: _Dress, loose: Collection[str]) -> Plan | None:
        """The small day solved; promises of one of two people that nobody can join are let go, one by one."""
        found = self._solve(dress.problem(loose, dress.halves))
        kept: list[str] = []
        for half in dress.halves if found is None else ():
            if (better := self._solve(dress.problem(loose, [*kept, half]))) is not None:
                kept, found = [*kept, half], better
        return self._solve(dress.problem(loose, ())) if found is None else found

    def _solve(self, small: Problem) -> Plan | None:
        from matching.solver import solve

        left = self.options.time_limit_s - (time.monotonic() - self.begun)
        options = Options(time_limit_s=max(0.1, 0.6 * left), seed=self.options.seed, workers=1, explain=False)
        try:
            result = solve(small, options)
        except InvalidProblem:
            return None
        self.arcs = max(self.arcs, int(result.run["arcs"]))
        return result.plan

    # --- judging ----------------------------------------------------------------------------------------------------

    def _worth(self, plan: Plan) -> tuple[int, int]:
        serve, care = (level.value for level in plan.levels)
        return serve, care - self.options.cost_per_change * len(self._unsaid(plan))

    def _unsaid(self, plan: Plan) -> list[tuple[str, str]]:
        """Offered pairs that still could stand, and do not at their minute."""
        now = {(match.need, name): match.start for match in plan.matches for name in match.volunteers}
        return [
            (need, name)
            for need, names in self.stands.people.items()
            for name in names
            if now.get((need, name)) != self.stands.starts[need]
        ]

    def _serve_bound(self) -> int:
        """What no plan of the changed day can exceed: the old bound and the orders that came, unless a lock went."""
        everything = sum(need.priority for need in self.problem.needs)
        if isinstance(self.problem.travel, Matrix) or len(self.problem.locked) < len(self.before.problem.locked):
            return everything
        came = [change.need.id for change in self.changes if isinstance(change, NewNeed | Move)]
        added = sum(need.priority for need in self.problem.needs if need.id in came)
        return min(everything, self.plan.levels[0].bound + added)

    def _told(self, plan: Plan) -> dict[str, Any]:
        before = {(match.need, name): match.start for match in self.plan.matches for name in match.volunteers}
        now = {(match.need, name): match.start for match in plan.matches for name in match.volunteers}
        unsaid = [*self._unsaid(plan), *(pair for pair in self.stands.stuck if now.get(pair) != before[pair])]
        served = {match.need for match in plan.matches}
        return {
            "cost_per_change": self.options.cost_per_change,
            "kept": sum(before.get(pair) == start for pair, start in now.items()),
            "ask": [_pair(*pair, start) for pair, start in now.items() if before.get(pair) != start],
            "unask": [_pair(*pair, before[pair]) for pair in unsaid if pair not in self.accepted],
            "promises_lost": [_pair(*pair, before[pair]) for pair in unsaid if pair in self.accepted],
            "open": [need.id for need in self._open if need.id in self._concerned and need.id not in served],
        }


def _pair(need: str, volunteer: str, start: int) -> dict[str, Any]:
    return {"need": need, "volunteer": volunteer, "start": start}


def _care_bound(problem: Problem) -> int:
    """What no plan can exceed: everybody's wishes met by people next door who were never asked before."""
    goals = problem.goals
    scores: dict[str, int] = {}
    for pair in problem.pairs:
        scores[pair.need] = max(scores.get(pair.need, 0), pair.score)

    def most(need: Need) -> int:
        wishes = goals.regular * bool(need.regular)
        wishes += goals.gender if need.gender and not need.gender.required else 0
        wishes += goals.language if need.language and not need.language.required else 0
        return need.volunteers * (wishes + scores.get(need.id, 0))

    return sum(most(need) for need in problem.needs)


class _Dress:
    """The small problem as it is put to the solver: promises locked, offers preferred, the past closed."""

    def __init__(
        self, part: Neighbourhood, stands: Standing, whole: Prepared, options: RepairOptions,
        accepted: Collection[tuple[str, str]],
    ) -> None:  # fmt: skip
        self.part, self.stands, self.options, self.accepted = part, stands, options, accepted
        self.now = options.now
        self.rounds = {name: sorted(whole.rounds.get(name, ()), key=lambda one: one.leave) for name in part.inside}
        self.fixed = {(visit, name) for name in part.inside for one in self.rounds[name] for visit in self.stops(one)}
        self.served = {match.need for match in whole.plan.matches} if whole.plan else set()

    def stops(self, one: Round) -> list[str]:
        """The visits of a round that she has left for."""
        found: list[str] = []
        left = one.leave
        for visit in one.visits:
            if self.now is None or left > self.now:
                break
            found.append(visit.need)
            left = visit.end
        return found

    def homeward(self, one: Round) -> bool:
        """She has left the last door of this round: she is sent elsewhere only once she is home."""
        return self.now is not None and one.visits[-1].end < self.now

    @property
    def halves(self) -> list[str]:
        """Needs for two of which one person has promised and the other is gone."""
        needs = (need.id for need in self.part.problem.needs)
        return [need for need in needs if need not in self.served and self._promised(need)]

    @property
    def everything(self) -> set[str]:
        """Every need of the small problem."""
        return {need.id for need in self.part.problem.needs}

    def shuffled(self, small: Plan) -> set[str]:
        """The needs of everybody who has other visits in this plan than as things stand."""
        before = {name: {v.need for one in self.rounds[name] for v in one.visits} for name in self.part.inside}
        after: dict[str, set[str]] = {}
        for match in small.matches:
            for name in match.volunteers:
                after.setdefault(name, set()).add(match.need)
        other = [name for name in self.part.inside if before[name] != after.get(name, set())]
        return {need for name in other for need in before[name] | after.get(name, set())}

    def _here(self, need: str) -> list[str]:
        return [name for name in self.stands.people.get(need, ()) if name in self.part.inside]

    def _promised(self, need: str) -> list[str]:
        return [name for name in self._here(need) if (need, name) in self.accepted or (need, name) in self.fixed]

    def problem(self, loose: Collection[str], halves: Collection[str]) -> Problem:
        """The small problem; offered visits to `loose` needs may take another minute, `halves` are locked as well."""
        small = self.part.problem
        locks = {lock.need: lock for lock in small.locked}
        needs: list[Need] = []
        for need in small.needs:
            promised = self._promised(need.id) if need.id in self.served or need.id in halves else []
            if promised:
                locks[need.id] = self._lock(locks.get(need.id), need.id, promised)
            window = self._window(need, need.id in locks and locks[need.id].start is not None, need.id in loose)
            if window[0] <= window[1]:
                needs.append(replace(need, start_window=window))
        names = {need.id for need in needs}
        return replace(
            small, needs=tuple(needs), volunteers=tuple(self._still_free(person) for person in small.volunteers),
            locked=tuple(lock for lock in locks.values() if lock.need in names),
            pairs=tuple(pair for pair in self._pairs(small) if pair.need in names),
            pairs_only=small.pairs_only,
        )  # fmt: skip

    def _lock(self, lock: Lock | None, need: str, promised: Sequence[str]) -> Lock:
        names = dict.fromkeys((*(lock.volunteers if lock else ()), *promised))
        return Lock(need, tuple(names), self.stands.starts[need])

    def _window(self, need: Need, pinned: bool, moving: bool) -> Window:
        low, high = need.start_window
        if pinned or (not moving and self._here(need.id)):
            start = self.stands.starts.get(need.id, low)
            return (start, start) if need.id in self.stands.starts else (low, high)
        return (low if self.now is None else max(low, self.now)), high

    def _pairs(self, small: Problem) -> Iterator[Pair]:
        """The pairs with what it costs to un-ask one on top of each that is offered."""
        offered = {(need.id, name) for need in small.needs for name in self._here(need.id)}
        cost = self.options.cost_per_change
        for pair in small.pairs:
            key = pair.need, pair.volunteer
            yield replace(pair, score=pair.score + cost) if key in offered else pair
        listed = {(pair.need, pair.volunteer) for pair in small.pairs}
        for need, name in sorted(offered - listed):
            yield Pair(need, name, cost)

    def _still_free(self, person: Volunteer) -> Volunteer:
        """Her free windows from now on; those in which she has been out are cut so that the past stays closed."""
        if self.now is None:
            return person
        free: list[Window] = []
        for begin, end in person.free:
            free += self._pieces(person, begin, end, self.now)
        return replace(person, free=tuple(free))

    def _pieces(self, person: Volunteer, begin: int, end: int, now: int) -> list[Window]:
        here = [one for one in self.rounds[person.id] if begin <= one.leave and one.back <= end and one.leave <= now]
        if not here:
            return [(max(begin, now), end)] if now < end else []
        last = here[-1]
        before = [(begin, last.leave)] if len(here) > 1 else []
        if last.back > now and not self.homeward(last):  # under way
            return [*before, (last.leave, end)]
        if last.back > now:
            again = [(last.back, end)] if person.end_place is None and last.back < end else []
            return [*before, (last.leave, last.back), *again]
        again = [(now, end)] if person.end_place is None and now < end else []
        return [(begin, min(now, end)), *again]

    # --- back from the solver ---------------------------------------------------------------------------------------

    def as_walked(self, small: Plan) -> tuple[list[Round], set[str]]:
        """The rounds with the past as it was, and whoever would have to turn round on her way."""
        by_person: dict[str, list[Round]] = {}
        for one in small.rounds:
            by_person.setdefault(one.volunteer, []).append(one)
        rounds: list[Round] = []
        astray: set[str] = set()
        for name in sorted(self.part.inside):
            hers = self._history(name, by_person.get(name, []))
            if hers is None:
                astray.add(name)
            else:
                rounds += hers
        return rounds, astray

    def _history(self, name: str, planned: Sequence[Round]) -> list[Round] | None:
        past = [one for one in self.rounds[name] if self.stops(one)]
        if not past:
            return list(planned)
        fixed = [self.stops(one) for one in past]
        gone = {need for stops in fixed for need in stops}
        kept = [one for one in past if one.back <= (self.now or 0)]
        under_way = next((one for one in past if one not in kept), None)
        found = list(kept)
        for one in planned:
            names = [visit.need for visit in one.visits]
            if under_way is not None and names[: len(fixed[-1])] == fixed[-1]:
                more = names[len(fixed[-1]) :]
                if gone & set(more) or (more and self.homeward(under_way)):
                    return None
                visits = (*under_way.visits[: len(fixed[-1])], *one.visits[len(fixed[-1]) :])
                found.append(replace(one, leave=under_way.leave, visits=visits))
            elif not gone & set(names):
                found.append(one)
            elif not gone >= set(names):
                return None
        there = {visit.need for one in found for visit in one.visits}
        return sorted(found, key=lambda one: one.leave) if gone <= there else None
