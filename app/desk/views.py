"""What the desk does with accounts: proposals that wait for a second person, corrections, settlements, standing."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.desk import service
from app.desk.forms import AdjustForm, FundForm, ReasonForm, SettleForm
from app.desk.queries import Heir, charities_in, heirs
from app.errors import DomainError, NotFound
from app.ledger import desk_queries, queries
from app.ledger.charity import charity_account
from app.ledger.models import Account, AccountKind, State, Unit
from app.ledger.points import brings_points, ensure_points_accounts
from app.ledger.posting import state_of
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account
from app.org.models import OrgUnit
from app.org.queries import communities_for
from app.rulepacks.queries import setting
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("desk", __name__)


# Waiting for a second person ------------------------------------------------------------------------------------------


@bp.get("/c/ledger/pending")
@requires(Permission.LEDGER_SEE)
def pending() -> ResponseReturnValue:
    """Everything that waits for somebody's word, with what it would do."""
    actor = current_actor()
    page = paged(desk_queries.open_proposals(actor, search_word()))
    waiting = desk_queries.with_words(page.items)
    sides = {
        key: session.get_one(Account, key)
        for one in waiting for key in (one.proposal.debit_account_id, one.proposal.credit_account_id)
    }  # fmt: skip
    people = {name for one in waiting for name in (one.proposal.person_id, *one.approved_by)}
    return render_template(
        "desk/pending.html", page=page, waiting=waiting, sides=sides, me=actor.person_id, zone=this_site().zone,
        points={uid for one in waiting if (uid := one.proposal.reverses_uid) and brings_points(uid)},
        names=queries.names_of(people | {side.owner_id for side in sides.values()}),
    )  # fmt: skip


@bp.post("/c/ledger/proposals/<uid>")
@requires(Permission.LEDGER_APPROVE)
def decide(uid: str) -> ResponseReturnValue:
    """A second person's yes or no."""
    actor, yes = current_actor(), request.form.get("answer") == "yes"
    try:
        with transaction():
            done = service.agree(actor, uid) if yes else service.refuse(actor, uid)
    except NotFound:
        raise
    except DomainError as error:
        flash(error.sentence(), "warning")
    else:
        flash(_answered(yes, done is not None))
    return redirect(url_for("desk.pending"), 303)


def _answered(yes: bool, stands: bool) -> str:
    if not yes:
        return _("Refused. Nothing changed.")
    return _("Approved. The new line stands in the ledger.") if stands else _("Noted. One more person must approve.")


# Proposing ------------------------------------------------------------------------------------------------------------


@bp.get("/c/ledger/accounts/<account_id>/adjust")
@requires(Permission.LEDGER_PROPOSE)
def adjusting(account_id: str) -> ResponseReturnValue:
    """The form for a correction without a wrong line."""
    return _adjust_page(account_id, AdjustForm(), {})


@bp.post("/c/ledger/accounts/<account_id>/adjust")
@requires(Permission.LEDGER_PROPOSE)
def adjust(account_id: str) -> ResponseReturnValue:
    """Propose it; two others decide."""
    _of_a_person(account_id)
    form, errors = AdjustForm.parse(request.form)
    if errors:
        return _adjust_page(account_id, form, errors), 422
    try:
        with transaction():
            service.propose_adjustment(
                current_actor(), account_id, uid=f"adjust:{account_id}:{form.nonce}", minutes=int(form.amount),
                gives=form.way == "out", reason=form.reason,
            )  # fmt: skip
    except DomainError as error:
        return _adjust_page(account_id, form, {"amount": error.sentence()}), error.status
    return _proposed(_("Proposed. It counts when two others have approved it."))


@bp.get("/c/ledger/accounts/<account_id>/settle")
@requires(Permission.LEDGER_PROPOSE)
def settling(account_id: str) -> ResponseReturnValue:
    """Where the balance of somebody who left or died goes."""
    return _settle_page(account_id, SettleForm(), {})


