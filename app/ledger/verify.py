"""Proving the books from their first line: every sum, every hash, every word that was needed, every guard.

The verifier trusts nothing that the product computed on the way: it folds all transfers of a ledger in the order of
their sequence and compares what comes out with what is stored. It reads in one pass and keeps one small state for each
account and each open hold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from app import clock
from app.db import Base, let_go, session
from app.ledger.chain import FIELDS, IDENTITY, account_id, row_hash
from app.ledger.guards import missing_guards
from app.ledger.models import (
    GENESIS,
    NEEDED_APPROVERS,
    RULES,
    SYSTEM_WORD,
    Account,
    Approval,
    AwaitedCredit,
    CheckMark,
    Ledger,
    Phase,
    Step,
    Transfer,
    TransferKind,
)

MOST_FINDINGS = 200  # one broken link makes everything after it look odd: the first ones say where
BATCH = 2000
MOVES = (Phase.SINGLE, Phase.POST)


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: which invariant (I1 to I12, see docs/ledger.md), where, and in a sentence what."""

    invariant: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.where}: {self.what}"


@dataclass
class Report:
    """What the verification saw."""

    ledgers: int = 0
    accounts: int = 0
    transfers: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON."""
        return {
            "clean": self.clean,
            "ledgers": self.ledgers,
            "accounts": self.accounts,
            "transfers": self.transfers,
            "findings": [vars(finding) for finding in self.findings],
        }


def verify() -> Report:
    """The whole proof. Reads only."""
    report = Report()
    accounts = {row.id: row for row in session.execute(select(*Account.__table__.c)).all()}
    report.accounts = len(accounts)
    for book in session.execute(select(*Ledger.__table__.c).order_by(Ledger.id)).all():
        report.ledgers += 1
        fold = _Fold(book, {key: row for key, row in accounts.items() if row.ledger_id == book.id}, _words(book.id))
        for row in _transfers(book.id):
            report.transfers += 1
            report.findings += fold.take(row)
            if len(report.findings) >= MOST_FINDINGS:
                break
        report.findings += fold.close()
    report.findings += _guards()
    report.findings += _visits()
    del report.findings[MOST_FINDINGS:]
    return report


def prove() -> Report:
    """The proof on one unchanging picture of the database, while others go on writing; outside any transaction()."""
    let_go()
    if session.get_bind().dialect.name == "postgresql":  # SQLite reads one picture from its first read on
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        return verify()
    finally:
        let_go()


def mark(report: Report) -> CheckMark:
    """When the books were proved and what came out, for the passbooks and for whoever watches the site."""
    row = CheckMark(at=clock.now(), clean=report.clean, transfers=report.transfers, findings=len(report.findings))
    session.add(row)
    session.flush()
    return row


def _transfers(ledger_id: str) -> Iterator[Row[Any]]:
    """Every transfer of a ledger in the order of its sequence, a batch at a time."""
    last = -1
    while True:
        query = select(*Transfer.__table__.c).where(Transfer.ledger_id == ledger_id, Transfer.seq > last)
        rows = session.execute(query.order_by(Transfer.seq).limit(BATCH)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1].seq


def _words(ledger_id: str) -> dict[str, list[Row[Any]]]:
    """Everybody's word on proposals of a ledger, by the uid of the transfer."""
    words: dict[str, list[Row[Any]]] = {}
    for row in session.execute(select(*Approval.__table__.c).where(Approval.ledger_id == ledger_id)):
        words.setdefault(row.uid, []).append(row)
    return words


