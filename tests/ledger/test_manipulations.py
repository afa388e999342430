"""Somebody with the whole database in her hands and every guard taken down: what she changes is found.

Single values, single rows, lines that change places, lines written anew with every hash and balance after them, heads
and keys of her own. She has the database and not the signing key; one copy of the published heads is kept elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import Table, insert, select, update
from sqlalchemy.exc import DBAPIError

from app.db import Base
from app.db import session as database
from app.ledger import heads, keys, service
from app.ledger.chain import FIELDS, row_hash
from app.ledger.guards import drop_guards
from app.ledger.head import FORMAT, canonical, digest, key_id_of
from app.ledger.merkle import leaf_hash
from app.ledger.models import GENESIS, Ledger
from app.ledger.tiles import Tree
from app.ledger.verify import verify
from tests.ledger.conftest import Bank, later

SEED = 20261125
EXPECTED = {"I3", "I12"}  # this test took the guards down, and the bank's visits have no rows of their own
TABLES = ("transfer", "account", "ledger", "approval", "published_head", "signing_key", "tree_tile", "leaf_salt")
FREE = {"account.opened_at", "ledger.opened_at", "approval.created_at", "signing_key.since", "approval.ledger_id"}
"""What is said for the reader only; nothing is made of it."""


def table(name: str) -> Table:
    return Base.metadata.tables[name]


@dataclass
class World:
    """The bank, what is kept elsewhere, and the chance that decides."""

    bank: Bank
    kept: list[Any]
    dice: Random
    own: Ed25519PrivateKey

    def rows(self, name: str) -> list[dict[str, Any]]:
        found = table(name)
        order = found.c.seq if name == "transfer" else next(iter(found.primary_key))
        return [dict(row) for row in database.execute(select(found).order_by(order)).mappings()]

    def set(self, name: str, row: Mapping[str, Any], **values: Any) -> None:
        key = [column == row[column.name] for column in table(name).primary_key]
        database.execute(update(table(name)).where(*key).values(values))


@pytest.fixture
def world(bank: Bank, app: Flask) -> Iterator[World]:
    """A life of some thirty lines, published three times; a few lines more came after the last head."""
    people, dice = bank.people, Random(SEED)
    heads.publish(_book())
    for n in range(6):
        service.donate(uid=f"gift:{n}", giver=bank.bo, fund=bank.fund, minutes=1 + n, by=people.bo.id)
        service.hold(uid=f"order:{n}:hold:1", payer=bank.fund, minutes=20 + n, expires_at=later())
    for n in range(3):
        service.post(hold_uid=f"order:{n}:hold:1", uid=f"visit:v{n}:post", payee=bank.bo, minutes=15 + n)
    service.void(hold_uid="order:3:hold:1", uid="order:3:hold:1:void")
    heads.publish(_book())
    service.reverse(uid="gift:2:reversal", of="gift:2", by=people.lin.id, approver=people.approver.id)
    service.seed(uid="seed:more", issuance=bank.issuance, to=bank.fund, minutes=60,
                 approvers=[people.lin.id, people.approver.id])  # fmt: skip
    keys.renew_key()
    heads.publish(_book())
    service.donate(uid="gift:last", giver=bank.bo, fund=bank.fund, minutes=2, by=people.bo.id)
    kept = [heads.document(heads.head_of(_book(), nr)) for nr in (1, 2, 3)]
    assert {one.invariant for one in verify(kept).findings} <= EXPECTED
    drop_guards(database.connection())
    yield World(bank, kept, dice, Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)))
    database.rollback()
    for name in (keys.FILE, keys.NEXT):
        (app.config["SETTINGS"].instance / name).unlink(missing_ok=True)


# What she does -------------------------------------------------------------------------------------------------------


def one_value(world: World) -> str:
    """Any column of any row, to what stands in another row, or to a near number."""
    name = world.dice.choice(TABLES)
    rows = [row for row in world.rows(name) if row.get("uid") != "gift:last" or name != "leaf_salt"]  # not sealed yet
    row = world.dice.choice(rows)
    fine = [c for c in table(name).c if f"{name}.{c.name}" not in FREE and not c.primary_key]
    column = world.dice.choice(fine).name
    now = row[column]
    others = [one[column] for one in rows if one[column] != now]
    if isinstance(now, int):
        others.append(now + world.dice.choice([-7, -1, 1, 60]))
    if isinstance(now, str) and len(now) > 20:
        others.append(_bent(now, world.dice))
    if isinstance(now, bytes):
        others.append(now[:-1] + bytes([now[-1] ^ 1]))
    value = world.dice.choice(others)
    world.set(name, row, **{column: value})
    return f"{name}.{column}"


def one_row_gone(world: World) -> str:
    name = world.dice.choice([name for name in TABLES if name != "leaf_salt"])  # a salt may be erased
    used = [row for row in world.rows(name) if row.get("last_seq", 1)]  # a passbook without a line leaves no gap
    row = world.dice.choice(used)
    key = [column == row[column.name] for column in table(name).primary_key]
    database.execute(table(name).delete().where(*key))
    return f"a row of {name}"


def two_lines_change_places(world: World) -> str:
    one, two = world.dice.sample(world.rows("transfer"), 2)
    world.set("transfer", one, seq=10_000)
    world.set("transfer", two, seq=one["seq"])
    world.set("transfer", one, seq=two["seq"])
    return f"{one['seq']} and {two['seq']}"


def two_balances(world: World) -> str:
    """Minutes from one passbook to another, without a line: the sum stays 0."""
    one, two = world.dice.sample(world.rows("account"), 2)
    minutes = world.dice.randrange(1, 20)
    world.set("account", one, posted=one["posted"] + minutes)
    world.set("account", two, posted=two["posted"] - minutes)
    return "two balances"


def a_line_with_its_hash(world: World) -> str:
    """One line changed and its own hash made again; the next one no longer follows it."""
    rows = world.rows("transfer")
    row = world.dice.choice(rows[:-1])
    changed = _changed(row, rows, world.dice)
    world.set("transfer", row, **{**changed, "row_hash": row_hash({name: changed[name] for name in FIELDS})})
    return f"line {row['seq']}"


def a_rewritten_book(world: World) -> str:
    """One published line changed, every hash after it made anew, every balance and the head made to fit."""
    rows = world.rows("transfer")
    published = max(head["seq"] for head in world.rows("published_head"))
    at = world.dice.randrange(published)
    rows[at] = _changed(rows[at], rows, world.dice)
    _write(world, rows, at)
    return f"from line {at + 1}"


def a_rewritten_book_and_tree(world: World) -> str:
    """The same, and the tree with it."""
    said = a_rewritten_book(world)
    _grow_anew(world)
    return said


def a_rewritten_book_with_her_own_heads(world: World) -> str:
    """The same, and all heads signed again with a key of her own, which is put in the place of the site's."""
    a_rewritten_book(world)
    tree = _grow_anew(world)
    _sign_anew(world, tree)
    return "heads of her own"


