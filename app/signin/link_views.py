"""Sign-in links on paper or on the elder's phone: a grid worker makes one, shows it once, and withdraws it."""

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.signin import links

bp = Blueprint("links", __name__)
MADE = "link_made"  # the new link, in the maker's own cookie until it was shown


@bp.get("/g/elders/<person_id>/link")
@requires(Permission.GRID_WORK)
def hand(person_id: str) -> str:
    """The links of an elder or of her family: make one, see the one just made, withdraw all."""
    actor = current_actor()
    person, kept = links.person_for(actor, person_id), links.links_of(actor, person_id)
    made = session.get(MADE, {})
    address = absolute(made["path"]) if made.get("person") == person_id else ""
    return render_template("signin/hand.html", person=person, kept=kept, address=address, picture=picture(address))


@bp.post("/g/elders/<person_id>/link")
@requires(Permission.GRID_WORK)
def make(person_id: str) -> ResponseReturnValue:
    """Make a link and show it."""
    with transaction():
        path = links.make_link(current_actor(), person_id)
    session[MADE] = {"person": person_id, "path": path}
    return redirect(url_for("links.hand", person_id=person_id), 303)


@bp.post("/g/elders/<person_id>/link/withdraw")
@requires(Permission.GRID_WORK)
def withdraw(person_id: str) -> ResponseReturnValue:
    """End every link of the person and sign her devices out."""
    with transaction():
        links.withdraw_links(current_actor(), person_id)
    session.pop(MADE, None)
    flash(_("All links are withdrawn, and all devices are signed out."))
    return redirect(url_for("links.hand", person_id=person_id), 303)


def absolute(path: str) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base.rstrip("/") + path


def picture(address: str) -> Markup:
    """The square code of an address, drawn in the page itself."""
    if not address:
        return Markup()
    return Markup(segno.make(address, error="q").svg_inline(scale=5, border=4))
