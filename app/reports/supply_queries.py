"""The supply of minutes (or points) month by month: where they came from and where they stood when a month ended.

The words are those of the published heads: minted is what left the issuance accounts, redeemed what shops took in,
expired what lapsed, held what is kept for orders, donated what was given less what was given back. At any time
minted + corrected = people + funds + redeemed + expired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from app.db import session
from app.ledger.models import Account, AccountKind, Transfer, TransferKind
from app.reports.book_queries import (
    NOTHING,
    Scope,
    Sums,
    by_kind,
    closed_months,
    last_line,
    month_end,
)

PEOPLE = (AccountKind.PERSON, AccountKind.FAMILY_POOL)
FUNDS = (AccountKind.COMMUNITY_FUND, AccountKind.CHARITY_FUND, AccountKind.TEAM)


@dataclass(frozen=True)
class Supply:
    """The end of one month (or today): stocks, and `donated` in the month itself."""

    month: date
    minted: int
    corrected: int
    people: int
    funds: int
    held: int
    redeemed: int
    expired: int
    donated: int

    @property
    def differs(self) -> int:
        """What does not add up. It must be 0 for a whole book."""
        return self.minted + self.corrected - self.people - self.funds - self.redeemed - self.expired


def months_back(today: date, count: int) -> list[date]:
    """The first days of the last `count` months, that of `today` last."""
    months = [today.replace(day=1)]
    while len(months) < count:
        year, month = months[0].year, months[0].month
        months.insert(0, date(year - (month == 1), (month - 2) % 12 + 1, 1))
    return months


def supply(scope: Scope, months: Sequence[date]) -> list[Supply]:
    """The supply at the end of each of these months in a row (of the present one: now)."""
    kept = {row.month: row.seq for row in closed_months(scope.ledger_id)}
    before = _line(scope, kept, months_back(months[0], 2)[0])
    lines = [_line(scope, kept, month) for month in months]
    given = _donated(scope, [before, *lines])
    return [
        _supply(month, stood, donated)
        for month, stood, donated in zip(months, by_kind(scope, lines), given, strict=True)
    ]


def first_month(ledger_id: str) -> date | None:
    """The month of the first line of a book; None while it is empty."""
    first = session.scalar(select(Transfer.created_at).where(Transfer.ledger_id == ledger_id, Transfer.seq == 1))
    return first.date().replace(day=1) if first else None


def _line(scope: Scope, kept: dict[date, int], month: date) -> int:
    return kept[month] if month in kept else last_line(scope.ledger_id, month_end(month, scope.zone))


def _supply(month: date, stood: Sums, donated: int) -> Supply:
    def posted(*kinds: AccountKind) -> int:
        return sum(stood.get(kind, NOTHING).posted for kind in kinds)

    return Supply(
        month=month,
        minted=-posted(AccountKind.ISSUANCE),
        corrected=-posted(AccountKind.ADJUSTMENT),
        people=posted(*PEOPLE),
        funds=posted(*FUNDS),
        held=sum(each.held for each in stood.values()),
        redeemed=posted(AccountKind.SHOP),
        expired=posted(AccountKind.EXPIRY),
        donated=donated,
    )


def _donated(scope: Scope, lines: Sequence[int]) -> list[int]:
    """What was given between these lines, less what was given back by a reversal."""
    steps = list(pairwise(lines))
    sums = [
        func.coalesce(func.sum(case(((Transfer.seq > after) & (Transfer.seq <= upto), Transfer.amount), else_=0)), 0)
        for after, upto in steps
    ]
    here = (
        Transfer.ledger_id == scope.ledger_id,
        Transfer.unit == scope.unit,
        Transfer.seq > lines[0],
        Transfer.seq <= lines[-1],
    )
    takers = select(Account.id).where(
        Account.ledger_id == scope.ledger_id, Account.unit == scope.unit, Account.kind.in_(FUNDS), *scope.of(Account.id)
    )
    undone = aliased(Transfer)
    given = select(*sums).where(*here, Transfer.kind == TransferKind.DONATE, Transfer.credit_account_id.in_(takers))
    taken_back = (
        select(*sums)
        .join(undone, undone.uid == Transfer.reverses_uid)
        .where(*here, Transfer.reverses_uid.is_not(None), undone.kind == TransferKind.DONATE)
        .where(Transfer.debit_account_id.in_(takers))
    )
    plus, minus = session.execute(given).one(), session.execute(taken_back).one()
    return [int(more) - int(less) for more, less in zip(plus, minus, strict=True)]
