"""Elders at the desk and at the door: the list, one elder, enrolment with consent first, and her card."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import DomainError, Invalid
from app.needs.queries import lines, orders_of
from app.org import queries as org
from app.org.models import OrgUnit
from app.people import forms, service
from app.people.importing import entry_of_elder
from app.people.models import Elder, Person, Role
from app.people.queries import chain_of, elder_for, elders_in, relatives_of, responsible_staff, today_of
from app.web.filters import age_on, day, phone, unit_name
from app.web.frame import this_site
from app.web.locale import LANGUAGES
from app.web.paging import paged, search_word

bp = Blueprint("elders", __name__)

ORDERS_A_PAGE = 5
ENROL = (Role.GRID_WORKER, Role.COORDINATOR)  # where a role reaches as far as the permission: access/policy.py


@bp.get("/c/elders")
@requires(Permission.ELDER_SEE)
def elders() -> str:
    """The elders of my units, a page at a time, found by name, initials, address or the end of the phone."""
    actor, grid = current_actor(), request.args.get("grid", "")
    today = _today(actor)
    page = paged(elders_in(actor, search_word(), unit_code=grid or None), scalars=False)
    ages = {person.id: age_on(person.birth_date, today) for _elder, person in page.items if person.birth_date}
    grids = [("", _("all grids")), *((unit.code, unit_name(unit.name)) for unit in org.grids_for(actor))]
    names = {unit.code: unit.name for unit in _homes(actor)}
    return render_template("people/elders.html", page=page, grids=grids, grid=grid, names=names, ages=ages, words=forms)


@bp.get("/c/elders/<elder_id>")
@requires(Permission.ELDER_SEE)
def elder(elder_id: str) -> str:
    """One elder: who she is, who answers for her, her consent and her card."""
    return _elder_page(elder_id, {}, {})


# Enrolment -----------------------------------------------------------------------------------------------------------


@bp.get("/c/elders/new", endpoint="new_at_desk")
@bp.get("/g/elders/new", endpoint="new_at_door")
@requires(Permission.ELDER_ENROL)
def new() -> str:
    """Consent comes first: did she say yes, and when."""
    return _consent_page({}, str(_today(current_actor())))


@bp.post("/c/elders/new", endpoint="consent_at_desk")
@bp.post("/g/elders/new", endpoint="consent_at_door")
@requires(Permission.ELDER_ENROL)
def consent() -> ResponseReturnValue:
    """Without a yes nothing is written down; with it the questions follow."""
    if request.form.get("consent") == "no":
        return redirect(f"{_here()}/not-now", 303)
    try:
        if request.form.get("consent") != "yes":
            raise Invalid({"consent": _("Choose one.")})
        said = forms.consent_day(request.form, _today(current_actor()))
    except Invalid as error:
        return _consent_page(error.fields, request.form.get("consent_date", "")), error.status
    return redirect(f"{_here()}/person?consent={said.isoformat()}", 303)


@bp.get("/c/elders/new/not-now", endpoint="not_now_at_desk")
@bp.get("/g/elders/new/not-now", endpoint="not_now_at_door")
@requires(Permission.ELDER_ENROL)
def not_now() -> str:
    """She said no, or was not asked: what happens then."""
    return render_template("people/elder_not_now.html", here=_here())


@bp.get("/c/elders/new/person", endpoint="person_at_desk")
@bp.get("/g/elders/new/person", endpoint="person_at_door")
@requires(Permission.ELDER_ENROL)
def who() -> ResponseReturnValue:
    """Who she is, where she lives, whom to call."""
    typed = MultiDict({"consent_date": request.args.get("consent", ""), "ability": "intact"})
    try:
        forms.consent_day(typed, _today(current_actor()))
    except Invalid:
        return redirect(_here(), 303)
    typed.add("languages", "zh")
    return _form_page(typed, {})


@bp.post("/c/elders/new/person", endpoint="enrol_at_desk")
@bp.post("/g/elders/new/person", endpoint="enrol_at_door")
@requires(Permission.ELDER_ENROL)
def enrol() -> ResponseReturnValue:
    """Enrol her; the next page prints her card."""
    actor = current_actor()
    try:
        entry = forms.elder_entry(request.form, homes=_homes(actor), today=_today(actor))
        with transaction():
            enrolled = service.enrol_elder(actor, entry)
    except (Invalid, service.NoConsent) as error:
        return _form_page(request.form, _fields(error)), error.status
    flash(_("%(name)s is enrolled. Print her card and leave it by the telephone.", name=entry.name))
    return redirect(_card_address(enrolled.person_id), 303)


@bp.get("/c/elders/<elder_id>/edit")
@requires(Permission.ELDER_ENROL)
def edit(elder_id: str) -> str:
    """What is written down about her, to be changed."""
    elder, _person = elder_for(current_actor(), elder_id, *ENROL)
    return _form_page(_typed(elder), {}, elder=elder)


@bp.post("/c/elders/<elder_id>/edit")
@requires(Permission.ELDER_ENROL)
def change(elder_id: str) -> ResponseReturnValue:
    """Keep what was changed."""
    actor = current_actor()
    elder, _person = elder_for(actor, elder_id, *ENROL)
    try:
        entry = forms.elder_entry(request.form, homes=_homes(actor), today=_today(actor))
        with transaction():
            service.rewrite_elder(actor, elder_id, entry)
    except (Invalid, service.NoConsent) as error:
        return _form_page(request.form, _fields(error), elder=elder), error.status
    flash(_("Saved."))
    return redirect(url_for("elders.elder", elder_id=elder_id), 303)


# Who answers, consent ------------------------------------------------------------------------------------------------


@bp.post("/c/elders/<elder_id>/responsible")
@requires(Permission.ELDER_ENROL)
def name_responsible(elder_id: str) -> ResponseReturnValue:
    """One more person who answers for her."""
    try:
        named = forms.responsible(request.form)
        with transaction():
            service.name_responsible(current_actor(), elder_id, duty=named.duty, name=named.name, phone=named.phone)
    except Invalid as error:
        return _elder_page(elder_id, request.form, error.fields), error.status
    flash(_("%(name)s is written down.", name=named.name))
    return redirect(url_for("elders.elder", elder_id=elder_id), 303)


@bp.post("/c/elders/<elder_id>/responsible/<int:row_id>/drop")
@requires(Permission.ELDER_ENROL)
def drop_responsible(elder_id: str, row_id: int) -> ResponseReturnValue:
    """One person fewer who answers for her."""
    with transaction():
        service.drop_responsible(current_actor(), elder_id, row_id)
    flash(_("Taken out."))
    return redirect(url_for("elders.elder", elder_id=elder_id), 303)


@bp.post("/c/elders/<elder_id>/consent")
@requires(Permission.ELDER_ENROL)
def keep_consent(elder_id: str) -> ResponseReturnValue:
    """Her consent, given anew today or ended today."""
    ends = request.form.get("consent") == "end"
    with transaction():
        (service.end_consent if ends else service.renew_consent)(current_actor(), elder_id)
    flash(_("Her consent ended today. Nobody can order for her.") if ends else _("Her consent of today is noted."))
    return redirect(url_for("elders.elder", elder_id=elder_id), 303)


# The card ------------------------------------------------------------------------------------------------------------


@bp.get("/c/elders/<elder_id>/card", endpoint="card_at_desk")
@bp.get("/g/elders/<elder_id>/card", endpoint="card_at_door")
@requires(Permission.ELDER_ENROL)
def card(elder_id: str) -> str:
    """The card for beside the telephone, and the small one for the purse, to print."""
    elder, person = elder_for(current_actor(), elder_id, *ENROL)
    with force_locale(LANGUAGES[person.language]):  # the card speaks the elder's language, the page its reader's
        face = Markup(_face(elder, person))  # rendered by our own template
    return render_template(
        "people/card.html", elder=elder, person=person, face=face, door=request.path.startswith("/g/")
    )


def _face(elder: Elder, person: Person) -> str:
    community = org.community_of(person.unit_code)
    address = f"{current_app.config['SETTINGS'].base_url.rstrip('/')}/k/{elder.card_code}"
    return render_template(
        "people/_card.html", community=community, pin=service.pin_of(elder), qr=_qr(address), lang=person.language,
        code=" ".join(elder.card_code[at : at + 4] for at in range(0, len(elder.card_code), 4)),
        workers=responsible_staff(person.unit_code, Role.GRID_WORKER)[:1],
    )  # fmt: skip


@bp.post("/c/elders/<elder_id>/card", endpoint="replace_at_desk")
@bp.post("/g/elders/<elder_id>/card", endpoint="replace_at_door")
@requires(Permission.ELDER_ENROL)
def replace(elder_id: str) -> ResponseReturnValue:
    """A new card, with a new code and PIN; the old one says that it was replaced."""
    with transaction():
        service.replace_card(current_actor(), elder_id)
    flash(_("The old card holds no longer. Print the new one."), "warning")
    return redirect(_card_address(elder_id), 303)


# Parts ---------------------------------------------------------------------------------------------------------------


def _elder_page(elder_id: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    elder, person = elder_for(current_actor(), elder_id, *ENROL, Role.SOCIAL_WORKER, Role.SAFEGUARDING_LEAD)
    page = paged(orders_of(elder_id), per_page=ORDERS_A_PAGE)
    return render_template(
        "people/elder.html",
        elder=elder, person=person, chain=chain_of(elder_id), relatives=relatives_of(elder_id), typed=typed,
        errors=errors, words=forms, page=page, orders=lines(page.items), facts=_facts(elder, person),
        duties=[(duty, forms.DUTY_WORDS[duty]) for duty in forms.NAMED_DUTIES],
    )  # fmt: skip


def _facts(elder: Elder, person: Person) -> list[dict[str, Any]]:
    """What is written down about her, in the order of the page."""
    born = f"{day(person.birth_date, year=True)} · {_age(person.birth_date)}" if person.birth_date else "–"
    languages = " · ".join(str(forms.LANGUAGE_WORDS.get(code, code)) for code in elder.languages)
    told = (
        (_("Woman or man"), _("woman") if person.sex == "f" else _("man")),
        (_("Date of birth"), born),
        (_("Phone"), phone(person.phone) if person.phone else _("none")),
        (_("Where she lives"), f"{unit_name(org.name_of(person.unit_code))} · {person.address or '–'}"),
        (_("Languages"), languages or "–"),
        (_("Safe word"), elder.safe_word or _("none")),
        (_("What a visitor must know"), elder.health_note or "–"),
    )
    return [{"term": term, "value": value} for term, value in told]


def _consent_page(errors: Mapping[str, str], said: str) -> str:
    return render_template("people/elder_consent.html", errors=errors, day=said, here=_here())


def _form_page(typed: MultiDict[str, str], errors: Mapping[str, str], *, elder: Elder | None = None) -> str:
    spoken = [code for code in typed.getlist("languages") if code not in forms.LANGUAGE_WORDS]
    return render_template(
        "people/elder_form.html",
        typed=typed, errors=errors, elder=elder, here=_here(),
        home_options=[("", _("Choose one")), *((home.code, home.name) for home in _homes(current_actor()))],
        category_options=list(forms.CATEGORY_WORDS.items()), ability_options=list(forms.ABILITY_WORDS.items()),
        language_options=[*forms.LANGUAGE_WORDS.items(), *((code, code) for code in spoken)],
    )  # fmt: skip


def _homes(actor: Actor) -> list[OrgUnit]:
    """Where an elder of the actor's may live: her grids, and for the desk whole communities too."""
    grids = org.grids_for(actor)
    return grids + [unit for unit in org.communities_for(actor) if org.reaches(actor, unit.code)]


