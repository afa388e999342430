"""The time bank as everybody may see it: sums of many people only, never one from which somebody can be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from app.db import session
from app.ledger.models import Account, AccountKind, Unit
from app.org.models import OrgClosure, OrgUnit, UnitLevel
from app.people.models import Person
from app.reports.fund_queries import Use

FEW = "few"  # the key of a line that holds several small ones


def open_places() -> list[OrgUnit]:
    """The units that have a public page: every city, and every community that has a fund."""
    return list(session.scalars(select(OrgUnit).where(_is_open()).order_by(OrgUnit.code)))


def _is_open() -> ColumnElement[bool]:
    funds = select(Account.owner_id).where(Account.kind == AccountKind.COMMUNITY_FUND, Account.unit == Unit.MINUTE)
    community = (OrgUnit.level == UnitLevel.COMMUNITY) & OrgUnit.code.in_(funds)
    return (OrgUnit.level == UnitLevel.CITY) | community


@dataclass(frozen=True)
class Open:
    """What may be shown of one book: how many people have time in it, in each community, and which may be shown.

    A city's sum less those of its communities is the sum of whoever is left. So a community is shown only where nobody
    is left, or enough people are: else the smallest is left out too, and with it what it would have told.
    """

    book: str
    least: int
    with_time: int
    communities: Mapping[str, int]
    shown: frozenset[str]
    pages: int  # how many communities of the book have a page at all

    def holders(self, place: OrgUnit) -> int:
        """How many of its people have something in their passbook."""
        return self.with_time if place.code == self.book else self.communities.get(place.code, 0)

    def many(self, place: OrgUnit) -> bool:
        """Whether the sums of this place stand for enough people, and so do those that could be told from them."""
        return self.with_time >= self.least if place.code == self.book else place.code in self.shown

    def tells_uses(self, place: OrgUnit) -> bool:
        """What the funds paid for is told at one level only: by the communities, and by a city that has none of them.

        Two tables of the same lines, a whole and its parts, would tell each other's small lines.
        """
        return not self.pages if place.code == self.book else self.many(place)


def open_sums(book: str, least: int) -> Open:
    """Which sums of a book may stand side by side on pages that everybody reads."""
    here = (Account.ledger_id == book, Account.unit == Unit.MINUTE, Account.kind == AccountKind.PERSON)
    whole = int(session.scalar(select(func.count(Account.id)).where(*here, Account.posted > 0)) or 0)
    below = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == book)
    parts = (_is_open(), OrgUnit.level == UnitLevel.COMMUNITY, OrgUnit.code.in_(below))
    rows = session.execute(
        select(OrgUnit.code, func.count(Account.id))
        .join(OrgClosure, OrgClosure.ancestor_code == OrgUnit.code)
        .join(Person, Person.unit_code == OrgClosure.descendant_code)
        .join(Account, Account.owner_id == Person.id)
        .where(*parts, *here, Account.posted > 0)
        .group_by(OrgUnit.code)
    )
    counts = {code: int(count) for code, count in rows}
    pages = session.scalar(select(func.count()).select_from(OrgUnit).where(*parts)) or 0
    return Open(book, least, whole, counts, shown_beside(counts, whole, least), int(pages))


def shown_beside(parts: Mapping[str, int], whole: int, least: int) -> frozenset[str]:
    """The parts that may be shown where the whole is: each of at least `least`, and what is left 0 or as many."""
    shown = {code: count for code, count in parts.items() if count >= least}
    while shown and 0 < whole - sum(shown.values()) < least:
        del shown[min(shown, key=lambda code: (shown[code], code))]
    return frozenset(shown)


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
