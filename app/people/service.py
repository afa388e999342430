"""Enrolling elders and volunteers, the elder's card, and roles."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import date

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, NotFound
from app.notices.service import notify
from app.org.queries import community_of
from app.people.models import (
    Ability,
    Duty,
    Elder,
    Membership,
    OldCard,
    Person,
    Responsible,
    Role,
    Volunteer,
    VolunteerSkill,
    VolunteerState,
)  # fmt: skip
from app.people.numbers import give_number
from app.people.queries import today_of
from app.rulepacks.queries import setting

ENROLLERS = (Role.GRID_WORKER, Role.COORDINATOR, Role.ADMINISTRATOR)  # the last by files only: policy.py
DEFAULT_REACH_M = 800  # eleven minutes at an easy pace


class NoConsent(DomainError):
    text = _l("An elder is enrolled only with her consent, given today or before. Ask her first, then enter the day.")


# Elders --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ElderEntry:
    """What is written down when an elder is enrolled. `unit_code` is her grid (or community)."""

    name: str
    sex: str
    unit_code: str
    consent_date: date
    birth_date: date | None = None
    phone: str = ""
    address: str = ""
    lat_deg: float | None = None
    lon_deg: float | None = None
    categories: tuple[str, ...] = ()
    ability: Ability = Ability.INTACT
    languages: tuple[str, ...] = ("zh",)
    emergency_name: str = ""
    emergency_phone: str = ""
    safe_word: str = ""
    health_note: str = ""
    code: str | None = None


def enrol_elder(actor: Actor, entry: ElderEntry) -> Elder:
    """The elder, enrolled with her consent, with her card and her role; NotFound outside the actor's units."""
    community = _community_to_enrol_in(actor, entry.unit_code, *ENROLLERS)
    if entry.consent_date > today_of(entry.unit_code):
        raise NoConsent
    person = _new_person(entry)
    elder = Elder(person_id=person.id, community_code=community, code=entry.code, card_code=new_card_code())
    _write_elder(elder, entry)
    session.add(elder)
    session.flush()
    _join(person, person.unit_code, Role.ELDER)
    record(actor, "elder.enrol", f"elder:{person.id}", unit_code=entry.unit_code)
    return elder


def change_elder(actor: Actor, elder_id: str, entry: ElderEntry) -> Elder:
    """The elder with what is written down now; her card and her orders stay."""
    elder = elder_on_duty(actor, elder_id)
    community = _community_to_enrol_in(actor, entry.unit_code, *ENROLLERS)
    if entry.consent_date > today_of(entry.unit_code):
        raise NoConsent
    person = session.get_one(Person, elder_id)
    if person.unit_code != entry.unit_code:
        _leave(person, person.unit_code, Role.ELDER)
        _join(person, entry.unit_code, Role.ELDER)
    elder.community_code = community
    write_person(person, entry)
    _write_elder(elder, entry)
    record(actor, "elder.change", f"elder:{elder_id}", unit_code=entry.unit_code)
    session.flush()
    return elder


def rewrite_elder(actor: Actor, elder_id: str, entry: ElderEntry) -> Elder:
    """As change_elder, from a page that asks neither for the file's key nor for the point on the map."""
    elder = elder_on_duty(actor, elder_id)
    person = session.get_one(Person, elder_id)
    moved = (person.address, person.unit_code) != (entry.address, entry.unit_code)
    point = (None, None) if moved else (person.lat_deg, person.lon_deg)
    return change_elder(actor, elder_id, replace(entry, code=elder.code, lat_deg=point[0], lon_deg=point[1]))


def elder_on_duty(actor: Actor, elder_id: str) -> Elder:
    """An elder whom the actor enrolls for; NotFound otherwise: to see her as a relative or by another role in her unit
    is not to write about her."""
    elder = get_visible(Elder, elder_id, actor)
    if not works_in(actor, _home(elder_id), *ENROLLERS):
        raise NotFound
    return elder


def end_consent(actor: Actor, elder_id: str) -> Elder:
    """The elder's consent ended today: nobody can order for her any more until she is enrolled again."""
    elder = elder_on_duty(actor, elder_id)
    elder.consent_ended = today_of(elder.community_code)
    record(actor, "elder.end_consent", f"elder:{elder_id}", unit_code=elder.community_code)
    session.flush()
    return elder