def _age(born: date) -> str:
    return _("%(age)s years old", age=age_on(born, _today(current_actor())))


def _today(actor: Actor) -> date:
    return today_of(next(iter(sorted(actor.units())), None) or this_site().unit_code or "")


def _typed(elder: Elder) -> MultiDict[str, str]:
    """What is written down now, as the form's words."""
    entry = entry_of_elder(elder)
    typed: MultiDict[str, str] = MultiDict()
    for name, value in vars(entry).items():
        for each in value if isinstance(value, tuple) else [value]:
            typed.add(name, "" if each is None else str(each))
    return typed


def _fields(error: DomainError) -> Mapping[str, str]:
    return error.fields if isinstance(error, Invalid) else {"consent_date": error.sentence()}


def _here() -> str:
    """The address of the enrolment under which this request came: the desk's or the door's."""
    return "/g/elders/new" if request.path.startswith("/g/") else "/c/elders/new"


def _card_address(elder_id: str) -> str:
    side = "door" if request.path.startswith("/g/") else "desk"
    return url_for(f"elders.card_at_{side}", elder_id=elder_id)


def _qr(address: str) -> Markup:
    """The address as a drawing that stays sharp in print: level Q, with the quiet zone of four modules."""
    code = segno.make(address, error="q", micro=False)
    return Markup(code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))  # a drawing of ours
