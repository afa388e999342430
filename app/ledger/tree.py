"""The Merkle tree of a book as it is kept: leaves of its lines in tiles, added batch by batch before a head is made."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from app.db import session
from app.ledger.chain import FIELDS, row_hash
from app.ledger.errors import BookWasChanged
from app.ledger.merkle import leaf_hash
from app.ledger.models import GENESIS, LeafSalt, Ledger, Transfer, TreeTile
from app.ledger.posting import lock
from app.ledger.tiles import HASH, WIDTH, Tree

BATCH = 5_000  # lines added in one act: postings of the book wait for at most a part of a second


def kept_tree(ledger_id: str) -> Tree:
    """The tree of a book, reading tiles when they are needed."""

    def load(level: int, nr: int) -> bytes:
        query = select(TreeTile.hashes).where(
            TreeTile.ledger_id == ledger_id, TreeTile.level == level, TreeTile.nr == nr
        )
        return session.scalar(query) or b""

    return Tree(load)


def kept_size(ledger_id: str) -> int:
    """How many lines of a book are in its tree."""
    last = session.execute(
        select(TreeTile.nr, func.length(TreeTile.hashes))
        .where(TreeTile.ledger_id == ledger_id, TreeTile.level == 0)
        .order_by(TreeTile.nr.desc())
        .limit(1)
    ).one_or_none()
    return 0 if last is None else last[0] * WIDTH + last[1] // HASH


def grow(ledger_id: str, *, most: int = BATCH) -> int:
    """Add the next lines to the tree, each checked against the one before it; how many were added.

    A line whose salt was erased before it came here gets a leaf that says nothing: the chain alone vouches for it.
    """
    lock(ledger_id)  # two that grow one tree at once would add the same lines twice
    size = kept_size(ledger_id)
    rows = _lines(ledger_id, size, most)
    if not rows:
        return 0
    before = session.scalar(select(Transfer.row_hash).where(Transfer.ledger_id == ledger_id, Transfer.seq == size))
    tree = kept_tree(ledger_id)
    tree.extend(_leaves(rows, size, before or GENESIS), size)
    _keep(ledger_id, tree)
    return len(rows)


def _lines(ledger_id: str, after: int, most: int) -> list[Row[Any]]:
    query: Select[Any] = (
        select(*Transfer.__table__.c, LeafSalt.salt)
        .outerjoin(LeafSalt, LeafSalt.uid == Transfer.uid)
        .where(Transfer.ledger_id == ledger_id, Transfer.seq > after)
        .order_by(Transfer.seq)
        .limit(most)
    )
    return list(session.execute(query).all())


def _leaves(rows: Sequence[Row[Any]], size: int, before: str) -> list[bytes]:
    leaves = []
    for seq, row in enumerate(rows, size + 1):
        said = {name: getattr(row, name) for name in FIELDS}
        if (row.seq, row.prev_hash, row.row_hash) != (seq, before, row_hash(said)):
            raise BookWasChanged(seq=seq)
        leaves.append(leaf_hash(row.salt, row.row_hash) if row.salt else secrets.token_bytes(HASH))
        before = row.row_hash
    return leaves


def _keep(ledger_id: str, tree: Tree) -> None:
    for level, nr, hashes in tree.grown():
        row = session.get(TreeTile, (ledger_id, level, nr))
        if row is None:
            session.add(TreeTile(ledger_id=ledger_id, level=level, nr=nr, hashes=hashes))
        else:
            row.hashes = hashes
    session.flush()


def behind(ledger_id: str) -> int:
    """How many lines of a book are not in its tree yet."""
    return (session.scalar(select(Ledger.head_seq).where(Ledger.id == ledger_id)) or 0) - kept_size(ledger_id)
