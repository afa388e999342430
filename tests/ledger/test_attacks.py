"""Somebody with a connection to the database and bad intentions: every statement here must be refused by it.

Constraints and triggers alone stand in the way; the product's own code is not asked.
"""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import session as database
from app.ledger.chain import FIELDS, row_hash
from app.ledger.models import Ledger, Transfer
from tests.ledger.conftest import Bank

UPDATES = {
    "give himself minutes": "UPDATE account SET posted = posted + 600 WHERE id = :bo",
    "hide what an elder has": "UPDATE account SET posted = 0 WHERE id = :chen",
    "free the minutes of a hold": "UPDATE account SET held = 0 WHERE id = :chen",
    "lower a floor": "UPDATE account SET floor_min = -6000 WHERE id = :bo",
    "raise a cap": "UPDATE account SET cap_min = 999999 WHERE id = :bo",
    "take over somebody's passbook": "UPDATE account SET owner_id = 'somebody' WHERE id = :chen",
    "turn a passbook into a fund": "UPDATE account SET kind = 'community_fund' WHERE id = :bo",
    "move a passbook to another book": "UPDATE account SET ledger_id = '4206' WHERE id = :bo",
    "count points as minutes": "UPDATE account SET unit = 'point' WHERE id = :bo",
    "pretend a newer line": "UPDATE account SET last_seq = last_seq + 100 WHERE id = :bo",
    "pretend that the last line explains more": "UPDATE account SET posted = posted + 30, last_seq = 4 WHERE id = :bo",
    "change an amount": "UPDATE transfer SET amount = 300 WHERE uid = :post",
    "change a payee": "UPDATE transfer SET credit_account_id = :dan WHERE uid = :post",
    "change a time": "UPDATE transfer SET created_at = '2020-01-01 00:00:00.000000' WHERE uid = :post",
    "change a hash": "UPDATE transfer SET row_hash = prev_hash WHERE uid = :post",
    "rename an act": "UPDATE transfer SET uid = 'visit:else:post' WHERE uid = :post",
    "change who agreed": "UPDATE transfer SET agreed_by = 'nobody' WHERE uid = 'seed:fund'",
    "let a hold live longer": "UPDATE transfer SET expires_at = '2099-01-01 00:00:00.000000' WHERE uid = :hold",
    "change a word on a proposal": "UPDATE approval SET amount = 1 WHERE uid = 'seed:fund'",
    "put a word in another's mouth": "UPDATE approval SET person_id = :dan_person WHERE step = 'approve'",
    "change what minutes may do": "UPDATE transfer_rule SET credit_kind = 'person' WHERE kind = 'redeem'",
    "turn the head back": "UPDATE ledger SET head_seq = head_seq - 1",
    "turn the head forward": "UPDATE ledger SET head_seq = head_seq + 1",
    "give the head another hash": "UPDATE ledger SET head_hash = :zeros",
    "rewrite the trail": "UPDATE audit_entry SET verb = 'nothing'",
}
DELETES = {
    "erase a line": "DELETE FROM transfer WHERE uid = :post",
    "erase all lines": "DELETE FROM transfer",
    "erase a passbook": "DELETE FROM account WHERE id = :dan",
    "erase a book": "DELETE FROM ledger",
    "erase a word": "DELETE FROM approval WHERE uid = 'seed:fund'",
    "erase the rules": "DELETE FROM transfer_rule",
    "erase the trail": "DELETE FROM audit_entry",
}
OPEN = (
    "INSERT INTO account (id, ledger_id, unit, kind, owner_id, label, floor_min, cap_min, posted, held, last_seq,"
    " opened_at) VALUES ("
)
SPEAK = (
    "INSERT INTO approval (uid, person_id, step, ledger_id, kind, debit_account_id, credit_account_id, amount,"
    " created_at) VALUES ("
)
INSERTS = {
    "open a rich passbook": f"{OPEN}'a1', :ledger, 'minute', 'person', 'x', '', 0, 9000, 600, 0, 0, :now)",
    "open a passbook that may owe": f"{OPEN}'a2', :ledger, 'minute', 'person', 'x', '', -99999, 9000, 0, 0, 0, :now)",
    "open a fund below zero": f"{OPEN}'a3', :ledger, 'minute', 'community_fund', 'x', '', -1, NULL, 0, 0, 0, :now)",
    "open a second passbook": f"{OPEN}'a4', :ledger, 'minute', 'person', :bo_person, '', 0, 9000, 0, 0, 0, :now)",
    "open a passbook of another kind": f"{OPEN}'a5', :ledger, 'minute', 'gold', 'x', '', 0, 9000, 0, 0, 0, :now)",
    "open a book that has begun": "INSERT INTO ledger (id, opened_at, head_seq, head_hash, head_at)"
    " VALUES ('4206', :now, 5, :zeros, :now)",
    "allow a new direction": "INSERT INTO transfer_rule VALUES ('gift', 'single', 'issuance', 'person')",
    "approve what is done": f"{SPEAK}'seed:fund', 'third', 'approve', :ledger, 'seed', :issuance, :fund, 600, :now)",
    "approve what nobody proposed": f"{SPEAK}'none', 'third', 'approve', :ledger, 'seed', :issuance, :fund, 6, :now)",
    "propose on one's own account": f"{SPEAK}'own', :bo_person, 'propose', :ledger, 'seed', :issuance, :bo, 6, :now)",
    "close a full passbook": "INSERT INTO standing (account_id, nr, state, reason, created_at)"
    " VALUES (:bo, 1, 'closed', '', :now)",
    "skip a place in the standing": "INSERT INTO standing (account_id, nr, state, reason, created_at)"
    " VALUES (:bo, 7, 'frozen', '', :now)",
}
LINES: dict[str, dict[str, Any]] = {
    "mint minutes out of nothing": {"kind": "seed", "debit": "issuance", "credit": "bo", "amount": 60},
    "pay himself from the fund": {"kind": "bonus", "debit": "fund", "credit": "bo", "amount": 60},
    "take more than was held": {"kind": "service", "phase": "post", "debit": "chen", "credit": "bo", "amount": 46,
                                "hold_uid": "hold"},
    "post a hold twice": {"kind": "service", "phase": "post", "debit": "chen", "credit": "dan", "amount": 5,
                          "hold_uid": "spent_hold"},
    "post somebody else's hold": {"kind": "service", "phase": "post", "debit": "fund", "credit": "bo", "amount": 5,
                                  "hold_uid": "hold"},
    "post without a hold": {"kind": "service", "phase": "post", "debit": "chen", "credit": "bo", "amount": 5},
    "hold more than there is": {"kind": "service", "phase": "hold", "debit": "chen", "credit": "clearing",
                                "amount": 46, "expires": True},
    "spend more than there is": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": 31},
    "move a negative amount": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": -5},
    "move nothing": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": 0},
    "pay oneself": {"kind": "gift", "debit": "bo", "credit": "bo", "amount": 5},
    "go backwards as a gift": {"kind": "donate", "debit": "fund", "credit": "bo", "amount": 5},
    "reverse without a word": {"kind": "reversal", "debit": "bo", "credit": "chen", "amount": 30, "reverses": "post"},
    "skip a place in the chain": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": 5, "skip": 1},
    "follow another line": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": 5, "prev": "0" * 64},
    "use an act's name again": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": 5, "uid": "visit:done:post"},
}  # fmt: skip