class _Fold:
    """One ledger read from its first line to its last."""

    def __init__(self, book: Row[Any], accounts: dict[str, Row[Any]], words: dict[str, list[Row[Any]]]) -> None:
        self.book = book
        self.accounts = accounts
        self.words = words
        self.seq = 0
        self.hash = GENESIS
        self.at: datetime = book.opened_at
        self.posted: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.last_seq: dict[str, int] = {}
        self.holds: dict[str, Row[Any]] = {}
        self.resolved: set[str] = set()
        self.moved: dict[str, Row[Any]] = {}
        self.reversed: set[str] = set()

    def take(self, row: Row[Any]) -> Iterator[Finding]:
        """What is wrong with the next line."""
        where = f"line {row.seq} ({row.uid})"
        for invariant, what in (
            *self._chain(row), *self._sides(row), *self._act(row), *self._agreed(row), *self._limits(row),
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
        if row.phase == Phase.HOLD:
            self.holds[row.uid] = row
        if row.hold_uid is not None:
            yield from self._answer(row, self.holds.get(row.hold_uid))
        if row.reverses_uid is not None:
            yield from self._reversal(row, self.moved.get(row.reverses_uid))
        if row.phase in MOVES:
            self.moved[row.uid] = row

    def _answer(self, row: Row[Any], hold: Row[Any] | None) -> Iterator[tuple[str, str]]:
        if hold is None:
            yield "I5", "it answers a hold that is not there"
            return
        if row.hold_uid in self.resolved:
            yield "I5", f"the hold {row.hold_uid} was answered before"
        if row.debit_account_id != hold.debit_account_id or row.amount > hold.amount:
            yield "I5", f"it takes more than the hold {row.hold_uid} or from somebody else"
        if row.phase == Phase.POST and hold.expires_at is not None and row.created_at > hold.expires_at:
            yield "I5", f"the hold {row.hold_uid} had run out"
        self.resolved.add(row.hold_uid)

    def _reversal(self, row: Row[Any], wrong: Row[Any] | None) -> Iterator[tuple[str, str]]:
        sides = None if wrong is None else (wrong.credit_account_id, wrong.debit_account_id, wrong.amount)
        if sides != (row.debit_account_id, row.credit_account_id, row.amount):
            yield "I6", f"it is not the exact opposite of {row.reverses_uid}"
        if row.reverses_uid in self.reversed or (wrong is not None and wrong.kind == TransferKind.REVERSAL):
            yield "I6", f"{row.reverses_uid} was corrected before, or is itself a correction"
        self.reversed.add(row.reverses_uid)

    def _agreed(self, row: Row[Any]) -> Iterator[tuple[str, str]]:
        needed = NEEDED_APPROVERS.get(TransferKind(row.kind)) if row.kind in set(TransferKind) else None
        if needed is None:
            return
        act = (row.kind, row.debit_account_id, row.credit_account_id, row.amount, row.reverses_uid)
        said = [
            word for word in self.words.get(row.uid, [])
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
        elif row.hold_uid is not None and row.hold_uid in self.holds:
            self.held[debit] -= self.holds[row.hold_uid].amount
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


def _guards() -> Iterable[Finding]:
    for name in missing_guards(session.connection()):
        yield Finding("I3", f"guard {name}", "it is missing in the database, or not as it should be")


def _visits() -> Iterator[Finding]:
    """I12: a confirmed visit with minutes has exactly one credit or waits for one, and nothing else has."""
    visit = Base.metadata.tables["visit"].c
    confirmed = {
        row.id
        for row in session.execute(
            select(visit.id).where(visit.state == "confirmed", visit.credit_min > 0)
        )
    }  # fmt: skip
    paid: Counter[str] = Counter()
    credits = select(Transfer.uid).where(Transfer.uid.like("visit:%"), Transfer.reverses_uid.is_(None))
    for uid in session.scalars(credits):
        parts = uid.split(":")
        if len(parts) == 3 and parts[2] in ("post", "late"):
            paid[parts[1]] += 1
    waiting = {uid.split(":")[1] for uid in session.scalars(select(AwaitedCredit.uid)) if uid.startswith("visit:")}
    duty = _without_minutes()
    for key in sorted(confirmed - paid.keys() - waiting - duty):
        yield Finding("I12", f"visit {key}", "it was confirmed, and nobody was credited")
    for key in sorted(paid.keys() - confirmed):
        yield Finding("I12", f"visit {key}", "minutes were credited, and it is not confirmed")
    for key, times in sorted(paid.items()):
        if times > 1:
            yield Finding("I12", f"visit {key}", f"it was credited {times} times")


def _without_minutes() -> set[str]:
    """Confirmed visits that move nothing: visits of duty."""
    tables = Base.metadata.tables
    visit, need, item = tables["visit"].c, tables["need"].c, tables["menu_item"].c
    rows = (
        select(visit.id)
        .join_from(tables["visit"], tables["need"], need.id == visit.need_id)
        .outerjoin(tables["menu_item"], item.code == need.item_code)
        .where((item.code.is_(None)) | (~item.timebank) | (visit.place > need.volunteers_needed))
    )
    return set(session.scalars(rows))