def a_line_left_out(world: World) -> str:
    """A line that nobody misses taken out, and everything after it moved up, hashes and balances too."""
    rows = world.rows("transfer")
    published = max(head["seq"] for head in world.rows("published_head"))
    named = {row[name] for row in rows for name in ("hold_uid", "reverses_uid")}
    gone = world.dice.choice([row for row in rows[:published] if row["uid"] not in named])
    at = rows.index(gone)
    database.execute(table("transfer").delete().where(table("transfer").c.uid == gone["uid"]))
    _write(world, rows[:at] + rows[at + 1 :], at)
    return gone["uid"]


def minutes_out_of_nothing(world: World) -> str:
    """A line more at the end, hashes and balances right, that nobody ever agreed to."""
    rows = world.rows("transfer")
    bank, last = world.bank, rows[-1]
    line = {**last, "uid": f"seed:{world.dice.randrange(10**6)}", "seq": last["seq"] + 1, "kind": "seed",
            "debit_account_id": bank.issuance, "debit_kind": "issuance",
            "credit_account_id": world.dice.choice([bank.bo, bank.dan]), "credit_kind": "person",
            "amount": world.dice.randrange(1, 600), "made_by_id": None,
            "agreed_by": ",".join(sorted([bank.people.lin.id, bank.people.approver.id]))}  # fmt: skip
    database.execute(insert(table("transfer")).values({**line, "prev_hash": "e" * 64, "row_hash": "f" * 64}))
    _write(world, [*rows, line], len(rows))
    return "a seed"


def newest_heads_gone(world: World) -> str:
    found = world.rows("published_head")
    left = world.dice.randrange(len(found))
    database.execute(table("published_head").delete().where(table("published_head").c.nr > left))
    return f"heads after {left}"


MANIPULATIONS: list[Callable[[World], str]] = [
    *[one_value] * 6, one_row_gone, two_lines_change_places, two_balances, a_line_with_its_hash, a_rewritten_book,
    a_rewritten_book_and_tree, a_rewritten_book_with_her_own_heads, a_line_left_out, minutes_out_of_nothing,
    newest_heads_gone,
]  # fmt: skip


def _bent(word: str, dice: Random) -> str:
    at = dice.randrange(len(word))
    return word[:at] + dice.choice([sign for sign in "0123456789abcdef" if sign != word[at]]) + word[at + 1 :]


