"""Becoming a volunteer: one question a page, then where the application stands."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access import login
from app.access.guard import current_actor, public, requires, visitor
from app.access.policy import Permission
from app.db import transaction
from app.errors import DomainError, Invalid, TooMany
from app.joining import forms, queries, service
from app.joining.answers import STEPS, Answers, first_open, step_before, unpacked
from app.menu.queries import skills
from app.org.queries import community_of, find_unit, grids_of, name_of, zone_of
from app.people.phones import phone_field
from app.people.queries import person
from app.signin import codes
from app.signin import service as sessions
from app.signin.codes import Purpose
from app.web import locale
from app.web.frame import home_of, this_site

bp = Blueprint("join", __name__, url_prefix="/join")
KEPT = "join"
TO_PROVE = "join_phone"


@bp.get("")
@public
def start() -> ResponseReturnValue:
    """What a volunteer does, and the steps ahead."""
    actor = visitor()
    if actor is not None and actor.person_id and queries.application_of(actor.person_id):
        return redirect(url_for("join.status"), 303)
    return render_template("join/start.html", first=_first_page(), community=_community())


# The phone -----------------------------------------------------------------------------------------------------------


@bp.get("/phone")
@public
def phone() -> str:
    """Ask for the phone."""
    return render_template("join/phone.html", phone=session.get(TO_PROVE, ""), errors={})


@bp.post("/phone")
@public
def send_code() -> ResponseReturnValue:
    """Send a code to it."""
    typed = request.form.get("phone", "")
    try:
        number = phone_field(typed)
        with transaction():
            codes.send_code(number, Purpose.JOIN)
    except (Invalid, TooMany) as error:
        errors = getattr(error, "fields", None) or {"phone": error.sentence()}
        return render_template("join/phone.html", phone=typed, errors=errors), error.status
    session[TO_PROVE] = number
    return redirect(url_for("join.code"), 303)


@bp.get("/code")
@public
def code() -> ResponseReturnValue:
    """Ask for the code."""
    if TO_PROVE not in session:
        return redirect(url_for("join.phone"), 303)
    return render_template("join/code.html", phone=session[TO_PROVE], errors={})


@bp.post("/code")
@public
def check_code() -> ResponseReturnValue:
    """The phone is hers: go on with the questions, or, enrolled already, to where she stands."""
    number = session.get(TO_PROVE)
    if number is None:
        return redirect(url_for("join.phone"), 303)
    sentence = _("This code is wrong or has ended. Look at the newest message, or have a new code sent.")
    try:
        with transaction():
            right = codes.check_code(number, request.form.get("code", ""), Purpose.JOIN)
    except TooMany as error:
        return render_template("join/code.html", phone=number, errors={"code": error.sentence()}), error.status
    if not right:
        return render_template("join/code.html", phone=number, errors={"code": sentence}), 422
    enrolled = [each for each in codes.people_with(number) if queries.application_of(each.id)]
    if len(enrolled) == 1:
        return _sign_in(enrolled[0].id)
    _keep(_answers().with_answers(phone=number))
    return redirect(_next_page(_answers()), 303)


# The questions -------------------------------------------------------------------------------------------------------


@bp.get("/community")
@public
def community() -> ResponseReturnValue:
    """Look for the community to live in."""
    words = " ".join(request.args.get("q", "").split())[:40]
    return render_template("join/community.html", q=words, found=queries.communities(words))


@bp.get("/<any(about,birth,guardian,home,skills,reach,times,pledge,check):step>")
@public
def question(step: str) -> ResponseReturnValue:
    """Ask one question; the check page shows all answers."""
    answers = _answers()
    if not _may_answer(answers):
        return redirect(url_for("join.start"), 303)
    if step == "check" and _next_page(answers) != url_for("join.question", step="check"):
        return redirect(_next_page(answers), 303)
    return _question_page(step, answers, {})


@bp.post("/<any(about,birth,guardian,home,skills,reach,times,pledge):step>")
@public
def answer(step: str) -> ResponseReturnValue:
    """Keep the answer and go on to the next open question."""
    answers = _answers()
    if not _may_answer(answers):
        return redirect(url_for("join.start"), 303)
    try:
        answers = forms.read(step, request.form, answers)
    except Invalid as error:
        return _question_page(step, forms.typed(step, request.form, answers), error.fields), error.status
    _keep(answers)
    return redirect(_next_page(answers), 303)


@bp.post("/check")
@public
def enrol() -> ResponseReturnValue:
    """Enrol: write everything down at once, and show where it stands."""
    answers, actor = _answers(), visitor()
    if not _may_answer(answers):
        return redirect(url_for("join.start"), 303)
    if _next_page(answers) != url_for("join.question", step="check"):
        return redirect(_next_page(answers), 303)
    try:
        with transaction():
            enrolled = service.apply(actor.person_id if actor else None, answers, language=locale.language())
    except DomainError as error:
        return _question_page("check", answers, {"form": error.sentence()}), error.status
    flash(_("Thank you, you have enrolled. The community will call you."))
    return _sign_in(enrolled.id)


@bp.get("/status")
@requires(Permission.SIGNED_IN)
def status() -> ResponseReturnValue:
    """Where my application stands."""
    found = queries.application_of(current_actor().must_be_someone())
    if found is None:
        return redirect(url_for("join.start"), 303)
    volunteer, _person = found
    today = clock.today(zone_of(volunteer.community_code))
    return render_template(
        "join/status.html", volunteer=volunteer, steps=queries.steps_of(volunteer, today),
        visits=queries.partner_visits(volunteer.community_code),
        training=queries.training_minutes(volunteer.community_code), home=home_of(current_actor()),
    )  # fmt: skip


# What this browser holds ---------------------------------------------------------------------------------------------


def _answers() -> Answers:
    """The answers so far; of somebody who is signed in, what the site knows already."""
    kept = session.get(KEPT)
    actor = visitor()
    if kept is None and actor is not None and actor.person_id:
        known = person(actor.person_id)
        born = known.birth_date.isoformat() if known.birth_date else ""
        return Answers(phone=known.phone, name=known.name, sex=known.sex, birth_date=born)
    return unpacked(kept)


def _keep(answers: Answers) -> None:
    session[KEPT] = answers.packed()


def _may_answer(answers: Answers) -> bool:
    """Whoever proved a phone, or is signed in and no volunteer yet."""
    actor = visitor()
    if actor is not None and actor.person_id:
        return queries.application_of(actor.person_id) is None
    return bool(answers.phone)


def _first_page() -> str:
    return _next_page(_answers()) if _may_answer(_answers()) else url_for("join.phone")


def _next_page(answers: Answers) -> str:
    return url_for("join.question", step=first_open(answers, is_minor=service.is_minor(answers)))


def _sign_in(person_id: str) -> ResponseReturnValue:
    with transaction():
        opened = sessions.open_session(person_id, device=request.user_agent.string, how="join")
    waiting = session.pop("_flashes", [])
    login.sign_in(*opened)
    session["_flashes"] = waiting
    return redirect(url_for("join.status"), 303)


def _community() -> str:
    """The code of the community that the page speaks of, "" where none was made yet."""
    return this_site().unit_code or ""


def _question_page(step: str, answers: Answers, errors: Mapping[str, str]) -> str:
    if step not in STEPS:
        abort(404)
    minor = service.is_minor(answers)
    before = step_before(step, is_minor=minor)
    return render_template(
        f"join/{step}.html", answers=answers, errors=errors, minor=minor, steps=STEPS,
        back_to=url_for("join.question", step=before) if before else url_for("join.start"), **_around(step, answers),
    )  # fmt: skip


def _around(step: str, answers: Answers) -> dict[str, Any]:
    """What one question page needs beside the answers."""
    if step == "home":
        chosen = request.args.get("community", "") or answers.unit_code or _community()
        unit = find_unit(chosen)
        here = community_of(unit.code) if unit is not None else None
        return {"community": here, "grids": grids_of(here.code) if here else []}
    if step == "skills":
        return {"skills": skills(), "languages": forms.LANGUAGES}
    if step == "reach":
        return {"reaches": forms.REACHES_M}
    if step == "times":
        return {"parts": queries.parts_of_day(answers.unit_code or _community())}
    if step == "check":
        names = {skill.code: skill for skill in skills()}
        return {"skills": [names[code] for code in answers.skills if code in names], "home": name_of(answers.unit_code)}
    return {}
