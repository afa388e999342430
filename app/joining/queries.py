"""Reads for the pages of joining: communities to live in, parts of the day, and where an application stands."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app import clock
from app.db import session
from app.org.models import OrgUnit, UnitLevel
from app.people.models import Person, Volunteer, VolunteerState
from app.people.queries import today_of
from app.rulepacks.queries import setting

PARTS = ("morning", "afternoon", "evening")
MOST_FOUND = 20


@dataclass(frozen=True)
class Part:
    """A part of the day, minutes since midnight."""

    name: str
    from_min: int
    until_min: int


def parts_of_day(unit_code: str) -> list[Part]:
    """The parts of the day that a neighbour may tick, as the unit's setting has them."""
    said = setting(unit_code, "day_parts", on=today_of(unit_code))
    return [Part(name, *(clock.minute_said(word) for word in said[name])) for name in PARTS if name in said]


def communities(words: str) -> list[OrgUnit]:
    """Communities whose name holds these words (all, as far as they fit on a page, without)."""
    query = select(OrgUnit).where(OrgUnit.level == UnitLevel.COMMUNITY).order_by(OrgUnit.code).limit(MOST_FOUND)
    return list(session.scalars(query.where(OrgUnit.name.contains(words, autoescape=True)) if words else query))


def age_needed(unit_code: str) -> int:
    """From which age somebody may visit alone."""
    return int(setting(unit_code, "volunteer_min_age", on=today_of(unit_code)))


def partner_visits(unit_code: str) -> int:
    """How many first visits are made beside an experienced volunteer."""
    return int(setting(unit_code, "probation_visits", on=today_of(unit_code)))


def training_minutes(unit_code: str) -> int:
    """How long the training before the first visit is at least."""
    return 60 * int(setting(unit_code, "induction_min_h", on=today_of(unit_code)))


def application_of(person_id: str) -> tuple[Volunteer, Person] | None:
    """The person as a volunteer, None when she has not enrolled."""
    row = session.get(Volunteer, person_id)
    return None if row is None else (row, session.get_one(Person, person_id))


def steps_of(volunteer: Volunteer, today: date) -> dict[str, str]:
    """Where an application stands: each step "done", "now" or "todo", in order."""
    trained = volunteer.trained_until is not None and volunteer.trained_until >= today
    vetted = volunteer.vetted_until is not None and volunteer.vetted_until >= today
    admitted = volunteer.state in (VolunteerState.PROBATION, VolunteerState.ACTIVE, VolunteerState.PAUSED)
    done = {
        "enrolled": True,
        "identity": volunteer.identity_checked_at is not None or (vetted and admitted),
        "trained": trained,
        "admitted": admitted,
        "partner": volunteer.state in (VolunteerState.ACTIVE, VolunteerState.PAUSED),
    }
    first = next((step for step, is_done in done.items() if not is_done), "")
    return {step: "done" if is_done else "now" if step == first else "todo" for step, is_done in done.items()}
