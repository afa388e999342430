"""Stored time that lapses: by the rules only, oldest first, after two notices in good time, never what was promised."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock as wall
from app.db import session as database
from app.db import transaction
from app.desk.lapses import accounts_due, go_round
from app.ledger import service
from app.ledger.errors import NotAnnounced
from app.ledger.lapsing import lapses, last_day, lots
from app.ledger.models import Account, ExpiryNotice, Transfer
from app.notices.models import Notice
from tests.ledger.conftest import Bank

Rule = Callable[..., None]


def give(desk: Bank, uid: str, minutes: int) -> None:
    service.donate(uid=uid, giver=desk.bo, fund=desk.fund, minutes=minutes, by=desk.people.bo.id)


def earn(desk: Bank, uid: str, minutes: int) -> Transfer:
    return service.late_credit(uid=uid, fund=desk.fund, payee=desk.bo, minutes=minutes)


def account(desk: Bank) -> Account:
    database.expire_all()
    return database.get_one(Account, desk.bo)


@pytest.mark.parametrize(
    ("at", "months", "day"),
    [
        (date(2026, 6, 10), 12, date(2027, 7, 1)),
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2026, 11, 1), 12, date(2027, 12, 1)),
        (date(2026, 12, 31), 12, date(2028, 1, 1)),
    ],
)
def test_what_was_stored_is_good_to_the_end_of_its_last_month(at: date, months: int, day: date) -> None:
    assert last_day(at, months) == day


def test_the_oldest_is_spent_first_and_a_correction_takes_back_its_own(desk: Bank, clock: Any) -> None:
    with transaction():
        earn(desk, "second", 20)
        give(desk, "gift", 35)  # the first 30 and 5 of the second
        earn(desk, "third", 40)
    assert [lot.left for lot in lots(account(desk))] == [15, 40]
    with transaction():
        service.reverse(uid="back", of="gift", by=desk.people.lin.id, approver=desk.people.approver.id)
        service.reverse(uid="undone", of="third", by=desk.people.lin.id, approver=desk.people.approver.id)
    assert [lot.left for lot in lots(account(desk))] == [30, 20]
    assert sum(lapses(account(desk), 12).values()) == account(desk).posted


def test_nothing_lapses_where_the_rules_let_nothing_lapse(desk: Bank, clock: Any) -> None:
    clock.move_to(wall.now() + timedelta(days=4000))
    assert accounts_due() == []
    with transaction():
        assert go_round(desk.bo) == []
    assert database.scalars(select(ExpiryNotice)).all() == []


def test_it_lapses_after_two_notices_in_good_time(desk: Bank, rule: Rule, clock: Any) -> None:
    rule(time_expires_months=12)
    (day,) = lapses(account(desk), 12)
    start = datetime(day.year, day.month, day.day, 2, tzinfo=wall.now().tzinfo)
    told: dict[int, list[str]] = {}
    for before in (61, 60, 30, 7, 1, 0):
        clock.move_to(start - timedelta(days=before))
        assert desk.bo in accounts_due()
        with transaction():
            go_round(desk.bo)
        kinds = select(Notice.kind).where(Notice.person_id == desk.people.bo.id).order_by(Notice.created_at)
        told[before] = list(database.scalars(kinds))
    assert told[61] == []
    assert told[60] == told[30] == ["will_lapse"]
    assert told[7] == told[1] == ["will_lapse"] * 2
    assert told[0] == ["will_lapse", "will_lapse", "lapsed"]
    assert desk.posted(desk.bo) == 0
    assert database.get_one(Transfer, f"expire:{desk.bo}:{day:%Y%m}").amount == 30
    with transaction():
        assert go_round(desk.bo) == []


def test_a_new_rule_waits_for_its_notices(desk: Bank, rule: Rule, clock: Any) -> None:
    rule(time_expires_months=1)
    clock.move_to(wall.now() + timedelta(days=400))  # what was stored is long past its day
    first = wall.now()
    with transaction():
        assert go_round(desk.bo) == []
    (notice,) = database.scalars(select(ExpiryNotice))
    assert notice.lapses_on == (first + timedelta(days=60)).date()
    for days, left in ((53, 30), (59, 30), (60, 0)):
        clock.move_to(first + timedelta(days=days))
        with transaction():
            go_round(desk.bo)
        assert desk.posted(desk.bo) == left, days


def test_what_was_spent_meanwhile_and_what_is_promised_does_not_lapse(desk: Bank, rule: Rule, clock: Any) -> None:
    rule(time_expires_months=1)
    clock.move_to(wall.now() + timedelta(days=400))
    first = wall.now()
    with transaction():
        go_round(desk.bo)
    clock.move_to(first + timedelta(days=53))
    with transaction():
        go_round(desk.bo)
        give(desk, "gift", 10)
        service.hold(uid="hold", payer=desk.bo, minutes=15, expires_at=wall.now() + timedelta(days=30))
    clock.move_to(first + timedelta(days=60))
    with transaction():
        go_round(desk.bo)
    assert (desk.posted(desk.bo), desk.held(desk.bo)) == (15, 15)


def test_nothing_lapses_unannounced(desk: Bank, clock: Any) -> None:
    (day,) = lapses(account(desk), 1)
    with pytest.raises(NotAnnounced), transaction():
        service.expire(account(desk), lapses_on=day, months=1)
