"""The time passbook of elders and volunteers, and the ledger of the desk."""

from secrets import token_hex

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError, NotFound
from app.ledger import desk_queries, files, line_queries, queries, service
from app.ledger.forms import ReasonForm, SeedForm
from app.ledger.models import Account, TransferKind
from app.menu.queries import items
from app.org.queries import communities_for
from app.people.models import Person
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("ledger", __name__)
MOST_WAITING = 50  # lines of the list of pending credits; their sum stands above it
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# The passbook --------------------------------------------------------------------------------------------------------


@bp.get("/me/ledger")
@requires(Permission.LEDGER_OWN)
def mine() -> ResponseReturnValue:
    """An elder's time: what is there and where it came from. A relative names the elder with `for`."""
    return _passbook(current_actor(), request.args.get("for") or current_actor().must_be_someone(), "ledger.mine")


@bp.get("/v/ledger")
@requires(Permission.LEDGER_OWN)
def volunteers() -> ResponseReturnValue:
    """A volunteer's time passbook."""
    return _passbook(current_actor(), current_actor().must_be_someone(), "ledger.volunteers")


@bp.get("/me/ledger.<any(csv, xlsx):kind>", endpoint="mine_file")
@bp.get("/v/ledger.<any(csv, xlsx):kind>", endpoint="volunteers_file")
@requires(Permission.LEDGER_OWN)
def own_file(kind: str) -> ResponseReturnValue:
    """The whole passbook as a table to take away."""
    actor = current_actor()
    account = queries.own_account(actor, request.args.get("for") or actor.must_be_someone())
    return _file(actor, account, kind)


def _passbook(actor: Actor, person_id: str, endpoint: str) -> str:
    account = queries.own_account(actor, person_id)
    page = line_queries.statement(actor, account, before=_before()) if account is not None else None
    return render_template(
        "ledger/passbook.html", page=page, balance=queries.balance(person_id), endpoint=endpoint,
        person=session.get_one(Person, person_id), own=person_id == actor.person_id, check=queries.last_check(),
        **_words_for(page),
    )  # fmt: skip


# The desk ------------------------------------------------------------------------------------------------------------


@bp.get("/c/ledger")
@requires(Permission.LEDGER_SEE)
def desk() -> ResponseReturnValue:
    """The funds, what waits for a second person, and the newest lines."""
    actor = current_actor()
    moves = desk_queries.movements(actor, before=_before())
    proposals = desk_queries.pending_proposals(actor)
    funds = desk_queries.funds(actor)
    owners = {one.owner_id for move in moves for one in (move.debit, move.credit)} | {fund.owner_id for fund in funds}
    sides = [session.get_one(Account, key) for one in proposals
             for key in (one.proposal.debit_account_id, one.proposal.credit_account_id)]  # fmt: skip
    owners |= {account.owner_id for account in sides}
    return render_template(
        "ledger/desk.html", funds=funds, moves=moves, proposals=proposals, sides={one.id: one for one in sides},
        names=queries.names_of(owners | {one.proposal.person_id for one in proposals}),
        older=moves[-1].transfer.seq if len(moves) == queries.PAGE_LINES else None, check=queries.last_check(),
        waiting=desk_queries.waiting_credits(actor),
        items={item.code: item for item in items()}, MOST_WAITING=MOST_WAITING, me=actor.person_id,
        zone=this_site().zone,
    )  # fmt: skip


@bp.get("/c/ledger/accounts")
@requires(Permission.LEDGER_SEE)
def accounts() -> ResponseReturnValue:
    """The passbooks of the actor's units, by name."""
    page = paged(desk_queries.passbooks(current_actor(), search_word()), scalars=False)
    return render_template("ledger/accounts.html", page=page)


@bp.get("/c/ledger/accounts/<account_id>")
@requires(Permission.LEDGER_SEE)
def one_account(account_id: str) -> ResponseReturnValue:
    """One account line by line."""
    actor = current_actor()
    account = queries.visible_account(actor, account_id)
    page = line_queries.statement(actor, account, before=_before())
    return render_template(
        "ledger/account.html", account=account, page=page, name=queries.names_of({account.owner_id}),
        **_words_for(page),
    )  # fmt: skip


@bp.get("/c/ledger/accounts/<account_id>.<any(csv, xlsx):kind>")
@requires(Permission.LEDGER_SEE)
def account_file(account_id: str, kind: str) -> ResponseReturnValue:
    """One account as a table to take away."""
    return _file(current_actor(), queries.visible_account(current_actor(), account_id), kind)


