"""The desk's pages of shops, funds with a purpose, and what teams give."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import get_visible
from app.db import session, transaction
from app.desk import keeping, service
from app.desk.forms import CharityForm, GiveForm, OfferForm, ReasonForm, ShopForm
from app.desk.models import Shop
from app.desk.queries import (
    charities_of,
    charity_of,
    offers_of,
    purse_of,
    refunds_of,
    shops_in,
    slip_of,
    slips_of,
    taken_in,
    team_purse,
)
from app.errors import DomainError, NotFound
from app.ledger.desk_queries import funds
from app.ledger.line_queries import statement
from app.ledger.models import AccountKind, Unit
from app.ledger.queries import names_of
from app.ledger.redeeming import redeemable
from app.menu.queries import items
from app.org.models import OrgUnit
from app.org.queries import communities_for
from app.people.models import CATEGORIES, Person, Team
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("keeping", __name__)


# Shops ----------------------------------------------------------------------------------------------------------------


@bp.get("/c/ledger/shops")
@requires(Permission.LEDGER_SEE)
def shops() -> ResponseReturnValue:
    """The shops of my units."""
    page = paged(shops_in(current_actor(), search_word()))
    return render_template("desk/shops.html", page=page, taken={shop.id: taken_in(shop.id) for shop in page.items})


@bp.get("/c/ledger/shops/new")
@requires(Permission.LEDGER_PROPOSE)
def new_shop() -> ResponseReturnValue:
    """The form for a new one."""
    return render_template("desk/shop_new.html", form=ShopForm(), errors={})


@bp.post("/c/ledger/shops/new")
@requires(Permission.LEDGER_PROPOSE)
def open_shop() -> ResponseReturnValue:
    """A new shop."""
    form, errors = ShopForm.parse(request.form)
    if errors:
        return render_template("desk/shop_new.html", form=form, errors=errors), 422
    with transaction():
        shop = keeping.open_shop(current_actor(), _community().code, name=form.name, where=form.where)
    flash(_("The shop is there. Now add what it offers."))
    return redirect(url_for("keeping.shop", shop_id=shop.id), 303)


@bp.get("/c/ledger/shops/<shop_id>")
@requires(Permission.LEDGER_SEE)
def shop(shop_id: str) -> ResponseReturnValue:
    """One shop: what it offers, and what was redeemed there. A slip is found by the end of its number."""
    return _shop_page(shop_id, OfferForm(), {})


@bp.post("/c/ledger/shops/<shop_id>/offers")
@requires(Permission.LEDGER_PROPOSE)
def add_offer(shop_id: str) -> ResponseReturnValue:
    """One more thing."""
    shop = get_visible(Shop, shop_id, current_actor())
    form, errors = OfferForm.parse(request.form, _units(shop))
    if errors:
        return _shop_page(shop_id, form, errors), 422
    with transaction():
        keeping.add_offer(current_actor(), shop_id, name=form.name, unit=Unit(form.unit), price=int(form.price))
    flash(_("It is offered from now on."))
    return redirect(url_for("keeping.shop", shop_id=shop_id), 303)


@bp.post("/c/ledger/shops/<shop_id>/offers/<offer_id>/end")
@requires(Permission.LEDGER_PROPOSE)
def end_offer(shop_id: str, offer_id: str) -> ResponseReturnValue:
    """A thing is not offered any more."""
    with transaction():
        keeping.end_offer(current_actor(), shop_id, offer_id)
    flash(_("It is not offered any more."))
    return redirect(url_for("keeping.shop", shop_id=shop_id), 303)


@bp.post("/c/ledger/shops/<shop_id>/end")
@requires(Permission.LEDGER_PROPOSE)
def end_shop(shop_id: str) -> ResponseReturnValue:
    """A shop takes nothing any more."""
    with transaction():
        keeping.end_shop(current_actor(), shop_id)
    flash(_("Nothing more is redeemed at this shop."))
    return redirect(url_for("keeping.shop", shop_id=shop_id), 303)


@bp.get("/c/ledger/shops/<shop_id>/slips/<slip_uid>/refund")
@requires(Permission.LEDGER_PROPOSE)
def refunding(shop_id: str, slip_uid: str) -> ResponseReturnValue:
    """What was redeemed, and the question why it is given back."""
    return _refund_page(shop_id, slip_uid, ReasonForm(), {})


@bp.post("/c/ledger/shops/<shop_id>/slips/<slip_uid>/refund")
@requires(Permission.LEDGER_PROPOSE)
def refund(shop_id: str, slip_uid: str) -> ResponseReturnValue:
    """Propose to give it back; another person decides."""
    form, errors = ReasonForm.parse(request.form)
    if errors:
        return _refund_page(shop_id, slip_uid, form, errors), 422
    try:
        with transaction():
            service.propose_refund(current_actor(), shop_id, slip_uid, form.reason)
    except NotFound:
        raise
    except DomainError as error:
        return _refund_page(shop_id, slip_uid, form, {"form": error.sentence()}), error.status
    flash(_("Proposed. It counts when a second person has approved it."))
    return redirect(url_for("desk.pending"), 303)


def _refund_page(shop_id: str, slip_uid: str, form: ReasonForm, errors: dict[str, str]) -> str:
    slip = slip_of(current_actor(), shop_id, slip_uid)
    return render_template(
        "desk/refund.html", shop=get_visible(Shop, shop_id, current_actor()), slip=slip, form=form, errors=errors,
        state=refunds_of([slip_uid]).get(slip_uid, ""), zone=this_site().zone,
    )  # fmt: skip


def _units(shop: Shop) -> list[str]:
    today = clock.now().date()
    return [str(unit) for unit in Unit if redeemable(shop.unit_code, unit, on=today)]


def _shop_page(shop_id: str, form: OfferForm, errors: dict[str, str]) -> str:
    shop = get_visible(Shop, shop_id, current_actor())
    page = paged(slips_of(shop.id, search_word()), scalars=False)
    return render_template(
        "desk/shop.html", shop=shop, form=form, errors=errors, page=page, units=_units(shop), offers=offers_of(shop.id),
        taken=taken_in(shop.id), zone=this_site().zone, refunds=refunds_of([row[0].uid for row in page.items]),
    )  # fmt: skip


# Funds with a purpose -------------------------------------------------------------------------------------------------


@bp.get("/c/ledger/funds")
@requires(Permission.LEDGER_SEE)
def charities() -> ResponseReturnValue:
    """The funds with a purpose of my units."""
    page = paged(charities_of(current_actor(), search_word()))
    return render_template("desk/charities.html", page=page, purses=[purse_of(charity) for charity in page.items])


@bp.get("/c/ledger/funds/new")
@requires(Permission.LEDGER_PROPOSE)
def new_charity() -> ResponseReturnValue:
    """The form for a new one."""
    return _charity_form(CharityForm(), {})


@bp.post("/c/ledger/funds/new")
@requires(Permission.LEDGER_PROPOSE)
def open_charity() -> ResponseReturnValue:
    """A new fund with its purpose."""
    form, errors = CharityForm.parse(request.form, [item.code for item in items()], list(CATEGORIES))
    if errors:
        return _charity_form(form, errors), 422
    with transaction():
        charity = keeping.open_charity(
            current_actor(), _community().code, name=form.name, donor=form.donor, purpose=form.purpose,
            item_codes=list(form.item_codes), categories=list(form.categories),
        )  # fmt: skip
    flash(_("The fund is there. Now fill it from the budget, or let people give to it."))
    return redirect(url_for("keeping.charity", charity_id=charity.id), 303)


@bp.get("/c/ledger/funds/<charity_id>")
@requires(Permission.LEDGER_SEE)
def charity(charity_id: str) -> ResponseReturnValue:
    """One fund: its purpose, what came in, and the visits that it paid for."""
    actor = current_actor()
    purse = charity_of(actor, charity_id)
    before = request.args.get("before", "")
    page = (
        statement(actor, purse.account, before=int(before) if before.isdecimal() and len(before) < 16 else None)
        if purse.account is not None else None
    )  # fmt: skip
    return render_template(
        "desk/charity.html", purse=purse, charity=purse.charity, page=page, zone=this_site().zone,
        items={item.code: item for item in items()},
        names=names_of({line.other_owner_id for line in page.lines} if page else set()),
    )  # fmt: skip


def _charity_form(form: CharityForm, errors: dict[str, str]) -> str:
    return render_template("desk/charity_new.html", form=form, errors=errors, items=items(), CATEGORIES=CATEGORIES)


# Teams ----------------------------------------------------------------------------------------------------------------


@bp.get("/c/ledger/teams/<team_id>")
@requires(Permission.LEDGER_SEE)
def team(team_id: str) -> ResponseReturnValue:
    """A team's hours: what its members earned for it, and what it gave."""
    return _team_page(team_id, GiveForm(), {})


