"""Links that a grid worker hands out: whoever holds one signs in as that person, until it ends or is withdrawn."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app import clock
from app.access import scope
from app.access.actor import SYSTEM, Actor, actor_of
from app.audit.service import record
from app.db import session
from app.errors import DomainError, NotFound
from app.notices.service import notify
from app.people.models import STAFF, Delegation, Membership, Person, Role
from app.signin import service
from app.signin.models import SignInLink

LASTS = timedelta(days=180)
HAND_OUT = (Role.GRID_WORKER, Role.COORDINATOR, Role.ADMINISTRATOR)


class NotByLink(DomainError):
    text = _l("Staff, and whoever is disabled, do not sign in by a link. Staff sign in with a code or a password.")


def make_link(actor: Actor, person_id: str) -> str:
    """The path of a new link for someone in the actor's units; not for staff, whose rights reach too far for a link."""
    target = person_for(actor, person_id)
    held = actor_of(target.id)
    if held is None or held.roles & STAFF:
        raise NotByLink
    token = _store(target.id, made_by=actor.person_id)
    record(actor, "link.make", f"person:{target.id}", unit_code=target.unit_code)
    notify(target.id, "link_made", link="/settings")
    return path_of(token)


def make_link_by_command(person_id: str, *, opens_directly: bool = False) -> str:
    """The path of a link made by whoever runs the machine, for anybody: the demo's cast, the first administrator."""
    if actor_of(person_id) is None:
        raise NotFound
    token = _store(person_id, made_by=None, opens_directly=opens_directly)
    record(SYSTEM, "link.make", f"person:{person_id}")
    return path_of(token)


def make_demo_link(person_id: str) -> str:
    """The path of a link that, in a demo, signs in as soon as it is opened."""
    return make_link_by_command(person_id, opens_directly=True)


def path_of(token: str) -> str:
    """Where a link leads on this site."""
    return f"/in/link/{token}"


def link_of(token: str) -> SignInLink | None:
    """The link with this token, if it still opens."""
    row = session.get(SignInLink, service.digest(token))
    if row is None or row.revoked_at is not None or row.expires_at <= clock.now():
        return None
    held = actor_of(row.person_id)
    handed_out = row.made_by is not None
    if held is None or (handed_out and held.roles & STAFF):  # who got a role of staff since has outgrown the link
        return None
    return row


def open_link(token: str, *, device: str = "") -> tuple[str, Actor]:
    """A session for the person of the link. NotFound for a link that opens nothing any more."""
    row = link_of(token)
    if row is None:
        raise NotFound
    return service.open_session(row.person_id, device=device, how="link")


def links_of(actor: Actor, person_id: str) -> Sequence[SignInLink]:
    """The links of a person that still open, newest first."""
    person_for(actor, person_id)
    return session.scalars(
        select(SignInLink)
        .where(SignInLink.person_id == person_id, SignInLink.revoked_at.is_(None), SignInLink.expires_at > clock.now())
        .order_by(SignInLink.created_at.desc())
    ).all()


def withdraw_links(actor: Actor, person_id: str) -> None:
    """End every link of the person, and sign out her devices: the phone that was lost is one of them."""
    person = person_for(actor, person_id)
    session.execute(
        update(SignInLink)
        .where(SignInLink.person_id == person.id, SignInLink.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    service.end_sessions_of(person.id)
    record(actor, "link.withdraw", f"person:{person.id}", unit_code=person.unit_code)


def person_for(actor: Actor, person_id: str) -> Person:
    """The person, where a unit of the actor covers her home, or where she is nothing here but the relative of elders
    whom the actor's units cover. NotFound otherwise: who is bound as a relative may be an elder of another unit."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    if scope.works_in(actor, person.unit_code, *HAND_OUT):
        return person
    units = _units_of_her_elders(person_id)
    holds_a_role = session.scalar(select(Membership.id).where(Membership.person_id == person_id).limit(1)) is not None
    if holds_a_role or not units or not all(scope.works_in(actor, unit, *HAND_OUT) for unit in units):
        raise NotFound
    return person


def _units_of_her_elders(person_id: str) -> Sequence[str]:
    return session.scalars(
        select(Person.unit_code)
        .join(Delegation, Delegation.elder_id == Person.id)
        .where(Delegation.relative_id == person_id, Delegation.ended_at.is_(None))
    ).all()


def _store(person_id: str, *, made_by: str | None, opens_directly: bool = False) -> str:
    token = secrets.token_urlsafe(24)
    now = clock.now()
    session.add(
        SignInLink(
            token_hash=service.digest(token),
            person_id=person_id,
            made_by=made_by,
            created_at=now,
            expires_at=now + LASTS,
            opens_directly=opens_directly,
        )
    )
    session.flush()
    return token
