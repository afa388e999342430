"""Saying who shall have one's time one day."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError
from app.ledger.nominating_queries import nominations_of
from app.ledger.queries import names_of
from app.org.queries import community_of, zone_of
from app.passbook.forms import look_of, passbook_of
from app.passbook.nominating import nominate
from app.passbook.queries import kin_of
from app.people.models import Person
from app.web.frame import this_site

bp = Blueprint("nominee", __name__)
FUND = "fund"


@bp.get("/me/ledger/nominee")
@requires(Permission.LEDGER_OWN)
def mine() -> ResponseReturnValue:
    """What holds now, what I said before, and the choice."""
    return _page({})


@bp.post("/me/ledger/nominee")
@requires(Permission.LEDGER_OWN)
def say() -> ResponseReturnValue:
    """It holds from now on, until I say otherwise."""
    to = request.form.get("to", "")
    if not to:
        return _page({"to": _("Say who shall have it.")}), 422
    try:
        with transaction():
            nominate(current_actor(), nominee_id=None if to == FUND else to)
    except DomainError as error:
        return _page({"form": error.sentence()}), error.status
    flash(_("Noted. You can change it at any time."))
    return redirect(url_for("nominee.mine"), 303)


def _page(errors: dict[str, str]) -> str:
    actor = current_actor()
    me = session.get_one(Person, actor.must_be_someone())
    said = nominations_of(me.id)
    return render_template(
        "passbook/nominee.html", said=said, names=names_of({one.nominee_id for one in said if one.nominee_id}),
        kin=kin_of(me.id, on=clock.today(zone_of(me.unit_code))), errors=errors, community=community_of(me.unit_code),
        zone=this_site().zone, workspace=look_of(actor), passbook=passbook_of(actor), FUND=FUND,
    )  # fmt: skip
