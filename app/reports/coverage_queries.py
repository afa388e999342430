"""What is owed and what was served, for a unit and the units right below it, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from app.db import session
from app.ledger.models import Account, AccountKind, AwaitedCredit, Transfer, TransferKind, Unit
from app.ledger.queries import area_of, is_paid
from app.needs.models import Need
from app.org.models import OrgClosure, OrgUnit
from app.people.models import Person
from app.reports.book_queries import MOVED, day_end, last_line, scope_of
from app.visits.models import Visit, VisitState

PERIOD_DAYS, QUARTER_DAYS = 28, 91
DAYS_PER_MONTH = 365.25 / 12
FUNDS = (AccountKind.COMMUNITY_FUND, AccountKind.CHARITY_FUND)
HELP = (TransferKind.SERVICE, TransferKind.LATE_CREDIT, TransferKind.BONUS, TransferKind.OVERRUN)
Figures = dict[str, dict[str, Any]]
"""By the code of an area: what forecast.Facts is made of, under the same names."""


def periods_of(months: int) -> int:
    """How many periods of four weeks so many months are."""
    return round(months * DAYS_PER_MONTH / PERIOD_DAYS)


def looked_back(months: int) -> timedelta:
    """How far back the forecast looks that is asked for so many months."""
    return timedelta(days=PERIOD_DAYS * periods_of(months))


def figures(place: OrgUnit, areas: Sequence[OrgUnit], today: date, *, periods: int, spend_from_age: int) -> Figures:
    """The figures of a unit and of each of `areas` below it, up to yesterday."""
    codes = [place.code, *(area.code for area in areas)]
    found: Figures = {code: {} for code in codes}
    _served(found, codes, today, periods)
    _stock(found, codes, _born_until(today, spend_from_age), spend_from_age)
    _promised(found, codes)
    _moved(found, codes, place, today, _born_until(today, spend_from_age))
    pools = _pools(place)
    found[place.code]["stored"] = found[place.code].get("stored", 0) + pools
    found[place.code]["may_spend"] = found[place.code].get("may_spend", 0) + pools
    return found


def below(place: OrgUnit) -> list[OrgUnit]:
    """The units right below, by code."""
    return list(session.scalars(select(OrgUnit).where(OrgUnit.parent_code == place.code).order_by(OrgUnit.code)))


# ---------------------------------------------------------------------------------------------------------------------


def _born_until(today: date, age: int) -> date:
    """Who was born on this day or before is at least `age` today."""
    return anniversary(today, -age)


def anniversary(day: date, years: int) -> date:
    """The same day `years` later; the first of March for the 29th of February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _in_area(column: Any, codes: Sequence[str]) -> ColumnElement[bool]:
    """Joins OrgClosure: the area in which the unit of `column` lies."""
    return and_(OrgClosure.descendant_code == column, OrgClosure.ancestor_code.in_(codes))


def _served(found: Figures, codes: Sequence[str], today: date, periods: int) -> None:
    """Minutes of confirmed visits and who went, by period of four weeks, the newest ending yesterday."""
    ends = [today - timedelta(days=PERIOD_DAYS * number) for number in range(periods + 1)]
    bucket = case(*((Visit.day >= end, number) for number, end in enumerate(ends[1:])))
    rows = session.execute(
        select(OrgClosure.ancestor_code, bucket, func.sum(Visit.credit_min), func.count(Visit.volunteer_id.distinct()))
        .join(Need, Need.id == Visit.need_id)
        .join(OrgClosure, _in_area(Need.unit_code, codes))
        .where(Visit.state == VisitState.CONFIRMED, Visit.day >= ends[-1], Visit.day < today)
        .group_by(OrgClosure.ancestor_code, bucket)
    )
    newest: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for code, number, minutes, people in rows:
        newest[code][int(number)] = (int(minutes or 0), int(people))
    for code, by_number in newest.items():
        first = max(by_number)  # what was before the first visit is no past of this time bank
        found[code]["periods"] = [by_number.get(number, (0, 0)) for number in range(first, -1, -1)]


def _stock(found: Figures, codes: Sequence[str], born_until: date, age: int) -> None:
    """What stands in passbooks, by when their holders may spend it."""
    rows = session.execute(
        select(OrgClosure.ancestor_code, Person.birth_date, func.sum(Account.posted))
        .join(Person, Person.id == Account.owner_id)
        .join(OrgClosure, _in_area(Person.unit_code, codes))
        .where(Account.kind == AccountKind.PERSON, Account.unit == Unit.MINUTE, Account.posted != 0)
        .group_by(OrgClosure.ancestor_code, Person.birth_date)
    )
    for code, born, posted in rows:
        area = found[code]
        area["stored"] = area.get("stored", 0) + int(posted)
        if born is None:
            area["unknown_age"] = area.get("unknown_age", 0) + int(posted)
        elif born <= born_until:
            area["may_spend"] = area.get("may_spend", 0) + int(posted)
        else:
            area.setdefault("coming", []).append((anniversary(born, age), int(posted)))


