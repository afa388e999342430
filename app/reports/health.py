"""Whether the site is well: the database, its migrations, the ledger and the jobs, each asked something cheap.

The whole proof of the ledger is `flask ledger verify`; here only what can be answered within a blink at any size.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.config import ROOT, VERSION
from app.db import let_go, session
from app.jobs import port
from app.ledger import keys
from app.ledger import queries as ledger
from app.ledger.guards import missing_guards
from app.ledger.models import Account
from app.ledger.proof_queries import heads_of
from app.ledger.watch import watch_of


@dataclass(frozen=True)
class Part:
    """How one part is doing; `facts` are for whoever watches the site."""

    well: bool
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"status": "ok" if self.well else "unwell", **self.facts}


def report() -> tuple[bool, dict[str, Any]]:
    """(all is well, what /healthz says). A part that cannot even be asked is not well."""
    parts = {name: _asked(ask) for name, ask in PARTS.items()}
    well = all(part.well for part in parts.values())
    answer = {"status": "ok" if well else "unwell", "version": VERSION}
    return well, answer | {name: part.as_json() for name, part in parts.items()}


def _asked(ask: Callable[[], Part]) -> Part:
    try:
        return ask()
    except (SQLAlchemyError, OSError) as error:
        return Part(False, {"note": type(error).__name__})  # the text may hold an address or a password
    finally:
        let_go()


def database() -> Part:
    """Whether it answers."""
    session.execute(text("SELECT 1"))
    return Part(True, {"engine": session.get_bind().dialect.name})


def migrations() -> Part:
    """Whether the database is as new as the program."""
    at = MigrationContext.configure(session.connection()).get_current_revision()
    wanted = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    return Part(at == wanted, {"at": at, "wanted": wanted})


def ledger_book() -> Part:
    """Whether every book sums to zero, its guards stand, and the last full verification was clean."""
    sums = session.scalars(select(func.sum(Account.posted)).group_by(Account.ledger_id, Account.unit)).all()
    missing = missing_guards(session.connection())
    watch_of(current_app).missing = missing
    mark = ledger.last_check()
    return Part(
        not any(sums) and not missing and (mark is None or mark.clean),
        {
            "transfers": sum(book.head_seq for book in ledger.ledgers()),
            "unbalanced": sum(1 for total in sums if total),
            "missing_guards": missing,
            "verified_at": mark.at.isoformat(timespec="seconds") if mark else None,
        },
    )


def public_proof() -> Part:
    """Whether the next head can be signed, and of which day the last one of each book is."""
    heads = {book.id: heads_of(book.id).limit(1) for book in ledger.ledgers()}
    newest = {book: session.scalar(query) for book, query in heads.items()}
    signs = keys.can_sign()
    days = {book: head.day.isoformat() if head else None for book, head in newest.items()}
    return Part(signs, {"heads": days} if signs else {"heads": days, "note": "the key that signs heads is not here"})


def jobs() -> Part:
    """Whether some process runs them; what failed for good waits for a person and is counted."""
    health = asdict(port.engine().health())
    return Part(bool(health.pop("well")), health)


PARTS: dict[str, Callable[[], Part]] = {
    "database": database,
    "migrations": migrations,
    "ledger": ledger_book,
    "proof": public_proof,
    "jobs": jobs,
}
