"""Certificates: a volunteer asks for hers and prints it; the desk sees it, asks for her, and proposes to revoke."""

import json
from collections.abc import Mapping
from typing import Any

import segno
from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import get_visible
from app.db import transaction
from app.errors import DomainError, NotFound
from app.people.models import Volunteer
from app.people.queries import person as person_of
from app.people.queries import today_of
from app.records import forms, issuing, revoking, signing
from app.records.certificate_queries import (
    Printed,
    certificates_of,
    printed,
    requests_waiting,
    revocations_of,
)
from app.records.notice_queries import days_announced, shows_names
from app.records.sum_queries import Sums, sums_of
from app.records.words import plain_day
from app.web.paging import paged

bp = Blueprint("certificates", __name__)


@bp.get("/v/record/certificates")
@requires(Permission.RECORD_OWN)
def mine() -> str:
    """My certificates, and asking for one."""
    return _list(current_actor().must_be_someone(), {}, {})


@bp.post("/v/record/certificates")
@requires(Permission.RECORD_OWN)
def ask() -> ResponseReturnValue:
    """A certificate for a period of mine, or for one service."""
    return _asked(current_actor().must_be_someone())


@bp.get("/v/record/certificates/<certificate_id>")
@requires(Permission.RECORD_OWN)
def one(certificate_id: str) -> str:
    """One certificate of mine, to print."""
    found = printed(current_actor(), certificate_id)
    if found.certificate.volunteer_id != current_actor().person_id:
        raise NotFound
    return _paper(found, own=True)


@bp.get("/v/record/certificates/<certificate_id>.json")
@requires(Permission.RECORD_OWN)
def my_file(certificate_id: str) -> ResponseReturnValue:
    """One certificate of mine as a signed file, to be checked without this site."""
    found = printed(current_actor(), certificate_id)
    if found.certificate.volunteer_id != current_actor().person_id:
        raise NotFound
    return _file(found)


@bp.get("/c/volunteers/<volunteer_id>/certificates")
@requires(Permission.RECORD_KEEP)
def of(volunteer_id: str) -> str:
    """The certificates of a volunteer of my units."""
    return _list(volunteer_id, {}, {})


@bp.post("/c/volunteers/<volunteer_id>/certificates")
@requires(Permission.RECORD_KEEP)
def ask_for(volunteer_id: str) -> ResponseReturnValue:
    """A certificate for a volunteer who asked at the counter."""
    return _asked(volunteer_id)


@bp.get("/c/records/certificates/<certificate_id>")
@requires(Permission.RECORD_SEE)
def seen(certificate_id: str) -> str:
    """One certificate at the desk: to print, and what became of it."""
    return _paper(printed(current_actor(), certificate_id), own=False)


@bp.get("/c/records/certificates/<certificate_id>.json")
@requires(Permission.RECORD_SEE)
def file(certificate_id: str) -> ResponseReturnValue:
    """The same at the desk, for a volunteer at the counter."""
    return _file(printed(current_actor(), certificate_id))


@bp.post("/c/records/certificates/<certificate_id>/revoke")
@requires(Permission.RECORD_KEEP)
def revoke(certificate_id: str) -> ResponseReturnValue:
    """Propose that it should hold no more; a second person decides."""
    found = printed(current_actor(), certificate_id)
    reason, errors = forms.reason(request.form)
    if errors:
        return _paper(found, own=False, reason=reason, errors=errors), 422
    try:
        with transaction():
            revoking.propose_revocation(current_actor(), certificate_id, reason=reason)
    except DomainError as error:
        flash(error.sentence(), "warning")
    else:
        flash(_("Proposed. It counts when a second person has approved it."))
    return redirect(url_for("certificates.seen", certificate_id=certificate_id), 303)


@bp.post("/c/records/revocations/<revocation_id>/<any(approve, refuse):word>")
@requires(Permission.RECORD_KEEP)
def decide(revocation_id: str, word: str) -> ResponseReturnValue:
    """The second person's word on a revocation."""
    yes = word == "approve"
    with transaction():
        found = revoking.decide_revocation(current_actor(), revocation_id, approve=yes)
    flash(_("Revoked. Whoever scans the paper reads so.") if yes else _("Refused. The certificate holds as before."))
    return redirect(url_for("certificates.seen", certificate_id=found.id), 303)


