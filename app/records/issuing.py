"""Issuing certificates: at once for every issuer whose data are there, and waiting for those that are not."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import new_id, session
from app.errors import DomainError, NotFound, TooMany
from app.notices.service import notify
from app.org.queries import community_of, is_inside
from app.people.models import Person, Role, Volunteer
from app.people.numbers import give_number
from app.people.queries import responsible_staff, today_of
from app.records.certificate_queries import is_revoked, issuer_of, with_paper
from app.records.entry_queries import Entry, entries_of
from app.records.models import (
    Certificate,
    CertificateLine,
    CertificatePaper,
    CertificateRequest,
    EntryKind,
    Issuer,
)
from app.records.paper_queries import ALPHABET, CODE_LENGTH, fingerprint_of
from app.records.queries import Proof, Service, is_counted, services_of, with_details
from app.signin import tries
from app.visits.models import Visit

A_DAY = timedelta(days=1)
MOST_A_DAY = 20  # new certificates of one volunteer: nobody needs more, and a script would fill the numbers
WISH = ("微心愿", "A wish")


class NothingServed(DomainError):
    status = 422
    text = _l("No confirmed service lies in this time. Choose another one, or look at your record.")


class EnoughToday(TooMany):
    text = _l("Enough certificates were issued today. Please come back tomorrow, or call the community.")


@dataclass(frozen=True)
class Period:
    """What a certificate is asked for: all (nothing set), the days between, or one service."""

    from_day: date | None = None
    until_day: date | None = None
    visit_id: str | None = None


@dataclass
class Answer:
    """What asking led to: certificates, and requests that wait for their issuer."""

    issued: list[Certificate] = field(default_factory=list)
    waiting: list[CertificateRequest] = field(default_factory=list)


@dataclass(frozen=True)
class _Part:
    """What one issuer certifies of what was asked for."""

    services: list[Service]
    grants: list[Entry]


def ask(actor: Actor, volunteer_id: str, period: Period) -> Answer:
    """A certificate from each who organised service in the period: issued now, or waiting for the issuer's data.

    Asked for again with nothing new in it, the certificate that is there comes back.
    """
    volunteer = get_visible(Volunteer, volunteer_id, actor)
    if volunteer_id != actor.person_id and not works_in(actor, volunteer.community_code, Role.COORDINATOR):
        raise NotFound
    return _answer(actor.must_be_someone(), volunteer, period)


def _answer(asked_by: str, volunteer: Volunteer, period: Period) -> Answer:
    parts = _parts(volunteer.person_id, period)
    if not parts:
        raise NothingServed
    answer = Answer()
    for unit_code, part in sorted(parts.items()):
        issuer = session.get(Issuer, unit_code)
        if issuer is None:
            answer.waiting.append(_wait(asked_by, volunteer.person_id, unit_code, period))
        else:
            answer.issued.append(_issue(asked_by, volunteer, issuer, part, period))
    return answer


def set_issuer(actor: Actor, unit_code: str, *, name: str, responsible: str, handler: str, phone: str) -> Issuer:
    """Who answers for the certificates of a unit from now on; what waited for it is issued."""
    if not works_in(actor, unit_code, Role.COORDINATOR, Role.ADMINISTRATOR):
        raise NotFound
    issuer = session.get(Issuer, unit_code) or Issuer(unit_code=unit_code)
    issuer.name, issuer.responsible, issuer.handler, issuer.phone = name, responsible, handler, phone
    issuer.set_by, issuer.set_at = actor.must_be_someone(), clock.now()
    session.add(issuer)
    session.flush()
    record(actor, "issuer.set", f"issuer:{unit_code}", unit_code=unit_code)
    _answer_waiting(unit_code)
    return issuer


def _answer_waiting(unit_code: str) -> None:
    rows = select(CertificateRequest).where(CertificateRequest.answered_at.is_(None))
    for request in session.scalars(rows.order_by(CertificateRequest.asked_at, CertificateRequest.id)).all():
        if not is_inside(request.unit_code, unit_code):
            continue
        request.answered_at = clock.now()
        session.flush()
        period = Period(request.from_day, request.until_day, request.visit_id)
        try:
            _answer(request.asked_by, session.get_one(Volunteer, request.volunteer_id), period)
        except DomainError:  # nothing counts any more: the volunteer asks again when something does
            continue


# What is asked for ---------------------------------------------------------------------------------------------------


def _parts(volunteer_id: str, period: Period) -> dict[str, _Part]:
    """What counts in the period by who certifies it: the issuer's unit, or the community that has no issuer yet."""
    parts: dict[str, _Part] = {}
    homes: dict[str, str] = {}

    def part_of(unit_code: str) -> _Part:
        if unit_code not in homes:
            issuer = issuer_of(unit_code)
            homes[unit_code] = issuer.unit_code if issuer else community_of(unit_code).code
        return parts.setdefault(homes[unit_code], _Part([], []))

    for service in _services(volunteer_id, period):
        part_of(service.need.community_code).services.append(service)
    for entry in _grants(volunteer_id, period):
        part_of(entry.row.unit_code).grants.append(entry)
    return parts


