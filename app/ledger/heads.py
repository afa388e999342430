"""Publishing what a book is: one signed head a day, each naming the one before it, and receipts for single lines."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app import clock
from app.db import session
from app.errors import NotFound
from app.ledger import merkle
from app.ledger.chain import FIELDS as ROW_FIELDS
from app.ledger.chain import plain
from app.ledger.errors import BookWasChanged, NotPublishedYet, SaltErased
from app.ledger.head import FIELDS, FIRST, FORMAT, TOTAL_FIELDS, UNITS, canonical, digest
from app.ledger.keys import ensure_key, public_keys, sign
from app.ledger.models import (
    Account,
    AccountKind,
    LeafSalt,
    Ledger,
    PublishedHead,
    Transfer,
    TransferKind,
)
from app.ledger.posting import instant, lock
from app.ledger.receipt import FORMAT as RECEIPT
from app.ledger.tree import BATCH, grow, kept_tree
from app.org.models import OrgUnit

WORDS = {AccountKind.ISSUANCE: ("minted", -1), AccountKind.SHOP: ("redeemed", 1), AccountKind.EXPIRY: ("expired", 1)}
"""Kinds of account whose balance is a total of the book, and its sign there."""
SOMEWHERE = "Asia/Shanghai"  # the zone of a book whose area is in no tree of units


def publish(ledger_id: str) -> PublishedHead:
    """The head of the book as it stands now, signed and stored; today's last one when no line came since.

    BookWasChanged when the lines under the last head are not what it says: then nothing is signed.
    """
    book = lock(ledger_id)
    while grow(ledger_id, most=BATCH):
        pass
    last = newest_head(ledger_id)
    _still_holds(last)
    if last is not None and last.seq == book.head_seq and last.day == _day(book):
        return last
    head = _draft(book, last, key_id=ensure_key().id)
    signed = sign(FORMAT, canonical(head))
    row = PublishedHead(
        **{**head, "day": _day(book), "made_at": instant(book)}, digest=digest(head), signature=signed.signature
    )
    session.add(row)
    session.flush()
    return row


def newest_head(ledger_id: str) -> PublishedHead | None:
    """The last head of a book."""
    query = select(PublishedHead).where(PublishedHead.ledger_id == ledger_id)
    return session.scalar(query.order_by(PublishedHead.nr.desc()).limit(1))


def previous(head: PublishedHead) -> PublishedHead | None:
    """The head before this one."""
    return session.get(PublishedHead, (head.ledger_id, head.nr - 1))


def head_of(ledger_id: str, nr: int) -> PublishedHead:
    """Head `nr` of a book; NotFound when there is none."""
    row = session.get(PublishedHead, (ledger_id, nr)) if nr < 2**31 else None
    if row is None:
        raise NotFound
    return row


def body(row: Any) -> dict[str, Any]:
    """What is signed of a stored head (a PublishedHead or a row of its table), field by field."""
    return {field: plain(getattr(row, field)) for field in FIELDS}


def document(row: PublishedHead, *, since: PublishedHead | None = None) -> dict[str, Any]:
    """The head as a file; with the proof that its book continues that of the head `since`."""
    public = public_keys()[row.key_id]
    told: dict[str, Any] = {"format": FORMAT, "head": body(row), "signature": row.signature, "public": public}
    if since is not None:
        path = merkle.consistency(kept_tree(row.ledger_id).node, since.seq, row.seq)
        told["since"] = {"nr": since.nr, "seq": since.seq, "path": [step.hex() for step in path]}
    return told


def receipt(uid: str) -> dict[str, Any]:
    """The receipt of a line against the newest head. NotPublishedYet before the first head that holds it."""
    row = session.get(Transfer, uid)
    if row is None:
        raise NotFound
    head, salt = newest_head(row.ledger_id), session.get(LeafSalt, uid)
    if head is None or head.seq < row.seq:
        raise NotPublishedYet
    if salt is None:
        raise SaltErased
    path = merkle.inclusion(kept_tree(row.ledger_id).node, row.seq - 1, head.seq)
    return {
        "format": RECEIPT,
        "row": {field: plain(getattr(row, field)) for field in ROW_FIELDS},
        "salt": salt.salt,
        "path": [step.hex() for step in path],
        "head": document(head),
    }


def due() -> list[str]:
    """The books that have no head of this day yet."""
    books = session.scalars(select(Ledger).order_by(Ledger.id)).all()
    return [book.id for book in books if (last := newest_head(book.id)) is None or last.day < _day(book)]


def totals_of(ledger_id: str, last: PublishedHead | None) -> dict[str, int]:
    """minted, held, donated, redeemed and expired of a book now, by unit (head.TOTAL_FIELDS)."""
    found = dict.fromkeys(TOTAL_FIELDS, 0)
    sums = session.execute(
        select(Account.unit, Account.kind, func.sum(Account.posted), func.sum(Account.held))
        .where(Account.ledger_id == ledger_id)
        .group_by(Account.unit, Account.kind)
    )
    for unit, kind, posted, held in sums:
        found[f"{unit}_held"] += int(held)
        if AccountKind(kind) in WORDS:
            word, sign_of = WORDS[AccountKind(kind)]
            found[f"{unit}_{word}"] += sign_of * int(posted)
    for unit in UNITS:
        before = getattr(last, f"{unit}_donated") if last else 0
        found[f"{unit}_donated"] = before + _donated(ledger_id, unit, after=last.seq if last else 0)
    return found


def _donated(ledger_id: str, unit: str, *, after: int) -> int:
    """What was donated since, less the donations that were corrected since."""
    undone = aliased(Transfer)
    newer = (Transfer.ledger_id == ledger_id, Transfer.seq > after, Transfer.unit == unit)
    given = select(func.coalesce(func.sum(Transfer.amount), 0)).where(*newer, Transfer.kind == TransferKind.DONATE)
    back = (
        select(func.coalesce(func.sum(Transfer.amount), 0))
        .join(undone, undone.uid == Transfer.reverses_uid)
        .where(*newer, undone.kind == TransferKind.DONATE)
    )
    return int(session.scalar(given) or 0) - int(session.scalar(back) or 0)


def _still_holds(last: PublishedHead | None) -> None:
    """The line and the tree that the last head speaks of are the same now."""
    if last is None:
        return
    line = select(Transfer.row_hash).where(Transfer.ledger_id == last.ledger_id, Transfer.seq == last.seq)
    is_same = last.seq == 0 or session.scalar(line) == last.head_hash
    if not is_same or kept_tree(last.ledger_id).root(last.seq).hex() != last.root:
        raise BookWasChanged(seq=last.seq)


def _draft(book: Ledger, last: PublishedHead | None, *, key_id: str) -> dict[str, Any]:
    return {
        "ledger_id": book.id,
        "nr": last.nr + 1 if last else 1,
        "day": plain(_day(book)),
        "made_at": plain(instant(book)),
        "seq": book.head_seq,
        "head_hash": book.head_hash,
        "root": kept_tree(book.id).root(book.head_seq).hex(),
        **totals_of(book.id, last),
        "prev_digest": last.digest if last else FIRST,
        "key_id": key_id,
    }


def _day(book: Ledger) -> date:
    zone = session.scalar(select(OrgUnit.zone).where(OrgUnit.code == book.id))
    return clock.today(zone or SOMEWHERE)
