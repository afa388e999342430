"""Reads for the inbox and for the demo's page of messages."""

from typing import Any

from sqlalchemy import Select, func, or_, select

from app.access.actor import Actor
from app.access.scope import condition, visible
from app.db import session
from app.notices.models import Notice
from app.people.models import Person


def inbox(actor: Actor) -> Select[Notice]:
    """The actor's own messages, newest first."""
    return visible(Notice, actor).order_by(Notice.created_at.desc(), Notice.id.desc())


def new_count(actor: Actor) -> int:
    """How many messages the actor has not opened yet."""
    counted = select(func.count()).select_from(Notice).where(condition(Notice, actor), Notice.read_at.is_(None))
    return session.scalar(counted) or 0


def all_messages(words: str = "") -> Select[Any, Any]:
    """Every message of the site with whom it is for, newest first: for the demo, where nobody is real.

    `words` narrows to a name or the digits of a phone.
    """
    query = (
        select(Notice, Person)
        .outerjoin(Person, Person.id == Notice.person_id)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
    )
    if words:
        digits = "".join(c for c in words if c.isdecimal())
        matching = [Person.name.contains(words, autoescape=True)]
        matching += [Notice.phone.contains(digits), Person.phone.contains(digits)] if digits else []
        query = query.where(or_(*matching))
    return query
