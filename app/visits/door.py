"""At the door: on the way, in, out, and what is reported from there. Check-in never fails for a reason that a person
at the door could not mend: who cannot prove it with the card calls, and the community notes it."""

import hmac
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, NotAllowed, NotFound, TooMany
from app.needs.models import Need, NeedState
from app.notices.service import notify
from app.org.queries import zone_of
from app.people.models import Elder, Person, Role
from app.people.service import pin_of
from app.signin import tries
from app.visits.minutes import credit_of, whole_minutes
from app.visits.models import ReportKind, Visit, VisitReport, VisitState
from app.visits.steps import DESK, advance, follow_visits, followed_by, lock_need, phone_of_community, tell_her_side

PIN_TRIES = 3  # safety.md T8: then the phone
REPORT_ROLES = {
    ReportKind.NO_ANSWER: (Role.GRID_WORKER, Role.COORDINATOR),  # who lives near and can knock
    ReportKind.CONCERN: (Role.GRID_WORKER, Role.COORDINATOR),
}


class PinWrong(DomainError):
    status = 422
    text = _l("This is not the number on the card. Please look again: %(left)s more tries.")


class PinWrongLast(PinWrong):
    text = _l("This is not the number on the card. Please look again: one more try.")


class PinSpent(TooMany):
    text = _l(
        "The number was wrong three times, so it is not asked for again. Please call the community on %(phone)s: they"
        " can check you in."
    )


class NotToday(DomainError):
    text = _l("This visit is not for today. You can check in on its day.")


class SecondMissing(DomainError):
    text = _l("This visit needs two people and the second has not been found yet. Please call the community first.")


class CardOfSomebodyElse(DomainError):
    text = _l("This card belongs to another door. Please look at your visit again, or call the community.")


def on_the_way(actor: Actor, visit_id: str) -> Visit:
    """The visit with the time she set out; the elder's side hears it once."""
    visit, need = _mine(actor, visit_id)
    if visit.on_the_way_at is not None:
        return visit
    advance(visit, [VisitState.PLANNED], VisitState.PLANNED, on_the_way_at=clock.now())
    name = session.get_one(Person, visit.volunteer_id).name
    tell_her_side(need, "on_the_way", key=f"on-the-way:{visit.id}", name=name)
    return visit


def check_in(actor: Actor, visit_id: str, *, pin: str | None = None, card: str | None = None) -> Visit | DomainError:
    """The visit in progress, or why not: PinWrong or PinSpent come back as values, since a wrong try must be stored.

    Proved by the PIN (spaces do not matter) or by the code of the card. A second check-in is the same as one.
    """
    visit, need = _mine(actor, visit_id)
    if visit.state != VisitState.PLANNED and visit.checked_in_at is not None:
        return visit
    _must_be_due(visit, need)
    if card is not None:
        _must_be_her_card(need, card)
    else:
        refused = _judge_pin(visit, need, pin or "")
        if refused is not None:
            return refused
    return _enter(actor, visit, need, how="pin" if card is None else "card")


def check_in_by_phone(actor: Actor, visit_id: str) -> Visit:
    """The visit in progress, noted by the coordinator or the grid worker whom the volunteer rang from the door."""
    visit, need = _on_duty(actor, visit_id)
    if visit.state == VisitState.IN_PROGRESS:
        return visit
    _must_be_due(visit, need)
    return _enter(actor, visit, need, how="staff")


def check_out(actor: Actor, visit_id: str, *, card: str | None = None, at: datetime | None = None) -> Visit:
    """The visit over, with its minutes: rounded once, here. A second check-out is the same as one.

    `at` is when she really left, where she forgot to say so: after the check-in and not in the future.
    """
    visit, need = _mine(actor, visit_id)
    if card is not None:
        _must_be_her_card(need, card)
    return leave(actor, visit, need, how="card" if card is not None else "tap", at=at)


def check_out_by_phone(actor: Actor, visit_id: str, *, at: datetime | None = None) -> Visit:
    """The same, noted by the coordinator or the grid worker."""
    visit, need = _on_duty(actor, visit_id)
    return leave(actor, visit, need, how="staff", at=at)


def leave(actor: Actor, visit: Visit, need: Need, *, how: str, at: datetime | None) -> Visit:
    """The one way out of the door."""
    if visit.checked_out_at is not None:
        return visit
    now = clock.now()
    began = visit.checked_in_at or now
    until = min(max(at or now, began), now)
    actual = whole_minutes(began, until)
    advance(
        visit, [VisitState.IN_PROGRESS], VisitState.CHECKED_OUT, checked_out_at=until, checked_out_how=how,
        actual_min=actual, credit_min=credit_of(visit, need, actual),
    )  # fmt: skip
    follow_visits(need)
    tell_her_side(need, "please_confirm", key=f"confirm:{visit.id}", minutes=actual)
    record(actor, "visit.check_out", f"visit:{visit.id}", unit_code=need.unit_code, detail={"minutes": actual})
    return visit


# Reports -----------------------------------------------------------------------------------------------------------