def _services(volunteer_id: str, period: Period) -> list[Service]:
    query = services_of(volunteer_id, since=period.from_day, until=period.until_day).where(is_counted())
    if period.visit_id is not None:
        query = query.where(Visit.id == period.visit_id)
    found = with_details(list(session.scalars(query)))
    return sorted(found, key=lambda one: (one.visit.day, one.visit.start_min, one.visit.id))


def _grants(volunteer_id: str, period: Period) -> list[Entry]:
    if period.visit_id is not None:
        return []
    first, last = period.from_day or date.min, period.until_day or date.max
    found = [entry for entry in entries_of(volunteer_id, standing=True) if first <= entry.row.day <= last]
    return sorted((one for one in found if one.row.kind == EntryKind.HONOUR_HOURS), key=lambda one: one.row.day)


def _wait(asked_by: str, volunteer_id: str, unit_code: str, period: Period) -> CertificateRequest:
    """The request, once; the community hears that its data are missing."""
    same = (
        CertificateRequest.volunteer_id == volunteer_id, CertificateRequest.unit_code == unit_code,
        CertificateRequest.from_day.is_not_distinct_from(period.from_day),
        CertificateRequest.until_day.is_not_distinct_from(period.until_day),
        CertificateRequest.visit_id.is_not_distinct_from(period.visit_id), CertificateRequest.answered_at.is_(None),
    )  # fmt: skip
    before = session.scalar(select(CertificateRequest).where(*same).limit(1))
    if before is not None:
        return before
    request = CertificateRequest(
        volunteer_id=volunteer_id, unit_code=unit_code, from_day=period.from_day, until_day=period.until_day,
        visit_id=period.visit_id, asked_by=asked_by, asked_at=clock.now(),
    )  # fmt: skip
    session.add(request)
    session.flush()
    record(asked_by, "certificate.ask", f"certificate_request:{request.id}", unit_code=unit_code)
    for staff in responsible_staff(unit_code, Role.COORDINATOR):
        link, uid = f"/c/records/issuers/{unit_code}", f"issuer:{request.id}:{staff.id}"
        notify(staff.id, "issuer_missing", link=link, uid=uid)
    return request


# Issuing -------------------------------------------------------------------------------------------------------------


def _issue(asked_by: str, volunteer: Volunteer, issuer: Issuer, part: _Part, period: Period) -> Certificate:
    # One at a time for each issuer, so that numbers have no gap and no two certificates say the same.
    session.execute(select(Issuer.unit_code).where(Issuer.unit_code == issuer.unit_code).with_for_update())
    session.refresh(issuer)
    made, paper, lines = _written(asked_by, volunteer, issuer, part, period)
    older = _older(made)
    if older is not None and _says_the_same(older, made, paper, lines):
        return older
    if not tries.may_try(f"certificates:{volunteer.person_id}", limit=MOST_A_DAY, window=A_DAY, in_a_row=None):
        raise EnoughToday
    made.replaces_id = older.id if older is not None else None
    made.number = _next_number(made)
    made.fingerprint = fingerprint_of(made, paper, lines)
    session.add(made)
    session.flush()
    session.add(paper)
    for line in lines:
        session.add(line)
        session.flush()  # one by one: the database counts them
    record(asked_by, "certificate.issue", f"certificate:{made.id}", unit_code=issuer.unit_code,
           detail={"number": made.printed_number, "minutes": made.minutes, "services": made.line_count})  # fmt: skip
    notify(volunteer.person_id, "certificate_issued", link=f"/v/record/certificates/{made.id}",
           uid=f"certificate:{made.id}", number=made.printed_number)  # fmt: skip
    return made


