"""Giving stored time to the community fund."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError
from app.ledger.queries import balance
from app.org.queries import community_of
from app.passbook import donating
from app.passbook.forms import GivingForm, look_of, new_uid, passbook_of
from app.people.models import Person

bp = Blueprint("donate", __name__)


@bp.get("/me/ledger/donate")
@requires(Permission.LEDGER_OWN)
def new() -> ResponseReturnValue:
    """Ask how much."""
    return _ask(current_actor(), GivingForm(uid=new_uid("donate")), {})


@bp.post("/me/ledger/donate/check")
@requires(Permission.LEDGER_OWN)
def check() -> ResponseReturnValue:
    """Say once more what will be given and what stays."""
    actor = current_actor()
    form, errors = GivingForm.parse(request.form, "donate", asks_whom=False)
    if errors:
        return _ask(actor, form, errors), 422
    return render_template("passbook/donate_check.html", form=form, **_frame(actor))


@bp.post("/me/ledger/donate")
@requires(Permission.LEDGER_OWN)
def give() -> ResponseReturnValue:
    """It is given now."""
    actor = current_actor()
    form, errors = GivingForm.parse(request.form, "donate", asks_whom=False)
    if errors:
        return _ask(actor, form, errors), 422
    try:
        with transaction():
            donating.donate_own(actor, uid=form.uid, minutes=form.minutes)
    except DomainError as error:
        return _ask(actor, form, {"form": error.sentence()}), error.status
    return redirect(url_for("donate.thanks", uid=form.uid), 303)


@bp.get("/me/ledger/donate/<uid>")
@requires(Permission.LEDGER_OWN)
def thanks(uid: str) -> ResponseReturnValue:
    """Thanks, and what it does."""
    actor = current_actor()
    given = donating.own_donation(actor, uid)
    return render_template("passbook/donate_thanks.html", given=given, **_frame(actor))


def _ask(actor: Actor, form: GivingForm, errors: dict[str, str]) -> str:
    return render_template("passbook/donate_new.html", form=form, errors=errors, **_frame(actor))


def _frame(actor: Actor) -> dict[str, object]:
    me = session.get_one(Person, actor.must_be_someone())
    return {
        "workspace": look_of(actor), "passbook": passbook_of(actor), "balance": balance(me.id),
        "community": community_of(me.unit_code),
    }  # fmt: skip
