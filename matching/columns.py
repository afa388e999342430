"""One level proven by columns: day plans are generated until none is missing, then the best set of them is chosen."""

from __future__ import annotations

import time
from contextlib import suppress

import numpy as np

from matching.assembling import Served
from matching.bounds import SLACK, lagrangian
from matching.gradient import Gradient
from matching.kernels import NOTHING
from matching.master import MANY, MANY_IN_PARTS, OUTWEIGHING, Master, Prices
from matching.search import Search, StoppedError
from matching.spans import cut_apart, cut_between, cut_evenly
from matching.sweeping import improve, neighbours
from matching.timing import Day
from matching.view import Floats, Listed, OutOfTimeError, View, open_view
from matching.ways import Ints

ALONE = 6  # people for each need whose days with nothing else are known from the start
KEEP, KEEP_FAR = 2, 4  # day plans a volunteer brings in each round of pricing; and while the bound is far away
FAR = 0.02  # relative: a bound more than this above its programme is far away
STRONGEST = (10, 28)  # needs a volunteer looks at in a heuristic round of pricing, and in a later one
NEAR = 3e-4  # relative: a bound so near to a programme solved by gradients is near enough
STILL = 0.2  # minutes a need: where it moves no more than that from one round to the next, it hardly moves
NEARER = 2e-5  # and where there is time to solve it on
ROUNDS = 200  # of pricing with such a programme at most
ANEW, AFRESH = 12, 4  # rounds of pricing for which there must be time where spans are cut, and how many follow then
KEPT = 8  # day plans for each need that are taken along then
PEELED = 0.88  # of the time left, where the bound comes after the plan
FEW = 20  # new day plans in a heuristic round after which everybody looks at all her needs
PRICING, LONGER = 0.6, 0.8  # of a level's time, and of a large day's: then what was found is put together in any case
WHOLE = 0.5  # of the time left: for choosing among all day plans at once
ALL = 0.97  # where nothing follows that choice
AROUND_EACH = 12  # and around each of two people who failed to meet
CAPACITY = 120_000  # day plans listed at most for the last integer step
FEW_DAYS = {"serve": 1.5, "fold": 5.0, "care": 5.0}  # day plans for each need among which the first choice is made
MANY_DAYS = 4_000  # day plans from which on a first choice keeps what the linear programme takes wholly
QUICK, NODES = 0.2, 400  # its share of the time left, and how much is tried
EACH = 2e-4  # seconds for each day plan that it gets in any case, if that is not more than half of what is left
FRACTIONAL = 0.3  # share of the day plans taken that are taken in part, from which on a few cannot be enough
LARGE = 1_250  # needs of a day on which no exact choice is to be had
BEGUN, AGAIN = 5e-4, 2e-3  # seconds for each need below which a programme is not begun, and not once more
CLOSE = 0.01  # minutes a need: there a bound of care so near to the programme is near enough
DRAFTED = 0.1  # and so near, a plan is made of what the programme takes wholly, before it is solved on
HALF = 0.55  # of a day plan: where the linear programme takes more, it is kept if the choice is too hard
HARD = 3_000  # day plans which are too many to choose among where so many are taken in part
MOST_DAYS = 20_000  # day plans among which the second choice is made
POOLED = 5  # day plans for each need that are handed on when the level is left
RICH = 24  # day plans a volunteer brings where they have to be put together from fractions
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
            level = Level(search, "serve")
            level.generate()
    return level


