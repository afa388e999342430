"""The elder's side would rather have somebody else: one question, one answer, and a way back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import NotFound
from app.needs import apart, queries
from app.needs.forms import side_of

bp = Blueprint("apart", __name__)


@bp.get("/me/orders/<need_id>/somebody-else")
@requires(Permission.NEED_PLACE)
def asking(need_id: str) -> ResponseReturnValue:
    """Shall somebody else come from now on?"""
    need = queries.need(current_actor(), need_id)
    side, line = side_of(current_actor(), need.elder_id), queries.line(need)
    if not line.comers:
        raise NotFound
    gone = {c.person.id for c in line.comers if apart.are_apart(need.elder_id, c.person.id)}
    return render_template("needs/apart.html", side=side, workspace=side.workspace, line=line, gone=gone)


@bp.post("/me/orders/<need_id>/somebody-else")
@requires(Permission.NEED_PLACE)
def answer(need_id: str) -> ResponseReturnValue:
    """Somebody else from now on, or that wish taken back."""
    volunteer_id, again = request.form.get("volunteer", ""), request.form.get("again") == "1"
    with transaction():
        (apart.bring_together if again else apart.keep_apart)(current_actor(), need_id, volunteer_id)
    flash(_("Noted. This volunteer may come again.") if again else
          _("Noted. From now on somebody else comes. Nobody is told why."))  # fmt: skip
    return redirect(url_for("me.order", need_id=need_id), 303)
