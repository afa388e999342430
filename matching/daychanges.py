"""What happens to a day after its plan was told: a decline, somebody away, an order more, one less, one moved.

`changed_problem` is the day as it now is; `what_stands` the part of the plan that it leaves untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product, repeat

from matching.problem import InvalidProblem, Lock, Need, Pair, Place, Problem, Volunteer, Window
from matching.result import Match, Plan, Round, VisitTimes
from matching.rules import Visit, broken_rules
from matching.travel import home_again, leg_min


@dataclass(frozen=True)
class Decline:
    """She will not make this visit; she is not asked for it again."""

    need: str
    volunteer: str


@dataclass(frozen=True)
class Away:
    """She did not come, or leaves: nothing that is not over by this minute can be hers, until she is back if ever."""

    volunteer: str
    from_min: int
    until_min: int | None = None


@dataclass(frozen=True)
class NewNeed:
    """An order more."""

    need: Need


@dataclass(frozen=True)
class Cancel:
    """An order less."""

    need: str


@dataclass(frozen=True)
class Move:
    """An order that is now as this one: another time, place or length under the same id."""

    need: Need


Change = Decline | Away | NewNeed | Cancel | Move


def changed_problem(problem: Problem, plan: Plan, changes: Iterable[Change]) -> Problem:
    """The day with these changes made, in their order. InvalidProblem where one names what is not there.

    Locks that a change contradicts are gone. Whoever leaves keeps the time that her visits until then took, with the
    way home.
    """
    needs = dict(problem.need_by_id)
    people = dict(problem.volunteer_by_id)
    pairs = dict(problem.pair_by_ids)
    for change in changes:
        _must_exist(change, needs, people)
        match change:
            case Decline(need, name):
                score = pairs[need, name].score if (need, name) in pairs else 0
                pairs[need, name] = Pair(need, name, score, forbidden=True)
            case Away(name):
                people[name] = _shortened(problem, plan, people[name], change)
            case Cancel(need):
                del needs[need]
            case NewNeed(new) | Move(new):
                needs[new.id] = new
    changed = replace(
        problem, needs=tuple(needs.values()), volunteers=tuple(people.values()), locked=(),
        pairs=tuple(pair for pair in pairs.values() if pair.need in needs),
    )  # fmt: skip
    return replace(changed, locked=tuple(lock for lock in problem.locked if _holds(changed, lock)))


def _must_exist(change: Change, needs: dict[str, Need], people: dict[str, Volunteer]) -> None:
    name = change.need if isinstance(change, Decline | Cancel) else None
    if isinstance(change, Move):
        name = change.need.id
    if name is not None and name not in needs:
        raise InvalidProblem(f"changes: the need {name!r} is unknown.")
    if isinstance(change, NewNeed) and change.need.id in needs:
        raise InvalidProblem(f"changes: the new need {change.need.id!r} is there already.")
    if isinstance(change, Decline | Away) and change.volunteer not in people:
        raise InvalidProblem(f"changes: the volunteer {change.volunteer!r} is unknown.")


def _shortened(problem: Problem, plan: Plan, person: Volunteer, away: Away) -> Volunteer:
    """Her free windows without the time she is away; she still walks home from the last visit before it."""
    leaves = away.from_min
    for one in plan.rounds:
        done = [visit for visit in one.visits if visit.end <= away.from_min] if one.volunteer == person.id else []
        if done:
            leaves = max(leaves, _home_from(problem, person, done))
    free: list[Window] = []
    for begin, end in person.free:
        free += [(begin, min(end, leaves))] if begin < leaves else []
        back = leaves if away.until_min is None else max(leaves, away.until_min)
        free += [(max(begin, back), end)] if away.until_min is not None and back < end else []
    return replace(person, free=tuple(free))


def _home_from(problem: Problem, person: Volunteer, visits: Sequence[VisitTimes]) -> int:
    place = person.place
    for visit in visits:
        need = problem.need_by_id[visit.need]
        place = place if need.remote else need.place
    return visits[-1].end + leg_min(problem, person, place, home_again(person))


def _holds(problem: Problem, lock: Lock) -> bool:
    """The lock still breaks no rule by itself."""
    need = problem.need_by_id.get(lock.need)
    if need is None or (lock.start is not None and not need.start_window[0] <= lock.start <= need.start_window[1]):
        return False
    people = [problem.volunteer_by_id[name] for name in lock.volunteers]
    return not any(broken_rules(problem, need, person, start=lock.start) for person in people)


# --- what stands ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What the changes leave of a plan: whole visits, and people of a visit for two whose other one is gone."""

    rounds: tuple[Round, ...]
    people: dict[str, tuple[str, ...]]  # by need, whoever of its people is still to come
    starts: dict[str, int]
    touched: frozenset[str]  # volunteers with a visit less
    stuck: tuple[tuple[str, str], ...] = ()  # (need, volunteer): visits to which only a visit now gone led the way

    def complete(self, need: Need) -> bool:
        """Everybody for it is still to come."""
        return len(self.people.get(need.id, ())) == need.volunteers