def prepare(search: Search, name: str) -> None:
    """The day plans and prices of one level as far as the time goes, without a choice among them."""
    cut_evenly(search)
    level = Level(search, name)
    with suppress(StoppedError, OutOfTimeError):
        level.generate()
    level.hand_on()


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
        self.master.triples.add(search.triples)
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
        if self.master.fractional() >= FRACTIONAL and not self.nearly:
            self.enrich(prices)
        if search.relaxed and not search.met(name):
            self.patch()
        if search.met(name) or self.outdated:
            return prices
        chosen, proven = self.choice(prices)
        if chosen is not None and self.settle(chosen):
            return prices
        promising = chosen is not None and self.master.worth(chosen) > search.value(name)
        again = search.left() > AGAIN * search.instance.n_needs
        if chosen is not None and promising and again and cut_apart(search, self.days_of(chosen)):
            self.remember(prices, chosen)
            return prices
        if not proven:
            if self.nearly and self.floor is None and search.exact:
                self.tighten()
            elif not self.nearly:
                improve(self, chosen)
            raise StoppedError("time" if search.left() < 0.1 else "rounds")
        if not search.exact:
            raise StoppedError("rounds")
        self.complete(prices)
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
        if prices is not None and self.name != "care" and len(self.master.volunteers) > HARD:
            self.peel(max(0.1, search.left()))
            return
        if prices is not None and self.large:
            self.draft(prices)
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
                self.rounded()
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
                self.draft(prices)
            at = len(widths) if new <= FEW else max(0, len(widths) - 1)

    def generate_nearly(self, *, on: bool = False) -> Prices:
        """Rounds of pricing until the bound hardly moves: each proves one, and the best prices are kept.

        Where care counts nothing is proven. on: go on where it hardly moves, with a programme that is solved nearer and
        nearer to its best.
        """
        if self.floor is not None and not on:
            return self.sketch(self.rounds)
        search, near = self.search, NEARER if on else NEAR
        if self.last is None:
            self.sketch(self.rounds)
        roughly = search.exact and not (on or search.parted)  # what is left of a day has nearly all it needs
        for _ in range(ROUNDS if on else self.rounds):
            search.guard()
            search.rounds += 1
            begun, found = time.monotonic(), self.exact
            prices = self.master.price(search.left(), roughly=roughly)
            far = prices.value < (1.0 - FAR) * found
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
            if new == 0 and not (on and self.master.programme.closer()):
                break
            stuck = not far and bound > (1.0 - NEAR) * found
            if stuck and roughly and self.parted():
                break
            if stuck and not roughly and not (on and (bound < found or self.master.programme.closer())):
                break
            roughly = roughly and not stuck
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

    def tighten(self) -> None:
        """Solve the programme on for its bound."""
        self.master.programme.closer()
        with suppress(StoppedError, OutOfTimeError):
            self.generate_nearly(on=True)

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

    def rounded(self) -> None:
        """A plan long before days are chosen: those that the linear programme mostly takes, and what else fits."""
        self.settle(np.flatnonzero(self.master.much > HALF).tolist())

    def draft(self, prices: Prices) -> None:
        """A plan of a large day long before days are chosen: what the linear programme takes wholly stays."""
        if prices is not self.drafted:
            self.drafted = prices
            few = self.likely(prices, self.few)
            chosen = self.around(1.0 - self.master.programme.slack, few, WHOLE)
            if chosen is None:
                self.rounded()
            else:
                self.settle(chosen)

    def listed(self, prices: Prices, thresholds: Floats, values: Floats, keep: int) -> Listed:
        """Everybody's day plans above the thresholds."""
        if self.master.barred.any():
            values = np.where(self.master.barred, 2 * NOTHING, values)
        charges = self.master.triples.charges(prices.triple) if prices.triple.any() else None
        return self.view.enumerate(
            thresholds, values, by_care=self.floor is not None, keep=keep, capacity=CAPACITY if keep == 0 else 10**7,
            deadline=self.search.deadline, workers=self.search.options.workers, charges=charges,
        )  # fmt: skip

    def bound(self, prices: Prices, listed: Listed) -> float:
        """What no plan exceeds at these prices."""
        if not self.search.instance.candidates.thinned.any():
            return lagrangian(
                self.view, prices.gain, listed.best, floor=self.floor, serve=prices.serve, must=self.master.n_must,
                extra=float(prices.triple.sum()),
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

    def around(self, least: float, among: Ints | None = None, share: float = QUICK) -> list[int] | None:
        """The best set of these with every day kept that the linear programme takes more than `least` of.

        Quick, and nearly as good as the best: what is left to be chosen falls apart.
        """
        master = self.master
        taken = np.flatnonzero(master.much > least).tolist()
        kept = {master.volunteers[column]: column for column in taken}
        return master.choose(share * self.search.left(), among, kept)[0]

    def promising(self, prices: Prices, reached: int) -> Ints:
        """Every day plan here that could be part of a plan better than what is reached."""
        least = reached + 1.0 - self.exact - 1e-7 * max(1.0, abs(self.exact))
        return np.flatnonzero(self.master.reduced(prices) >= least).astype(np.int64)

    def choice(self, prices: Prices) -> tuple[list[int] | None, bool]:
        """The best set of the day plans found, and whether it is proven among all of them.

        A few are tried first: where the linear programme is nearly whole, they are enough.
        """
        search, master = self.search, self.master
        chosen = None
        if master.fractional() < FRACTIONAL:
            few = self.likely(prices, self.few)
            share = QUICK
            if len(few) > MANY_DAYS:
                share = WHOLE
                self.draft(prices)
            seconds = max(share * search.left(), min(WHOLE * search.left(), EACH * len(few)))
            chosen, _ = master.choose(seconds, few, nodes=NODES)
        reached = max(search.value(self.name), -(10**18) if chosen is None else master.worth(chosen))
        if chosen is not None and reached > self.exact - 1.0:
            return chosen, True
        among = self.promising(prices, reached)
        if self.hard and len(among) > HARD:
            if self.name == "care":
                return self.around(HALF), False
            follows = PEELED if search.exact and self.floor is None else ALL
            self.peel((follows if self.nearly else WHOLE) * search.left())
            return None, False
        if len(among) > MOST_DAYS:
            among = self.likely(prices, MOST_DAYS)
            again, _ = master.choose(WHOLE * search.left(), among)
            return (chosen if again is None else again), False
        again, proven = master.choose(WHOLE * search.left(), among, beaten=reached)
        if again is None or (chosen is not None and master.worth(again) < master.worth(chosen)):
            return chosen, proven
        return again, proven

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

    @property
    def hard(self) -> bool:
        """There are many day plans, and the linear programme is far from whole."""
        return len(self.master.volunteers) > HARD and self.master.fractional() >= FRACTIONAL

    def peel(self, seconds: float) -> None:
        """Offer a plan put together bit by bit; several, where there is time and nothing else to be done with it."""
        from matching.peeling import AT_ONCE, peeled

        ends = time.monotonic() + seconds
        with suppress(OutOfTimeError):  # it may have been broken off, or have grown
            self.last = self.master.price(seconds)
            for at_once in AT_ONCE if self.nearly and self.floor is None else AT_ONCE[:1]:
                begun = time.monotonic()
                self.search.offer(peeled(self, ends - begun, at_once))
                if self.search.met(self.name) or 2 * time.monotonic() - begun > ends:
                    break
        self.search.tell(self.name)

    def enrich(self, prices: Prices) -> None:
        """More of everybody's good day plans: where the linear programme is far from whole, the choice needs them."""
        values = prices.gain + (0.0 if self.floor is None else self.view.care)
        thresholds = prices.day - 0.5 * np.abs(prices.day).mean()
        listed = self.listed(prices, thresholds, values, RICH)
        self.master.add_listed(listed, prices.gain)

    def patch(self) -> None:
        """The relaxed plan of the last cut as it was, but for the people around those who failed to meet in it."""
        search, one = self.search, self.search.instance
        apart, days = search.apart, search.relaxed
        search.relaxed, search.apart = [], set()
        meeting = [v for v, steps in days if not apart.isdisjoint(one.a_need[[arc for arc, _, _ in steps]].tolist())]
        free = {near for v in meeting for near in neighbours(one, v)[:AROUND_EACH]} | set(meeting)
        column_of = {
            self.master.volunteers[column]: column
            for column in self.master.taken_by([day for day in days if day[0] not in free], {})
        }
        kept = {v: column_of.get(v) for v in range(one.n_volunteers) if v not in free}
        chosen, _ = self.master.choose(QUICK * search.left(), kept=kept)
        if chosen is not None:
            self.settle(chosen)

    def complete(self, prices: Prices) -> None:
        """List every day plan that could be part of something better than the incumbent, and choose once more."""
        search, name, master = self.search, self.name, self.master
        values = prices.gain + (0.0 if self.floor is None else self.view.care)
        slack = np.maximum(prices.day, self.best_days)
        bound = self.exact
        thresholds = slack - (bound - search.value(name) - 1.0) - 1e-7 * max(1.0, abs(bound))
        listed = self.listed(prices, thresholds, values, keep=0)
        if not listed.finished.all():
            improve(self, None)
            raise StoppedError("rounds")  # too many to list: the gap stays open
        master.add_listed(listed, prices.gain)
        reached = search.value(name)
        among = self.promising(prices, reached)
        chosen, proven = master.choose(WHOLE * search.left(), among, beaten=reached)
        if chosen is not None and self.settle(chosen):
            return
        if proven:
            reached = search.value(name) if chosen is None else max(master.worth(chosen), search.value(name))
            search.lower(name, reached)
        better = chosen is not None and master.worth(chosen) > search.value(name)
        if search.met(name) or (better and cut_apart(search, self.days_of(chosen or []))):
            self.remember(prices, chosen or [])
            return
        if not proven:
            improve(self, chosen)
        raise StoppedError("time" if search.left() < 0.1 else "rounds")

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
            found = put_right(search, found, days, time.monotonic() + QUICK * search.left(), ease=hopeful)
        search.keep(found)

    def remember(self, prices: Prices, chosen: list[int]) -> None:
        """Take the best day plans along to the next cut."""
        worth = self.master.reduced(prices)
        best = np.argsort(-worth, kind="stable")[:REMEMBERED].tolist()
        self.search.days = self.days_of(list(dict.fromkeys([*chosen, *best])))
        self.search.relaxed = self.days_of(chosen)
