"""The proof of the books: clean when all is well, and it finds whatever was tampered with behind the guards."""

import hashlib
import json
from datetime import datetime
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.db import Base
from app.db import session as database
from app.ledger.guards import create_guard, create_guards, definitions, drop_guard, drop_guards
from app.ledger.models import Transfer
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
    "an owner": ("I10", "UPDATE account SET owner_id = 'somebody' WHERE id = :dan"),
    "a limit": ("I10", "UPDATE account SET floor_min = -60 WHERE id = :dan"),
    "a budget": ("I10", "UPDATE account SET floor_min = floor_min - 600 WHERE kind = 'issuance'"),
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


def test_random_tampering_is_found(bank: Bank, full: bool) -> None:
    """Any column of any line or account, to anything else that the column can hold."""
    connection, dice = database.connection(), Random(7)
    drop_guards(connection)
    tables = [Base.metadata.tables[name] for name in ("transfer", "account", "ledger")]
    rows = {table.name: connection.execute(select(table)).mappings().all() for table in tables}
    told = 0
    while told < (2000 if full else 60):
        table = dice.choice(tables)
        row = dice.choice(rows[table.name])
        column = dice.choice([one for one in table.c if not one.primary_key and one.name != "opened_at"])
        others = [one[column.name] for one in rows[table.name] if one[column.name] != row[column.name]]
        bumped = row[column.name] + dice.choice([-7, 1, 60]) if isinstance(row[column.name], int) else None
        value = dice.choice([*others, bumped] if bumped is not None else others) if others or bumped else None
        if value is None:
            continue
        savepoint = connection.begin_nested()
        try:
            key = [one == row[one.name] for one in table.primary_key]
            connection.execute(update(table).where(*key).values({column.name: value}))
        except DBAPIError:  # a constraint of the table itself says no
            savepoint.rollback()
            continue
        database.expire_all()
        found = [one for one in verify().findings if one.invariant not in ("I3", "I12")]
        savepoint.rollback()
        assert found, f"{table.name}.{column.name} of {dict(row)}: {value}"
        told += 1
    database.rollback()


def test_a_line_is_checked_by_hand(bank: Bank) -> None:
    """As docs/ledger.md says it, with nothing of the product."""
    names = (
        "ledger_id", "seq", "uid", "unit", "kind", "phase", "debit_account_id", "debit_kind", "credit_account_id",
        "credit_kind", "amount", "hold_uid", "reverses_uid", "link_uid", "expires_at", "made_by_id", "agreed_by",
        "created_at", "prev_hash",
    )  # fmt: skip
    last = "0" * 64
    for row in database.execute(select(Transfer.__table__).order_by(Transfer.seq)).mappings():
        said = []
        for name in names:
            value = row[name]
            if isinstance(value, datetime):
                value = f"{value:%Y-%m-%dT%H:%M:%SZ}"
            said.append("" if value is None else value)
        array = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        assert row["prev_hash"] == last
        last = hashlib.sha256(f"lianxin-ledger/1\n{array}".encode()).hexdigest()
        assert row["row_hash"] == last


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
