"""The public proof: daily heads for everybody, receipts for members, and a page that checks both."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import segno
from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.datastructures import FileStorage

from app.access.actor import Actor
from app.access.guard import current_actor, public, requires
from app.access.policy import Permission
from app.errors import NotFound
from app.ledger import heads, keys, proof_forms
from app.ledger.chain import FIELDS, plain
from app.ledger.errors import NotPublishedYet, SaltErased
from app.ledger.head_files import as_text
from app.ledger.models import Account, Ledger, PublishedHead, Transfer
from app.ledger.proof_queries import book, heads_of, line_with_salt, own_line
from app.ledger.queries import area_of, ledgers
from app.ledger.receipt import Verdict, check, check_growth, check_head
from app.people.models import Role
from app.web.frame import this_site
from app.web.paging import paged

bp = Blueprint("proof", __name__)
LARGEST_NUMBER = 2**31  # of a head or, below, of a line: what is larger is not there

WHY = {
    "malformed": _l("This is not a receipt or a seal as this site writes them: a part is missing, or was added."),
    "other_book": _l("The line is of another book than the seal."),
    "outside": _l("The seal is older than the line."),
    "not_in_tree": _l("The line is not in the sealed book: an amount, a name, a time or another part was changed."),
    "not_last": _l("The line is not the last line that the seal names."),
    "unknown_key": _l("The seal is signed with a key that is not this site's."),
    "signature": _l("The signature does not fit: the seal was changed, or somebody else signed it."),
    "not_newer": _l("The second seal is not newer than the first."),
    "no_path": _l("The newer file does not begin at the older seal. Download it with the link beside the older seal."),
    "not_grown": _l("The newer book does not continue the older one: something in the past was changed."),
    "not_here": _l("The signature is right, but this seal was not published here. Please call the community."),
}


# For everybody -------------------------------------------------------------------------------------------------------


@bp.get("/public/proof")
@public
def home() -> ResponseReturnValue:
    """The heads of this site's book, newest first, and the key they are signed with."""
    here = _book_here()
    page = paged(heads_of(here.id)) if here else None
    return render_template(
        "ledger/proof.html", book=here, page=page, newest=heads.newest_head(here.id) if here else None,
        key=keys.newest_key(), zone=this_site().zone,
    )  # fmt: skip


@bp.get("/public/proof/<ledger_id>/<int:head_nr>")
@public
def one(ledger_id: str, head_nr: int) -> ResponseReturnValue:
    """One head, and whether the book has continued the one before it."""
    head = heads.head_of(book(ledger_id).id, head_nr)
    before = heads.previous(head)
    grown = _growth(before, head) if before else None
    return render_template("ledger/proof_head.html", head=head, before=before, grown=grown, zone=this_site().zone)


@bp.get("/public/proof/<ledger_id>/<int:head_nr>.json")
@public
def one_file(ledger_id: str, head_nr: int) -> ResponseReturnValue:
    """One head as a file, with the proof that it continues the head `since` (the one before it)."""
    return _head_file(heads.head_of(book(ledger_id).id, head_nr))


@bp.get("/public/proof/<ledger_id>/latest.json")
@public
def latest_file(ledger_id: str) -> ResponseReturnValue:
    """The newest head as a file, at an address that stays."""
    head = heads.newest_head(book(ledger_id).id)
    if head is None:
        raise NotFound
    return _head_file(head)


@bp.get("/public/proof/keys.json")
@public
def key_file() -> ResponseReturnValue:
    """The public keys, oldest first, each signed for by the one before."""
    return _file(keys.key_file(), "keys.json")


@bp.get("/public/proof/check")
@public
def check_page() -> ResponseReturnValue:
    """Bring a receipt or a seal and learn what it proves."""
    return _check_page(verdict=None, kind="", text="", errors={})


@bp.post("/public/proof/check")
@public
def check_it() -> ResponseReturnValue:
    """What the receipt or the seals prove, in plain words."""
    text = request.form.get("text", "")[: proof_forms.LARGEST + 1]
    files: list[FileStorage] = request.files.getlist("file")
    brought, errors = proof_forms.parse(text, files)
    verdict = None if errors else _verdict(brought)
    kind = "receipt" if brought.receipt else "growth" if brought.older else "head"
    page = _check_page(verdict=verdict, kind=kind, text=text, errors=errors)
    return page, 422 if errors else 200


@bp.get("/public/proof/line/<ledger_id>/<int:seq>/<salt>")
@public
def paper(ledger_id: str, seq: int, salt: str) -> ResponseReturnValue:
    """What the square code on a printed receipt leads to: what should stand on the paper, and no name."""
    row = line_with_salt(ledger_id, min(seq, LARGEST_NUMBER), salt[:64])
    verdict = check(heads.receipt(row.uid), keys.public_keys()) if row else None
    found = verdict if verdict and verdict.holds else None
    return render_template(
        "ledger/proof_paper.html", line=_said(found), head=found and found.head, sealed=_sealed(found),
        zone=this_site().zone,
    )  # fmt: skip


# For members ---------------------------------------------------------------------------------------------------------


