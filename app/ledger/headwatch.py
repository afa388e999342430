"""Holding a book against the heads that were published of it, while the verifier reads it line by line.

A book rewritten as a whole, hashes and all, hangs together in itself; it does not hang together with a head that was
signed before. Heads come from the table and, so that nobody can rewrite those too, from files kept elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from app.db import session
from app.ledger.fold import Finding
from app.ledger.head import (
    FIRST,
    TOTAL_FIELDS,
    Malformed,
    canonical,
    digest,
    handed_on,
    key_id_of,
    read_head,
    signed_by,
)
from app.ledger.heads import WORDS, body
from app.ledger.keys import NOT_HANDED_ON, public_keys
from app.ledger.merkle import EMPTY, leaf_hash, node_hash
from app.ledger.models import AccountKind, LeafSalt, Phase, PublishedHead, SigningKey, Transfer, TransferKind, TreeTile
from app.ledger.tiles import HASH, WIDTH

INVARIANT = "I13"
Wrong = Iterator[Finding]


class HeadWatch:
    """One book and its heads; `kept` are head files from outside, as parsed."""

    def __init__(self, ledger_id: str, kept: Iterable[Any] = ()) -> None:
        self.ledger_id = ledger_id
        query = select(*PublishedHead.__table__.c).where(PublishedHead.ledger_id == ledger_id)
        self._heads: Sequence[Row[Any]] = session.execute(query.order_by(PublishedHead.nr)).all()
        self._keys = public_keys()
        self._kept = list(kept)
        self._waiting = list(self._heads)
        self._peaks: list[tuple[int, bytes]] = []
        self._totals: Counter[str] = Counter()
        self._seq, self._hash = 0, ""
        self._published = max((head.seq for head in self._heads), default=0)

    def take_all(self, rows: Sequence[Row[Any]]) -> Wrong:
        """What is wrong with the next lines, which follow those taken before."""
        if not self._heads or not rows:
            return
        salts, leaves = self._salts(rows), self._leaves(rows)
        amounts, kinds = self._answered(rows), self._undone(rows)
        yield from self._meet()
        for row in rows:
            self._count(row, amounts, kinds)
            if row.seq <= self._published:
                yield from self._grow(row, salts.get(row.uid), leaves.get(row.seq))
            self._seq, self._hash = row.seq, row.row_hash
            yield from self._meet()

    def close(self) -> Wrong:
        """What is wrong with the heads themselves, and with those that the book did not reach."""
        yield from self._meet()
        for head in self._waiting:
            yield _finding(self._name(head), f"the book ends with line {self._seq}, this head with line {head.seq}")
        yield from self._chain()
        yield from self._handing_on()
        for told in self._kept:
            yield from self._compare(told)

    # The lines -------------------------------------------------------------------------------------------------------

    def _grow(self, row: Row[Any], salt: str | None, kept: bytes | None) -> Wrong:
        where = f"line {row.seq} ({row.uid})"
        made = _leaf(salt, row.row_hash)
        if kept is None:
            yield _finding(where, "its leaf is not in the tree any more")
        elif salt is not None and made != kept:
            yield _finding(where, "its leaf in the tree is of another content or salt")
        leaf, height = kept or made or EMPTY, 0
        while self._peaks and self._peaks[-1][0] == height:
            leaf, height = node_hash(self._peaks.pop()[1], leaf), height + 1
        self._peaks.append((height, leaf))

    def _root(self) -> str:
        found = EMPTY
        for n, (_height, peak) in enumerate(reversed(self._peaks)):
            found = peak if n == 0 else node_hash(peak, found)
        return found.hex()

    def _meet(self) -> Wrong:
        """Compare the book so far with every head that was made at this line."""
        while self._waiting and self._waiting[0].seq <= self._seq:
            head = self._waiting.pop(0)
            if head.seq != self._seq:
                yield _finding(self._name(head), f"the book has no line {head.seq}")
                continue
            if self._seq and head.head_hash != self._hash:
                yield _finding(self._name(head), f"line {head.seq} is not the line that was published")
            if head.root != self._root():
                yield _finding(self._name(head), f"the lines up to {head.seq} have another root than was published")
            for total in TOTAL_FIELDS:
                if getattr(head, total) != self._totals[total]:
                    says = f"{total} was published as {getattr(head, total)}, the lines say {self._totals[total]}"
                    yield _finding(self._name(head), says)

    def _count(self, row: Row[Any], amounts: dict[str, int], kinds: dict[str, str]) -> None:
        if row.phase == Phase.HOLD:
            self._totals[f"{row.unit}_held"] += row.amount
        elif row.hold_uid is not None:
            self._totals[f"{row.unit}_held"] -= amounts.get(row.hold_uid, 0)
        if row.phase in (Phase.HOLD, Phase.VOID):
            return
        for kind, sign in ((row.debit_kind, -1), (row.credit_kind, 1)):
            if kind in set(WORDS):
                word, sign_of = WORDS[AccountKind(kind)]
                self._totals[f"{row.unit}_{word}"] += sign * sign_of * row.amount
        if row.kind == TransferKind.DONATE:
            self._totals[f"{row.unit}_donated"] += row.amount
        elif row.reverses_uid is not None and kinds.get(row.reverses_uid) == TransferKind.DONATE:
            self._totals[f"{row.unit}_donated"] -= row.amount

    # The heads -------------------------------------------------------------------------------------------------------

    def _chain(self) -> Wrong:
        before, seq = FIRST, 0
        for nr, head in enumerate(self._heads, 1):
            told = body(head)
            if head.nr != nr or head.prev_digest != before or head.seq < seq:
                yield _finding(self._name(head), "it does not follow the head before it")
            if head.digest != digest(told):
                yield _finding(self._name(head), "its digest does not fit its content")
            if not signed_by(told, head.signature, self._keys.get(head.key_id, "")):
                yield _finding(self._name(head), "its signature does not fit it")
            before, seq = head.digest, head.seq

    def _handing_on(self) -> Wrong:
        before = ""
        rows = session.execute(select(*SigningKey.__table__.c).order_by(SigningKey.nr)).all()
        for nr, row in enumerate(rows, 1):
            name = f"key {row.id}"
            if row.nr != nr or (row.handed_on is None) != (nr == 1):
                yield _finding(name, "a key before it is missing")
            if row.id != key_id_of(row.public):
                yield _finding(name, "its fingerprint does not fit it")
            told = {"public": row.public, "handed_on": row.handed_on}
            if before and row.handed_on != NOT_HANDED_ON and not handed_on(before, told):
                yield _finding(name, "the key before it did not sign for it")
            before = row.public

    def _compare(self, told: Any) -> Wrong:
        """A head that was kept elsewhere must stand here, word by word."""
        try:
            head, signature = read_head(told, extra=frozenset({"since"}))
        except Malformed as error:
            yield _finding("a kept file", f"it can't be read: {error}")
            return
        if head["ledger_id"] != self.ledger_id:
            return
        name = f"kept head {head['nr']}"
        if not signed_by(head, signature, told["public"]):
            yield _finding(name, "its signature does not fit it: the file was changed")
        here = next((row for row in self._heads if row.nr == head["nr"]), None)
        if here is None:
            yield _finding(name, "it was published, and is not here any more")
        elif canonical(body(here)) != canonical(head):
            yield _finding(name, "another head of this number was published")

    def _name(self, head: Row[Any]) -> str:
        return f"head {head.nr} of {head.day}"

    # What the lines need ---------------------------------------------------------------------------------------------

    def _salts(self, rows: Sequence[Row[Any]]) -> dict[str, str]:
        query = (
            select(LeafSalt.uid, LeafSalt.salt)
            .join(Transfer, Transfer.uid == LeafSalt.uid)
            .where(Transfer.ledger_id == self.ledger_id, Transfer.seq.between(rows[0].seq, rows[-1].seq))
        )
        return {row.uid: row.salt for row in session.execute(query)}

    def _leaves(self, rows: Sequence[Row[Any]]) -> dict[int, bytes]:
        """The kept leaves of these lines by seq."""
        query = select(TreeTile.nr, TreeTile.hashes).where(
            TreeTile.ledger_id == self.ledger_id, TreeTile.level == 0,
            TreeTile.nr.between((rows[0].seq - 1) // WIDTH, (rows[-1].seq - 1) // WIDTH),
        )  # fmt: skip
        return {
            nr * WIDTH + place + 1: hashes[place * HASH : (place + 1) * HASH]
            for nr, hashes in session.execute(query)
            for place in range(len(hashes) // HASH)
        }

    def _answered(self, rows: Sequence[Row[Any]]) -> dict[str, int]:
        """The amounts of the holds that these lines answer."""
        uids = [row.hold_uid for row in rows if row.hold_uid is not None]
        return dict(_of(uids, Transfer.amount))

    def _undone(self, rows: Sequence[Row[Any]]) -> dict[str, str]:
        """The kinds of the lines that these lines correct."""
        uids = [row.reverses_uid for row in rows if row.reverses_uid is not None]
        return dict(_of(uids, Transfer.kind))


def lost_books(here: set[str], kept: Iterable[Any]) -> Wrong:
    """Books that were published once and are not there at all."""
    told = {str(_part(_part(one, "head"), "ledger_id")) for one in kept}
    for ledger_id in sorted(told - here - {"None"}):
        yield _finding(f"ledger {ledger_id}", "heads of it were published, and it is not here any more")


def _part(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, dict) else None


def _finding(where: str, what: str) -> Finding:
    return Finding(INVARIANT, where, what)


def _of(uids: list[str], column: Any) -> list[tuple[str, Any]]:
    """(uid, that column) of these lines."""
    return [(uid, value) for uid, value in session.execute(select(Transfer.uid, column).where(Transfer.uid.in_(uids)))]


def _leaf(salt: str | None, row_hash: str) -> bytes | None:
    try:
        return leaf_hash(salt, row_hash) if salt is not None else None
    except ValueError:  # a salt or hash that is none
        return b""
