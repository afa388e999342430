"""Statements past the code, from many connections at once: no more is given than the caps, at every isolation level."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import clock as wall
from app.db import session as database
from app.db import transaction
from app.ledger.chain import FIELDS, row_hash
from app.ledger.guards import create_guard, drop_guard
from app.ledger.models import Transfer, TransferKind
from app.ledger.queries import person_account
from app.passbook.gifts import ask_gift
from app.passbook.models import GiftEnd, GiftOrder
from app.passbook.queries import next_gift_nr
from tests.factories import COMMUNITY, ZONE, make_rule
from tests.passbook.conftest import Family, make_family
from tests.passbook.test_attacks import line, order
from tests.people import Cast

AT_ONCE, CAP_MIN, EACH_MIN = 6, 20, 6
TRIES = 12


@pytest.fixture
def home(cast: Cast) -> Family:
    """The family, stored, where no more than 20 minutes may be given in a day."""
    with transaction():
        family = make_family(cast)
        make_rule(COMMUNITY, {"gift_cap_min_per_day": CAP_MIN}, wall.today(ZONE))
    return family


def past_the_code(app: Flask, works: Sequence[Callable[[], None]], *, frozen: bool = False) -> list[bool]:
    """Which of the works the database took, each on a connection of its own, at the same instant. `frozen`: each reads
    the picture that it had before the others began (PostgreSQL's REPEATABLE READ)."""
    start = Barrier(len(works))

    def run(work: Callable[[], None]) -> bool:
        with app.app_context():
            try:
                if not frozen:
                    start.wait()
                with transaction():
                    if frozen:
                        database.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                        database.execute(text("SELECT count(*) FROM gift_order"))
                        start.wait()
                    work()
                    database.flush()
            except DBAPIError:
                return False
            return True

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def decides(family: Family, uid: str, **other: Any) -> Callable[[], None]:
    """An order of Bo's, with the next place as it is when it is written."""
    row = order(family, uid=uid, amount=EACH_MIN, cap_min=CAP_MIN, **other)
    values = {column.key: getattr(row, column.key) for column in GiftOrder.__table__.columns}
    database.rollback()

    def work() -> None:
        nr = next_gift_nr(values["giver_account_id"])
        database.add(GiftOrder(**values | {"nr": nr}))

    return work


def decided() -> int:
    database.rollback()
    ended = select(GiftEnd.uid)
    return int(database.scalar(select(func.sum(GiftOrder.amount)).where(GiftOrder.uid.notin_(ended))) or 0)


def given() -> int:
    database.rollback()
    return int(database.scalar(select(func.sum(Transfer.amount)).where(Transfer.kind == TransferKind.GIFT)) or 0)


def test_orders_that_race_stay_within_the_days_cap(app: Flask, home: Family) -> None:
    took = 0
    for attempt in range(TRIES):
        took += sum(past_the_code(app, [decides(home, f"gift:{attempt}.{n}") for n in range(AT_ONCE)]))
    assert (took, decided()) == (CAP_MIN // EACH_MIN, CAP_MIN // EACH_MIN * EACH_MIN)


@pytest.mark.engines("postgresql")
def test_orders_that_see_an_old_picture_stay_within_the_days_cap(app: Flask, home: Family) -> None:
    took = []
    for attempt in range(TRIES):
        works = [decides(home, f"gift:{attempt}.{n}") for n in range(AT_ONCE)]
        took.append(sum(past_the_code(app, works, frozen=True)))
    assert took == [1] * (CAP_MIN // EACH_MIN) + [0] * (TRIES - CAP_MIN // EACH_MIN)
    assert decided() == CAP_MIN // EACH_MIN * EACH_MIN


def test_a_gift_is_ended_or_given_past_the_code_and_never_both(app: Flask, home: Family, clock: Any) -> None:
    """Also when the line comes while the end is written and not stored yet."""
    ends, stores = end_and_line(home, clock)
    written = Event()

    def ends_slowly() -> None:
        ends()
        database.flush()
        written.set()
        time.sleep(0.3)

    with ThreadPoolExecutor(2) as pool:  # past_the_code opens a thread of its own in each
        first = pool.submit(past_the_code, app, [ends_slowly])
        assert written.wait(10)
        second = pool.submit(past_the_code, app, [stores])
        assert (first.result(), second.result()) == ([True], [False])
    assert given() == 0


@pytest.mark.engines("postgresql")
def test_what_an_old_picture_gives_though_it_was_ended_still_counts(app: Flask, home: Family, clock: Any) -> None:
    """Who does not see the end stores the gift; its room is then used again, by an order and by a line: no."""
    ends, stores = end_and_line(home, clock)
    looked, ended = Event(), Event()

    def stores_late() -> None:
        looked.set()
        assert ended.wait(10)
        stores()

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(past_the_code, app, [stores_late], frozen=True)
        assert looked.wait(10)
        assert past_the_code(app, [ends]) == [True]
        ended.set()
        assert late.result() == [True]
    assert (given(), database.get(GiftEnd, "gift:1") is not None) == (CAP_MIN, True)
    day = database.get_one(GiftOrder, "gift:1").day
    again = decides(home, "gift:2", receiver_account_id=home.bank.dan, day=day)
    with transaction():
        drop_guard(database.connection(), "gift_order_of_its_day")
    assert past_the_code(app, [again]) == [False]
    with transaction():
        drop_guard(database.connection(), "gift_order_within_cap")
        again()
        database.flush()
        for name in ("gift_order_within_cap", "gift_order_of_its_day"):
            create_guard(database.connection(), name)
    clock.forward(hours=24)
    assert past_the_code(app, [gives(home, "gift:2", home.bank.dan, EACH_MIN)]) == [False]
    assert given() == CAP_MIN


def end_and_line(home: Family, clock: Any) -> tuple[Callable[[], None], Callable[[], None]]:
    """Bo's gift to his mother, whose time has come: what ends it, and what stores it."""
    with transaction():
        ask_gift(home.bo, uid="gift:1", to=home.wu.id, minutes=CAP_MIN)
    clock.forward(hours=24)
    wu = person_account(home.wu.id)
    assert wu is not None
    by, at, account_id = home.bank.people.bo.id, wall.now(), wu.id
    ends = partial(GiftEnd, uid="gift:1", why="called_back", by_id=by, at=at)
    return lambda: database.add(ends()), gives(home, "gift:1", account_id, CAP_MIN)


def gives(family: Family, uid: str, receiver: str, minutes: int) -> Callable[[], None]:
    """The line of a gift from Bo, made out now, past the code; it is the next of the book while nobody else stores."""
    row = line(family, debit="bo", credit="dan", amount=minutes, uid=uid)
    row.credit_account_id, row.created_at = receiver, wall.now().replace(microsecond=0)
    row.row_hash = row_hash({field: getattr(row, field) for field in FIELDS})
    database.rollback()  # what was read is let go: a thread must not read through this session
    return lambda: database.add(row)