def renew_consent(actor: Actor, elder_id: str) -> Elder:
    """The elder's consent given anew today."""
    elder = elder_on_duty(actor, elder_id)
    elder.consent_date, elder.consent_ended = today_of(elder.community_code), None
    record(actor, "elder.renew_consent", f"elder:{elder_id}", unit_code=elder.community_code)
    session.flush()
    return elder


def name_responsible(actor: Actor, elder_id: str, *, duty: Duty, name: str, phone: str) -> Responsible:
    """One more link of the chain of people who answer for the elder; the phone of one who is there is renewed."""
    elder = elder_on_duty(actor, elder_id)
    row = session.scalars(
        select(Responsible).where(Responsible.elder_id == elder_id, Responsible.duty == duty, Responsible.name == name)
    ).one_or_none()
    if row is None:
        row = Responsible(elder_id=elder_id, duty=duty, name=name)
        session.add(row)
    row.phone = phone
    record(actor, "elder.name_responsible", f"elder:{elder_id}", unit_code=elder.community_code, detail={"duty": duty})
    session.flush()
    return row


def drop_responsible(actor: Actor, elder_id: str, row_id: int) -> None:
    """The link taken out of the elder's chain."""
    elder = elder_on_duty(actor, elder_id)
    row = session.get(Responsible, row_id)
    if row is None or row.elder_id != elder_id:
        raise NotFound
    session.delete(row)
    record(actor, "elder.drop_responsible", f"elder:{elder_id}", unit_code=elder.community_code)
    session.flush()


# The card ------------------------------------------------------------------------------------------------------------


def new_card_code() -> str:
    """A fresh code for the address of a card's QR: nobody guesses one of 2^80."""
    return secrets.token_hex(10)


