"""Elders and volunteers from a file: all or nothing, nobody twice, the same enrolment as at the door."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app import clock
from app.access.actor import Actor
from app.access.scope import subtree, works_in
from app.audit.service import record
from app.availability.models import WeeklyTime
from app.db import session
from app.errors import NotFound
from app.menu.models import Skill
from app.org.models import OrgUnit, UnitLevel
from app.org.queries import around, find_unit, is_inside, unit
from app.org.service import MOST_GRIDS, ensure_grid
from app.org.tables import Line, Outcome, Report, Row, clock_minutes, finish, rows_of, unique_code
from app.people.models import CATEGORIES, Ability, Elder, Person, Role, Volunteer, VolunteerState
from app.people.phones import e164
from app.people.queries import elder_by_code, skills_of, teams_of, today_of, volunteer_by_code
from app.people.service import (
    ElderEntry,
    VolunteerEntry,
    change_elder,
    enrol_elder,
    enrol_volunteer,
    write_limits,
    write_person,
    write_skills,
)
from app.people.teams import set_teams
from app.rulepacks.queries import setting

ELDER_COLUMNS = (
    "code", "name", "sex", "birth_date", "phone", "community_code", "grid_no", "address", "lat_deg", "lon_deg",
    "categories", "ability", "languages", "consent_date", "emergency_name", "emergency_phone",
)  # fmt: skip
ELDER_NEEDED = ("code", "name", "sex", "community_code", "consent_date")
VOLUNTEER_COLUMNS = (
    "code", "name", "sex", "birth_date", "phone", "community_code", "address", "lat_deg", "lon_deg", "skills",
    "languages", "reach_m", "max_visits_per_day", "max_minutes_per_week", "vetted_until", "insured_until", "teams",
    "free",
)  # fmt: skip
VOLUNTEER_NEEDED = ("code", "name", "sex", "community_code")
SEXES = ("f", "m")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LANGUAGE = re.compile(r"zh|[a-z]{3}")
SPAN = re.compile(r"([a-z]{3})\s+([0-9:]+)\s*-\s*([0-9:]+)")
FARTHEST_M = 50_000
MINUTES_PER_WEEK = 7 * 24 * 60
IMPORTERS = (Role.COORDINATOR, Role.ADMINISTRATOR)
Times = tuple[tuple[int, int, int], ...]


def may_import(actor: Actor, unit_code: str) -> OrgUnit:
    """The unit, if the actor may bring files into it; NotFound otherwise."""
    found = unit(unit_code)
    if not works_in(actor, unit_code, *IMPORTERS):
        raise NotFound
    return found


# Elders --------------------------------------------------------------------------------------------------------------


def import_elders(actor: Actor, data: bytes, *, unit_code: str, dry_run: bool = False) -> Report:
    """The report of a file of elders who all live in the unit. Raises BrokenFile or OnlyTried."""
    may_import(actor, unit_code)
    held = around(unit_code)
    report = Report("elders", unit_code)
    seen: dict[str, int] = {}
    optional = [name for name in ELDER_COLUMNS if name not in ELDER_NEEDED]
    for row in rows_of(data, report, needed=ELDER_NEEDED, optional=optional):
        code = unique_code(row, seen)
        entry = _elder(row, code, unit_code)
        if entry is not None:
            report.lines.append(Line(row.number, code, entry.name, _store_elder(actor, entry)))
    _place_units(unit_code)
    held.clear()
    record(actor, "elders.import", f"unit:{unit_code}", unit_code=unit_code, detail={"rows": len(report.lines)})
    return finish(report, dry_run=dry_run)


def _elder(row: Row, code: str, unit_code: str) -> ElderEntry | None:
    home = _home(row, unit_code)
    today = today_of(unit_code)
    consent = row.day("consent_date")
    if not row.raw("consent_date"):
        row.wrong("consent_date", _l("There is no consent. Ask the elder first, then enter the day."))
    _not_after(row, "consent_date", consent, today)
    words: dict[str, Any] = _words(row, today) | {
        "categories": row.several_of("categories", CATEGORIES),
        "ability": row.one_of("ability", tuple(Ability), default=Ability.INTACT),
        "emergency_name": row.text("emergency_name", longest=60),
        "emergency_phone": _phone(row, "emergency_phone"),
    }
    if row.broken or home is None or consent is None:
        return None
    words["ability"] = Ability(words["ability"])
    return ElderEntry(code=code, unit_code=home, consent_date=consent, **words)


def _store_elder(actor: Actor, entry: ElderEntry) -> Outcome:
    assert entry.code is not None, "a row of a file has a code"
    found = elder_by_code(entry.unit_code, entry.code)
    if not found:
        enrol_elder(actor, entry)
        return Outcome.ADDED
    elder = found[0]
    entry = replace(entry, safe_word=elder.safe_word, health_note=elder.health_note)
    if entry_of_elder(elder) == entry:
        return Outcome.SAME
    change_elder(actor, elder.person_id, entry)
    return Outcome.CHANGED


def entry_of_elder(elder: Elder) -> ElderEntry:
    """What is written down about an elder now."""
    person = session.get_one(Person, elder.person_id)
    return ElderEntry(
        **_of_person(person),
        code=elder.code, consent_date=elder.consent_date, categories=tuple(elder.categories),
        ability=Ability(elder.ability), languages=tuple(elder.languages), emergency_name=elder.emergency_name,
        emergency_phone=elder.emergency_phone, safe_word=elder.safe_word, health_note=elder.health_note,
    )  # fmt: skip


# Volunteers ----------------------------------------------------------------------------------------------------------


def import_volunteers(actor: Actor, data: bytes, *, unit_code: str, dry_run: bool = False) -> Report:
    """The report of a file of volunteers of the unit, past probation. Raises BrokenFile or OnlyTried."""
    may_import(actor, unit_code)
    held = around(unit_code)
    report = Report("volunteers", unit_code)
    seen: dict[str, int] = {}
    skills = frozenset(session.scalars(select(Skill.code)))
    optional = [name for name in VOLUNTEER_COLUMNS if name not in VOLUNTEER_NEEDED]
    for row in rows_of(data, report, needed=VOLUNTEER_NEEDED, optional=optional):
        code = unique_code(row, seen)
        entry = _volunteer(row, code, unit_code, skills)
        teams, free = _teams(row), free_times(row)
        if entry is not None and not row.broken:
            outcome = _store_volunteer(actor, entry, teams, free)
            report.lines.append(Line(row.number, code, entry.name, outcome))
    held.clear()
    record(actor, "volunteers.import", f"unit:{unit_code}", unit_code=unit_code, detail={"rows": len(report.lines)})
    return finish(report, dry_run=dry_run)


def _volunteer(row: Row, code: str, unit_code: str, skills: frozenset[str]) -> VolunteerEntry | None:
    home = _home(row, unit_code)
    today = today_of(unit_code)
    words = _words(row, today)
    for skill in row.listed("skills"):
        if skill not in skills:
            row.wrong("skills", _l("There is no skill called “%(skill)s”."), skill=skill[:40])
    limits: dict[str, Any] = {
        "reach_m": row.whole("reach_m", most=FARTHEST_M),
        "max_visits_per_day": row.whole("max_visits_per_day", most=24),
        "max_minutes_per_week": row.whole("max_minutes_per_week", most=MINUTES_PER_WEEK),
        "vetted_until": row.day("vetted_until"),
        "insured_until": row.day("insured_until"),
    }
    if home is not None:
        _of_age(row, words["birth_date"], home, today)
    if row.broken or home is None:
        return None
    return VolunteerEntry(
        code=code, unit_code=home, skills=row.listed("skills"), skills_confirmed=True, **words, **limits
    )


def _of_age(row: Row, born: date | None, home: str, today: date) -> None:
    """Volunteers of a file are past probation, so they may be sent alone: not a minor."""
    least = int(setting(home, "volunteer_min_age", on=today))
    if born is not None and born > _years_before(today, least):
        row.wrong(
            "birth_date",
            _l("Volunteers from a file must be at least %(age)s. Enrol a minor with a guardian on the page."),
            age=least,
        )


def _years_before(day: date, years: int) -> date:
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - years, day=last)


def _store_volunteer(actor: Actor, entry: VolunteerEntry, teams: tuple[str, ...], free: Times) -> Outcome:
    assert entry.code is not None, "a row of a file has a code"
    found = volunteer_by_code(entry.unit_code, entry.code)
    before = None if found is None else _of_volunteer(found)
    if found is None:
        found = enrol_volunteer(actor, entry, state=VolunteerState.ACTIVE)
        found.identity_checked_at = found.decided_at = clock.now()
        found.identity_checked_by = found.decided_by = actor.person_id
    else:
        entry = replace(entry, trained_until=found.trained_until, guardian_name=found.guardian_name)
        write_person(session.get_one(Person, found.person_id), entry)
        write_limits(found, entry)
        write_skills(found.person_id, entry.skills, confirmed=True)
    set_teams(found, teams)
    _set_free(found.person_id, free)
    session.flush()
    if before is None:
        return Outcome.ADDED
    return Outcome.SAME if before == _of_volunteer(found) else Outcome.CHANGED


def _of_volunteer(volunteer: Volunteer) -> tuple[Any, ...]:
    """Everything that a file says about a volunteer, as it is now."""
    person = session.get_one(Person, volunteer.person_id)
    limits = (
        volunteer.reach_m, volunteer.max_visits_per_day, volunteer.max_minutes_per_week, volunteer.vetted_until,
        volunteer.insured_until, tuple(volunteer.languages),
    )  # fmt: skip
    skills = {row.skill_code for row in skills_of(person.id) if row.confirmed}
    return _of_person(person), limits, skills, {team.name for team in teams_of(person.id)}, _free_of(person.id)


def _free_of(volunteer_id: str) -> Times:
    rows = session.scalars(select(WeeklyTime).where(WeeklyTime.volunteer_id == volunteer_id))
    return tuple(sorted((row.weekday, row.from_min, row.until_min) for row in rows))


def _set_free(volunteer_id: str, free: Times) -> None:
    if _free_of(volunteer_id) == free:
        return
    for row in session.scalars(select(WeeklyTime).where(WeeklyTime.volunteer_id == volunteer_id)).all():
        session.delete(row)
    for weekday, from_min, until_min in free:
        session.add(WeeklyTime(volunteer_id=volunteer_id, weekday=weekday, from_min=from_min, until_min=until_min))


def _teams(row: Row) -> tuple[str, ...]:
    names = row.listed("teams")
    for name in names:
        if len(name) > 60:
            row.wrong("teams", _l("This is longer than %(longest)s characters."), longest=60)
    return names


def free_times(row: Row) -> Times:
    """Weekly times written `mon 08:00-12:00|wed 14:00-18:00`; those that touch become one."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for word in row.listed("free"):
        span = _span(word)
        if span is None:
            row.wrong("free", _l("“%(value)s” is not a time like mon 08:00-12:00."), value=word[:40])
        else:
            spans.setdefault(span[0], []).append(span[1:])
    return tuple((weekday, *piece) for weekday in sorted(spans) for piece in _united(spans[weekday]))