@bp.post("/c/ledger/accounts/<account_id>/settle")
@requires(Permission.LEDGER_PROPOSE)
def settle(account_id: str) -> ResponseReturnValue:
    """Propose it; another person decides."""
    account = _of_a_person(account_id)
    choices = {heir.key: heir for heir in heirs(account)}
    form, errors = SettleForm.parse(request.form, list(choices))
    if errors:
        return _settle_page(account_id, form, errors), 422
    try:
        with transaction():
            proposal = service.propose_settlement(
                current_actor(), account_id, uid=f"settle:{account_id}:{form.nonce}",
                to=_account_of(choices[form.to], account).id, reason=form.reason,
            )  # fmt: skip
    except DomainError as error:
        return _settle_page(account_id, form, {"form": error.sentence()}), error.status
    if proposal.amount < account.posted:
        return _proposed(
            _("Proposed, as much as fits there. When it is approved, propose for the rest where it goes.")
        )
    return _proposed(_("Proposed. It counts when a second person has approved it."))


@bp.get("/c/ledger/lines/<uid>/reverse")
@requires(Permission.LEDGER_PROPOSE)
def reversing(uid: str) -> ResponseReturnValue:
    """The line, and what its correction would do."""
    return _reversal_page(uid, ReasonForm(), {})


@bp.post("/c/ledger/lines/<uid>/reverse")
@requires(Permission.LEDGER_PROPOSE)
def reverse(uid: str) -> ResponseReturnValue:
    """Propose the exact opposite of a line; another person decides."""
    form, errors = ReasonForm.parse(request.form)
    if errors:
        return _reversal_page(uid, form, errors), 422
    try:
        with transaction():
            service.propose_reversal(current_actor(), uid, form.reason)
    except NotFound:
        raise
    except DomainError as error:
        return _reversal_page(uid, form, {"form": error.sentence()}), error.status
    return _proposed(_("Proposed. It counts when a second person has approved it."))


@bp.get("/c/ledger/seed")
@requires(Permission.LEDGER_PROPOSE)
def seed() -> ResponseReturnValue:
    """New minutes or points of the year's budget for a fund."""
    return _seed_page(FundForm(to=request.args.get("to", "")), {})


@bp.post("/c/ledger/seed")
@requires(Permission.LEDGER_PROPOSE)
def propose_seed() -> ResponseReturnValue:
    """Propose them; another person decides."""
    actor, community = current_actor(), _community()
    form, errors = FundForm.parse(request.form, [key for key, _words in _funds(community)])
    if errors:
        return _seed_page(form, errors), 422
    try:
        with transaction():
            issuance, to = _from_and_to(community, form.to)
            amount = int(form.amount) * (60 if issuance.unit == Unit.MINUTE else 1)
            service.propose_seed(
                actor, uid=f"seed:{community.code}:{form.nonce}", issuance=issuance, to=to, amount=amount,
                reason=form.reason,
            )  # fmt: skip
    except DomainError as error:
        return _seed_page(form, {"amount": error.sentence()}), error.status
    return _proposed(_("Proposed. It counts when a second person has approved it."))


# Standing -------------------------------------------------------------------------------------------------------------


@bp.get("/c/ledger/accounts/<account_id>/standing")
@requires(Permission.LEDGER_PROPOSE)
def standing(account_id: str) -> ResponseReturnValue:
    """Freeze, open again or close an account."""
    return _standing_page(account_id, ReasonForm(), {})


@bp.post("/c/ledger/accounts/<account_id>/standing")
@requires(Permission.LEDGER_PROPOSE)
def set_standing(account_id: str) -> ResponseReturnValue:
    """Do it, with a reason that its owner reads."""
    account = queries.visible_account(current_actor(), account_id)
    form, errors = ReasonForm.parse(request.form)
    wanted = request.form.get("state", "")
    if wanted not in _next_states(account.id):
        errors = {"form": _("This account has moved on since your page was made. Please look again.")}
    if errors:
        return _standing_page(account_id, form, errors), 422
    try:
        with transaction():
            service.set_standing(current_actor(), account_id, State(wanted), form.reason)
    except DomainError as error:
        return _standing_page(account_id, form, {"form": error.sentence()}), error.status
    flash(_("Done. It stands in the records, and the owner hears of it."))
    return redirect(url_for("ledger.one_account", account_id=account_id), 303)


