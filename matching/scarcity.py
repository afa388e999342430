"""Where people are scarce: what the few needs that compete for them leave unserved, whatever the rest of the day does.

Most needs of a large day could be served by somebody who is free anyway. Suppose all of those are, and by nobody who
matters: what remains are the needs that people compete for, with all who may serve them. They fall into small groups
that share nobody, each is solved exactly, and what the groups must leave over bounds the whole day. Any choice of needs
gives a valid bound; the wanted ones (a price above zero in the tiles, or left over) give a sharp one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from matching.assembling import NOBODY
from matching.columns import Level, stopped
from matching.instance import Instance
from matching.master import Mask
from matching.parts import Part, cut_out
from matching.search import Search, StoppedError, first_bounds, reached
from matching.spans import cut_evenly
from matching.view import Floats, OutOfTimeError
from matching.ways import Ints

ROUNDS = 4  # of taking in further needs
LARGEST = 30_000  # needs of a group that is still looked at
SMALL = 300  # and of one that is solved where its linear programme is not whole
FREE = 1e-6  # a price that is none


class Scarcity:
    """The groups of needs that people compete for, and the bound of serve they prove."""

    def __init__(self, search: Search) -> None:
        one = search.instance
        self.search = search
        self.asked = reached(one) & ~one.candidates.thinned  # thinned needs count as served
        self.most = float(one.n_priority[reached(one)].sum())
        self.wanted: Mask = np.zeros(one.n_needs, bool)
        self.lost: dict[bytes, float] = {}  # by group
        self.options = replace(search.options, workers=1, progress=None)

    def prove(self, prices: Floats, seconds: float) -> bool:
        """Prove a bound of serve from the needs with a price, those left over, and what they draw in.

        False if a group was too large or the time too short for any.
        """
        ends = time.monotonic() + seconds
        left = np.ones(self.search.instance.n_needs, bool)
        left[list(self.search.best.served)] = False
        self.wanted |= ((np.nan_to_num(prices) > FREE) | left) & self.asked
        busy = self._proven(ends)
        done = busy is not None
        for spare in range(ROUNDS):
            if busy is None or self.search.met("serve"):
                break
            before = self.wanted
            self.wanted = before | (self._drawn_in(busy, spare) & self.asked)
            if (self.wanted != before).any():
                busy = self._proven(ends)
        return done

    def _drawn_in(self, busy: Mask, spare: int) -> Mask:
        """The needs for which too few people are left besides the busy ones: with up to `spare` more than they need."""
        one = self.search.instance
        free = np.bincount(one.a_need, ~busy[one.a_volunteer], minlength=one.n_needs)
        drawn: Mask = free < one.n_people + spare
        return drawn

    def _proven(self, ends: float) -> Mask | None:
        """Lower the bound by what the groups leave over; who is busy in them. None if there was no time for all."""
        busy = np.zeros(self.search.instance.n_volunteers, bool)
        bound = self.most
        asked = self._asked()
        for people, needs in groups(asked.instance, np.ones(len(asked.needs), bool)):
            if len(needs) > LARGEST or time.monotonic() > ends:
                self.search.lower("serve", bound)  # as if whoever is left were all served
                return None
            name = asked.needs[needs].tobytes()
            if name not in self.lost:
                self.lost[name] = self._left_over(asked.instance, people, needs, ends)
            busy[asked.volunteers[people]] = self.lost[name] > 0
            bound -= self.lost[name]
        self.search.lower("serve", bound)
        self.search.tell("scarcity")
        return busy

    def _asked(self) -> Part:
        """The wanted needs and whoever may serve them: groups are cut out of that, not each out of the whole city."""
        one = self.search.instance
        people = np.unique(one.a_volunteer[self.wanted[one.a_need]]).astype(np.int64)
        return cut_out(one, NOBODY, people, np.flatnonzero(self.wanted).astype(np.int64))

    def _left_over(self, one: Instance, people: Ints, needs: Ints, ends: float) -> float:
        """The priorities that a group cannot serve, whatever it does."""
        part = cut_out(one, NOBODY, people, needs).instance
        alone = Search(part, self.options, NOBODY, first_bounds(part), deadline=ends)
        cut_evenly(alone)
        level = Level(alone, "serve")
        with suppress(StoppedError, OutOfTimeError):
            level.generate()
            if len(needs) <= SMALL and level.master.fractional() > 0.0:
                stopped(alone, "serve")
        return float(part.n_priority.sum()) - alone.bounds["serve"]


def groups(one: Instance, wanted: Mask) -> Iterator[tuple[Ints, Ints]]:
    """Volunteers and needs of each group of these needs that shares nobody with another, the smallest first."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    arcs = np.flatnonzero(wanted[one.a_need])
    side = one.n_needs + one.n_volunteers
    ends = one.a_need[arcs], one.n_needs + one.a_volunteer[arcs]
    _, label = connected_components(coo_matrix((np.ones(len(arcs)), ends), shape=(side, side)), directed=False)
    needs = np.flatnonzero(wanted)
    people = one.n_needs + np.unique(one.a_volunteer[arcs]).astype(np.int64)
    by_label = _by_label(label, needs), _by_label(label, people)
    for name in sorted(by_label[0], key=lambda name: (len(by_label[0][name]), name)):
        yield by_label[1][name] - one.n_needs, by_label[0][name]


def _by_label(label: Ints, rows: Ints) -> dict[int, Ints]:
    order = rows[np.argsort(label[rows], kind="stable")]
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return {int(label[group[0]]): np.sort(group).astype(np.int64) for group in np.split(order, cuts) if len(group)}
