"""One line of a passbook with what it is about, and "this is not right": said by a member, answered at the desk."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import get_visible
from app.db import session, transaction
from app.errors import DomainError, NotFound
from app.ledger.line_queries import line
from app.ledger.queries import names_of, own_account, persons
from app.menu.queries import items
from app.passbook import objecting, queries
from app.passbook.forms import WordsForm, look_of, passbook_of
from app.passbook.models import Objection
from app.people.models import Person
from app.visits.models import Visit
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("mylines", __name__)


@bp.get("/me/ledger/lines/<uid>")
@requires(Permission.LEDGER_OWN)
def one(uid: str) -> ResponseReturnValue:
    """One line of my passbook, or (with `for`) of an elder I speak for."""
    return _line_page(uid, WordsForm(), {})


@bp.post("/me/ledger/lines/<uid>/object")
@requires(Permission.LEDGER_OWN)
def say(uid: str) -> ResponseReturnValue:
    """This is not right: somebody of the community looks into it."""
    actor, key = current_actor(), _whose()
    form, errors = WordsForm.parse(request.form)
    if errors:
        return _line_page(uid, form, errors), 422
    try:
        with transaction():
            objecting.object_to(actor.for_elder(key), person_id=key, uid=uid, words=form.words)
    except NotFound:
        raise
    except DomainError as error:
        return _line_page(uid, form, {"form": error.sentence()}), error.status
    flash(_("Said. The community looks into it and answers you. Nothing is moved meanwhile."))
    return redirect(_address(actor, uid, key), 303)


# At the desk ---------------------------------------------------------------------------------------------------------


@bp.get("/c/ledger/objections")
@requires(Permission.LEDGER_SEE)
def desk() -> ResponseReturnValue:
    """What members say is not right, open ones first."""
    page = paged(queries.objections_in(current_actor(), search_word()), scalars=False)
    return render_template(
        "passbook/objections.html", page=page, zone=this_site().zone,
        names=names_of({row[0].owner_id for row in page.items if row[0].owner_id}),
    )  # fmt: skip


@bp.get("/c/ledger/objections/<objection_id>")
@requires(Permission.LEDGER_SEE)
def one_objection(objection_id: str) -> ResponseReturnValue:
    """One objection with its line, who looks into it, and the answer."""
    return _objection_page(objection_id, WordsForm(), {})


@bp.post("/c/ledger/objections/<objection_id>/take")
@requires(Permission.LEDGER_PROPOSE)
def take(objection_id: str) -> ResponseReturnValue:
    """I look into it."""
    return _at_desk(objection_id, lambda actor: objecting.take_over(actor, objection_id), _("You look into it now."))


@bp.post("/c/ledger/objections/<objection_id>/answer")
@requires(Permission.LEDGER_PROPOSE)
def answer(objection_id: str) -> ResponseReturnValue:
    """The answer, which the member reads."""
    get_visible(Objection, objection_id, current_actor())
    form, errors = WordsForm.parse(request.form)
    if errors:
        return _objection_page(objection_id, form, errors), 422
    return _at_desk(
        objection_id,
        lambda actor: objecting.answer(actor, objection_id, corrected=form.corrected, words=form.words),
        _("Answered. The member gets a message."),
    )


def _at_desk(objection_id: str, work: Callable[[Actor], object], said: str) -> ResponseReturnValue:
    try:
        with transaction():
            work(current_actor())
    except NotFound:
        raise
    except DomainError as error:
        flash(error.sentence(), "warning")
    else:
        flash(said)
    return redirect(url_for("mylines.one_objection", objection_id=objection_id), 303)


# ---------------------------------------------------------------------------------------------------------------------


def _whose() -> str:
    return request.values.get("for") or current_actor().must_be_someone()


def _address(actor: Actor, uid: str, key: str) -> str:
    here = url_for("mylines.one", uid=uid)
    return here if key == actor.person_id else f"{here}?for={key}"


def _line_page(uid: str, form: WordsForm, errors: dict[str, str]) -> str:
    actor, key = current_actor(), _whose()
    if key != actor.person_id and key not in actor.speaks_for:
        raise NotFound
    account = own_account(actor, key)
    if account is None:
        raise NotFound
    found = line(actor, account, uid)
    own = key == actor.person_id
    visit = session.get(Visit, found.visit_id) if found.visit_id else None
    return render_template(
        "passbook/line.html", line=found, form=form, errors=errors, own=own, person=session.get_one(Person, key),
        visit_href=_visit(actor, visit, own), doubts=queries.objections_about(account.id, [uid]),
        elders={one.id: one for one in persons({found.elder_id or ""})}, zone=this_site().zone,
        names=names_of({found.other_owner_id}), items={item.code: item for item in items()},
        workspace=look_of(actor), passbook=passbook_of(actor) if own else f"/me/ledger?for={key}",
    )  # fmt: skip


def _visit(actor: Actor, visit: Visit | None, own: bool) -> str:
    """Where the reader finds the visit behind the line: the volunteer her task, the elder's side the order."""
    if visit is None:
        return ""
    if own and visit.volunteer_id == actor.person_id:
        return f"/v/tasks/{visit.assignment_id}"
    return f"/me/orders/{visit.need_id}"


def _objection_page(objection_id: str, form: WordsForm, errors: dict[str, str]) -> str:
    found = get_visible(Objection, objection_id, current_actor())
    people = {found.person_id, found.raised_by, found.owner_id or "", found.answered_by or ""}
    return render_template(
        "passbook/objection.html", found=found, form=form, errors=errors, names=names_of(people),
        zone=this_site().zone, me=current_actor().person_id,
    )  # fmt: skip
