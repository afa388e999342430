"""Who could come for one need, without moving anyone: for the person on the phone."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.insertion import Piece, merged_spans
from matching.instance import pair_care
from matching.prepared import Prepared, prepared
from matching.problem import Need, Problem, Volunteer, Window
from matching.result import Plan, Result

AROUND_MIN = 120  # minutes before and after a window that are looked at for a better one
PARTNERS = 5  # people named who could start together with somebody
Ints = NDArray[np.int64]
NOBODY = -(1 << 60)


@dataclass(frozen=True)
class Suggestion:
    """One person who could come, when, and what the visit adds to the care of the plan, part by part.

    `walking_min` are the minutes on foot that her day grows by. For a need for two, `partners` are the people who could
    start with her then, best first; nobody where she would stand alone.
    """

    volunteer: str
    start: int
    score: dict[str, int]
    walking_min: int
    windows: tuple[tuple[int, int], ...]
    partners: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self.score.values())

    @property
    def adds(self) -> dict[str, int]:
        """What speaks for it."""
        return {part: value for part, value in self.score.items() if value > 0}

    @property
    def costs(self) -> dict[str, int]:
        """What it costs, as positive numbers."""
        return {part: -value for part, value in self.score.items() if value < 0}


@dataclass(frozen=True)
class BetterWindow:
    """A span of minutes outside the window asked for at which this many people could start (two at least for two).

    `volunteer` is who would come best in it, at `best_start`, with what that adds and costs.
    """

    start: int
    end: int
    people: int
    volunteer: str = ""
    best_start: int = 0
    score: dict[str, int] = field(default_factory=dict)


def suggest(problem: Problem | Prepared, result: Result | Plan | None, need: Need) -> list[Suggestion]:
    """The people who can serve the need beside what they already do, best first, then nearest, then by id.

    Everybody's other visits keep their minutes. For a need for two, the best pair comes first: everybody is ranked with
    the best partner she could start with. A prepared problem answers many questions faster.
    """
    with _uncollected():
        offers = _Offers(prepared(problem, result), need)
        starts, totals = offers.alone() if need.volunteers == 1 else offers.together()
        found = [offers.suggestion(at, start) for at, start in enumerate(starts.tolist())]
        if need.volunteers == 2:
            found = offers.with_partners(found, totals)
        keys = [(-total, one.walking_min, one.start, one.volunteer)
                for total, one in zip(totals.tolist(), found, strict=True)]  # fmt: skip
        return [found[at] for at in sorted(range(len(found)), key=keys.__getitem__)]


def better_windows(
    problem: Problem | Prepared, result: Result | Plan | None, need: Need, *, within: tuple[int, int] | None = None
) -> list[BetterWindow]:
    """Other starts at which the need could be served without moving anyone: most people first, then nearest.

    `within` are the first and last start that may be offered; two hours around the window unless given.
    """
    low, high = need.start_window
    first, last = within or (max(0, low - AROUND_MIN), high + AROUND_MIN)
    offers = _Offers(prepared(problem, result), replace(need, start_window=(first, last)))
    found = [offers.best_in(*span) for sides in ((first, low - 1), (high + 1, last)) for span in offers.crowds(*sides)]
    return sorted(found, key=lambda one: (-one.people, max(low - one.end, one.start - high), one.start))


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: all that is made is kept, and each collection would walk the whole day again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Offers:
    """All ways in which anybody could come for one need: pieces of starts, in arrays beside each other."""

    def __init__(self, ready: Prepared, need: Need) -> None:
        self.ready, self.need = ready, need
        self.people: list[Volunteer] = []
        self.pieces: list[list[Piece]] = []
        for person, pieces in self._ways():
            if pieces:
                self.people.append(person)
                self.pieces.append(pieces)
        self.care = [self._care(person) for person in self.people]
        flat = [piece for pieces in self.pieces for piece in pieces]
        self.who = np.repeat(np.arange(len(self.people)), [len(pieces) for pieces in self.pieces]).astype(np.int64)
        table = np.array([(one.first, one.last, one.walking, one.waiting, one.slope) for one in flat], dtype=np.int64)
        self.first, self.last, walking, waiting, slope = table.reshape(-1, 5).T
        goals = ready.problem.goals
        base = np.array([sum(care.values()) for care in self.care], dtype=np.int64)
        self.value = base[self.who] - goals.walking_minute * walking - goals.waiting_minute * waiting  # at the first
        self.slope = goals.waiting_minute * slope
        self.trainee = np.array([person.trainee for person in self.people], dtype=bool)

    def _ways(self) -> Iterator[tuple[Volunteer, list[Piece]]]:
        ready, need = self.ready, self.need
        rows = ready.left(need)
        first, last, at = ready.ways.spans(need, rows)
        lone: dict[int, list[Window]] = {}
        found = np.column_stack([ready.ways.w_row[at], first, last])[first <= last]
        for row, a, b in found.tolist():
            lone.setdefault(row, []).append((a, b))
        legs = (ready.ways.out(need, rows) + ready.ways.back(need, rows)).tolist()
        for row, walking in zip(rows.tolist(), legs, strict=True):
            person = ready.problem.volunteers[row]
            if person.id in ready.visits:
                yield person, ready.day(person, need.id).pieces(need, lone[row])
            else:
                yield person, [Piece(a, b, walking, 0, 0) for a, b in lone[row]]

    def _care(self, person: Volunteer) -> dict[str, int]:
        """What the visit brings by who she is, and as one visit more of her day."""
        care = pair_care(self.ready.problem, self.need, person)
        visits = sum(visited.id != self.need.id for visited, _ in self.ready.visits.get(person.id, ()))
        care["fairness"] -= self.ready.problem.goals.kth_cost(visits + 1)
        return care

    # --- one person -------------------------------------------------------------------------------------------------

    def alone(self) -> tuple[Ints, Ints]:
        """Each one's best start, the earliest of several, and what it is worth."""
        start: Ints = np.where(self.slope < 0, self.last, self.first)
        worth: Ints = self.value - self.slope * (start - self.first)
        order = np.lexsort((start, -worth, self.who))
        chosen = order[np.searchsorted(self.who[order], np.arange(len(self.people)))]
        return start[chosen], worth[chosen]

    def suggestion(self, at: int, start: int) -> Suggestion:
        """One person coming at one minute."""
        walking, score = self.score(at, start)
        return Suggestion(self.people[at].id, start, score, walking, merged_spans(self.pieces[at]))

    def score(self, at: int, start: int) -> tuple[int, dict[str, int]]:
        """Minutes walked more, and the parts, in the best of her ways to start then."""
        goals = self.ready.problem.goals
        ways = [(one.walking, one.waiting_at(start)) for one in self.pieces[at] if one.first <= start <= one.last]
        if len(ways) > 1:
            ways.sort(key=lambda way: (goals.walking_minute * way[0] + goals.waiting_minute * way[1], way))
        walking, waiting = ways[0]
        care = self.care[at].copy()
        fairness = care.pop("fairness")
        care["walking"], care["waiting"] = -goals.walking_minute * walking, -goals.waiting_minute * waiting
        care["fairness"] = fairness
        return walking, care

    # --- two people -------------------------------------------------------------------------------------------------

    def at_minute(self, minute: int) -> Ints:
        """What each one's coming at this minute is worth; NOBODY where she cannot."""
        here = (self.first <= minute) & (minute <= self.last)
        worth = np.full(len(self.people), NOBODY, dtype=np.int64)
        np.maximum.at(worth, self.who[here], (self.value - self.slope * (minute - self.first))[here])
        return worth

    @cached_property
    def minutes(self) -> list[int]:
        """The minutes at which the best pair of any two people meets: one of them begins or ends a way then."""
        return sorted({*self.first.tolist(), *self.last.tolist()})

    def together(self) -> tuple[Ints, Ints]:
        """Each one's best start with the best partner, and what the two are worth; whoever finds none comes last."""
        best = np.full(len(self.people), NOBODY, dtype=np.int64)
        starts = np.zeros(len(self.people), dtype=np.int64)
        for minute in self.minutes:
            own = self.at_minute(minute)
            partner = self._best_partner(own)
            both = np.where((own > NOBODY) & (partner > NOBODY), own + partner, NOBODY)
            better = both > best
            best[better], starts[better] = both[better], minute
        lonely = best == NOBODY
        if lonely.any():
            start, worth = self.alone()
            starts[lonely], best[lonely] = start[lonely], worth[lonely] + NOBODY // 2
        return starts, best

    def _best_partner(self, own: Ints) -> Ints:
        """For each one the best other who may go with her: two trainees do not."""
        skilled = np.where(self.trainee, NOBODY, own)
        order = np.argsort(-own, kind="stable")[:2]
        partner = np.where(self.trainee, skilled.max(initial=NOBODY), own[order[0]])
        if not self.trainee[order[0]]:
            partner[order[0]] = own[order[1]] if len(order) > 1 else NOBODY
        else:
            partner[order[0]] = skilled.max(initial=NOBODY)
        return partner

    def with_partners(self, found: Sequence[Suggestion], totals: Ints) -> list[Suggestion]:
        """The suggestions with the people who could start at the same minute, best first."""
        ranked: dict[int, list[int]] = {}
        for start in {one.start for one in found}:
            worth = self.at_minute(start)
            able = np.flatnonzero(worth > NOBODY)
            ranked[start] = able[np.argsort(-worth[able], kind="stable")].tolist()
        return [replace(one, partners=tuple(self._partners(at, ranked[one.start]))) for at, one in enumerate(found)]

    def _partners(self, at: int, ranked: Sequence[int]) -> list[str]:
        others = (one for one in ranked if one != at and not (self.trainee[at] and self.trainee[one]))
        return [self.people[one].id for one, _ in zip(others, range(PARTNERS), strict=False)]

    # --- other windows ----------------------------------------------------------------------------------------------

    def crowds(self, low: int, high: int) -> Iterator[tuple[int, int, int]]:
        """Spans between these minutes in which the same number of people could start, where they are enough."""
        if low > high:
            return
        changes: dict[int, list[int]] = {low: [0, 0], high + 1: [0, 0]}
        for at, pieces in enumerate(self.pieces):
            for first, last in merged_spans(pieces):
                for minute, step in ((max(first, low), 1), (min(last, high) + 1, -1)) if first <= high else ():
                    if last >= low:
                        count = changes.setdefault(minute, [0, 0])
                        count[0] += step
                        count[1] += step * (not self.trainee[at])
        yield from _runs(sorted(changes.items()), self.need.volunteers, high)

    def best_in(self, low: int, high: int, people: int) -> BetterWindow:
        """The span with whoever would come best in it."""
        first, last = np.maximum(self.first, low), np.minimum(self.last, high)
        start = np.where(self.slope < 0, last, first)
        worth = np.where(first <= last, self.value - self.slope * (start - self.first), NOBODY)
        piece = int(np.lexsort((start, -worth))[0])
        at = int(self.who[piece])
        _, score = self.score(at, int(start[piece]))
        return BetterWindow(low, high, people, self.people[at].id, int(start[piece]), score)


def _runs(changes: Sequence[tuple[int, Sequence[int]]], wanted: int, high: int) -> Iterator[tuple[int, int, int]]:
    """Stretches with one number of people, of whom one at least is no trainee."""
    people = skilled = 0
    open_run: tuple[int, int] | None = None  # since when, and how many
    for minute, (step, skilled_step) in changes:
        people, skilled = people + step, skilled + skilled_step
        now = people if people >= wanted and skilled and minute <= high else 0
        if open_run is not None and open_run[1] == now:
            continue
        if open_run is not None and open_run[1]:
            yield open_run[0], minute - 1, open_run[1]
        open_run = minute, now
