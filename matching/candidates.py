"""Who could serve which need: every pair rule over all pairs, with a count of whom each rule removed.

Rules about what people are (skills to languages) are judged between *classes* of needs and volunteers that are alike;
only pairs whose classes agree and whose places may be in reach are looked at one by one, in `pairing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from matching.caring import PairCare
from matching.pairing import AWAY, EXCLUDED, FORBIDDEN, LEFT, REACH, count_pairs
from matching.problem import Need, Problem, Volunteer
from matching.travel import EARTH_RADIUS_M
from matching.ways import Ints, Ways

Mask = NDArray[np.bool_]

MOST_ARCS = 3_200_000  # beyond, a need that almost anybody could serve keeps only its best people as arcs
MOST_LOOKED_AT = 20_000_000  # pairs of needs without a place and volunteers that are looked at one by one
LOOKED_AT = 1_000  # people looked at for such a need beyond that
CROWD = 192  # people such a need keeps
SHARES = 4  # pieces of work for each thread
BAND_M = 1000.0  # height of a band of latitude
MOST_BANDS = 20_000
THREADS = 2
RULES = ("excluded", "forbidden", "reach", "free", "minutes")  # the columns of `pairing.counts`


class People:
    """The volunteers' properties as masks, each made once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.volunteers = problem.volunteers
        self.row = {volunteer.id: row for row, volunteer in enumerate(problem.volunteers)}
        self.reach = np.array([np.inf if v.reach_m is None else v.reach_m for v in self.volunteers], dtype=float)
        self.most_minutes = np.array(
            [
                -1 if v.max_tasks == 0 else 1 << 60 if v.max_service_min is None else v.max_service_min
                for v in self.volunteers
            ],
            dtype=np.int64,
        )
        self.windows = np.concatenate([[0], np.cumsum([len(v.free) for v in self.volunteers])]).astype(np.int64)
        self.free_from = np.array([begin for v in self.volunteers for begin, _ in v.free], dtype=np.int64)
        self.free_until = np.array([end for v in self.volunteers for _, end in v.free], dtype=np.int64)
        self.returning = np.array([v.end_place is None for v in self.volunteers], dtype=bool)

    @cached_property
    def _classes(self) -> tuple[Ints, list[Volunteer]]:
        """The class of each volunteer, and one of each class: alike in all that `class_rules` look at."""
        known: dict[object, int] = {}
        examples: list[Volunteer] = []
        of = np.empty(len(self.volunteers), np.int64)
        for row, one in enumerate(self.volunteers):
            key = (one.skills, one.gates, one.trainee, one.gender, one.languages)
            if key not in known:
                known[key] = len(examples)
                examples.append(one)
            of[row] = known[key]
        return of, examples

    @property
    def of_class(self) -> Ints:
        """The class of each volunteer."""
        return self._classes[0]

    @cached_property
    def class_sizes(self) -> Ints:
        """How many volunteers each class has."""
        return np.bincount(self.of_class, minlength=len(self._classes[1])).astype(np.int64)

    def class_rules(self, need: Need) -> tuple[dict[str, int], Mask]:
        """How many volunteers each rule about what people are removes, in the published order; the classes left."""
        left = np.ones(len(self._classes[1]), bool)
        counts: dict[str, int] = {}
        for rule, mask in self._of_need(need):
            gone = left & ~mask
            counts[rule] = int(self.class_sizes[gone].sum())
            left &= mask
        return counts, left

    def _of_need(self, need: Need) -> Iterator[tuple[str, Mask]]:
        wanted = frozenset(need.skills)
        yield "skill", self._mask("skills", wanted, lambda v: wanted.issubset(v.skills))
        for gate in sorted(need.gates):
            yield f"gate:{gate}", self._mask("gate", gate, self._passed(gate))
        two = need.volunteers == 2
        yield "trainee", self._mask("trainee", two, lambda v: two or not v.trainee)
        gender = need.gender.value if need.gender and need.gender.required else None
        yield "gender", self._mask("gender", gender, lambda v: gender is None or v.gender == gender)
        language = need.language.value if need.language and need.language.required else None
        yield "language", self._mask("language", language, lambda v: language is None or language in v.languages)

    @staticmethod
    def _passed(gate: str) -> Callable[[Volunteer], bool]:
        return lambda v: gate in v.gates

    @cached_property
    def _made(self) -> dict[tuple[str, object], Mask]:
        return {}

    def _mask(self, kind: str, key: object, holds: Callable[[Volunteer], bool]) -> Mask:
        if (kind, key) not in self._made:
            self._made[kind, key] = np.array([holds(one) for one in self._classes[1]], dtype=np.bool_)
        return self._made[kind, key]