def _pools(place: OrgUnit) -> int:
    """What families keep together; a family is of one community, and belongs to no area below it here."""
    scope = scope_of(place, Unit.MINUTE)
    pools = select(func.coalesce(func.sum(Account.posted), 0)).where(
        Account.ledger_id == scope.ledger_id, Account.unit == Unit.MINUTE, Account.kind == AccountKind.FAMILY_POOL,
        *scope.of(Account.id),
    )  # fmt: skip
    return int(session.scalar(pools) or 0)


def _promised(found: Figures, codes: Sequence[str]) -> None:
    """What the funds keep for orders, and what was earned and waits."""
    kept = (
        select(OrgClosure.ancestor_code, func.sum(Account.held))
        .select_from(Account)
        .join(OrgClosure, _in_area(Account.owner_id, codes))
        .where(Account.kind == AccountKind.COMMUNITY_FUND, Account.unit == Unit.MINUTE)
        .group_by(OrgClosure.ancestor_code)
    )
    waits = (
        select(OrgClosure.ancestor_code, func.sum(AwaitedCredit.amount))
        .select_from(AwaitedCredit)
        .join(Account, Account.id == AwaitedCredit.payee_account_id)
        .join(Person, Person.id == Account.owner_id)
        .join(OrgClosure, _in_area(Person.unit_code, codes))
        .where(~is_paid())
        .group_by(OrgClosure.ancestor_code)
    )
    for name, query in (("promised", kept), ("awaited", waits)):
        for code, minutes in session.execute(query):
            found[code][name] = int(minutes)


def _moved(found: Figures, codes: Sequence[str], place: OrgUnit, today: date, born_until: date) -> None:
    """What moved in the newest 91 days: spent by holders, paid by funds, earned; and what the old had before."""
    area = area_of(place.code)
    upto = last_line(area, day_end(today, place.zone))
    after = last_line(area, day_end(today - timedelta(days=QUARTER_DAYS), place.zone))
    here = (Transfer.ledger_id == area, Transfer.seq > after, Transfer.seq <= upto, Transfer.unit == Unit.MINUTE)
    is_old = case((Person.birth_date <= born_until, 1), else_=0)
    for side, sign in (("debit", -1), ("credit", 1)):
        for code, old, kind, minutes in session.execute(_by_people(side, is_old, codes).where(*here)):
            row, amount = found[code], int(minutes)
            if old:
                row["net_old"] = row.get("net_old", 0) + sign * amount
            if kind in HELP and side == "debit":
                row["quarter_spent"] = row.get("quarter_spent", 0) + amount
            elif kind in HELP:
                row["quarter_earned"] = row.get("quarter_earned", 0) + amount
                row["quarter_earned_by_old"] = row.get("quarter_earned_by_old", 0) + (amount if old else 0)
    for row in found.values():
        row["quarter_start_may_spend"] = max(0, row.get("may_spend", 0) - row.pop("net_old", 0))
    for code, minutes in session.execute(_by_funds(codes).where(*here)):
        found[code]["quarter_paid_by_funds"] = int(minutes)


def _by_people(side: str, is_old: Any, codes: Sequence[str]) -> Select[*tuple[Any, ...]]:
    account = Transfer.debit_account_id if side == "debit" else Transfer.credit_account_id
    kind = Transfer.debit_kind if side == "debit" else Transfer.credit_kind
    return (
        select(OrgClosure.ancestor_code, is_old, Transfer.kind, func.sum(Transfer.amount))
        .select_from(Transfer)
        .join(Account, Account.id == account)
        .join(Person, Person.id == Account.owner_id)
        .join(OrgClosure, _in_area(Person.unit_code, codes))
        .where(kind == AccountKind.PERSON, Transfer.phase.in_(MOVED))
        .group_by(OrgClosure.ancestor_code, is_old, Transfer.kind)
    )


def _by_funds(codes: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(OrgClosure.ancestor_code, func.sum(Transfer.amount))
        .select_from(Transfer)
        .join(Account, Account.id == Transfer.debit_account_id)
        .join(OrgClosure, _in_area(Account.owner_id, codes))
        .where(Transfer.debit_kind.in_(FUNDS), Transfer.kind.in_(HELP), Transfer.phase.in_(MOVED))
        .group_by(OrgClosure.ancestor_code)
    )
