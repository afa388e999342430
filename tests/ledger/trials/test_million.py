"""A book of a million transfers: proving it, opening a page, adding it up and writing it out grow with it in a straight
line (costs are processor time), verify's memory does not grow with it, and a member's passbook opens at once."""

import os
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import clock as wall
from app.access.actor import SYSTEM
from app.db import session as database
from app.db import transaction
from app.ledger.export import export
from app.ledger.line_queries import statement
from app.ledger.models import Account, Unit
from app.ledger.verify import Report, prove
from app.org.models import OrgUnit
from app.reports.book_queries import scope_of
from app.reports.trial_queries import trial
from tests.conftest import Tell
from tests.factories import COMMUNITY, ZONE
from tests.ledger.conftest import Bank, open_bank
from tests.ledger.trials.loading import Book
from tests.ledger.trials.measuring import cost_s, exponent, most_bytes, query_time
from tests.people import Cast

SEED = 20261125
SIZES, QUICK = (100_000, 300_000, 1_000_000), (3_000, 6_000)
LINEAR = 1.15  # a straight line with what a growing index adds
PASSBOOK_S = 0.050


@pytest.fixture
def bank(cast: Cast) -> Bank:
    with transaction():
        return open_bank(cast)


def account(key: str) -> Account:
    return database.get_one(Account, key)


def readings(bank: Bank, proofs: list[Report]) -> dict[str, Callable[[], Any]]:
    """What is measured, by name; what the verifier says goes to `proofs`."""
    today = wall.today(ZONE)
    scope = scope_of(database.get_one(OrgUnit, COMMUNITY), Unit.MINUTE)
    return {
        "verify": lambda: proofs.append(prove()),
        "statement page": lambda: statement(SYSTEM, account(bank.fund), before=1_000),  # the oldest of the longest
        "trial balance": lambda: trial(scope, today, today),
        "export": lambda: deque(export(), maxlen=0),
    }


def opening_s(bank: Bank) -> float:
    """Query time of the most frequent member's passbook, at its best of ten: others work on this machine too."""
    times = []
    for _ in range(10):
        with query_time() as spent:
            statement(SYSTEM, account(bank.bo))
        times.append(sum(spent))
        database.rollback()
        database.expire_all()
    return min(times)


def test_a_million_transfers_are_read_in_a_straight_line(
    app: Flask, session: Any, bank: Bank, engine: str, full: bool, clock: Any, tell: Tell
) -> None:
    book, sizes = Book(bank, SEED), SIZES if full else QUICK
    costs: dict[str, list[float]] = {}
    memory, opened = [], []
    for size in sizes:
        book.grow_to(size)
        clock.move_to(book.at)
        proofs: list[Report] = []
        for what, reading in readings(bank, proofs).items():
            costs.setdefault(what, []).append(cost_s(reading))
        assert [str(one) for one in proofs[0].findings if bank.post not in one.where] == []
        assert proofs[0].transfers >= size
        opened.append(opening_s(bank))
        if size < 500_000:  # watching memory makes it several times as slow
            memory.append(most_bytes(prove))
    slopes = {what: exponent(sizes, spent) for what, spent in costs.items()}
    tell(f"million, {engine}, seed {SEED}, sizes {sizes}, load {os.getloadavg()[0]:.0f}:")
    for what, spent in costs.items():
        told = " / ".join(f"{one:.2f}" for one in spent)
        tell(f"  {what}: {told} s of processor time, exponent {slopes[what]:.2f}")
    tell(f"  a passbook opens in {' / '.join(f'{1000 * one:.1f}' for one in opened)} ms of query time")
    tell(f"  verify holds at most {' / '.join(f'{one / 1e6:.1f}' for one in memory)} MB")
    assert max(opened) <= PASSBOOK_S
    assert memory[-1] < 1.5 * memory[0]
    if full:  # a thousand lines are too few to tell a line from a curve
        assert max(slopes.values()) <= LINEAR, slopes