# ---------------------------------------------------------------------------------------------------------------------


def _list(volunteer_id: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    actor = current_actor()
    volunteer = get_visible(Volunteer, volunteer_id, actor)
    own, sums = volunteer_id == actor.person_id, sums_of(volunteer)
    return render_template(
        "records/certificates.html", own=own, person=person_of(volunteer_id), sums=sums, typed=typed, errors=errors,
        page=paged(certificates_of(volunteer_id), scalars=False), waiting=requests_waiting(volunteer_id),
        today=today_of(volunteer.community_code),
        here=url_for("certificates.mine") if own else url_for("certificates.of", volunteer_id=volunteer_id),
        back_to=url_for("records.mine") if own else url_for("records.record", volunteer_id=volunteer_id),
        choices=_choices(sums), announced=days_announced(volunteer.community_code),
        shown_name=shows_names(volunteer.community_code),
    )  # fmt: skip


def _choices(sums: Sums) -> list[tuple[str, str]]:
    """The times one may ask for with one tap: everything, or a year with service in it."""
    years = [(f"year-{year.year}", _("The year %(year)s", year=year.year)) for year in sums.years]
    return [(forms.ALL, _("All service until today")), *years]


def _asked(volunteer_id: str) -> ResponseReturnValue:
    actor = current_actor()
    volunteer = get_visible(Volunteer, volunteer_id, actor)
    period, errors = forms.period(request.form, today=today_of(volunteer.community_code))
    if errors:
        return _list(volunteer_id, request.form, errors), 422
    try:
        with transaction():
            answer = issuing.ask(actor, volunteer_id, period)
    except DomainError as error:
        return _list(volunteer_id, request.form, {"what": error.sentence()}), error.status
    own = volunteer_id == actor.person_id
    if len(answer.issued) == 1 and not answer.waiting:
        where = "certificates.one" if own else "certificates.seen"
        return redirect(url_for(where, certificate_id=answer.issued[0].id), 303)
    _tell(answer)
    return redirect(url_for("certificates.mine") if own else url_for("certificates.of", volunteer_id=volunteer_id), 303)


def _tell(answer: issuing.Answer) -> None:
    if answer.issued:
        count = len(answer.issued)
        flash(ngettext("%(num)s certificate is ready.", "%(num)s certificates are ready, one from each issuer.", count))
    if answer.waiting:
        flash(_("The community must first say who answers for its certificates. It has been told; you hear from us."))


def _file(found: Printed) -> ResponseReturnValue:
    document = signing.signed_file(found, check_at=_address(found.certificate.code))
    name = f'attachment; filename="certificate-{found.certificate.printed_number}.json"'
    body = json.dumps(document, ensure_ascii=False, indent=1)
    return Response(body, mimetype="application/json", headers={"Content-Disposition": name})


def _signed(found: Printed) -> dict[str, Any] | None:
    """The signature for the paper; None where there is no key here, or nothing that holds."""
    try:
        return signing.signed_file(found, check_at=_address(found.certificate.code))
    except DomainError:
        return None


def _paper(
    found: Printed, *, own: bool, reason: str = "", errors: Mapping[str, str] | None = None
) -> str:
    address = _address(found.certificate.code)
    return render_template(
        "records/certificate.html", own=own, found=found, certificate=found.certificate, paper=found.paper,
        person=person_of(found.certificate.volunteer_id), address=address, picture=_picture(address), reason=reason,
        errors=errors or {}, revocations=[] if own else revocations_of(found.certificate.id), me=current_actor(),
        plain_day=plain_day, signed=_signed(found),
    )  # fmt: skip


def _address(code: str) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base.rstrip("/") + url_for("certificate_check.check", code=code)


def _picture(address: str) -> Markup:
    """The square code of the address where a stranger checks the paper."""
    return Markup(segno.make(address, error="q").svg_inline(scale=3, border=4, svgclass="qr"))
