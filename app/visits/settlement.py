"""After the door: was it right? Confirmed, disputed or silent; then the minutes move, once."""

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app import clock
from app.access.actor import SYSTEM, Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, Invalid, NotAllowed, NotFound
from app.ledger.posting import Words
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, pay_visit
from app.needs.models import Need
from app.needs.pricing import price_of
from app.notices.service import notify
from app.people.models import Role, Volunteer, VolunteerState
from app.rulepacks.queries import setting
from app.visits.door import report
from app.visits.minutes import held_minutes, hold_of
from app.visits.models import ReportKind, Visit, VisitReport, VisitState
from app.visits.ratio import pay_extra
from app.visits.steps import (
    NotNow,
    advance,
    follow_visits,
    lock_need,
    need_to_speak_for,
    on_her_side,
    siblings,
    tell_her_side,
)

RATINGS = ("satisfied", "fairly", "not")


class NotOver(DomainError):
    text = _l("This visit is not over yet, so it can't be confirmed.")


class BeingLookedInto(DomainError):
    text = _l("The community is looking into this visit. Until then it can't be confirmed.")


class OwnVisit(NotAllowed):
    text = _l("Nobody confirms their own visit. Please ask a colleague.")


def confirm_visit(actor: Actor, visit_id: str, *, rating: str | None = None) -> Visit:
    """The visit confirmed by the elder's side or by who has the duty, and its minutes moved. Twice is once.

    One yes covers every visit of the order that is over: two people came together.
    """
    visit, need = _to_judge(actor, visit_id)
    if rating in RATINGS:
        need.rating = rating
    if visit.state == VisitState.CONFIRMED:
        return visit
    if visit.state in (VisitState.PLANNED, VisitState.IN_PROGRESS):
        raise NotOver
    if visit.state != VisitState.CHECKED_OUT:
        raise BeingLookedInto if visit.state == VisitState.DISPUTED else NotNow
    how = _how(actor, need)
    for over in siblings(need.id):
        if over.state == VisitState.CHECKED_OUT:
            _settle(actor, over, need, how=how)
    follow_visits(need)
    session.refresh(visit)
    return visit


def confirm_silent_visits(now: datetime | None = None) -> int:
    """Confirm what nobody objected to within the hours of the setting (72): how many."""
    now = now or clock.now()
    waiting = session.scalars(
        select(Visit).where(Visit.state == VisitState.CHECKED_OUT).order_by(Visit.checked_out_at, Visit.id)
    ).all()
    confirmed = 0
    for visit in waiting:
        need = session.get_one(Need, visit.need_id)
        hours = int(setting(need.unit_code, "confirm_silence_h", on=need.day))
        if visit.checked_out_at is None or visit.checked_out_at > now - timedelta(hours=hours):
            continue
        need = lock_need(need.id)
        session.refresh(visit)
        if visit.state == VisitState.CHECKED_OUT:
            _settle(SYSTEM, visit, need, how="silence")
            follow_visits(need)
            confirmed += 1
    return confirmed


def dispute_visit(actor: Actor, visit_id: str, words: str) -> Visit:
    """The visit that the elder's side does not agree with: nothing moves until the coordinator has looked."""
    visit, need = _to_judge(actor, visit_id)
    if not words.strip():
        raise Invalid({"words": str(_l("Please say in a few words what was not right."))})
    if visit.state == VisitState.DISPUTED:
        return visit
    if visit.state in (VisitState.PLANNED, VisitState.IN_PROGRESS):
        raise NotOver
    advance(visit, [VisitState.CHECKED_OUT], VisitState.DISPUTED, dispute=words.strip())
    follow_visits(need)
    report(actor, visit.id, ReportKind.DISPUTE, words)
    return visit


def resolve_dispute(actor: Actor, visit_id: str, *, uphold: bool, minutes: int | None = None) -> Visit:
    """The coordinator's answer: `uphold` says the visit did not happen and moves nothing; otherwise it is confirmed
    with its minutes, or with `minutes` where fewer are right."""
    visit = get_visible(Visit, visit_id, actor)
    need = lock_need(visit.need_id)
    if not works_in(actor, need.unit_code, Role.COORDINATOR):
        raise NotFound
    if actor.person_id == visit.volunteer_id:
        raise OwnVisit
    session.refresh(visit)
    if uphold:
        advance(visit, [VisitState.DISPUTED], VisitState.FAILED, credit_min=0)
        notify(visit.volunteer_id, "dispute_upheld", link=f"/v/tasks/{visit.assignment_id}", day=visit.day.isoformat())
    else:
        _correct(visit, need, minutes)
        _settle(actor, visit, need, how="dispute")
    _close_its_report(actor, visit, need)
    follow_visits(need)
    record(actor, "visit.resolve", f"visit:{visit.id}", unit_code=need.unit_code,
           detail={"uphold": uphold, "minutes": visit.credit_min})  # fmt: skip
    return visit


