"""Attacks on what was published, past the code: the database itself refuses each; and each guard alone stops one."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import session as database
from app.ledger import heads, keys
from app.ledger.guards import create_guard, definitions, drop_guard
from app.ledger.head_guards import HEAD_GUARDS, HEAD_KEYS, TILE_KEYS
from app.ledger.models import Ledger, TreeTile
from app.ledger.verify import verify
from tests.ledger.attacks import is_refused, said
from tests.ledger.conftest import Bank

HEAD = (
    "INSERT INTO published_head SELECT ledger_id, {nr}, day, {made_at}, {seq}, {head_hash}, root, minute_minted,"
    " minute_held, minute_donated, minute_redeemed, minute_expired, point_minted, point_held, point_donated,"
    " point_redeemed, point_expired, {prev}, {key}, digest, signature FROM published_head WHERE nr = 1"
)  # fmt: skip
NEXT = {"nr": "2", "made_at": "made_at", "seq": "seq", "head_hash": "head_hash", "prev": "digest", "key": "key_id"}


def head(**changed: str) -> str:
    """The statement that stores a second head, right but for what is changed."""
    return HEAD.format(**(NEXT | changed))


ZEROS = "'" + "0" * 64 + "'"
ATTACKS = {
    "change a root": "UPDATE published_head SET root = :zeros",
    "change a total": "UPDATE published_head SET minute_minted = 0",
    "change a signature": "UPDATE published_head SET signature = signature",
    "take a head back": "DELETE FROM published_head",
    "skip a number": head(nr="3"),
    "publish twice after the same head": head(nr="2", prev=ZEROS),
    "publish a shorter book": head(seq="seq - 1"),
    "publish a longer book": head(seq="seq + 1"),
    "publish another last line": head(head_hash=ZEROS),
    "publish into the past": head(made_at="'2020-01-01 00:00:00.000000'"),
    "sign with a key that nobody knows": head(key="'" + "f" * 32 + "'"),
    "change a key": "UPDATE signing_key SET public = :zeros",
    "take a key back": "DELETE FROM signing_key",
    "slip a key in out of turn": "INSERT INTO signing_key (id, nr, public, handed_on, since)"
    " SELECT 'ffffffffffffffffffffffffffffffff', 7, public, signature, since FROM signing_key, published_head",
    "slip in a key nobody handed on": "INSERT INTO signing_key (id, nr, public, handed_on, since)"
    " SELECT 'ffffffffffffffffffffffffffffffff', 2, public, NULL, since FROM signing_key",
    "change the tree": "UPDATE tree_tile SET hashes = :short",
    "change the tree and let it grow": "UPDATE tree_tile SET hashes = :long",
    "cut the tree": "UPDATE tree_tile SET hashes = substr(hashes, 1, 32)",
    "move a tile": "UPDATE tree_tile SET nr = nr + 1",
    "fell the tree": "DELETE FROM tree_tile",
    "half a hash": "INSERT INTO tree_tile (ledger_id, level, nr, hashes) VALUES (:ledger, 5, 0, :half)",
}
ONLY_SQLITE = {
    "replace a head": "INSERT OR REPLACE INTO published_head SELECT * FROM published_head",
    "replace a key": "INSERT OR REPLACE INTO signing_key SELECT * FROM signing_key",
    "replace a tile": "INSERT OR REPLACE INTO tree_tile SELECT * FROM tree_tile",
    "push a tile aside": "UPDATE tree_tile SET rowid = rowid + 1, hashes = :grown",
}
ONLY_POSTGRESQL = {
    "empty the heads": "TRUNCATE published_head",
    "empty the keys": "TRUNCATE signing_key CASCADE",
    "empty the tree": "TRUNCATE tree_tile",
}
STOPS = {
    "signing_key_next": "slip a key in out of turn",
    "published_head_next": "publish into the past",
    "published_head_true": "publish another last line",
    "published_head_new_key": "sign with an older key",
    "tree_tile_grows": "change the tree and let it grow",
    "tree_tile_place_kept": "push a tile aside",
}
"""For each guard an attack that it alone stops."""


@pytest.fixture
def published(bank: Bank, app: Flask) -> Any:
    """The bank with one head, and a key that came after it."""
    heads.publish(_book())
    yield bank
    for name in (keys.FILE, keys.NEXT):
        (app.config["SETTINGS"].instance / name).unlink(missing_ok=True)


def values() -> dict[str, Any]:
    return {"zeros": "0" * 64, "short": b"\0" * 32, "long": b"\0" * 32 * 200, "half": b"\0" * 16,
            "grown": (database.scalar(select(TreeTile.hashes)) or b"") + b"\0" * 32, "ledger": _book()}  # fmt: skip


def attacks(engine: str) -> dict[str, str]:
    return ATTACKS | (ONLY_SQLITE if engine == "sqlite" else ONLY_POSTGRESQL)


def test_nothing_that_was_published_is_changed_past_the_code(published: Bank, engine: str) -> None:
    for what, statement in attacks(engine).items():
        assert is_refused(said(statement, values())), what


def test_the_right_next_head_is_let_in(published: Bank) -> None:
    assert not is_refused(said(head(), values()))


def test_an_older_key_signs_no_more(published: Bank) -> None:
    keys.renew_key()
    assert is_refused(said(head(), values()))


@pytest.mark.parametrize("guard", [guard.name for guard in HEAD_GUARDS])
def test_each_guard_alone_stops_an_attack_and_is_missed(published: Bank, engine: str, guard: str) -> None:
    if guard not in definitions(engine):
        return
    if STOPS[guard] == "sign with an older key":
        keys.renew_key()
    statement = attacks(engine).get(STOPS[guard], head())
    assert is_refused(said(statement, values()))
    connection = database.connection()
    drop_guard(connection, guard)
    assert not is_refused(said(statement, values()))
    assert f"guard {guard}" in {one.where for one in verify().findings}
    create_guard(connection, guard)


def test_every_refusal_of_delete_update_and_replace_is_there(engine: str) -> None:
    names = set(definitions(engine))
    for table in (*HEAD_KEYS, *TILE_KEYS):
        assert f"{table}_no_delete" in names
        assert f"{table}_no_replace" in names or engine == "postgresql"
        assert f"{table}_no_truncate" in names or engine == "sqlite"
    assert {f"{table}_no_update" for table in HEAD_KEYS} <= names


def test_every_guard_has_its_attack() -> None:
    assert set(STOPS) == {guard.name for guard in HEAD_GUARDS}


def _book() -> str:
    return str(database.query(Ledger.id).scalar())
