"""Who opened an elder's file: one line for each person, elder and day, so that the question has an answer."""

from datetime import datetime

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.audit.service import WhoActs, record
from app.db import session

OPENED = "elder.open"


def is_noted(person_id: str | None, elder_id: str, *, since: datetime) -> bool:
    """Whether it is in the trail that this person opened this elder's file since then."""
    rows = select(AuditEntry.id).where(
        AuditEntry.subject == f"elder:{elder_id}", AuditEntry.verb == OPENED,
        AuditEntry.actor_id == person_id, AuditEntry.at >= since,
    )  # fmt: skip
    return session.scalar(rows.limit(1)) is not None


def note_opening(actor: WhoActs, elder_id: str, *, unit_code: str | None) -> None:
    """Write down that the actor read what stands about this elder: her door, her phone, what a visitor must know."""
    record(actor, OPENED, f"elder:{elder_id}", unit_code=unit_code)
