"""Several phones and desks at the same stored time: it is given, settled and redeemed once, and nothing is lost."""

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock as wall
from app.db import session as database
from app.db import transaction
from app.desk import keeping
from app.errors import DomainError
from app.ledger import service
from app.ledger.errors import NotEnoughMinutes
from app.ledger.models import Transfer, TransferKind, Unit
from app.ledger.nominating_queries import nominations_of
from app.ledger.posting import transfer
from app.ledger.queries import person_account
from app.passbook.gifts import ask_gift, call_back, give_due
from app.passbook.models import GiftEnd
from app.passbook.nominating import nominate
from tests.factories import COMMUNITY, ZONE, make_rule
from tests.passbook.conftest import Family, make_family
from tests.people import Cast
from tests.support.racing import all_at_once

AT_ONCE = 6


@pytest.fixture
def home(cast: Cast, clock: Any) -> Family:
    """The family, stored; Bo has given his mother five minutes before, so that the next gift goes at once."""
    with transaction():
        family = make_family(cast)
        ask_gift(family.bo, uid="gift:0", to=family.wu.id, minutes=5)
    clock.forward(hours=24)
    with transaction():
        give_due()
    return family


def moved(kind: TransferKind) -> list[str]:
    database.rollback()
    return list(database.scalars(select(Transfer.uid).where(Transfer.kind == kind).order_by(Transfer.seq)))


def test_the_same_minutes_are_given_once(app: Flask, home: Family) -> None:
    actor, to = home.bo, home.wu.id
    results = all_at_once(app, [partial(ask_gift, actor, uid=f"gift:{n}", to=to, minutes=20) for n in range(1, 4)])
    assert sum(isinstance(one, NotEnoughMinutes) for one in results) == 2
    assert len(moved(TransferKind.GIFT)) == 2
    assert (home.posted(home.bank.people.bo), home.posted(home.wu)) == (5, 25)


def test_one_gift_from_many_phones_is_one_line(app: Flask, home: Family) -> None:
    actor, to = home.bo, home.wu.id
    results = all_at_once(app, [partial(ask_gift, actor, uid="gift:1", to=to, minutes=3)] * AT_ONCE)
    assert not any(isinstance(one, DomainError) for one in results)
    assert moved(TransferKind.GIFT) == ["gift:0", "gift:1"]
    assert home.posted(home.wu) == 8


def test_a_gift_is_given_or_called_back_and_never_both(app: Flask, cast: Cast, clock: Any) -> None:
    with transaction():
        family = make_family(cast)
        actor = family.bo
        ask_gift(actor, uid="gift:1", to=family.wu.id, minutes=20)
    clock.forward(hours=24)
    all_at_once(app, [give_due, partial(call_back, actor, "gift:1"), give_due])
    database.rollback()
    ended = database.get(GiftEnd, "gift:1") is not None
    assert (transfer("gift:1") is not None) != ended
    assert both(family) == 30


def both(family: Family) -> int:
    return family.posted(family.bank.people.bo) + family.posted(family.wu)


def test_what_somebody_leaves_is_settled_once_whatever_she_says_meanwhile(app: Flask, home: Family) -> None:
    people, actor = home.bank.people, home.bo
    with transaction():
        nominate(actor, nominee_id=home.wu.id)
        wus = person_account(home.wu.id)
        assert wus is not None
        service.propose_settlement(uid="settle:bo", of=home.bank.bo, to=wus.id, by=people.lin.id)
    deciders = [people.approver.id, people.auditor.id, people.admin.id]
    works = [partial(service.approve, uid="settle:bo", by=by) for by in deciders]
    all_at_once(app, [*works, partial(nominate, actor, nominee_id=None)])
    assert moved(TransferKind.SETTLE) == ["settle:bo"]
    assert (home.posted(people.bo), home.posted(home.wu)) == (0, 30)
    assert [said.nominee_id for said in nominations_of(people.bo.id)] == [None, home.wu.id]


def test_a_gift_and_a_settlement_do_not_move_the_same_minutes(app: Flask, home: Family) -> None:
    people, actor, to = home.bank.people, home.bo, home.wu.id
    with transaction():
        service.propose_settlement(uid="settle:bo", of=home.bank.bo, to=home.bank.fund, by=people.lin.id)
    all_at_once(
        app,
        [
            partial(ask_gift, actor, uid="gift:1", to=to, minutes=20),
            partial(service.approve, uid="settle:bo", by=people.approver.id),
        ],
    )
    done = moved(TransferKind.SETTLE) + moved(TransferKind.GIFT)
    assert len(done) == 2  # the first gift, and one of the two
    assert home.posted(people.bo) == (0 if "settle:bo" in done else 5)


def test_the_last_minutes_are_redeemed_once(app: Flask, home: Family) -> None:
    people = home.bank.people
    with transaction():
        make_rule(COMMUNITY, {"exchange_for_goods": True}, wall.today(ZONE))
        lin = people.actor(people.lin)
        shop = keeping.open_shop(lin, COMMUNITY, name="小卖部", where="1栋")
        offer = keeping.add_offer(lin, shop.id, name="毛巾", unit=Unit.MINUTE, price=20).id
    works = [partial(keeping.take, home.bo, offer, nonce) for nonce in ("a", "a", "b", "b")]
    all_at_once(app, works)
    assert len(moved(TransferKind.REDEEM)) == 1
    assert home.posted(people.bo) == 5
    assert database.scalar(select(func.count()).where(Transfer.kind == TransferKind.REDEEM)) == 1
