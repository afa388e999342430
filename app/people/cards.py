"""Where the card of an elder leads, by who opens its address. Whoever is not known learns nothing about anybody."""

from enum import StrEnum

from sqlalchemy import select

from app.access import scope
from app.access.actor import Actor
from app.db import session
from app.needs.models import Need
from app.people.models import Elder, OldCard, Person, Role
from app.people.queries import today_of
from app.people.relatives import AT_THE_DOOR
from app.visits.models import Visit, VisitState


class Card(StrEnum):
    """What the code on a card is."""

    GOOD = "good"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


def card(code: str) -> Card:
    """What this code is: a card in use, one that was replaced, or none of ours."""
    if session.scalar(select(Elder.person_id).where(Elder.card_code == code)):
        return Card.GOOD
    return Card.REPLACED if session.get(OldCard, code) else Card.UNKNOWN


def way_on(actor: Actor | None, code: str) -> str:
    """The page that this person wants when she opens the card's address; "" for a stranger."""
    elder = session.scalars(select(Elder).where(Elder.card_code == code)).one_or_none()
    if elder is None or actor is None:
        return ""
    if actor.person_id == elder.person_id:
        return "/me"
    visit = _visit_now(actor, elder)
    if visit is not None:
        step = "out" if visit.state == VisitState.IN_PROGRESS else "in"
        return f"/v/tasks/{visit.assignment_id}/{step}?card={code}"
    if scope.works_in(actor, session.get_one(Person, elder.person_id).unit_code, *AT_THE_DOOR):
        return f"/g/elders/{elder.person_id}"
    return "/family" if elder.person_id in actor.speaks_for else ""


def _visit_now(actor: Actor, elder: Elder) -> Visit | None:
    """The volunteer's visit there today: the one going on, else the next one."""
    if Role.VOLUNTEER not in actor.roles:
        return None
    today = today_of(elder.community_code)
    visits = session.scalars(
        select(Visit)
        .join(Need, Need.id == Visit.need_id)
        .where(Visit.volunteer_id == actor.person_id, Need.elder_id == elder.person_id, Visit.day == today)
        .where(Visit.state.in_((VisitState.PLANNED, VisitState.IN_PROGRESS)))
        .order_by(Visit.start_min)
    ).all()
    going = [visit for visit in visits if visit.state == VisitState.IN_PROGRESS]
    return next(iter(going or visits), None)
