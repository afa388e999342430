"""Fixing one order by hand: ask somebody by name, send a newcomer along, make the change that the plan suggests."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import DomainError
from app.matchruns.answers import ask
from app.matchruns.models import MatchRun
from app.matchruns.problem import Document
from app.matchruns.ranking import Candidate, ranked, ranked_by_name
from app.matchruns.service import deadline_for, need_to_plan
from app.needs.models import Need, NeedState
from app.needs.service import move_window
from app.people.models import Person, Volunteer, VolunteerState
from app.visits.models import Assignment, AssignmentState, Origin
from app.visits.service import offer

OF_THE_ORDER = frozenset({"start_window", "gender", "same_sex"})  # what the elder has to agree to
OF_A_PERSON = frozenset({"reach_m", "free", "max_tasks", "max_service_min", "minutes"})  # her own wishes, for once


class CannotBeAsked(DomainError):
    text = _l("This person can't come for this order as it stands now. Nobody was asked. Please choose somebody else.")


class NotOpen(DomainError):
    text = _l("This order is no longer waiting for somebody, so nobody was asked.")


class NoPartner(DomainError):
    text = _l("A newcomer goes along with a volunteer who has accepted. Wait for an answer first.")


class NoChange(DomainError):
    text = _l("The plan has moved on and this change no longer stands. Please run the match again.")


@dataclass(frozen=True)
class People:
    """Who could be asked for one order: who simply can, who could set own wishes aside, newcomers to send along."""

    able: list[Candidate]
    by_name: list[Candidate]
    newcomers: list[Person]


def people_for(need: Need, run: MatchRun | None) -> People:
    """Everybody who could be asked, best first; nobody when the order waits for nobody."""
    if need.state != NeedState.OPEN or need.item_code is None:
        return People([], [], newcomers_for(need))
    able = ranked(need, run=run)
    return People(able, ranked_by_name(need, but={one.volunteer_id for one in able}), newcomers_for(need))


def ask_by_name(actor: Actor, need_id: str, volunteer_id: str) -> Assignment:
    """An offer to one person that the coordinator chose: an offer like any other, never an order."""
    need = need_to_plan(actor, need_id)
    if need.state != NeedState.OPEN:
        raise NotOpen
    candidate = next((one for one in [*ranked(need), *ranked_by_name(need)] if one.volunteer_id == volunteer_id), None)
    if candidate is None:
        raise CannotBeAsked
    return ask(actor, need, candidate, origin=Origin.BY_NAME)


def newcomers_for(need: Need) -> list[Person]:
    """The volunteers on probation of the community, for an order with an experienced volunteer who accepted."""
    if need.volunteers_needed != 1 or not _leaders(need):
        return []
    asked = select(Assignment.volunteer_id).where(
        Assignment.need_id == need.id, Assignment.state != AssignmentState.PROPOSED
    )
    rows = (
        select(Person)
        .join(Volunteer, Volunteer.person_id == Person.id)
        .where(Volunteer.community_code == need.community_code, Volunteer.state == VolunteerState.PROBATION)
        .where(Person.id.notin_(asked), Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
    )
    return list(session.scalars(rows))


def add_partner(actor: Actor, need_id: str, newcomer_id: str) -> Assignment:
    """A newcomer asked to go along with the volunteer who accepted; same time, second place."""
    need = need_to_plan(actor, need_id)
    leaders = _leaders(need)
    if not leaders:
        raise NoPartner
    if newcomer_id not in {person.id for person in newcomers_for(need)}:
        raise CannotBeAsked
    start = leaders[0].start_min
    return offer(
        actor, need=need, place=2, volunteer_id=newcomer_id, start_min=start, origin=Origin.PARTNER,
        deadline_at=deadline_for(need, start), why=["partner"],
    )  # fmt: skip


def suggested_change(run: MatchRun | None, need_id: str) -> Document | None:
    """The smallest change that would serve the order, as the plan found it; None where there is none."""
    unserved = run.result.get("unserved", []) if run is not None else []
    entry = next((one for one in unserved if one["need"] == need_id), None)
    return entry.get("cheapest_change") if entry else None


def can_be_made_here(change: Document) -> bool:
    """Whether a button can make the change: the order's time, or a question to one volunteer."""
    return change["change"] in OF_THE_ORDER or (change["change"] in OF_A_PERSON and bool(change.get("volunteer")))


def make_change(actor: Actor, run: MatchRun, need_id: str) -> Assignment | None:
    """The suggested change made: the volunteer asked by name (her offer), or the order changed (None: match again)."""
    need = need_to_plan(actor, need_id)
    change = suggested_change(run, need_id)
    if change is None or need.state != NeedState.OPEN or not can_be_made_here(change):
        raise NoChange
    record(actor, "match.change", f"need:{need.id}", unit_code=need.unit_code, detail={"change": change["change"]})
    if change["change"] in OF_A_PERSON:
        return ask_by_name(actor, need_id, change["volunteer"])
    if change["change"] == "start_window":
        earliest, latest = change["to"]
        move_window(actor, need_id, earliest_min=earliest, latest_min=latest)
    else:
        need.same_sex = False
    session.flush()
    return None


def _leaders(need: Need) -> list[Assignment]:
    """The accepted assignments of experienced volunteers, if the second place is still free."""
    rows = session.scalars(
        select(Assignment)
        .join(Volunteer, Volunteer.person_id == Assignment.volunteer_id)
        .where(Assignment.need_id == need.id, Volunteer.state == VolunteerState.ACTIVE)
        .where(Assignment.state == AssignmentState.ACCEPTED)
        .order_by(Assignment.place)
    ).all()
    second = session.scalar(
        select(Assignment.id).where(
            Assignment.need_id == need.id, Assignment.place == 2,
            Assignment.state.in_((AssignmentState.OFFERED, AssignmentState.ACCEPTED)),
        )
    )  # fmt: skip
    return list(rows) if second is None else []
