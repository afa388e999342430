"""Was it right? The elder, her relative, or who has the duty says yes or no."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import elders_of, get_visible
from app.db import session, transaction
from app.errors import Invalid
from app.ledger.errors import NotEnoughMinutes
from app.needs.models import Need
from app.people.models import Role
from app.people.queries import person
from app.visits import service
from app.visits.forms import words_of
from app.visits.models import Visit
from app.visits.overrun import let_it_count
from app.web.filters import minutes

bp = Blueprint("visits", __name__)


@bp.post("/visits/<visit_id>/confirm")
@requires(Permission.VISIT_CONFIRM)
def confirm(visit_id: str) -> ResponseReturnValue:
    """Yes: the minutes move. `rating` says how it was."""
    with transaction():
        visit = service.confirm_visit(current_actor(), visit_id, rating=request.form.get("rating"))
    flash(_("Confirmed. Thank you: %(time)s are stored for the volunteer.", time=minutes(visit.credit_min or 0))
          if visit.credit_min else _("Confirmed. Thank you."))  # fmt: skip
    return redirect(_back(current_actor(), visit), 303)


@bp.post("/visits/<visit_id>/longer")
@requires(Permission.VISIT_CONFIRM)
def longer(visit_id: str) -> ResponseReturnValue:
    """Yes, the longer time counts too."""
    visit = get_visible(Visit, visit_id, current_actor())
    try:
        with transaction():
            let_it_count(current_actor(), visit_id)
    except NotEnoughMinutes:
        flash(_("There was not enough time stored for the longer time. Everything else is done."), "warning")
    else:
        flash(_("The longer time is stored too."))
    return redirect(_back(current_actor(), visit), 303)


@bp.get("/visits/<visit_id>/dispute")
@requires(Permission.VISIT_CONFIRM)
def disputing(visit_id: str) -> ResponseReturnValue:
    """The question: what was not right?"""
    return _page(visit_id, {})


@bp.post("/visits/<visit_id>/dispute")
@requires(Permission.VISIT_CONFIRM)
def dispute(visit_id: str) -> ResponseReturnValue:
    """No: nothing moves until the coordinator has looked."""
    errors: dict[str, str] = {}
    words = words_of(request.form, "words", errors)
    try:
        if errors:
            raise Invalid(errors)
        with transaction():
            visit = service.dispute_visit(current_actor(), visit_id, words)
    except Invalid as wrong:
        return _page(visit_id, wrong.fields), 422
    flash(_("Thank you for saying so. The community looks into it and calls you. No minutes move until then."))
    return redirect(_back(current_actor(), visit), 303)


def _page(visit_id: str, errors: dict[str, str]) -> str:
    visit = get_visible(Visit, visit_id, current_actor())
    need = session.get_one(Need, visit.need_id)
    return render_template(
        "visits/dispute.html", visit=visit, need=need, volunteer=person(visit.volunteer_id), errors=errors,
        words=request.form.get("words", ""), back_to=_back(current_actor(), visit),
    )  # fmt: skip


def _back(actor: Actor, visit: Visit) -> str:
    """The page of the order that the actor came from: the elder's side, the desk, or the grid."""
    need = session.get_one(Need, visit.need_id)
    if need.elder_id in elders_of(actor):
        return f"/me/orders/{need.id}"
    return f"/c/orders/{need.id}" if Role.COORDINATOR in actor.roles else f"/g/elders/{need.elder_id}"
