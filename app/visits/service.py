"""From offer to visit: asking, accepting, declining, giving back, calling off. The rest of a visit's way is in door.py
(at the door) and settlement.py (whether it was right, and the minutes); all of it is called from here."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible
from app.audit.service import record
from app.db import rows_touched, session
from app.errors import DomainError, NotFound, Taken
from app.needs.models import Need, NeedState
from app.needs.service import move, release_holds
from app.notices.service import notify
from app.people.models import Person, Volunteer
from app.rulepacks.queries import setting
from app.visits.door import (
    check_in,
    check_in_by_phone,
    check_out,
    check_out_by_phone,
    close_report,
    fail_visit,
    on_the_way,
    report,
)
from app.visits.minutes import whole_minutes
from app.visits.models import Assignment, AssignmentState, Origin, ReportKind, Visit, VisitReport, VisitState
from app.visits.settlement import confirm_silent_visits, confirm_visit, dispute_visit, resolve_dispute
from app.visits.steps import NotNow, advance, lock_need, need_to_speak_for, siblings, tell_her_side

__all__ = [
    "NotNow", "accept_assignment", "call_off", "cancel_need", "check_in", "check_in_by_phone", "check_out",
    "check_out_by_phone", "close_report", "confirm_silent_visits", "confirm_visit", "decline_assignment",
    "dispute_visit", "expire_assignment", "fail_visit", "make_offer", "offer", "on_the_way", "propose", "report",
    "resolve_dispute", "undo_accept", "whole_minutes", "withdraw",
]  # fmt: skip

LIVE = (AssignmentState.OFFERED, AssignmentState.ACCEPTED)
WAITING = (AssignmentState.PROPOSED, AssignmentState.OFFERED)


class AskedAlready(DomainError):
    text = _l("This person has already been asked for this order.")


class OfferOver(DomainError):
    text = _l("This offer is over: the time to answer has passed. Thank you for looking.")


class Clashes(DomainError):
    text = _l("You have promised another visit at that time, so this one was not accepted.")


class UndoIsOver(DomainError):
    text = _l(
        "Taking back in one tap works for %(minutes)s minutes. If you can't go, choose “I can't make it” on the task:"
        " nobody minds, and somebody else is asked."
    )


class TooLateToCancel(DomainError):
    text = _l("The visit has begun or is over, so it can't be cancelled. Please call the community.")


# Asking ------------------------------------------------------------------------------------------------------------


def propose(
    *, run_id: str | None, origin: Origin, need: Need, place: int, volunteer_id: str, start_min: int,
    walking_min: int = 0, why: Sequence[str] = (),
) -> Assignment:  # fmt: skip
    """One line of a plan that nobody was told of."""
    assignment = Assignment(
        need_id=need.id, place=place, volunteer_id=volunteer_id, run_id=run_id, origin=origin, day=need.day,
        state=AssignmentState.PROPOSED, start_min=start_min, walking_min=walking_min, why=list(why),
        created_at=clock.now(),
    )  # fmt: skip
    session.add(assignment)
    session.flush()
    return assignment


def offer(
    actor: Actor, *, need: Need, place: int, volunteer_id: str, start_min: int, origin: Origin, deadline_at: datetime,
    run_id: str | None = None, walking_min: int = 0, why: Sequence[str] = (),
) -> Assignment:  # fmt: skip
    """One person asked for one place of one order, with a message. AskedAlready when she was."""
    assignment = propose(
        run_id=run_id, origin=origin, need=need, place=place, volunteer_id=volunteer_id, start_min=start_min,
        walking_min=walking_min, why=why,
    )  # fmt: skip
    return make_offer(actor, assignment, deadline_at=deadline_at)


def make_offer(actor: Actor, assignment: Assignment, *, deadline_at: datetime) -> Assignment:
    """A planned line becomes an offer that she may answer until the deadline; she is told."""
    need = lock_need(assignment.need_id)
    if _asked(need.id, assignment.volunteer_id):
        raise AskedAlready
    now = clock.now()
    _answer(assignment, [AssignmentState.PROPOSED], AssignmentState.OFFERED, offered_at=now, deadline_at=deadline_at)
    volunteer = session.get_one(Volunteer, assignment.volunteer_id)
    volunteer.last_asked_at = now
    notify(
        assignment.volunteer_id, "offer", link=f"/v/tasks/{assignment.id}", uid=f"offer:{assignment.id}",
        day=need.day.isoformat(), start_min=assignment.start_min, answer_at=deadline_at.isoformat(),
    )  # fmt: skip
    record(actor, "visit.offer", f"need:{need.id}", unit_code=need.unit_code,
           detail={"volunteer": assignment.volunteer_id, "origin": str(assignment.origin)})  # fmt: skip
    return assignment


def _asked(need_id: str, volunteer_id: str) -> bool:
    rows = select(Assignment.id).where(
        Assignment.need_id == need_id, Assignment.volunteer_id == volunteer_id, Assignment.state.in_(LIVE)
    )
    return session.scalar(rows) is not None


# Answering ---------------------------------------------------------------------------------------------------------


def accept_assignment(actor: Actor, assignment_id: str) -> Visit:
    """The visit that the actor now has; the same again when she taps twice. Taken when a neighbour was faster.

    Whoever races for the order waits at its row, and the last word is the guarded update and the unique index
    `uq_assignment_accepted_place`.
    """
    assignment = _own(actor, assignment_id)
    need = lock_need(assignment.need_id)
    session.refresh(assignment)
    if assignment.state == AssignmentState.ACCEPTED:
        return _visit_of(assignment)
    _must_be_open_to(assignment, need)
    _must_be_free(assignment, need)
    _answer(assignment, [AssignmentState.OFFERED], AssignmentState.ACCEPTED)
    visit = _plan_visit(assignment, need)
    _thank_the_others(assignment, need)
    if need.state == NeedState.OPEN and _is_complete(need):
        move(need, NeedState.ARRANGED)
        _tell_who_comes(need)
    record(actor, "visit.accept", f"visit:{visit.id}", unit_code=need.unit_code, detail={"need": need.id})
    return visit


def undo_accept(actor: Actor, visit_id: str) -> Assignment:
    """Her acceptance taken back within the minutes of the setting: the offer is as it was, and nothing is held
    against her. UndoIsOver later."""
    visit = _own_visit(actor, visit_id)
    need = lock_need(visit.need_id)
    assignment = session.get_one(Assignment, visit.assignment_id)
    limit = int(setting(need.unit_code, "undo_accept_min", on=need.day))
    accepted_at = assignment.answered_at
    if accepted_at is None or clock.now() > accepted_at + timedelta(minutes=limit):
        raise UndoIsOver(minutes=limit)
    _leave(visit, need, AssignmentState.OFFERED)
    assignment.answered_at = None
    record(actor, "visit.undo_accept", f"visit:{visit.id}", unit_code=need.unit_code)
    return assignment


def decline_assignment(actor: Actor, assignment_id: str) -> Assignment:
    """Her "I can't make it", without blame. Saying it twice is the same as once."""
    assignment = _own(actor, assignment_id)
    if assignment.state == AssignmentState.DECLINED:
        return assignment
    _answer(assignment, [AssignmentState.OFFERED], AssignmentState.DECLINED)
    record(actor, "visit.decline", f"assignment:{assignment.id}", detail={"need": assignment.need_id})
    return assignment


def expire_assignment(assignment: Assignment) -> bool:
    """Close an offer that nobody answered in time; False when it was answered meanwhile."""
    try:
        _answer(assignment, [AssignmentState.OFFERED], AssignmentState.EXPIRED)
    except NotNow:
        return False
    return True


def withdraw(actor: Actor, visit_id: str) -> VisitReport:
    """An accepted visit given back before it began: the order is open again, and somebody of the community knows."""
    visit = _own_visit(actor, visit_id)
    need = lock_need(visit.need_id)
    _leave(visit, need, AssignmentState.WITHDRAWN)
    gone = report(actor, visit_id, ReportKind.DROPPED_OUT, "")
    record(actor, "visit.withdraw", f"visit:{visit.id}", unit_code=need.unit_code, detail={"need": need.id})
    return gone


def cancel_need(actor: Actor, need_id: str, *, reason: str = "") -> Need:
    """The order called off by the elder's side: nobody goes, whoever was asked is told, held minutes go back.

    Saying it twice is the same as once. TooLateToCancel once somebody is at the door.
    """
    need = need_to_speak_for(actor, need_id)
    if need.state == NeedState.CANCELLED:
        return need
    if need.state in (NeedState.IN_PROGRESS, NeedState.SERVED, NeedState.DONE, NeedState.DISPUTED):
        raise TooLateToCancel
    move(need, NeedState.CANCELLED, reason=reason)
    call_off(need)
    record(actor, "need.cancel", f"need:{need.id}", unit_code=need.unit_code)
    return need


def call_off(need: Need) -> None:
    """Nobody goes to an order that has ended: plans, offers and visits are closed, the minutes go back."""
    live = select(Assignment).where(Assignment.need_id == need.id, Assignment.state.in_((*WAITING, *LIVE)))
    for assignment in session.scalars(live).all():
        told = assignment.state in LIVE
        _answer(assignment, (*WAITING, *LIVE), AssignmentState.SUPERSEDED)
        if told:
            _tell(assignment, "visit_cancelled")
    for visit in siblings(need.id):
        if visit.state == VisitState.PLANNED:
            advance(visit, [VisitState.PLANNED], VisitState.CANCELLED)
    release_holds(need)


# -------------------------------------------------------------------------------------------------------------------


def _own(actor: Actor, assignment_id: str) -> Assignment:
    """The actor's own assignment; nobody answers for somebody else."""
    assignment = get_visible(Assignment, assignment_id, actor)
    if assignment.volunteer_id != actor.must_be_someone():
        raise NotFound
    return assignment


