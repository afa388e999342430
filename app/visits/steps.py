"""What every verb of a visit stands on: the guarded step, the order that follows, and who may."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.access.actor import Actor
from app.access.scope import elders_of, works_in
from app.db import rows_touched, session
from app.errors import DomainError, NotFound
from app.needs.models import MOVES, Need, NeedState
from app.needs.service import move, release_holds
from app.notices.service import notify
from app.org.queries import community_of
from app.people.models import Person, Role
from app.people.queries import responsible_staff
from app.visits.models import Visit, VisitState

ENDED = frozenset({NeedState.DONE, NeedState.UNSERVED, NeedState.CANCELLED, NeedState.REFUSED})
DESK = (Role.COORDINATOR, Role.GRID_WORKER)


class NotNow(DomainError):
    """A visit is not where the act needs it: somebody was faster, or the page is old."""

    text = _l("This visit has moved on since your page was made. Please look at it again.")


def lock_need(need_id: str) -> Need:
    """The order as it stands, ours until the act ends: everyone who races for its places waits here.

    (On SQLite the write lock was taken at BEGIN and FOR UPDATE is nothing.)
    """
    return session.scalars(
        select(Need).where(Need.id == need_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def advance(visit: Visit, come_from: Iterable[VisitState], to: VisitState, **values: object) -> None:
    """Let the write be the check: the visit in state `to` with these values, or NotNow."""
    taken = session.execute(
        update(Visit)
        .where(Visit.id == visit.id, Visit.state.in_(tuple(come_from)))
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(visit)
    if rows_touched(taken) == 0:
        raise NotNow


def siblings(need_id: str) -> list[Visit]:
    """Every visit of the order that was not called off, the first place first."""
    rows = select(Visit).where(Visit.need_id == need_id, Visit.state != VisitState.CANCELLED)
    return list(session.scalars(rows.order_by(Visit.place, Visit.id).execution_options(populate_existing=True)))


def follow_visits(need: Need) -> None:
    """Move the order to where its visits stand; minutes that nobody earned any more go back to their payer."""
    target = _where(need)
    if target is not None and target != need.state and target in MOVES[NeedState(need.state)]:
        move(need, target)
    if need.state in ENDED:
        release_holds(need)


def _where(need: Need) -> NeedState | None:
    """What the visits of the order's own places say; None while somebody is still expected."""
    states = {visit.state for visit in siblings(need.id) if visit.place <= need.volunteers_needed}
    if VisitState.IN_PROGRESS in states:
        return NeedState.IN_PROGRESS
    if VisitState.PLANNED in states or not states:
        return None
    for state, target in (
        (VisitState.DISPUTED, NeedState.DISPUTED),
        (VisitState.CHECKED_OUT, NeedState.SERVED),
        (VisitState.CONFIRMED, NeedState.DONE),
    ):
        if state in states:
            return target
    return NeedState.UNSERVED


# Who may -----------------------------------------------------------------------------------------------------------


def on_her_side(actor: Actor, need: Need) -> bool:
    """Whether the actor is the elder or may act for her."""
    return need.elder_id in elders_of(actor)


def may_speak(actor: Actor, need: Need) -> bool:
    """Whether the actor may say yes or no for the elder: her side, or who has the duty in her grid."""
    return on_her_side(actor, need) or works_in(actor, need.unit_code, *DESK)


def need_to_speak_for(actor: Actor, need_id: str) -> Need:
    """The order, ours until the act ends, for somebody who may speak for the elder. NotFound for anybody else."""
    if session.get(Need, need_id) is None:
        raise NotFound
    need = lock_need(need_id)
    if not may_speak(actor, need):
        raise NotFound
    return need


def followed_by(need: Need, *roles: Role) -> Person | None:
    """The one person who follows up on an order: its owner, else the nearest with the first of these roles."""
    if need.owner_id is not None:
        return session.get(Person, need.owner_id)
    for role in roles or DESK:
        staff = responsible_staff(need.unit_code, role)
        if staff:
            return staff[0]
    return None


# Telling people ----------------------------------------------------------------------------------------------------


def tell_her_side(need: Need, kind: str, *, key: str, **data: Any) -> None:
    """A message to the elder and to whoever placed the order for her, once each."""
    for person_id in dict.fromkeys((need.elder_id, need.placed_by)):
        link = f"/me/orders/{need.id}" if person_id == need.elder_id else _link_of_placer(need)
        notify(person_id, kind, link=link, uid=f"{key}:{person_id}", number=need.number, **data)


def _link_of_placer(need: Need) -> str:
    return f"/g/elders/{need.elder_id}" if need.channel == "staff" else f"/me/orders/{need.id}"


def phone_of_community(need: Need) -> str:
    """The number that people call when the site cannot go on."""
    return community_of(need.unit_code).phone
