"""How often something secret may be guessed: counters in the database, shared by all workers, kept over restarts.

A try is counted before it is judged, so that a hundred at once are not a hundred free ones.
"""

from datetime import timedelta

from sqlalchemy import delete, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from app import clock
from app.db import rows_touched, session
from app.signin.models import TryCounter

HOUR = timedelta(hours=1)
PER_HOUR = 10  # safety.md: at most 10 evaluated an hour
IN_A_ROW = 100  # and at most 100 in a row, however slowly; then somebody of the community helps


def may_try(subject: str, *, limit: int = PER_HOUR, window: timedelta = HOUR, in_a_row: int | None = IN_A_ROW) -> bool:
    """Whether one more try at `subject` is allowed; it is counted by asking. `in_a_row` None: no end but the window's.

    Let the write be the check: of two tries at once only one can be the last that is allowed.
    """
    _begin(subject)
    now = clock.now()
    session.execute(
        update(TryCounter)
        .where(TryCounter.subject == subject, TryCounter.window_started_at <= now - window)
        .values(tries=0, window_started_at=now)
    )
    patience = true() if in_a_row is None else TryCounter.in_a_row < in_a_row
    counted = session.execute(
        update(TryCounter)
        .where(TryCounter.subject == subject, TryCounter.tries < limit, patience)
        .values(tries=TryCounter.tries + 1, in_a_row=TryCounter.in_a_row + 1)
    )
    return rows_touched(counted) > 0


def tries_left(
    subject: str, *, limit: int = PER_HOUR, window: timedelta = HOUR, in_a_row: int | None = IN_A_ROW
) -> int:
    """How many tries at `subject` are left in the present window; `in_a_row` as in `may_try`."""
    row = session.execute(
        select(TryCounter.tries, TryCounter.in_a_row, TryCounter.window_started_at).where(TryCounter.subject == subject)
    ).one_or_none()
    if row is None:
        return limit
    in_window = row.tries if row.window_started_at > clock.now() - window else 0
    patience = limit if in_a_row is None else in_a_row - row.in_a_row
    return max(0, min(limit - in_window, patience))


def succeeded(subject: str) -> None:
    """Forget the wrong tries: it was right this time."""
    session.execute(delete(TryCounter).where(TryCounter.subject == subject))


def _begin(subject: str) -> None:
    """Have a row to count in; whoever comes second finds the first one's."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.execute(
        insert(TryCounter)
        .values(subject=subject, tries=0, in_a_row=0, window_started_at=clock.now())
        .on_conflict_do_nothing(index_elements=["subject"])
    )
