"""Late entry (补录): a visit that was noted on paper, written down by one person and approved by a second."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import rows_touched, session
from app.errors import DomainError, Invalid, NotAllowed, NotFound
from app.needs.models import Need
from app.org.queries import zone_of
from app.people.models import Role
from app.visits.minutes import credit_of, whole_minutes
from app.visits.models import LateEntry, Visit, VisitState
from app.visits.steps import DESK, NotNow, advance, follow_visits, lock_need, tell_her_side

OPEN_ENDED = (VisitState.PLANNED, VisitState.IN_PROGRESS)


class EnteredAlready(DomainError):
    text = _l("Somebody has already entered this visit. It waits for a second person.")


class SecondPersonNeeded(NotAllowed):
    text = _l("This needs two people. You entered it yourself, so a colleague must approve it.")


def enter_late(actor: Actor, visit_id: str, *, began_min: int, ended_min: int, words: str) -> LateEntry:
    """What the paper says about a visit that nobody checked in or out; it waits for a second person."""
    visit, need = _on_duty(actor, visit_id)
    if visit.state not in OPEN_ENDED:
        raise NotNow
    if clock.instant(visit.day, ended_min, zone_of(need.unit_code)) > clock.now():
        raise Invalid({"ended": str(_l("This time has not come yet. Please enter what has happened."))})
    if _waits(visit.id):  # we hold the order's row, so nobody enters it beside us
        raise EnteredAlready
    entry = LateEntry(
        visit_id=visit.id, began_min=began_min, ended_min=ended_min, words=words,
        entered_by=actor.must_be_someone(), entered_at=clock.now(),
    )  # fmt: skip
    session.add(entry)
    session.flush()
    record(actor, "visit.enter_late", f"visit:{visit.id}", unit_code=need.unit_code)
    return entry


def decide_late(actor: Actor, entry_id: str, *, approve: bool) -> Visit:
    """The second person's word: approved, the visit is over with these times and is confirmed like any other."""
    entry = session.get(LateEntry, entry_id)
    if entry is None:
        raise NotFound
    visit, need = _on_duty(actor, entry.visit_id)
    if actor.person_id == entry.entered_by:
        raise SecondPersonNeeded
    if not works_in(actor, need.unit_code, Role.COORDINATOR):
        raise NotFound
    decided = session.execute(
        update(LateEntry)
        .where(LateEntry.id == entry_id, LateEntry.decided_at.is_(None))
        .values(decided_by=actor.must_be_someone(), decided_at=clock.now(), approved=approve)
        .execution_options(synchronize_session=False)
    )
    session.refresh(entry)
    if rows_touched(decided) == 0:
        raise NotNow
    if approve:
        _close(visit, need, entry)
    record(actor, "visit.decide_late", f"visit:{visit.id}", unit_code=need.unit_code, detail={"approve": approve})
    return visit


def _waits(visit_id: str) -> bool:
    rows = select(LateEntry.id).where(LateEntry.visit_id == visit_id, LateEntry.decided_at.is_(None))
    return session.scalar(rows) is not None


def _close(visit: Visit, need: Need, entry: LateEntry) -> None:
    zone = zone_of(need.unit_code)
    began = clock.instant(visit.day, entry.began_min, zone)
    ended = clock.instant(visit.day, entry.ended_min, zone)
    actual = whole_minutes(began, ended)
    advance(
        visit, OPEN_ENDED, VisitState.CHECKED_OUT, checked_in_at=began, checked_in_how="late", checked_out_at=ended,
        checked_out_how="late", actual_min=actual, credit_min=credit_of(visit, need, actual),
    )  # fmt: skip
    follow_visits(need)
    tell_her_side(need, "please_confirm", key=f"confirm:{visit.id}", minutes=actual)


def _on_duty(actor: Actor, visit_id: str) -> tuple[Visit, Need]:
    visit = get_visible(Visit, visit_id, actor)
    need = lock_need(visit.need_id)
    if not works_in(actor, need.unit_code, *DESK):
        raise NotFound
    if visit.volunteer_id == actor.person_id:
        raise NotAllowed
    session.refresh(visit)
    return visit, need
