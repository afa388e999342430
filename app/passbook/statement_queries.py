"""A month of a passbook: what stood there before, every line, and what stood there after."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app import clock
from app.access.actor import Actor
from app.db import session
from app.ledger.line_queries import Line, lines_between
from app.ledger.models import Account, Transfer


@dataclass(frozen=True)
class MonthStatement:
    """One month of one passbook, oldest line first."""

    first: date
    opening: int
    lines: list[Line]
    closing: int
    held: int | None  # kept for orders now; None for a month that is over

    @property
    def stored(self) -> int:
        return sum(line.change for line in self.lines if line.is_in)

    @property
    def spent(self) -> int:
        return -sum(line.change for line in self.lines if not line.is_in)


def month_statement(actor: Actor, account: Account, first: date, *, zone: str) -> MonthStatement:
    """The month that begins on `first`, by the civil days of the zone."""
    following = next_month(first)
    since = last_seq_before(account.ledger_id, clock.instant(first, 0, zone))
    until = last_seq_before(account.ledger_id, clock.instant(following, 0, zone))
    opening, lines = lines_between(actor, account, since=since, until=until)
    closing = opening + sum(line.change for line in lines)
    return MonthStatement(first, opening, lines, closing, account.held if clock.today(zone) < following else None)


def last_seq_before(ledger_id: str, instant: datetime) -> int:
    """The place of the last line of a book before an instant; 0 where there is none.

    The lines of a book are never older than those before them, so two short walks along the index by time find it,
    however long the book is.
    """
    when = session.scalar(
        select(func.max(Transfer.created_at)).where(Transfer.ledger_id == ledger_id, Transfer.created_at < instant)
    )
    if when is None:
        return 0
    last = select(func.max(Transfer.seq)).where(Transfer.ledger_id == ledger_id, Transfer.created_at == when)
    return int(session.scalar(last) or 0)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first.replace(day=1) - timedelta(days=1)).replace(day=1)
