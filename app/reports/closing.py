"""Keeping the end of each month that is over, and throwing kept ends away that the transfers do not bear out."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from app import clock
from app.db import session
from app.ledger.models import Account, Ledger, Transfer
from app.ledger.queries import ledgers
from app.org.queries import zone_of
from app.reports.book_queries import NOTHING, Stood, by_account, closed_months, last_line, month_after, month_end
from app.reports.models import ClosedMonth, MonthClosing

ROWS_AT_ONCE = 1_000


def books() -> list[str]:
    """Every book, by area code."""
    return [book.id for book in ledgers()]


def close_next_month(ledger_id: str) -> date | None:
    """Keep the end of the oldest month that is over and not kept yet; None when there is none. Harmless when repeated.

    The caller's transaction holds the book still, so that what is read and what is kept are of one moment.
    """
    book = session.get_one(Ledger, ledger_id, with_for_update=True)
    zone = zone_of(ledger_id)
    month = _next(book, zone)
    if month is None or month_end(month, zone) > clock.now():
        return None
    line = last_line(ledger_id, month_end(month, zone))
    stood = by_account(ledger_id, line)
    rows = [
        {"ledger_id": ledger_id, "month": month, "account_id": key, "posted": sums.posted, "held": sums.held}
        for key, sums in sorted(stood.items())
    ]
    for first in range(0, len(rows), ROWS_AT_ONCE):
        session.execute(insert(MonthClosing), rows[first : first + ROWS_AT_ONCE])
    session.add(ClosedMonth(ledger_id=ledger_id, month=month, seq=line, closed_at=clock.now()))
    session.flush()
    return month


def drop_wrong_closings(ledger_id: str) -> int:
    """How many accounts do not stand where the last kept month and the lines since put them; then all ends are dropped.

    Nothing but somebody's hand in the database makes the two differ: the caller says so loudly, and closes anew.
    """
    book = session.get_one(Ledger, ledger_id, with_for_update=True)
    told = by_account(ledger_id, book.head_seq)
    stands = session.execute(select(Account.id, Account.posted, Account.held).where(Account.ledger_id == ledger_id))
    wrong = sum(told.get(key, NOTHING) != Stood(posted, held) for key, posted, held in stands)
    if wrong:
        session.execute(delete(MonthClosing).where(MonthClosing.ledger_id == ledger_id))
        session.execute(delete(ClosedMonth).where(ClosedMonth.ledger_id == ledger_id))
    return wrong


def _next(book: Ledger, zone: str) -> date | None:
    """The month to close next: after the last kept one, or that of the first line."""
    kept = closed_months(book.id)
    if kept:
        return month_after(kept[-1].month)
    first = session.scalar(select(Transfer.created_at).where(Transfer.ledger_id == book.id, Transfer.seq == 1))
    return first.astimezone(ZoneInfo(zone)).date().replace(day=1) if first else None
