"""A person's points, what she can redeem, and how long what she stored keeps."""

from datetime import date, timedelta
from secrets import token_hex

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.desk import keeping
from app.desk.lapses import months_of
from app.desk.models import Shop
from app.desk.queries import counters_for, offer_for
from app.errors import DomainError, NotFound
from app.ledger.lapsing import lapses
from app.ledger.line_queries import statement
from app.ledger.models import Account, AccountKind, Memo, Transfer, TransferKind, Unit
from app.ledger.posting import was_reversed
from app.ledger.queries import find_account, names_of
from app.ledger.redeeming import redeemable
from app.people.models import Person
from app.rulepacks.queries import setting
from app.web.frame import this_site

bp = Blueprint("points", __name__)


@bp.get("/me/points")
@requires(Permission.LEDGER_OWN)
def mine() -> ResponseReturnValue:
    """My points line by line, what lapses when, and what they can be redeemed for."""
    actor, me, today = current_actor(), _me(), clock.now().date()
    purses = {unit: find_account(AccountKind.PERSON, me.id, unit=unit) for unit in Unit}
    points = purses[Unit.POINT]
    before = request.args.get("before", "")
    page = (
        statement(actor, points, before=int(before) if before.isdecimal() and len(before) < 16 else None)
        if points is not None else None
    )  # fmt: skip
    return render_template(
        "desk/points.html", page=page, purses=purses, Unit=Unit, counters=counters_for(me), zone=this_site().zone,
        enabled=setting(me.unit_code, "points_enabled", on=today),
        rate=int(setting(me.unit_code, "points_per_hour", on=today)),
        can_redeem={unit: redeemable(me.unit_code, unit, on=today) for unit in Unit},
        lapses={unit: _lapses(me, purse) for unit, purse in purses.items()},
        names=names_of({line.other_owner_id for line in page.lines} if page else set()), items={},
    )  # fmt: skip


@bp.get("/me/points/redeem/<offer_id>")
@requires(Permission.LEDGER_OWN)
def redeeming(offer_id: str) -> ResponseReturnValue:
    """One thing, and the question whether I want it."""
    return _redeem_page(offer_id, token_hex(12), "")


@bp.post("/me/points/redeem/<offer_id>")
@requires(Permission.LEDGER_OWN)
def redeem(offer_id: str) -> ResponseReturnValue:
    """Yes, I want it: it is paid, and the slip is what the shop wants to see."""
    nonce = request.form.get("nonce", "")
    nonce = nonce if nonce.isalnum() and len(nonce) == 24 else token_hex(12)
    try:
        with transaction():
            done = keeping.take(current_actor(), offer_id, nonce)
    except NotFound:
        raise
    except DomainError as error:
        return _redeem_page(offer_id, nonce, error.sentence()), error.status
    return redirect(url_for("points.slip", slip_uid=done.uid), 303)


@bp.get("/me/points/slips/<slip_uid>")
@requires(Permission.LEDGER_OWN)
def slip(slip_uid: str) -> ResponseReturnValue:
    """What I redeemed, with the number to show at the shop."""
    done = session.get(Transfer, slip_uid)
    if done is None or done.kind != TransferKind.REDEEM or done.made_by_id != current_actor().person_id:
        raise NotFound
    shop_id = session.get_one(Account, done.credit_account_id).owner_id.removeprefix("shop:")
    memo = session.get(Memo, slip_uid)
    return render_template(
        "desk/slip.html", done=done, shop=session.get(Shop, shop_id), words=memo.text if memo else "",
        number=slip_uid[-6:].upper(), zone=this_site().zone, given_back=was_reversed(slip_uid),
    )  # fmt: skip


def _me() -> Person:
    return session.get_one(Person, current_actor().must_be_someone())


def _lapses(me: Person, purse: Account | None) -> list[tuple[date, int]]:
    """How much is good until which day, soonest first; nothing where the rules let nothing lapse."""
    months = months_of(me.unit_code, Unit(purse.unit)) if purse is not None else 0
    coming = lapses(purse, months) if purse is not None and months else {}
    return [(day - timedelta(days=1), amount) for day, amount in coming.items()]


def _redeem_page(offer_id: str, nonce: str, error: str) -> str:
    offer, shop = offer_for(_me(), offer_id)
    purse = find_account(AccountKind.PERSON, _me().id, unit=Unit(offer.unit))
    return render_template(
        "desk/redeem.html", offer=offer, shop=shop, nonce=nonce, error=error, has=purse.available if purse else 0
    )
