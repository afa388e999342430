"""The time bank as everybody may see it: sums of many people only, never one from which somebody can be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.db import session
from app.ledger.models import Account, AccountKind, Unit
from app.org.models import OrgUnit, UnitLevel
from app.reports.book_queries import scope_of
from app.reports.fund_queries import Use

FEW = "few"  # the key of a line that holds several small ones


def open_places() -> list[OrgUnit]:
    """The units that have a public page: every city, and every community that has a fund."""
    funds = select(Account.owner_id).where(Account.kind == AccountKind.COMMUNITY_FUND, Account.unit == Unit.MINUTE)
    shown = (OrgUnit.level == UnitLevel.CITY) | OrgUnit.code.in_(funds)
    return list(session.scalars(select(OrgUnit).where(shown).order_by(OrgUnit.code)))


@dataclass(frozen=True)
class Holders:
    """How many people have a passbook with something in it, and how many passbooks there are."""

    with_time: int
    passbooks: int


def holders(place: OrgUnit) -> Holders:
    """The passbooks of a unit's people."""
    scope = scope_of(place, Unit.MINUTE)
    row = session.execute(
        select(func.count(), func.count().filter(Account.posted > 0)).where(
            Account.ledger_id == scope.ledger_id, Account.unit == Unit.MINUTE, Account.kind == AccountKind.PERSON,
            *scope.of(Account.id),
        )
    ).one()  # fmt: skip
    return Holders(with_time=int(row[1]), passbooks=int(row[0]))


def without_small(uses: Sequence[Use], least: int) -> list[Use]:
    """The lines with small ones put together, so that none stands for fewer than `least` elders.

    One small line alone could be told from the sum: then the next smallest is put with it. Where even all together
    are too few, nothing is shown.
    """
    large = sorted((use for use in uses if use.elders >= least), key=lambda use: (-use.elders, use.key))
    small = [use for use in uses if use.elders < least]
    while small and large and (len(small) == 1 or _together(small).elders < least):
        small.append(large.pop())
    shown = sorted(large, key=lambda use: (-use.minutes, use.key))
    if not small:
        return shown
    rest = _together(small)
    return [*shown, rest] if rest.elders >= least else []


def _together(uses: Sequence[Use]) -> Use:
    """Several lines as one, each elder counted once."""
    who = frozenset[str]().union(*(use.who for use in uses))
    return Use(FEW, sum(use.lines for use in uses), who, sum(use.minutes for use in uses))
