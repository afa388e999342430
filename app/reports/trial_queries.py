"""The trial balance of a day: every account of a book as it stood when the day ended; together they make zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.db import session
from app.ledger.models import Account, AccountKind
from app.org.models import OrgUnit
from app.people.models import Person
from app.reports.book_queries import NOTHING, Scope, Stood, by_account, by_kind, day_end, last_line


@dataclass(frozen=True)
class TrialRow:
    """All accounts of one kind together, when the day ended."""

    kind: AccountKind
    accounts: int
    posted: int
    held: int


@dataclass(frozen=True)
class Trial:
    """The balances of a day by kind. `line` is the day's last transfer; 0 where nothing was written yet.

    `elsewhere` is what stood on the accounts of other units, so that the whole is zero; None for the whole book.
    `agrees` compares with the balances that the accounts carry now: only for today, and None where it cannot be said.
    """

    day: date
    line: int
    rows: list[TrialRow]
    elsewhere: int | None
    agrees: bool | None

    @property
    def posted(self) -> int:
        """The sum of the rows: zero for a whole book."""
        return sum(row.posted for row in self.rows)

    @property
    def held(self) -> int:
        return sum(row.held for row in self.rows)

    @property
    def accounts(self) -> int:
        return sum(row.accounts for row in self.rows)

    @property
    def differs(self) -> int:
        """What is missing to zero. It must be 0."""
        return self.posted + (self.elsewhere or 0)


def trial(scope: Scope, day: date, today: date) -> Trial:
    """The trial balance of `scope` at the end of a day (of today: as it is now)."""
    line = last_line(scope.ledger_id, day_end(day, scope.zone))
    stood = by_kind(scope, [line])[0]
    rows = _rows(scope, day, stood)
    elsewhere = None if scope.is_whole else _elsewhere(scope, line, sum(row.posted for row in rows))
    return Trial(day, line, rows, elsewhere, _agrees(scope, line, stood) if day >= today else None)


def accounts_of_kind(scope: Scope, kind: AccountKind, day: date, words: str = "") -> Select[Account]:
    """The accounts of one kind that were there when the day ended, for a list; `words` are part of the owner's name."""
    query = (
        select(Account)
        .where(*_there(scope, day), Account.kind == kind)
        .order_by(Account.owner_id, Account.label, Account.id)
    )
    if not words:
        return query
    people = select(Person.id).where(Person.name.contains(words, autoescape=True))
    units = select(OrgUnit.code).where(OrgUnit.name.contains(words, autoescape=True))
    return query.where(or_(Account.owner_id.in_(people), Account.owner_id.in_(units)))


def all_accounts(scope: Scope, day: date) -> list[tuple[Account, Stood]]:
    """Every account that was there when the day ended, with what stood on it."""
    query = select(Account).where(*_there(scope, day)).order_by(Account.kind, Account.owner_id, Account.label)
    accounts = session.scalars(query).all()
    return with_balances(scope, accounts, last_line(scope.ledger_id, day_end(day, scope.zone)), all_of_them=True)


def with_balances(
    scope: Scope, accounts: Sequence[Account], line: int, *, all_of_them: bool = False
) -> list[tuple[Account, Stood]]:
    """These accounts with what stood on each after a line."""
    stood = by_account(scope.ledger_id, line, None if all_of_them else [account.id for account in accounts])
    return [(account, stood.get(account.id, NOTHING)) for account in accounts]


# ---------------------------------------------------------------------------------------------------------------------


def _there(scope: Scope, day: date) -> list[ColumnElement[bool]]:
    of_unit = (Account.ledger_id == scope.ledger_id, Account.unit == scope.unit)
    return [*of_unit, Account.opened_at < day_end(day, scope.zone), *scope.of(Account.id)]


def _rows(scope: Scope, day: date, stood: dict[str, Stood]) -> list[TrialRow]:
    counted = session.execute(select(Account.kind, func.count()).where(*_there(scope, day)).group_by(Account.kind))
    counts = dict(counted.all())
    order = list(AccountKind)
    rows = [
        TrialRow(AccountKind(kind), counts.get(kind, 0), stood.get(kind, NOTHING).posted, stood.get(kind, NOTHING).held)
        for kind in counts.keys() | stood.keys()
    ]
    return sorted(rows, key=lambda row: order.index(row.kind))


def _elsewhere(scope: Scope, line: int, here: int) -> int:
    """What stood on all other accounts of the book: told from the whole book, not as minus the rest."""
    whole = by_kind(Scope(scope.ledger_id, scope.unit, scope.zone), [line])[0]
    return sum(stood.posted for stood in whole.values()) - here


def _agrees(scope: Scope, line: int, stood: dict[str, Stood]) -> bool | None:
    """Whether the balances that the accounts carry say the same; None when a line came in between."""
    rows = session.execute(
        select(Account.kind, func.sum(Account.posted), func.sum(Account.held), func.max(Account.last_seq))
        .where(Account.ledger_id == scope.ledger_id, Account.unit == scope.unit, *scope.of(Account.id))
        .group_by(Account.kind)
    ).all()
    if any(last > line for *_rest, last in rows):
        return None
    carried = {kind: Stood(int(posted), int(held)) for kind, posted, held, _last in rows}
    return all(carried.get(kind, NOTHING) == stood.get(kind, NOTHING) for kind in carried.keys() | stood.keys())
