"""Long random lives of a small bank, beside a model of it in plain Python (model.py): they never differ.

After each step every balance is compared, and at the end of a life the books are proved from their first line.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from app import clock as wall
from app.db import session, transaction
from app.desk import keeping
from app.desk.models import Shop
from app.desk.queries import offers_of
from app.errors import DomainError
from app.ledger import service
from app.ledger.errors import NotEnoughMinutes
from app.ledger.lapsing import announce, expire
from app.ledger.models import Account, AccountKind, Unit
from app.ledger.opening import ADJUSTMENT_BUDGET_MIN, adjustment_of, expiry_of
from app.ledger.posting import account
from app.ledger.queries import issuance_of
from app.ledger.redeeming import redeem, shop_account
from app.ledger.verify import verify
from app.passbook import gifts, pools
from app.people.models import Delegation, Relation
from tests.conftest import Tell
from tests.factories import COMMUNITY, ZONE, acting, make_rule
from tests.ledger.model import CAPS, FIRST_NOTICE, LAST_NOTICE, MAY_GIVE, Model, Refused
from tests.people import GRID3, Cast

PRICES = (10, 35, 80)
SEED = 20261125  # TRIAL_SEED and TRIAL_LIVES (how many) let several machines share a full run
LIVES = {"sqlite": (2000, 200), "postgresql": (300, 100)}
PEOPLE = tuple(CAPS)
NAMES = (*PEOPLE, "fund")
PAYERS = (*NAMES, "pool")
PAIRS = (*sorted(MAY_GIVE), ("chen", "bo"))  # she may not give to him: a child is not in the circle
names, people, amounts, picks = (
    st.sampled_from(NAMES), st.sampled_from(PEOPLE), st.integers(1, 130), st.integers(0, 10**6),
)  # fmt: skip


@dataclass
class Tally:
    """What the lives came to: whether each call that may be refused was accepted, and how many lines by their name."""

    calls: list[bool] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)


def lives(people_of: Cast, travel: Any, tally: Tally, shop: Shop, pool: str) -> type[RuleBasedStateMachine]:
    """The machine on the bank as it stands in the database; each life is rolled back."""
    today = wall.today(ZONE)
    issuance = issuance_of(GRID3, on=today)
    fund = service.ensure_accounts_for_unit(GRID3, on=today)
    assert issuance is not None
    owners = {name: getattr(people_of, name).id for name in PEOPLE}
    ids = {name: service.ensure_person_account(owner).id for name, owner in owners.items()}
    offers = offers_of(shop.id)
    sink = adjustment_of(fund.ledger_id, on=today)
    ids |= {"fund": fund.id, "issuance": issuance.id, "adjustment": sink.id, "shop": shop_account(shop, Unit.MINUTE).id}
    ids |= {"expiry": expiry_of(fund.ledger_id, Unit.MINUTE).id, "pool": pool_of(pool).id}
    acts = {name: acting(getattr(people_of, name)) for name in ("chen", "bo", "lin")}
    budget, start = -issuance.floor_min, wall.now()
    lin, approver, auditor = people_of.lin.id, people_of.approver.id, people_of.auditor.id
    stands = select(Account.id, Account.posted, Account.held).where(Account.id.in_(ids.values()))

    def in_the_bank(uid: str) -> str:
        """What lapses is named by the account there, and by the person in the model."""
        word, _, rest = uid.partition(":")
        name, _, month = rest.partition(":")
        return f"expire:{ids[name]}:{month}" if word == "expire" else uid

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            session.rollback()
            session.info["acting"] = True
            travel.move_to(start)
            below_zero = {"issuance": budget, "adjustment": ADJUSTMENT_BUDGET_MIN}
            self.model = Model(fund=200, chen=120, below_zero=below_zero, now=start)
            self.count = 0

        def teardown(self) -> None:
            findings = [str(one) for one in verify().findings if one.invariant != "I12"]  # visits have no rows here
            session.rollback()
            session.info.pop("acting", None)
            tally.lines.update(uid.partition(":")[0] for uid in self.model.moved)
            assert findings == []

        def uid(self, word: str) -> str:
            self.count += 1
            return f"{word}:{self.count:05}"  # in the order of time, as what waits is paid

        def both(self, in_model: Callable[[], None], in_bank: Callable[[], Any]) -> Any:
            """The act on either side: both take it or both refuse it."""
            try:
                in_model()
                taken = True
            except Refused:
                taken = False
            tally.calls.append(taken)
            try:
                with session.begin_nested():
                    result = in_bank()
                refused = None
            except DomainError as error:
                result, refused = None, error
            assert taken or refused, "the bank took what the rules refuse"
            assert not (taken and refused), f"the bank refused what the rules allow: {refused}"
            return result

        def pick(self, things: Any, at: int) -> Any:
            listed = sorted(things)
            return listed[at % len(listed)]

        @rule(payer=st.sampled_from(PAYERS), amount=amounts, days=st.integers(1, 9))
        def hold(self, payer: str, amount: int, days: int) -> None:
            uid, until = self.uid("hold"), wall.now() + timedelta(days=days)
            self.both(
                lambda: self.model.hold(uid, payer, amount, until),
                lambda: service.hold(uid=uid, payer=ids[payer], minutes=amount, expires_at=until),
            )

        @rule(order=st.permutations(PAYERS), amount=amounts)
        def hold_from_first(self, order: list[str], amount: int) -> None:
            uid, until = self.uid("hold"), wall.now() + timedelta(days=3)
            can = [name for name in order
                   if name not in self.model.frozen and self.model.available(name) >= amount]  # fmt: skip
            kept = service.hold_from_first(
                uid=uid, payers=[ids[name] for name in order], minutes=amount, expires_at=until
            )
            assert (kept.debit_account_id if kept else None) == (ids[can[0]] if can else None)
            if can:
                self.model.hold(uid, can[0], amount, until)

        @precondition(lambda self: self.model.holds)
        @rule(at=picks, payee=people, amount=amounts)
        def post(self, at: int, payee: str, amount: int) -> None:
            hold, uid = self.pick(self.model.holds, at), self.uid("post")
            self.both(
                lambda: self.model.post(hold, uid, payee, amount),
                lambda: service.post(hold_uid=hold, uid=uid, payee=ids[payee], minutes=amount),
            )

        @precondition(lambda self: self.model.holds)
        @rule(at=picks)
        def void(self, at: int) -> None:
            hold = self.pick(self.model.holds, at)
            self.both(lambda: self.model.void(hold), lambda: service.void(hold_uid=hold, uid=f"{hold}:void"))

        @rule(giver=people, amount=amounts)
        def donate(self, giver: str, amount: int) -> None:
            uid = self.uid("donate")

            def rules() -> None:
                self.model.move(uid, giver, "fund", amount)
                self.model.fill()

            self.both(
                rules,
                lambda: service.donate(uid=uid, giver=ids[giver], fund=ids["fund"], minutes=amount, by=owners[giver]),
            )

        @rule(payee=people, amount=amounts)
        def serve_without_a_hold(self, payee: str, amount: int) -> None:
            visit = self.uid("v").replace(":", "")
            uid = f"visit:{visit}:late"

            def rules() -> None:
                if not self.model.waiting:
                    try:
                        self.model.earn(uid, "fund", payee, amount)
                    except Refused:
                        pass
                    else:
                        return
                self.model.waiting.append((uid, payee, amount))

            self.both(
                rules,
                lambda: service.pay_visit(
                    visit_id=visit, hold_uid=None, payee=ids[payee], fund=ids["fund"], minutes=amount
                ),
            )

        @precondition(lambda self: self.model.posts)
        @rule(at=picks, amount=amounts)
        def overrun(self, at: int, amount: int) -> None:
            post = self.model.posts[at % len(self.model.posts)]
            payer, payee, _amount = self.model.moved[post]
            uid = f"{post}:overrun"
            if uid in self.model.moved:
                return

            def rules() -> None:
                if payee == "chen":  # it is she who says so, and nobody does for her own minutes
                    raise Refused
                self.model.earn(uid, payer, payee, amount)

            self.both(
                rules,
                lambda: service.overrun(post_uid=post, uid=uid, minutes=amount, by=owners["chen"]),
            )

        @precondition(lambda self: self.model.posts)
        @rule(at=picks, amount=amounts)
        def bonus(self, at: int, amount: int) -> None:
            post = self.model.posts[at % len(self.model.posts)]
            _payer, payee, _amount = self.model.moved[post]
            uid = f"{post}:bonus"
            if uid in self.model.moved:
                return

            def paid() -> Any:
                done = service.bonus(post_uid=post, uid=uid, fund=ids["fund"], minutes=amount)
                if done is None:
                    raise NotEnoughMinutes(available=0, wanted=amount)
                return done

            self.both(lambda: self.model.earn(uid, "fund", payee, amount), paid)

        @rule(name=people, amount=amounts, gives=st.booleans())
        def adjust(self, name: str, amount: int, gives: bool) -> None:
            uid = self.uid("adjust")
            debit, credit = (name, "adjustment") if gives else ("adjustment", name)
            self.both(
                lambda: self.model.move(uid, debit, credit, amount, adjusts=True),
                lambda: service.adjust(
                    uid=uid, debit=ids[debit], credit=ids[credit], minutes=amount, people=[lin, approver, auditor]
                ),
            )

        @rule(name=people, to=names, amount=amounts, wholly=st.booleans())
        def settle(self, name: str, to: str, amount: int, wholly: bool) -> None:
            uid, amount = self.uid("settle"), max(1, self.model.available(name)) if wholly else amount

            def rules() -> None:
                self.model.move(uid, name, to, amount)
                if to == "fund":
                    self.model.fill()

            self.both(
                rules,
                lambda: service.settle(uid=uid, of=ids[name], to=ids[to], minutes=amount, people=[lin, approver]),
            )

        @rule(name=people, nth=st.integers(0, len(PRICES) - 1))
        def redeem(self, name: str, nth: int) -> None:
            uid, offer = self.uid("redeem"), offers[nth]
            self.both(
                lambda: self.model.move(uid, name, "shop", offer.price),
                lambda: redeem(uid=uid, owner_id=owners[name], offer=offer, on=today),
            )

        @precondition(lambda self: self.model.moved)
        @rule(at=picks)
        def correct(self, at: int) -> None:
            wrong = self.pick(self.model.moved, at)
            debit, credit, amount = self.model.moved[wrong]
            uid = self.uid("correct")

            def rules() -> None:
                if wrong in self.model.corrected or wrong.startswith("correct"):
                    raise Refused
                self.model.move(uid, credit, debit, amount, corrects=wrong)
                self.model.corrected.add(wrong)
                if debit == "fund":
                    self.model.fill()

            self.both(rules, lambda: service.reverse(uid=uid, of=in_the_bank(wrong), by=lin, approver=approver))

        @rule(to=st.sampled_from(("chen", "fund")), amount=amounts)
        def seed(self, to: str, amount: int) -> None:
            uid = self.uid("seed")

            def rules() -> None:
                self.model.move(uid, "issuance", to, amount)
                if to == "fund":
                    self.model.fill()

            self.both(
                rules,
                lambda: service.seed(
                    uid=uid, issuance=ids["issuance"], to=ids[to], minutes=amount, approvers=[lin, approver]
                ),
            )

        @precondition(lambda self: self.model.moved)
        @rule(at=picks)
        def repeat(self, at: int) -> None:
            """The same act again is the same line; other content under its name is refused."""
            uid = self.pick(self.model.moved, at)
            if not uid.startswith("donate:"):
                return
            giver, _fund, amount = self.model.moved[uid]
            give = {"uid": uid, "giver": ids[giver], "fund": ids["fund"], "by": owners[giver]}
            assert service.donate(minutes=amount, **give).uid == uid
            self.model.fill()
            with pytest.raises(DomainError):
                service.donate(minutes=amount + 1, **give)

        @rule(name=people)
        def freeze_or_open(self, name: str) -> None:
            frozen = name in self.model.frozen
            change = service.unfreeze if frozen else service.freeze
            change(account_id=ids[name], by=lin, reason="looked into")
            self.model.frozen ^= {name}
            if frozen and any(payee == name for _uid, payee, _amount in self.model.waiting):
                self.model.fill()

        @rule(pair=st.sampled_from(PAIRS), amount=amounts)
        def ask_gift(self, pair: tuple[str, str], amount: int) -> None:
            uid, (giver, to) = self.uid("gift"), pair
            receiver = pool if to == "pool" else owners[to]
            self.both(
                lambda: self.model.ask_gift(uid, giver, to, amount, wall.today(ZONE)),
                lambda: gifts.ask_gift(acts[giver], uid=uid, to=receiver, minutes=amount),
            )

        @precondition(lambda self: self.model.gifts)
        @rule(at=picks)
        def call_back(self, at: int) -> None:
            uid = self.pick(self.model.gifts, at)
            giver = self.model.gifts[uid].giver
            self.both(lambda: self.model.call_back(uid), lambda: gifts.call_back(acts[giver], uid))

        @precondition(lambda self: any(gift.needs_word for gift in self.model.gifts.values()))
        @rule(at=picks, yes=st.booleans())
        def say_word(self, at: int, yes: bool) -> None:
            uid = self.pick([uid for uid, gift in self.model.gifts.items() if gift.needs_word], at)
            self.both(
                lambda: self.model.say_word(uid, yes),
                lambda: gifts.say_word(acts["lin"], uid, said_yes=yes, how="door"),
            )

        @rule(pair=st.sampled_from(sorted(MAY_GIVE)), share=st.integers(1, 4))
        def a_gift_takes_its_course(self, pair: tuple[str, str], share: int) -> None:
            """Asked for with what she has, said yes to where that is asked, and given when its time has come."""
            uid, (giver, to) = self.uid("gift"), pair
            amount = (self.model.posted[giver] - self.model.held[giver]) // share
            if not 0 < amount <= 130:
                return
            receiver = pool if to == "pool" else owners[to]
            self.both(
                lambda: self.model.ask_gift(uid, giver, to, amount, wall.today(ZONE)),
                lambda: gifts.ask_gift(acts[giver], uid=uid, to=receiver, minutes=amount),
            )
            gift = self.model.gifts.get(uid)
            if gift is not None and gift.needs_word:
                self.both(
                    lambda: self.model.say_word(uid, True),
                    lambda: gifts.say_word(acts["lin"], uid, said_yes=True, how="door"),
                )
            self.time_passes(days=2)
            self.gifts_come_due()

        @rule()
        def gifts_come_due(self) -> None:
            gifts.give_due()
            self.model.give_due()

        @rule(name=people)
        def announce_what_lapses(self, name: str) -> None:
            told = announce(account(ids[name]), months=1, notice_days=[FIRST_NOTICE, LAST_NOTICE])
            assert len(told) == self.model.announce(name)

        @rule(name=people)
        def what_is_old_lapses(self, name: str) -> None:
            """Warned of twice, each time in time, unless it is spent meanwhile."""
            for days in (45, FIRST_NOTICE, LAST_NOTICE + 1):
                self.announce_what_lapses(name=name)
                self.weeks_pass(days=days)
            for at in range(len(self.model.warned)):
                self.lapse(at=at)

        @precondition(lambda self: self.model.warned)
        @rule(at=picks)
        def lapse(self, at: int) -> None:
            name, day = self.pick(self.model.warned, at)
            self.both(
                lambda: self.model.expire(name, day),
                lambda: expire(account(ids[name]), lapses_on=day, months=1),
            )

        @rule(days=st.integers(0, 2))
        def time_passes(self, days: int) -> None:
            travel.forward(days=days, minutes=1)
            self.model.now = wall.now()

        @rule(days=st.integers(5, 20))
        def weeks_pass(self, days: int) -> None:
            travel.forward(days=days)
            self.model.now = wall.now()

        @rule()
        def the_hour_strikes(self) -> None:
            service.pay_all_awaited()
            self.model.fill()

        @rule()
        def overdue_holds_go_back(self) -> None:
            service.void_overdue(at=wall.now())
            for uid, (_payer, _amount, until) in list(self.model.holds.items()):
                if until < wall.now():
                    self.model.void(uid)

        @invariant()
        def balances_agree(self) -> None:
            stored = {key: (posted, held) for key, posted, held in session.execute(stands)}
            for name, key in ids.items():
                assert stored[key] == (self.model.posted[name], self.model.held[name]), name
            assert sum(self.model.posted.values()) == 0

    return Life


def a_shop(people_of: Cast) -> Shop:
    """A shop in a community whose rules let stored time be redeemed."""
    make_rule(COMMUNITY, {"exchange_for_goods": True}, wall.today(ZONE))
    lin = people_of.actor(people_of.lin)
    shop = keeping.open_shop(lin, COMMUNITY, name="小卖部", where="1栋")
    for price in PRICES:
        keeping.add_offer(lin, shop.id, name=f"{price}", unit=Unit.MINUTE, price=price)
    shop_account(shop, Unit.MINUTE)
    return shop


def a_family(people_of: Cast) -> str:
    """Bo is Aunt Chen's child, and both are in the family's pool, from which she is served."""
    session.add(
        Delegation(
            elder_id=people_of.chen.id, relative_id=people_of.bo.id, relation=Relation.CHILD, consent_how="door",
            recorded_by=people_of.guo.id, since=wall.now(),
        )
    )  # fmt: skip
    session.flush()
    pool = pools.open_pool(acting(people_of.chen))
    pools.ask_in(acting(people_of.chen), pool.id, person_id=people_of.bo.id, draws=False)
    pools.agree(acting(people_of.bo), pool.id)
    return pool.owner


def pool_of(owner: str) -> Account:
    return session.scalars(select(Account).where(Account.owner_id == owner)).one()


def test_random_lives_never_differ_from_the_rules(
    session: Any, cast: Cast, clock: Any, engine: str, full: bool, tell: Tell
) -> None:
    with transaction():
        fund = service.ensure_accounts_for_unit(GRID3, on=wall.today(ZONE))
        for name, cap in CAPS.items():
            service.open_account(
                ledger_id=fund.ledger_id, kind=AccountKind.PERSON, owner_id=getattr(cast, name).id, cap_min=cap
            )
        issuance = issuance_of(GRID3, on=wall.today(ZONE))
        chen = service.ensure_person_account(cast.chen.id)
        assert issuance is not None
        for uid, to, minutes in (("seed:fund", fund, 200), ("seed:chen", chen, 120)):
            service.seed(uid=uid, issuance=issuance.id, to=to.id, minutes=minutes,
                         approvers=[cast.lin.id, cast.approver.id])  # fmt: skip
        shop, pool = a_shop(cast), a_family(cast)
        expiry_of(fund.ledger_id, Unit.MINUTE)
    number, steps = LIVES[engine] if full else (8, 30)
    number, first = int(os.environ.get("TRIAL_LIVES", number)), int(os.environ.get("TRIAL_SEED", SEED))
    tally = Tally()
    machine = seed(first)(lives(cast, clock, tally, shop, pool))
    begun = time.process_time()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=number, stateful_step_count=steps, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    tell(
        f"lives, {engine}, seed {first}: {number} x {steps} steps, {len(tally.calls)} calls that may be refused,"
        f" {sum(tally.calls) / len(tally.calls):.0%} accepted, no difference; {time.process_time() - begun:.0f} s;"
        f" lines {dict(sorted(tally.lines.items()))}"
    )
    assert sum(tally.calls) >= 0.3 * len(tally.calls), "most steps were refused: the lives say little"
    assert not full or tally.lines.keys() >= {"gift", "expire", "post", "settle"}, "something never happened"
