"""Prices of needs put together from tiles: a bound of the undivided day, and better prices where tiles meet.

What a visit to a need is credited may be anything: the bound of `bounds` holds for it. It is convex in these credits,
and how often each need is visited in everybody's best days, less how often it asks to be, is a subgradient of it. Steps
along it (Polyak's rule, towards what the best plan reaches, less zigzag by Camerini, Fratta and Maffioli, Mathematical
Programming Study 3, 1975) bring down what the tiles leave open at their edges.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from matching.bounds import serving
from matching.drafting import Draft, plain_view
from matching.kernels import judge_plans
from matching.master import Mask
from matching.search import Search, outside
from matching.view import Floats, Listed, OutOfTimeError
from matching.ways import Ints

STEPS = 2_000  # at most
VAIN = 3  # steps without a better bound, after which they become half as long
LONGEST, SHORTEST = 0.6, 0.02  # of Polyak's step
DEFLECTED = 1.5  # how strongly a step that turns back keeps the last direction
EQUAL = 1e-6  # values that differ by less are the same
NEVER = -1e290  # a credit at which nobody visits


@dataclass(frozen=True)
class Priced:
    """A bound at some credits, and by need how often it is visited in the best days, less how often it is served."""

    bound: float
    slope: Floats


class CityPrices:
    """Credits by need on one level, and what they prove."""

    def __init__(self, search: Search, name: str, credits: Floats) -> None:
        self.search, self.name, one = search, name, search.instance
        self.view, self.by_care = plain_view(one), name == "care"
        enough = np.bincount(one.a_need, minlength=one.n_needs) >= one.n_people
        self.reached = np.flatnonzero(enough & ~one.candidates.thinned)
        self.credits = np.where(np.isnan(credits), 0.0, credits)
        self.credits[one.candidates.thinned] = NEVER
        self.extra = outside(one)
        self.standing = self._standing()

    def tighten(self, seconds: float) -> None:
        """Prove the bound of these credits, then of better ones, as far as the seconds go."""
        ends, share, vain, best = time.monotonic() + seconds, LONGEST, 0, np.inf
        along: Floats = np.zeros(len(self.credits))
        for _ in range(STEPS):
            begun = time.monotonic()
            priced = self.priced(ends)
            if priced is None:
                return
            self.search.lower(self.name, priced.bound)
            vain = 0 if priced.bound < best else vain + 1
            if priced.bound < best:
                best, kept, slope = priced.bound, self.credits, priced.slope
            if vain == VAIN:
                share, vain, self.credits, priced = share / 2, 0, kept, Priced(best, slope)
                along = np.zeros(len(self.credits))
            along = priced.slope + _turned(priced.slope, along)
            size = float((along**2).sum())
            over = priced.bound - self.search.value(self.name)
            if over < 1.0 or not size or share < SHORTEST or 2 * time.monotonic() - begun > ends:
                return
            self.credits = self.credits - share * over / size * along

    def priced(self, ends: float) -> Priced | None:
        """Everybody's best day at these credits, over all her arcs; None if there is no time for all of them."""
        one, view = self.search.instance, self.view
        values = self.credits[view.s_need] + (view.care if self.by_care else 0.0)
        try:
            listed = view.enumerate(
                np.zeros(one.n_volunteers), values, by_care=self.by_care, keep=1, capacity=10**7, deadline=ends,
                workers=self.search.options.workers,
            )  # fmt: skip
        except OutOfTimeError:
            return None
        serve, care = self.extra
        floor = self.search.best.serve - serve if self.by_care else None
        low: Floats = (self.credits * one.n_people.astype(float))[self.reached]
        units, paid = serving(one.n_priority[self.reached].astype(float), low, floor)
        slope = self._visits(listed, values) - one.n_people * self._served(paid)
        slope[one.candidates.thinned] = 0.0
        bound = units + float(np.maximum(0.0, listed.best).sum()) + (care if self.by_care else serve)
        return Priced(bound, slope)

    def _visits(self, listed: Listed, values: Floats) -> Floats:
        """By need, how often it is visited in everybody's best days: where hers as it stands is one, that is taken."""
        one, view = self.search.instance, self.view
        people, codes, lengths, slots = self.standing
        worth = judge_plans(
            people, codes, lengths, values, view.s_low, view.s_high, *view._fixed, view.legs, *view._people(),
            *view.costs(self.by_care),
        )  # fmt: skip
        stands = worth >= listed.best[people] - EQUAL
        others = np.ones(one.n_volunteers, bool)
        others[people[stands]] = False
        visited = np.concatenate([slots[stands].ravel(), listed.slots[others[listed.volunteer]].ravel()])
        return np.bincount(view.s_need[visited[visited >= 0]], minlength=one.n_needs).astype(float)

    def _served(self, paid: Floats) -> Mask:
        """Which needs are served: those that pay for it; where it is all the same, those that the plan serves."""
        served = np.zeros(self.search.instance.n_needs, bool)
        served[list(self.search.best.served)] = True
        served[self.reached] = np.where(np.abs(paid) < EQUAL, served[self.reached], paid > 0.0)
        return served

    def _standing(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The days of the best plan: people, codes, lengths and slots, one a row."""
        one, days = self.search.instance, self.search.best.days
        codes, lengths = Draft(one).coded(days)
        people = np.array([volunteer for volunteer, _ in days], np.int64)
        slots = np.full(codes.shape, -1, np.int64)
        for row, (_, steps) in enumerate(days):
            slots[row, : len(steps)] = [arc for arc, _, _ in steps]
        return people, codes, lengths, slots


def _turned(slope: Floats, along: Floats) -> Floats:
    """What a step keeps of the last direction: nothing, unless the slope turns back against it."""
    length = float((along**2).sum())
    return max(0.0, -DEFLECTED * float((slope * along).sum()) / length) * along if length else along
