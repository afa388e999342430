"""Records at the desk: what waits for a second person, every certificate, who answers for them, and exports."""

from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import get_visible, works_in
from app.db import session, transaction
from app.errors import DomainError, Invalid, NotFound
from app.org.queries import communities_for, unit
from app.people.models import Role, Volunteer
from app.people.queries import today_of
from app.records import exporting, forms, granting, issuing
from app.records.certificate_queries import certificates_in, issuer_of, revocations_waiting
from app.records.entry_queries import entry_seen, waiting_entries
from app.records.models import Issuer
from app.records.record_views import record_page
from app.records.words import KIND_WORDS
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("record_desk", __name__)
MOST_DAYS = 366


@bp.get("/c/records")
@requires(Permission.RECORD_SEE)
def home() -> str:
    """What waits for a second person, the certificates of my units, their issuers, and the export."""
    return _home({}, {})


@bp.post("/c/volunteers/<volunteer_id>/record/entries")
@requires(Permission.RECORD_KEEP)
def enter(volunteer_id: str) -> ResponseReturnValue:
    """A training, an honour or honour hours on a volunteer's record."""
    volunteer = get_visible(Volunteer, volunteer_id, current_actor())
    grant, errors = forms.grant(request.form)
    if grant is None:
        return record_page(volunteer, own=False, typed=request.form, errors=errors), 422
    try:
        with transaction():
            granting.enter(current_actor(), volunteer_id, grant)
    except Invalid as error:
        return record_page(volunteer, own=False, typed=request.form, errors=error.fields), error.status
    waits = grant.kind is granting.EntryKind.HONOUR_HOURS
    flash(_("Proposed. It counts when a second person has approved it.") if waits else _("Noted on her record."))
    return redirect(url_for("records.record", volunteer_id=volunteer_id), 303)


@bp.post("/c/records/entries/<record_entry_id>/<any(approve, refuse):word>")
@requires(Permission.RECORD_KEEP)
def decide(record_entry_id: str, word: str) -> ResponseReturnValue:
    """The second person's word on honour hours."""
    yes = word == "approve"
    with transaction():
        granting.decide(current_actor(), record_entry_id, approve=yes)
    flash(_("Approved. The honour hours count from now on.") if yes else _("Refused. Nothing changed."))
    return redirect(url_for("record_desk.home"), 303)


@bp.post("/c/records/entries/<record_entry_id>/withdraw")
@requires(Permission.RECORD_KEEP)
def withdraw(record_entry_id: str) -> ResponseReturnValue:
    """An entry that counts no more, with the reason."""
    entry = entry_seen(current_actor(), record_entry_id)
    reason, errors = forms.reason(request.form)
    if errors:
        flash(errors["reason"], "warning")
    else:
        with transaction():
            granting.withdraw(current_actor(), record_entry_id, reason=reason)
        flash(_("Withdrawn. It stays to be seen and counts no more."))
    return redirect(url_for("records.record", volunteer_id=entry.volunteer_id), 303)


@bp.get("/c/records/issuers/<unit_code>")
@requires(Permission.ISSUER_SET)
def issuer(unit_code: str) -> str:
    """Who answers for the certificates of a unit."""
    _must_work_in(unit_code)
    return _issuer(unit_code, None, {})


@bp.post("/c/records/issuers/<unit_code>")
@requires(Permission.ISSUER_SET)
def set_issuer(unit_code: str) -> ResponseReturnValue:
    """Name them; what waited for it is issued."""
    _must_work_in(unit_code)
    form, errors = forms.IssuerForm.parse(request.form)
    if errors:
        return _issuer(unit_code, form, errors), 422
    with transaction():
        issuing.set_issuer(current_actor(), unit_code, **vars(form))
    flash(_("Saved. New certificates name them; those that waited are issued."))
    return redirect(url_for("record_desk.issuer", unit_code=unit_code), 303)


@bp.post("/c/records/export")
@requires(Permission.RECORD_KEEP)
def export() -> ResponseReturnValue:
    """The records of a unit in the five groups of the national rule; who took them is in the trail."""
    unit_code = request.form.get("unit_code", "")
    _must_work_in(unit_code)
    asked, errors = forms.days(request.form, today=today_of(unit_code))
    if asked is None:
        return _home(request.form, errors or {"from_day": _("Please say from which day.")}), 422
    if (asked[1] - asked[0]).days >= MOST_DAYS:
        return _home(request.form, {"from_day": _("At most one year goes into one file.")}), 422
    try:
        with transaction():
            groups = exporting.unit_record(current_actor(), unit_code, since=asked[0], until=asked[1])
    except DomainError as error:
        return _home(request.form, {"from_day": error.sentence()}), error.status
    kind = request.form.get("kind", "xlsx")
    body, media, ending = exporting.as_file(groups, kind if kind in ("xlsx", "csv", "json") else "xlsx")
    name = f'attachment; filename="lianxin-records-{unit_code}.{ending}"'
    return Response(body, mimetype=media, headers={"Content-Disposition": name})


# ---------------------------------------------------------------------------------------------------------------------


def _must_work_in(unit_code: str) -> None:
    if not works_in(current_actor(), unit_code, Role.COORDINATOR, Role.ADMINISTRATOR):
        raise NotFound


def _home(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    actor = current_actor()
    units = communities_for(actor)
    return render_template(
        "records/desk.html", entries=waiting_entries(actor), revocations=revocations_waiting(actor), units=units,
        issuers={one.code: issuer_of(one.code) for one in units}, zone=this_site().zone, me=actor.person_id,
        page=paged(certificates_in(actor, search_word()), scalars=False), typed=typed, errors=errors,
        today=today_of(min(actor.units())),
        unit_choices=[(one.code, one.name) for one in units], KIND_WORDS=KIND_WORDS,
    )  # fmt: skip


def _issuer(unit_code: str, form: forms.IssuerForm | None, errors: Mapping[str, str]) -> str:
    here = unit(unit_code)
    above = issuer_of(unit_code)
    return render_template(
        "records/issuer.html", here=here, form=form, kept=session.get(Issuer, unit_code), above=above, errors=errors
    )
