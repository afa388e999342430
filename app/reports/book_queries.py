"""What stood in a book after any of its lines, by kind of account or account by account, told from the transfers.

A month that is over can get no line any more, so its end is kept (`MonthClosing`), and what stood later is that plus
the lines since. Where no month end is kept yet the fold begins at the first line: the same figures, only slower.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, false, func, select
from sqlalchemy.orm import aliased

from app import clock
from app.access.actor import Actor
from app.db import session
from app.ledger.models import Account, Phase, Transfer, Unit
from app.ledger.queries import accounts_in, area_of
from app.org.models import OrgUnit
from app.people.models import Role
from app.reports.models import ClosedMonth, MonthClosing

MOVED = (Phase.SINGLE, Phase.POST)


@dataclass(frozen=True)
class Stood:
    """What stood on accounts together: stored, and of this kept for orders."""

    posted: int = 0
    held: int = 0

    def __add__(self, other: "Stood") -> "Stood":
        return Stood(self.posted + other.posted, self.held + other.held)


NOTHING = Stood()
Sums = dict[str, Stood]
"""By kind of account, or by the id of an account."""


@dataclass(frozen=True)
class Scope:
    """Which accounts a report is about: one measure of one ledger, of one unit's subtree where `inside` is given."""

    ledger_id: str
    unit: Unit
    zone: str
    inside: Select[str] | None = field(default=None, compare=False)

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole book, which sums to zero."""
        return self.inside is None

    def of(self, column: SQLColumnExpression[str]) -> list[ColumnElement[bool]]:
        """The conditions that keep only what `column`, an account's id, says is inside."""
        return [] if self.inside is None else [column.in_(self.inside)]


def scope_of(place: OrgUnit, unit: Unit) -> Scope:
    """What an auditor of the unit may see; of the settlement area itself, the whole book."""
    area = area_of(place.code)
    if area == place.code:
        return Scope(area, unit, place.zone)
    auditor = Actor(person_id="", memberships=((Role.AUDITOR, place.code),))
    inside = accounts_in(auditor).where(Account.ledger_id == area).with_only_columns(Account.id)
    return Scope(area, unit, place.zone, inside)


def day_end(day: date, zone: str) -> datetime:
    """The instant at which a civil day is over."""
    return clock.instant(day + timedelta(days=1), 0, zone)


def month_after(first: date) -> date:
    """The first day of the next month."""
    return (first + timedelta(days=31)).replace(day=1)


def month_end(first: date, zone: str) -> datetime:
    """The instant at which a month is over."""
    return clock.instant(month_after(first), 0, zone)


def last_line(ledger_id: str, before: datetime) -> int:
    """The sequence number of the last line stored before an instant; 0 where there was none."""
    newest = (
        select(Transfer.seq)
        .where(Transfer.ledger_id == ledger_id, Transfer.created_at < before)
        .order_by(Transfer.created_at.desc(), Transfer.seq.desc())
        .limit(1)
    )
    return session.scalar(newest) or 0


def closed_months(ledger_id: str) -> list[ClosedMonth]:
    """The months whose end is kept, oldest first and without a gap."""
    return list(
        session.scalars(select(ClosedMonth).where(ClosedMonth.ledger_id == ledger_id).order_by(ClosedMonth.month))
    )


def by_kind(scope: Scope, lines: Sequence[int]) -> list[Sums]:
    """What stood on each kind of account after each of these lines (ascending sequence numbers)."""
    closed = {row.seq: row.month for row in closed_months(scope.ledger_id)}
    kept = _closings(scope, [closed[seq] for seq in lines if seq in closed])
    rest = [seq for seq in lines if seq not in closed]
    told = dict(zip(rest, _folded(scope, closed, rest), strict=True))
    return [kept.get(closed[seq], {}) if seq in closed else told[seq] for seq in lines]


