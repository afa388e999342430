"""The rules of a small bank in plain Python, for random lives beside the real one (test_machine.py).

It shares nothing with the product but the words of the rules (docs/ledger.md).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

CAPS = {"chen": 300, "bo": 150, "dan": 200}
OTHERS = ("fund", "pool", "shop", "expiry")
DAY_CAP_MIN, YEAR_CAP_MIN, COOLING_H = 240, 6000, 24
MAY_GIVE = {("bo", "chen"), ("bo", "pool"), ("chen", "pool")}  # her mother's child, and the two in the family's pool
ELDERS = ("chen",)
FIRST_NOTICE, LAST_NOTICE = 20, 5  # days before what was stored lapses; it is good to the end of the next month


class Refused(Exception):
    """The model says no."""


@dataclass
class Gift:
    """What somebody decided to give."""

    giver: str
    to: str
    amount: int
    day: date
    ripe: datetime
    needs_word: bool
    said_yes: bool = False
    over: bool = False  # ended without being given


@dataclass
class Lot:
    """What one line stored, and how much of it is still there."""

    stored: date
    left: int


@dataclass
class Warned:
    """What was announced to lapse: by how many days before, how much and from when on it may."""

    day: date
    told: dict[int, tuple[int, datetime]] = field(default_factory=dict)


class Model:
    """What the rules say."""

    def __init__(self, fund: int, chen: int, below_zero: dict[str, int], now: datetime) -> None:
        self.posted = dict.fromkeys((*CAPS, *OTHERS, *below_zero), 0)
        self.posted |= {"fund": fund, "chen": chen, "issuance": -fund - chen}
        self.held = dict.fromkeys(self.posted, 0)
        self.below_zero = below_zero
        self.frozen: set[str] = set()
        self.holds: dict[str, tuple[str, int, Any]] = {}
        self.moved: dict[str, tuple[str, str, int]] = {}
        self.corrected: set[str] = set()
        self.posts: list[str] = []
        self.waiting: list[tuple[str, str, int]] = []
        self.gifts: dict[str, Gift] = {}
        self.warned: dict[tuple[str, date], Warned] = {}
        self.lots: dict[str, dict[str, Lot]] = {name: {} for name in CAPS}
        self.lots["chen"]["at first"] = Lot(now.date(), chen)
        self.taken: dict[str, list[tuple[Lot, int]]] = {}
        self.now = now

    def available(self, name: str) -> int:
        return self.posted[name] - self.held[name] + self.below_zero.get(name, 0)

    def must_be_open(self, *sides: str) -> None:
        if self.frozen & set(sides):
            raise Refused

    # Orders ------------------------------------------------------------------------------------------------------

    def hold(self, uid: str, payer: str, amount: int, until: Any) -> None:
        self.must_be_open(payer)
        if self.available(payer) < amount:
            raise Refused
        self.held[payer] += amount
        self.holds[uid] = (payer, amount, until)

    def void(self, uid: str) -> None:
        payer, amount, _until = self.holds.pop(uid)
        self.held[payer] -= amount

    def post(self, hold: str, uid: str, payee: str, amount: int) -> None:
        payer, most, until = self.holds[hold]
        if amount > most or self.now > until or payee == payer:
            raise Refused
        self.must_be_open(payer, payee)
        self.void(hold)
        try:
            self.earn(uid, payer, payee, amount, held=True)
        except Refused:
            self.held[payer] += most
            self.holds[hold] = (payer, most, until)
            raise
        self.posts.append(uid)

    # Lines -------------------------------------------------------------------------------------------------------

    def may_move(self, debit: str, credit: str, amount: int, *, held: bool = False, adjusts: bool = False) -> None:
        if not adjusts:
            self.must_be_open(debit, credit)
        if debit == credit or (not held and self.available(debit) < amount):
            raise Refused
        if credit in CAPS and self.posted[credit] + amount > CAPS[credit]:
            raise Refused

    def move(
        self, uid: str, debit: str, credit: str, amount: int, *, held: bool = False, adjusts: bool = False,
        corrects: str = "",
    ) -> None:  # fmt: skip
        self.may_move(debit, credit, amount, held=held, adjusts=adjusts)
        self.posted[debit] -= amount
        self.posted[credit] += amount
        self.moved[uid] = (debit, credit, amount)
        self._take(uid, debit, amount, corrects)
        self._put(uid, credit, amount, corrects)

    def earn(self, uid: str, debit: str, credit: str, amount: int, *, held: bool = False) -> None:
        """As `move`; what does not fit under the cap goes to the fund first, as the earner's gift."""
        surplus = self.posted[credit] + amount - CAPS[credit]
        gives = 0 < surplus <= self.available(credit)
        if gives:
            self.may_move(credit, "fund", surplus)
            spare = surplus if debit == "fund" else 0
            if not held and self.available(debit) + spare < amount:
                raise Refused
            self.must_be_open(debit)
            self.move(f"{uid}:surplus", credit, "fund", surplus)
        self.move(uid, debit, credit, amount, held=held)
        if gives:
            self.fill()

    def fill(self) -> None:
        """The fund has more than before: who waited longest is paid first.

        Where the fund has too little for the oldest, nobody behind her is paid (in turn, oldest first). But a payee
        who is frozen, or full of minutes that are promised to orders, keeps nobody else waiting: a credit waits "until
        the fund is filled", and it is not for want of the fund that hers does.
        """
        for uid, payee, amount in list(self.waiting):
            if uid in self.moved:
                continue
            if "fund" in self.frozen or payee in self.frozen:
                continue
            surplus = max(0, self.posted[payee] + amount - CAPS[payee])
            can_give = surplus <= self.available(payee)
            if surplus and not can_give:
                continue
            if self.available("fund") + surplus < amount:
                break
            self.earn(uid, "fund", payee, amount)
        self.waiting = [one for one in self.waiting if one[0] not in self.moved]

    # Gifts -------------------------------------------------------------------------------------------------------

    def ask_gift(self, uid: str, giver: str, to: str, amount: int, day: date) -> None:
        mine = [(key, gift) for key, gift in self.gifts.items() if gift.giver == giver and not gift.over]
        today = sum(gift.amount for _key, gift in mine if gift.day == day)
        year = sum(gift.amount for _key, gift in mine if gift.day.year == day.year)
        waits = sum(gift.amount for key, gift in mine if key not in self.moved)
        free = self.posted[giver] - self.held[giver] - waits
        if (giver, to) not in MAY_GIVE or today + amount > DAY_CAP_MIN or year + amount > YEAR_CAP_MIN or amount > free:
            raise Refused
        first = not any(self.moved.get(key, ("", "", 0))[:2] == (giver, to) for key in self.gifts)
        ripe = self.now + timedelta(hours=COOLING_H if first else 0)
        self.gifts[uid] = Gift(giver, to, amount, day, ripe, first and giver in ELDERS)
        if not first:
            self.give(uid)

    def give(self, uid: str) -> None:
        """Given now, or never."""
        gift = self.gifts[uid]
        try:
            self.move(uid, gift.giver, gift.to, gift.amount)
        except Refused:
            gift.over = True

    def waits(self, uid: str) -> bool:
        return uid not in self.moved and not self.gifts[uid].over

    def say_word(self, uid: str, said_yes: bool) -> None:
        gift = self.gifts[uid]
        if not gift.needs_word or gift.said_yes or not self.waits(uid):
            raise Refused
        gift.said_yes, gift.over = said_yes, not said_yes
        if said_yes and gift.ripe <= self.now:
            self.give(uid)

    def call_back(self, uid: str) -> None:
        if uid in self.moved:
            raise Refused
        self.gifts[uid].over = True

    def give_due(self) -> None:
        due = [
            (gift.ripe, uid) for uid, gift in self.gifts.items()
            if self.waits(uid) and gift.ripe <= self.now and (gift.said_yes or not gift.needs_word)
        ]  # fmt: skip
        for _ripe, uid in sorted(due):
            self.give(uid)

    # What lapses ---------------------------------------------------------------------------------------------------

    def _take(self, uid: str, name: str, amount: int, corrects: str) -> None:
        """The oldest is spent first; a correction takes what its own line stored before anything else."""
        if name not in CAPS:
            return
        lots = self.lots[name]
        first = [lots[corrects]] if corrects in lots else []
        took = self.taken[uid] = []
        for lot in first + list(lots.values()):
            part = min(lot.left, amount)
            if part:
                lot.left, amount = lot.left - part, amount - part
                took.append((lot, part))

    def _put(self, uid: str, name: str, amount: int, corrects: str) -> None:
        """A new lot, as old as its line; a correction gives back to where its line took from."""
        if name not in CAPS:
            return
        if corrects not in self.taken:
            self.lots[name][uid] = Lot(self.now.date(), amount)
            return
        for lot, part in self.taken[corrects]:
            lot.left += part

    def lapsing(self, name: str) -> dict[date, int]:
        found: dict[date, int] = {}
        for lot in self.lots[name].values():
            if lot.left:
                day = end_of_next_month(lot.stored)
                found[day] = found.get(day, 0) + lot.left
        return dict(sorted(found.items()))

    def announce(self, name: str) -> int:
        """How many notices were due."""
        today, before = self.now.date(), sum(len(one.told) for one in self.warned.values())
        for day, amount in self.lapsing(name).items():
            if lapse_of(name, day) in self.moved:
                continue
            warned = self.warned.get((name, day))
            if warned is None:
                if today >= day - timedelta(days=FIRST_NOTICE):
                    warned = Warned(max(day, today + timedelta(days=FIRST_NOTICE)))
                    warned.told[FIRST_NOTICE] = (amount, self.now + timedelta(days=FIRST_NOTICE))
                    self.warned[name, day] = warned
            elif LAST_NOTICE not in warned.told and today >= warned.day - timedelta(days=LAST_NOTICE):
                told = min(amount, warned.told[FIRST_NOTICE][0])
                warned.told[LAST_NOTICE] = (told, self.now + timedelta(days=LAST_NOTICE))
        return sum(len(one.told) for one in self.warned.values()) - before

    def expire(self, name: str, day: date) -> None:
        if lapse_of(name, day) in self.moved:
            return
        told = self.warned[name, day].told if (name, day) in self.warned else {}
        if len(told) < 2 or any(ripe > self.now for _amount, ripe in told.values()):
            raise Refused
        amount = min(self.lapsing(name).get(day, 0), self.available(name), *(amount for amount, _ripe in told.values()))
        if amount <= 0:
            raise Refused
        self.move(lapse_of(name, day), name, "expiry", amount)


def end_of_next_month(day: date) -> date:
    """The first day on which what was stored then is no longer good."""
    return (day.replace(day=1) + timedelta(days=70)).replace(day=1)


def lapse_of(name: str, day: date) -> str:
    return f"expire:{name}:{day:%Y%m}"