@dataclass(frozen=True)
class Candidates:
    """For each need: the volunteers (by position) whom no rule removed, and how many each rule removed.

    `on_the_way`: those who could not come for this need alone but perhaps from another door. That takes a table of
    minutes in which a detour is shorter than the straight way; on foot there are none.
    `thinned`: needs that have more people left than become arcs (`Pairs.kept`); `left` has them all the same.
    """

    pairs: Pairs
    first: Ints
    volunteer: Ints  # those kept as arcs, by need
    kind: NDArray[np.int8]
    thinned: Mask
    counted: Mask  # whether `counts` is known: not where almost anybody could come
    counts: Ints
    most_care: Ints  # of a thinned need: the care of whoever suits it best

    @classmethod
    def of_part(cls, needs: int) -> Candidates:
        """Of a part of a day, where nobody is thinned; who was removed is known to the whole."""
        nothing = np.zeros(0, np.int64)
        first = np.zeros(needs + 1, np.int64)
        zeros = np.zeros(needs, np.int64)
        none = np.zeros(needs, bool)
        return cls(cast(Pairs, None), first, nothing, np.zeros(0, np.int8), none, none, nothing, zeros)

    @property
    def left(self) -> _ByNeed:
        """The people whom no rule removed, by need."""
        return _ByNeed(lambda row: self._of(row, LEFT))

    @property
    def on_the_way(self) -> _ByNeed:
        """The people who could come from another door only, by need."""
        return _ByNeed(lambda row: self._of(row, AWAY))

    @property
    def removed_by(self) -> _Removed:
        """How many each rule removed, by need."""
        return _Removed(self)

    def _of(self, row: int, kind: int) -> Ints:
        if self.thinned[row]:
            volunteer, kinds = self.pairs.everybody(row)
            return volunteer[kinds == kind]
        span = slice(int(self.first[row]), int(self.first[row + 1]))
        return self.volunteer[span][self.kind[span] == kind]


@dataclass(frozen=True)
class _ByNeed:
    of: Callable[[int], Ints]

    def __getitem__(self, row: int) -> Ints:
        return self.of(row)


@dataclass(frozen=True)
class _Removed:
    candidates: Candidates

    def __getitem__(self, row: int) -> dict[str, int]:
        pairs = self.candidates.pairs
        by_class = pairs.by_class[int(pairs.n_class[row])]
        if self.candidates.counted[row]:
            counts = self.candidates.counts[row]
        else:
            counts = pairs.counted(np.array([row], np.int64), None)[0][0]
        return {**by_class, **dict(zip(RULES, counts.tolist(), strict=True))}


