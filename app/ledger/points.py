"""Points: a second unit, earned with hours where the rules say so. The hours stay; the two never mix."""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.db import session
from app.desk.models import PointsEarning
from app.ledger.awaiting import await_credit
from app.ledger.errors import AccountNotOpen, NotEnoughMinutes
from app.ledger.models import Account, AccountKind, Transfer, TransferKind, Unit
from app.ledger.opening import adjustment_of, open_account, open_ledger
from app.ledger.posting import Leg, store
from app.ledger.queries import area_of, awaited_credits, community_of, find_account
from app.people.models import Person
from app.rulepacks.queries import setting

POINTS_BUDGET_YEAR = 50_000  # of a community: a thousand hours a week at one point an hour; an assumption
MOST_POINTS = 1_000_000  # of one person: beyond any life, so that a bound stands in the database


def ensure_points_accounts(unit_code: str, *, on: date) -> Account:
    """The community's fund of points, with the year's issuance and the sinks that must stand beside it."""
    area, community = area_of(unit_code), community_of(unit_code)
    open_ledger(area)
    point = Unit.POINT
    open_account(ledger_id=area, kind=AccountKind.EXPIRY, owner_id=area, unit=point)
    adjustment_of(area, on=on, unit=point)
    open_account(
        ledger_id=area, kind=AccountKind.ISSUANCE, owner_id=community, unit=point, label=str(on.year),
        floor_min=-POINTS_BUDGET_YEAR, cap_min=0,
    )  # fmt: skip
    return open_account(ledger_id=area, kind=AccountKind.COMMUNITY_FUND, owner_id=community, unit=point)


def points_account(person: Person) -> Account:
    """A person's points, opened in the book of her passbook when she has none."""
    book = find_account(AccountKind.PERSON, person.id)
    ledger_id = book.ledger_id if book is not None else area_of(person.unit_code)
    return open_account(
        ledger_id=ledger_id, kind=AccountKind.PERSON, owner_id=person.id, unit=Unit.POINT, cap_min=MOST_POINTS
    )


def earn_points(done: Transfer, person: Person) -> None:
    """The points for a credit of minutes: whole ones now, what is left over with the next credit."""
    on = done.created_at.date()
    if not setting(person.unit_code, "points_enabled", on=on):
        return
    sixtieths = done.amount * int(setting(person.unit_code, "points_per_hour", on=on))
    if sixtieths <= 0:
        return
    had = int(session.scalar(_earned(person.id)) or 0)
    points = (had + sixtieths) // 60 - had // 60
    session.add(
        PointsEarning(
            credit_uid=done.uid, person_id=person.id, sixtieths=sixtieths, points=points, at=done.created_at
        )
    )
    session.flush()
    if points:
        _credit(f"{done.uid}:points", person, points, on)


def _earned(person_id: str) -> Select[Any]:
    return select(func.coalesce(func.sum(PointsEarning.sixtieths), 0)).where(PointsEarning.person_id == person_id)


def _credit(uid: str, person: Person, points: int, on: date) -> None:
    """From the community's fund of points; where it has none they wait for it like minutes do."""
    fund, payee = ensure_points_accounts(person.unit_code, on=on), points_account(person)
    if not awaited_credits(fund_account_id=fund.id):
        leg = Leg(uid=uid, kind=TransferKind.LATE_CREDIT, debit_id=fund.id, credit_id=payee.id, amount=points)
        try:
            store(leg)
        except (NotEnoughMinutes, AccountNotOpen):
            pass
        else:
            return
    await_credit(uid=uid, fund=fund.id, payee=payee, amount=points)
