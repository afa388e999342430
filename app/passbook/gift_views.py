"""A member's gifts: what she gives to whom, what still waits, the stop; and who asks an elder about her first one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError, NotAllowed, NotFound
from app.ledger.queries import balance, names_of, own_account
from app.org.queries import zone_of
from app.passbook import gifts, queries, stopping
from app.passbook.forms import GivingForm, look_of, new_uid, passbook_of
from app.passbook.pool_queries import rows_of
from app.passbook.queries import Gift, WhyNot
from app.people.models import Person
from app.rulepacks.queries import setting
from app.web.frame import this_site
from app.web.paging import Page, paged

bp = Blueprint("gifts", __name__)


@bp.get("/me/ledger/gifts")
@requires(Permission.LEDGER_OWN)
def mine() -> ResponseReturnValue:
    """What I gave and what still waits; with `for`, a relative sees an elder's, and may stop them."""
    actor = current_actor()
    owner = _owner(actor, request.args.get("for"))
    page = paged(queries.gifts_from(owner.id), scalars=False)
    purse = own_account(actor, owner.id)
    return render_template(
        "passbook/gifts.html", page=page, gifts=[Gift(*row) for row in page.items], names=_names(page), owner=owner,
        own=owner.id == actor.person_id, stopped=purse is not None and queries.gifts_stopped(purse.id),
        **_frame(actor),
    )  # fmt: skip


@bp.get("/me/ledger/gifts/new")
@requires(Permission.LEDGER_OWN)
def new() -> ResponseReturnValue:
    """Ask to whom and how much."""
    return _ask(current_actor(), GivingForm(to=request.args.get("to", ""), uid=new_uid("gift")), {})


@bp.post("/me/ledger/gifts/check")
@requires(Permission.LEDGER_OWN)
def check() -> ResponseReturnValue:
    """Say once more what will be given, when, and what stays."""
    actor = current_actor()
    form, errors = GivingForm.parse(request.form, "gift", asks_whom=True)
    if errors:
        return _ask(actor, form, errors), 422
    me = actor.must_be_someone()
    return render_template(
        "passbook/gift_check.html", form=form, name=_name(me, form.to), to_pool=form.to.startswith("household:"),
        balance=balance(me), cooling_h=_rules(actor)["cooling_h"], **_frame(actor),
    )  # fmt: skip


@bp.post("/me/ledger/gifts")
@requires(Permission.LEDGER_OWN)
def give() -> ResponseReturnValue:
    """It is decided now."""
    actor = current_actor()
    form, errors = GivingForm.parse(request.form, "gift", asks_whom=True)
    if errors:
        return _ask(actor, form, errors), 422
    try:
        with transaction():
            gifts.ask_gift(actor, uid=form.uid, to=form.to, minutes=form.minutes)
    except DomainError as error:
        return _ask(actor, form, {"form": error.sentence()}), error.status
    return redirect(url_for("gifts.one", uid=form.uid), 303)


@bp.get("/me/ledger/gifts/<uid>")
@requires(Permission.LEDGER_OWN)
def one(uid: str) -> ResponseReturnValue:
    """One gift: whether it is given or until when it waits."""
    actor = current_actor()
    gift = queries.gift_of(actor.must_be_someone(), uid)
    return render_template(
        "passbook/gift.html", gift=gift, names=names_of({gift.receiver.owner_id}), **_frame(actor)
    )  # fmt: skip


@bp.post("/me/ledger/gifts/<uid>/call-back")
@requires(Permission.LEDGER_OWN)
def call_back(uid: str) -> ResponseReturnValue:
    """It is not given after all."""
    try:
        with transaction():
            gifts.call_back(current_actor(), uid)
    except NotFound:
        raise
    except DomainError as error:
        flash(error.sentence(), "warning")
    return redirect(url_for("gifts.one", uid=uid), 303)


