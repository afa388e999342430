"""Somebody with a connection to the database and bad intentions: every statement here must be refused by it.

Constraints and triggers alone stand in the way; the product's own code is not asked.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit.service import record
from app.db import session as database
from app.ledger import service
from app.ledger.chain import FIELDS, row_hash
from app.ledger.guards import GUARDED_TABLES, KEYS, definitions, drop_guard
from app.ledger.models import Account, Approval, Ledger, Transfer, TransferKind
from app.ledger.queries import person_account
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
    "open a frozen passbook": "UPDATE standing SET state = 'open' WHERE account_id = :mei",
    "rewrite the trail": "UPDATE audit_entry SET verb = 'nothing'",
}
DELETES = {
    "erase a line": "DELETE FROM transfer WHERE uid = :hold",
    "erase a post": "DELETE FROM transfer WHERE uid = :post",
    "erase all lines": "DELETE FROM transfer",
    "erase a passbook": "DELETE FROM account WHERE id = :dan",
    "erase a book": "DELETE FROM ledger",
    "erase a word": "DELETE FROM approval WHERE uid = 'seed:fund'",
    "erase the rules": "DELETE FROM transfer_rule",
    "erase one rule": "DELETE FROM transfer_rule WHERE kind = 'redeem'",
    "erase that it is frozen": "DELETE FROM standing WHERE account_id = :mei",
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
    "write a line into the past": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": 5, "days": -1},
    "pay a frozen passbook": {"kind": "gift", "debit": "bo", "credit": "mei", "amount": 5},
    "hold for no time at all": {"kind": "service", "phase": "hold", "debit": "chen", "credit": "clearing",
                                "amount": 5, "expires": True, "at_once": True},
    "reverse another amount": {"kind": "reversal", "debit": "bo", "credit": "chen", "amount": 29, "reverses": "post",
                               "uid": "another amount"},
    "use an act's name again": {"kind": "gift", "debit": "bo", "credit": "dan", "amount": 5, "uid": "visit:done:post"},
}  # fmt: skip


class _TakenBack(Exception):
    """Undoes an attack that was let through."""


def is_refused(attack: Callable[[], object]) -> bool:
    """Whether the database says no; what it lets through is taken back."""
    try:
        with database.begin_nested():
            attack()
            raise _TakenBack
    except DBAPIError:
        return True
    except _TakenBack:
        return False


def said(statement: str, values: dict[str, Any]) -> Callable[[], None]:
    """The attack that sends this statement; one that touches nothing would prove nothing."""
    wanted = {key: value for key, value in values.items() if f":{key}" in statement}

    def attack() -> None:
        touched = database.execute(text(statement), wanted).rowcount  # type: ignore[attr-defined]
        assert touched != 0, f"touched nothing: {statement}"

    return attack


def written(bank: Bank, line: dict[str, Any]) -> Callable[[], None]:
    """The attack that stores this line."""

    def attack() -> None:
        database.add(forged(bank, **line))
        database.flush()

    return attack


def all_attacks(bank: Bank) -> dict[str, Callable[[], None]]:
    """Every attack on this engine, by what it tries."""
    known = names(bank)
    statements = UPDATES | DELETES | INSERTS
    if database.connection().dialect.name == "sqlite":
        tables = ("transfer", "account", "ledger", "approval")
        statements |= {f"replace {table}": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" for table in tables}
    else:
        statements |= {f"empty {table}": f"TRUNCATE {table} CASCADE" for table in GUARDED_TABLES}
    return {what: said(statement, known) for what, statement in statements.items()} | {
        what: written(bank, line) for what, line in LINES.items()
    }


def names(bank: Bank) -> dict[str, Any]:
    book = database.query(Ledger).one()
    return {
        "mei": account_of(bank.people.mei),
        "bo": bank.bo, "chen": bank.chen, "dan": bank.dan, "fund": bank.fund, "issuance": bank.issuance,
        "post": bank.post, "hold": bank.hold, "ledger": book.id, "zeros": "0" * 64, "bo_person": bank.people.bo.id,
        "dan_person": bank.people.dan.id, "now": "2026-06-16 01:00:00.000000",
    }  # fmt: skip


def test_nobody_can(target: Bank) -> None:
    """Lines are perfect but for one thing: the place, the hash and the kinds are right."""
    attacks = all_attacks(target)
    assert len(attacks) >= 60
    assert [what for what, attack in attacks.items() if not is_refused(attack)] == []


ALIVE = {
    "ledger_starts_empty": "open a book that has begun",
    "account_starts_empty": "open a rich passbook",
    "account_explained": "give himself minutes",
    "ledger_explained": "turn the head back",
    "transfer_next_in_chain": "write a line into the past",
    "transfer_accounts_open": "pay a frozen passbook",
    "transfer_hold_lasts": "hold for no time at all",
    "transfer_resolves_hold": "take more than was held",
    "transfer_reversal_exact": "reverse another amount",
    "transfer_link_known": "pay himself from the fund",
    "transfer_agreed": "mint minutes out of nothing",
    "approval_in_time": "approve what is done",
    "approval_of_the_proposal": "approve what nobody proposed",
    "approval_by_a_third": "propose on one's own account",
    "standing_legal": "close a full passbook",
    "transfer_rule_fixed": "allow a new direction",
    "account_no_delete": "erase a passbook",
    "transfer_no_delete": "erase a line",
    "transfer_rule_no_delete": "erase one rule",
    "approval_no_delete": "erase a word",
    "audit_entry_no_delete": "erase the trail",
    "standing_no_delete": "erase that it is frozen",
    "transfer_no_update": "change an amount",
    "transfer_rule_no_update": "change what minutes may do",
    "approval_no_update": "change a word on a proposal",
    "audit_entry_no_update": "rewrite the trail",
    "standing_no_update": "open a frozen passbook",
    "approval_no_truncate": "empty approval",
    "audit_entry_no_truncate": "empty audit_entry",
    "standing_no_truncate": "empty standing",
    "transfer_moves_balances": "spend more than there is",
}
"""The guard that alone stands in the way of an attack."""

SECOND_LOCKS = {
    "transfer_sides_match", "transfer_shape", "transfer_instants", "account_within_limits", "account_place_kept",
    "ledger_place_kept", "ledger_no_delete", "ledger_no_truncate", "account_no_truncate", "transfer_no_truncate",
    "transfer_rule_no_truncate", *(f"{table}_no_replace" for table in KEYS),
}  # fmt: skip
"""Guards that repeat a constraint, a foreign key or another guard, for a connection that has switched those off."""


def test_each_guard_is_alive(target: Bank) -> None:
    """Without it, what it stands against gets through."""
    attacks = all_attacks(target)
    guards = definitions(database.connection().dialect.name)
    assert guards.keys() <= ALIVE.keys() | SECOND_LOCKS
    dead = []
    for name in guards.keys() & ALIVE.keys():

        def without(name: str = name) -> None:
            drop_guard(database.connection(), name)
            if is_refused(attacks[ALIVE[name]]):
                dead.append(name)

        is_refused(without)
    assert dead == []


def test_the_forger_knows_how_to_write_a_good_line(bank: Bank) -> None:
    """So that the refusals above are for the one thing that is wrong."""
    database.add(forged(bank, kind="gift", debit="bo", credit="dan", amount=5))
    database.flush()
    assert (bank.posted(bank.bo), bank.posted(bank.dan)) == (25, 5)


@pytest.fixture
def target(bank: Bank) -> Bank:
    """The bank with a frozen passbook, and a correction of another amount that two people agreed to."""
    people = bank.people
    frozen = service.ensure_person_account(people.mei.id)
    service.freeze(account_id=frozen.id, by=people.lin.id, reason="under review")
    word = service.propose(
        uid="another amount", kind=TransferKind.REVERSAL, debit=bank.bo, credit=bank.chen, minutes=29,
        by=people.lin.id, reverses=bank.post,
    )  # fmt: skip
    yes = {column.name: getattr(word, column.name) for column in Approval.__table__.c}
    database.add(Approval(**yes | {"step": "approve", "person_id": people.approver.id}))
    record(people.actor(people.lin), "test.act", "thing:1")
    database.flush()
    return bank


def account_of(person: Any) -> str | None:
    found = person_account(person.id)
    return found.id if found else None


def _end(bank: Bank, book: Ledger, given: dict[str, Any]) -> Any:
    if not given.get("expires"):
        return None
    return book.head_at if given.get("at_once") else bank.transfer(bank.hold).expires_at


def forged(bank: Bank, **given: Any) -> Transfer:
    book = database.query(Ledger).one()
    database.refresh(book)
    clearing = database.query(Account).filter_by(kind="clearing").one()
    ids = {"bo": bank.bo, "chen": bank.chen, "dan": bank.dan, "fund": bank.fund, "issuance": bank.issuance,
           "clearing": clearing.id, "mei": account_of(bank.people.mei)}  # fmt: skip
    debit = database.get_one(Account, ids[given["debit"]])
    credit = database.get_one(Account, ids[given["credit"]])
    hold = {"hold": bank.hold, "spent_hold": bank.spent_hold}.get(given.get("hold_uid", ""))
    row = Transfer(
        uid=given.get("uid", "forged"), ledger_id=book.id, seq=book.head_seq + 1 + given.get("skip", 0),
        unit="minute", kind=given["kind"], phase=given.get("phase", "single"), debit_account_id=debit.id,
        debit_kind=debit.kind, credit_account_id=credit.id, credit_kind=credit.kind, amount=given["amount"],
        hold_uid=hold, reverses_uid=bank.post if given.get("reverses") else None, link_uid=None,
        expires_at=_end(bank, book, given), made_by_id=None,
        agreed_by="a,b" if given["kind"] in ("seed", "reversal") else None,
        created_at=book.head_at + timedelta(days=given.get("days", 0)),
        prev_hash=given.get("prev", book.head_hash),
    )  # fmt: skip
    row.row_hash = row_hash({name: getattr(row, name) for name in FIELDS})
    return row
