"""Today's visits for those who watch over them: late ones first, what was reported, what is disputed, late entries."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import DomainError, Invalid
from app.people.models import Role
from app.visits import late, queries, service
from app.visits.forms import LateEntryForm, whole_number, words_of
from app.web.frame import this_site

bp = Blueprint("live", __name__)
DESKS: Mapping[str, tuple[Role, ...]] = {"c": (Role.COORDINATOR,), "g": (Role.GRID_WORKER, Role.COORDINATOR)}


@bp.get("/<any(c, g):desk>/live")
@requires(Permission.VISITS_WATCH)
def live(desk: str) -> ResponseReturnValue:
    """Today's visits in my units."""
    return _page(desk, {})


def _page(desk: str, errors: dict[str, str]) -> str:
    actor, roles = current_actor(), DESKS[desk]
    visits = queries.days_visits(actor, roles=roles)
    late_count = sum(row.late_min > 0 for row in visits)
    badges = {f"/{desk}/live": ngettext("%(num)s late", "%(num)s late", late_count)} if late_count else {}
    return render_template(
        "visits/live.html", desk=desk, visits=visits, reports=queries.open_reports(actor, roles=roles),
        disputes=queries.open_disputes(actor), entries=queries.late_entries(actor, roles=roles), errors=errors,
        typed=request.form, today=clock.today(this_site().zone), now=clock.now(), me=actor.person_id,
        late_count=late_count, nav_badges=badges,
    )  # fmt: skip


@bp.post("/<any(c, g):desk>/live/reports/<report_id>/close")
@requires(Permission.VISITS_WATCH)
def close_report(desk: str, report_id: str) -> ResponseReturnValue:
    """What was found."""
    errors: dict[str, str] = {}
    outcome = words_of(request.form, "outcome", errors)
    if not outcome:
        errors["outcome"] = _("Please say in a few words what you found.")
    if errors:
        return _page(desk, {f"{name}-{report_id}": sentence for name, sentence in errors.items()}), 422
    with transaction():
        service.close_report(current_actor(), report_id, outcome)
    return _done(desk, _("Noted and closed."))


@bp.post("/<any(c, g):desk>/live/visits/<visit_id>/<any(in, out, failed):act>")
@requires(Permission.VISITS_WATCH)
def note_visit(desk: str, visit_id: str, act: str) -> ResponseReturnValue:
    """What the volunteer says on the phone: I am here, I have left, nobody was there."""
    with transaction():
        if act == "in":
            service.check_in_by_phone(current_actor(), visit_id)
        elif act == "out":
            service.check_out_by_phone(current_actor(), visit_id)
        else:
            service.fail_visit(current_actor(), visit_id)
    in_words = {"in": _("Checked in by phone."), "out": _("Checked out by phone.")}
    return _done(desk, in_words.get(act) or _("Noted: the visit did not take place."))


@bp.post("/c/live/disputes/<visit_id>")
@requires(Permission.NEED_REVIEW)
def resolve(visit_id: str) -> ResponseReturnValue:
    """The answer to a dispute: it did not happen, or it did, with so many minutes."""
    uphold = request.form.get("answer") == "uphold"
    minutes = whole_number(request.form.get("minutes", ""))
    try:
        if not uphold and minutes is None:
            raise Invalid({"minutes": _("Please give whole minutes, like 30.")})
        with transaction():
            service.resolve_dispute(current_actor(), visit_id, uphold=uphold, minutes=None if uphold else minutes)
    except Invalid as wrong:
        return _page("c", {f"{name}-{visit_id}": sentence for name, sentence in wrong.fields.items()}), 422
    return _done("c", _("The dispute is answered, and both are told."))


# Late entry --------------------------------------------------------------------------------------------------------


@bp.get("/<any(c, g):desk>/late")
@requires(Permission.VISITS_WATCH)
def late_entry(desk: str) -> ResponseReturnValue:
    """The page to enter a visit from paper."""
    return _late_page(desk, {})


@bp.post("/<any(c, g):desk>/late")
@requires(Permission.VISITS_WATCH)
def enter_late(desk: str) -> ResponseReturnValue:
    """It is entered, and waits for a second person."""
    form, errors = LateEntryForm.parse(request.form)
    if errors:
        return _late_page(desk, errors), 422
    try:
        with transaction():
            late.enter_late(current_actor(), form.visit_id, began_min=form.began_min, ended_min=form.ended_min,
                            words=form.words)  # fmt: skip
    except Invalid as wrong:
        return _late_page(desk, wrong.fields), 422
    except DomainError as refused:
        return _late_page(desk, {"visit": refused.sentence()}), refused.status
    flash(_("Entered. A colleague approves it; then the elder is asked whether it was right."))
    return redirect(url_for("live.late_entry", desk=desk), 303)


def _late_page(desk: str, errors: dict[str, str]) -> str:
    actor, roles = current_actor(), DESKS[desk]
    return render_template(
        "visits/late_entry.html", desk=desk, visits=queries.unfinished_visits(actor, roles=roles),
        entries=queries.late_entries(actor, roles=roles), errors=errors, typed=request.form,
    )  # fmt: skip


@bp.post("/c/late/<entry_id>/<any(approve, refuse):word>")
@requires(Permission.NEED_REVIEW)
def decide_late(entry_id: str, word: str) -> ResponseReturnValue:
    """The second person's word."""
    with transaction():
        late.decide_late(current_actor(), entry_id, approve=word == "approve")
    if word == "approve":
        return _done("c", _("Approved. The elder is asked whether it was right."))
    return _done("c", _("Refused. Nothing is stored."))


def _done(desk: str, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("live.live", desk=desk), 303)
