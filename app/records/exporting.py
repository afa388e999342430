"""A record to take away in the five groups of the national rule on volunteer records: personal information, service,
training, honours, evaluation. Columns are named in English, as in every file of the site; texts are what was entered.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.access.actor import Actor
from app.access.scope import works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, NotFound
from app.ledger.files import csv_of, workbook_of
from app.org.queries import name_of, unit
from app.people.models import Person, Role, Volunteer, VolunteerSkill
from app.people.queries import teams_of, volunteers_in
from app.records.entry_queries import entries_of
from app.records.models import EntryKind
from app.records.queries import Service, number_of, services_of, with_details
from app.visits.models import Visit

Row = tuple[str | int | None, ...]
Groups = dict[str, list[Row]]
MOST_SERVICES = 20_000  # of one export of a unit: a few seconds, and more than a street serves in a year
BATCH = 500

COLUMNS: dict[str, Row] = {
    "person": (
        "service_number", "name", "sex", "born", "community", "phone", "languages", "skills", "teams", "enrolled",
        "state",
    ),
    "service": (
        "service_number", "order", "service", "date", "place", "start", "end", "minutes", "proved_in", "proved_out",
        "proof", "state", "transfer",
    ),
    "training": ("service_number", "title", "organiser", "date", "place", "minutes", "state"),
    "honours": ("service_number", "kind", "title", "granted_by", "date", "minutes", "state"),
    "evaluation": ("service_number", "order", "date", "rating", "confirmed_by", "confirmed_on"),
}  # fmt: skip


class TooMuch(DomainError):
    status = 422
    text = _l("These are %(count)s services; at most %(most)s go into one file. Choose fewer days or a smaller unit.")


def record_of(volunteers: Iterable[Volunteer], *, since: date | None = None, until: date | None = None) -> Groups:
    """The five groups of these volunteers, each table with its columns first; the days bound services, trainings and
    honours."""
    groups: Groups = {name: [columns] for name, columns in COLUMNS.items()}
    for volunteer in volunteers:
        number = number_of(volunteer.person_id)
        groups["person"].append(_person(volunteer, number))
        for service in _services(volunteer.person_id, since, until):
            groups["service"].append(_service(service, number))
            if service.need.rating or service.visit.confirmed_how:
                groups["evaluation"].append(_evaluation(service, number))
        for name, rows in _entries(volunteer.person_id, number, since, until):
            groups[name].append(rows)
    return groups


def unit_record(actor: Actor, unit_code: str, *, since: date, until: date) -> Groups:
    """The same for every volunteer of a unit, at most MOST_SERVICES services; who took it is in the trail."""
    if not works_in(actor, unit(unit_code).code, Role.COORDINATOR):
        raise NotFound
    people = list(session.scalars(volunteers_in(actor, unit_code=unit_code)))
    count = session.scalar(
        select(func.count())
        .select_from(Visit)
        .where(Visit.day.between(since, until), Visit.volunteer_id.in_([one.person_id for one in people]))
    )
    if (count or 0) > MOST_SERVICES:
        raise TooMuch(count=count, most=MOST_SERVICES)
    detail = {"volunteers": len(people), "services": count or 0, "since": f"{since}", "until": f"{until}"}
    record(actor, "record.export", f"unit:{unit_code}", unit_code=unit_code, detail=detail)
    return record_of(people, since=since, until=until)


def as_file(groups: Groups, kind: str) -> tuple[bytes, str, str]:
    """(body, media type, ending): a workbook of five sheets, five CSV tables in one archive, or one JSON document."""
    if kind == "xlsx":
        return workbook_of(groups), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"
    if kind == "json":
        return _json(groups), "application/json", "json"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in groups.items():
            archive.writestr(f"{name}.csv", csv_of(rows))
    return out.getvalue(), "application/zip", "zip"


def _json(groups: Groups) -> bytes:
    document = {
        name: [dict(zip((str(key) for key in rows[0]), row, strict=True)) for row in rows[1:]]
        for name, rows in groups.items()
    }
    return json.dumps({"format": "lianxin-record/1", **document}, ensure_ascii=False, indent=1).encode()


# Rows ----------------------------------------------------------------------------------------------------------------


def _person(volunteer: Volunteer, number: str) -> Row:
    person = session.get_one(Person, volunteer.person_id)
    held = session.scalars(
        select(VolunteerSkill.skill_code)
        .where(VolunteerSkill.volunteer_id == volunteer.person_id)
        .order_by(VolunteerSkill.skill_code)
    )
    teams = " ".join(team.name for team in teams_of(volunteer.person_id))
    return (
        number, person.name, person.sex, f"{person.birth_date or ''}", name_of(volunteer.community_code), person.phone,
        " ".join(volunteer.languages), " ".join(held), teams, f"{volunteer.applied_at:%Y-%m-%d}", volunteer.state,
    )  # fmt: skip


def _services(volunteer_id: str, since: date | None, until: date | None) -> Iterator[Service]:
    """Every service of the days, newest first, a batch at a time."""
    visits = session.scalars(services_of(volunteer_id, since=since, until=until)).all()
    for start in range(0, len(visits), BATCH):
        yield from with_details(visits[start : start + BATCH])


def _service(service: Service, number: str) -> Row:
    visit = service.visit
    state = "corrected" if service.is_undone else visit.state
    return (
        number, f"D-{service.need.number}", service.need.item_code or "wish", f"{visit.day}", service.unit.name,
        _instant(service, visit.checked_in_at), _instant(service, visit.checked_out_at), service.minutes,
        visit.checked_in_how, visit.checked_out_how, service.proof, state, service.transfer_uid or "",
    )  # fmt: skip


def _evaluation(service: Service, number: str) -> Row:
    visit = service.visit
    return (
        number, f"D-{service.need.number}", f"{visit.day}", service.need.rating or "", visit.confirmed_how,
        _instant(service, visit.confirmed_at),
    )  # fmt: skip


def _instant(service: Service, at: datetime | None) -> str:
    return at.astimezone(ZoneInfo(service.unit.zone)).strftime("%Y-%m-%d %H:%M") if at is not None else ""


def _entries(volunteer_id: str, number: str, since: date | None, until: date | None) -> Iterator[tuple[str, Row]]:
    for entry in entries_of(volunteer_id, until=until):
        row = entry.row
        if since is not None and row.day < since:
            continue
        if row.kind == EntryKind.TRAINING:
            yield "training", (number, row.title, row.giver, f"{row.day}", row.place, row.minutes, entry.state)
        else:
            yield "honours", (number, row.kind, row.title, row.giver, f"{row.day}", row.minutes, entry.state)
