"""Who may act for an elder: her own pages, the grid worker's at the door, and those of a relative with the card."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access import login
from app.access.guard import current_actor, public, requires, visitor
from app.access.policy import Permission
from app.db import transaction
from app.errors import DomainError, Invalid, TooMany
from app.people import family_forms as forms
from app.people import relatives
from app.people.models import Relation
from app.people.queries import person
from app.signin import codes, service, tries
from app.signin.codes import Purpose
from app.web import locale
from app.web.frame import this_site

bp = Blueprint("family", __name__)
ASKED_PER_DAY, DAY = 3, timedelta(days=1)  # who asks is not known yet: three times is no flood
ASKED = "family"  # what a relative entered before her phone was proved, in her own browser's cookie


# The elder's pages ---------------------------------------------------------------------------------------------------


@bp.get("/me/family")
@requires(Permission.FAMILY_MANAGE)
def mine() -> str:
    """Who may act for me."""
    return render_template("family/mine.html", bonds=relatives.bonds_of(current_actor().must_be_someone()))


@bp.get("/me/family/add")
@requires(Permission.FAMILY_MANAGE)
def name_one() -> str:
    """Ask whom I want to order for me."""
    return render_template("family/add_mine.html", typed={}, errors={})


@bp.post("/me/family/add")
@requires(Permission.FAMILY_MANAGE)
def bind_mine() -> ResponseReturnValue:
    """She may order for me from now on."""
    try:
        entry = forms.relative_entry(request.form)
        with transaction():
            relatives.bind_by_the_elder(current_actor(), entry)
    except DomainError as error:
        return render_template("family/add_mine.html", typed=request.form, errors=_fields(error)), error.status
    flash(_("%(name)s may now order for you.", name=entry.name))
    return redirect(url_for("family.mine"), 303)


@bp.get("/me/family/<bond_id>/end")
@requires(Permission.FAMILY_MANAGE)
def ask_end(bond_id: str) -> str:
    """Ask whether it shall end."""
    bond, _elder, relative = relatives.bond_for(current_actor(), bond_id)
    return render_template("family/end_mine.html", bond=bond, relative=relative)


@bp.post("/me/family/<bond_id>/end")
@requires(Permission.FAMILY_MANAGE)
def end_mine(bond_id: str) -> ResponseReturnValue:
    """It ends now."""
    with transaction():
        bond = relatives.unbind(current_actor(), bond_id)
    flash(_("%(name)s can no longer order for you.", name=person(bond.relative_id).name))
    return redirect(url_for("family.mine"), 303)


# At the door ---------------------------------------------------------------------------------------------------------


@bp.get("/g/elders/<elder_id>/family")
@requires(Permission.GRID_WORK)
def at_the_door(elder_id: str) -> str:
    """Who may act for this elder, and the form for one more."""
    return _door_page(elder_id, {}, {})


@bp.post("/g/elders/<elder_id>/family")
@requires(Permission.GRID_WORK)
def bind_at_the_door(elder_id: str) -> ResponseReturnValue:
    """The elder said yes to the grid worker."""
    try:
        entry = forms.relative_entry(request.form, agreed_needed=True)
        with transaction():
            relatives.bind_at_the_door(current_actor(), elder_id, entry)
    except (Invalid, relatives.NotOneself) as error:
        return _door_page(elder_id, request.form, _fields(error)), error.status
    flash(_("%(name)s may now order for the elder.", name=entry.name))
    return redirect(url_for("family.at_the_door", elder_id=elder_id), 303)


@bp.post("/g/elders/<elder_id>/family/<bond_id>/end")
@requires(Permission.GRID_WORK)
def end_at_the_door(elder_id: str, bond_id: str) -> ResponseReturnValue:
    """The elder said no to the grid worker."""
    with transaction():
        bond = relatives.unbind(current_actor(), bond_id)
    flash(_("%(name)s can no longer order for the elder.", name=person(bond.relative_id).name))
    return redirect(url_for("family.at_the_door", elder_id=elder_id), 303)


def _door_page(elder_id: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    relatives.elder_at_the_door(current_actor(), elder_id)
    return render_template(
        "family/door.html", elder=person(elder_id), bonds=relatives.bonds_of(elder_id), typed=typed, errors=errors
    )


# A relative with the card --------------------------------------------------------------------------------------------


@bp.get("/family/add")
@public
def ask() -> str:
    """Ask for the card's code (filled in by the scanner), how we belong together, and, of a stranger, who she is."""
    return _ask_page({"card": request.args.get("card", "")}, {})


