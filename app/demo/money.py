"""The minutes of the demo's past: where they came from, and how each order held and stored them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.db import session
from app.demo.book import Book, Hold, Purse
from app.demo.place import COMMUNITY, ZONE
from app.demo.rows import Moment
from app.ledger.limits import LARGEST_STORE_MIN
from app.ledger.models import AccountKind, AwaitedCredit, Phase, TransferKind
from app.ledger.posting import Words
from app.ledger.seeding import listed_elders
from app.ledger.service import ADJUSTMENT_BUDGET_MIN
from app.needs.models import NeedPlace
from app.rulepacks.queries import setting

AREA = "4205"
HOLD_LASTS = timedelta(days=30)
FUND_MIN, FUND_EVERY = 15_000, timedelta(days=28)
GIFTS_TO_FUND = 6


@dataclass
class Money:
    """The purses of everyone in the demo, and the rules by which an order finds its payer."""

    book: Book
    opened_at: datetime
    deciders: tuple[str, str]  # who proposes and who approves new minutes
    dice: Random
    fund: Purse = field(init=False)
    clearing: Purse = field(init=False)
    holds: dict[str, Hold] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    seed_used: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    entitled: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        open_ = self.book.purse
        self.clearing = open_(AccountKind.CLEARING, AREA, at=self.opened_at, cap=0)
        open_(AccountKind.EXPIRY, AREA, at=self.opened_at)
        open_(
            AccountKind.ADJUSTMENT, AREA, at=self.opened_at, label=f"{self.opened_at:%Y-%m}",
            floor=-ADJUSTMENT_BUDGET_MIN,
        )  # fmt: skip
        self.fund = open_(AccountKind.COMMUNITY_FUND, COMMUNITY, at=self.opened_at)
        on = self.opened_at.date()
        self.monthly = int(setting(COMMUNITY, "seed_min_per_person_month", on=on))
        self.entitled = set(listed_elders(COMMUNITY, on))

    def issuance(self, at: datetime) -> Purse:
        """The year's source of new minutes; its floor is the budget."""
        year = at.astimezone(ZoneInfo(ZONE)).year
        budget = int(setting(COMMUNITY, "seed_budget_min_per_community_year", on=date(year, 1, 1)))
        return self.book.purse(
            AccountKind.ISSUANCE, COMMUNITY, at=self.opened_at, label=str(year), floor=-budget, cap=0
        )

    def person(self, person_id: str) -> Purse:
        return self.book.purse(AccountKind.PERSON, person_id, at=self.opened_at, cap=LARGEST_STORE_MIN)

    def open(self, person_ids: Iterable[str]) -> None:
        """A passbook for each of these people."""
        for person_id in person_ids:
            self.person(person_id)

    # new minutes -------------------------------------------------------------------------------------------------

    def seed(self, at: datetime, uid: str, to: Purse, amount: int) -> None:
        """New minutes on the word of two people."""
        kind, budget = TransferKind.SEED, self.issuance(at)
        self.book.agree(self.deciders, at=at, uid=uid, kind=kind, debit=budget, credit=to, amount=amount)
        self.book.transfer(at=at, by=self.deciders[0], uid=uid, kind=kind, debit=budget, credit=to, amount=amount)

    def first_fillings(self, elders: Iterable[str], until: datetime) -> list[tuple[datetime, Callable[[], None]]]:
        """What fills the purses: the fund every four weeks, and a little for some elders at the start."""
        acts: list[tuple[datetime, Callable[[], None]]] = []
        when, number = self.opened_at + timedelta(hours=1), 1
        while when < until:
            acts.append((when, self._later(when, f"seed:{COMMUNITY}:fund:{number}", self.fund, FUND_MIN)))
            when, number = when + FUND_EVERY, number + 1
        start = self.opened_at + timedelta(hours=2)
        for elder_id in elders:
            amount = self.dice.choice((120, 180, 240, 360, 480))
            acts.append((start, self._later(start, f"seed:person:{elder_id}", self.person(elder_id), amount)))
        return acts

    def _later(self, at: datetime, uid: str, to: Purse, amount: int) -> Callable[[], None]:
        return lambda: self.seed(at, uid, to, amount)

    def give(self, at: datetime, person_id: str, minutes: int) -> None:
        """A volunteer gives some of her minutes to the fund, if she has that many."""
        giver = self.person(person_id)
        if giver.available >= minutes:
            self.book.transfer(
                at=at, uid=f"donate:{person_id}:{at:%Y%m%d}", kind=TransferKind.DONATE, debit=giver, credit=self.fund,
                amount=minutes, by=person_id,
            )  # fmt: skip

    # an order's minutes ------------------------------------------------------------------------------------------

    def move(self, moment: Moment) -> None:
        """Hold, store or give back, as the moment says."""
        {"hold": self._hold, "post": self._post, "void": self._void}[moment.what](moment)

    def _words(self, moment: Moment) -> Words:
        return Words(
            item_code=moment.order.kind.code, visit_id=moment.visit_id or None, elder_id=moment.order.client.id
        )

    def _hold(self, moment: Moment) -> None:
        uid, minutes = f"order:{moment.need_id}:hold:{moment.place}", moment.order.duration
        payer = self._payer(moment, minutes)
        if payer is None:
            self.refused.add(uid)
            return
        self.holds[uid] = Hold(uid, minutes, payer)
        self.book.transfer(
            at=moment.at, uid=uid, kind=TransferKind.SERVICE, phase=Phase.HOLD, debit=payer, credit=self.clearing,
            amount=minutes, expires_at=max(self.book.at, moment.at).replace(microsecond=0) + HOLD_LASTS,
            by=moment.order.placed_by, words=self._words(moment),
        )  # fmt: skip

    def _payer(self, moment: Moment, minutes: int) -> Purse | None:
        """The fund for an entitled elder up to her monthly minutes (and the second of two helpers), then her own
        passbook, then the fund."""
        elder = moment.order.client.id
        month = (elder, f"{moment.at:%Y-%m}")
        has_right = moment.place == 1 and elder in self.entitled
        if has_right and self.seed_used[month] + minutes <= self.monthly and self.fund.available >= minutes:
            self.seed_used[month] += minutes
            return self.fund
        own = self.person(elder)
        order = (own, self.fund) if moment.place == 1 else (self.fund, own)
        return next((purse for purse in order if purse.available >= minutes), None)

    def _post(self, moment: Moment) -> None:
        hold = self.holds.pop(f"order:{moment.need_id}:hold:{moment.place}", None)
        payee = self.person(moment.payee_id)
        if hold is not None:
            self.book.transfer(
                at=moment.at, uid=f"visit:{moment.visit_id}:post", kind=TransferKind.SERVICE, phase=Phase.POST,
                debit=hold.payer, credit=payee, amount=moment.minutes, hold=hold, words=self._words(moment),
            )  # fmt: skip
            return
        uid, words = f"visit:{moment.visit_id}:late", self._words(moment)
        if self.fund.available >= moment.minutes:
            self.book.transfer(
                at=moment.at, uid=uid, kind=TransferKind.LATE_CREDIT, debit=self.fund, credit=payee,
                amount=moment.minutes, words=words,
            )  # fmt: skip
            return
        session.add(
            AwaitedCredit(
                uid=uid, ledger_id=AREA, payee_account_id=payee.id, fund_account_id=self.fund.id,
                amount=moment.minutes, created_at=moment.at,
            )
        )  # fmt: skip

    def _void(self, moment: Moment) -> None:
        uid = f"order:{moment.need_id}:hold:{moment.place}"
        hold = self.holds.pop(uid, None)
        if hold is not None:
            self.book.transfer(
                at=moment.at, uid=f"{uid}:void", kind=TransferKind.SERVICE, phase=Phase.VOID, debit=hold.payer,
                credit=self.clearing, amount=hold.amount, hold=hold,
            )  # fmt: skip

    def forget_refused(self) -> None:
        """Orders that nobody could pay keep no hold."""
        for uid in self.refused:
            place = session.scalars(select(NeedPlace).where(NeedPlace.hold_uid == uid)).one()
            place.hold_uid = None
        session.flush()