def is_refused(statement: str, values: dict[str, Any]) -> bool:
    """Whether the database says no; an attack that touches nothing would prove nothing."""
    wanted = {key: value for key, value in values.items() if f":{key}" in statement}
    try:
        with database.begin_nested():
            touched = database.execute(text(statement), wanted).rowcount  # type: ignore[attr-defined]
            assert touched != 0, f"touched nothing: {statement}"
    except DBAPIError:
        return True
    return False


def names(bank: Bank) -> dict[str, Any]:
    book = database.query(Ledger).one()
    return {
        "bo": bank.bo, "chen": bank.chen, "dan": bank.dan, "fund": bank.fund, "issuance": bank.issuance,
        "post": bank.post, "hold": bank.hold, "ledger": book.id, "zeros": "0" * 64, "bo_person": bank.people.bo.id,
        "dan_person": bank.people.dan.id, "now": "2026-06-16 01:00:00.000000",
    }  # fmt: skip


@pytest.mark.parametrize("attacks", [UPDATES, DELETES, INSERTS], ids=["update", "delete", "insert"])
def test_nobody_can(bank: Bank, attacks: dict[str, str]) -> None:
    known = names(bank)
    assert [what for what, statement in attacks.items() if not is_refused(statement, known)] == []


def test_no_line_can(bank: Bank) -> None:
    """Lines that are perfect but for one thing: the place, the hash and the kinds are right."""
    assert [what for what, line in LINES.items() if _is_stored(forged(bank, **line))] == []


def _is_stored(line: Transfer) -> bool:
    try:
        with database.begin_nested():
            database.add(line)
            database.flush()
    except DBAPIError:
        return False
    return True


@pytest.mark.engines("sqlite")
def test_nobody_replaces_a_row(bank: Bank) -> None:
    for table in ("transfer", "account", "ledger", "approval"):
        assert is_refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", {}), table


@pytest.mark.engines("postgresql")
def test_nobody_empties_a_table(bank: Bank) -> None:
    for table in ("transfer", "account", "ledger", "approval", "transfer_rule", "audit_entry"):
        assert is_refused(f"TRUNCATE {table} CASCADE", {}), table


def test_the_forger_knows_how_to_write_a_good_line(bank: Bank) -> None:
    """So that the refusals above are for the one thing that is wrong."""
    database.add(forged(bank, kind="gift", debit="bo", credit="dan", amount=5))
    database.flush()
    assert (bank.posted(bank.bo), bank.posted(bank.dan)) == (25, 5)


def forged(bank: Bank, **given: Any) -> Transfer:
    from app.ledger.models import Account

    book = database.query(Ledger).one()
    database.refresh(book)
    clearing = database.query(Account).filter_by(kind="clearing").one()
    ids = {"bo": bank.bo, "chen": bank.chen, "dan": bank.dan, "fund": bank.fund, "issuance": bank.issuance,
           "clearing": clearing.id}  # fmt: skip
    debit = database.get_one(Account, ids[given["debit"]])
    credit = database.get_one(Account, ids[given["credit"]])
    hold = {"hold": bank.hold, "spent_hold": bank.spent_hold}.get(given.get("hold_uid", ""))
    row = Transfer(
        uid=given.get("uid", "forged"), ledger_id=book.id, seq=book.head_seq + 1 + given.get("skip", 0),
        unit="minute", kind=given["kind"], phase=given.get("phase", "single"), debit_account_id=debit.id,
        debit_kind=debit.kind, credit_account_id=credit.id, credit_kind=credit.kind, amount=given["amount"],
        hold_uid=hold, reverses_uid=bank.post if given.get("reverses") else None, link_uid=None,
        expires_at=bank.transfer(bank.hold).expires_at if given.get("expires") else None, made_by_id=None,
        agreed_by="a,b" if given["kind"] in ("seed", "reversal") else None, created_at=book.head_at,
        prev_hash=given.get("prev", book.head_hash),
    )  # fmt: skip
    row.row_hash = row_hash({name: getattr(row, name) for name in FIELDS})
    return row