def _own_visit(actor: Actor, visit_id: str) -> Visit:
    visit = get_visible(Visit, visit_id, actor)
    if visit.volunteer_id != actor.must_be_someone():
        raise NotFound
    return visit


def _visit_of(assignment: Assignment) -> Visit:
    return session.scalars(select(Visit).where(Visit.assignment_id == assignment.id)).one()


def _answer(
    assignment: Assignment, come_from: Sequence[AssignmentState], to: AssignmentState, **values: object
) -> None:  # fmt: skip
    """The guarded step of an assignment: in state `to`, or NotNow because it had moved on."""
    times = {} if to == AssignmentState.OFFERED else {"answered_at": clock.now()}
    taken = session.execute(
        update(Assignment)
        .where(Assignment.id == assignment.id, Assignment.state.in_(tuple(come_from)))
        .values(state=to, **times, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(assignment)
    if rows_touched(taken) == 0:
        raise NotNow


def _must_be_open_to(assignment: Assignment, need: Need) -> None:
    """Taken, OfferOver or NotNow when this offer cannot be accepted any more."""
    beside = assignment.origin == Origin.PARTNER and need.state == NeedState.ARRANGED
    if assignment.state == AssignmentState.EXPIRED:
        raise OfferOver
    if assignment.state != AssignmentState.OFFERED or not (need.state == NeedState.OPEN or beside):
        raise Taken
    if assignment.deadline_at is not None and clock.now() > assignment.deadline_at:
        raise OfferOver
    if assignment.place in {other.place for other in _accepted(need)}:
        raise Taken


def _must_be_free(assignment: Assignment, need: Need) -> None:
    """Clashes when she has promised the time since the rules were looked at: two taps in two windows.

    Her own row is locked, so that of two acceptances of one person the second sees the first.
    """
    session.execute(select(Volunteer.person_id).where(Volunteer.person_id == assignment.volunteer_id).with_for_update())
    until = assignment.start_min + need.duration_min
    hers = select(Visit.id).where(
        Visit.volunteer_id == assignment.volunteer_id, Visit.day == need.day, Visit.need_id != need.id,
        Visit.state.in_((VisitState.PLANNED, VisitState.IN_PROGRESS)),
        Visit.start_min < until, Visit.start_min + Visit.duration_min > assignment.start_min,
    )  # fmt: skip
    if session.scalar(hers.limit(1)) is not None:
        raise Clashes


def _plan_visit(assignment: Assignment, need: Need) -> Visit:
    """The visit of an acceptance; one that was taken back and accepted again is the same row."""
    visit = session.scalar(select(Visit).where(Visit.assignment_id == assignment.id))
    if visit is None:
        visit = Visit(
            assignment_id=assignment.id, need_id=need.id, place=assignment.place, volunteer_id=assignment.volunteer_id,
            day=need.day, start_min=assignment.start_min, duration_min=need.duration_min, state=VisitState.PLANNED,
            accompanied=assignment.origin == Origin.PARTNER,
        )  # fmt: skip
        session.add(visit)
        session.flush()
        return visit
    advance(visit, [VisitState.CANCELLED], VisitState.PLANNED, on_the_way_at=None)
    return visit


def _accepted(need: Need) -> list[Assignment]:
    rows = select(Assignment).where(Assignment.need_id == need.id, Assignment.state == AssignmentState.ACCEPTED)
    return list(session.scalars(rows.order_by(Assignment.place)))


def _is_complete(need: Need) -> bool:
    places = {assignment.place for assignment in _accepted(need)}
    return places >= set(range(1, need.volunteers_needed + 1))


def _thank_the_others(accepted: Assignment, need: Need) -> None:
    """Plans and offers for the same place end; whoever was asked is thanked."""
    others = select(Assignment).where(
        Assignment.need_id == need.id, Assignment.place == accepted.place, Assignment.id != accepted.id,
        Assignment.state.in_(WAITING),
    )  # fmt: skip
    for other in session.scalars(others).all():
        asked = other.state == AssignmentState.OFFERED
        _answer(other, WAITING, AssignmentState.SUPERSEDED)
        if asked:
            _tell(other, "offer_gone")


def _leave(visit: Visit, need: Need, to: AssignmentState) -> None:
    """The visit called off by its volunteer: the place is open again, and a newcomer beside her stays at home."""
    advance(visit, [VisitState.PLANNED], VisitState.CANCELLED, on_the_way_at=None)
    _answer(session.get_one(Assignment, visit.assignment_id), [AssignmentState.ACCEPTED], to)
    if visit.accompanied:
        return
    if need.state == NeedState.ARRANGED:
        move(need, NeedState.OPEN)
        name = session.get_one(Person, visit.volunteer_id).name
        tell_her_side(need, "not_coming", key=f"not-coming:{visit.id}:{clock.now().isoformat()}", name=name,
                      day=need.day.isoformat())  # fmt: skip
    for beside in siblings(need.id):
        if beside.accompanied and beside.state == VisitState.PLANNED:
            advance(beside, [VisitState.PLANNED], VisitState.CANCELLED)
            newcomer = session.get_one(Assignment, beside.assignment_id)
            _answer(newcomer, LIVE, AssignmentState.SUPERSEDED)
            _tell(newcomer, "visit_cancelled")


def _tell_who_comes(need: Need) -> None:
    """The elder's side hears who comes and when, once for each arrangement."""
    accepted = _accepted(need)
    names = [session.get_one(Person, assignment.volunteer_id).name for assignment in accepted]
    stamp = max(assignment.answered_at or clock.now() for assignment in accepted)
    tell_her_side(
        need, "arranged", key=f"arranged:{need.id}:{stamp.isoformat()}", name=" · ".join(names),
        day=need.day.isoformat(), start_min=accepted[0].start_min,
    )  # fmt: skip


def _tell(assignment: Assignment, kind: str) -> None:
    notify(
        assignment.volunteer_id, kind, link="/v", uid=f"{kind}:{assignment.id}:{clock.now().isoformat()}",
        day=assignment.day.isoformat(), start_min=assignment.start_min,
    )  # fmt: skip
