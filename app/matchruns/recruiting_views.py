"""Whom to look for: the list for a coordinator who talks to new volunteers."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.errors import NotFound
from app.matchruns import queries
from app.matchruns.recruiting import wanted
from app.web.paging import paged_list, search_word

bp = Blueprint("recruiting", __name__)


@bp.get("/c/recruiting", defaults={"code": None})
@bp.get("/c/recruiting/<code>")
@requires(Permission.MATCH_RUN)
def show(code: str | None) -> ResponseReturnValue:
    """How many people, who can do what, where and when, would serve what is left over week by week."""
    units = queries.communities(current_actor())
    if not units:
        return render_template("matchruns/no_community.html")
    unit = units[0] if code is None else next((unit for unit in units if unit.code == code), None)
    if unit is None:
        raise NotFound
    found = wanted(unit, clock.today(unit.zone))
    page = paged_list([line for line in found.lines if line.has(search_word())])
    return render_template("matchruns/recruiting.html", unit=unit, units=units, wanted=found, page=page)
