"""Which single changes would let a need be served beside the plan as it stands, everybody's other visits kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import combinations, islice
from typing import Any

import numpy as np

from matching.changes import WIDEST, Change
from matching.insertion import Day, merged_spans
from matching.prepared import Ints, Mask
from matching.problem import Matrix, Need, Volunteer, Window, Wish
from matching.rules import Visit, lone_legs, may_be_partners
from matching.standing import Standing, shared, within
from matching.travel import metres, point

FARTHEST = 1500  # metres added to somebody's reach at most
LOOKED_AT = 40  # people, the nearest, for each kind of change
TWO = 2  # changes of one kind that are kept
LISTED = 12  # of those for which visits have to be moved

Found = list[Window]


def possible_changes(standing: Standing, need: Need, deadline: float) -> Iterator[Change]:
    """Single changes that let the need be served beside the plan as it stands, two of each kind at most."""
    finder = _Finder(standing, need)
    of_need, of_person = (finder.of_window, finder.of_wishes), (finder.of_limits, finder.of_free, finder.of_reach)
    for kind in (*of_need, *of_person, finder.of_skill):
        if time.monotonic() > deadline:
            return
        yield from kind()


def changes_with_moves(standing: Standing, need: Need) -> list[Change]:
    """Single changes after which somebody could come if her other visits made room.

    Those first for which lighter visits of hers make room enough, each part by cost.
    """
    alone = _Finder(_Alone(standing), need, LISTED)
    found = [*alone.of_window(), *alone.of_wishes(), *alone.of_free(), *alone.of_reach(), *alone.of_skill()]
    people = alone.allowed if need.volunteers == 1 else []
    full = [one for one in people if one.max_tasks is not None and len(standing.of(one.id)) >= one.max_tasks > 0]
    found += [Change("max_tasks", one.max_tasks, (one.max_tasks or 0) + 1, one.id, 1) for one in full[:LISTED]]
    found.sort(key=lambda change: (change.cost, change.kind, change.volunteer or ""))
    if need.volunteers == 1:
        found.sort(key=lambda change: not _pays(standing, need, change))
    return found


def _pays(standing: Standing, need: Need, change: Change) -> bool:
    """With the change she could come by giving up no more than two visits that together weigh less."""
    person = change.of_volunteer(standing.problem.volunteer_by_id[change.volunteer or ""])
    changed = change.of_need(need)
    visits = standing.of(person.id)
    for size in range(3):
        for gone in combinations(visits, size):
            lighter = sum(visited.priority for visited, _ in gone) < need.priority
            if lighter and standing.spans(changed, person, [visited.id for visited, _ in gone]):
                return True
    return False


class _Around:
    """The people around a need, by what is missing: rules of place and time apart, in the order of their way."""

    def __init__(self, standing: Standing | _Alone, need: Need) -> None:
        self.standing, self.need = standing, need
        rows = standing.nearest_first(need, standing.rows_near(need, FARTHEST))
        people = standing.prepared.people
        skilled, may_come = people.skilled(need.skills)[rows], self._allowed(rows)
        near, beyond = self._reach(rows)
        self.allowed = rows[skilled & may_come & near]
        order = np.argsort(beyond, kind="stable")
        far = skilled & may_come & ~near & (beyond <= FARTHEST)
        self.too_far = rows[order][far[order]]
        self.unskilled = rows[~skilled & may_come & near]

    def _allowed(self, rows: Ints) -> Mask:
        people, need = self.standing.prepared.people, self.need
        kept = np.ones(len(rows), bool)
        for gate in need.gates:
            kept &= people.gate(gate)[rows]
        if need.volunteers == 1:
            kept &= ~people.trainee[rows]
        if need.gender and need.gender.required:
            kept &= people.of_gender(need.gender.value)[rows]
        if need.language and need.language.required:
            kept &= people.speaking(need.language.value)[rows]
        return kept & ~np.isin(rows, people.excluding(need)) & people.paired(need, rows)

    def _reach(self, rows: Ints) -> tuple[Mask, Ints]:
        """Who reaches the need, and by how many metres each falls short."""
        prepared = self.standing.prepared
        if self.need.remote or isinstance(self.standing.problem.travel, Matrix):
            return np.ones(len(rows), bool), np.zeros(len(rows), np.int64)
        reach = prepared.people.reach[rows]
        short = prepared.ways.metres(self.need.place, rows) - np.where(np.isfinite(reach), reach, np.inf)
        return short <= 0, np.ceil(np.maximum(0, np.where(np.isfinite(short), short, 0))).astype(np.int64)


class _Alone:
    """The same people with nothing else to do."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._standing, name)

    def of(self, volunteer: str, without: Collection[str] = ()) -> list[Visit]:
        """Nothing."""
        return []

    def spans(self, need: Need, person: Volunteer, without: Collection[str] = ()) -> tuple[Window, ...]:
        """The minutes at which she could start this visit if it were her only one."""
        return merged_spans(Day(self._standing.problem, person, ()).pieces(need))


