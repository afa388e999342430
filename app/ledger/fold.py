"""One ledger read from its first line to its last, trusting no stored total.

The fold keeps one small state for each account and each open hold, and nothing of the lines that are behind it: what a
line refers to (a hold that is answered already, the line it corrects, the words of others, its visit) is asked for a
batch at a time. So a long book needs no more memory than a short one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from app.db import Base, session
from app.ledger.chain import FIELDS, IDENTITY, account_id, row_hash
from app.ledger.models import (
    GENESIS,
    NEEDED_APPROVERS,
    RULES,
    SYSTEM_WORD,
    Approval,
    Phase,
    Step,
    Transfer,
    TransferKind,
)

MOVES = (Phase.SINGLE, Phase.POST)
CREDITS = ("post", "late")  # the last word of a visit's uid


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: which invariant (I1 to I12, see docs/ledger.md), where, and in a sentence what."""

    invariant: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.where}: {self.what}"


@dataclass(frozen=True)
class Beside:
    """What the lines of one batch refer to, outside the batch or beside the chain."""

    words: dict[str, list[Row[Any]]] = field(default_factory=dict)
    wrong: dict[str, Row[Any]] = field(default_factory=dict)
    first_correction: dict[str, int] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)


def visit_of(uid: str) -> str | None:
    """The visit that the act of this name credits, if it credits one."""
    parts = uid.split(":")
    return parts[1] if len(parts) == 3 and parts[0] == "visit" and parts[2] in CREDITS else None


def beside(batch: Sequence[Row[Any]]) -> Beside:
    """Everything that the batch refers to, in four statements at most."""
    agreed = [row.uid for row in batch if row.kind in NEEDED_APPROVERS]
    corrected = [row.reverses_uid for row in batch if row.reverses_uid is not None]
    visits = {visit for row in batch if row.reverses_uid is None and (visit := visit_of(row.uid))}
    return Beside(_words(agreed), _lines(corrected), _first_corrections(corrected), _confirmed(visits))


def _words(uids: list[str]) -> dict[str, list[Row[Any]]]:
    """Everybody's word on these proposals."""
    words: dict[str, list[Row[Any]]] = {}
    if uids:
        for row in session.execute(select(*Approval.__table__.c).where(Approval.uid.in_(uids))):
            words.setdefault(row.uid, []).append(row)
    return words


def _lines(uids: list[str]) -> dict[str, Row[Any]]:
    if not uids:
        return {}
    return {row.uid: row for row in session.execute(select(*Transfer.__table__.c).where(Transfer.uid.in_(uids)))}


def _first_corrections(uids: list[str]) -> dict[str, int]:
    """Where each of these lines was corrected first."""
    if not uids:
        return {}
    query = select(Transfer.reverses_uid, func.min(Transfer.seq)).where(Transfer.reverses_uid.in_(uids))
    return {str(uid): int(seq) for uid, seq in session.execute(query.group_by(Transfer.reverses_uid))}


def _confirmed(visits: set[str]) -> set[str]:
    """Those of these visits that were confirmed with minutes."""
    if not visits:
        return set()
    visit = Base.metadata.tables["visit"].c
    query = select(visit.id).where(visit.id.in_(visits), visit.state == "confirmed", visit.credit_min > 0)
    return set(session.scalars(query))