@bp.post("/me/ledger/gifts/stop")
@requires(Permission.LEDGER_OWN)
def stop() -> ResponseReturnValue:
    """Nothing is given from this passbook any more; a relative may stop for an elder."""
    actor = current_actor()
    owner = _owner(actor, request.form.get("for"))
    with transaction():
        stopping.stop_gifts(actor.for_elder(owner.id), person_id=owner.id)
    flash(_("Stopped. Nothing is given from this passbook until its owner lets gifts go again."))
    return redirect(url_for("gifts.mine") if owner.id == actor.person_id else f"/me/ledger/gifts?for={owner.id}", 303)


@bp.post("/me/ledger/gifts/go")
@requires(Permission.LEDGER_OWN)
def go() -> ResponseReturnValue:
    """Gifts go again: the owner's own word."""
    with transaction():
        stopping.let_gifts_go(current_actor())
    flash(_("Gifts go again. The next one to each person waits like a first one."))
    return redirect(url_for("gifts.mine"), 303)


# Who asks in person --------------------------------------------------------------------------------------------------


@bp.get("/g/gifts")
@requires(Permission.GRID_WORK)
def to_ask() -> ResponseReturnValue:
    """First gifts of elders in my units, to be asked about by phone or at the door."""
    page = paged(queries.gifts_to_ask_about(current_actor()), scalars=False)
    accounts = {order.uid: gifts.account(order.receiver_account_id) for order, _giver in page.items}
    return render_template(
        "passbook/gifts_to_ask.html", page=page, accounts=accounts, zone=this_site().zone,
        names=names_of({one.owner_id for one in accounts.values()}),
    )  # fmt: skip


@bp.post("/g/gifts/<uid>/word")
@requires(Permission.GRID_WORK)
def word(uid: str) -> ResponseReturnValue:
    """What the elder said."""
    yes, how = request.form.get("answer") == "yes", request.form.get("how", "phone")
    try:
        with transaction():
            gifts.say_word(current_actor(), uid, said_yes=yes, how=how if how in ("phone", "door") else "phone")
    except NotFound:
        raise
    except DomainError as error:
        flash(error.sentence(), "warning")
    else:
        flash(_("Noted: the elder wants it.") if yes else _("Noted: the elder does not want it. Nothing is given."))
    return redirect(url_for("gifts.to_ask"), 303)


# ---------------------------------------------------------------------------------------------------------------------


def _owner(actor: Actor, named: str | None) -> Person:
    """Whose gifts: the actor's own, or those of an elder she speaks for."""
    key = named or actor.must_be_someone()
    if key != actor.person_id and key not in actor.speaks_for:
        raise NotFound
    found = session.get(Person, key)
    if found is None:
        raise NotAllowed
    return found


def _ask(actor: Actor, form: GivingForm, errors: dict[str, str]) -> str:
    me = session.get_one(Person, actor.must_be_someone())
    kin = queries.kin_of(me.id, on=clock.today(zone_of(me.unit_code)))
    pools = [(household, names_of({household.owner})) for row, household in rows_of(me.id) if row.agreed_at]
    return render_template(
        "passbook/gift_new.html", form=form, errors=errors, kin=kin, pools=pools, balance=balance(me.id),
        WhyNot=WhyNot, **_rules(actor), **_frame(actor),
    )  # fmt: skip


def _rules(actor: Actor) -> dict[str, int]:
    """What the rules say about gifts at the actor's home today."""
    home = session.get_one(Person, actor.must_be_someone()).unit_code
    on = clock.today(zone_of(home))
    keys = {"day_cap": "gift_cap_min_per_day", "cooling_h": "gift_first_cooling_h", "least": "gift_recipient_min_age"}
    return {name: int(setting(home, key, on=on)) for name, key in keys.items()}


def _name(me: str, to: str) -> str:
    """The receiver's name as the giver knows her; nothing is told of somebody who is not her family."""
    if to.startswith("household:"):
        hers = {household.owner for row, household in rows_of(me)}
        return names_of({to} & hers).get(to, "")
    return names_of({to} & set(queries.family_of(me))).get(to, "")


def _names(page: Page) -> dict[str, str]:
    return names_of({row[1].owner_id for row in page.items})


def _frame(actor: Actor) -> dict[str, str]:
    return {"workspace": look_of(actor), "passbook": passbook_of(actor), "zone": this_site().zone}
