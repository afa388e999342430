"""What a change of rules would meet, counted on the rows that are there: people, passbooks, orders, visits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from app import clock
from app.access.scope import subtree
from app.db import session
from app.ledger.models import Account, AccountKind, Phase, Transfer, TransferKind, Unit
from app.menu.models import MenuItem
from app.needs.models import Need, NeedState
from app.org.queries import zone_of
from app.people.models import HARDSHIP, Elder, Person, Volunteer, VolunteerState
from app.visits.models import Visit, VisitState
from app.web.filters import age_on

DAYS_BACK = 90
OPEN_STATES = (NeedState.REVIEW, NeedState.ASKED_BACK, NeedState.OPEN, NeedState.ARRANGED)
OVER = (VisitState.CHECKED_OUT, VisitState.CONFIRMED, VisitState.DISPUTED)


@dataclass(frozen=True)
class Passbook:
    """One person's stored minutes, and what a rule asks about the person."""

    posted: int
    held: int
    age: int | None  # null: birth date not told
    in_hardship: bool


@dataclass(frozen=True)
class Served:
    """One visit that is over, as rules count it."""

    volunteer_id: str
    elder_id: str
    day: date
    item_code: str | None
    start_min: int
    planned_min: int
    actual_min: int
    credit_min: int


def here(unit_code: str) -> Any:
    """The codes of the unit and all below it."""
    return subtree(frozenset({unit_code}))


def today_at(unit_code: str) -> date:
    return clock.today(zone_of(unit_code))


def since(days: int = DAYS_BACK) -> datetime:
    """The instant so many days ago."""
    return clock.now() - timedelta(days=days)


def number(query: Any) -> int:
    """The one number that a query counts, 0 where there is none."""
    return int(session.scalar(query) or 0)


def passbooks(unit_code: str) -> list[Passbook]:
    """Every person's passbook of minutes in the unit."""
    rows = session.execute(
        select(Account.posted, Account.held, Person.birth_date, Elder.categories)
        .join(Person, Person.id == Account.owner_id)
        .outerjoin(Elder, Elder.person_id == Person.id)
        .where(Account.kind == AccountKind.PERSON, Account.unit == Unit.MINUTE, Person.unit_code.in_(here(unit_code)))
    )
    on = today_at(unit_code)
    return [
        Passbook(posted, held, age_on(born, on) if born else None, bool(HARDSHIP & set(listed or ())))
        for posted, held, born, listed in rows
    ]


def served(unit_code: str) -> list[Served]:
    """The visits of the last days that are over, for elders of the unit."""
    since = today_at(unit_code) - timedelta(days=DAYS_BACK)
    rows = session.execute(
        select(Visit.volunteer_id, Need.elder_id, Visit.day, Need.item_code, Visit.start_min, Visit.duration_min,
               Visit.actual_min, Visit.credit_min)
        .join(Need, Need.id == Visit.need_id)
        .where(Need.unit_code.in_(here(unit_code)), Visit.day >= since, Visit.state.in_(OVER))
        .order_by(Visit.day, Visit.start_min, Visit.id)
    )  # fmt: skip
    return [Served(a, b, c, d, e, f, g or 0, h or 0) for a, b, c, d, e, f, g, h in rows]


def holds_by_payer(unit_code: str) -> Counter[str]:
    """How many orders of the last days were held from which kind of account."""
    since = clock.now() - timedelta(days=DAYS_BACK)
    rows = session.execute(
        select(Transfer.debit_kind, func.count())
        .join(Account, Account.id == Transfer.debit_account_id)
        .outerjoin(Person, Person.id == Account.owner_id)
        .where(Transfer.kind == TransferKind.SERVICE, Transfer.phase == Phase.HOLD, Transfer.created_at >= since)
        .where(Person.unit_code.in_(here(unit_code)) | Account.owner_id.in_(here(unit_code)))
        .group_by(Transfer.debit_kind)
    )
    return Counter({row[0]: row[1] for row in rows})


