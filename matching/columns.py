"""One level proven by columns: day plans are generated until none is missing, then the best set of them is chosen."""

from __future__ import annotations

import time
from contextlib import suppress

import numpy as np

from matching import choosing
from matching.assembling import Served
from matching.bounds import SLACK, lagrangian, whole
from matching.gradient import Gradient
from matching.kernels import NOTHING
from matching.master import MANY, MANY_IN_PARTS, OUTWEIGHING, Master, Prices
from matching.origin import Origin
from matching.search import Search, StoppedError
from matching.spans import cut_apart, cut_between, cut_evenly
from matching.sweeping import improve
from matching.timing import Day
from matching.view import Floats, Listed, OutOfTimeError, View, open_view
from matching.ways import Ints

ALONE = 6  # people for each need whose days with nothing else are known from the start
KEEP, KEEP_FAR = 2, 4  # day plans a volunteer brings in each round of pricing; and while the bound is far away
FAR, FAR_ON = 0.02, 0.001  # relative: a bound more than this above its programme is far away; where it is solved on
CUT, GAINED = 0.6, 0.02  # of the time left: for rows of odd sets; what a round of them gains at least
IN_VAIN = 3  # rounds that gain less, after which there are no more
SLOW = 0.1  # of what lies between them: where a round brings no more, it is solved nearer
STRONGEST = (10, 28)  # needs a volunteer looks at in a heuristic round of pricing, and in a later one
NEAR = 3e-4  # relative: a bound so near to a programme solved by gradients is near enough
STUCK = 2  # rounds without a better bound: then it hardly moves
STILL = 0.2  # minutes a need: where it moves no more than that from one round to the next, it hardly moves
NEARER = 2e-5  # and where there is time to solve it on
ROUNDS = 200  # of pricing with such a programme at most
CUTS, SKETCHED, SURELY = 2, 4, 8  # times spans are cut for a bound, rounds of pricing then, and that must fit
ANEW, AFRESH = 12, 4  # rounds of pricing for which there must be time where spans are cut, and how many follow then
KEPT = 8  # day plans for each need that are taken along then
FEW = 20  # new day plans in a heuristic round after which everybody looks at all her needs
PRICING, LONGER = 0.6, 0.8  # of a level's time, and of a large day's: then what was found is put together in any case
CAPACITY = 120_000  # day plans listed at most for the last integer step
FEW_DAYS = {"serve": 1.5, "fold": 5.0, "care": 5.0}  # day plans for each need among which the first choice is made
LARGE = 1_250  # needs of a day on which no exact choice is to be had
BEGUN, AGAIN = 5e-4, 2e-3  # seconds for each need below which a programme is not begun, and not once more
CLOSE = 0.01  # minutes a need: there a bound of care so near to the programme is near enough
DRAFTED = 0.1  # and so near, a plan is made of what the programme takes wholly, before it is solved on
POOLED = 5  # day plans for each need that are handed on when the level is left
REMEMBERED = 4_000  # day plans taken along to the next cut into spans


def prove(search: Search, name: str) -> Prices | None:
    """Prove one level: cut the spans until the relaxed best is a plan that people can really keep.

    Raises StoppedError or OutOfTimeError where that takes too long. Returns the last prices.
    """
    prices = None
    cut_evenly(search)
    while search.instance.n_arcs and not search.met(name):
        search.guard()
        prices = Level(search, name).run()
    return prices


def stopped(search: Search, name: str) -> str | None:
    """Prove one level as far as the search goes; what stopped it, None if it came to its end."""
    try:
        prove(search, name)
    except StoppedError as stop:
        return stop.by
    except OutOfTimeError:
        return "time"
    return None


def programme(search: Search) -> Level:
    """The undivided programme of serve, solved as far as the time goes, without a choice among its day plans."""
    cut_evenly(search)
    level = Level(search, "serve")
    with suppress(StoppedError, OutOfTimeError):
        level.generate()
        if level.outdated:
            level = resumed(level)
    return level


