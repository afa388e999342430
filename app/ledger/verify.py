"""Proving the books from their first line: every sum, every hash, every word that was needed, every guard.

The verifier trusts nothing that the product computed on the way: it folds all transfers of a ledger in the order of
their sequence (app/ledger/fold.py) and compares what comes out with what is stored.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from app import clock
from app.db import Base, one_picture, session
from app.ledger.fold import CREDITS, Finding, Fold, visit_of
from app.ledger.guards import missing_guards
from app.ledger.headwatch import HeadWatch, lost_books
from app.ledger.models import Account, AwaitedCredit, CheckMark, Ledger, Transfer

MOST_FINDINGS = 200  # one broken link makes everything after it look odd: the first ones say where
BATCH = 2000


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


def verify(kept: Sequence[Any] = ()) -> Report:
    """The whole proof. Reads only. `kept` are published heads from files elsewhere, which nobody here can rewrite."""
    report = Report()
    books = session.execute(select(*Ledger.__table__.c).order_by(Ledger.id)).all()
    for book in books:
        report.ledgers += 1
        _read(book, report, kept)
    report.findings += lost_books({book.id for book in books}, kept)
    report.findings += _guards()
    report.findings += _visits()
    del report.findings[MOST_FINDINGS:]
    return report


def _read(book: Row[Any], report: Report, kept: Sequence[Any]) -> None:
    """One book folded into the report."""
    rows = session.execute(select(*Account.__table__.c).where(Account.ledger_id == book.id)).all()
    fold, heads = Fold(book, {row.id: row for row in rows}), HeadWatch(book.id, kept)
    report.accounts += len(rows)
    for batch in _batches(book.id):
        report.transfers += len(batch)
        report.findings += fold.take_all(batch)
        report.findings += heads.take_all(batch)
        if len(report.findings) >= MOST_FINDINGS:
            break
    report.findings += fold.close()
    report.findings += heads.close()


def prove(kept: Sequence[Any] = ()) -> Report:
    """The proof on one unchanging picture of the database, while others go on writing; outside any transaction()."""
    with one_picture():
        return verify(kept)


def mark(report: Report) -> CheckMark:
    """When the books were proved and what came out, for the passbooks and for whoever watches the site."""
    row = CheckMark(at=clock.now(), clean=report.clean, transfers=report.transfers, findings=len(report.findings))
    session.add(row)
    session.flush()
    return row


def _batches(ledger_id: str) -> Iterator[Sequence[Row[Any]]]:
    """Every transfer of a ledger in the order of its sequence, a batch at a time."""
    last = -1
    while True:
        query = select(*Transfer.__table__.c).where(Transfer.ledger_id == ledger_id, Transfer.seq > last)
        rows = session.execute(query.order_by(Transfer.seq).limit(BATCH)).all()
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        last = rows[-1].seq


def _guards() -> Iterable[Finding]:
    for name in missing_guards(session.connection()):
        yield Finding("I3", f"guard {name}", "it is missing in the database, or not as it should be")


def _visits() -> Iterator[Finding]:
    """I12: a confirmed visit with minutes has exactly one credit or waits for one (Fold looks at it from the other
    side: nothing else has)."""
    for visits in _confirmed_visits():
        uids = [f"visit:{visit}:{word}" for visit in visits for word in CREDITS]
        paid = Counter(visit_of(uid) for uid in session.scalars(select(Transfer.uid).where(Transfer.uid.in_(uids))))
        waiting = select(AwaitedCredit.uid).where(AwaitedCredit.uid.in_(uids))
        waits = {visit_of(uid) for uid in session.scalars(waiting)}
        for visit in visits:
            if paid[visit] > 1:
                yield Finding("I12", f"visit {visit}", f"it was credited {paid[visit]} times")
            if not paid[visit] and visit not in waits:
                yield Finding("I12", f"visit {visit}", "it was confirmed, and nobody was credited")


def _confirmed_visits() -> Iterator[Sequence[str]]:
    """Ids of visits confirmed with minutes that move, a batch at a time; visits of duty move nothing."""
    tables = Base.metadata.tables
    visit, need, item = tables["visit"].c, tables["need"].c, tables["menu_item"].c
    query = (
        select(visit.id)
        .join_from(tables["visit"], tables["need"], need.id == visit.need_id)
        .join(tables["menu_item"], item.code == need.item_code)
        .where(visit.state == "confirmed", visit.credit_min > 0, item.timebank)
        .where(visit.place <= need.volunteers_needed)
        .order_by(visit.id)
        .limit(BATCH)
    )
    last = ""
    while ids := session.scalars(query.where(visit.id > last)).all():
        yield ids
        last = ids[-1]
