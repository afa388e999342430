"""What somebody with a connection to the database and bad intentions may try, and how a line is forged.

Lines are perfect but for one thing: the place, the hash and the kinds are right. How much may be given is tried here;
what else is tried on gifts, and on the tables of heads, records and rules, stands with their own tests.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import clock
from app.db import rows_touched
from app.db import session as database
from app.ledger.chain import FIELDS, row_hash
from app.ledger.guards import GUARDED_TABLES, drop_guard
from app.ledger.models import NEEDED_APPROVERS, Account, Approval, Ledger, Transfer
from app.ledger.queries import person_account
from app.passbook.models import GiftOrder
from app.passbook.queries import next_gift_nr
from tests.factories import ZONE
from tests.ledger.conftest import Bank

DAY_CAP_MIN, YEAR_CAP_MIN = 20, 25
"""What may be given in the bank under attack, by rules of its community."""

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
    "announce more afterwards": "UPDATE expiry_notice SET amount = 600 WHERE uid = 'once'",
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
    "take a notice back": "DELETE FROM expiry_notice WHERE uid = 'once'",
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
    "spend more than there is": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 31},
    "move a negative amount": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": -5},
    "move nothing": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 0},
    "pay oneself": {"kind": "gift", "debit": "bo", "credit": "bo", "amount": 5},
    "go backwards as a donation": {"kind": "donate", "debit": "fund", "credit": "bo", "amount": 5},
    "reverse without a word": {"kind": "reversal", "debit": "bo", "credit": "chen", "amount": 30, "reverses": "post"},
    "skip a place in the chain": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 5, "skip": 1},
    "follow another line": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 5, "prev": "0" * 64},
    "write a line into the past": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 5, "days": -1},
    "pay a frozen passbook": {"kind": "late_credit", "debit": "fund", "credit": "mei", "amount": 5},
    "hold for no time at all": {"kind": "service", "phase": "hold", "debit": "chen", "credit": "clearing",
                                "amount": 5, "expires": True, "at_once": True},
    "reverse another amount": {"kind": "reversal", "debit": "bo", "credit": "chen", "amount": 29, "reverses": "post",
                               "uid": "another amount"},
    "count points among minutes": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 5, "unit": "point"},
    "move half a minute": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 0.5},
    "name another kind of passbook": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 5,
                                      "debit_kind": "family_pool"},
    "void a part of a hold": {"kind": "service", "phase": "void", "debit": "chen", "credit": "clearing", "amount": 5,
                              "hold_uid": "hold"},
    "post a hold that has run out": {"kind": "service", "phase": "post", "debit": "chen", "credit": "bo", "amount": 5,
                                     "hold_uid": "hold", "days": 31},
    "take minutes without a word": {"kind": "adjust", "debit": "bo", "credit": "adjustment",
                                                       "amount": 5},
    "settle a living person's minutes": {"kind": "settle", "debit": "chen", "credit": "fund", "amount": 5},
    "let time lapse unannounced": {"kind": "expire", "debit": "bo", "credit": "expiry", "amount": 5},
    "let time lapse after one notice": {"kind": "expire", "debit": "bo", "credit": "expiry", "amount": 5,
                                        "uid": "once"},
    "let more lapse than was announced": {"kind": "expire", "debit": "bo", "credit": "expiry", "amount": 6,
                                          "uid": "twice"},
    "let time lapse before its day": {"kind": "expire", "debit": "bo", "credit": "expiry", "amount": 5,
                                      "uid": "early"},
    "let a purpose pay itself out": {"kind": "donate", "debit": "charity", "credit": "fund", "amount": 5},
    "let a purpose pay more than the visit": {"kind": "donate", "debit": "charity", "credit": "fund", "amount": 31,
                                              "uid": "visit:done:post:charity", "link": "visit:done:post"},
    "redeem another's time": {"kind": "redeem", "debit": "bo", "credit": "shop", "amount": 5, "by": "dan"},
    "redeem in nobody's name": {"kind": "redeem", "debit": "bo", "credit": "shop", "amount": 5},
    "count a longer visit on one's own word": {"kind": "overrun", "debit": "chen", "credit": "bo", "amount": 5,
                                               "link": "visit:done:post", "by": "bo"},
    "count a longer visit from somebody else": {"kind": "overrun", "debit": "fund", "credit": "bo", "amount": 5,
                                                "link": "visit:done:post", "by": "chen"},
    "use an act's name again": {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 5,
                                "uid": "visit:done:post"},
}  # fmt: skip

GIFTS: dict[str, dict[str, Any]] = {
    "give more in a day than the rules allow": {"amount": 6},
    "allow oneself more in a day": {"amount": 6, "cap_min": 240},
    "give more in a year than the rules allow": {"amount": 11, "days": 1},
    "allow oneself more in a year": {"amount": 11, "days": 1, "year_cap_min": 6000},
    "give today what is tomorrow's to give": {"amount": 6, "day": 1},
    "give today what was yesterday's to give": {"amount": 6, "day": -1},
    "stand twice at one place among one's gifts": {"nr": 1},
    "leave out a place among one's gifts": {"nr": 9},
    "decide half a minute": {"amount": 0.5},
    "decide less than nothing, to give more later": {"amount": -100},
}
"""Orders beside one of 15 minutes, where 20 may be given in a day and 25 in a year. What is not named is right: the
caps, the day (`day`, days from the right one), the place, the moment (`days` from now)."""


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
        touched = rows_touched(database.execute(text(statement), wanted))
        assert touched != 0, f"touched nothing: {statement}"

    return attack


def written(bank: Bank, line: dict[str, Any]) -> Callable[[], None]:
    """The attack that stores this line."""

    def attack() -> None:
        database.add(forged(bank, **line))
        database.flush()

    return attack


def ordered(bank: Bank, *, giver: str = "bo", **other: Any) -> GiftOrder:
    """An order of a first gift to Aunt Chen, as the code would write it; `other` is what the attack changes."""
    book = database.query(Ledger).one()
    database.refresh(book)
    owner, purse = {"bo": (bank.people.bo.id, bank.bo), "debtor": ("debtor", debtor_of(bank))}[giver]
    asked_at = max(clock.now().replace(microsecond=0), book.head_at) + timedelta(days=other.pop("days", 0))
    day = asked_at.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=other.pop("day", 0))
    usual: dict[str, Any] = {
        "uid": f"gift:{giver}:{next_gift_nr(purse)}", "giver_id": owner, "giver_account_id": purse,
        "receiver_account_id": bank.chen, "relation": "parents", "amount": 5, "day": day, "cap_min": DAY_CAP_MIN,
        "year_cap_min": YEAR_CAP_MIN, "nr": next_gift_nr(purse), "first": True, "cooling_h": 24, "needs_word": False,
        "asked_at": asked_at, "ripe_at": asked_at + timedelta(hours=24),
    }  # fmt: skip
    return GiftOrder(**usual | other)


def decided(bank: Bank, order: dict[str, Any]) -> Callable[[], None]:
    """The attack that stores this order beside the one of 15 minutes."""

    def attack() -> None:
        database.add(ordered(bank, **order))
        database.flush()

    return attack


def given(bank: Bank, amount: int, *, giver: str = "bo", days: int = 0) -> None:
    """Two gifts given now, the second `days` later, from orders that were laid while their own guards were down."""
    for name in ("gift_order_cools", "gift_order_within_cap", "gift_order_within_year", "gift_order_by_owner",
                 "gift_order_of_its_day"):  # fmt: skip
        drop_guard(database.connection(), name)
    steps = ((15, 0), (amount, days)) if giver == "bo" else ((amount, 0),)
    for minutes, later in steps:
        order = ordered(bank, giver=giver, amount=minutes, days=later, first=False, cooling_h=0)
        order.ripe_at = order.asked_at
        database.add(order)
        database.flush()
        line = forged(bank, kind="gift", debit=giver, credit="chen", amount=minutes, uid=order.uid, days=later)
        line.made_by_id = order.giver_id
        database.add(_hashed(line))
        database.flush()


def shadows(bank: Bank) -> dict[str, Callable[[], None]]:
    """What a table of one's own, found before the real one of that name, would let through (PostgreSQL)."""

    def mint() -> None:
        seed = {"ledger_id": database.query(Ledger).one().id, "kind": "seed", "debit_account_id": bank.issuance,
                "credit_account_id": bank.bo, "amount": 60, "created_at": clock.now()}  # fmt: skip
        database.execute(text("CREATE TEMPORARY TABLE approval (LIKE approval)"))
        for person, step in (("a", "propose"), ("b", "approve")):
            database.execute(Approval.__table__.insert().values(uid="forged", person_id=person, step=step, **seed))
        written(bank, {"kind": "seed", "debit": "issuance", "credit": "bo", "amount": 60})()

    def keep_the_balance() -> None:
        database.execute(text("CREATE TEMPORARY TABLE account (LIKE account INCLUDING ALL)"))
        database.execute(text("INSERT INTO account SELECT * FROM public.account"))
        written(bank, {"kind": "donate", "debit": "bo", "credit": "fund", "amount": 5})()
        kept = database.scalar(text("SELECT posted FROM public.account WHERE id = :bo"), {"bo": bank.bo})
        if kept == 25:
            raise DBAPIError(None, None, Exception("the real balance moved"))

    return {"mint on words in a table of one's own": mint, "spend from a table of one's own": keep_the_balance}