class Fold:
    """One ledger read from its first line to its last."""

    def __init__(self, book: Row[Any], accounts: dict[str, Row[Any]]) -> None:
        self.book = book
        self.accounts = accounts
        self.beside = Beside()
        self.seq = 0
        self.hash = GENESIS
        self.at: datetime = book.opened_at
        self.posted: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.last_seq: dict[str, int] = {}
        self.holds: dict[str, Row[Any]] = {}  # those that nothing has answered yet
        self.answered: Row[Any] | None = None  # the hold that the present line answers

    def take_all(self, batch: Sequence[Row[Any]]) -> Iterator[Finding]:
        """What is wrong with the next lines."""
        self.beside = beside(batch)
        for row in batch:
            yield from self._take(row)

    def _take(self, row: Row[Any]) -> Iterator[Finding]:
        where = f"line {row.seq} ({row.uid})"
        for invariant, what in (
            *self._chain(row), *self._sides(row), *self._act(row), *self._agreed(row),
            *self._visit(row), *self._limits(row),
        ):  # fmt: skip
            yield Finding(invariant, where, what)

    def _chain(self, row: Row[Any]) -> Iterator[tuple[str, str]]:
        self.seq += 1
        if row.seq != self.seq:
            yield "I7", f"the sequence should be {self.seq} here"
            self.seq = row.seq
        if row.prev_hash != self.hash:
            yield "I7", "it does not follow the line before it"
        if row_hash({name: getattr(row, name) for name in FIELDS}) != row.row_hash:
            yield "I7", "its hash does not fit its content"
        if row.created_at < self.at:
            yield "I7", "it is older than the line before it"
        self.hash, self.at = row.row_hash, max(self.at, row.created_at)

    def _sides(self, row: Row[Any]) -> Iterator[tuple[str, str]]:
        debit, credit = self.accounts.get(row.debit_account_id), self.accounts.get(row.credit_account_id)
        if debit is None or credit is None:
            yield "I10", "one of its accounts is not of this ledger"
            return
        if {debit.unit, credit.unit} != {row.unit} or (debit.kind, credit.kind) != (row.debit_kind, row.credit_kind):
            yield "I10", "its accounts are of another unit or kind"
        if (row.kind, row.phase, row.debit_kind, row.credit_kind) not in RULES:
            yield "I10", f"minutes may not go from {row.debit_kind} to {row.credit_kind} as {row.kind}"
        if not isinstance(row.amount, int) or row.amount <= 0:
            yield "I1", "its amount is not a whole number above 0"

    def _act(self, row: Row[Any]) -> Iterator[tuple[str, str]]:
        self.answered = None
        if row.phase == Phase.HOLD:
            self.holds[row.uid] = row
        if row.hold_uid is not None:
            self.answered = self.holds.pop(row.hold_uid, None)
            yield from self._answer(row, self.answered)
        if row.reverses_uid is not None:
            yield from self._reversal(row, self.beside.wrong.get(row.reverses_uid))

    def _answer(self, row: Row[Any], hold: Row[Any] | None) -> Iterator[tuple[str, str]]:
        if hold is None:
            yield "I5", f"the hold {row.hold_uid} was answered before, or is not there"
            return
        if row.debit_account_id != hold.debit_account_id or row.amount > hold.amount:
            yield "I5", f"it takes more than the hold {row.hold_uid} or from somebody else"
        if row.phase == Phase.POST and hold.expires_at is not None and row.created_at > hold.expires_at:
            yield "I5", f"the hold {row.hold_uid} had run out"

    def _reversal(self, row: Row[Any], wrong: Row[Any] | None) -> Iterator[tuple[str, str]]:
        if wrong is None or (wrong.ledger_id, wrong.seq < row.seq, wrong.phase in MOVES) != (self.book.id, True, True):
            yield "I6", f"there is no line {row.reverses_uid} before it that moved minutes"
            return
        if (wrong.credit_account_id, wrong.debit_account_id, wrong.amount) != (
            row.debit_account_id, row.credit_account_id, row.amount,
        ):  # fmt: skip
            yield "I6", f"it is not the exact opposite of {row.reverses_uid}"
        if wrong.kind == TransferKind.REVERSAL or self.beside.first_correction[row.reverses_uid] < row.seq:
            yield "I6", f"{row.reverses_uid} was corrected before, or is itself a correction"

    def _visit(self, row: Row[Any]) -> Iterator[tuple[str, str]]:
        visit = visit_of(row.uid) if row.reverses_uid is None else None
        if visit is not None and visit not in self.beside.confirmed:
            yield "I12", f"the visit {visit} was credited, and it is not confirmed"

    def _agreed(self, row: Row[Any]) -> Iterator[tuple[str, str]]:
        needed = NEEDED_APPROVERS.get(TransferKind(row.kind)) if row.kind in set(TransferKind) else None
        if needed is None:
            return
        act = (row.kind, row.debit_account_id, row.credit_account_id, row.amount, row.reverses_uid)
        said = [
            word for word in self.beside.words.get(row.uid, [])
            if act == (word.kind, word.debit_account_id, word.credit_account_id, word.amount, word.reverses_uid)
        ]  # fmt: skip
        proposers = {word.person_id for word in said if word.step == Step.PROPOSE}
        approvers = {word.person_id for word in said if word.step == Step.APPROVE} - proposers
        owners = {self.accounts[side].owner_id for side in (row.debit_account_id, row.credit_account_id)
                  if side in self.accounts}  # fmt: skip
        needed += SYSTEM_WORD in proposers
        if not proposers or len(approvers - owners) < needed or proposers & owners:
            yield "I6", "the words of others that it needs are missing"
        if row.agreed_by != ",".join(sorted(proposers | approvers)):
            yield "I6", "it names other people than those who agreed"

    def _limits(self, row: Row[Any]) -> Iterator[tuple[str, str]]:
        debit, credit = row.debit_account_id, row.credit_account_id
        if row.phase == Phase.HOLD:
            self.held[debit] += row.amount
        elif self.answered is not None:
            self.held[debit] -= self.answered.amount
        if row.phase in MOVES:
            self.posted[debit] -= row.amount
            self.posted[credit] += row.amount
        for side in (debit, credit):
            if side == debit or row.phase in MOVES:  # a hold moves its payer only
                self.last_seq[side] = row.seq
            account = self.accounts.get(side)
            if account is None:
                continue
            if self.posted[side] - self.held[side] < account.floor_min:
                yield "I2", f"the account {side} fell below its limit"
            if account.cap_min is not None and self.posted[side] > account.cap_min:
                yield "I2", f"the account {side} rose above its limit"

    def close(self) -> Iterator[Finding]:
        """What is wrong at the end: the head, each balance, the sum."""
        name = f"ledger {self.book.id}"
        if (self.book.head_seq, self.book.head_hash) != (self.seq, self.hash):
            yield Finding("I9", name, f"its head says {self.book.head_seq}, its last line is {self.seq}")
        total: Counter[str] = Counter()
        for key, account in self.accounts.items():
            total[account.unit] += account.posted
            if (account.posted, account.held) != (self.posted[key], self.held[key]):
                folds = f"posted {self.posted[key]}, held {self.held[key]}"
                says = f"posted {account.posted}, held {account.held}"
                yield Finding("I8", f"account {key}", f"it says {says}; its transfers say {folds}")
            if key != account_id({name: getattr(account, name) for name in IDENTITY}):
                yield Finding("I10", f"account {key}", "its owner or limits are not those it was opened with")
            if account.last_seq != self.last_seq.get(key, 0):
                yield Finding("I8", f"account {key}", "it was last moved by another line than it says")
        for unit, amount in total.items():
            if amount:
                yield Finding("I1", name, f"its accounts sum to {amount} {unit}, not to 0")