def report(actor: Actor, visit_id: str, kind: ReportKind, words: str, *, about: str = "") -> VisitReport:
    """Something that a named person follows up; she is told. Saying the same twice while it is open is once.

    `about` is a word of the kind: `unwell` or `unsafe` for a concern, the minutes for a late one.
    """
    visit = get_visible(Visit, visit_id, actor)
    need = session.get_one(Need, visit.need_id)
    before = _open_report(visit.id, kind)
    if before is not None:
        before.words, before.about = words or before.words, about or before.about
        return before
    owner = followed_by(need, *REPORT_ROLES.get(kind, (Role.COORDINATOR, Role.GRID_WORKER)))
    made = VisitReport(
        visit_id=visit.id, kind=kind, about=about, words=words.strip(), reported_by=actor.must_be_someone(),
        reported_at=clock.now(), owner_id=owner.id if owner else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    if owner is not None:
        notify(owner.id, f"report_{kind}", link=f"/c/live#report-{made.id}", number=need.number)
    if kind == ReportKind.LATE:
        tell_her_side(need, "late", key=f"late:{made.id}")
    record(actor, f"visit.{kind}", f"visit:{visit.id}", unit_code=need.unit_code)
    return made


def close_report(actor: Actor, report_id: str, outcome: str) -> VisitReport:
    """The report answered for: what was found, by whom."""
    found = get_visible(VisitReport, report_id, actor)
    visit = session.get_one(Visit, found.visit_id)
    need = session.get_one(Need, visit.need_id)
    if not works_in(actor, need.unit_code, *DESK) or actor.person_id == visit.volunteer_id:
        raise NotAllowed  # nobody answers what is said about her own visit
    session.execute(
        update(VisitReport)
        .where(VisitReport.id == report_id, VisitReport.closed_at.is_(None))
        .values(closed_at=clock.now(), outcome=outcome.strip(), owner_id=actor.must_be_someone())
        .execution_options(synchronize_session=False)
    )
    session.refresh(found)
    record(actor, "visit.close_report", f"visit:{visit.id}", unit_code=need.unit_code, detail={"report": report_id})
    return found


def fail_visit(actor: Actor, visit_id: str) -> Visit:
    """The visit that did not happen, said by who has the duty: no minutes move, the held ones go back."""
    visit, need = _on_duty(actor, visit_id)
    advance(visit, [VisitState.PLANNED, VisitState.IN_PROGRESS], VisitState.FAILED)
    follow_visits(need)
    record(actor, "visit.fail", f"visit:{visit.id}", unit_code=need.unit_code)
    return visit


# -------------------------------------------------------------------------------------------------------------------


def _mine(actor: Actor, visit_id: str) -> tuple[Visit, Need]:
    """The actor's own visit and its order, ours until the act ends."""
    visit = get_visible(Visit, visit_id, actor)
    if visit.volunteer_id != actor.must_be_someone():
        raise NotFound
    need = lock_need(visit.need_id)
    session.refresh(visit)
    return visit, need


def _on_duty(actor: Actor, visit_id: str) -> tuple[Visit, Need]:
    """A visit in the units of a coordinator or grid worker; nobody notes her own visit."""
    visit = get_visible(Visit, visit_id, actor)
    need = lock_need(visit.need_id)
    if not works_in(actor, need.unit_code, *DESK):
        raise NotFound
    if visit.volunteer_id == actor.person_id:
        raise NotAllowed
    session.refresh(visit)
    return visit, need


def _must_be_due(visit: Visit, need: Need) -> None:
    if visit.day != clock.today(zone_of(need.unit_code)):
        raise NotToday
    if need.state not in (NeedState.ARRANGED, NeedState.IN_PROGRESS):  # nor does a newcomer go in alone
        raise SecondMissing


def _enter(actor: Actor, visit: Visit, need: Need, *, how: str) -> Visit:
    advance(visit, [VisitState.PLANNED], VisitState.IN_PROGRESS, checked_in_at=clock.now(), checked_in_how=how)
    follow_visits(need)
    record(actor, "visit.check_in", f"visit:{visit.id}", unit_code=need.unit_code, detail={"how": how})
    return visit


def _must_be_her_card(need: Need, card: str) -> None:
    elder = session.get_one(Elder, need.elder_id)
    if not hmac.compare_digest(card.encode(), elder.card_code.encode()):
        raise CardOfSomebodyElse


def _judge_pin(visit: Visit, need: Need, pin: str) -> DomainError | None:
    """None for the right PIN. Each try is counted before it is judged, and the fourth is not judged at all."""
    subject = f"pin:{visit.id}"
    if not tries.may_try(subject, limit=PIN_TRIES):
        return PinSpent(phone=phone_of_community(need))
    given = "".join(pin.split())
    elder = session.get_one(Elder, need.elder_id)
    if hmac.compare_digest(given.encode(), pin_of(elder).encode()):
        tries.succeeded(subject)
        return None
    left = tries.tries_left(subject, limit=PIN_TRIES)
    if left == 0:
        return PinSpent(phone=phone_of_community(need))
    return PinWrongLast(left=left) if left == 1 else PinWrong(left=left)


def _open_report(visit_id: str, kind: ReportKind) -> VisitReport | None:
    rows = select(VisitReport).where(
        VisitReport.visit_id == visit_id, VisitReport.kind == kind, VisitReport.closed_at.is_(None)
    )
    return session.scalars(rows.limit(1)).first()
