"""The time passbook of elders and volunteers, and the ledger of the desk."""


from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session
from app.ledger import desk_queries, files, line_queries, queries
from app.ledger.models import Account, TransferKind
from app.menu.queries import items
from app.passbook.queries import objections_about
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
    page = _lines_of(actor, account) if account is not None else None
    return render_template(
        "ledger/passbook.html", page=page, balance=queries.balance(person_id), endpoint=endpoint, q=search_word(),
        person=session.get_one(Person, person_id), own=person_id == actor.person_id, check=queries.last_check(),
        doubts={one.transfer_uid: one for one in objections_about(account.id)} if account is not None else {},
        **_words_for(page),
    )  # fmt: skip


def _lines_of(actor: Actor, account: Account) -> line_queries.Statement:
    """A page of the passbook, or of the lines that say what was searched for."""
    words = search_word()
    if not words:
        return line_queries.statement(actor, account, before=_before())
    said = words.casefold()
    codes = [item.code for item in items() if said in item.name_zh or said in item.name_en.casefold()]
    return line_queries.found_lines(actor, account, words=words, item_codes=codes, before=_before())


# The desk ------------------------------------------------------------------------------------------------------------


@bp.get("/c/ledger")
@requires(Permission.LEDGER_SEE)
def desk() -> ResponseReturnValue:
    """The funds, what waits for a second person, and the newest lines."""
    actor = current_actor()
    moves = desk_queries.movements(actor, before=_before())
    funds = desk_queries.funds(actor)
    owners = {one.owner_id for move in moves for one in (move.debit, move.credit)} | {fund.owner_id for fund in funds}
    return render_template(
        "ledger/desk.html", funds=funds, moves=moves, proposals=desk_queries.count_open_proposals(actor),
        names=queries.names_of(owners),
        older=moves[-1].transfer.seq if len(moves) == queries.PAGE_LINES else None, check=queries.last_check(),
        waiting=desk_queries.waiting_credits(actor),
        items={item.code: item for item in items()}, MOST_WAITING=MOST_WAITING, zone=this_site().zone,
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
    return _line_page(uid)


# ---------------------------------------------------------------------------------------------------------------------


def _line_page(uid: str) -> str:
    move = desk_queries.movement(current_actor(), uid)
    return render_template(
        "ledger/line.html", move=move, zone=this_site().zone,
        names=queries.names_of({move.debit.owner_id, move.credit.owner_id, move.transfer.made_by_id or ""}),
        items={item.code: item for item in items()}, asked=desk_queries.reversal_waits(uid),
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