def by_account(ledger_id: str, line: int, ids: Iterable[str] | None = None) -> Sums:
    """What stood on each of these accounts (all where none are named) after a line; those that never moved left out."""
    closed = {row.seq: row.month for row in closed_months(ledger_id) if row.seq <= line}
    base = max(closed, default=0)
    only = None if ids is None else list(ids)
    sums: Sums = {}
    if base:
        rows = select(MonthClosing.account_id, MonthClosing.posted, MonthClosing.held).where(
            MonthClosing.ledger_id == ledger_id, MonthClosing.month == closed[base]
        )
        rows = rows if only is None else rows.where(MonthClosing.account_id.in_(only))
        sums = {key: Stood(int(posted), int(held)) for key, posted, held in session.execute(rows)}
    for side in ("debit", "credit"):
        column = _side(side)
        changes = _changes(side, column, [(base, line)]).where(Transfer.ledger_id == ledger_id)
        changes = changes if only is None else changes.where(column.in_(only))
        for key, posted, held in session.execute(changes):
            sums[key] = sums.get(key, NOTHING) + Stood(int(posted), int(held))
    return sums


# ---------------------------------------------------------------------------------------------------------------------


def _side(side: str, what: str = "account_id") -> SQLColumnExpression[str]:
    column: SQLColumnExpression[str] = getattr(Transfer, f"{side}_{what}")
    return column


def _closings(scope: Scope, months: Sequence[date]) -> Mapping[date, Sums]:
    """The kept month ends, by kind."""
    if not months:
        return {}
    found: dict[date, Sums] = {month: {} for month in months}
    rows = session.execute(
        select(MonthClosing.month, Account.kind, func.sum(MonthClosing.posted), func.sum(MonthClosing.held))
        .join(Account, Account.id == MonthClosing.account_id)
        .where(MonthClosing.ledger_id == scope.ledger_id, MonthClosing.month.in_(months), Account.unit == scope.unit)
        .where(*scope.of(MonthClosing.account_id))
        .group_by(MonthClosing.month, Account.kind)
    )
    for month, kind, posted, held in rows:
        found[month][kind] = Stood(int(posted), int(held))
    return found


def _folded(scope: Scope, closed: Mapping[int, date], lines: Sequence[int]) -> list[Sums]:
    """What stood after lines that end no kept month: the month end before them, and the lines since."""
    if not lines:
        return []
    base = max((seq for seq in closed if seq <= lines[0]), default=0)
    now: Sums = dict(_closings(scope, [closed[base]])[closed[base]]) if base else {}
    steps = list(zip([base, *lines[:-1]], lines, strict=True))
    changes: list[Sums] = [{} for _ in steps]
    for side in ("debit", "credit"):
        query = _changes(side, _side(side, "kind"), steps).where(
            Transfer.ledger_id == scope.ledger_id, Transfer.unit == scope.unit, *scope.of(_side(side))
        )
        for kind, *figures in session.execute(query):
            for step, change in enumerate(changes):
                moved = Stood(int(figures[2 * step]), int(figures[2 * step + 1]))
                change[kind] = change.get(kind, NOTHING) + moved
    stood = []
    for change in changes:
        now = {kind: now.get(kind, NOTHING) + change.get(kind, NOTHING) for kind in now.keys() | change.keys()}
        stood.append(now)
    return stood


def _changes(side: str, by: SQLColumnExpression[str], steps: Sequence[tuple[int, int]]) -> Select[*tuple[Any, ...]]:
    """`SELECT` of what one side of the lines of each step (after, up to) changed: stored and held, grouped by `by`."""
    hold = aliased(Transfer)
    if side == "debit":
        posted = case((Transfer.phase.in_(MOVED), -Transfer.amount), else_=0)
        held = case(
            (Transfer.phase == Phase.HOLD, Transfer.amount),
            (Transfer.phase.in_((Phase.POST, Phase.VOID)), -hold.amount),
            else_=0,
        )
    else:
        posted, held = case((Transfer.phase.in_(MOVED), Transfer.amount), else_=0), case((false(), 0), else_=0)
    sums = []
    for after, upto in steps:
        here = (Transfer.seq > after) & (Transfer.seq <= upto)
        sums += [func.sum(case((here, posted), else_=0)), func.sum(case((here, held), else_=0))]
    query = select(by, *sums).where(Transfer.seq > steps[0][0], Transfer.seq <= steps[-1][1]).group_by(by)
    return query.outerjoin(hold, hold.uid == Transfer.hold_uid) if side == "debit" else query
