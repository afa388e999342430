"""A family's time pool: who is in it, who is served from it, its lines, joining and leaving."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError, NotFound
from app.ledger.line_queries import Statement, statement
from app.ledger.queries import names_of, persons
from app.menu.queries import items
from app.passbook import pools
from app.passbook.forms import look_of, passbook_of
from app.passbook.models import Household, HouseholdMember
from app.passbook.pool_queries import may_be_asked, members_of, pool_account, rows_of
from app.people.models import Person
from app.web.frame import this_site

bp = Blueprint("household", __name__)


@bp.get("/me/ledger/household")
@requires(Permission.LEDGER_OWN)
def mine() -> ResponseReturnValue:
    """Every pool I am in or was asked to join; with none, how to begin."""
    actor = current_actor()
    cards = [_card(actor, row, household) for row, household in rows_of(actor.must_be_someone())]
    return render_template("passbook/households.html", cards=cards, **_frame(actor))


@bp.post("/me/ledger/household/open")
@requires(Permission.LEDGER_OWN)
def begin() -> ResponseReturnValue:
    """A pool of my family, with me in it."""
    return _do(lambda actor: pools.open_pool(actor), _("Opened. Now ask your family to join."))


@bp.get("/me/ledger/household/<household_id>")
@requires(Permission.LEDGER_OWN)
def one(household_id: str) -> ResponseReturnValue:
    """One pool that I am in: what is there, who belongs to it, and every line."""
    actor = current_actor()
    row, household = _mine(actor, household_id)
    if row.agreed_at is None:
        raise NotFound
    account = pool_account(household)
    assert account is not None, "opened with the pool"
    before = request.args.get("before", "")
    page = statement(actor, account, before=int(before) if before.isdecimal() and len(before) < 16 else None)
    return render_template(
        "passbook/household.html", household=household, page=page, members=members_of(household_id, asked=True),
        me=actor.person_id, others=may_be_asked(household, actor.must_be_someone()), **_words(page), **_frame(actor),
    )  # fmt: skip


@bp.post("/me/ledger/household/<household_id>/ask")
@requires(Permission.LEDGER_OWN)
def ask(household_id: str) -> ResponseReturnValue:
    """Ask one of the family to join."""
    person_id, draws = request.form.get("person", ""), request.form.get("draws") == "yes"
    return _do(
        lambda actor: pools.ask_in(actor, household_id, person_id=person_id, draws=draws),
        _("Asked. Whoever is asked joins by saying yes."), back=url_for("household.one", household_id=household_id),
    )  # fmt: skip


@bp.post("/me/ledger/household/<household_id>/agree")
@requires(Permission.LEDGER_OWN)
def agree(household_id: str) -> ResponseReturnValue:
    """My yes."""
    return _do(lambda actor: pools.agree(actor, household_id), _("You are in the family time pool now."))


@bp.get("/me/ledger/household/<household_id>/leave")
@requires(Permission.LEDGER_OWN)
def ask_leave(household_id: str) -> ResponseReturnValue:
    """Ask whether I really leave, and say what stays."""
    actor = current_actor()
    row, household = _mine(actor, household_id)
    return render_template(
        "passbook/household_leave.html", household=household, last=_is_last(row), account=pool_account(household),
        **_frame(actor),
    )  # fmt: skip


@bp.post("/me/ledger/household/<household_id>/leave")
@requires(Permission.LEDGER_OWN)
def leave(household_id: str) -> ResponseReturnValue:
    """My no, or my leaving."""
    return _do(lambda actor: pools.leave(actor, household_id), _("You are not in this family time pool."))


# ---------------------------------------------------------------------------------------------------------------------


def _do(work: Callable[[Actor], object], said: str, *, back: str | None = None) -> ResponseReturnValue:
    """One act on a pool: its sentence, or why it can't be."""
    try:
        with transaction():
            work(current_actor())
    except NotFound:
        raise
    except DomainError as error:
        flash(error.sentence(), "warning")
    else:
        flash(said)
    return redirect(back or url_for("household.mine"), 303)


def _mine(actor: Actor, household_id: str) -> tuple[HouseholdMember, Household]:
    for row, household in rows_of(actor.must_be_someone()):
        if household.id == household_id:
            return row, household
    raise NotFound


def _is_last(row: HouseholdMember) -> bool:
    """Whether nobody would be served from it any more."""
    served = [member.row.id for member in members_of(row.household_id) if member.row.draws]
    return served == [row.id]


def _card(actor: Actor, row: HouseholdMember, household: Household) -> dict[str, object]:
    """One pool in the list; who was only asked sees who asks and who is in it, not what is there."""
    return {
        "row": row, "household": household, "account": pool_account(household) if row.agreed_at else None,
        "members": members_of(household.id), "asked_by": session.get(Person, row.asked_by),
    }  # fmt: skip


def _words(page: Statement) -> dict[str, object]:
    people = {line.other_owner_id for line in page.lines} | {line.elder_id for line in page.lines if line.elder_id}
    return {
        "names": names_of(people), "elders": {person.id: person for person in persons(people)},
        "items": {item.code: item for item in items()},
    }  # fmt: skip


def _frame(actor: Actor) -> dict[str, object]:
    return {"workspace": look_of(actor), "passbook": passbook_of(actor), "zone": this_site().zone}
