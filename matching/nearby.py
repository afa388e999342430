"""A small problem cut out of a large day around a few needs, and its plan put back into the whole.

Whoever could come for these needs is inside, with all that they do that day; everybody else's visits stay as they are.
What a plan of the small problem gains over the present one, the whole day gains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from matching.prepared import Prepared, prepared
from matching.problem import Lock, Need, Problem
from matching.result import Match, Plan, Result, Round, Unserved
from matching.scoring import Parts, care, day_parts

MOST_VOLUNTEERS = 60


@dataclass(frozen=True)
class Neighbourhood:
    """The small problem, and the whole one it was cut out of with its plan."""

    problem: Problem
    inside: frozenset[str]  # volunteers
    whole: Prepared

    @property
    def _plan(self) -> Plan:
        assert self.whole.plan is not None
        return self.whole.plan

    @cached_property
    def value(self) -> tuple[int, int]:
        """(serve, care) of the plan as it stands, of the needs and people inside."""
        served = {match.need for match in self._plan.matches}
        serve = sum(need.priority for need in self.problem.needs if need.id in served)
        return serve, sum(care(part) for name in self.inside for part in self._parts(name, self._rounds(name)).values())

    def merged(self, plan: Plan) -> Plan:
        """The whole plan with the days of those inside replaced by this plan of the small problem."""
        rounds = [one for one in self._plan.rounds if one.volunteer not in self.inside] + list(plan.rounds)
        row = self.whole.people.row
        rounds.sort(key=lambda one: (row[one.volunteer], one.leave))
        matches = self._matches(rounds)
        unserved = tuple(self._unserved({match.need for match in matches}))
        serve = sum(match.score["priority"] for match in matches)
        values = serve, sum(care(match.score) for match in matches)
        levels = tuple(
            replace(level, value=value, bound=max(level.bound, value))
            for level, value in zip(self._plan.levels, values, strict=True)
        )
        return Plan(levels, tuple(rounds), matches, unserved)

    def _rounds(self, volunteer: str) -> Sequence[Round]:
        return self.whole.rounds.get(volunteer, ())

    def _parts(self, volunteer: str, rounds: Iterable[Round]) -> dict[str, Parts]:
        return day_parts(self.whole.problem, volunteer, rounds)

    def _matches(self, rounds: Sequence[Round]) -> tuple[Match, ...]:
        """Every match: as it was where nobody inside is concerned, else scored again from the rounds."""
        changed = {need.id for need in self.problem.needs}
        who: dict[str, list[tuple[str, int]]] = {need: [] for need in changed}
        by_person: dict[str, list[Round]] = {}
        for one in rounds:
            by_person.setdefault(one.volunteer, []).append(one)
            for visit in one.visits:
                if visit.need in changed:
                    who[visit.need].append((one.volunteer, visit.start))
        concerned = {name for people in who.values() for name, _ in people}
        parts = {name: self._parts(name, by_person[name]) for name in concerned}
        before = {match.need: match for match in self._plan.matches}

        def match(need: Need) -> Match:
            if need.id not in changed:
                return self._kept(before[need.id])
            people = tuple(name for name, _ in who[need.id])
            score = {key: sum(parts[name][need.id][key] for name in people) for key in parts[people[0]][need.id]}
            old = before.get(need.id)
            same = old is not None and set(old.volunteers) == set(people) and old.start == who[need.id][0][1]
            runner_up = self._kept(old).runner_up if same and old is not None else None
            return Match(need.id, people, who[need.id][0][1], {**score, "priority": need.priority}, runner_up)

        return tuple(match(need) for need in self.whole.problem.needs if who.get(need.id, need.id in before))

    def _kept(self, match: Match) -> Match:
        """The match; a runner-up whose day may have changed is named no longer."""
        second = (match.runner_up or {}).get("volunteers", ())
        return replace(match, runner_up=None) if self.inside & set(second) else match

    def _unserved(self, served: Collection[str]) -> Iterator[Unserved]:
        before = {entry.need: entry for entry in self._plan.unserved}
        for need in self.whole.problem.needs:
            if need.id not in served:
                yield self._open(before[need.id]) if need.id in before else unserved(self.whole, need)

    def _open(self, entry: Unserved) -> Unserved:
        """The entry; what was said of people whose day may have changed is said no longer."""
        losses = tuple(loss for loss in entry.lost_to if loss["volunteer"] not in self.inside)
        changes = [change for change in (entry.cheapest_change, *entry.other_changes) if change]
        if len(losses) == len(entry.lost_to) and not any(one.get("volunteer") in self.inside for one in changes):
            return entry
        return replace(entry, lost_to=losses, cheapest_change=None, other_changes=())


def unserved(whole: Prepared, need: Need) -> Unserved:
    """The entry of a need left over, with its counts and the class that the counts alone give."""
    counts, left = whole.counts(need)
    reason = "no_candidate" if not len(left) else "needs_second_person" if len(left) < need.volunteers else "outbid"
    return Unserved(need.id, len(whole.problem.volunteers), counts, len(left), reason)


def around(
    problem: Problem | Prepared,
    plan: Plan | Result,
    need_ids: Iterable[str],
    *,
    most_volunteers: int = MOST_VOLUNTEERS,
    rings: int = 1,
    also: Iterable[str] = (),
    people: Iterable[str] = (),
    without: Collection[str] = (),
) -> Neighbourhood:
    """The small problem around some needs of the whole one.

    Inside are the people who serve these needs now, then the nearest who could; with `rings` 1 also people who could
    take over what those serve now, up to `most_volunteers` in all. Needs are the ones asked for, those in `also`
    (which draw nobody in), and all that the people inside serve. A visit for two of whom one stays outside becomes a
    visit for one, locked to the insider at its minute. `people` are inside in any case, `without` never.
    """
    whole = prepared(problem, plan)
    cut = _Cut(whole, list(dict.fromkeys(need_ids)), people, without)
    cut.draw(cut.seeds, most_volunteers if rings == 0 else max(1, most_volunteers * 2 // 3))
    for _ in range(rings):
        cut.draw(cut.served_inside(), most_volunteers)
    cut.take_partners_of_trainees()
    return Neighbourhood(cut.problem([*cut.seeds, *also]), frozenset(cut.inside), whole)


class _Cut:
    def __init__(self, whole: Prepared, seeds: list[str], people: Iterable[str], without: Collection[str]) -> None:
        self.whole, self.seeds, self.without = whole, seeds, without
        self.matches = {match.need: match for match in (whole.plan.matches if whole.plan else ())}
        self.inside: dict[str, None] = {}  # in the order in which they were drawn in
        self.drawn: set[str] = set()
        self.take(people)
        for need in seeds:
            lock = whole.problem.lock_by_need.get(need)
            self.take(lock.volunteers if lock else ())
            self.take(self.matches[need].volunteers if need in self.matches else ())

    def take(self, names: Iterable[str]) -> None:
        """Draw these people in."""
        self.inside |= dict.fromkeys(name for name in names if name not in self.without)

    def draw(self, needs: Iterable[str], most: int) -> None:
        """The nearest who could serve these needs, one for each need in turn, until so many are inside."""
        needs = list(needs)
        rows = [self._nearest(need, most) for need in needs if need not in self.drawn]
        self.drawn |= set(needs)
        volunteers = self.whole.problem.volunteers
        for rank in range(max(map(len, rows), default=0)):
            for each in rows:
                if len(self.inside) >= most:
                    return
                if rank < len(each):
                    self.take([volunteers[each[rank]].id])

    def _nearest(self, need_id: str, most: int) -> list[int]:
        need = self.whole.problem.need_by_id[need_id]
        left = self.whole.left(need)
        far = self.whole.ways.out(need, left)
        return [row for _, row in sorted(zip(far.tolist(), left.tolist(), strict=True))[:most]]

    def served_inside(self) -> list[str]:
        """The needs that those inside serve now."""
        return [visited.id for name in self.inside for visited, _ in self.whole.visits.get(name, ())]

    def take_partners_of_trainees(self) -> None:
        """A trainee cannot be the one person of a visit for one: whoever she goes with comes inside too."""
        people = self.whole.problem.volunteer_by_id
        for name in list(self.inside):
            for visited, _ in self.whole.visits.get(name, ()) if people[name].trainee else ():
                self.take(self.matches[visited.id].volunteers)

    def problem(self, asked: Iterable[str]) -> Problem:
        """The small problem."""
        whole = self.whole.problem
        ids = {*asked, *self.served_inside()}
        needs, halves = [], []
        for need in (need for need in whole.needs if need.id in ids):
            match = self.matches.get(need.id)
            here = tuple(name for name in match.volunteers if name in self.inside) if match else ()
            if match is None or len(here) == len(match.volunteers):
                needs.append(need)
            elif here:
                needs.append(replace(need, volunteers=1, start_window=(match.start, match.start)))
                halves.append(Lock(need.id, here, match.start))
        names = {need.id for need in needs} - {lock.need for lock in halves}
        locks = [lock for lock in whole.locked if lock.need in names and set(lock.volunteers) <= self.inside.keys()]
        return replace(
            whole, needs=tuple(needs), locked=(*locks, *halves),
            volunteers=tuple(person for person in whole.volunteers if person.id in self.inside),
            pairs=tuple(p for p in whole.pairs if p.volunteer in self.inside and p.need in ids),
        )  # fmt: skip
