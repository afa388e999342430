"""The administrator's pages: who is here, who holds which role where, and who may sign in."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import Invalid
from app.org.queries import name_of
from app.signin import forms, links, queries, rights
from app.signin.link_views import MADE, absolute, picture
from app.web.paging import paged, search_word

bp = Blueprint("rights", __name__, url_prefix="/admin/people")
PER_PAGE = 25


@bp.get("")
@requires(Permission.PEOPLE_MANAGE)
def people() -> str:
    """Everybody in the administrator's area, by name."""
    page = paged(rights.people_in(current_actor(), search_word()), per_page=PER_PAGE)
    held = rights.roles_of([person.id for person in page.items])
    names = queries.unit_names(row.unit_code for rows in held.values() for row in rows)
    return render_template("signin/people.html", page=page, held=held, names=names)


@bp.get("/new")
@requires(Permission.PEOPLE_MANAGE)
def new() -> str:
    """Ask for a new member of staff."""
    return _new_page({}, {})


@bp.post("/new")
@requires(Permission.PEOPLE_MANAGE)
def add() -> ResponseReturnValue:
    """Add the person with the first role."""
    try:
        entry = forms.staff_entry(request.form)
        with transaction():
            person = rights.add_staff(current_actor(), entry)
    except Invalid as error:
        return _new_page(request.form, error.fields), error.status
    flash(_("%(name)s is here now and signs in with a code to the phone.", name=person.name))
    return redirect(url_for("rights.one", person_id=person.id), 303)


@bp.get("/<person_id>")
@requires(Permission.PEOPLE_MANAGE)
def one(person_id: str) -> str:
    """One person: roles, links, disabled or not."""
    return _one_page(person_id, {})


@bp.post("/<person_id>/roles")
@requires(Permission.PEOPLE_MANAGE)
def give(person_id: str) -> ResponseReturnValue:
    """Give a role."""
    done = _("The role is given. The person was signed out and signs in again.")
    return _change(
        person_id, done, lambda: rights.give_role(current_actor(), person_id, *forms.role_and_unit(request.form))
    )


@bp.post("/<person_id>/roles/take")
@requires(Permission.PEOPLE_MANAGE)
def take(person_id: str) -> ResponseReturnValue:
    """Take a role away."""
    done = _("The role is taken away. The person was signed out everywhere.")
    return _change(
        person_id, done, lambda: rights.take_role(current_actor(), person_id, *forms.role_and_unit(request.form))
    )


@bp.post("/<person_id>/disable")
@requires(Permission.PEOPLE_MANAGE)
def disable(person_id: str) -> ResponseReturnValue:
    """The person cannot sign in any more."""
    done = _("Disabled, and signed out everywhere.")
    return _change(person_id, done, lambda: rights.disable(current_actor(), person_id))


@bp.post("/<person_id>/enable")
@requires(Permission.PEOPLE_MANAGE)
def enable(person_id: str) -> ResponseReturnValue:
    """The person may sign in again."""
    done = _("Enabled. Signing in works again.")
    return _change(person_id, done, lambda: rights.enable(current_actor(), person_id))


@bp.post("/<person_id>/link")
@requires(Permission.PEOPLE_MANAGE)
def link(person_id: str) -> ResponseReturnValue:
    """Make a sign-in link and show it; not for staff."""

    def make() -> None:
        session[MADE] = {"person": person_id, "path": links.make_link(current_actor(), person_id)}

    return _change(person_id, _("The link is made. It is shown on this page."), make)


@bp.post("/<person_id>/withdraw")
@requires(Permission.PEOPLE_MANAGE)
def withdraw(person_id: str) -> ResponseReturnValue:
    """End every sign-in link of the person, and sign all devices out."""
    done = _("All links are withdrawn, and all devices are signed out.")
    return _change(person_id, done, lambda: links.withdraw_links(current_actor(), person_id))


def _change(person_id: str, done: str, act: Callable[[], None]) -> ResponseReturnValue:
    """One change of rights, or the page again with the reason why not."""
    rights.person_in(current_actor(), person_id)
    try:
        with transaction():
            act()
    except Invalid as error:
        return _one_page(person_id, error.fields), error.status
    except (rights.NotOnYourself, rights.ReachesFurther, rights.Disabled, links.NotByLink) as error:
        return _one_page(person_id, {"form": error.sentence()}), error.status
    flash(done)
    return redirect(url_for("rights.one", person_id=person_id), 303)


def _one_page(person_id: str, errors: Mapping[str, str]) -> str:
    actor = current_actor()
    person, held = rights.person_in(actor, person_id), rights.roles_of([person_id])[person_id]
    made = session.get(MADE, {})
    address = absolute(made["path"]) if made.get("person") == person_id else ""
    return render_template(
        "signin/person.html", person=person, held=held, errors=errors,
        units=queries.units_for(actor), given=rights.GIVEN, name_of=name_of, typed=request.form,
        sessions=queries.sessions_of(person.id), is_self=person.id == actor.person_id,
        covered=queries.codes_in(actor), staff=set(rights.GIVEN),
        address=address, picture=picture(address), is_staff=any(row.role in rights.GIVEN for row in held),
    )  # fmt: skip


def _new_page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    units = queries.units_for(current_actor())
    return render_template("signin/new_person.html", typed=typed, errors=errors, units=units, given=rights.GIVEN)
