"""Who acts: the person, the roles held where, and the elders she may speak for, read afresh for each request."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from app.db import session
from app.errors import NotAllowed
from app.people.models import STAFF, Delegation, Membership, Person, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with her rights at this instant. `memberships` are (role, unit code); `acting_for` is stored beside
    `person_id` in everything she does for someone else. Without `person_id`: the product itself, in a job."""

    person_id: str | None
    name: str = ""
    memberships: tuple[tuple[Role, str], ...] = ()
    speaks_for: frozenset[str] = frozenset()
    acting_for: str | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """Every role she holds anywhere."""
        held = {role for role, _ in self.memberships}
        return frozenset(held | {Role.RELATIVE} if self.speaks_for else held)

    @property
    def is_system(self) -> bool:
        return self.person_id is None

    def units(self, *roles: Role) -> frozenset[str]:
        """The units where she holds one of `roles` (any staff role when none is named)."""
        wanted = frozenset(roles) or STAFF
        return frozenset(unit for role, unit in self.memberships if role in wanted)

    def for_elder(self, elder_id: str) -> "Actor":
        """The same person acting for an elder (or for herself when it is she)."""
        return self if elder_id == self.person_id else replace(self, acting_for=elder_id)

    def must_be_someone(self) -> str:
        """Her person id, where an act needs a person who answers for it."""
        if self.person_id is None:
            raise NotAllowed
        return self.person_id


SYSTEM = Actor(person_id=None, name="Lianxin")


def actor_of(person_id: str) -> Actor | None:
    """The actor that this person is now; None when there is no such person or she is disabled."""
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        return None
    held = session.execute(
        select(Membership.role, Membership.unit_code).where(Membership.person_id == person_id).order_by(Membership.id)
    )
    elders = session.scalars(
        select(Delegation.elder_id).where(Delegation.relative_id == person_id, Delegation.ended_at.is_(None))
    )
    return Actor(
        person_id=person.id,
        name=person.name,
        memberships=tuple((Role(role), unit) for role, unit in held),
        speaks_for=frozenset(elders),
    )
