"""The menu at the desk: what is offered here, and switching it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.menu import queries, service
from app.org.models import OrgUnit
from app.org.queries import unit
from app.people.models import Role
from app.web.filters import item_name

bp = Blueprint("menu_desk", __name__)


@bp.get("/c/menu")
@requires(Permission.MENU_SWITCH)
def menu() -> str:
    """Every item, whether it is offered in the unit, and who decided so."""
    here = _unit(current_actor(), request.args.get("unit", ""))
    off, own = queries.switched_off(here.code), queries.switches_of(here.code)
    kinds: dict[str, list[Any]] = {}
    for item in queries.items():
        kinds.setdefault(item.category_en, []).append(item)
    units = [(each.code, each.name) for each in _units(current_actor())]
    known = {skill.code: skill for skill in queries.skills()}
    return render_template(
        "menu/desk.html", here=here, units=units, kinds=list(kinds.values()), off=off, own=own,
        skills=known,
    )  # fmt: skip


@bp.post("/c/menu/<code>")
@requires(Permission.MENU_SWITCH)
def switch(code: str) -> ResponseReturnValue:
    """Offer the item here, or no longer."""
    here, on = _unit(current_actor(), request.form.get("unit", "")), request.form.get("on") == "1"
    with transaction():
        service.switch_item(current_actor(), here.code, code, on)
    name = item_name(queries.item(code))
    flash(_("“%(item)s” is offered now.", item=name) if on else _("“%(item)s” is no longer offered.", item=name))
    return redirect(url_for("menu_desk.menu", unit=here.code), 303)


def _units(actor: Actor) -> list[OrgUnit]:
    return [unit(code) for code in sorted(actor.units(Role.COORDINATOR))]


def _unit(actor: Actor, code: str) -> OrgUnit:
    """The unit of the page: the one asked for where it is hers (the service checks again), else her first."""
    units = _units(actor)
    return next((each for each in units if each.code == code), units[0])