# -------------------------------------------------------------------------------------------------------------------


def _to_judge(actor: Actor, visit_id: str) -> tuple[Visit, Need]:
    """A visit and its order, ours until the act ends, for somebody who may speak for the elder, never who went there:
    of two who went together neither confirms the other, since one yes covers both."""
    visit = get_visible(Visit, visit_id, actor)
    need = need_to_speak_for(actor, visit.need_id)
    if actor.person_id in {visit.volunteer_id, *(other.volunteer_id for other in siblings(need.id))}:
        raise OwnVisit
    session.refresh(visit)
    return visit, need


def _how(actor: Actor, need: Need) -> str:
    if not on_her_side(actor, need):
        return "staff"
    return "elder" if actor.person_id == need.elder_id else "relative"


def _close_its_report(actor: Actor, visit: Visit, need: Need) -> None:
    """The dispute has its answer: its report is closed, and the elder's side hears of it."""
    session.execute(
        update(VisitReport)
        .where(VisitReport.visit_id == visit.id, VisitReport.kind == ReportKind.DISPUTE)
        .where(VisitReport.closed_at.is_(None))
        .values(closed_at=clock.now(), owner_id=actor.must_be_someone())
        .execution_options(synchronize_session=False)
    )
    tell_her_side(need, "dispute_answered", key=f"dispute-answered:{visit.id}")


def _correct(visit: Visit, need: Need, minutes: int | None) -> None:
    """Fewer minutes than the check-out counted, where the coordinator found so; never more than were held."""
    if minutes is None:
        return
    most = held_minutes(need, visit.place)
    if not 0 <= minutes <= most:
        raise Invalid({"minutes": str(_l("Please give whole minutes from 0 to %(most)s.")) % {"most": most}})
    served = visit.actual_min or 0
    if minutes < (visit.credit_min or 0) and price_of(need) is None:
        served = min(served, minutes)  # by the minute, what was found is also what the record says
    advance(visit, [VisitState.DISPUTED], VisitState.DISPUTED, credit_min=minutes, actual_min=served)


def _settle(actor: Actor, visit: Visit, need: Need, *, how: str) -> None:
    """The state first (it is the guard: only one can take it), then the minutes."""
    advance(
        visit, [VisitState.CHECKED_OUT, VisitState.DISPUTED], VisitState.CONFIRMED, confirmed_at=clock.now(),
        confirmed_how=how, confirmed_by=actor.person_id,
    )  # fmt: skip
    _move_minutes(visit, need)
    _count_accompanied(visit, need)
    record(actor, "visit.confirm", f"visit:{visit.id}", unit_code=need.unit_code,
           detail={"how": how, "minutes": visit.credit_min})  # fmt: skip


def _move_minutes(visit: Visit, need: Need) -> None:
    minutes = visit.credit_min or 0
    if minutes == 0:
        return
    fund = ensure_accounts_for_unit(need.unit_code, on=need.day)
    payee = ensure_person_account(visit.volunteer_id)
    paid = pay_visit(
        visit_id=visit.id, hold_uid=hold_of(need, visit.place), payee=payee.id, fund=fund.id, minutes=minutes,
        memo=Words(item_code=need.item_code, visit_id=visit.id, elder_id=need.elder_id),
    )  # fmt: skip
    visit.unfunded = paid is None
    if paid is not None:
        pay_extra(visit, need, paid, fund.id)
    notify(visit.volunteer_id, "stored" if paid is not None else "stored_later", link="/v/ledger",
           uid=f"stored:{visit.id}", minutes=minutes)  # fmt: skip


def _count_accompanied(visit: Visit, need: Need) -> None:
    """A newcomer's visit beside a partner counts; after enough of them she may go alone."""
    volunteer = session.get_one(Volunteer, visit.volunteer_id)
    if volunteer.state != VolunteerState.PROBATION:
        return
    volunteer.accompanied_visits += 1
    if volunteer.accompanied_visits >= int(setting(need.unit_code, "probation_visits", on=need.day)):
        volunteer.state = VolunteerState.ACTIVE
        notify(volunteer.person_id, "may_go_alone", link="/v", uid=f"may-go-alone:{volunteer.person_id}")
