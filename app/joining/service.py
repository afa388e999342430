"""A neighbour enrols as a volunteer: one act writes her down, her skills and her free times, and tells the desk."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import SYSTEM, actor_of
from app.availability.service import replace_weekly_times
from app.db import session
from app.errors import DomainError, Invalid
from app.joining.answers import Answers, first_open
from app.joining.queries import age_needed, parts_of_day
from app.notices.service import notify
from app.org.models import OrgUnit
from app.org.queries import community_of, find_unit, unit
from app.people.models import Person, Role, Volunteer, VolunteerState
from app.people.numbers import give_number
from app.people.queries import minors_may_come, responsible_staff
from app.people.service import VolunteerEntry, add_membership, enrol_volunteer, write_limits, write_skills
from app.web.filters import age_on

ADULT = 18  # the setting volunteer_min_age decides once the home is known
ZONE = "Asia/Shanghai"  # a birthday is the same day in all of China


class AlreadyEnrolled(DomainError):
    text = _l("You have enrolled already. Your application is on the page where it stands.")


class TooYoung(DomainError):
    text = _l("Only people of %(age)s and older visit homes there. Please ask the community what else you can do.")


def is_minor(answers: Answers) -> bool:
    """Whether she may not visit alone because of her age."""
    home = answers.unit_code if find_unit(answers.unit_code) else None
    limit = age_needed(home) if home else ADULT
    return answers.born is not None and age_on(answers.born, clock.today(ZONE)) < limit


def too_young(answers: Answers, unit_code: str) -> bool:
    """Whether the rules there let nobody of her age visit a home, not even with a guardian."""
    return is_minor(answers.with_answers(unit_code=unit_code)) and not minors_may_come(unit_code)


def apply(person_id: str | None, answers: Answers, *, language: str = "zh") -> Person:
    """The person who has now enrolled: the one who is signed in, or whoever has this name and the phone just proved,
    or somebody new. AlreadyEnrolled for a volunteer; TooYoung where the rules say so; Invalid while a question
    is open."""
    if first_open(answers, is_minor=is_minor(answers)) != "check":
        raise Invalid({"form": str(_l("A question is still open. Please answer it first."))})
    if too_young(answers, answers.unit_code):
        raise TooYoung(age=age_needed(answers.unit_code))
    known = session.get(Person, person_id) if person_id else _known(answers)
    if known is not None and session.get(Volunteer, known.id) is not None:
        raise AlreadyEnrolled
    entry = _entry(answers)
    volunteer = _enrol_known(known, entry) if known is not None else enrol_volunteer(SYSTEM, entry)
    replace_weekly_times(volunteer.person_id, _windows(answers))
    _place_about(volunteer.person_id, answers.unit_code)
    _tell(volunteer)
    person = session.get_one(Person, volunteer.person_id)
    person.language = person.language if known is not None else language
    return person


def _known(answers: Answers) -> Person | None:
    return session.scalars(
        select(Person)
        .where(Person.phone == answers.phone, Person.name == answers.name, Person.disabled_at.is_(None))
        .order_by(Person.created_at)
    ).first()


def _entry(answers: Answers) -> VolunteerEntry:
    return VolunteerEntry(
        name=answers.name, sex=answers.sex, birth_date=answers.born, phone=answers.phone, unit_code=answers.unit_code,
        address=answers.address, skills=answers.skills, languages=answers.languages, reach_m=answers.reach_m,
        guardian_name=answers.guardian_name, pledged=answers.pledged,
    )  # fmt: skip


def _enrol_known(person: Person, entry: VolunteerEntry) -> Volunteer:
    """Somebody whom the site knows already (a relative, an elder of 65 with time to spare): her home stays as it is."""
    now = clock.now()
    person.birth_date = person.birth_date or entry.birth_date
    person.address = person.address or entry.address
    community = community_of(entry.unit_code).code
    volunteer = Volunteer(
        person_id=person.id, community_code=community, state=VolunteerState.APPLIED, applied_at=now, pledge_at=now,
        guardian_name=entry.guardian_name,
    )  # fmt: skip
    write_limits(volunteer, entry)
    session.add(volunteer)
    session.flush()
    give_number(volunteer)
    write_skills(person.id, entry.skills, confirmed=False)
    add_membership(actor_of(person.id) or SYSTEM, person.id, community, Role.VOLUNTEER)
    return volunteer


def _windows(answers: Answers) -> list[tuple[int, int, int]]:
    parts = {part.name: part for part in parts_of_day(answers.unit_code)}
    ticked = [(int(weekday), parts[name]) for weekday, _dash, name in (word.partition("-") for word in answers.times)]
    return [(weekday, part.from_min, part.until_min) for weekday, part in ticked]


def _place_about(person_id: str, unit_code: str) -> None:
    """A home without a point stands at the middle of its grid, marked as approximate, until somebody places it."""
    person, home = session.get_one(Person, person_id), unit(unit_code)
    middle: OrgUnit = home if home.lat_deg is not None else community_of(unit_code)
    if person.lat_deg is None and middle.lat_deg is not None:
        person.lat_deg, person.lon_deg, person.point_is_approximate = middle.lat_deg, middle.lon_deg, True


def _tell(volunteer: Volunteer) -> None:
    person = session.get_one(Person, volunteer.person_id)
    notify(person.id, "applied", link="/join/status")
    for staff in responsible_staff(volunteer.community_code, Role.COORDINATOR):
        notify(staff.id, "volunteer_applied", link=f"/c/volunteers/{person.id}", name=person.name)
