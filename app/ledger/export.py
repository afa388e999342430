"""A book as plain text, for whoever wants to add it up alone: tab-separated records, one a line (docs/proof.md).

It streams: the memory of a long book is that of a short one. Owners are ids; names, words and salts are not in it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from app.db import session
from app.ledger.chain import FIELDS, IDENTITY, plain
from app.ledger.head import FIELDS as HEAD_FIELDS
from app.ledger.models import Account, Ledger, PublishedHead, SigningKey, Transfer, TreeTile
from app.ledger.tiles import HASH, WIDTH

FORMAT = "lianxin-ledger-export/1"
BATCH = 20 * WIDTH
COLUMNS = {
    "K": ("id", "nr", "public", "handed_on", "since"),
    "L": ("id", "opened_at", "head_seq", "head_hash"),
    "A": ("id", *IDENTITY, "posted", "held", "last_seq"),
    "H": (*HEAD_FIELDS, "digest", "signature"),
    "T": (*FIELDS, "row_hash", "leaf"),
    "Z": ("ledgers", "accounts", "heads", "transfers"),
}
"""Kinds of records: keys, books, accounts, published heads, transfers, and the end with what was written of each."""

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def export(ledger_id: str | None = None) -> Iterator[str]:
    """The lines of the text, of one book or of all; read them inside one_picture()."""
    yield f"#{FORMAT}\n"
    for kind, columns in COLUMNS.items():
        yield _record(f"#{kind}", columns)
    yield from _rows("K", select(*SigningKey.__table__.c).order_by(SigningKey.nr))
    books = session.execute(select(*Ledger.__table__.c).order_by(Ledger.id)).all()
    written = dict.fromkeys("LAHT", 0)
    for book in books:
        if ledger_id in (None, book.id):
            for line in _book(book):
                written[line[0]] += 1
                yield line
    yield _record("Z", [written[kind] for kind in "LAHT"])


def _book(book: Any) -> Iterator[str]:
    yield _told("L", book)
    yield from _rows("A", select(*Account.__table__.c).where(Account.ledger_id == book.id).order_by(Account.id))
    heads = select(*PublishedHead.__table__.c).where(PublishedHead.ledger_id == book.id)
    yield from _rows("H", heads.order_by(PublishedHead.nr))
    last = 0
    while rows := session.execute(
        select(*Transfer.__table__.c)
        .where(Transfer.ledger_id == book.id, Transfer.seq > last)
        .order_by(Transfer.seq)
        .limit(BATCH)
    ).all():
        leaves = _leaves(book.id, last, rows[-1].seq)
        for row in rows:
            yield _record("T", [*(getattr(row, name) for name in COLUMNS["T"][:-1]), leaves.get(row.seq, "")])
        last = rows[-1].seq


def _leaves(ledger_id: str, after: int, until: int) -> dict[int, str]:
    """Leaves of the tree by the number of their line, as far as the tree has grown."""
    tiles = select(TreeTile.nr, TreeTile.hashes).where(
        TreeTile.ledger_id == ledger_id, TreeTile.level == 0,
        TreeTile.nr.between(after // WIDTH, (until - 1) // WIDTH),
    )  # fmt: skip
    return {
        nr * WIDTH + place + 1: hashes[place * HASH : (place + 1) * HASH].hex()
        for nr, hashes in session.execute(tiles)
        for place in range(len(hashes) // HASH)
    }


def _rows(kind: str, query: Any) -> Iterator[str]:
    for row in session.execute(query.execution_options(yield_per=BATCH)):
        yield _told(kind, row)


def _told(kind: str, row: Any) -> str:
    return _record(kind, [getattr(row, name) for name in COLUMNS[kind]])


def _record(kind: str, values: Iterable[Any]) -> str:
    words = (str(plain(value)).translate(ESCAPES) for value in values)
    return "\t".join((kind, *words)) + "\n"