@bp.post("/c/ledger/teams/<team_id>/give")
@requires(Permission.LEDGER_PROPOSE)
def team_gives(team_id: str) -> ResponseReturnValue:
    """Give a team's hours to a fund, as the team wishes."""
    actor = current_actor()
    get_visible(Team, team_id, actor)
    form, errors = GiveForm.parse(request.form, [key for key, _words in _funds()])
    if errors:
        return _team_page(team_id, form, errors), 422
    try:
        with transaction():
            keeping.team_gives(actor, team_id, to=form.to, minutes=int(form.amount), nonce=form.nonce)
    except NotFound:
        raise
    except DomainError as error:
        return _team_page(team_id, form, {"amount": error.sentence()}), error.status
    flash(_("Given. The line stands in the ledger."))
    return redirect(url_for("keeping.team", team_id=team_id), 303)


def _funds() -> list[tuple[str, str]]:
    """The funds of the actor's units that time can be given to: (account id, name)."""
    kinds = (AccountKind.COMMUNITY_FUND, AccountKind.CHARITY_FUND)
    found = [fund for fund in funds(current_actor()) if fund.kind in kinds]
    names = names_of({fund.owner_id for fund in found})
    return [(fund.id, names.get(fund.owner_id, "–")) for fund in found]


def _team_page(team_id: str, form: GiveForm, errors: dict[str, str]) -> str:
    actor = current_actor()
    team = get_visible(Team, team_id, actor)
    purse = team_purse(team)
    page = statement(actor, purse) if purse is not None else None
    leader = session.get(Person, team.leader_id) if team.leader_id else None
    return render_template(
        "desk/team.html", team=team, leader=leader, purse=purse, page=page, form=form, errors=errors, funds=_funds(),
        names=names_of({line.other_owner_id for line in page.lines} if page else set()), zone=this_site().zone,
        items={item.code: item for item in items()},
    )  # fmt: skip


def _community() -> OrgUnit:
    found = next(iter(communities_for(current_actor())), None)
    if found is None:
        raise NotFound
    return found
