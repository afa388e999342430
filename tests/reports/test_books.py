"""The trial balance of any day and the supply month by month are what the accounts said on that day."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app import clock as wall
from app.db import transaction
from app.ledger.models import Account, AccountKind, Unit
from app.org.models import OrgUnit
from app.reports import closing
from app.reports.book_queries import closed_months, scope_of
from app.reports.models import MonthClosing
from app.reports.supply_queries import months_back, supply
from app.reports.trial_queries import accounts_of_kind, all_accounts, trial, with_balances
from tests.factories import CITY, COMMUNITY, OTHER_COMMUNITY, ZONE
from tests.people import Cast
from tests.reports.months import Life, live

DAYS = 80  # from 16 June: two months end in it


@pytest.fixture
def life(cast: Cast, clock: Any) -> Life:
    return live(cast, clock, days=DAYS)


def place(session: Any, code: str) -> OrgUnit:
    found = session.get_one(OrgUnit, code)
    assert isinstance(found, OrgUnit)
    return found


def close_all() -> list[date]:
    done = []
    while True:
        with transaction():
            month = closing.close_next_month(CITY)
        if month is None:
            return done
        done.append(month)


def told(session: Any, life: Life, day: date) -> dict[str, tuple[int, int]]:
    found = trial(scope_of(place(session, CITY), Unit.MINUTE), day, wall.today(ZONE))
    assert (found.posted, found.differs, found.elsewhere) == (0, 0, None)
    return {row.kind: (row.posted, row.held) for row in found.rows}


def test_the_trial_balance_of_every_day_is_what_the_accounts_said(session: Any, life: Life) -> None:
    for day in life.days:
        assert told(session, life, day) == life.kinds(day)


def test_month_ends_that_are_kept_tell_the_same(session: Any, life: Life) -> None:
    assert close_all() == [date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)]
    assert session.scalar(select(func.count()).select_from(MonthClosing)) > 0
    for day in life.days:
        assert told(session, life, day) == life.kinds(day)


def test_a_month_is_kept_when_it_is_over_in_the_zone_of_the_book_and_only_once(
    session: Any, life: Life, clock: Any
) -> None:
    close_all()
    assert close_all() == []
    clock.move_to(wall.instant(date(2026, 10, 1), -1, ZONE))
    assert close_all() == []
    clock.move_to(wall.instant(date(2026, 10, 1), 0, ZONE))
    assert close_all() == [date(2026, 9, 1)]
    assert [row.month.month for row in closed_months(CITY)] == [6, 7, 8, 9]


def test_account_by_account_on_a_day_of_the_past(session: Any, life: Life) -> None:
    scope = scope_of(place(session, CITY), Unit.MINUTE)
    for _ in range(2):  # before and after month ends are kept
        for day in list(life.days)[::9]:
            found = {account.id: (stood.posted, stood.held) for account, stood in all_accounts(scope, day)}
            assert found == life.days[day]
        close_all()


def test_only_the_accounts_of_a_page_are_told_for_a_page(session: Any, life: Life) -> None:
    scope, day = scope_of(place(session, CITY), Unit.MINUTE), date(2026, 8, 3)
    people = session.scalars(accounts_of_kind(scope, AccountKind.PERSON, day)).all()
    line = trial(scope, day, day).line
    assert {account.id for account, _ in with_balances(scope, people, line)} == {
        life.bank.chen, life.bank.bo, life.bank.dan,
    }  # fmt: skip
    assert sum(stood.posted for _, stood in with_balances(scope, people, line)) == life.kinds(day)["person"][0]


def test_a_unit_sees_its_own_accounts_and_how_much_stands_elsewhere(session: Any, life: Life) -> None:
    day = date(2026, 8, 10)
    here = trial(scope_of(place(session, COMMUNITY), Unit.MINUTE), day, day)
    kinds = {row.kind: row.posted for row in here.rows}
    assert set(kinds) == {"person", "community_fund", "issuance"}
    assert kinds["person"] == life.kinds(day)["person"][0]
    assert here.elsewhere == -here.posted
    assert here.differs == 0
    there = trial(scope_of(place(session, OTHER_COMMUNITY), Unit.MINUTE), day, day)
    assert (there.rows, there.elsewhere) == ([], 0)


def test_points_are_a_balance_of_their_own(session: Any, life: Life) -> None:
    found = trial(scope_of(place(session, CITY), Unit.POINT), date(2026, 8, 10), date(2026, 8, 10))
    assert (found.rows, found.posted) == ([], 0)


def test_today_is_compared_with_what_the_accounts_carry(session: Any, life: Life, clock: Any) -> None:
    today = wall.today(ZONE)
    scope = scope_of(place(session, CITY), Unit.MINUTE)
    assert trial(scope, today, today).agrees is True
    assert trial(scope, today - timedelta(days=1), today).agrees is None


def test_a_kept_month_that_somebody_altered_is_seen_and_dropped(session: Any, life: Life) -> None:
    close_all()
    with transaction():
        assert closing.drop_wrong_closings(CITY) == 0
    assert len(closed_months(CITY)) == 3
    with transaction():
        session.execute(
            text("UPDATE month_closing SET posted = posted + 7 WHERE account_id = :key"), {"key": life.bank.bo}
        )
    today = wall.today(ZONE)
    wrong = trial(scope_of(place(session, CITY), Unit.MINUTE), today, today)
    assert (wrong.differs, wrong.agrees) == (7, False)
    with transaction():
        assert closing.drop_wrong_closings(CITY) == 1
    assert closed_months(CITY) == []
    assert len(close_all()) == 3
    assert trial(scope_of(place(session, CITY), Unit.MINUTE), today, today).agrees is True


@pytest.mark.parametrize("kept", [False, True], ids=["from the lines", "from month ends"])
def test_the_supply_of_each_month_adds_up(session: Any, life: Life, kept: bool) -> None:
    if kept:
        close_all()
    scope, today = scope_of(place(session, CITY), Unit.MINUTE), max(life.days)
    months = supply(scope, months_back(today, 4))
    assert [row.month for row in months] == [date(2026, month, 1) for month in (6, 7, 8, 9)]
    for row in months:
        last = max(day for day in life.days if day.replace(day=1) == row.month)
        stood = life.kinds(last)
        assert (row.minted, row.people, row.funds) == (
            -stood["issuance"][0], stood["person"][0], stood["community_fund"][0],
        )  # fmt: skip
        assert row.held == sum(held for _, held in stood.values())
        assert row.differs == 0
        given = sum(minutes for day, minutes in life.donated.items() if day.replace(day=1) == row.month)
        assert row.donated == given
    assert any(row.donated for row in months)


def test_the_supply_of_one_community_leaves_the_others_out(session: Any, life: Life) -> None:
    months = months_back(max(life.days), 3)
    assert supply(scope_of(place(session, OTHER_COMMUNITY), Unit.MINUTE), months)[-1].people == 0
    whole = supply(scope_of(place(session, CITY), Unit.MINUTE), months)
    here = supply(scope_of(place(session, COMMUNITY), Unit.MINUTE), months)
    assert [row.people for row in here] == [row.people for row in whole]
    assert session.scalar(select(func.count()).select_from(Account).where(Account.owner_id == CITY)) > 0
