"""Writing the audit trail: one line for each act that somebody may have to answer for."""

from typing import Any, Protocol

from app import clock
from app.audit.models import AuditEntry
from app.db import session


class WhoActs(Protocol):
    """Anybody who can be named in the trail: an Actor has both."""

    @property
    def person_id(self) -> str | None: ...

    @property
    def acting_for(self) -> str | None: ...


def record(
    actor: WhoActs | str | None,
    verb: str,
    subject: str,
    *,
    unit_code: str | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """The entry now standing in the trail; `actor` is an Actor, a person's id, or None for the system itself.

    `verb` is dotted words of the trade (`need.place`), `subject` is `kind:id`, `detail` holds ids and numbers and
    never a name, an address or a health note: the trail outlives the erasure of those.
    """
    named = actor is None or isinstance(actor, str)
    entry = AuditEntry(
        at=clock.now(),
        actor_id=actor if named else actor.person_id,  # type: ignore[union-attr]
        acting_for_id=None if named else getattr(actor, "acting_for", None),
        verb=verb,
        subject=subject,
        unit_code=unit_code,
        detail=detail or {},
    )
    session.add(entry)
    return entry