def _written(
    asked_by: str, volunteer: Volunteer, issuer: Issuer, part: _Part, period: Period
) -> tuple[Certificate, CertificatePaper, list[CertificateLine]]:
    """The certificate as it would be issued now, without its number."""
    key, person = new_id(), session.get_one(Person, volunteer.person_id)
    lines = [_service_line(key, place, one) for place, one in enumerate(part.services, 1)]
    lines += [_grant_line(key, place, one) for place, one in enumerate(part.grants, len(lines) + 1)]
    days = [line.day for line in lines]
    made = Certificate(
        id=key, issuer_code=issuer.unit_code, year=today_of(issuer.unit_code).year, number=0, code=_new_code(),
        volunteer_id=volunteer.person_id, from_day=period.from_day or min(days),
        until_day=period.until_day or max(days), line_count=len(lines),
        minutes=sum(one.minutes for one in part.services),
        honour_min=sum(one.row.minutes for one in part.grants), fingerprint="", issued_by=asked_by,
        issued_at=clock.now(),
    )  # fmt: skip
    paper = CertificatePaper(
        certificate_id=key, name=person.name, service_number=give_number(volunteer).printed, issuer_name=issuer.name,
        responsible=issuer.responsible, handler=issuer.handler, phone=issuer.phone, salt=secrets.token_hex(32),
    )  # fmt: skip
    return made, paper, lines


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _service_line(key: str, place: int, one: Service) -> CertificateLine:
    zh, en = (one.item.name_zh, one.item.name_en) if one.item is not None else WISH
    return CertificateLine(
        certificate_id=key, place_nr=place, visit_id=one.visit.id, transfer_uid=one.transfer_uid, day=one.visit.day,
        content_zh=zh, content_en=en, place=one.unit.name, minutes=one.minutes, proof=one.proof,
    )  # fmt: skip


def _grant_line(key: str, place: int, one: Entry) -> CertificateLine:
    return CertificateLine(
        certificate_id=key, place_nr=place, entry_id=one.row.id, day=one.row.day, content_zh=one.row.title,
        content_en=one.row.title, place=one.row.place, minutes=one.row.minutes, proof=Proof.HONOUR,
    )  # fmt: skip


def _next_number(made: Certificate) -> int:
    last = session.scalar(
        select(func.max(Certificate.number)).where(
            Certificate.issuer_code == made.issuer_code, Certificate.year == made.year
        )
    )
    return (last or 0) + 1


def _older(made: Certificate) -> Certificate | None:
    """The newest certificate of the same issuer for the same volunteer and days that was not revoked."""
    return session.scalar(
        select(Certificate)
        .where(
            Certificate.volunteer_id == made.volunteer_id, Certificate.issuer_code == made.issuer_code,
            Certificate.from_day == made.from_day, Certificate.until_day == made.until_day, ~is_revoked(),
        )
        .order_by(Certificate.issued_at.desc(), Certificate.number.desc())
        .limit(1)
    )  # fmt: skip


def _says_the_same(
    older: Certificate, made: Certificate, paper: CertificatePaper, lines: Sequence[CertificateLine]
) -> bool:
    there = with_paper(older)
    if there.paper is None or not there.is_whole:
        return False
    return _said(older, there.paper, there.lines) == _said(made, paper, lines)


def _said(certificate: Certificate, paper: CertificatePaper, lines: Sequence[CertificateLine]) -> list[object]:
    """Everything that two certificates have in common when they say the same."""
    names = (paper.name, paper.service_number, paper.issuer_name, paper.responsible, paper.handler, paper.phone)
    told = [
        (one.day, one.content_zh, one.place, one.minutes, one.proof, one.visit_id, one.entry_id, one.transfer_uid)
        for one in lines
    ]
    return [certificate.minutes, certificate.honour_min, *names, *told]
