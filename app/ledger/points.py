"""Points: a second unit, earned with hours where the rules say so. The hours stay; the two never mix.

When a credit is undone, so are the points it brought, as far as they are still there (agreeing.py). What was used
already stays with her who used it: the fund of points bears it.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select

from app.db import session
from app.desk.models import PointsEarning
from app.ledger.awaiting import await_credit
from app.ledger.errors import AccountNotOpen, NotEnoughMinutes
from app.ledger.models import Account, AccountKind, AwaitedCredit, Transfer, TransferKind, Unit
from app.ledger.opening import adjustment_of, open_account, open_ledger
from app.ledger.posting import Leg, account, store, transfer, was_reversed
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
    had, got = _earned(person.id)
    points = max(0, (had + sixtieths) // 60 - got)
    session.add(
        PointsEarning(
            credit_uid=done.uid, person_id=person.id, sixtieths=sixtieths, points=points, at=done.created_at
        )
    )
    session.flush()
    if points:
        _credit(_uid(done.uid), person, points, on)


def _earned(person_id: str) -> tuple[int, int]:
    """The sixtieths of a person's credits that stand, and the points that came with them."""
    undone = exists().where(Transfer.reverses_uid == PointsEarning.credit_uid)
    sums = select(func.sum(PointsEarning.sixtieths), func.sum(PointsEarning.points))
    sixtieths, points = session.execute(sums.where(PointsEarning.person_id == person_id, ~undone)).one()
    return int(sixtieths or 0), int(points or 0)


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


# When a credit is undone ----------------------------------------------------------------------------------------------


def points_there(credit_uid: str) -> tuple[Transfer, int] | None:
    """The line of the points that an undone credit brought, and how many of them are still there; None where none is.

    Points that still waited for their fund wait no more.
    """
    earning = session.get(PointsEarning, credit_uid)
    if earning is None or not earning.points:
        return None
    line = _line(credit_uid)
    if line is None:
        waiting = session.get(AwaitedCredit, _uid(credit_uid))
        if waiting is not None:
            session.delete(waiting)
            session.flush()
        return None
    purse = account(line.credit_account_id)
    there = min(line.amount, purse.posted - purse.held)
    return (line, there) if there > 0 and was_reversed(line.uid) is None else None


@dataclass(frozen=True)
class PointsUndone:
    """What became of the points of an undone credit: how many went back, were used already, or will not be stored."""

    account: Account
    back: int = 0
    used: int = 0
    dropped: int = 0


def points_undone(done: Transfer) -> PointsUndone | None:
    """The same for the reversal of that credit; None where it brought no points, or they stay as they are."""
    earning = session.get(PointsEarning, done.reverses_uid or "")
    person = session.get(Person, earning.person_id) if earning is not None else None
    if earning is None or person is None or not earning.points:
        return None
    line, purse = _line(earning.credit_uid), points_account(person)
    if line is None:
        return PointsUndone(purse, dropped=earning.points)
    back, kept = transfer(_uid(done.uid)), transfer(f"{_uid(done.uid)}:kept")
    if back is not None:
        used = kept.amount if kept is not None else 0
        return PointsUndone(purse, back=back.amount - used, used=used)
    used_up = account(purse.id).posted == 0 and was_reversed(line.uid) is None
    return PointsUndone(purse, used=line.amount) if used_up else None


def brings_points(uid: str) -> bool:
    """Whether the credit of that name brought points."""
    earning = session.get(PointsEarning, uid)
    return earning is not None and earning.points > 0


def _line(credit_uid: str) -> Transfer | None:
    return transfer(_uid(credit_uid))


def _uid(of: str) -> str:
    return f"{of}:points"