def _changed(row: dict[str, Any], rows: list[dict[str, Any]], dice: Random) -> dict[str, Any]:
    """The line with another amount, payee, time or author."""
    persons = [one["credit_account_id"] for one in rows if one["credit_kind"] == row["credit_kind"]]
    others = [one for one in persons if one not in (row["credit_account_id"], row["debit_account_id"])]
    ways: list[dict[str, Any]] = [{"amount": max(1, row["amount"] + dice.choice([-1, 1, 2]))}, {"made_by_id": "0" * 16},
                                  {"link_uid": "else"}]  # fmt: skip
    if others:
        ways.append({"credit_account_id": dice.choice(others)})
    way = dice.choice([one for one in ways if any(row[name] != value for name, value in one.items())])
    return {**row, **way}


def _write(world: World, rows: list[dict[str, Any]], at: int) -> None:
    """Chain the lines from `at` on again, and make all balances and the head fit them."""
    last = rows[at - 1]["row_hash"] if at else GENESIS
    for place in range(at, len(rows)):
        row = {**rows[place], "seq": place + 1, "prev_hash": last}
        row["row_hash"] = last = row_hash({name: row[name] for name in FIELDS})
        rows[place] = row
        world.set("transfer", row, **{name: value for name, value in row.items() if name != "uid"})
    database.execute(update(table("ledger")).values(head_seq=len(rows), head_hash=last, head_at=rows[-1]["created_at"]))
    amounts = {row["uid"]: row["amount"] for row in rows}
    for account in world.rows("account"):
        posted = held = seq = 0
        for row in rows:
            mine = account["id"] in (row["debit_account_id"], row["credit_account_id"])
            pays, moves = account["id"] == row["debit_account_id"], row["phase"] in ("single", "post")
            if mine and moves:
                posted += -row["amount"] if pays else row["amount"]
            if pays and row["phase"] == "hold":
                held += row["amount"]
            elif pays and row["hold_uid"]:
                held -= amounts[row["hold_uid"]]
            if mine and (pays or moves):
                seq = row["seq"]
        world.set("account", account, posted=posted, held=held, last_seq=seq)


def _grow_anew(world: World) -> Tree:
    salts = {row["uid"]: row["salt"] for row in world.rows("leaf_salt")}
    tree = Tree(lambda level, nr: b"")
    tree.extend((leaf_hash(salts[row["uid"]], row["row_hash"]) for row in world.rows("transfer")), 0)
    kept = world.rows("tree_tile")[0]
    world.set("tree_tile", kept, hashes=tree.tile(0, 0)[: len(kept["hashes"])])
    return tree


def _sign_anew(world: World, tree: Tree) -> None:
    public = world.own.public_key().public_bytes_raw().hex()
    database.execute(table("published_head").delete())
    database.execute(table("signing_key").delete())
    when = world.rows("transfer")[0]["created_at"]
    key = {"id": key_id_of(public), "nr": 1, "public": public, "handed_on": None, "since": when}
    database.execute(insert(table("signing_key")).values(key))
    before = "0" * 64
    lines = world.rows("transfer")
    for told in (document["head"] for document in world.kept):
        head = {**told, "head_hash": lines[told["seq"] - 1]["row_hash"], "root": tree.root(told["seq"]).hex(),
                "prev_digest": before, "key_id": key["id"]}  # fmt: skip
        before = digest(head)
        signature = world.own.sign(f"{FORMAT}\n{canonical(head)}".encode()).hex()
        stored = {**head, "day": lines[0]["created_at"].date(), "made_at": when, "digest": before,
                  "signature": signature}  # fmt: skip
        database.execute(insert(table("published_head")).values(stored))


def test_every_manipulation_is_found(world: World, full: bool) -> None:
    wanted, found, tried = (2_000 if full else 48), 0, 0
    while found < wanted:
        found += _is_found(world, MANIPULATIONS[tried % len(MANIPULATIONS)])
        tried += 1
        assert tried < wanted * 4, "too many of these manipulations are refused by the tables themselves"


def test_each_kind_of_manipulation_is_found(world: World) -> None:
    """So that none hides among the others: each kind comes through the tables' own constraints at least once."""
    for manipulate in sorted(set(MANIPULATIONS), key=lambda one: one.__name__):
        assert any(_is_found(world, manipulate) for _ in range(30)), f"{manipulate.__name__} is always refused: no test"


def _is_found(world: World, manipulate: Callable[[World], str]) -> bool:
    """Whether what was done is found; False where the tables' own constraints did not let it be done."""
    savepoint = database.begin_nested()
    try:
        what = manipulate(world)
    except (DBAPIError, IndexError):  # a constraint says no, or nothing of the kind is there
        savepoint.rollback()
        return False
    database.expire_all()
    findings = {one.invariant for one in verify(world.kept).findings} - EXPECTED
    savepoint.rollback()
    database.expire_all()
    assert findings, f"seed {SEED}: {manipulate.__name__}: {what}"
    return True


def _book() -> str:
    return str(database.scalars(select(Ledger.id)).one())