def _span(word: str) -> tuple[int, int, int] | None:
    match = SPAN.fullmatch(word.lower())
    if match is None or match[1] not in WEEKDAYS:
        return None
    from_min, until_min = clock_minutes(match[2]), clock_minutes(match[3])
    if from_min is None or until_min is None or from_min >= until_min:
        return None
    return WEEKDAYS.index(match[1]), from_min, until_min


def _united(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


# Both ----------------------------------------------------------------------------------------------------------------


def _words(row: Row, today: date) -> dict[str, Any]:
    """What elders and volunteers have in common."""
    born = row.day("birth_date")
    _not_after(row, "birth_date", born, today)
    lat_deg, lon_deg = row.degrees("lat_deg", 90), row.degrees("lon_deg", 180)
    if (row.raw("lat_deg") == "") != (row.raw("lon_deg") == ""):
        row.wrong("lat_deg", _l("A point needs both lat_deg and lon_deg."))
    languages = row.listed("languages")
    for language in languages:
        if not LANGUAGE.fullmatch(language):
            row.wrong(
                "languages", _l("“%(value)s” is not zh or a code of three letters (ISO 639-3)."), value=language[:40]
            )
    return {
        "name": row.text("name", longest=60, required=True),
        "sex": row.one_of("sex", SEXES),
        "birth_date": born,
        "phone": _phone(row, "phone"),
        "address": row.text("address", longest=200),
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
        "languages": languages,
    }


def _not_after(row: Row, column: str, day: date | None, today: date) -> None:
    if day is not None and day > today:
        row.wrong(column, _l("%(day)s has not come yet."), day=day.isoformat())


def _phone(row: Row, column: str) -> str:
    text = row.raw(column)
    number = e164(text) if text else ""
    if number is None:
        row.wrong(
            column, _l("“%(value)s” is not a whole phone number. A landline needs its area code."), value=text[:40]
        )
    return number or ""


def _home(row: Row, unit_code: str) -> str | None:
    """The code of the community, or of the grid (made when nobody has made it), where the row's person lives."""
    code = row.text("community_code", longest=20, required=True)
    community = find_unit(code) if code else None
    if code and (community is None or community.level != UnitLevel.COMMUNITY):
        row.wrong("community_code", _l("There is no community with the code %(code)s."), code=code[:40])
    grid_no = row.whole("grid_no", least=1, most=MOST_GRIDS)
    if community is None or row.broken:
        return None
    home = f"{community.code}{grid_no:03d}" if grid_no else community.code
    if not (is_inside(community.code, unit_code) or home == unit_code):
        row.wrong("community_code", _l("%(code)s lies outside %(unit)s."), code=home, unit=unit_code)
        return None
    return ensure_grid(community.code, grid_no).code if grid_no else home


def _of_person(person: Person) -> dict[str, Any]:
    names = ("name", "sex", "birth_date", "phone", "unit_code", "address", "lat_deg", "lon_deg")
    return {name: getattr(person, name) for name in names}


def _place_units(unit_code: str) -> None:
    """Give a unit without a point the middle of its elders: a community that came as codes only gets on the map."""
    nowhere = select(OrgUnit).where(OrgUnit.code.in_(subtree(frozenset({unit_code}))), OrgUnit.lat_deg.is_(None))
    for place in session.scalars(nowhere.where(OrgUnit.level.in_((UnitLevel.COMMUNITY, UnitLevel.GRID)))).all():
        lives_here = Person.unit_code.in_(subtree(frozenset({place.code})))
        lat_deg, lon_deg = session.execute(
            select(func.avg(Person.lat_deg), func.avg(Person.lon_deg))
            .join(Elder, Elder.person_id == Person.id)
            .where(lives_here)
        ).one()
        if lat_deg is not None:
            place.lat_deg, place.lon_deg, place.point_is_approximate = round(lat_deg, 5), round(lon_deg, 5), True
