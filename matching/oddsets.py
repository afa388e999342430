"""Rows over an odd number of people and needs: each can be had once, so that only half of them can be used two by two.

Three needs for one person, or a volunteer's day and two such needs, are the smallest: a linear programme takes half of
each of three day plans that want two of them; a plan takes one. Larger ones are rings of such halves. A day plan counts
in a row once for every two things of it that it uses. (Subset-row inequalities: Jepsen, Petersen, Spoorendonk and
Pisinger, Operations Research 56, 2008; found where everything is a half: Caprara and Fischetti, Mathematical
Programming 74, 1996.)
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
WHOLE = 1.0 - 1e-6  # of a person or a need: what the day plans taken in part must use of it together
LARGEST, ORDERS = 25, 20  # people and needs of a row at most; orders in which larger ones are looked for

Parted = Sequence[tuple[int, Sequence[int], float]]  # day plans taken in part: volunteer, needs for one, how much


class OddSet(NamedTuple):
    """Volunteers and needs for one person, each in order; an odd number together."""

    volunteers: tuple[int, ...]
    needs: tuple[int, ...]

    @property
    def most(self) -> int:
        """How often two of it can be used."""
        return (len(self.volunteers) + len(self.needs)) // 2

    def within(self, people: Ints, needs: Ints) -> bool:
        """Whether all of it is left. people, needs: by row its place in what is left, -1 if it is not."""
        return all(people[one] >= 0 for one in self.volunteers) and all(needs[need] >= 0 for need in self.needs)

    def renumbered(self, people: Ints, needs: Ints) -> OddSet:
        """The same set where people and needs have these places."""
        return OddSet(tuple(people[[*self.volunteers]].tolist()), tuple(needs[[*self.needs]].tolist()))


class OddSets:
    """The odd sets of one programme, in the order in which their rows were laid."""

    def __init__(self, needs: int, volunteers: int, known: Iterable[OddSet] = ()) -> None:
        self.n_needs, self.n_volunteers = needs, volunteers
        self.known = list(dict.fromkeys(known))

    def __len__(self) -> int:
        return len(self.known)

    def add(self, odd_sets: Iterable[OddSet]) -> int:
        """Take in those that are new; how many."""
        before = len(self.known)
        self.known = list(dict.fromkeys([*self.known, *odd_sets]))
        return len(self.known) - before

    @property
    def most(self) -> Floats:
        """By odd set, how often two of it can be used."""
        return np.array([one.most for one in self.known], float)

    def charges(self, price: Floats) -> Charges:
        """What a day plan pays by these prices of the first odd sets: only what costs anything is looked at."""
        dear = np.flatnonzero(price > 0.0)
        odd_sets = [self.known[place] for place in dear.tolist()]
        of_need = [(need, place) for place, one in enumerate(odd_sets) for need in one.needs]
        of_volunteer = [(volunteer, place) for place, one in enumerate(odd_sets) for volunteer in one.volunteers]
        return Charges(*_rows(of_need, self.n_needs), *_rows(of_volunteer, self.n_volunteers), price[dear])

    def uses(self, volunteers: Ints, needs: Ints, owner: Ints) -> Any:
        """How often each day plan uses two of each: day plans x odd sets.

        needs, owner: the visits, and whose each is.
        """
        from scipy.sparse import csr_matrix

        shape = len(volunteers), len(self.known)
        visited = csr_matrix((np.ones(len(needs)), (owner, needs)), (shape[0], self.n_needs))
        of_need = [(need, place) for place, one in enumerate(self.known) for need in one.needs]
        named = [(volunteer, place) for place, one in enumerate(self.known) for volunteer in one.volunteers]
        count = visited @ _incidence(of_need, (self.n_needs, shape[1]))
        count = count + _incidence(named, (self.n_volunteers, shape[1]))[volunteers]
        count.data = np.floor(count.data / 2.0)
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


# --- finding -----------------------------------------------------------------------------------------------------


def broken_triples(days: Parted, most: int) -> list[OddSet]:
    """The sets of three whose rows these day plans break, those broken most first.

    Only what is taken in part can break any.
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
    found: dict[OddSet, float] = {}
    for (one, two), much in pairs.items():
        for volunteer in visitors[one] | visitors[two]:
            over = visits.get((volunteer, one), 0.0) + visits.get((volunteer, two), 0.0) + much - 1.0
            if over > BROKEN:
                over -= 2.0 * hers.get((volunteer, one, two), 0.0)
            if over > BROKEN:
                found[OddSet((volunteer,), (one, two))] = over
        for other in beside[one] | beside[two]:
            if other in (one, two):
                continue
            needs = tuple(sorted((one, two, other)))
            triple = OddSet((), needs)
            if triple not in found:
                over = sum(pairs.get(pair, 0.0) for pair in combinations(needs, 2)) - 1.0
                if over > BROKEN:
                    over -= 2.0 * threes.get(needs, 0.0)
                if over > BROKEN:
                    found[triple] = over
    return sorted(found, key=lambda triple: (-found[triple], triple))[:most]


