"""Reads of orders: what is open on a day, one elder's orders, what waits for review."""

from datetime import date

from sqlalchemy import Select, select

from app.access.actor import Actor
from app.access.scope import get_visible, visible
from app.db import session
from app.needs.models import Need, NeedState
from app.org.models import OrgClosure


def need(actor: Actor, need_id: str) -> Need:
    """One order; NotFound when it is not the actor's to see."""
    return get_visible(Need, need_id, actor)


def open_needs(unit_code: str, day: date) -> list[Need]:
    """The open orders of a unit's subtree for one day, by number."""
    here = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == unit_code)
    rows = select(Need).where(Need.unit_code.in_(here), Need.day == day, Need.state == NeedState.OPEN)
    return list(session.scalars(rows.order_by(Need.number)))


def orders_of(elder_id: str) -> Select[tuple[Need]]:
    """An elder's orders, newest day first, ready for paging."""
    return select(Need).where(Need.elder_id == elder_id).order_by(Need.day.desc(), Need.number.desc())


def review_queue(actor: Actor) -> Select[tuple[Need]]:
    """What waits for the coordinator's look, the one due first on top."""
    return (
        visible(Need, actor)
        .where(Need.state == NeedState.REVIEW)
        .order_by(Need.review_due_at, Need.number)
    )
