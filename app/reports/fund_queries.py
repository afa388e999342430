"""The funds of a unit: what came in, what went out, and what it paid for, by item and by listed class. No names."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app import clock
from app.db import session
from app.ledger.models import Account, AccountKind, Memo, Phase, Transfer, TransferKind
from app.people.models import CATEGORIES, Elder
from app.reports.book_queries import MOVED, Scope, day_end, last_line

FUNDS = (AccountKind.COMMUNITY_FUND, AccountKind.CHARITY_FUND)
PAYS_FOR = (TransferKind.SERVICE, TransferKind.LATE_CREDIT, TransferKind.BONUS, TransferKind.OVERRUN)
NO_CLASS = "none"  # an elder of none of the listed classes
UNKNOWN = ""  # the words of the line were erased, or it names no elder


@dataclass(frozen=True)
class Fund:
    """One fund: what it holds now, and what moved in the time asked for (reversals taken off where they undo)."""

    account: Account
    came: dict[str, int]
    went: dict[str, int]


@dataclass(frozen=True)
class Use:
    """What funds paid for one item, or for elders of one class; `who` are the ids of the elders, for counting only."""

    key: str
    lines: int
    who: frozenset[str]
    minutes: int

    @property
    def elders(self) -> int:
        """How many elders, each counted once."""
        return len(self.who)


@dataclass(frozen=True)
class Uses:
    """What funds paid for between two days: each line stands once by item, and once for each class of its elder."""

    minutes: int
    lines: int
    elders: int
    by_item: list[Use]
    by_class: list[Use]


@dataclass(frozen=True)
class Span:
    """The lines of a ledger between two days, both included."""

    after: int
    upto: int


def span(scope: Scope, first: date, last: date) -> Span:
    """The sequence numbers of what was written from the first to the last day."""
    start = clock.instant(first, 0, scope.zone)
    return Span(last_line(scope.ledger_id, start), last_line(scope.ledger_id, day_end(last, scope.zone)))


def funds(scope: Scope, of: Span) -> list[Fund]:
    """The funds of the scope with what moved in the span, by kind of transfer."""
    accounts = session.scalars(_funds(scope).order_by(Account.kind, Account.owner_id, Account.label)).all()
    came, went = _moved(scope, of, "credit"), _moved(scope, of, "debit")
    return [Fund(account, came.get(account.id, {}), went.get(account.id, {})) for account in accounts]


def uses(scope: Scope, of: Span) -> Uses:
    """What the funds of the scope paid for in the span; a payment that was taken back is none."""
    paid = _paid(scope, of).subquery()
    rows = session.execute(
        select(paid.c.item_code, paid.c.elder_id, func.count(), func.sum(paid.c.amount)).group_by(
            paid.c.item_code, paid.c.elder_id
        )
    )
    found = [(item or UNKNOWN, elder, int(count), int(minutes)) for item, elder, count, minutes in rows]
    classes = _classes({elder for _item, elder, _count, _minutes in found if elder})
    by_class = [(key, *row[1:]) for row in found for key in classes.get(row[1] or "", [UNKNOWN])]
    return Uses(
        minutes=sum(row[3] for row in found),
        lines=sum(row[2] for row in found),
        elders=len({row[1] for row in found if row[1]}),
        by_item=_grouped(found),
        by_class=_grouped(by_class),
    )


# ---------------------------------------------------------------------------------------------------------------------


def _funds(scope: Scope) -> Select[Account]:
    return select(Account).where(
        Account.ledger_id == scope.ledger_id, Account.unit == scope.unit, Account.kind.in_(FUNDS), *scope.of(Account.id)
    )


def _moved(scope: Scope, of: Span, side: str) -> dict[str, dict[str, int]]:
    column = Transfer.credit_account_id if side == "credit" else Transfer.debit_account_id
    rows = session.execute(
        select(column, Transfer.kind, func.sum(Transfer.amount))
        .where(Transfer.seq > of.after, Transfer.seq <= of.upto, Transfer.phase.in_(MOVED))
        .where(column.in_(_funds(scope).with_only_columns(Account.id)))
        .group_by(column, Transfer.kind)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for account_id, kind, amount in rows:
        found[account_id][kind] = int(amount)
    return found


def _paid(scope: Scope, of: Span) -> Select[str | None, str | None, int]:
    """The lines by which the funds paid for help, with their item and elder."""
    back = aliased(Transfer)
    return (
        select(Memo.item_code, Memo.elder_id, Transfer.amount)
        .outerjoin(Memo, Memo.uid == Transfer.uid)
        .outerjoin(back, back.reverses_uid == Transfer.uid)
        .where(Transfer.seq > of.after, Transfer.seq <= of.upto, Transfer.kind.in_(PAYS_FOR))
        .where(Transfer.phase.in_((Phase.SINGLE, Phase.POST)), back.uid.is_(None))
        .where(Transfer.debit_account_id.in_(_funds(scope).with_only_columns(Account.id)))
    )


def _classes(elders: set[str]) -> dict[str, list[str]]:
    """The listed classes of each elder, as they are today."""
    rows = session.execute(select(Elder.person_id, Elder.categories).where(Elder.person_id.in_(elders)))
    return {key: [each for each in CATEGORIES if each in listed] or [NO_CLASS] for key, listed in rows}


def _grouped(rows: Iterable[tuple[str, str | None, int, int]]) -> list[Use]:
    lines: dict[str, int] = defaultdict(int)
    minutes: dict[str, int] = defaultdict(int)
    elders: dict[str, set[str]] = defaultdict(set)
    for key, elder, count, amount in rows:
        lines[key] += count
        minutes[key] += amount
        elders[key] |= {elder} if elder else set()
    found = [Use(key, lines[key], frozenset(elders[key]), minutes[key]) for key in lines]
    return sorted(found, key=lambda use: (-use.minutes, use.key))