def what_stands(problem: Problem, changed: Problem, plan: Plan, changes: Iterable[Change]) -> Standing:
    """The visits of the plan that the changed day still allows at their minutes."""
    changes = list(changes)
    moved = {change.need.id for change in changes if isinstance(change, Move)}
    declined = {(change.need, change.volunteer) for change in changes if isinstance(change, Decline)}
    away = [change for change in changes if isinstance(change, Away)]
    concerned = {change.volunteer for change in away} | {name for _, name in declined}
    gone = {need.id for need in problem.needs} - {need.id for need in changed.needs}
    concerned |= {name for match in plan.matches if match.need in moved | gone for name in match.volunteers}
    visits: dict[str, list[Visit]] = {name: [] for name in sorted(concerned)}
    for match in sorted(plan.matches, key=lambda match: match.start):
        need = changed.need_by_id.get(match.need)
        if need is None:
            continue
        for name in concerned & set(match.volunteers):
            over = match.start + problem.need_by_id[match.need].duration_min
            if (match.need, name) not in declined and not any(_misses(one, name, match, over) for one in away):
                visits[name].append((need, match.start))
    stuck: list[tuple[str, str]] = []
    for name, hers in visits.items():
        visits[name] = _possible(changed, changed.volunteer_by_id[name], hers)
        stuck += [(need.id, name) for need, start in hers if (need, start) not in visits[name] and need.id not in moved]
    return _standing(changed, plan, visits, stuck)


def _misses(away: Away, name: str, match: Match, over: int) -> bool:
    until = away.until_min
    return away.volunteer == name and over > away.from_min and (until is None or match.start < until)


def _possible(problem: Problem, person: Volunteer, visits: Sequence[Visit]) -> list[Visit]:
    """The visits that she can still make: rules kept, and the day walkable without the ones that are gone."""
    kept: list[Visit] = []
    for need, start in visits:
        if not broken_rules(problem, need, person, start=start, others=kept):
            kept.append((need, start))
    return kept


def _standing(
    problem: Problem, plan: Plan, visits: dict[str, list[Visit]], stuck: Sequence[tuple[str, str]]
) -> Standing:  # fmt: skip
    still = {(name, need.id) for name, hers in visits.items() for need, _ in hers}
    people: dict[str, tuple[str, ...]] = {}
    for match in plan.matches:
        here = tuple(name for name in match.volunteers if name not in visits or (name, match.need) in still)
        if here:
            people[match.need] = here
    before = {match.need: match.volunteers for match in plan.matches}
    lost = list(stuck)
    while True:
        touched = {name for need, names in before.items() for name in names if name not in people.get(need, ())}
        rounds, blocked = _walked(problem, plan, people, touched)
        if blocked is None:
            starts = {match.need: match.start for match in plan.matches}
            return Standing(tuple(rounds), people, starts, frozenset(touched), tuple(lost))
        # A table of minutes may make a day impossible without the visit that is gone: her next one goes too.
        name, need = blocked
        people[need] = tuple(one for one in people[need] if one != name)
        lost.append((need, name))


def _walked(
    problem: Problem, plan: Plan, people: dict[str, tuple[str, ...]], touched: set[str]
) -> tuple[list[Round], tuple[str, str] | None]:
    """The rounds of what is complete, or the volunteer and the need that make one of them impossible."""
    # A visit for two with one person missing is not walked until another is found.
    short = {need for need, here in people.items() if here and len(here) < problem.need_by_id[need].volunteers}
    waiting = {name for need in short for name in people[need]}
    rounds: list[Round] = []
    for one in plan.rounds:
        if one.volunteer not in touched | waiting:
            rounds.append(one)
            continue
        kept = [v for v in one.visits if one.volunteer in people.get(v.need, ()) and v.need not in short]
        parts = rewalked(problem, one, kept)
        if parts is None:
            return [], (one.volunteer, kept[-1].need)
        rounds += parts
    return rounds, None


MOST_STOPS = 8  # of a round for which every way of going home in between is tried


def rewalked(problem: Problem, one: Round, kept: Sequence[VisitTimes]) -> list[Round] | None:
    """The round with these of its visits only, at their minutes, perhaps going home in between; None if impossible."""
    if not kept or len(kept) == len(one.visits):
        return [one] if kept else []
    person = problem.volunteer_by_id[one.volunteer]
    visits: list[Visit] = [(problem.need_by_id[visit.need], visit.start) for visit in kept]
    single = person.end_place is not None or len(visits) > MOST_STOPS
    found = []
    for breaks in product((False, True), repeat=0 if single else len(visits) - 1):
        parts = [walk(problem, person, part) for part in _split(visits, breaks)]
        rounds = [part for part in parts if part]
        if len(rounds) == len(parts) and all(a.back <= b.leave for a, b in pairwise(rounds)):
            found.append(rounds)
    goals = problem.goals

    def cost(rounds: Sequence[Round]) -> int:
        waited = sum(visit.start - visit.arrive for walk in rounds for visit in walk.visits)
        return goals.walking_minute * sum(walk.walking_min for walk in rounds) + goals.waiting_minute * waited

    return min(found, key=cost, default=None)


def _split(visits: Sequence[Visit], breaks: Sequence[bool]) -> list[list[Visit]]:
    parts = [[visits[0]]]
    for visit, apart in zip(visits[1:], breaks or repeat(False), strict=False):
        if apart:
            parts.append([])
        parts[-1].append(visit)
    return parts


def walk(problem: Problem, person: Volunteer, visits: Sequence[Visit]) -> Round | None:
    """One round with these visits at their minutes; None where she would come too late to a door."""
    here: Place = person.place
    times: list[VisitTimes] = []
    walking = leave = 0
    for need, start in visits:
        leg = 0 if need.remote else leg_min(problem, person, here, need.place)
        arrive = times[-1].end + leg if times else start
        leave = leave if times else start - leg
        if arrive > start:
            return None
        walking += leg
        times.append(VisitTimes(need.id, arrive, start, start + need.duration_min))
        here = here if need.remote else need.place
    home = leg_min(problem, person, here, home_again(person))
    service = sum(need.duration_min for need, _ in visits)
    return Round(person.id, leave, times[-1].end + home, walking + home, service, tuple(times))
