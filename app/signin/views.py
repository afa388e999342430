"""The ways in and out: a code by phone, a password, a link that was handed out; the session that stays awake."""

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from app import clock
from app.access import login
from app.access.actor import Actor
from app.access.guard import current_actor, public, requires, visitor
from app.access.policy import Permission
from app.db import transaction
from app.errors import Invalid, NotFound, NotSignedIn, TooMany
from app.people.phones import phone_field
from app.signin import codes, links, passwords, queries, service, tries
from app.signin.codes import Purpose
from app.signin.forms import safe_next
from app.web.frame import home_of

bp = Blueprint("signin", __name__)


@bp.before_app_request
def stay_awake() -> None:
    """Write down, once a minute at most, that the session is in use. A busy database must not cost a page."""
    token = login.token_of_cookie()
    if token is None or request.endpoint in (None, "static") or not service.is_to_be_seen(token):
        return
    try:
        with transaction():
            service.see(token)
    except OperationalError:
        current_app.logger.warning("could not note that a session is in use")


def enter(token: str, actor: Actor, following: str = "") -> ResponseReturnValue:
    """Give this browser the session and go on to where she wanted to be."""
    login.sign_in(token, actor)
    return redirect(safe_next(following) or home_of(actor), 303)


def device() -> str:
    """The browser as it names itself."""
    return request.user_agent.string


# A code by phone -----------------------------------------------------------------------------------------------------


@bp.get("/in")
@public
def sign_in() -> ResponseReturnValue:
    """Ask for the phone."""
    following = safe_next(request.args.get("next", ""))
    if visitor() is not None:
        return redirect(following or home_of(visitor()), 303)
    return _phone_page(phone=_entry().get("phone", ""), following=following)


@bp.post("/in")
@public
def send_code() -> ResponseReturnValue:
    """Send a code; the answer is the same whether or not anybody has this phone."""
    typed, following = request.form.get("phone", ""), safe_next(request.form.get("next", ""))
    try:
        phone = phone_field(typed)
        with transaction():
            codes.send_code(phone, Purpose.SIGN_IN)
    except (Invalid, TooMany) as error:
        errors = getattr(error, "fields", None) or {"phone": error.sentence()}
        return _phone_page(phone=typed, following=following, errors=errors), error.status
    session["entry"] = {"phone": phone, "next": following}
    return redirect(url_for("signin.code"), 303)


@bp.get("/in/code")
@public
def code() -> ResponseReturnValue:
    """Ask for the code."""
    if "phone" not in _entry():
        return redirect(url_for("signin.sign_in"), 303)
    return render_template("signin/code.html", entry=_entry(), errors={})


@bp.post("/in/code")
@public
def check_code() -> ResponseReturnValue:
    """Sign in with the code, or say what is wrong with it and keep the phone."""
    entry = _entry()
    if "phone" not in entry:
        return redirect(url_for("signin.sign_in"), 303)
    try:
        with transaction():
            right = codes.check_code(entry["phone"], request.form.get("code", ""), Purpose.SIGN_IN)
            people = codes.people_with(entry["phone"]) if right else []
            opened = service.open_session(people[0].id, device=device(), how="code") if len(people) == 1 else None
    except TooMany as error:
        return render_template("signin/code.html", entry=entry, errors={"code": error.sentence()}), error.status
    if opened:
        return enter(*opened, entry.get("next", ""))
    if people:
        session["entry"] = entry | {"proved_until": (clock.now() + codes.LASTS).isoformat()}
        return redirect(url_for("signin.who"), 303)
    sentence = _("This code is wrong or has ended. Look at the newest message, or have a new code sent.")
    return render_template("signin/code.html", entry=entry, errors={"code": sentence}), 422


@bp.get("/in/who")
@public
def who() -> ResponseReturnValue:
    """Several people share this phone: ask which of them it is."""
    return render_template("signin/who.html", people=codes.people_with(_proved_phone()), errors={})


@bp.post("/in/who")
@public
def choose_who() -> ResponseReturnValue:
    """Sign in as one of those who share the phone."""
    phone, chosen = _proved_phone(), request.form.get("person", "")
    if chosen not in {person.id for person in codes.people_with(phone)}:
        errors = {"person": _("Choose who you are.")}
        return render_template("signin/who.html", people=codes.people_with(phone), errors=errors), 422
    following = _entry().get("next", "")
    with transaction():
        opened = service.open_session(chosen, device=device(), how="code")
    return enter(*opened, following)


def _entry() -> dict[str, Any]:
    entry: dict[str, Any] = session.get("entry", {})
    return entry


