"""Files at the desk: the same import as on the command line, tried first or stored, with a report by row."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import DomainError, Invalid, NotFound
from app.needs.importing import COLUMNS as NEED_COLUMNS
from app.needs.importing import import_needs
from app.org.models import UnitLevel
from app.org.queries import below, unit
from app.org.tables import BrokenFile, OnlyTried, Report
from app.people.importing import ELDER_COLUMNS, IMPORTERS, VOLUNTEER_COLUMNS, import_elders, import_volunteers

bp = Blueprint("imports", __name__)

KINDS: dict[str, Callable[..., Report]] = {
    "elders": import_elders, "volunteers": import_volunteers, "needs": import_needs,
}  # fmt: skip
KIND_WORDS = {"elders": _l("Elders"), "volunteers": _l("Volunteers"), "needs": _l("Orders")}
COLUMNS = {"elders": ELDER_COLUMNS, "volunteers": VOLUNTEER_COLUMNS, "needs": NEED_COLUMNS}
MOST_KEPT = 300_000  # bytes that a page carries from the try to the import (a form field may hold 500 kB)
MOST_SHOWN = 300  # rows of a report; broken ones are always shown


@dataclass(frozen=True)
class Upload:
    """A file as it was sent, or kept by the page from its try."""

    kind: str
    unit_code: str
    data: bytes
    name: str


@bp.get("/c/import")
@requires(Permission.IMPORT_FILES)
def files() -> str:
    """Which file, for which unit."""
    return _page({}, {})


@bp.get("/c/import/<kind>.csv")
@requires(Permission.IMPORT_FILES)
def empty_table(kind: str) -> Response:
    """An empty table with the right header, to be filled in a spreadsheet program."""
    if kind not in COLUMNS:
        raise NotFound
    answer = Response("\ufeff" + ",".join(COLUMNS[kind]) + "\r\n", mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return answer


@bp.post("/c/import")
@requires(Permission.IMPORT_FILES)
def bring_in() -> ResponseReturnValue:
    """The report of a file that was tried or stored. Sent twice it changes nothing more: every row has its key."""
    actor = current_actor()
    try:
        upload = _upload(actor)
        report, status = _run(actor, upload, dry_run=request.form.get("act") != "store")
    except DomainError as error:
        fields = error.fields if isinstance(error, Invalid) else {"form": error.sentence()}
        return _page(request.form, fields), error.status
    kept = base64.b64encode(upload.data).decode() if len(upload.data) <= MOST_KEPT else ""
    shown = [line for at, line in enumerate(report.lines) if at < MOST_SHOWN or line.outcome == "broken"]
    return render_template(
        "people/import_report.html", report=report, upload=upload, kept=kept, shown=shown, words=KIND_WORDS,
        unit=unit(upload.unit_code), general=[p for p in report.problems if p.row < 2],
    ), status  # fmt: skip


def _run(actor: Actor, upload: Upload, *, dry_run: bool) -> tuple[Report, int]:
    try:
        with transaction():
            return KINDS[upload.kind](actor, upload.data, unit_code=upload.unit_code, dry_run=dry_run), 200
    except OnlyTried as tried:
        return tried.report, 200
    except BrokenFile as broken:
        return broken.report, broken.status


def _upload(actor: Actor) -> Upload:
    errors = {}
    kind, unit_code = request.form.get("kind", ""), request.form.get("unit_code", "")
    sent = request.files.get("file")
    if kind not in KINDS:
        errors["kind"] = _("Choose one.")
    if unit_code not in dict(_units(actor)):
        errors["unit_code"] = _("Choose one.")
    data = sent.read() if sent else _kept(request.form.get("kept", ""))
    if not data:
        errors["file"] = _("Choose a file that is not empty.")
    if errors:
        raise Invalid(errors)
    name = (sent.filename if sent else request.form.get("name", "")) or ""
    return Upload(kind, unit_code, data, name[:80])


def _kept(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _units(actor: Actor) -> list[tuple[str, str]]:
    """The units that a file may be for: those of her desk, and the communities below them."""
    own = [unit(code) for code in sorted(actor.units(*IMPORTERS))]
    inside = below([each.code for each in own], UnitLevel.COMMUNITY)
    found = {each.code: f"{each.name} ({each.code})" for each in [*own, *inside]}
    return list(found.items())


def _page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "people/import.html", typed=typed, errors=errors, units=_units(current_actor()), words=KIND_WORDS,
        columns={kind: ",".join(names) for kind, names in COLUMNS.items()},
    )  # fmt: skip