def broken_rings(days: Parted, most: int) -> list[OddSet]:
    """Odd sets of which each of these day plans uses an even number, and which they use wholly; smallest first.

    What is used of such a set two by two is half of its odd number: half a day plan more than a plan can. Whether a
    thing belongs to the set is an unknown modulo two, and each day plan an equation. Those solutions are looked at in
    which one thing that is free brings in those that depend on it; which are free changes with the order.
    """
    used: defaultdict[tuple[int, int], float] = defaultdict(float)  # 0 and a volunteer, or 1 and a need
    things = [[(0, volunteer), *((1, need) for need in needs)] for volunteer, needs, _ in days]
    for some, (_, _, much) in zip(things, days, strict=True):
        for thing in some:
            used[thing] += much
    wholly = [thing for thing, much in used.items() if much > WHOLE]
    row_of = {thing: row for row, thing in enumerate(wholly)}
    rows = [[row_of[thing] for thing in some if thing in row_of] for some in things]
    dice, found = np.random.default_rng(0), set[OddSet]()
    for _ in range(ORDERS):
        order = dice.permutation(len(wholly)).tolist()
        for those in _evenly_used(rows, order):
            if len(those) % 2 and 3 <= len(those) <= LARGEST:
                ring = sorted(wholly[row] for row in those)
                volunteers = tuple(volunteer for kind, volunteer in ring if not kind)
                found.add(OddSet(volunteers, tuple(need for kind, need in ring if kind)))
    return sorted(found, key=lambda ring: (ring.most, ring))[:most]


def _evenly_used(rows: Sequence[Sequence[int]], order: Sequence[int]) -> list[list[int]]:
    """Sets of columns of which each row has an even number, by elimination modulo two in this order of the columns."""
    bit = {column: 1 << place for place, column in enumerate(order)}
    reduced: dict[int, int] = {}  # by leading bit: a row that has no lower one, and no leading bit that came before
    leads = 0
    for columns in rows:
        row = sum(bit[column] for column in columns)
        while hit := row & leads:
            row ^= reduced[hit & -hit]
        if row:
            lead = row & -row
            reduced[lead] = row
            leads |= lead
    for lead in reversed(reduced):  # those that came later, too
        while hit := reduced[lead] & leads & ~lead:
            reduced[lead] ^= reduced[hit & -hit]
    needed: defaultdict[int, list[int]] = defaultdict(list)  # by free bit: the columns that must come with it
    for lead, row in reduced.items():
        rest = row ^ lead
        while rest:
            needed[rest & -rest].append(order[lead.bit_length() - 1])
            rest &= rest - 1
    return [[column, *needed[bit[column]]] for column in order if bit[column] not in reduced]
