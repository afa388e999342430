"""Day plans that go together: pairs for visits for two, and days kept with those of whoever goes along."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from matching.master import Mask, Master
from matching.timing import meeting_minutes

FAINT = 0.05  # of a visit for two: a pair that is taken less is none
NEAREST = 5  # people of a visit for two among whom a pair is looked for
COMPANIONS = 4  # day plans that are kept together at most, or looked at for each of two people


class Pair(NamedTuple):
    """Two people for a visit for two in a span, as slots, and how much the linear programme takes of the lesser."""

    taken: float
    slots: tuple[int, int]


def likely_pairs(master: Master, wanted: Mask) -> list[Pair]:
    """For each need for two that is wanted the two people who can meet there and are taken most; the most taken first.

    wanted: by need.
    """
    much = master.much
    columns: dict[int, list[int]] = {}  # by slot of such a visit: the day plans with it
    for column in np.flatnonzero(master.for_two() & (much > master.programme.slack)).tolist():
        for slot in master.slots[column]:
            if master.slot_two[slot] and wanted[master.view.s_need[slot]]:
                columns.setdefault(slot, []).append(column)
    taken = {slot: float(much[some].sum()) for slot, some in columns.items()}
    slots: dict[int, list[int]] = {}
    for slot in sorted(columns, key=lambda slot: (-taken[slot], slot)):
        slots.setdefault(int(master.slot_unit[slot]), []).append(slot)
    best: dict[int, Pair] = {}
    for unit, those in slots.items():
        need = int(master.unit_need[unit])
        for one, two in sorted(combinations(those[:NEAREST], 2), key=lambda pair: -taken[pair[1]]):
            if taken[two] < max(FAINT, best[need].taken if need in best else 0.0):
                break
            if _go_together(master, unit, columns[one], columns[two]):
                best[need] = Pair(taken[two], (one, two))
                break
    return sorted(best.values(), reverse=True)


def _go_together(master: Master, unit: int, ones: list[int], others: list[int]) -> bool:
    """Whether two people may go there together and some of these day plans of theirs meet."""
    if not may_go(master, unit, [master.volunteers[ones[0]], master.volunteers[others[0]]]):
        return False
    likely = [sorted(some, key=lambda column: -master.much[column])[:COMPANIONS] for some in (ones, others)]
    return any(meet(master, [one, other]) for one, other in product(*likely))


def meet(master: Master, group: list[int]) -> bool:
    """Whether there are minutes at which all of these day plans can be where they go together."""
    return meeting_minutes(master.instance, [master.day(one) for one in group]) is not None


def may_go(master: Master, unit: int, people: list[int]) -> bool:
    """Whether a visit may have these people, or these and one more."""
    if len(people) == 1:
        return True
    one = master.instance
    named = one.half_locks.get(int(master.unit_need[unit]), people[0])
    return bool(len(people) == 2 and master.unit_two[unit] and named in people and not one.v_trainee[people].all())


class Keeping:
    """Day plans that go together, taken one by one, each with those of whoever goes along on its visits for two."""

    def __init__(self, master: Master, order: list[int]) -> None:
        self.master = master
        self.columns: list[int] = []
        self.people: set[int] = set()
        self.needs: set[int] = set()
        self.of_unit: dict[int, list[int]] = {}  # the day plans of each visit for two, those taken most first
        for column in order:
            for unit in self._for_two(column):
                self.of_unit.setdefault(unit, []).append(column)

    def add(self, column: int) -> list[int]:
        """Keep a day plan and those of its companions: what was kept, nothing where they do not fit."""
        group = self._with_companions([column])
        for one in group:
            self.columns.append(one)
            self.people.add(self.master.volunteers[one])
            self.needs |= self._needs(one)
        return group

    def together(self, column: int) -> list[int]:
        """A day plan with that of each companion which is taken most, whether they meet or not."""
        group = [column]
        for one in group:
            for unit in self._for_two(one):
                people = {self.master.volunteers[other] for other in group}
                group += [other for other in self.of_unit[unit] if self.master.volunteers[other] not in people][:1]
        return group

    def _with_companions(self, group: list[int]) -> list[int]:
        """The group and whoever its visits for two still lack; empty where somebody cannot be had."""
        if not self._fits(group):
            return []
        visits = Counter(unit for one in group for unit in self._for_two(one))
        lacking = next((unit for unit, people in visits.items() if people == 1), None)
        if lacking is None:
            return group if not visits or meet(self.master, group) else []
        if len(group) < COMPANIONS:
            for other in self.of_unit[lacking]:
                found = self._with_companions([*group, other]) if other not in group else []
                if found:
                    return found
        return []

    def _fits(self, group: list[int]) -> bool:
        """Whether nobody and no need stands in it twice, or was kept before, and those who meet may go together."""
        people = [self.master.volunteers[one] for one in group]
        needs = set().union(*map(self._needs, group))
        if len(set(people)) < len(people) or not (self.people.isdisjoint(people) and self.needs.isdisjoint(needs)):
            return False
        visitors: dict[int, list[int]] = {}
        for one in group:
            for unit in self.master.slot_unit[list(self.master.slots[one])].tolist():
                visitors.setdefault(unit, []).append(self.master.volunteers[one])
        return len(visitors) == len(needs) and all(may_go(self.master, *those) for those in visitors.items())

    def _for_two(self, column: int) -> list[int]:
        units = self.master.slot_unit[list(self.master.slots[column])]
        return [int(unit) for unit in units if self.master.unit_two[unit]]

    def _needs(self, column: int) -> set[int]:
        return {int(self.master.view.s_need[slot]) for slot in self.master.slots[column]}
