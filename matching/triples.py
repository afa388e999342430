"""Rows over day plans that use two of three things: each can be had once, so that only one of those plans can be taken.

Three needs for one person, or a volunteer's day and two such needs. A linear programme takes half of each of three day
plans that want two of them; a plan cannot. (Subset-row inequalities: Jepsen, Petersen, Spoorendonk and Pisinger,
Operations Research 56, 2008.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from matching.view import Charges, Floats
from matching.ways import Ints

BROKEN = 0.05  # of a day plan: by how much a row must be broken to be laid
NOBODY = -1  # the volunteer of three needs


class Triple(NamedTuple):
    """Three needs in order, or a volunteer and two needs in order."""

    volunteers: tuple[int, ...]
    needs: tuple[int, ...]

    @property
    def most(self) -> int:
        return (len(self.volunteers) + len(self.needs) - 1) // 2

    def within(self, people: Ints, needs: Ints) -> bool:
        """Whether all three of it are left. people, needs: by row its place in what is left, -1 if it is not."""
        return all(needs[need] >= 0 for need in self.needs) and all(people[v] >= 0 for v in self.volunteers)

    def renumbered(self, people: Ints, needs: Ints) -> Triple:
        """The same triple where people and needs have these places."""
        return Triple(tuple(int(people[v]) for v in self.volunteers), tuple(int(needs[need]) for need in self.needs))


class Triples:
    """The triples of one programme, in the order in which their rows were laid."""

    def __init__(self, needs: int, volunteers: int, known: Iterable[Triple] = ()) -> None:
        self.n_needs, self.n_volunteers = needs, volunteers
        self.known = list(dict.fromkeys(known))

    @property
    def most(self) -> Floats:
        return np.array([triple.most for triple in self.known], float)

    def __len__(self) -> int:
        return len(self.known)

    def add(self, triples: Iterable[Triple]) -> int:
        """Take in those that are new; how many."""
        before = len(self.known)
        self.known = list(dict.fromkeys([*self.known, *triples]))
        return len(self.known) - before

    def charges(self, price: Floats) -> Charges:
        """What a day plan pays by these prices of the first triples: only what costs anything is looked at."""
        dear = np.flatnonzero(price > 0.0)
        triples = [self.known[place] for place in dear.tolist()]
        of_need = [(need, place) for place, triple in enumerate(triples) for need in triple.needs]
        of_volunteer = [(v, place) for place, triple in enumerate(triples) for v in triple.volunteers]
        return Charges(*_rows(of_need, self.n_needs), *_rows(of_volunteer, self.n_volunteers), price[dear])

    def using_two(self, volunteers: Ints, needs: Ints, owner: Ints) -> Any:
        """Which day plans use two of each: day plans x triples. needs, owner: the visits, and whose each is."""
        from scipy.sparse import csr_matrix

        shape = len(volunteers), len(self.known)
        visited = csr_matrix((np.ones(len(needs)), (owner, needs)), (shape[0], self.n_needs))
        of_need = [(need, place) for place, triple in enumerate(self.known) for need in triple.needs]
        named = [(v, place) for place, triple in enumerate(self.known) for v in triple.volunteers]
        count = visited @ _incidence(of_need, (self.n_needs, shape[1]))
        count = count + _incidence(named, (self.n_volunteers, shape[1]))[volunteers]
        count.data = np.floor(count.data / 2.0 + 0.1)
        count.eliminate_zeros()
        return count


def _rows(pairs: Sequence[tuple[int, int]], rows: int) -> tuple[Ints, Ints]:
    """Places by row: where each row begins, and the places one after the other."""
    both = np.array(pairs, np.int64).reshape(-1, 2)
    order = np.argsort(both[:, 0], kind="stable")
    at = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=rows))])
    return at.astype(np.int64), both[order, 1].copy()


def _incidence(pairs: Sequence[tuple[int, int]], shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_matrix

    both = np.array(pairs, np.int64).reshape(-1, 2)
    return csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape)


def broken(days: Sequence[tuple[int, Sequence[int], float]], most: int) -> list[Triple]:
    """The triples whose rows these day plans break, those broken most first.

    days: volunteer, needs for one person, and how much is taken of it (in part: what is taken wholly breaks nothing).
    """
    visits: defaultdict[tuple[int, int], float] = defaultdict(float)  # volunteer and need
    pairs: defaultdict[tuple[int, ...], float] = defaultdict(float)  # needs visited by the same day plan
    hers: defaultdict[tuple[int, int, int], float] = defaultdict(float)  # volunteer and such needs
    threes: defaultdict[tuple[int, ...], float] = defaultdict(float)
    visitors: defaultdict[int, set[int]] = defaultdict(set)
    for volunteer, needs, much in days:
        ordered = sorted(needs)
        for need in ordered:
            visits[volunteer, need] += much
            visitors[need].add(volunteer)
        for one, two in combinations(ordered, 2):
            pairs[one, two] += much
            hers[volunteer, one, two] += much
        for three in combinations(ordered, 3):
            threes[three] += much
    beside: defaultdict[int, set[int]] = defaultdict(set)
    for one, two in pairs:
        beside[one].add(two)
        beside[two].add(one)
    found: dict[Triple, float] = {}
    for (one, two), much in pairs.items():
        for volunteer in visitors[one] | visitors[two]:
            over = visits.get((volunteer, one), 0.0) + visits.get((volunteer, two), 0.0) + much - 1.0
            if over > BROKEN:
                over -= 2.0 * hers.get((volunteer, one, two), 0.0)
            if over > BROKEN:
                found[Triple((volunteer,), (one, two))] = over
        for other in beside[one] | beside[two]:
            if other in (one, two):
                continue
            needs = tuple(sorted((one, two, other)))
            triple = Triple((), needs)
            if triple not in found:
                over = sum(pairs.get(pair, 0.0) for pair in combinations(needs, 2)) - 1.0
                if over > BROKEN:
                    over -= 2.0 * threes.get(needs, 0.0)
                if over > BROKEN:
                    found[triple] = over
    return sorted(found, key=lambda triple: (-found[triple], triple))[:most]


TIGHT = 1e-6
LONGEST, SAMPLES = 25, 20


def odd_sets(days: Sequence[tuple[int, Sequence[int], float]], most: int) -> list[Triple]:
    """Sets of an odd number of people and needs, all of them taken wholly, of which each day plan uses an even number."""
    held: defaultdict[tuple[int, int], float] = defaultdict(float)
    for volunteer, needs, much in days:
        held[0, volunteer] += much
        for need in needs:
            held[1, need] += much
    things = [thing for thing, much in held.items() if much > 1.0 - TIGHT]
    place = {thing: at for at, thing in enumerate(things)}
    found: dict[Triple, float] = {}
    dice = np.random.default_rng(0)
    uses = [{place[t] for t in [(0, v), *((1, n) for n in needs)] if t in place} for v, needs, _ in days]
    for _ in range(SAMPLES):
        order = dice.permutation(len(things)).tolist()
        bit = {thing: 1 << at for at, thing in enumerate(order)}
        pivots: dict[int, int] = {}
        for use in uses:
            row = sum(bit[one] for one in use)
            while row:
                low = row & -row
                if low not in pivots:
                    break
                row ^= pivots[low]
            if row:
                low = row & -row
                for other, value in pivots.items():
                    if row & other:
                        row ^= value
                for other, value in pivots.items():
                    if value & low:
                        pivots[other] = value ^ row
                pivots[low] = row
        members: defaultdict[int, list[int]] = defaultdict(list)
        for low, row in pivots.items():
            rest = row ^ low
            while rest:
                free = rest & -rest
                members[free].append(low)
                rest ^= free
        for at, thing in enumerate(order):
            free = 1 << at
            if free in pivots:
                continue
            those = [thing, *(order[low.bit_length() - 1] for low in members[free])]
            if len(those) % 2 and 3 <= len(those) <= LONGEST:
                sets = sorted(things[one] for one in those)
                triple = Triple(tuple(x for kind, x in sets if not kind), tuple(x for kind, x in sets if kind))
                found[triple] = len(those)
    return sorted(found, key=lambda triple: (found[triple], triple))[:most]