def resumed(level: Level) -> Level:
    """The same level with its spans as they are cut now, begun where it stands and solved on."""
    origin, again = Origin.same(level), Level(level.search, level.name)
    origin.begin(again)
    with suppress(StoppedError, OutOfTimeError):
        again.sketch(SKETCHED)
    again.took = level.took  # a round in which everybody looks at all her needs
    return again


def prepare(search: Search, name: str) -> None:
    """The day plans and prices of one level as far as the time goes, without a choice among them."""
    cut_evenly(search)
    level = Level(search, name)
    with suppress(StoppedError, OutOfTimeError):
        level.generate()
    level.hand_on()


def tighten(level: Level) -> None:
    """Solve a programme on for its bound, as far as the time goes.

    With spans cut where its people still fail to meet, and with rows of odd sets: both promise what no plan can keep.
    """
    search = level.search
    with suppress(StoppedError, OutOfTimeError):
        for _ in range(CUTS):
            search.parted = False
            if not level.parted(SURELY):
                break
            level = resumed(level)
        level.master.lay_odd_sets()
        level.generate_nearly(on=True)
        while not search.met(level.name) and level.master.lay_odd_sets():
            level.generate_nearly(on=True)


class Level:
    """One cut into spans on one level."""

    def __init__(self, search: Search, name: str) -> None:
        self.search, self.name = search, name
        self.floor = {"serve": None, "fold": 0, "care": search.best.serve}[name]
        self.view: View = open_view(search.instance, search.spans)
        self.master = Master(self.view, self.floor, self.fold(), MANY if search.exact else MANY_IN_PARTS)
        if name != "serve" or not (search.exact or self.nearly):
            self.master.add_alone(ALONE)
        self.begun_with = self.master.add_days(search.days)  # by day plan of the search its place here
        for day in search.best.days:
            self.master.add_day(day, search.best.starts)
        self.master.odd_sets.add(search.odd_sets)
        self.best_days: Floats = np.zeros(0)
        self.exact = float("inf")
        self.last: Prices | None = None
        self.drafted: Prices | None = None  # those that the last plan was made from before days are chosen
        self._standing: tuple[Served, list[int]] | None = None  # the best plan, and its day plans here
        self.rounds = AFRESH if search.parted else ROUNDS
        self.carried: Ints = np.zeros(0, np.int64)  # the day plans that were handed on
        self.took = 0.0  # seconds of the last round of pricing
        self.outdated = False  # spans were cut, it is to be begun anew

    def fold(self) -> float:
        """What a unit of priority counts besides care; nothing where a row over all needs must say what is served.

        That row finds what serving is worth on this day, so that the bound is better; on a large day it takes too long.
        """
        if self.name == "serve":
            return 0.0
        if self.name == "care" and self.search.exact and self.search.instance.n_needs <= LARGE:
            return 0.0
        if self.name == "care" and self.search.met("serve"):
            return OUTWEIGHING
        return 0.0 if self.name == "care" and self.search.exact else float(self.search.fold)

    def run(self) -> Prices:
        """Generate, then choose; the choice is kept, or shows where to cut finer."""
        try:
            return self._run()
        finally:
            self.master.__dict__.pop("programme", None)  # it holds the master that holds it: let go of both

    def _run(self) -> Prices:
        search, name = self.search, self.name
        prices = self.generated()
        prices = self.cut(prices)
        if self.master.fractional() >= choosing.FRACTIONAL and not self.nearly:
            choosing.enrich(self, prices)
        if search.relaxed and not search.met(name):
            choosing.patch(self)
        if search.met(name) or self.outdated:
            return prices
        chosen, proven = choosing.choice(self, prices)
        if chosen is not None and self.settle(chosen):
            return prices
        promising = chosen is not None and self.master.worth(chosen) > search.value(name)
        again = search.left() > AGAIN * search.instance.n_needs
        if chosen is not None and promising and again and cut_apart(search, self.days_of(chosen)):
            self.remember(prices, chosen)
            return prices
        if not proven:
            if self.nearly and self.floor is None and search.exact:
                tighten(self)
            elif not self.nearly:
                improve(self, chosen)
            raise StoppedError("time" if search.left() < 0.1 else "rounds")
        if not search.exact:
            raise StoppedError("rounds")
        choosing.complete(self, prices)
        return prices

    def cut(self, prices: Prices) -> Prices:
        """Lay rows of odd sets as long as they bring the bound down: what is left to be chosen is more nearly whole."""
        search = self.search
        if self.nearly or self.name == "care":
            return prices
        level_ends, vain, known = search.deadline, 0, (prices, self.best_days, self.exact)
        search.deadline = time.monotonic() + CUT * search.left()
        with suppress(StoppedError, OutOfTimeError):
            while not search.met(self.name) and vain < IN_VAIN and self.master.lay_odd_sets():
                before, prices = self.exact, self.generate()
                known = prices, self.best_days, self.exact
                vain = 0 if self.exact < before - GAINED else vain + 1
        search.deadline = level_ends
        prices, self.best_days, self.exact = known  # prices go with what they prove, not with a round broken off
        return prices

    def generated(self) -> Prices:
        """The day plans, within their share of the level's time; what there is is put together in any case."""
        search, level_ends = self.search, self.search.deadline
        search.deadline = time.monotonic() + (LONGER if self.large else PRICING) * search.left()
        try:
            return self.generate()
        except (StoppedError, OutOfTimeError):
            search.deadline = level_ends
            self.gather()
            raise
        finally:
            search.deadline = level_ends
            self.hand_on()

    def break_off(self, prices: Prices) -> None:
        """Prove what the last prices of care say on a large day, where no bound is known yet."""
        if np.isinf(self.exact):
            with suppress(OutOfTimeError):
                listed = self.listed(prices, prices.day, prices.gain + self.view.care, KEEP)
                self.master.add_listed(listed, prices.gain)
                self.search.lower(self.name, self.bound(prices, listed))
                self.search.tell(self.name)

    def hand_on(self) -> None:
        """Leave the day plans that mattered most, and what each need was credited, to whoever comes after."""
        if self.last is not None and not self.search.exact:
            self.search.gains[self.name] = self.view.by_need(self.last.gain)
            best = self.likely(self.last, POOLED * self.search.instance.n_needs)
            self.search.pool[self.name] = self.days_of(best.tolist())

    def gather(self) -> None:
        """The best set of some of what was found so far, as the last linear programme had it."""
        search, prices = self.search, self.last
        if prices is not None and self.name != "care" and len(self.master.volunteers) > choosing.HARD:
            choosing.peel(self, max(0.1, search.left()))
            return
        if prices is not None and self.large:
            choosing.draft(self, prices)
            self.break_off(prices)
        among = None if prices is None else self.likely(prices, self.few)
        chosen, _ = self.master.choose(max(0.1, search.left()), among)
        self.settle(chosen or [])

    def generate(self) -> Prices:
        """Rounds of pricing until no day plan is missing."""
        if self.nearly:
            return self.generate_nearly()
        search, view = self.search, self.view
        widths = [width for width in STRONGEST if width < int(np.diff(view.v_first).max(initial=0))]
        at = looked = max(0, len(widths) - 1) if search.days or self.large else 0
        value = -float("inf")
        roughly = self.large and bool(self.master.unit_two.any())  # at first: rows that are broken take long
        while True:
            search.guard()
            search.rounds += 1
            narrow = at < len(widths)
            roughly = roughly and narrow
            prices = self.last = self.master.price(search.left(), roughly=roughly)
            if at != looked and not self.large:
                choosing.rounded(self)
            looked = at
            values = prices.gain + (0.0 if self.floor is None else view.care)
            slow = self.large and prices.value - value < CLOSE * search.instance.n_needs  # looking at all is next
            value = prices.value
            listed = self.listed(prices, prices.day, view.strongest(values, widths[at]) if narrow else values, KEEP)
            new = self.master.add_listed(listed, prices.gain)
            if narrow:
                settled = new <= FEW or slow
                if settled and roughly and at == len(widths) - 1:
                    roughly, value = False, -float("inf")  # once more with all rows
                    continue
                at += settled
                if at < len(widths) or search.exact:
                    continue
                self.best_days, self.exact = prices.day, prices.value
                search.lower(self.name, prices.value)  # of the day plans looked for: enough for a part of a day
                return prices
            bound = self.bound(prices, listed)
            search.lower(self.name, bound)
            search.tell(self.name)
            self.best_days, self.exact = listed.best, bound
            if search.met(self.name) or new == 0 or bound - prices.value < self.near(bound):
                return prices
            if self.large and self.drafted is None and bound - prices.value < DRAFTED * search.instance.n_needs:
                choosing.draft(self, prices)
            at = len(widths) if new <= FEW else max(0, len(widths) - 1)

    def generate_nearly(self, *, on: bool = False) -> Prices:
        """Rounds of pricing until the bound hardly moves: each proves one, and the best prices are kept.

        Where care counts nothing is proven. on: go on where it hardly moves, with a programme that is solved nearer and
        nearer to its best, until only another programme could prove a whole unit less.
        """
        if self.floor is not None and not on:
            return self.sketch(self.rounds)
        search, near = self.search, NEARER if on else NEAR
        if self.last is None:
            self.sketch(self.rounds)
        roughly = search.exact and not (on or search.parted)  # what is left of a day has nearly all it needs
        vain = 0
        for _ in range(ROUNDS if on else self.rounds):
            search.guard()
            search.rounds += 1
            begun, found = time.monotonic(), self.exact
            prices = self.master.price(search.left(), roughly=roughly)
            far = prices.value < (1.0 - (FAR_ON if on else FAR)) * found
            values = prices.gain + (0.0 if self.floor is None else self.view.care)
            listed = self.listed(prices, prices.day, values, KEEP_FAR if far else KEEP)
            new = self.master.add_listed(listed, prices.gain)
            self.took = time.monotonic() - begun
            bound = self.bound(prices, listed)
            search.lower(self.name, bound)
            search.tell(self.name)
            if bound < found:
                self.last, self.best_days, self.exact = prices, listed.best, bound
            if search.met(self.name) or self.exact - prices.value < near * abs(bound):
                break
            if on:
                if whole(self.exact) <= prices.value:
                    break
                slow = new == 0 or bound > found - SLOW * (self.exact - prices.value)
                if slow and not self.master.programme.closer():
                    break
                continue
            vain = 0 if far or bound <= (1.0 - NEAR) * found else vain + 1
            stuck = vain == STUCK  # prices that are no better once may be so by chance
            if new == 0 or (stuck and not roughly) or (stuck and self.parted()):
                break
            roughly, vain = roughly and not stuck, 0 if stuck else vain
        return prices

    def sketch(self, rounds: int) -> Prices:
        """Rounds of pricing in which everybody looks at her strongest needs only, until it hardly moves.

        Quick, also where prices are still far from right; and nothing is proven.
        """
        search, value = self.search, -float("inf")
        still = STILL * search.instance.n_needs * (1.0 if self.floor is not None else 1.0 / search.fold)
        for _ in range(rounds):
            search.guard()
            search.rounds += 1
            begun = time.monotonic()
            prices = self.last = self.master.price(search.left(), roughly=search.exact and self.floor is None)
            values = prices.gain + (0.0 if self.floor is None else self.view.care)
            listed = self.listed(prices, prices.day, self.view.strongest(values, STRONGEST[-1]), KEEP_FAR)
            new = self.master.add_listed(listed, prices.gain)
            self.best_days, self.took = listed.best, time.monotonic() - begun
            if new == 0 or prices.value - value < still:
                break
            value = prices.value
        return prices

    def known(self) -> list[Day]:
        """The day plans that matter most here."""
        if self.last is None:
            return []
        self.carried = self.likely(self.last, KEPT * self.search.instance.n_needs)
        return self.days_of(self.carried.tolist())

    def parted(self, rounds: int = ANEW) -> bool:
        """Cut the spans in which people of the programme fail to meet, if there is time to solve it anew then.

        Once a search: what is cut first is nearly all that there is to be cut. rounds: that there must be time for.
        """
        search, master = self.search, self.master
        if search.parted or self.last is None or search.left() < rounds * self.took:
            return False
        taken = np.flatnonzero(master.taken_in_part() & master.for_two()).tolist()
        known = self.known()
        search.parted = cut_between(search, self.days_of(taken), master.much[taken].tolist())
        self.outdated = search.parted
        if search.parted:
            search.days = known
        return search.parted

    def listed(self, prices: Prices, thresholds: Floats, values: Floats, keep: int) -> Listed:
        """Everybody's day plans above the thresholds."""
        if self.master.barred.any():
            values = np.where(self.master.barred, 2 * NOTHING, values)
        charges = self.master.odd_sets.charges(prices.odd) if prices.odd.any() else None
        return self.view.enumerate(
            thresholds, values, by_care=self.floor is not None, keep=keep, capacity=CAPACITY if keep == 0 else 10**7,
            deadline=self.search.deadline, workers=self.search.options.workers, charges=charges,
        )  # fmt: skip

    def bound(self, prices: Prices, listed: Listed) -> float:
        """What no plan exceeds at these prices."""
        if not self.search.instance.candidates.thinned.any():
            return lagrangian(
                self.view, prices.gain, listed.best, floor=self.floor, serve=prices.serve, must=self.master.n_must,
                extra=float(prices.odd @ self.master.odd_sets.most[: len(prices.odd)]),
            )  # fmt: skip
        return float("inf")  # days with needs that keep only some of their people: see tiles.city_bound

    # --- choosing -----------------------------------------------------------------------------------------------

    def likely(self, prices: Prices, most: int) -> Ints:
        """The day plans that the linear programme takes and those of least reduced cost, the incumbent's among them."""
        master = self.master
        order = np.lexsort((-master.reduced(prices), ~master.taken_in_part()))[:most]
        return np.union1d(order, np.array(self.standing(), np.int64)).astype(np.int64)

    def standing(self) -> list[int]:
        """The day plans of the best plan."""
        best = self.search.best
        if self._standing is None or self._standing[0] is not best:
            self._standing = best, self.master.taken_by(best.days, best.starts)
        return self._standing[1]

    @property
    def few(self) -> int:
        """Day plans among which the first choice is made."""
        return round(FEW_DAYS[self.name] * self.search.instance.n_needs)

    @property
    def nearly(self) -> bool:
        """The linear programme is solved nearly, and many times over."""
        return isinstance(self.master.programme, Gradient)

    def near(self, bound: float) -> float:
        """How much a bound may lie above the linear programme for that to be solved."""
        return CLOSE * self.search.instance.n_needs if self.large else SLACK * max(1.0, abs(bound))

    @property
    def large(self) -> bool:
        """Care of more than what is usually solved at once: what is near is near enough."""
        return self.name == "care" and self.search.instance.n_needs > LARGE

    def days_of(self, chosen: list[int]) -> list[Day]:
        """These day plans as days."""
        return [self.master.day(column) for column in chosen]

    def settle(self, chosen: list[int]) -> bool:
        """Offer a relaxed plan; True if the level is proven with it."""
        if chosen:
            self.offer(self.days_of(chosen), self.master.worth(chosen))
        self.search.tell(self.name)
        return self.search.met(self.name)

    def offer(self, days: list[Day], worth: int) -> None:
        """Offer a relaxed plan; on a large day, what is lost where two fail to meet is tried once more.

        worth: what it would be worth if they met.
        """
        search = self.search
        found = search.walked(days)
        if self.large:
            from matching.mending import put_right

            hopeful = worth > search.value(self.name)
            found = put_right(search, found, days, time.monotonic() + choosing.QUICK * search.left(), ease=hopeful)
        search.keep(found)

    def remember(self, prices: Prices, chosen: list[int]) -> None:
        """Take the best day plans along to the next cut."""
        worth = self.master.reduced(prices)
        best = np.argsort(-worth, kind="stable")[:REMEMBERED].tolist()
        self.search.days = self.days_of(list(dict.fromkeys([*chosen, *best])))
        self.search.relaxed = self.days_of(chosen)