@bp.get("/c/ledger/lines/<uid>")
@requires(Permission.LEDGER_SEE)
def line(uid: str) -> ResponseReturnValue:
    """One line with both sides, and the way to correct it."""
    return _line_page(uid, ReasonForm(), {})


@bp.post("/c/ledger/lines/<uid>/reverse")
@requires(Permission.LEDGER_PROPOSE)
def reverse(uid: str) -> ResponseReturnValue:
    """Propose the exact opposite of a line; another person decides."""
    actor = current_actor()
    desk_queries.movement(actor, uid)
    form, errors = ReasonForm.parse(request.form)
    if errors:
        return _line_page(uid, form, errors), 422
    with transaction():
        service.propose_reversal(
            uid=desk_queries.free_reversal_uid(uid), of=uid, by=actor.must_be_someone(), memo=form.reason
        )
    flash(_("Proposed. It counts when a second person has approved it."))
    return redirect(url_for("ledger.desk"), 303)


@bp.get("/c/ledger/seed")
@requires(Permission.LEDGER_PROPOSE)
def seed() -> ResponseReturnValue:
    """Fill the community fund with new minutes of the year's budget."""
    return render_template("ledger/seed.html", form=SeedForm(), errors={}, community=this_site().community)


@bp.post("/c/ledger/seed")
@requires(Permission.LEDGER_PROPOSE)
def propose_seed() -> ResponseReturnValue:
    """Propose new minutes for the fund; another person decides."""
    actor = current_actor()
    form, errors = SeedForm.parse(request.form)
    if errors:
        return render_template("ledger/seed.html", form=form, errors=errors, community=this_site().community), 422
    community = next(iter(communities_for(actor)), None)
    if community is None:
        raise NotFound
    with transaction():
        today = clock.today(community.zone)
        fund = service.ensure_accounts_for_unit(community.code, on=today)
        issuance = queries.issuance_of(community.code, on=today)
        assert issuance is not None
        service.propose(
            uid=f"seed:{community.code}:{token_hex(6)}", kind=TransferKind.SEED, debit=issuance.id, credit=fund.id,
            minutes=form.minutes, by=actor.must_be_someone(), memo=form.reason,
        )  # fmt: skip
    flash(_("Proposed. It counts when a second person has approved it."))
    return redirect(url_for("ledger.desk"), 303)


@bp.post("/c/ledger/proposals/<uid>")
@requires(Permission.LEDGER_APPROVE)
def decide(uid: str) -> ResponseReturnValue:
    """A second person's yes or no."""
    actor = current_actor()
    if uid not in {one.proposal.uid for one in desk_queries.pending_proposals(actor)}:
        raise NotFound
    yes = request.form.get("answer") == "yes"
    try:
        with transaction():
            (service.approve if yes else service.refuse)(uid=uid, by=actor.must_be_someone())
    except DomainError as error:
        flash(error.sentence(), "warning")
    else:
        flash(_("Approved. The new line stands in the ledger.") if yes else _("Refused. Nothing changed."))
    return redirect(url_for("ledger.desk"), 303)


# ---------------------------------------------------------------------------------------------------------------------


def _line_page(uid: str, form: ReasonForm, errors: dict[str, str]) -> str:
    move = desk_queries.movement(current_actor(), uid)
    return render_template(
        "ledger/line.html", move=move, form=form, errors=errors, zone=this_site().zone,
        names=queries.names_of({move.debit.owner_id, move.credit.owner_id, move.transfer.made_by_id or ""}),
        items={item.code: item for item in items()},
        asked=uid in {one.proposal.reverses_uid for one in desk_queries.pending_proposals(current_actor())},
    )  # fmt: skip


def _words_for(page: line_queries.Statement | None) -> dict[str, object]:
    """What the lines need to be put into words."""
    lines = page.lines if page is not None else []
    people = {line.other_owner_id for line in lines} | {line.elder_id for line in lines if line.elder_id}
    return {
        "names": queries.names_of(people),
        "elders": {person.id: person for person in queries.persons(people)},
        "items": {item.code: item for item in items()},
        "zone": this_site().zone,
        "Kinds": TransferKind,
    }


def _file(actor: Actor, account: Account | None, kind: str) -> Response:
    lines = line_queries.all_lines(actor, account) if account is not None else []
    body, words = (
        (files.as_csv(lines, zone=this_site().zone), "text/csv")
        if kind == "csv"
        else (files.as_xlsx(lines, zone=this_site().zone), XLSX)
    )
    name = f'attachment; filename="lianxin-passbook.{kind}"'
    return Response(body, mimetype=words, headers={"Content-Disposition": name})


def _before() -> int | None:
    word = request.args.get("before", "")
    return int(word) if word.isdecimal() and len(word) < 16 else None