def debtor_of(bank: Bank) -> str:
    """The passbook with nothing in it that may owe an hour."""
    return database.query(Account).filter_by(owner_id="debtor").one().id


def all_attacks(bank: Bank) -> dict[str, Callable[[], None]]:
    """Every attack on this engine, by what it tries."""
    known = names(bank)
    statements = UPDATES | DELETES | INSERTS
    if database.connection().dialect.name == "sqlite":
        tables = ("transfer", "account", "ledger", "approval", "expiry_notice", "standing", "audit_entry")
        statements |= {f"replace {table}": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" for table in tables}
    else:
        statements |= {f"empty {table}": f"TRUNCATE {table} CASCADE" for table in GUARDED_TABLES}
    return (
        (shadows(bank) if database.connection().dialect.name == "postgresql" else {})
        | {what: said(statement, known) for what, statement in statements.items()}
        | {what: written(bank, line) for what, line in LINES.items()}
        | {what: decided(bank, order) for what, order in GIFTS.items()}
        | {
            "give beyond the day's cap what was ordered past the guards": lambda: given(bank, 6),
            "give beyond the year's cap what was ordered past the guards": lambda: given(bank, 11, days=1),
            "give on credit": lambda: given(bank, 5, giver="debtor"),
        }
    )


def names(bank: Bank) -> dict[str, Any]:
    book = database.query(Ledger).one()
    return {
        "mei": account_of(bank.people.mei),
        "bo": bank.bo, "chen": bank.chen, "dan": bank.dan, "fund": bank.fund, "issuance": bank.issuance,
        "post": bank.post, "hold": bank.hold, "ledger": book.id, "zeros": "0" * 64, "bo_person": bank.people.bo.id,
        "dan_person": bank.people.dan.id, "now": "2026-06-16 01:00:00.000000",
    }  # fmt: skip


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
    ids = {"bo": bank.bo, "chen": bank.chen, "dan": bank.dan, "fund": bank.fund, "issuance": bank.issuance,
           "mei": account_of(bank.people.mei)}  # fmt: skip
    for kind in ("clearing", "expiry", "adjustment", "charity_fund", "shop"):
        ids[kind.removesuffix("_fund")] = database.scalar(select(Account.id).where(Account.kind == kind))
    ids["debtor"] = database.scalar(select(Account.id).where(Account.owner_id == "debtor"))
    debit = database.get_one(Account, ids[given["debit"]])
    credit = database.get_one(Account, ids[given["credit"]])
    hold = {"hold": bank.hold, "spent_hold": bank.spent_hold}.get(given.get("hold_uid", ""))
    row = Transfer(
        uid=given.get("uid", "forged"), ledger_id=book.id, seq=book.head_seq + 1 + given.get("skip", 0),
        unit=given.get("unit", "minute"), kind=given["kind"], phase=given.get("phase", "single"),
        debit_account_id=debit.id, debit_kind=given.get("debit_kind", debit.kind), credit_account_id=credit.id,
        credit_kind=credit.kind, amount=given["amount"], hold_uid=hold,
        reverses_uid=bank.post if given.get("reverses") else None, link_uid=given.get("link"),
        expires_at=_end(bank, book, given),
        made_by_id=getattr(bank.people, given["by"]).id if "by" in given else None,
        agreed_by="a,b" if given["kind"] in NEEDED_APPROVERS else None,
        created_at=book.head_at + timedelta(days=given.get("days", 0)), prev_hash=given.get("prev", book.head_hash),
    )  # fmt: skip
    return _hashed(row)


def _hashed(row: Transfer) -> Transfer:
    row.row_hash = row_hash({name: getattr(row, name) for name in FIELDS})
    return row
