"""Certificates: whose, which state, what stands on the paper, and what a stranger may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, or_, select

from app.access.actor import Actor
from app.access.scope import condition, get_visible, visible
from app.db import session
from app.org.queries import ancestors
from app.people.models import Person
from app.records.models import (
    Certificate,
    CertificateLine,
    CertificatePaper,
    CertificateRequest,
    Issuer,
    Revocation,
    RevocationWord,
)
from app.records.paper_queries import fingerprint_of


class Standing(StrEnum):
    """What may be said of a certificate to whoever holds the paper."""

    GENUINE = "genuine"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # no such certificate, or not what was issued


@dataclass(frozen=True)
class Printed:
    """A certificate with everything on its paper. `paper` is None once its names were erased.

    `is_whole` is false when something of it is not what was issued: then it is neither printed nor called genuine.
    """

    certificate: Certificate
    paper: CertificatePaper | None
    lines: list[CertificateLine]
    is_revoked: bool
    replaced_by: Certificate | None

    @property
    def is_whole(self) -> bool:
        if self.paper is None:
            return len(self.lines) == self.certificate.line_count
        return fingerprint_of(self.certificate, self.paper, self.lines) == self.certificate.fingerprint

    @property
    def standing(self) -> Standing:
        if not self.is_whole:
            return Standing.UNKNOWN
        return Standing.REVOKED if self.is_revoked else Standing.GENUINE


def is_revoked() -> ColumnElement[bool]:
    """Whether two people have revoked the certificate of the row."""
    said = (RevocationWord.revocation_id == Revocation.id, RevocationWord.approved.is_(True))
    return exists().where(Revocation.certificate_id == Certificate.id, *said)


def printed(actor: Actor, certificate_id: str) -> Printed:
    """One certificate that the actor may see, with its paper."""
    return with_paper(get_visible(Certificate, certificate_id, actor))


def with_paper(certificate: Certificate) -> Printed:
    """A certificate with everything on its paper."""
    lines = session.scalars(
        select(CertificateLine)
        .where(CertificateLine.certificate_id == certificate.id)
        .order_by(CertificateLine.place_nr)
    ).all()
    revoked = session.scalar(select(Certificate.id).where(Certificate.id == certificate.id, is_revoked())) is not None
    newer = session.scalar(select(Certificate).where(Certificate.replaces_id == certificate.id).limit(1))
    paper = session.get(CertificatePaper, certificate.id)
    return Printed(certificate, paper, list(lines), revoked, newer)


def standing_of(code: str) -> Standing:
    """What a stranger learns of the certificate with this code: genuine, revoked, or that we issued no such thing."""
    found = by_code(code)
    return found.standing if found is not None else Standing.UNKNOWN


def by_code(code: str) -> Printed | None:
    """The certificate with this code, for whoever holds the paper."""
    found = session.scalar(select(Certificate).where(Certificate.code == code))
    return with_paper(found) if found is not None else None


def certificates_of(volunteer_id: str) -> Select[Certificate, bool]:
    """`SELECT` of (certificate, whether it is revoked) of one volunteer, newest first."""
    query = select(Certificate, is_revoked()).where(Certificate.volunteer_id == volunteer_id)
    return query.order_by(Certificate.issued_at.desc(), Certificate.number.desc(), Certificate.id)


def certificates_in(actor: Actor, words: str = "") -> Select[Certificate, bool, Person]:
    """`SELECT` of (certificate, whether it is revoked, volunteer) that the actor may see, newest first; `words` is part
    of a name or of a number."""
    query = (
        select(Certificate, is_revoked(), Person)
        .join(Person, Person.id == Certificate.volunteer_id)
        .where(condition(Certificate, actor))
        .order_by(Certificate.issued_at.desc(), Certificate.number.desc(), Certificate.id)
    )
    if not words:
        return query
    last = words.rsplit("-", 1)[-1]
    ways = [Person.name.contains(words, autoescape=True)]
    if last.isdecimal() and len(last) < 10:
        ways.append(Certificate.number == int(last))
    return query.where(or_(*ways))


def issuer_of(unit_code: str) -> Issuer | None:
    """Who certifies the service of a unit: its own issuer, else the nearest above it."""
    for unit in ancestors(unit_code):
        found = session.get(Issuer, unit.code)
        if found is not None:
            return found
    return None


def requests_waiting(volunteer_id: str) -> list[CertificateRequest]:
    """What a volunteer asked for that waits for its issuer, oldest first."""
    rows = select(CertificateRequest).where(
        CertificateRequest.volunteer_id == volunteer_id, CertificateRequest.answered_at.is_(None)
    )
    return list(session.scalars(rows.order_by(CertificateRequest.asked_at)))


# Revocations ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Revoking:
    """One proposal to revoke, with the names of who proposed and who decided; `approved` is None while it waits."""

    row: Revocation
    proposer: str
    decider: str
    approved: bool | None
    decided_at: datetime | None


def revocations_of(certificate_id: str) -> list[Revoking]:
    """The proposals to revoke a certificate, newest first."""
    rows = select(Revocation).where(Revocation.certificate_id == certificate_id)
    return _with_words(session.scalars(rows.order_by(Revocation.proposed_at.desc(), Revocation.id)).all())


def revocations_waiting(actor: Actor) -> list[tuple[Revoking, Certificate, Person]]:
    """Proposals that wait for a second person, oldest first, with the certificate and its owner."""
    decided = exists().where(RevocationWord.revocation_id == Revocation.id)
    seen = visible(Certificate, actor).with_only_columns(Certificate.id)
    rows = session.execute(
        select(Revocation, Certificate, Person)
        .join(Certificate, Certificate.id == Revocation.certificate_id)
        .join(Person, Person.id == Certificate.volunteer_id)
        .where(~decided, Certificate.id.in_(seen))
        .order_by(Revocation.proposed_at, Revocation.id)
    ).all()
    waiting = {one.row.id: one for one in _with_words([row for row, _certificate, _person in rows])}
    return [(waiting[row.id], certificate, person) for row, certificate, person in rows]


def _with_words(rows: Sequence[Revocation]) -> list[Revoking]:
    ids = [row.id for row in rows]
    words = {
        word.revocation_id: word
        for word in session.scalars(select(RevocationWord).where(RevocationWord.revocation_id.in_(ids)))
    }
    people = {row.proposed_by for row in rows} | {word.person_id for word in words.values()}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
    found = []
    for row in rows:
        word = words.get(row.id)
        decider = names.get(word.person_id, "") if word else ""
        found.append(
            Revoking(
                row, names.get(row.proposed_by, ""), decider, word.approved if word else None,
                word.said_at if word else None,
            )
        )  # fmt: skip
    return found