def empty_elders(unit_code: str) -> tuple[int, int]:
    """(elders with consent, those of them with nothing stored that could be used)."""
    rows = session.execute(
        select(Elder.person_id, func.coalesce(func.max(Account.posted - Account.held), 0))
        .join(Person, Person.id == Elder.person_id)
        .outerjoin(Account, (Account.owner_id == Elder.person_id) & (Account.kind == AccountKind.PERSON)
                   & (Account.unit == Unit.MINUTE))
        .where(Person.unit_code.in_(here(unit_code)), Elder.consent_ended.is_(None))
        .group_by(Elder.person_id)
    ).all()  # fmt: skip
    return len(rows), sum(left <= 0 for _elder, left in rows)


def open_orders(unit_code: str) -> Sequence[Row[str | None, str, int]]:
    """(item, risk, minutes) of the orders that are still to be served."""
    rows = session.execute(
        select(Need.item_code, func.coalesce(MenuItem.risk, "low"), Need.duration_min)
        .outerjoin(MenuItem, MenuItem.code == Need.item_code)
        .where(Need.unit_code.in_(here(unit_code)), Need.state.in_(OPEN_STATES), Need.day >= today_at(unit_code))
    )
    return rows.all()


def lately_ordered(unit_code: str) -> Sequence[Row[str | None, str]]:
    """(item, risk) of the orders placed in the last days."""
    since = clock.now() - timedelta(days=DAYS_BACK)
    rows = session.execute(
        select(Need.item_code, func.coalesce(MenuItem.risk, "low"))
        .outerjoin(MenuItem, MenuItem.code == Need.item_code)
        .where(Need.unit_code.in_(here(unit_code)), Need.placed_at >= since)
    )
    return rows.all()


def volunteers(unit_code: str) -> Sequence[Row[Volunteer, date | None]]:
    """The volunteers of the unit who have not left, with their birth dates."""
    gone = (VolunteerState.REFUSED, VolunteerState.LEFT)
    rows = session.execute(
        select(Volunteer, Person.birth_date)
        .join(Person, Person.id == Volunteer.person_id)
        .where(Volunteer.community_code.in_(here(unit_code)), Volunteer.state.not_in(gone))
    )
    return rows.all()


def waiting_visits(unit_code: str) -> int:
    """Visits that wait for somebody's yes."""
    rows = select(func.count()).select_from(Visit).join(Need, Need.id == Visit.need_id)
    wanted = rows.where(Need.unit_code.in_(here(unit_code)), Visit.state == VisitState.CHECKED_OUT)
    return int(session.scalar(wanted) or 0)


def funds_available(unit_code: str) -> int:
    """What the community funds of the unit can give now."""
    rows = session.scalars(
        select(Account).where(
            Account.kind == AccountKind.COMMUNITY_FUND,
            Account.unit == Unit.MINUTE,
            Account.owner_id.in_(here(unit_code)),
        )
    )
    return sum(row.available for row in rows)


def older_than(unit_code: str, months: int, unit: Unit = Unit.MINUTE) -> tuple[int, int]:
    """(people, minutes or points) stored longer ago than so many months; what is spent was spent from the oldest."""
    since = clock.now() - timedelta(days=30 * months)
    fresh = (
        select(Transfer.credit_account_id.label("id"), func.sum(Transfer.amount).label("amount"))
        .where(Transfer.created_at >= since, Transfer.phase.in_((Phase.SINGLE, Phase.POST)))
        .group_by(Transfer.credit_account_id)
        .subquery()
    )
    rows = session.execute(
        select(Account.posted - func.coalesce(fresh.c.amount, 0))
        .join(Person, Person.id == Account.owner_id)
        .outerjoin(fresh, fresh.c.id == Account.id)
        .where(Account.kind == AccountKind.PERSON, Account.unit == unit, Person.unit_code.in_(here(unit_code)))
    )
    old = [int(left) for (left,) in rows if left > 0]
    return len(old), sum(old)


def served_minutes(unit_code: str) -> dict[str, int]:
    """What each volunteer of the unit has served in all, in real minutes."""
    rows = session.execute(
        select(Visit.volunteer_id, func.sum(Visit.actual_min))
        .join(Volunteer, Volunteer.person_id == Visit.volunteer_id)
        .where(Visit.state == VisitState.CONFIRMED, Volunteer.community_code.in_(here(unit_code)))
        .group_by(Visit.volunteer_id)
    )
    return {volunteer: int(minutes or 0) for volunteer, minutes in rows}
