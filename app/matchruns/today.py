"""Today: an order that cannot wait for the night, and a visit whose volunteer dropped out."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import subtree
from app.db import session
from app.errors import DomainError
from app.matchruns.answers import ask
from app.matchruns.ranking import Candidate, other_times, ranked
from app.needs.models import Need, NeedState
from app.needs.queries import DESK, need_on_duty
from app.org.queries import zone_of
from app.visits.models import Assignment, Origin
from matching import BetterWindow

MOST_ASKED = 3
SOONEST_MIN = 15  # to put on a coat


class AskOneToThree(DomainError):
    status = 422
    text = _l("Please choose one to three people to ask.")


class NotFreeNow(DomainError):
    text = _l("One of these people can no longer come. Nobody was asked. Please choose again.")


def todays_needs(actor: Actor) -> list[Need]:
    """Open orders whose day is today, in every unit the actor works in, the earliest limit first."""
    rows = session.scalars(
        select(Need)
        .where(Need.unit_code.in_(subtree(actor.units(*DESK))))
        .where(Need.state == NeedState.OPEN, Need.item_code.is_not(None))
        .order_by(Need.latest_start_min, Need.number)
    ).all()
    return [need for need in rows if need.day == clock.today(zone_of(need.unit_code))]


def people_for_now(actor: Actor, need_id: str) -> list[Candidate]:
    """Who can come today without anybody being moved, best first; whoever was asked already is left out."""
    need = need_on_duty(actor, need_id, *DESK)
    return ranked(need, earliest_min=_soonest(need), several=True)


def times_for_later(actor: Actor, need_id: str) -> list[BetterWindow]:
    """Other times of today at which somebody could come, to agree on with the elder."""
    need = need_on_duty(actor, need_id, *DESK)
    return other_times(need, earliest_min=_soonest(need), several=True) if need.state == NeedState.OPEN else []


def ask_now(actor: Actor, need_id: str, volunteer_ids: Sequence[str]) -> list[Assignment]:
    """One to three offers at once for one place: the first to accept goes."""
    need = need_on_duty(actor, need_id, *DESK)
    if not 1 <= len(set(volunteer_ids)) <= MOST_ASKED:
        raise AskOneToThree
    can = {candidate.volunteer_id: candidate for candidate in people_for_now(actor, need_id)}
    if not set(volunteer_ids) <= set(can):
        raise NotFreeNow
    place = _first_open(need)
    return [ask(actor, need, can[key], origin=Origin.TODAY, place=place) for key in dict.fromkeys(volunteer_ids)]


def _soonest(need: Need) -> int:
    zone = zone_of(need.unit_code)
    return clock.minute_of_day(zone) + SOONEST_MIN if need.day == clock.today(zone) else 0


def _first_open(need: Need) -> int:
    accepted = set(
        session.scalars(
            select(Assignment.place).where(Assignment.need_id == need.id, Assignment.state == "accepted")
        )
    )
    return next((place for place in range(1, need.volunteers_needed + 1) if place not in accepted), 1)