def _proved_phone() -> str:
    """The phone that a code was entered for, for as long as a code lasts."""
    entry = _entry()
    until = entry.get("proved_until")
    if not until or datetime.fromisoformat(until) <= clock.now():
        raise NotSignedIn
    return str(entry["phone"])


def _phone_page(*, phone: str, following: str, errors: dict[str, str] | None = None) -> str:
    return render_template("signin/in.html", phone=phone, following=following, errors=errors or {})


# A password ----------------------------------------------------------------------------------------------------------


@bp.get("/in/password")
@public
def password() -> ResponseReturnValue:
    """Ask for phone and password: for staff and volunteers who set one."""
    return _password_page(phone="", following=safe_next(request.args.get("next", "")))


@bp.post("/in/password")
@public
def check_password() -> ResponseReturnValue:
    """Sign in with phone and password; a wrong one and an unknown phone get the same answer."""
    typed, following = request.form.get("phone", ""), safe_next(request.form.get("next", ""))
    try:
        phone = phone_field(typed)
        with transaction():
            allowed = tries.may_try(f"password:{phone}")
        if not allowed:
            raise TooMany
    except (Invalid, TooMany) as error:
        errors = getattr(error, "fields", None) or {"password": error.sentence()}
        return _password_page(phone=typed, following=following, errors=errors), error.status
    person_id = passwords.person_with(phone, request.form.get("password", ""))
    if person_id is None:
        errors = {"password": _("Phone and password do not belong together. Try again, or have a code sent.")}
        return _password_page(phone=typed, following=following, errors=errors), 422
    with transaction():
        tries.succeeded(f"password:{phone}")
        opened = service.open_session(person_id, device=device(), how="password")
    return enter(*opened, following)


def _password_page(*, phone: str, following: str, errors: dict[str, str] | None = None) -> str:
    return render_template("signin/password.html", phone=phone, following=following, errors=errors or {})


@bp.get("/in/new-password")
@requires(Permission.SIGNED_IN)
def new_password() -> ResponseReturnValue:
    """Ask for a new password."""
    return _new_password_page(current_actor())


@bp.post("/in/new-password")
@requires(Permission.SIGNED_IN)
def set_password() -> ResponseReturnValue:
    """Set it, and sign the person's other devices out."""
    actor, typed = current_actor(), request.form.get("password", "")
    try:
        passwords.check_new(actor, typed)
    except Invalid as error:
        return _new_password_page(actor, error.fields), error.status
    hashed = passwords.hasher.hash(typed)
    with transaction():
        passwords.set_password(actor, hashed)
        service.end_sessions_of(actor.must_be_someone(), but=login.token_of_cookie())
    flash(_("The new password holds from now on. Your other devices are signed out."))
    return redirect(home_of(actor), 303)


def _new_password_page(actor: Actor, errors: dict[str, str] | None = None) -> str:
    may = bool(actor.roles & passwords.MAY_HAVE_ONE)
    shortest = passwords.shortest_for(actor)
    return render_template("signin/new_password.html", may=may, shortest=shortest, errors=errors or {})


# A link that was handed out ------------------------------------------------------------------------------------------


@bp.get("/in/link/<token>")
@public
def link(token: str) -> ResponseReturnValue:
    """One button signs in; in the demo, opening the link does."""
    row = links.link_of(token)
    if row is None:
        return render_template("signin/link_ended.html"), 410
    if row.opens_directly and current_app.config["SETTINGS"].demo:
        return open_link(token)
    return render_template("signin/link.html", token=token, person=queries.person_of_link(row))


@bp.post("/in/link/<token>")
@public
def open_link(token: str) -> ResponseReturnValue:
    """Sign in as the person of the link."""
    try:
        with transaction():
            opened = links.open_link(token, device=device())
    except NotFound:
        return render_template("signin/link_ended.html"), 410
    return enter(*opened, request.args.get("next", ""))


# Out -----------------------------------------------------------------------------------------------------------------


@bp.get("/out")
@public
def sign_out() -> ResponseReturnValue:
    """Ask first: an address that is merely opened signs nobody out."""
    if visitor() is None:
        return redirect(url_for("web.home"), 303)
    return render_template("signin/out.html")


@bp.post("/out")
@public
def end() -> ResponseReturnValue:
    """End the session on the server and in this browser."""
    token = login.token_of_cookie()
    if token is not None:
        with transaction():
            service.end_session(token)
    login.sign_out()
    flash(_("You are signed out."))
    answer = redirect(url_for("web.home"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # the phone may go from hand to hand
    return answer
