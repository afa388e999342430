"""Roles of staff, given and taken by an administrator within her units; a change signs the person out everywhere."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, or_, select

from app import clock
from app.access.actor import Actor
from app.access.scope import subtree, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, NotFound
from app.notices.service import notify
from app.org.queries import find_unit
from app.people.models import STAFF, Membership, Person, Role
from app.people.service import add_membership, add_person, remove_membership
from app.signin.service import end_sessions_of

ADMIN = Role.ADMINISTRATOR
GIVEN = (
    Role.COORDINATOR, Role.GRID_WORKER, Role.SOCIAL_WORKER, Role.AUDITOR, Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR,
)  # fmt: skip
"""Elders, relatives and volunteers are enrolled instead."""


class NotOnYourself(DomainError):
    text = _l("Nobody changes her own rights. Ask another administrator.")


class ReachesFurther(DomainError):
    text = _l("This person has roles outside your area. Ask the administrator of the larger area.")


class Disabled(DomainError):
    text = _l("This person is disabled. Enable the person first, then give a role.")


@dataclass(frozen=True, kw_only=True)
class StaffEntry:
    """A new member of staff, with her first role."""

    name: str
    sex: str
    phone: str
    role: Role
    unit_code: str


def people_in(actor: Actor, words: str = "") -> Select[Person]:
    """The people whom an administrator answers for: who lives or works in her units. By name; `words` narrows."""
    area = subtree(actor.units(ADMIN))
    working = select(Membership.person_id).where(Membership.unit_code.in_(area))
    query = select(Person).where(or_(Person.unit_code.in_(area), Person.id.in_(working)))
    if words:
        digits = "".join(c for c in words if c.isdecimal())
        named = Person.name.contains(words, autoescape=True)
        query = query.where(or_(named, Person.phone.contains(digits)) if digits else named)
    return query.order_by(Person.name, Person.id)


def person_in(actor: Actor, person_id: str) -> Person:
    """One of them; NotFound otherwise."""
    found = session.scalars(people_in(actor).where(Person.id == person_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def roles_of(person_ids: list[str]) -> dict[str, list[Membership]]:
    """What these people hold where, longest first."""
    held: dict[str, list[Membership]] = {person_id: [] for person_id in person_ids}
    rows = select(Membership).where(Membership.person_id.in_(person_ids)).order_by(Membership.since, Membership.id)
    for row in session.scalars(rows):
        held[row.person_id].append(row)
    return held


def add_staff(actor: Actor, entry: StaffEntry) -> Person:
    """A new person with a role in one of the administrator's units."""
    _must_cover(actor, entry.unit_code)
    person = add_person(actor, name=entry.name, sex=entry.sex, unit_code=entry.unit_code, phone=entry.phone)
    add_membership(actor, person.id, entry.unit_code, entry.role)
    return person


def give_role(actor: Actor, person_id: str, role: Role, unit_code: str) -> None:
    """The person holds the role there from now on."""
    person = _other(actor, person_id)
    _must_cover(actor, unit_code)
    if person.disabled_at is not None:
        raise Disabled
    if role not in GIVEN:
        raise NotFound
    add_membership(actor, person.id, unit_code, role)
    _changed(person)


def take_role(actor: Actor, person_id: str, role: Role, unit_code: str) -> None:
    """The person no longer holds the role there. Roles of elders and volunteers end on their own pages."""
    person = _other(actor, person_id)
    _must_cover(actor, unit_code)
    if role not in GIVEN:
        raise NotFound
    remove_membership(actor, person.id, unit_code, role)
    _changed(person)


def disable(actor: Actor, person_id: str) -> None:
    """The person cannot sign in any more, and is signed out at once. Whose roles reach further is left alone."""
    person = _other(actor, person_id)
    _must_not_reach_further(actor, person)
    person.disabled_at = person.disabled_at or clock.now()
    end_sessions_of(person.id)
    record(actor, "person.disable", f"person:{person.id}", unit_code=person.unit_code)


def enable(actor: Actor, person_id: str) -> None:
    """The person may sign in again."""
    person = _other(actor, person_id)
    _must_not_reach_further(actor, person)
    person.disabled_at = None
    record(actor, "person.enable", f"person:{person.id}", unit_code=person.unit_code)


def _changed(person: Person) -> None:
    end_sessions_of(person.id)
    notify(person.id, "rights_changed")


def _other(actor: Actor, person_id: str) -> Person:
    if person_id == actor.person_id:
        raise NotOnYourself
    return person_in(actor, person_id)


def _must_cover(actor: Actor, unit_code: str) -> None:
    if find_unit(unit_code) is None or not works_in(actor, unit_code, ADMIN):
        raise NotFound


def _must_not_reach_further(actor: Actor, person: Person) -> None:
    staff = [held for held in roles_of([person.id])[person.id] if Role(held.role) in STAFF]
    if not all(works_in(actor, held.unit_code, ADMIN) for held in staff):
        raise ReachesFurther
