"""Reads of the organisation's tree."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.actor import Actor
from app.access.scope import subtree
from app.db import session
from app.errors import DomainError, NotFound
from app.org.models import OrgClosure, OrgUnit, UnitLevel


class NotInACommunity(DomainError):
    text = _l("%(name)s is not inside one community. Choose a community or one of its grids.")


def find_unit(code: str) -> OrgUnit | None:
    """The unit with this code, None when nobody made it."""
    return session.get(OrgUnit, code)


def unit(code: str) -> OrgUnit:
    """The unit with this code; NotFound with a sentence when there is none."""
    found = find_unit(code)
    if found is None:
        raise NotFound(
            _l("There is no unit with the code %(code)s. Check the code, or import the organisation first."), code=code
        )
    return found


def name_of(code: str) -> str:
    """The short name of a unit; its code where nobody made it."""
    found = find_unit(code)
    return found.name if found else code


def zone_of(code: str) -> str:
    """The IANA zone that days and clocks of the unit mean."""
    return unit(code).zone


def ancestors(code: str) -> list[OrgUnit]:
    """The unit itself, its parent, and so on up to the city."""
    path: list[OrgUnit] = []
    above: str | None = code
    while above is not None:
        path.append(unit(above))
        above = path[-1].parent_code
    return path


def community_of(code: str) -> OrgUnit:
    """The community that the unit is or lies in."""
    for found in ancestors(code):
        if found.level == UnitLevel.COMMUNITY:
            return found
    raise NotInACommunity(name=name_of(code))


def children(code: str) -> list[OrgUnit]:
    """The units right below, by code."""
    return list(session.scalars(select(OrgUnit).where(OrgUnit.parent_code == code).order_by(OrgUnit.code)))


def grids_of(code: str) -> list[OrgUnit]:
    """The grids in the subtree of a unit, by code."""
    return below([code], UnitLevel.GRID)


def below(codes: Sequence[str] | frozenset[str], level: UnitLevel) -> list[OrgUnit]:
    """The units of one level in the subtrees of these, by code."""
    inside = subtree(frozenset(codes))
    return list(
        session.scalars(select(OrgUnit).where(OrgUnit.code.in_(inside), OrgUnit.level == level).order_by(OrgUnit.code))
    )


def communities_for(actor: Actor) -> list[OrgUnit]:
    """The communities in which the actor works: those below her units, and the ones around her grids."""
    codes = actor.units()
    above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code.in_(codes))
    related = OrgUnit.code.in_(subtree(codes)) | OrgUnit.code.in_(above)
    return list(
        session.scalars(select(OrgUnit).where(OrgUnit.level == UnitLevel.COMMUNITY, related).order_by(OrgUnit.code))
    )


def units_for(actor: Actor) -> list[OrgUnit]:
    """The units in which the actor works and those below them down to communities, by code."""
    inside = OrgUnit.code.in_(subtree(actor.units()))
    rows = select(OrgUnit).where(inside, OrgUnit.level != UnitLevel.GRID).order_by(OrgUnit.code)
    return list(session.scalars(rows))


def grids_for(actor: Actor) -> list[OrgUnit]:
    """The grids in which the actor works, by code."""
    return below(actor.units(), UnitLevel.GRID)


def is_inside(code: str, unit_code: str) -> bool:
    """Whether the unit `code` is `unit_code` or lies below it."""
    return session.get(OrgClosure, (unit_code, code)) is not None


def reaches(actor: Actor, code: str) -> bool:
    """Whether the whole unit lies below one of the actor's units (and not only a part of it)."""
    return any(is_inside(code, unit_code) for unit_code in actor.units())


def around(unit_code: str) -> list[OrgUnit | OrgClosure]:
    """The unit, all above and below it, and how they lie: while the caller holds them, finding one asks no query."""
    above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code == unit_code)
    inside = subtree(frozenset({unit_code}))
    units = session.scalars(select(OrgUnit).where(OrgUnit.code.in_(inside) | OrgUnit.code.in_(above))).all()
    lies = session.scalars(select(OrgClosure).where(OrgClosure.descendant_code.in_(inside))).all()
    return [*units, *lies]
