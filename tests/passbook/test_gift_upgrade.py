"""A running site: its gift orders get a number and the cap of their year, and are held from then on."""

from datetime import date
from typing import Any

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from app.config import ROOT
from app.db import db, transaction
from app.db import session as database
from app.ledger.guards import missing_guards
from app.passbook.gifts import ask_gift, call_back, give_due
from app.passbook.models import GiftEnd, GiftOrder
from tests.factories import COMMUNITY, make_rule
from tests.passbook.conftest import Family
from tests.passbook.test_attacks import order
from tests.passbook.test_cap_races import past_the_code

ELSEWHERE = "420602001001"
FOLDER = str(ROOT / "migrations")


def orders() -> list[tuple[str, int, int]]:
    database.rollback()
    rows = select(GiftOrder.uid, GiftOrder.nr, GiftOrder.year_cap_min).order_by(GiftOrder.giver_id, GiftOrder.nr)
    return [tuple(row) for row in database.execute(rows)]


def test_orders_of_before_are_numbered_and_capped(app: Flask, stored: Family, clock: Any) -> None:
    family = stored
    with transaction():
        make_rule(COMMUNITY, {"gift_cap_min_per_year": 50}, date(2026, 6, 18))
        ask_gift(family.bo, uid="gift:b", to=family.wu.id, minutes=2)
        ask_gift(family.chen, uid="gift:c", to=family.husband.id, minutes=2)
    clock.forward(hours=24)
    with transaction():
        give_due()
        ask_gift(family.bo, uid="gift:a", to=family.wu.id, minutes=3)
    clock.forward(hours=24)
    with transaction():
        ask_gift(family.chen, uid="gift:d", to=family.husband.id, minutes=4)
        call_back(family.chen, "gift:d")
        ask_gift(family.bo, uid="gift:0", to=family.wu.id, minutes=1)
    before = orders()
    assert {uid: (nr, cap) for uid, nr, cap in before} == {
        "gift:b": (1, 6000), "gift:a": (2, 6000), "gift:0": (3, 50), "gift:c": (1, 6000), "gift:d": (2, 50),
    }  # fmt: skip
    database.remove()
    db.engine.dispose()
    downgrade(directory=FOLDER, revision="0007")
    upgrade(directory=FOLDER)
    assert orders() == before
    assert missing_guards(database.connection()) == []
    database.rollback()
    beyond = order(family, uid="gift:beyond", amount=45, year_cap_min=50)
    database.rollback()
    assert past_the_code(app, [lambda: database.add(beyond)]) == [False]


def test_who_moved_since_keeps_what_was_right(app: Flask, stored: Family, clock: Any) -> None:
    """Bo's gifts of this year are more than the rule of his new home allows; the one that waits is still given."""
    family = stored
    with transaction():
        make_rule(ELSEWHERE, {"gift_cap_min_per_year": 4}, date(2026, 6, 1))
        ask_gift(family.bo, uid="gift:a", to=family.wu.id, minutes=3)
        ask_gift(family.bo, uid="gift:b", to=family.wu.id, minutes=2)
        ask_gift(family.bo, uid="gift:c", to=family.wu.id, minutes=9)
        call_back(family.bo, "gift:c")
        family.bank.people.bo.unit_code = ELSEWHERE
    database.remove()
    db.engine.dispose()
    downgrade(directory=FOLDER, revision="0007")
    upgrade(directory=FOLDER)
    assert orders() == [("gift:a", 1, 5), ("gift:b", 2, 5), ("gift:c", 3, 9)]
    clock.forward(hours=24)
    with transaction():
        assert give_due() == ["gift:a", "gift:b"]
    assert database.query(GiftEnd).count() == 1