class Pairs:
    """The pairs of a problem as `pairing` reads them."""

    def __init__(self, problem: Problem, ways: Ways) -> None:
        self.problem, self.ways = problem, ways
        self.people = People(problem)
        needs = problem.needs
        self.low = np.array([need.start_window[0] for need in needs], np.int64)
        self.high = np.array([need.start_window[1] for need in needs], np.int64)
        self.duration = np.array([need.duration_min for need in needs], np.int64)
        self.all = np.arange(len(problem.volunteers), dtype=np.int64)
        self.home_end = ways.home_to_end(self.all)
        self._sort_needs()
        self._list_named()
        self._lay_bands()

    def _sort_needs(self) -> None:
        known: dict[object, int] = {}
        self.by_class: list[dict[str, int]] = []
        masks: list[Mask] = []
        self.n_class = np.empty(len(self.problem.needs), np.int64)
        for row, need in enumerate(self.problem.needs):
            gender = need.gender.value if need.gender and need.gender.required else None
            language = need.language.value if need.language and need.language.required else None
            key = (need.skills, need.gates, need.volunteers, gender, language)
            if key not in known:
                known[key] = len(masks)
                counts, mask = self.people.class_rules(need)
                self.by_class.append(counts)
                masks.append(mask)
            self.n_class[row] = known[key]
        self.fits = np.array(masks, bool).reshape(len(masks), len(self.people.class_sizes))

    def _list_named(self) -> None:
        """The rows that exclusions, bans and lists of pairs name, by need."""
        problem, row = self.problem, self.people.row
        order = {need.id: index for index, need in enumerate(problem.needs)}
        excluded: dict[int, set[int]] = {}
        for index, need in enumerate(problem.needs):
            for name in need.excluded:
                if name in row:
                    excluded.setdefault(index, set()).add(row[name])
        for index, person in enumerate(problem.volunteers):
            for name in person.excluded:
                if name in order:
                    excluded.setdefault(order[name], set()).add(index)
        barred = {index: {2 * one for one in rows} for index, rows in excluded.items()}
        allowed: dict[int, set[int]] = {}
        for pair in problem.pairs:
            if pair.need not in order or pair.volunteer not in row:
                continue  # a part of a problem may keep the pairs of the whole
            index, person_row = order[pair.need], row[pair.volunteer]
            if pair.forbidden:
                barred.setdefault(index, set()).add(2 * person_row + 1)
            else:
                allowed.setdefault(index, set()).add(person_row)
        self.barred_first, self.barred = _by_row(barred, len(problem.needs))
        self.allowed_first, self.allowed = _by_row(allowed, len(problem.needs))

    def _lay_bands(self) -> None:
        """Volunteers with a limited reach by bands of latitude, by longitude in each."""
        ways, reach = self.ways, self.people.reach
        limited = np.isfinite(reach) if not ways.by_matrix else np.zeros(len(reach), bool)
        self.everywhere = np.flatnonzero(~limited).astype(np.int64)
        rows = np.flatnonzero(limited)
        self.widest = float(reach[rows].max() / EARTH_RADIUS_M) if len(rows) else 0.0
        self.widest = min(self.widest, np.pi)
        lat, lon = ways.lat[ways.n_needs + rows], ways.lon[ways.n_needs + rows]
        self.south = float(lat.min()) if len(rows) else 0.0
        span = (float(lat.max()) - self.south) if len(rows) else 0.0
        self.height = max(BAND_M / EARTH_RADIUS_M, span / MOST_BANDS)
        band = ((lat - self.south) // self.height).astype(np.int64)
        self.by_band = rows[np.lexsort((lon, band))].astype(np.int64)
        count = int(band.max()) + 1 if len(rows) else 0
        self.band_first = np.concatenate([[0], np.cumsum(np.bincount(band, minlength=count))]).astype(np.int64)

    def everybody(self, row: int, those: Ints | None = None) -> tuple[Ints, NDArray[np.int8]]:
        """All people kept for one need, however many (or all among `those`): rows and kinds."""
        most = len(self.all if those is None else those)
        volunteer, kind = np.empty(most, np.int64), np.empty(most, np.int8)
        _, kept = self._count(np.array([row], np.int64), np.zeros(1, np.int64), volunteer, kind, those)
        total = int(kept.sum())
        return volunteer[:total], kind[:total]

    def _count(
        self, needs: Ints, first: Ints | None = None, volunteer: Ints | None = None, kind: Any = None,
        those: Ints | None = None,
    ) -> tuple[Ints, Ints]:  # fmt: skip
        people, ways = self.people, self.ways
        nothing = np.zeros(0, np.int64)
        counts, kept = count_pairs(
            needs, first is not None, self.n_class, people.of_class, self.fits, self.barred_first, self.barred,
            self.allowed_first, self.allowed, self.problem.pairs_only, self.low, self.high, self.duration,
            ways.remote, *ways.places, people.reach, people.most_minutes, people.windows, people.free_from,
            people.free_until, self.home_end, people.returning & (not ways.by_matrix), self.everywhere,
            self.all if those is None else those, self.band_first, self.south, self.height, self.by_band, self.widest,
            nothing if first is None else first, nothing if volunteer is None else volunteer,
            np.zeros(0, np.int8) if kind is None else kind,
        )  # fmt: skip
        return counts, kept

    def counted(self, needs: Ints, threads: ThreadPoolExecutor | None) -> tuple[Ints, Ints]:
        """The counts of `RULES` and of those kept, for each of these needs."""
        n = len(needs)
        counts, kept = np.zeros((n, len(RULES)), np.int64), np.zeros((n, 2), np.int64)
        found = _all(threads, lambda part: self._count(needs[part]), _parts(n))
        for part, (some, some_kept) in zip(_parts(n), found, strict=True):
            counts[part], kept[part] = some, some_kept
        sizes = self.people.class_sizes
        passing = self.fits.astype(np.int64) @ sizes if len(sizes) else np.zeros(len(self.fits), np.int64)
        for at, row in enumerate(needs.tolist()):
            first, last = int(self.barred_first[row]), int(self.barred_first[row + 1])
            if last > first or self.problem.pairs_only:
                counts[at, [EXCLUDED, FORBIDDEN]] = self._named(row, int(passing[self.n_class[row]]))
        judged = counts[:, 3] + counts[:, 4] + kept[:, 0]
        counts[:, REACH] = passing[self.n_class[needs]] - counts[:, EXCLUDED] - counts[:, FORBIDDEN] - judged
        return counts, kept

    def _named(self, row: int, passing: int) -> tuple[int, int]:
        """How many are excluded, and forbidden or not listed, of those whose class agrees."""
        fits = self.fits[self.n_class[row]][self.people.of_class]
        codes = self.barred[self.barred_first[row] : self.barred_first[row + 1]]
        excluded = {int(code) // 2 for code in codes if code % 2 == 0 and fits[code // 2]}
        forbidden = {int(code) // 2 for code in codes if code % 2 and fits[code // 2]} - excluded
        if not self.problem.pairs_only:
            return len(excluded), len(forbidden)
        named = self.allowed[self.allowed_first[row] : self.allowed_first[row + 1]]
        listed = {int(one) for one in named if fits[one]} - excluded - forbidden
        return len(excluded), passing - len(excluded) - len(listed)

    def filled(self, needs: Ints, kept: Ints, threads: ThreadPoolExecutor | None) -> tuple[Ints, NDArray[np.int8]]:
        """The people kept for these needs, one need after the other, each by row."""
        sizes = kept[needs].sum(axis=1)
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        volunteer, kind = np.empty(int(first[-1]), np.int64), np.empty(int(first[-1]), np.int8)
        parts = _parts(len(needs))
        _all(threads, lambda part: self._count(needs[part], first[part], volunteer, kind), parts)
        return volunteer, kind


def find_candidates(problem: Problem, ways: Ways, care: PairCare) -> Candidates:
    """The candidates of every need, in the order of the problem.

    `care` ranks the people of a need that keeps only some of them as arcs.
    """
    pairs = Pairs(problem, ways)
    many = len(problem.needs) * len(problem.volunteers) > MOST_ARCS
    with ThreadPoolExecutor(THREADS) if many else nullcontext() as threads:
        return _found(pairs, care, threads)


def _found(pairs: Pairs, care: PairCare, threads: ThreadPoolExecutor | None) -> Candidates:
    n = len(pairs.problem.needs)
    crowded = _crowded(pairs)
    counts, kept = np.zeros((n, len(RULES)), np.int64), np.zeros((n, 2), np.int64)
    rows = np.flatnonzero(~crowded).astype(np.int64)
    counts[rows], kept[rows] = pairs.counted(rows, threads)
    thinned = crowded | _thinned(pairs, kept.sum(axis=1))
    whole = np.flatnonzero(~thinned).astype(np.int64)
    volunteer, kind = pairs.filled(whole, kept, threads)
    sizes = np.where(thinned, 0, kept.sum(axis=1))
    most = np.zeros(n, np.int64)
    if not thinned.any():
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return Candidates(pairs, first, volunteer, kind, thinned, ~crowded, counts, most)
    few = np.flatnonzero(thinned).astype(np.int64)
    parts = [few[part] for part in _parts(len(few))]  # of rows
    found = _all(threads, lambda rows: [_best(pairs, row, care, few=bool(crowded[row])) for row in rows], parts)
    chosen: dict[int, Ints] = {}
    for rows, bests in zip(parts, found, strict=True):
        for row, (best, most_care) in zip(rows.tolist(), bests, strict=True):
            chosen[row], most[row], sizes[row] = best, most_care, len(best)
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    volunteers, kinds = np.empty(int(first[-1]), np.int64), np.full(int(first[-1]), LEFT, np.int8)
    kept_whole = np.repeat(~thinned, sizes)
    volunteers[kept_whole], kinds[kept_whole] = volunteer, kind
    for row, best in chosen.items():
        volunteers[first[row] : first[row + 1]] = best
    return Candidates(pairs, first, volunteers, kinds, thinned, ~crowded, counts, most)


def _may_be_thinned(pairs: Pairs) -> Mask:
    """Which needs may keep only some of their people: nobody's door is on the way to them, and no lock names them."""
    problem, goals = pairs.problem, pairs.problem.goals
    if pairs.ways.by_matrix or problem.pairs_only or goals.waiting_minute > goals.walking_minute:
        return np.zeros(len(problem.needs), bool)
    return ~np.array([need.id in problem.lock_by_need for need in problem.needs], bool)


def _crowded(pairs: Pairs) -> Mask:
    """The needs without a place of a day so large that to look at everybody for each of them would take minutes."""
    remote = np.array([need.remote for need in pairs.problem.needs], bool)
    if remote.sum() * len(pairs.all) < MOST_LOOKED_AT:
        return np.zeros(len(remote), bool)
    return remote & _may_be_thinned(pairs)


def _thinned(pairs: Pairs, sizes: Ints) -> Mask:
    """The needs with very many people, where there would be too many arcs in all."""
    if sizes.sum() <= MOST_ARCS:
        return np.zeros(len(sizes), bool)
    thinned: Mask = _may_be_thinned(pairs) & (sizes > 2 * CROWD)
    return thinned


def _best(pairs: Pairs, row: int, care: PairCare, *, few: bool) -> tuple[Ints, int]:
    """The people a need keeps: most care less the way, among equals by lot so that needs differ; and the most care.

    few: of a crowd only those whom the need names and some taken at even steps are looked at, unless too few of them
    may come; the most care is what a person could have who is all that the need wishes for.
    """
    volunteer = np.zeros(0, np.int64)
    if few:
        step = max(1, len(pairs.all) // LOOKED_AT)
        those = np.union1d(pairs.all[row % step :: step], care.named(row)).astype(np.int64)
        volunteer = pairs.everybody(row, those)[0]
    if len(volunteer) < CROWD:
        volunteer, few = pairs.everybody(row)[0], False
    need = np.full(len(volunteer), row, np.int64)
    cares = care(need, volunteer)
    worth = cares - pairs.ways.out(volunteer, need) - pairs.ways.back(volunteer, need)
    lot = np.random.default_rng(row).random(len(volunteer))
    best = np.lexsort((lot, -worth))[:CROWD]
    return np.sort(volunteer[best]), care.most(row) if few else int(cares.max(initial=0))


def _parts(n: int) -> list[Ints]:
    shares = max(1, min(n, THREADS * SHARES))
    return [part.astype(np.int64) for part in np.array_split(np.arange(n), shares)]


def _all(threads: ThreadPoolExecutor | None, work: Callable[[Ints], Any], parts: Sequence[Ints]) -> list[Any]:
    return list(map(work, parts) if threads is None else threads.map(work, parts))


def _by_row(rows: dict[int, set[int]], n: int) -> tuple[Ints, Ints]:
    """Sets by row as one flat array and where each begins."""
    first = np.zeros(n + 1, np.int64)
    for row, members in rows.items():
        first[row + 1] = len(members)
    flat = [member for row in sorted(rows) for member in sorted(rows[row])]
    return np.cumsum(first).astype(np.int64), np.array(flat, np.int64)
