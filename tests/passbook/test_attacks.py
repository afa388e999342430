"""Statements past the code about what members give: each refused by the database, and by one guard alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import clock as wall
from app.db import session as database
from app.ledger.chain import FIELDS, row_hash
from app.ledger.guards import definitions, drop_guard
from app.ledger.member_guards import MEMBER_GUARDS, MEMBER_KEYS, POOL_KEYS
from app.ledger.models import Ledger
from app.ledger.service import seed
from app.passbook.gifts import ask_gift, call_back, give_due, say_word
from app.passbook.models import GiftEnd, GiftOrder, GiftStop, GiftWord, Nomination
from app.passbook.nominating import nominate
from app.passbook.pool_queries import pool_account
from app.passbook.pools import ask_in, open_pool
from app.passbook.queries import next_gift_nr
from app.passbook.stopping import stop_gifts
from tests.factories import acting
from tests.ledger.attacks import forged
from tests.passbook.conftest import Family

Attack = Callable[[], None]


def order(family: Family, **other: Any) -> GiftOrder:
    """Bo's first gift to Dan, as the code would write it; `other` is what the attack changes."""
    bank = family.bank
    now = max(wall.now().replace(microsecond=0), database.query(Ledger).one().head_at)
    usual: dict[str, Any] = {
        "uid": "gift:forged", "giver_id": bank.people.bo.id, "giver_account_id": bank.bo,
        "receiver_account_id": bank.dan, "relation": "parents", "amount": 5, "day": now.date(), "cap_min": 240,
        "year_cap_min": 6000, "first": True, "cooling_h": 24, "needs_word": False, "asked_at": now,
        "ripe_at": now + timedelta(hours=24),
    }  # fmt: skip
    usual["nr"] = next_gift_nr(other.get("giver_account_id", bank.bo))
    return GiftOrder(**usual | other)


def line(family: Family, **given: Any) -> Any:
    """A well-formed line of a gift, past the code."""
    row = forged(family.bank, kind="gift", **given)
    row.made_by_id = given.get("made_by", family.bank.people.bo.id)
    return _hashed(row)


def _hashed(row: Any) -> Any:
    row.row_hash = row_hash({field: getattr(row, field) for field in FIELDS})
    return row


def adds(row: Any) -> Attack:
    def attack() -> None:
        database.add(row() if callable(row) else row)
        database.flush()

    return attack


def says(statement: str, **values: Any) -> Attack:
    return lambda: database.execute(text(statement), values)


@pytest.fixture
def scene(family: Family, clock: Any) -> dict[str, str]:
    """A gift that waits (Bo), one that was called back, one given, an elder's that nobody asked about (Chen), a stop
    (Dan), a nomination, and a pool that Bo was asked to join and has not."""
    people = family.bank.people
    ask_gift(family.bo, uid="gift:done", to=family.wu.id, minutes=2)
    ask_gift(family.chen, uid="gift:asked", to=family.husband.id, minutes=5)
    clock.forward(hours=24)
    give_due()
    wu = acting(family.wu)
    pool = open_pool(wu)
    ask_in(wu, pool.id, person_id=people.bo.id, draws=False)
    ask_gift(family.chen, uid="gift:back", to=family.husband.id, minutes=1)
    call_back(family.chen, "gift:back")
    say_word(family.guo, "gift:asked", said_yes=False, how="phone")
    ask_gift(family.chen, uid="gift:open", to=family.husband.id, minutes=5)
    seed(uid="seed:dan", issuance=family.bank.issuance, to=family.bank.dan, minutes=10,
         approvers=[people.lin.id, people.approver.id])  # fmt: skip
    stop_gifts(acting(people.dan), person_id=people.dan.id)
    nominate(family.bo, nominee_id=family.wu.id)
    account = pool_account(pool)
    assert account is not None
    return {"pool": account.id}


