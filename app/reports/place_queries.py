"""Of which units somebody may ask a report."""

from sqlalchemy import select

from app.access.actor import Actor
from app.access.policy import POLICY, Permission
from app.access.scope import subtree
from app.db import session
from app.org.models import OrgUnit, UnitLevel


def places_for(actor: Actor, permission: Permission) -> list[OrgUnit]:
    """The units in which one of the actor's roles holds the permission, and those below them down to communities.

    A role in a single grid sees that grid. By code, so that the widest stands first.
    """
    own = actor.units(*POLICY[permission])
    deep = OrgUnit.code.in_(subtree(own)) & (OrgUnit.level != UnitLevel.GRID)
    return list(session.scalars(select(OrgUnit).where(deep | OrgUnit.code.in_(own)).order_by(OrgUnit.code)))
