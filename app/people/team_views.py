"""Teams of volunteers at the desk."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import get_visible
from app.db import transaction
from app.errors import DomainError, Invalid
from app.org.queries import communities_for
from app.people import teams as service
from app.people.models import Team
from app.people.queries import team_line, teams_for, volunteers_here
from app.web.paging import paged, search_word

bp = Blueprint("teams", __name__)


@bp.get("/c/teams")
@requires(Permission.TEAM_MANAGE)
def teams() -> str:
    """The teams of my units, and the form for a new one."""
    return _list({}, {})


@bp.post("/c/teams")
@requires(Permission.TEAM_MANAGE)
def make() -> ResponseReturnValue:
    """A new team."""
    try:
        with transaction():
            team = service.make_team(
                current_actor(), unit_code=request.form.get("unit_code", ""), name=request.form.get("name", "")
            )
    except Invalid as error:
        return _list(request.form, error.fields), error.status
    flash(_("The team is there. Now add its members."))
    return redirect(url_for("teams.team", team_id=team.id), 303)


@bp.get("/c/teams/<team_id>")
@requires(Permission.TEAM_MANAGE)
def team(team_id: str) -> str:
    """One team: its leader and members, and who can be added."""
    return _team(team_id, {})


@bp.post("/c/teams/<team_id>/members")
@requires(Permission.TEAM_MANAGE)
def add(team_id: str) -> ResponseReturnValue:
    """One more member."""
    if not request.form.get("volunteer_id"):
        return _team(team_id, {"volunteer_id": _("Choose a volunteer.")}), 422
    with transaction():
        service.add_member(current_actor(), team_id, request.form["volunteer_id"])
    flash(_("Added to the team."))
    return redirect(url_for("teams.team", team_id=team_id), 303)


@bp.post("/c/teams/<team_id>/members/<volunteer_id>/remove")
@requires(Permission.TEAM_MANAGE)
def remove(team_id: str, volunteer_id: str) -> ResponseReturnValue:
    """One member fewer."""
    with transaction():
        service.remove_member(current_actor(), team_id, volunteer_id)
    flash(_("Taken out of the team."))
    return redirect(url_for("teams.team", team_id=team_id), 303)


@bp.post("/c/teams/<team_id>/members/<volunteer_id>/lead")
@requires(Permission.TEAM_MANAGE)
def lead(team_id: str, volunteer_id: str) -> ResponseReturnValue:
    """This member leads the team from now on."""
    try:
        with transaction():
            service.choose_leader(current_actor(), team_id, volunteer_id)
    except DomainError as error:
        return _team(team_id, {"form": error.sentence()}), error.status
    flash(_("The team has its leader."))
    return redirect(url_for("teams.team", team_id=team_id), 303)


def _list(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    actor = current_actor()
    units = [(unit.code, unit.name) for unit in communities_for(actor)]
    page = paged(teams_for(actor, search_word()))
    return render_template(
        "people/teams.html", page=page, lines=[team_line(team) for team in page.items], units=units, typed=typed,
        errors=errors,
    )  # fmt: skip


def _team(team_id: str, errors: Mapping[str, str]) -> str:
    line = team_line(get_visible(Team, team_id, current_actor()))
    inside = {member.id for member in line.members}
    here = volunteers_here(current_actor(), line.team.unit_code)
    others = [(person.id, person.name) for person in here if person.id not in inside]
    others.insert(0, ("", _("Choose a volunteer")))
    return render_template("people/team.html", line=line, others=others, errors=errors)