@bp.get("/receipts/<uid>")
@requires(Permission.LEDGER_OWN)
def receipt(uid: str) -> ResponseReturnValue:
    """The receipt of one's own line: to keep as a file or on paper."""
    actor = current_actor()
    row, account = own_line(actor, uid)
    told, sentence = None, ""
    try:
        told = heads.receipt(uid)
    except (NotPublishedYet, SaltErased) as error:
        sentence = error.sentence()
    head = told["head"]["head"] if told else None
    address = _absolute(url_for("proof.paper", ledger_id=row.ledger_id, seq=row.seq, salt=told["salt"])) if told else ""
    return render_template(
        "ledger/receipt.html", uid=uid, line=_said(Verdict(row=_told(row))), head=head, sentence=sentence,
        sealed=date.fromisoformat(head["day"]) if head else None, is_in=account.id == row.credit_account_id,
        code=_picture(address), zone=this_site().zone, passbook=_passbook(actor, account),
    )  # fmt: skip


@bp.get("/receipts/<uid>.json")
@requires(Permission.LEDGER_OWN)
def receipt_file(uid: str) -> ResponseReturnValue:
    """The same as a file."""
    own_line(current_actor(), uid)
    return _file(heads.receipt(uid), "receipt.json")


# ---------------------------------------------------------------------------------------------------------------------


def _book_here() -> Ledger | None:
    """The book of the reader's area, or the only one there is."""
    unit, books = this_site().unit_code, ledgers()
    area = area_of(unit) if unit else None
    return next((one for one in books if one.id == area), books[0] if len(books) == 1 else None)


@dataclass(frozen=True)
class Said:
    """What a line says, ready to be shown: of a stored line or of one that a checked receipt brought along."""

    seq: int
    at: datetime
    kind: str
    unit: str
    amount: int
    debit: str
    credit: str


def _said(verdict: Verdict | None) -> Said | None:
    row = verdict.row if verdict else None
    if not row:
        return None
    at = datetime.fromisoformat(row["created_at"])
    return Said(
        row["seq"], at, row["kind"], row["unit"], row["amount"], row["debit_account_id"], row["credit_account_id"]
    )


def _told(row: Transfer) -> dict[str, Any]:
    return {field: plain(getattr(row, field)) for field in FIELDS}


def _sealed(verdict: Verdict | None) -> date | None:
    return date.fromisoformat(verdict.head["day"]) if verdict and verdict.head else None


def _check_page(*, verdict: Verdict | None, kind: str, text: str, errors: dict[str, str]) -> str:
    holds = verdict if verdict and verdict.holds else None
    return render_template(
        "ledger/proof_check.html", verdict=verdict, kind=kind, text=text, errors=errors, why=WHY, line=_said(holds),
        sealed=_sealed(holds), zone=this_site().zone,
    )  # fmt: skip


def _passbook(actor: Actor, account: Account) -> str:
    """Where the line stands among the others."""
    if account.owner_id != actor.person_id:
        return f"{url_for('ledger.mine')}?{urlencode({'for': account.owner_id})}"
    return url_for("ledger.volunteers" if Role.VOLUNTEER in actor.roles else "ledger.mine")


def _growth(before: PublishedHead, head: PublishedHead) -> Verdict:
    return check_growth(heads.document(before), heads.document(head, since=before), keys=keys.public_keys())


def _verdict(brought: proof_forms.Brought) -> Verdict:
    known = keys.public_keys()
    if brought.receipt is not None:
        verdict = check(brought.receipt, known)
    elif brought.older is not None:
        verdict = _grown(brought, known)
    else:
        verdict = check_head(brought.newer, known)
    if verdict.holds and not _is_here(verdict):
        return Verdict("not_here", row=verdict.row, head=verdict.head)
    return verdict


def _grown(brought: proof_forms.Brought, known: dict[str, str]) -> Verdict:
    """Two heads side by side; where the newer file lacks the proof for this older one, the tree here makes it."""
    verdict = check_growth(brought.older, brought.newer, keys=known)
    if verdict.why != "no_path":
        return verdict
    ledger_id, nr = verdict.head["ledger_id"], verdict.head["nr"]
    try:
        old, new = heads.head_of(ledger_id, brought.older["head"]["nr"]), heads.head_of(ledger_id, nr)
    except NotFound:
        return verdict
    path = heads.document(new, since=old)["since"]
    return check_growth(brought.older, {**brought.newer, "since": path}, keys=known)


def _is_here(verdict: Verdict) -> bool:
    """Whether the head of a verdict is one that was published here, word by word."""
    try:
        return heads.body(heads.head_of(str(verdict.head["ledger_id"]), verdict.head["nr"])) == dict(verdict.head)
    except NotFound:
        return False


def _head_file(head: PublishedHead) -> Response:
    word = request.args.get("since", "")
    nr = int(word) if word.isdecimal() and len(word) < 10 else head.nr - 1
    since = heads.head_of(head.ledger_id, nr) if 0 < nr < head.nr else None
    return _file(heads.document(head, since=since), f"{head.ledger_id}-{head.nr:06}.json")


def _file(document: dict[str, object], name: str) -> Response:
    shown = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_text(document), mimetype="application/json", headers=shown)


def _picture(address: str) -> Markup:
    return Markup(segno.make(address, error="m").svg_inline(scale=4, border=4)) if address else Markup()


def _absolute(path: str) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base.rstrip("/") + path
