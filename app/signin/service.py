"""Sessions on the server: opened by whichever way of signing in, ended by sign-out, disabling or a change of roles."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update

from app import clock
from app.access.actor import Actor, actor_of
from app.audit.service import record
from app.db import session
from app.errors import NotAllowed
from app.notices.service import notify
from app.people.models import STAFF
from app.signin.models import SignInSession

STAFF_LASTS = timedelta(hours=12)
STAFF_IDLE = timedelta(minutes=30)
LASTS = timedelta(days=180)  # elders are not asked again and again: as long as a grid worker's link
SEEN_EVERY = timedelta(minutes=1)  # how fine `seen_at` is, so that few pages write
DEVICE_LENGTH = 200


def digest(token: str) -> str:
    """What the database holds of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(person_id: str, *, device: str = "", how: str = "") -> tuple[str, Actor]:
    """The token of a new session and the actor behind it. NotAllowed for someone who is disabled."""
    actor = actor_of(person_id)
    if actor is None:
        raise NotAllowed
    now = clock.now()
    token = secrets.token_urlsafe(32)
    device = device[:DEVICE_LENGTH]
    is_staff = bool(actor.roles & STAFF)
    if is_staff and device and _is_new(person_id, device):
        notify(person_id, "new_device", link="/settings", at=now.isoformat())
    session.add(
        SignInSession(
            token_hash=digest(token),
            person_id=person_id,
            device=device,
            rights=_rights(actor),
            created_at=now,
            seen_at=now,
            expires_at=now + (STAFF_LASTS if is_staff else LASTS),
        )
    )
    record(actor, "session.open", f"person:{person_id}", detail={"how": how})
    session.flush()
    return token, actor


def actor_of_token(token: str) -> Actor | None:
    """The actor behind a session that still holds: not ended, not idle, the roles the same as when it was opened."""
    row = session.get(SignInSession, digest(token))
    now = clock.now()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    actor = actor_of(row.person_id)
    if actor is None or _rights(actor) != row.rights:
        return None
    idle = bool(actor.roles & STAFF) and now - row.seen_at > STAFF_IDLE
    return None if idle else actor


def is_to_be_seen(token: str) -> bool:
    """Whether it is time to write down that the session is in use."""
    row = session.get(SignInSession, digest(token))
    return row is not None and clock.now() - row.seen_at >= SEEN_EVERY


def see(token: str) -> None:
    """Write down that the session is in use now."""
    session.execute(update(SignInSession).where(SignInSession.token_hash == digest(token)).values(seen_at=clock.now()))


def end_session(token: str) -> None:
    """Sign one device out; its cookie is worth nothing from now on."""
    _end(SignInSession.token_hash == digest(token))


def end_sessions_of(person_id: str, *, but: str | None = None) -> None:
    """Sign all devices of a person out, `but` the one with this token."""
    here = digest(but) if but else ""
    _end((SignInSession.person_id == person_id) & (SignInSession.token_hash != here))


def _end(which: object) -> None:
    session.execute(
        update(SignInSession)
        .where(which, SignInSession.revoked_at.is_(None))  # type: ignore[arg-type]
        .values(revoked_at=clock.now())
    )


def _rights(actor: Actor) -> str:
    """The roles in one short word. Compared at each request, so that a change ends sessions however it was made."""
    return digest("|".join(sorted(f"{role}@{unit}" for role, unit in actor.memberships)))


def _is_new(person_id: str, device: str) -> bool:
    """Whether she has signed in before, but never from this kind of device."""
    seen = session.scalars(select(SignInSession.device).where(SignInSession.person_id == person_id)).all()
    return bool(seen) and device not in seen
