"""Reads for the pages of signing in and of rights."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import subtree
from app.db import session
from app.errors import NotFound
from app.org.models import OrgUnit, UnitLevel
from app.people.models import Person, Role
from app.signin.models import SignInLink, SignInSession

LEVELS = list(UnitLevel)


def person_of_link(link: SignInLink) -> Person:
    """Whom a link signs in."""
    person = session.get(Person, link.person_id)
    if person is None:
        raise NotFound
    return person


def units_for(actor: Actor) -> list[OrgUnit]:
    """The units in which an administrator gives roles, the largest first."""
    area = subtree(actor.units(Role.ADMINISTRATOR))
    units = session.scalars(select(OrgUnit).where(OrgUnit.code.in_(area))).all()
    return sorted(units, key=lambda unit: (unit.code, LEVELS.index(UnitLevel(unit.level))))


def codes_in(actor: Actor) -> frozenset[str]:
    """The codes of those units."""
    return frozenset(session.scalars(subtree(actor.units(Role.ADMINISTRATOR))))


def unit_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of these units by code, in one reading."""
    rows = session.execute(select(OrgUnit.code, OrgUnit.name).where(OrgUnit.code.in_(set(codes))))
    return dict(rows.all())


def sessions_of(person_id: str) -> Sequence[SignInSession]:
    """The devices on which a person is signed in, the last used first."""
    return session.scalars(
        select(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.revoked_at.is_(None))
        .where(SignInSession.expires_at > clock.now())
        .order_by(SignInSession.seen_at.desc())
        .limit(20)
    ).all()