# ----------------------------------------------------------------------------------------------------------------------


def _of_a_person(account_id: str) -> Account:
    account = queries.visible_account(current_actor(), account_id)
    if account.kind != AccountKind.PERSON:
        raise NotFound
    return account


def _proposed(words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("desk.pending"), 303)


def _page(template: str, account: Account, form: Any, errors: dict[str, str], **more: Any) -> str:
    names = queries.names_of({account.owner_id})
    return render_template(template, account=account, name=names.get(account.owner_id, _("no longer here")),
                           form=form, errors=errors, **more)  # fmt: skip


def _adjust_page(account_id: str, form: AdjustForm, errors: dict[str, str]) -> str:
    return _page("desk/adjust.html", _of_a_person(account_id), form, errors)


def _settle_page(account_id: str, form: SettleForm, errors: dict[str, str]) -> str:
    account = _of_a_person(account_id)
    found = heirs(account)
    room = {heir.key: service.fits(heir, account) for heir in found}
    return _page("desk/settle.html", account, form, errors, heirs=found, fits=room)


def _standing_page(account_id: str, form: ReasonForm, errors: dict[str, str]) -> str:
    account = queries.visible_account(current_actor(), account_id)
    return _page("desk/standing.html", account, form, errors, state=state_of(account.id), ways=_next_states(account.id))


def _reversal_page(uid: str, form: ReasonForm, errors: dict[str, str]) -> str:
    move = desk_queries.movement(current_actor(), uid)
    return render_template(
        "desk/reverse.html", move=move, form=form, errors=errors, zone=this_site().zone,
        names=queries.names_of({move.debit.owner_id, move.credit.owner_id}),
        asked=desk_queries.reversal_waits(uid), points=brings_points(uid),
    )  # fmt: skip


def _next_states(account_id: str) -> list[str]:
    ways = {State.OPEN: [State.FROZEN, State.CLOSED], State.FROZEN: [State.OPEN, State.CLOSED], State.CLOSED: []}
    return [str(state) for state in ways[state_of(account_id)]]


def _account_of(heir: Heir, left: Account) -> Account:
    """The account of whoever inherits, opened where a person has none yet."""
    if heir.person is not None:
        return ensure_person_account(heir.person.id)
    if heir.what == "community_fund":
        person = queries.persons({left.owner_id})[0]
        return ensure_accounts_for_unit(person.unit_code, on=clock.now().date())
    return service.lapse_account(left)


def _community() -> OrgUnit:
    found = next(iter(communities_for(current_actor())), None)
    if found is None:
        raise NotFound
    return found


def _funds(community: OrgUnit) -> list[tuple[str, str]]:
    """The funds that new minutes or points can go to: (key, words)."""
    funds = [("fund", _("the fund of the community, in hours"))]
    funds += [(purse.charity.id, _("%(name)s, in hours", name=purse.charity.name))
              for purse in charities_in(current_actor())]  # fmt: skip
    if setting(community.code, "points_enabled", on=clock.today(community.zone)):
        funds.append(("point", _("the community's points")))
    return funds


def _from_and_to(community: OrgUnit, key: str) -> tuple[Account, Account]:
    """The year's issuance and the fund, opened where they are not there yet."""
    today = clock.today(community.zone)
    unit = Unit.POINT if key == "point" else Unit.MINUTE
    fund = (ensure_points_accounts if unit is Unit.POINT else ensure_accounts_for_unit)(community.code, on=today)
    issuance = queries.find_account(AccountKind.ISSUANCE, community.code, unit=unit, label=str(today.year))
    assert issuance is not None
    purses = {purse.charity.id: purse for purse in charities_in(current_actor())}
    return issuance, charity_account(purses[key].charity) if key in purses else fund


def _seed_page(form: FundForm, errors: dict[str, str]) -> str:
    return render_template("desk/seed.html", form=form, errors=errors, funds=_funds(_community()))
