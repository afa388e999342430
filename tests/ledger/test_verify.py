"""The proof of the books: clean when all is well, and it finds whatever was tampered with behind the guards."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import session as database
from app.ledger.guards import create_guard, create_guards, definitions, drop_guard, drop_guards
from app.ledger.queries import last_check
from app.ledger.verify import mark, verify
from tests.ledger.conftest import Bank

TAMPERING = {
    "an amount": ("I7", "UPDATE transfer SET amount = 20 WHERE uid = :post"),
    "a payee": ("I7", "UPDATE transfer SET credit_account_id = :dan WHERE uid = :post"),
    "a time": ("I7", "UPDATE transfer SET created_at = '2026-06-16 01:00:01.000000' WHERE uid = :post"),
    "a hash": ("I7", "UPDATE transfer SET row_hash = :zeros WHERE uid = :post"),
    "a lost line": ("I7", "DELETE FROM transfer WHERE uid = :post"),
    "a balance": ("I8", "UPDATE account SET posted = posted + 1 WHERE id = :dan"),
    "two balances that still sum to zero": (
        "I8", "UPDATE account SET posted = posted + CASE WHEN id = :dan THEN 1 ELSE -1 END WHERE id IN (:dan, :bo)",
    ),
    "a freed hold": ("I8", "UPDATE account SET held = 0 WHERE id = :chen"),
    "the head": ("I9", "UPDATE ledger SET head_seq = head_seq + 1"),
    "an approval": ("I6", "DELETE FROM approval WHERE uid = 'seed:fund' AND step = 'approve'"),
    "who agreed": ("I6", "UPDATE transfer SET agreed_by = 'nobody' WHERE uid = 'seed:fund'"),
}  # fmt: skip


def values_of(bank: Bank, statement: str) -> dict[str, Any]:
    known = {"post": bank.post, "hold": bank.hold, "dan": bank.dan, "bo": bank.bo, "chen": bank.chen, "zeros": "f" * 64}
    return {key: value for key, value in known.items() if f":{key}" in statement}


def invariants() -> set[str]:
    return {finding.invariant for finding in verify().findings}


def test_good_books_are_clean(bank: Bank) -> None:
    report = verify()
    mark(report)
    # The visit of this bank has no row of its own: its post is the one thing to find.
    assert [finding.invariant for finding in report.findings] == ["I12"]
    assert report.transfers == 5
    last = last_check()
    assert last is not None
    assert last.transfers == 5


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(bank: Bank, what: str) -> None:
    invariant, statement = TAMPERING[what]
    connection = database.connection()
    drop_guards(connection)
    connection.execute(text(statement), values_of(bank, statement))
    database.expire_all()
    found = invariants()
    database.rollback()
    assert invariant in found


def test_every_guard_is_missed_when_it_is_gone(bank: Bank) -> None:
    connection = database.connection()
    for name in definitions(connection.dialect.name):
        drop_guard(connection, name)
        missed = [finding.where for finding in verify().findings if finding.invariant == "I3"]
        create_guard(connection, name)
        assert missed == [f"guard {name}"]


def test_guards_can_be_set_up_again(bank: Bank) -> None:
    connection = database.connection()
    drop_guards(connection)
    create_guards(connection)
    assert "I3" not in invariants()


def test_the_command_says_what_it_saw(app: Flask, session: Any) -> None:
    told = app.test_cli_runner().invoke(args=["ledger", "verify", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["clean"] is True
    told = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert told.exit_code == 0
    assert "All of it holds" in told.stderr