def attacks(family: Family, scene: dict[str, str]) -> dict[str, Attack]:
    bank, people, now = family.bank, family.bank.people, wall.now()
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)

    def order_then_line(*, giver: str = "bo", receiver: str = "", receiver_kind: str = "person") -> None:
        """An order whose time has come, laid while its own guards are down, and the line that follows it."""
        ids = {"bo": (people.bo.id, bank.bo), "dan": (people.dan.id, bank.dan)}
        giver_id, giver_account = ids[giver]
        row = order(family, uid="gift:due", giver_id=giver_id, giver_account_id=giver_account,
                    receiver_account_id=receiver)  # fmt: skip
        row.ripe_at, row.first, row.cooling_h = row.asked_at, False, 0
        for name in ("gift_order_cools", "gift_order_not_stopped"):
            drop_guard(database.connection(), name)
        database.add(row)
        database.flush()
        done = line(family, uid="gift:due", debit="bo", credit="dan", amount=5)
        done.debit_account_id, done.made_by_id = giver_account, giver_id
        done.credit_account_id, done.credit_kind = receiver, receiver_kind
        database.add(_hashed(done))
        database.flush()

    def donated() -> None:
        row = forged(bank, kind="donate", debit="bo", credit="fund", amount=5)
        row.made_by_id = people.mei.id
        database.add(_hashed(row))
        database.flush()

    return {
        "give what nobody decided": adds(lambda: line(family, debit="bo", credit="dan", amount=5)),
        "give from a stopped passbook": lambda: order_then_line(giver="dan", receiver=bank.bo),
        "give into a stranger's pool": lambda: order_then_line(
            receiver=scene["pool"], receiver_kind="family_pool"
        ),
        "donate what is another's": donated,
        "decide for another": adds(lambda: order(family, giver_id=people.mei.id)),
        "decide in the past": adds(lambda: order(family, asked_at=long_ago, ripe_at=long_ago + timedelta(hours=24))),
        "call a first gift a later one": adds(lambda: order(family, first=False)),
        "not wait at all": adds(lambda: order(family, ripe_at=now, asked_at=now)),
        "wait for less than the rules say": adds(lambda: order(family, cooling_h=1)),
        "spare an elder the question": adds(
            lambda: order(family, giver_id=people.chen.id, giver_account_id=bank.chen, needs_word=False)
        ),
        "give more in a day than the rules allow": adds(lambda: order(family, amount=500, cap_min=500)),
        "decide on a stopped passbook": adds(
            lambda: order(family, giver_id=people.dan.id, giver_account_id=bank.dan, receiver_account_id=bank.bo)
        ),
        "say yes to one's own gift": adds(
            GiftWord(uid="gift:open", person_id=people.chen.id, said_yes=True, how="phone", at=now)
        ),
        "say yes to a gift to oneself": adds(
            GiftWord(uid="gift:open", person_id=family.husband.id, said_yes=True, how="phone", at=now)
        ),
        "call back what was given": adds(GiftEnd(uid="gift:done", why="called_back", by_id=people.bo.id, at=now)),
        "let another's gifts go again": adds(
            GiftStop(account_id=bank.dan, nr=2, stopped=False, by_id=people.bo.id, at=now)
        ),
        "skip a place among the stops": adds(
            GiftStop(account_id=bank.dan, nr=3, stopped=False, by_id=people.dan.id, at=now)
        ),
        "nominate for another": adds(
            Nomination(person_id=people.dan.id, nr=1, heir="person", nominee_id=people.bo.id, said_by_id=people.bo.id,
                       at=now)
        ),
        "give a pool to another unit": says("UPDATE household SET opened_by = 'x'"),
        "draw from a pool one only gives into": says("UPDATE household_member SET draws = (1 = 1) WHERE NOT draws"),
        **{f"change {table}": says(f"UPDATE {table} SET {column} = {column}") for table, column in CHANGED.items()},
        **{f"erase {table}": says(f"DELETE FROM {table}") for table in ERASED},
    }  # fmt: skip


CHANGED = {"gift_order": "amount", "gift_word": "said_yes", "gift_end": "why", "gift_stop": "stopped",
           "nomination": "nominee_id"}  # fmt: skip
ERASED = ("gift_word", "gift_end", "gift_stop", "nomination", "household_member")
ALIVE = {
    "transfer_gift_ordered": "give what nobody decided",
    "transfer_gift_not_stopped": "give from a stopped passbook",
    "transfer_gift_by_member": "give into a stranger's pool",
    "transfer_donated_by_owner": "donate what is another's",
    "gift_order_by_owner": "decide for another",
    "gift_order_cools": "call a first gift a later one",
    "gift_order_within_cap": "give more in a day than the rules allow",
    "gift_order_not_stopped": "decide on a stopped passbook",
    "gift_word_by_a_third": "say yes to one's own gift",
    "gift_end_in_time": "call back what was given",
    "gift_stop_next": "let another's gifts go again",
    "nomination_next": "nominate for another",
    "household_fixed": "give a pool to another unit",
    "household_member_steps": "draw from a pool one only gives into",
    **{f"{table}_no_update": f"change {table}" for table in CHANGED},
    **{f"{table}_no_delete": f"erase {table}" for table in ERASED},
}
"""The guard that alone stands in the way of an attack; the rest repeat keys and foreign keys."""


def is_refused(attack: Attack) -> bool:
    """Whether the database refuses; whatever was written is taken back."""
    step = database.begin_nested()
    try:
        attack()
    except DBAPIError:
        return True
    finally:
        step.rollback()
        database.expire_all()
    return False


def test_nobody_can(family: Family, scene: dict[str, str]) -> None:
    accepted = [name for name, attack in attacks(family, scene).items() if not is_refused(attack)]
    assert accepted == []


def test_each_guard_of_members_is_alive(family: Family, scene: dict[str, str]) -> None:
    known = attacks(family, scene)
    assert {guard.name for guard in MEMBER_GUARDS} <= ALIVE.keys()
    dead = []
    for name, attack in ALIVE.items():

        def without(name: str = name, attack: str = attack) -> None:
            drop_guard(database.connection(), name)
            if is_refused(known[attack]):
                dead.append(name)

        is_refused(without)
    assert dead == []


def test_the_forger_writes_an_order_that_is_good_but_for_one_thing(family: Family) -> None:
    database.add(order(family))
    database.flush()
    assert database.get(GiftOrder, "gift:forged") is not None


def test_every_table_of_members_is_guarded(family: Family) -> None:
    names = definitions(database.connection().dialect.name).keys()
    assert {f"{table}_no_delete" for table in (*MEMBER_KEYS, *POOL_KEYS)} <= names
    assert {f"{table}_no_update" for table in MEMBER_KEYS} <= names