@bp.post("/family/add")
@public
def bind_by_card() -> ResponseReturnValue:
    """Bind whoever is signed in; send a stranger a code first, since her phone is how she signs in."""
    actor, errors = visitor(), dict[str, str]()
    card, relation = forms.card_field(request.form, errors), forms.relation_field(request.form, errors)
    try:
        if actor is None:
            return _ask_for_code(card, errors)
        if errors or relation is None:
            raise Invalid(errors)
        _count_try(f"card:{actor.person_id}")
        with transaction():
            relatives.bind_by_card(actor.must_be_someone(), card, relation)
            tries.succeeded(f"card:{actor.person_id}")
    except DomainError as error:
        return _ask_page(request.form, _fields(error, "card")), error.status
    return _bound()


@bp.get("/family/add/door")
@public
def without_card() -> str:
    """Ask who she is and whom she means, for the grid worker to ask at the door."""
    actor = visitor()
    known = person(actor.person_id) if actor and actor.person_id else None
    return _without_card_page({"name": known.name, "phone": known.phone} if known else {}, {})


@bp.post("/family/add/door")
@public
def ask_at_the_door() -> ResponseReturnValue:
    """Pass it on to the grid worker; the answer is the same whether or not there is such an elder."""
    community = this_site().unit_code
    try:
        entry = forms.door_entry(request.form)
        with transaction():
            allowed = tries.may_try(f"ask:{entry.phone}", limit=ASKED_PER_DAY, window=DAY, in_a_row=None)
            if allowed and community:
                relatives.ask_at_the_door(community, entry)
        if not allowed:
            raise TooMany
    except (Invalid, TooMany) as error:
        return _without_card_page(request.form, _fields(error)), error.status
    flash(_("Passed on. The grid worker asks at the door and calls you."))
    return redirect(url_for("family.ask"), 303)


def _without_card_page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template("family/without_card.html", typed=typed, errors=errors)


@bp.get("/family/add/code")
@public
def code() -> ResponseReturnValue:
    """Ask for the code that was sent."""
    if ASKED not in session:
        return redirect(url_for("family.ask"), 303)
    return render_template("family/code.html", phone=session[ASKED]["phone"], errors={})


@bp.post("/family/add/code")
@public
def check_code() -> ResponseReturnValue:
    """The phone is hers: write her down, bind her, sign her in."""
    if ASKED not in session:
        return redirect(url_for("family.ask"), 303)
    asked: dict[str, Any] = session[ASKED]
    try:
        with transaction():
            right = codes.check_code(asked["phone"], request.form.get("code", ""), Purpose.FAMILY)
            opened = _bind_new(asked) if right else None
    except DomainError as error:
        return _code_page(asked, error.sentence()), error.status
    if opened is None:
        return _code_page(asked, _("This code is wrong or has ended. Look at the newest message.")), 422
    login.sign_in(*opened)
    return _bound()


def _bind_new(asked: Mapping[str, str]) -> Any:
    entry = relatives.RelativeEntry(
        name=asked["name"], sex=asked["sex"], phone=asked["phone"], relation=Relation(asked["relation"]),
        language=locale.language(),
    )  # fmt: skip
    relative = relatives.bind_stranger(entry, asked["card"])
    return service.open_session(relative.id, device=request.user_agent.string, how="family")


def _ask_for_code(card: str, errors: dict[str, str]) -> ResponseReturnValue:
    try:
        entry = forms.relative_entry(request.form)
    except Invalid as error:
        raise Invalid({**errors, **error.fields}) from None
    if errors:
        raise Invalid(errors)
    _count_try(f"card:{entry.phone}")
    if relatives.elder_of_card(card) is None:
        raise relatives.NoSuchCard
    with transaction():
        codes.send_code(entry.phone, Purpose.FAMILY)
        tries.succeeded(f"card:{entry.phone}")
    session[ASKED] = {
        "name": entry.name,
        "sex": entry.sex,
        "phone": entry.phone,
        "relation": entry.relation,
        "card": card,
    }
    return redirect(url_for("family.code"), 303)


def _count_try(subject: str) -> None:
    """A wrong card is a guess like a wrong code: ten an hour."""
    with transaction():
        allowed = tries.may_try(subject)
    if not allowed:
        raise TooMany


def _bound() -> ResponseReturnValue:
    session.pop(ASKED, None)
    flash(_("Done. You may now order for your family member, who was told of it."))
    return redirect("/family", 303)


def _ask_page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template("family/ask.html", typed=typed, errors=errors, known=visitor() is not None)


def _code_page(asked: Mapping[str, str], sentence: str) -> str:
    return render_template("family/code.html", phone=asked["phone"], errors={"code": sentence})


def _fields(error: DomainError, field: str = "form") -> dict[str, str]:
    """What to show beside which field; a rule of the trade stands above the form."""
    return dict(error.fields) if isinstance(error, Invalid) and error.fields else {field: error.sentence()}
