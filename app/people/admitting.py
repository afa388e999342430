"""From an application to a volunteer: identity, papers with their last valid day, and the decision."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import rows_touched, session
from app.errors import DomainError, Invalid, NotAllowed, NotFound
from app.notices.service import notify
from app.people.models import Person, Role, Volunteer, VolunteerSkill, VolunteerState
from app.people.queries import minors_may_come, today_of
from app.rulepacks.queries import setting

UNDECIDED = (VolunteerState.APPLIED, VolunteerState.REFUSED)
LONGEST_REASON = 300


class NotReady(DomainError):
    text = _l("Not ready yet. Still missing: %(missing)s.")


class Decided(DomainError):
    text = _l("This application has been decided already. Look at its page again.")


class NotOnOneself(NotAllowed):
    text = _l("Nobody decides about herself. Please ask a colleague.")


class Words(list[object]):
    """Several texts, joined when they are read."""

    def __str__(self) -> str:
        return " · ".join(str(text) for text in self)


def missing_of(volunteer: Volunteer) -> Words:
    """What still stands between an applicant and her admission, in words; empty when nothing does."""
    today = today_of(volunteer.community_code)
    born = session.get_one(Person, volunteer.person_id).birth_date
    least = int(setting(volunteer.community_code, "volunteer_min_age", on=today))
    is_minor = born is not None and _age(born, today) < least
    comes_along = minors_may_come(volunteer.community_code)
    guardian = _l("a guardian, because of her age") if comes_along else _l("the age of %(age)s", age=least)
    wanted = (
        (volunteer.identity_checked_at is not None, _l("the identity check")),
        (_holds(volunteer.vetted_until, today), _l("the vetting")),
        (_holds(volunteer.trained_until, today), _l("the induction training")),
        (not is_minor or (comes_along and bool(volunteer.guardian_name)), guardian),
    )
    return Words(words for there, words in wanted if not there)


def check_identity(actor: Actor, volunteer_id: str) -> Volunteer:
    """The volunteer whose identity card somebody has seen: who, and when."""
    volunteer = _volunteer(actor, volunteer_id)
    volunteer.identity_checked_at = clock.now()
    volunteer.identity_checked_by = actor.must_be_someone()
    record(actor, "volunteer.identity", f"volunteer:{volunteer_id}", unit_code=volunteer.community_code)
    session.flush()
    return volunteer


def record_papers(
    actor: Actor,
    volunteer_id: str,
    *,
    vetted_until: date | None,
    insured_until: date | None,
    trained_until: date | None,
) -> Volunteer:
    """The volunteer with the last valid days of her vetting, insurance and training (None: never)."""
    volunteer = _volunteer(actor, volunteer_id)
    days = {"vetted_until": vetted_until, "insured_until": insured_until, "trained_until": trained_until}
    for name, until in days.items():
        setattr(volunteer, name, until)
    detail = {name: until.isoformat() if until else None for name, until in days.items()}
    record(actor, "volunteer.papers", f"volunteer:{volunteer_id}", unit_code=volunteer.community_code, detail=detail)
    session.flush()
    return volunteer


def confirm_skill(actor: Actor, volunteer_id: str, code: str, *, valid_until: date | None) -> VolunteerSkill:
    """A skill or credential whose proof was seen, with its last valid day (None: does not expire)."""
    volunteer = _volunteer(actor, volunteer_id)
    held = session.get(VolunteerSkill, (volunteer_id, code))
    if held is None:
        raise NotFound
    held.confirmed, held.valid_until = True, valid_until
    record(
        actor,
        "volunteer.skill",
        f"volunteer:{volunteer_id}",
        unit_code=volunteer.community_code,
        detail={"skill": code},
    )
    session.flush()
    return held


def add_skill(actor: Actor, volunteer_id: str, code: str, *, valid_until: date | None) -> VolunteerSkill:
    """One more skill or credential of a volunteer, its proof seen."""
    _volunteer(actor, volunteer_id)
    if session.get(VolunteerSkill, (volunteer_id, code)) is None:
        session.add(VolunteerSkill(volunteer_id=volunteer_id, skill_code=code, confirmed=True))
        session.flush()
    return confirm_skill(actor, volunteer_id, code, valid_until=valid_until)


def admit_volunteer(actor: Actor, volunteer_id: str, reason: str = "") -> Volunteer:
    """The applicant, admitted: her first visits are beside a partner. NotReady while something is missing."""
    volunteer = _volunteer(actor, volunteer_id)
    missing = missing_of(volunteer)
    if missing:
        raise NotReady(missing=missing)
    _decide(actor, volunteer, VolunteerState.PROBATION, reason)
    visits = int(setting(volunteer.community_code, "probation_visits", on=today_of(volunteer.community_code)))
    notify(volunteer_id, "volunteer_admitted", link="/v", visits=visits)
    return volunteer


def refuse_volunteer(actor: Actor, volunteer_id: str, reason: str) -> Volunteer:
    """The applicant, refused for a reason that she is told."""
    volunteer = _volunteer(actor, volunteer_id)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": str(_l("Say why in a sentence of at most 300 characters: the applicant reads it."))})
    _decide(actor, volunteer, VolunteerState.REFUSED, reason)
    notify(volunteer_id, "volunteer_refused", reason=reason)
    return volunteer


def _decide(actor: Actor, volunteer: Volunteer, state: VolunteerState, reason: str) -> None:
    """Let the write be the check: two coordinators who decide at once do not both decide."""
    open_states = UNDECIDED if state is VolunteerState.PROBATION else (VolunteerState.APPLIED,)
    decided = session.execute(
        update(Volunteer)
        .where(Volunteer.person_id == volunteer.person_id, Volunteer.state.in_(open_states))
        .values(state=state, decided_at=clock.now(), decided_by=actor.must_be_someone(), decision_reason=reason)
    )
    if rows_touched(decided) == 0:
        raise Decided
    session.refresh(volunteer)
    record(actor, f"volunteer.{state}", f"volunteer:{volunteer.person_id}", unit_code=volunteer.community_code)


def _volunteer(actor: Actor, volunteer_id: str) -> Volunteer:
    volunteer = get_visible(Volunteer, volunteer_id, actor)
    if not works_in(actor, volunteer.community_code, Role.COORDINATOR):
        raise NotFound
    if volunteer_id == actor.person_id:
        raise NotOnOneself
    return volunteer


def _holds(until: date | None, today: date) -> bool:
    return until is not None and until >= today


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
