"""Certificates on notice: each is announced inside its unit for as many days as the rules of its day ask for.

One that was issued when the rule said 7 is announced on that day and the seven that follow; a later change of the rule
touches neither those that stand there nor those that stood there. Source: 民发〔2015〕149号.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from app import clock
from app.access.actor import Actor
from app.access.scope import subtree
from app.db import session
from app.org.models import OrgClosure, OrgUnit
from app.org.queries import unit, zone_of
from app.people.models import Person
from app.records.certificate_queries import is_revoked
from app.records.models import Certificate, CertificatePaper, Issuer
from app.rulepacks.queries import setting, setting_by_day
from app.web.filters import masked

KEY = "certificate_notice_days"
NEVER = "never"
MOST_DAYS = 90  # the rule cannot ask for more
Span = tuple[datetime, datetime]  # from the first instant to before the second


@dataclass(frozen=True)
class Announced:
    """What the neighbours of a unit read of one certificate. `name` is "" where the rules let no name be shown."""

    number: str
    name: str
    minutes: int  # really served
    issued_on: date
    until: date  # the last day of the notice
    is_revoked: bool
    issuer: str


def is_on_notice(issuers: Select[str]) -> ColumnElement[bool]:
    """Whether the certificate of the row was issued by one of these units and is still announced."""
    lately = clock.now() - timedelta(days=MOST_DAYS + 1)
    known = select(Certificate.issuer_code).where(
        Certificate.issuer_code.in_(issuers), Certificate.issued_at >= lately
    )
    by_span: defaultdict[Span, list[str]] = defaultdict(list)
    for code in session.scalars(known.distinct().order_by(Certificate.issuer_code)):
        for span in _spans(code):
            by_span[span].append(code)
    issued = Certificate.issued_at
    spans = [
        and_(Certificate.issuer_code.in_(codes), issued >= first, issued < end)
        for (first, end), codes in by_span.items()
    ]
    return or_(false(), *spans)


def on_notice(actor: Actor, words: str = "") -> Select[Certificate, bool, str, Issuer]:
    """`SELECT` of (certificate, whether it is revoked, the name on it, its issuer) that stand on notice for the actor,
    newest first. `words` is the end of a number; names cannot be searched for."""
    query = (
        select(Certificate, is_revoked(), CertificatePaper.name, Issuer)
        .outerjoin(CertificatePaper, CertificatePaper.certificate_id == Certificate.id)
        .outerjoin(Issuer, Issuer.unit_code == Certificate.issuer_code)
        .where(is_on_notice(_units_around(actor)))
        .order_by(Certificate.issued_at.desc(), Certificate.issuer_code, Certificate.number.desc())
    )
    if not words:
        return query
    last = words.rsplit("-", 1)[-1]
    return query.where(Certificate.number == int(last) if last.isdecimal() and len(last) < 10 else false())


def announced(rows: Sequence[tuple[Certificate, bool, str | None, Issuer | None]]) -> list[Announced]:
    """The rows as they are read: no name but a masked one, no days served, nothing of those who were helped."""
    units = {code: unit(code) for code in {certificate.issuer_code for certificate, *_rest in rows}}
    issued_on = [clock.day_of(row[0].issued_at, units[row[0].issuer_code].zone) for row in rows]
    asked = {code: setting_by_day(code, KEY, sorted(set(issued_on))) for code in units}
    named = {code for code in units if shows_names(code)}
    return [
        Announced(
            number=certificate.printed_number,
            name=masked(name) if name and certificate.issuer_code in named else "",
            minutes=certificate.minutes,
            issued_on=day,
            until=day + timedelta(days=asked[certificate.issuer_code][day]),
            is_revoked=revoked,
            issuer=issuer.name if issuer else units[certificate.issuer_code].name,
        )
        for day, (certificate, revoked, name, issuer) in zip(issued_on, rows, strict=True)
    ]


def days_announced(unit_code: str) -> int:
    """For how many days a certificate that the unit issues today is announced; 0: it is not."""
    return int(setting(unit_code, KEY, on=clock.today(zone_of(unit_code))))


def shows_names(unit_code: str) -> bool:
    """Whether the rules of the unit let a volunteer's name be shown at all, and then only its surname and last sign."""
    return bool(setting(unit_code, "volunteer_name_public", on=clock.today(zone_of(unit_code))) != NEVER)


# ---------------------------------------------------------------------------------------------------------------------


def _units_around(actor: Actor) -> Select[str]:
    """Where the actor lives, helps or works, all above it, and all that lies in the units of her staff roles; and the
    same for the elders she speaks for."""
    homes = {unit_code for _role, unit_code in actor.memberships}
    elders = select(Person.unit_code).where(Person.id.in_(actor.speaks_for))
    below = OrgClosure.descendant_code
    above = select(OrgClosure.ancestor_code).where(or_(below.in_(homes), below.in_(elders)))
    return select(OrgUnit.code).where(or_(OrgUnit.code.in_(above), OrgUnit.code.in_(subtree(actor.units()))))


def _spans(unit_code: str) -> list[Span]:
    """The days whose certificates still stand on notice, runs of days together."""
    zone = zone_of(unit_code)
    today = clock.today(zone)
    days = [today - timedelta(days=back) for back in range(MOST_DAYS, -1, -1)]
    asked = setting_by_day(unit_code, KEY, days)
    runs: list[list[date]] = []
    for day in (day for day in days if asked[day] and (today - day).days <= asked[day]):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [(clock.instant(run[0], 0, zone), clock.instant(run[-1] + timedelta(days=1), 0, zone)) for run in runs]