class _Finder:
    """Changes for one need."""

    def __init__(self, standing: Standing | _Alone, need: Need, most: int = TWO) -> None:
        self.standing, self.problem, self.need, self.most = standing, standing.problem, need, most
        low, high = need.start_window
        self.wide = replace(need, start_window=(max(0, low - WIDEST), high + WIDEST))
        self.around = _Around(standing, need)

    @cached_property
    def allowed(self) -> list[Volunteer]:
        """The nearest whom no rule but those of time keeps away."""
        return self.standing.people(self.around.allowed[:LOOKED_AT].tolist())

    @cached_property
    def wide_spans(self) -> list[tuple[Volunteer, Found]]:
        """Who of them could come within the wide window, and when."""
        rows = self.around.allowed
        rows = rows[self.standing.prepared.ways.free(self.wide, rows)][:LOOKED_AT]
        spans = [(one, list(self.standing.spans(self.wide, one))) for one in self.standing.people(rows.tolist())]
        return [(one, found) for one, found in spans if found]

    @cached_property
    def ready(self) -> list[tuple[Volunteer, Found]]:
        """Who could come already: the partners of a need that takes two."""
        spans = [(one, within(found, *self.need.start_window)) for one, found in self.wide_spans]
        return [(one, found) for one, found in spans if found]

    def serves(self, person: Volunteer, need: Need | None = None) -> bool:
        """This (changed) person could come; to a two-person need with somebody who can come already."""
        spans = list(self.standing.spans(need or self.need, person))
        return bool(spans) and (self.need.volunteers == 1 or self.partner(person, spans))

    def partner(self, person: Volunteer, spans: Found) -> bool:
        """Somebody who can come already could start together with her."""
        return any(may_be_partners(one, person) and shared(spans, found) for one, found in self.ready)

    # --- of the need ----------------------------------------------------------------------------------------------

    def of_window(self) -> Iterator[Change]:
        """The need may start earlier or later."""
        low, high = self.need.start_window
        best: tuple[int, int, str] | None = None
        for person, spans in self._minutes():
            minute = min((_nearest(span, low, high) for span in spans), key=lambda m: (_away(m, low, high), m))
            if best is None or (_away(minute, low, high), minute) < best[:2]:
                best = _away(minute, low, high), minute, person.id
        if best is not None and best[0] > 0:
            after = (min(low, best[1]), max(high, best[1]))
            yield Change("start_window", (low, high), after, best[2], best[0])

    def _minutes(self) -> Iterator[tuple[Volunteer, Found]]:
        """Who could start when within the wide window, with a partner where it takes two."""
        if self.need.volunteers == 1:
            yield from self.wide_spans
            return
        for at, (one, spans) in enumerate(self.wide_spans):
            for other, others in self.wide_spans[at + 1 :]:
                if may_be_partners(one, other) and (both := shared(spans, others)):
                    yield one, both

    def of_wishes(self) -> Iterator[Change]:
        """The required gender or language is only preferred."""
        one = self.need
        for kind, wish in (("gender", one.gender), ("language", one.language)):
            if wish is None or not wish.required:
                continue
            softer = Wish(wish.value, required=False)
            eased = replace(one, gender=softer) if kind == "gender" else replace(one, language=softer)
            finder = _Finder(self.standing, eased)
            name = next((one.id for one, spans in finder.ready if finder.can_be_first(one, spans)), None)
            if name is not None:
                yield Change(kind, wish, softer, name, 1)

    def can_be_first(self, person: Volunteer, spans: Found) -> bool:
        """With her the need is served now, a partner beside her where it takes two."""
        return self.need.volunteers == 1 or self.partner(person, spans)

    # --- of one person --------------------------------------------------------------------------------------------

    def of_limits(self) -> Iterator[Change]:
        """One more visit, or some more minutes of service, in somebody's day."""
        yield from self._first(self.allowed, self._of_tasks)
        yield from self._first(sorted(self.allowed, key=self._over), self._of_minutes)

    def _of_tasks(self, person: Volunteer) -> Change | None:
        count = len(self.standing.of(person.id)) + 1
        if person.max_tasks is None or count != person.max_tasks + 1:
            return None
        more = replace(person, max_tasks=count)
        return Change("max_tasks", person.max_tasks, count, person.id, 1) if self.serves(more) else None

    def _over(self, person: Volunteer) -> int:
        """Minutes of service by which she would pass her limit."""
        minutes = sum(visited.duration_min for visited, _ in self.standing.of(person.id)) + self.need.duration_min
        return 0 if person.max_service_min is None else max(0, minutes - person.max_service_min)

    def _of_minutes(self, person: Volunteer) -> Change | None:
        limit, over = person.max_service_min, self._over(person)
        if limit is None or over == 0 or not self.serves(replace(person, max_service_min=limit + over)):
            return None
        return Change("max_service_min", limit, limit + over, person.id, over)

    def of_free(self) -> Iterator[Change]:
        """One of somebody's free windows begins earlier or ends later; the smallest two that help."""
        wider = sorted(
            (change for person in self.allowed for change in self._wider(person)),
            key=lambda change: (change.amount, change.volunteer or ""),
        )
        known = self.problem.volunteer_by_id
        helps = (one for one in wider if self.serves(self._stretched(known[one.volunteer or ""], one)))
        yield from islice(helps, self.most)

    def _wider(self, person: Volunteer) -> Iterator[Change]:
        """Each of her windows begun or ended just so that this visit fits, if nothing else were in it."""
        out, back = lone_legs(self.problem, self.need, person)
        away = self.need.duration_min + back
        wanted = self._wanted(person)
        for index, (begin, end) in enumerate(person.free):
            before = person.free[index - 1][1] if index else 0
            after = person.free[index + 1][0] if index + 1 < len(person.free) else end + WIDEST
            last = max((min(high, end - away) for low, high in wanted if low <= end - away), default=None)
            first = min((max(low, begin + out) for low, high in wanted if begin + out <= high), default=None)
            if last is not None and begin > last - out >= max(before, begin - WIDEST):
                yield Change("free", (begin, end), (last - out, end), person.id, begin - (last - out))
            if first is not None and end < first + away <= min(after, end + WIDEST):
                yield Change("free", (begin, end), (begin, first + away), person.id, first + away - end)

    def _wanted(self, person: Volunteer) -> Found:
        """When her coming would serve the need: the minutes of a partner where it takes two."""
        if self.need.volunteers == 1:
            return [self.need.start_window]
        return [span for one, found in self.ready if may_be_partners(one, person) for span in found]

    @staticmethod
    def _stretched(person: Volunteer, change: Change) -> Volunteer:
        return replace(person, free=tuple(change.after if one == change.before else one for one in person.free))

    def of_reach(self) -> Iterator[Change]:
        """Somebody goes farther than usual, the least metres first."""
        yield from self._first(self.standing.people(self.around.too_far[:LOOKED_AT].tolist()), self._of_reach)

    def _of_reach(self, person: Volunteer) -> Change | None:
        away = math.ceil(metres(point(person.place), point(self.need.place)))
        more = away - (person.reach_m or 0)
        if person.reach_m is None or not 0 < more <= FARTHEST or not self.serves(person):
            return None
        return Change("reach_m", person.reach_m, away, person.id, more)

    def of_skill(self) -> Iterator[Change]:
        """Somebody learns the one skill she lacks."""
        yield from self._first(self.standing.people(self.around.unskilled[:LOOKED_AT].tolist()), self._of_skill)

    def _of_skill(self, person: Volunteer) -> Change | None:
        missing = [skill for skill in self.need.skills if skill not in person.skills]
        if len(missing) != 1 or not self.serves(person):
            return None
        return Change("skills", person.skills, (*person.skills, *missing), person.id, 1)

    def _first(self, people: list[Volunteer], of: Callable[[Volunteer], Change | None]) -> Iterator[Change]:
        yield from islice((change for person in people if (change := of(person))), self.most)


def _away(minute: int, low: int, high: int) -> int:
    return max(low - minute, minute - high, 0)


def _nearest(span: Window, low: int, high: int) -> int:
    """The minute of a span that is nearest to a window."""
    return min(max(span[0], low), span[1]) if span[0] <= high else span[0]
