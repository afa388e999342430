"""Published heads: what they say, that they follow each other, and that they catch what the chain alone cannot."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from app import clock as wall
from app.db import session as database
from app.ledger import heads, keys, service
from app.ledger.chain import FIELDS, row_hash
from app.ledger.errors import BookWasChanged, NoSigningKey, NotPublishedYet, SaltErased
from app.ledger.guards import drop_guards
from app.ledger.head import read_keys
from app.ledger.models import GENESIS, LeafSalt, Ledger, Memo, SigningKey, Transfer
from app.ledger.receipt import check, check_growth, check_head
from app.ledger.verify import verify
from tests.ledger.conftest import Bank


@pytest.fixture(autouse=True)
def no_key_yet(app: Flask) -> Iterator[None]:
    """Each test begins with a site that has no key."""
    folder: Path = app.config["SETTINGS"].instance
    for name in (keys.FILE, keys.NEXT):
        (folder / name).unlink(missing_ok=True)
    yield
    for name in (keys.FILE, keys.NEXT):
        (folder / name).unlink(missing_ok=True)


def found(kept: Any = ()) -> set[str]:
    database.expire_all()
    return {one.invariant for one in verify(kept).findings} - {"I12"}  # the bank's visit has no row of its own


def give(bank: Bank, uid: str, minutes: int = 5) -> Transfer:
    return service.donate(uid=uid, giver=bank.bo, fund=bank.fund, minutes=minutes, by=bank.people.bo.id)


def test_a_head_tells_the_last_line_and_the_totals(bank: Bank) -> None:
    give(bank, "gift:1", 10)
    head = heads.publish(_book())
    book = database.get_one(Ledger, head.ledger_id)
    assert (head.nr, head.seq, head.head_hash) == (1, 6, book.head_hash)
    assert (head.minute_minted, head.minute_held, head.minute_donated) == (720, 45, 10)
    assert check_head(heads.document(head), keys.public_keys()).holds
    assert found() == set()


def test_heads_follow_each_other_and_the_book_grows(bank: Bank) -> None:
    first = heads.publish(_book())
    give(bank, "gift:1")
    second = heads.publish(_book())
    assert second.prev_digest == first.digest
    grown = check_growth(heads.document(first), heads.document(second, since=first), keys=keys.public_keys())
    assert grown.holds, grown
    assert found() == set()


def test_a_day_without_lines_has_a_head_too_but_only_one(bank: Bank, clock: Any) -> None:
    first = heads.publish(_book())
    assert heads.publish(_book()) is first
    clock.forward(days=1)
    second = heads.publish(_book())
    assert (second.nr, second.root) == (2, first.root)
    assert check_growth(heads.document(first), heads.document(second, since=first), keys=keys.public_keys()).holds


def test_a_correction_of_a_gift_is_no_gift_any_more(bank: Bank) -> None:
    give(bank, "gift:1", 10)
    heads.publish(_book())
    service.reverse(of="gift:1", uid="gift:1:reversal", by=bank.people.lin.id, approver=bank.people.approver.id)
    assert heads.publish(_book()).minute_donated == 0
    assert found() == set()


def test_every_line_has_a_receipt_once_it_is_published(bank: Bank) -> None:
    with pytest.raises(NotPublishedYet):
        heads.receipt(bank.post)
    heads.publish(_book())
    for uid in database.scalars(select(Transfer.uid)).all():
        told = json.loads(json.dumps(heads.receipt(uid)))
        verdict = check(told, keys.public_keys())
        assert verdict.holds, verdict
        assert verdict.row["uid"] == uid


def test_words_and_salts_may_be_erased_and_all_of_it_still_holds(bank: Bank) -> None:
    head = heads.publish(_book())
    neighbour = heads.receipt("seed:fund")
    database.execute(delete(Memo))
    database.execute(delete(LeafSalt).where(LeafSalt.uid == bank.post))
    give(bank, "gift:1")
    database.execute(delete(LeafSalt).where(LeafSalt.uid == "gift:1"))  # before it ever came into the tree
    newer = heads.publish(_book())
    assert found() == set()
    assert check(neighbour, keys.public_keys()).holds
    assert check(heads.receipt("seed:fund"), keys.public_keys()).holds
    assert check_growth(heads.document(head), heads.document(newer, since=head), keys=keys.public_keys()).holds
    for uid in (bank.post, "gift:1"):
        with pytest.raises(SaltErased):
            heads.receipt(uid)


# What only a head can find -------------------------------------------------------------------------------------------


def rechained(bank: Bank) -> None:
    """The attacker's best: another amount in the middle, every hash after it, every balance and the head made anew."""
    connection = database.connection()
    drop_guards(connection)
    connection.execute(text("UPDATE transfer SET amount = 31 WHERE uid = :post"), {"post": bank.post})
    connection.execute(text("UPDATE account SET posted = posted + 1 WHERE id = :bo"), {"bo": bank.bo})
    connection.execute(text("UPDATE account SET posted = posted - 1 WHERE id = :chen"), {"chen": bank.chen})
    last = GENESIS
    for row in connection.execute(select(Transfer.__table__).order_by(Transfer.seq)).mappings().all():
        changed = {**row, "prev_hash": last}
        last = row_hash({name: changed[name] for name in FIELDS})
        values = {"prev_hash": changed["prev_hash"], "row_hash": last}
        connection.execute(update(Transfer.__table__).where(Transfer.__table__.c.uid == row["uid"]).values(values))
    connection.execute(update(Ledger.__table__).values(head_hash=last))
    database.expire_all()


