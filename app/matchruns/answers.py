"""What volunteers answer: accept (the rules looked at again), decline, drop out, silence; and who is asked next."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import SYSTEM, Actor
from app.access.scope import get_visible
from app.db import session
from app.errors import DomainError
from app.matchruns.problem import pair_problem
from app.matchruns.ranking import Candidate, ranked
from app.matchruns.service import deadline_for
from app.needs.models import Need, NeedState
from app.notices.service import notify
from app.org.queries import zone_of
from app.people.models import Role, Volunteer, VolunteerState
from app.visits.models import Assignment, AssignmentState, Origin, Visit
from app.visits.queries import rounds_of
from app.visits.service import accept_assignment, decline_assignment, expire_assignment, offer, withdraw
from app.visits.steps import followed_by
from matching import Problem, broken_rules

# Asked by name, she may set her own wishes (how far, when, how much) aside for once by accepting. What protects the
# elder (skill, papers, vetting, exclusions, two people) and visits that overlap are never set aside.
OWN_WISHES_SET_ASIDE = {"reach_m": None, "free": [[0, 1440]], "max_tasks": None, "max_service_min": None}


class NoLongerFits(DomainError):
    text = _l("This visit no longer fits your day, so it was not accepted. Please call the community.")


def accept_offer(actor: Actor, assignment_id: str) -> Visit:
    """The visit that the actor now has. Every hard rule is looked at again; Taken when a neighbour was faster."""
    assignment = get_visible(Assignment, assignment_id, actor)
    if assignment.state == AssignmentState.OFFERED and (broken := rules_broken_by(assignment)):
        raise NoLongerFits(rules=broken)
    return accept_assignment(actor, assignment_id)


def rules_broken_by(assignment: Assignment) -> list[str]:
    """The names of the hard rules that this offer would break today; [] when it may be accepted."""
    need = session.get_one(Need, assignment.need_id)
    volunteer = session.get_one(Volunteer, assignment.volunteer_id)
    if volunteer.state not in (VolunteerState.ACTIVE, VolunteerState.PROBATION):
        return ["state"]
    others = [v for v in rounds_of([volunteer.person_id], need.day) if v.need_id != need.id]
    document = pair_problem(need, volunteer, others)
    if assignment.origin == Origin.BY_NAME:
        document["volunteers"][0] |= OWN_WISHES_SET_ASIDE
    problem = Problem.from_dict(document)
    broken = broken_rules(
        problem, problem.need_by_id[need.id], problem.volunteer_by_id[volunteer.person_id],
        start=assignment.start_min, others=[(problem.need_by_id[v.need_id], v.start_min) for v in others],
    )  # fmt: skip
    if assignment.origin == Origin.PARTNER:  # a newcomer goes along with whoever has the visit
        broken = [rule for rule in broken if rule != "trainee"]
    elif volunteer.state == VolunteerState.PROBATION and _partner_is_new(assignment):
        broken.append("trainee")
    return broken


def decline_offer(actor: Actor, assignment_id: str) -> Assignment | None:
    """Note the answer without blame and ask the next best: her assignment, or None when nobody is left."""
    assignment = get_visible(Assignment, assignment_id, actor)
    decline_assignment(actor, assignment_id)
    return ask_next_best(assignment.need_id)


def drop_out(actor: Actor, visit_id: str) -> Assignment | None:
    """Give an accepted visit back. Tomorrow's is offered to the next best; today's waits on the page of today."""
    visit = get_visible(Visit, visit_id, actor)
    withdraw(actor, visit_id)
    need = session.get_one(Need, visit.need_id)
    return None if need.same_day else ask_next_best(need.id)


def expire_offers(now: datetime | None = None) -> int:
    """Close every offer past its deadline and ask the next best for each: how many were closed."""
    now = now or clock.now()
    late = session.scalars(
        select(Assignment)
        .where(Assignment.state == AssignmentState.OFFERED, Assignment.deadline_at <= now)
        .order_by(Assignment.deadline_at)
    ).all()
    for assignment in late:
        expire_assignment(assignment)
    for need_id in sorted({assignment.need_id for assignment in late}):
        ask_next_best(need_id)
    return len(late)


def ask_next_best(need_id: str) -> Assignment | None:
    """An offer to the best person left for the need's open place; None (and a word to its owner) when nobody is."""
    need = session.get_one(Need, need_id)
    if need.state != NeedState.OPEN or _start_is_over(need) or not _has_open_place(need):
        return None
    candidates = ranked(need)
    if not candidates:
        _tell_owner(need)
        return None
    return ask(SYSTEM, need, candidates[0], origin=Origin.NEXT_BEST)


def ask(actor: Actor, need: Need, candidate: Candidate, *, origin: Origin, place: int | None = None) -> Assignment:
    """One offer to one person: never an order."""
    return offer(
        actor, need=need, place=place or _open_place(need), volunteer_id=candidate.volunteer_id,
        start_min=candidate.start_min, origin=origin, deadline_at=deadline_for(need, candidate.start_min),
        walking_min=candidate.walking_min, why=list(candidate.why),
    )  # fmt: skip


def _open_place(need: Need) -> int:
    """The place to offer: the first that nobody accepted, one that nobody is asked for if there is one."""
    asked = _places(need, AssignmentState.OFFERED, AssignmentState.ACCEPTED)
    accepted = _places(need, AssignmentState.ACCEPTED)
    places = range(1, need.volunteers_needed + 1)
    return next((p for p in places if p not in asked), next((p for p in places if p not in accepted), 1))


def _has_open_place(need: Need) -> bool:
    return len(_places(need, AssignmentState.OFFERED, AssignmentState.ACCEPTED)) < need.volunteers_needed


def _places(need: Need, *states: AssignmentState) -> set[int]:
    rows = select(Assignment.place).where(
        Assignment.need_id == need.id, Assignment.state.in_(states), Assignment.place <= need.volunteers_needed
    )
    return set(session.scalars(rows))


def _partner_is_new(assignment: Assignment) -> bool:
    partner = session.scalar(
        select(Volunteer)
        .join(Assignment, Assignment.volunteer_id == Volunteer.person_id)
        .where(Assignment.need_id == assignment.need_id, Assignment.state == AssignmentState.ACCEPTED)
    )
    return partner is not None and partner.state == VolunteerState.PROBATION


def _start_is_over(need: Need) -> bool:
    return clock.now() >= clock.instant(need.day, need.latest_start_min, zone_of(need.unit_code))


def _tell_owner(need: Need) -> None:
    owner = followed_by(need, Role.COORDINATOR)
    if owner is not None:
        asked = len(session.scalars(select(Assignment.id).where(Assignment.need_id == need.id)).all())
        notify(owner.id, "nobody_left", link=f"/c/orders/{need.id}", uid=f"nobody-left:{need.id}:{asked}",
               number=need.number)  # fmt: skip