def pin_of(elder: Elder) -> str:
    """The four digits of the elder's card, which prove that somebody stands at her door. A new card has new ones."""
    secret: str = current_app.config["SETTINGS"].secret_key
    digest = hmac.new(secret.encode(), f"card pin {elder.card_code}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10_000:04d}"


def replace_card(actor: Actor, elder_id: str) -> Elder:
    """The elder with a new card: the old one opens nothing any more and says so."""
    elder = elder_on_duty(actor, elder_id)
    session.add(OldCard(card_code=elder.card_code, elder_id=elder_id, replaced_at=clock.now()))
    elder.card_code = new_card_code()
    record(actor, "card.replace", f"elder:{elder_id}", unit_code=_home(elder_id))
    session.flush()
    return elder


def _home(person_id: str) -> str:
    return session.get_one(Person, person_id).unit_code


# Volunteers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class VolunteerEntry:
    """What is written down when a neighbour enrols as a volunteer. Limits that are not said are the unit's."""

    name: str
    sex: str
    unit_code: str
    birth_date: date | None = None
    phone: str = ""
    address: str = ""
    lat_deg: float | None = None
    lon_deg: float | None = None
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("zh",)
    reach_m: int | None = None
    max_visits_per_day: int | None = None
    max_minutes_per_week: int | None = None
    vetted_until: date | None = None
    insured_until: date | None = None
    trained_until: date | None = None
    guardian_name: str = ""
    pledged: bool = False
    code: str | None = None
    skills_confirmed: bool = False


def enrol_volunteer(
    actor: Actor, entry: VolunteerEntry, *, state: VolunteerState = VolunteerState.APPLIED
) -> Volunteer:
    """The volunteer, with her role in the community of her home: applied, unless the caller knows more."""
    now = clock.now()
    person = _new_person(entry)
    volunteer = Volunteer(
        person_id=person.id, community_code=community_of(entry.unit_code).code, code=entry.code, state=state,
        applied_at=now, pledge_at=now if entry.pledged else None, guardian_name=entry.guardian_name,
    )  # fmt: skip
    write_limits(volunteer, entry)
    session.add(volunteer)
    session.flush()
    give_number(volunteer)
    write_skills(volunteer.person_id, entry.skills, confirmed=entry.skills_confirmed)
    _join(person, volunteer.community_code, Role.VOLUNTEER)
    record(actor, "volunteer.enrol", f"volunteer:{person.id}", unit_code=volunteer.community_code)
    return volunteer


def write_limits(volunteer: Volunteer, entry: VolunteerEntry) -> None:
    """The entry's limits, languages and papers on the volunteer; limits not said are the settings of the unit."""
    today = today_of(entry.unit_code)

    def limit(said: int | None, key: str) -> int:
        return said if said is not None else int(setting(entry.unit_code, key, on=today))

    volunteer.reach_m = DEFAULT_REACH_M if entry.reach_m is None else entry.reach_m
    volunteer.max_visits_per_day = limit(entry.max_visits_per_day, "volunteer_max_visits_per_day")
    volunteer.max_minutes_per_week = limit(entry.max_minutes_per_week, "volunteer_max_min_per_week")
    volunteer.languages = list(entry.languages)
    volunteer.vetted_until = entry.vetted_until
    volunteer.insured_until = entry.insured_until
    volunteer.trained_until = entry.trained_until


def write_skills(volunteer_id: str, codes: tuple[str, ...], *, confirmed: bool) -> None:
    """These skills and no others; what was confirmed before, with its last valid day, stays as it is."""
    held = {
        row.skill_code: row
        for row in session.scalars(select(VolunteerSkill).where(VolunteerSkill.volunteer_id == volunteer_id))
    }
    for code in held.keys() - set(codes):
        session.delete(held[code])
    for code in dict.fromkeys(codes):
        row = held.get(code)
        if row is None:
            session.add(VolunteerSkill(volunteer_id=volunteer_id, skill_code=code, confirmed=confirmed))
        elif confirmed:
            row.confirmed = True
    session.flush()


# Roles ---------------------------------------------------------------------------------------------------------------


def add_person(actor: Actor, *, name: str, sex: str, unit_code: str, phone: str = "", language: str = "zh") -> Person:
    """A person without any role yet: staff before they get one, a relative before she is bound."""
    person = Person(name=name, sex=sex, unit_code=unit_code, phone=phone, language=language, created_at=clock.now())
    session.add(person)
    session.flush()
    record(actor, "person.add", f"person:{person.id}", unit_code=unit_code)
    return person


def add_membership(actor: Actor, person_id: str, unit_code: str, role: Role) -> Membership:
    """The person holding the role in the unit and below it. Giving it twice is giving it once."""
    membership = _join(session.get_one(Person, person_id), unit_code, role)
    record(actor, "membership.add", f"person:{person_id}", unit_code=unit_code, detail={"role": role})
    return membership


def remove_membership(actor: Actor, person_id: str, unit_code: str, role: Role) -> None:
    """The person no longer holding the role there."""
    _leave(session.get_one(Person, person_id), unit_code, role)
    record(actor, "membership.remove", f"person:{person_id}", unit_code=unit_code, detail={"role": role})


def _join(person: Person, unit_code: str, role: Role) -> Membership:
    found = session.scalars(_membership(person, unit_code, role)).one_or_none()
    if found is None:
        found = Membership(person_id=person.id, unit_code=unit_code, role=role, since=clock.now())
        session.add(found)
        session.flush()
    return found


def _leave(person: Person, unit_code: str, role: Role) -> None:
    for found in session.scalars(_membership(person, unit_code, role)).all():
        session.delete(found)
    session.flush()


def _membership(person: Person, unit_code: str, role: Role) -> Select[Membership]:
    return select(Membership).where(
        Membership.person_id == person.id, Membership.unit_code == unit_code, Membership.role == role
    )


# Rows ----------------------------------------------------------------------------------------------------------------


def _community_to_enrol_in(actor: Actor, unit_code: str, *roles: Role) -> str:
    if not works_in(actor, unit_code, *roles):
        raise NotFound
    return community_of(unit_code).code


def _new_person(entry: ElderEntry | VolunteerEntry) -> Person:
    person = Person(created_at=clock.now())
    write_person(person, entry)
    session.add(person)
    session.flush()
    return person


def write_person(person: Person, entry: ElderEntry | VolunteerEntry) -> None:
    """The name, home and phone on the person. A number that was replaced hears of it: codes go to the new one."""
    before = person.phone
    if before and before != entry.phone:
        notify(None, "phone_changed", phone=before)
    for name in ("name", "sex", "birth_date", "phone", "unit_code", "address", "lat_deg", "lon_deg"):
        setattr(person, name, getattr(entry, name))


def _write_elder(elder: Elder, entry: ElderEntry) -> None:
    elder.categories, elder.languages = list(entry.categories), list(entry.languages)
    for name in ("ability", "consent_date", "emergency_name", "emergency_phone", "safe_word", "health_note"):
        setattr(elder, name, getattr(entry, name))