def test_a_book_rewritten_as_a_whole_is_found_only_against_a_head(bank: Bank) -> None:
    heads.publish(_book())
    rechained(bank)
    assert found() == {"I3", "I13"}  # I3: this test took the guards down


def test_without_a_head_a_whole_rewriting_hangs_together(bank: Bank) -> None:
    rechained(bank)
    assert found() == {"I3"}


def test_nothing_is_signed_over_a_book_that_was_rewritten(bank: Bank) -> None:
    heads.publish(_book())
    rechained(bank)
    with pytest.raises(BookWasChanged):
        heads.publish(_book())


def test_heads_rewritten_with_the_book_are_found_against_a_copy_kept_elsewhere(bank: Bank) -> None:
    kept = heads.document(heads.publish(_book()))
    rechained(bank)
    for table in ("published_head", "tree_tile", "signing_key"):
        database.connection().execute(text(f"DELETE FROM {table}"))
    database.expire_all()
    (_folder() / keys.FILE).unlink()  # whoever rewrites the database has not the key; she makes one of her own
    heads.publish(_book())
    assert found() == {"I3"}
    assert found([kept]) == {"I3", "I13"}


def test_heads_that_vanish_are_found_against_a_copy_kept_elsewhere(bank: Bank) -> None:
    heads.publish(_book())
    give(bank, "gift:1")
    kept = heads.document(heads.publish(_book()))
    drop_guards(database.connection())
    database.connection().execute(text("DELETE FROM published_head WHERE nr = 2"))
    assert found() == {"I3"}
    assert found([kept]) == {"I3", "I13"}


def test_a_book_that_vanishes_is_found_against_a_copy_kept_elsewhere(bank: Bank) -> None:
    kept = heads.document(heads.publish(_book()))
    kept["head"]["ledger_id"] = "420600000000"
    assert "I13" in found([kept])


# Keys ----------------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_only_its_owner_may_read_it(app: Flask, session: Any) -> None:
    first = keys.ensure_key()
    assert keys.ensure_key() is first
    assert stat.S_IMODE((_folder() / keys.FILE).stat().st_mode) == 0o600
    assert (_folder() / keys.FILE).read_text().strip() not in json.dumps(keys.key_file())


def test_a_lost_key_is_said_and_not_made_anew(app: Flask, bank: Bank) -> None:
    heads.publish(_book())
    (_folder() / keys.FILE).unlink()
    give(bank, "gift:1")
    with pytest.raises(NoSigningKey, match="head_key"):
        heads.publish(_book())
    renewed = keys.renew_key(lost=True)
    assert heads.publish(_book()).key_id == renewed.id
    assert renewed.id not in read_keys(keys.key_file())  # nobody signed for it: each reader decides anew
    assert found() == set()


def test_heads_of_an_older_key_are_still_proved_by_the_key_file(bank: Bank) -> None:
    first = heads.publish(_book())
    receipt = heads.receipt(bank.post)
    newer = keys.renew_key()
    give(bank, "gift:1")
    second = heads.publish(_book())
    trusted = read_keys(json.loads(json.dumps(keys.key_file())))
    assert (first.key_id, second.key_id) == tuple(trusted)
    assert second.key_id == newer.id
    assert check(receipt, trusted).holds
    assert check_growth(heads.document(first), heads.document(second, since=first), keys=trusted).holds
    assert found() == set()


def test_a_key_that_was_slipped_in_is_trusted_by_nobody(bank: Bank) -> None:
    keys.ensure_key()
    database.add(
        SigningKey(id="f" * 32, nr=2, public="e" * 64, handed_on="d" * 128, since=wall.now())
    )
    database.flush()
    assert list(read_keys(keys.key_file())) == [database.scalars(select(SigningKey.id).where(SigningKey.nr == 1)).one()]
    assert "I13" in {one.invariant for one in verify().findings}


def _book() -> str:
    return database.scalars(select(Ledger.id)).one()


def _folder() -> Path:
    return keys._folder()
