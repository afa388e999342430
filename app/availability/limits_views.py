"""Me as a volunteer: how far and how much, a rest, what I can do, and my papers."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.availability import queries, service
from app.availability.forms import MOST_HOURS, MOST_VISITS, REACHES_M, LimitsForm
from app.db import transaction
from app.people.models import VolunteerState
from app.people.queries import person, volunteer
from app.web.frame import this_site

bp = Blueprint("limits", __name__)


@bp.get("/v/me")
@requires(Permission.TIMES_MANAGE)
def me() -> ResponseReturnValue:
    """Everything about her as a volunteer."""
    return _page({})


@bp.post("/v/me")
@requires(Permission.TIMES_MANAGE)
def save() -> ResponseReturnValue:
    """How far and how much, from the next plan on."""
    form, errors = LimitsForm.parse(request.form)
    if errors:
        return _page(errors), 422
    with transaction():
        service.set_limits(
            current_actor(), reach_m=form.reach_m, max_visits_per_day=form.max_visits_per_day,
            max_minutes_per_week=form.max_minutes_per_week,
        )  # fmt: skip
    flash(_("Saved. It holds from the next plan on."))
    return redirect(url_for("limits.me"), 303)


@bp.post("/v/me/rest")
@requires(Permission.TIMES_MANAGE)
def rest() -> ResponseReturnValue:
    """She takes a rest: nobody asks her for new visits."""
    with transaction():
        service.take_a_rest(current_actor())
    flash(_("You are taking a rest. Visits you have accepted stay; nobody asks you for new ones."))
    return redirect(url_for("limits.me"), 303)


@bp.post("/v/me/again")
@requires(Permission.TIMES_MANAGE)
def again() -> ResponseReturnValue:
    """The rest is over."""
    with transaction():
        service.help_again(current_actor())
    flash(_("Good to have you back. You are asked again from the next plan on."))
    return redirect(url_for("limits.me"), 303)


def _page(errors: dict[str, str]) -> str:
    person_id = current_actor().must_be_someone()
    mine = volunteer(person_id)
    typed = request.form if errors else {
        "reach_m": mine.reach_m, "max_visits_per_day": mine.max_visits_per_day,
        "max_hours_per_week": mine.max_minutes_per_week // 60,
    }  # fmt: skip
    reaches = sorted({*REACHES_M, mine.reach_m})
    return render_template(
        "availability/me.html", volunteer=mine, person=person(person_id), skills=queries.skills_of(person_id),
        typed=typed, errors=errors, reaches=reaches, most_visits=MOST_VISITS, most_hours=MOST_HOURS,
        today=clock.today(this_site().zone), States=VolunteerState,
    )  # fmt: skip
