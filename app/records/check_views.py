"""The address that the square code on a certificate holds: anybody learns whether it is genuine, and nothing else."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import public
from app.db import transaction
from app.errors import TooMany
from app.records import checking
from app.records.certificate_queries import Standing, standing_of
from app.records.forms import Fields

bp = Blueprint("certificate_check", __name__)


@bp.get("/certificates/<code>")
@public
def check(code: str) -> ResponseReturnValue:
    """Genuine, revoked, or none of ours."""
    standing = _standing(code)
    return _page(code, standing), 404 if standing is Standing.UNKNOWN else 200


@bp.post("/certificates/<code>")
@public
def compare(code: str) -> ResponseReturnValue:
    """Whether the number and the time on the paper are those that were issued.

    The answer stands on the page of the question: an address that said "they match" could be printed by anybody.
    """
    standing = _standing(code)
    if standing is Standing.UNKNOWN:
        return _page(code, standing), 404
    fields = Fields(request.form)
    number = fields.text("number", 60, _("Please type the number that stands on the paper."))
    minutes = fields.minutes("hours", "rest")
    if fields.errors:
        return _page(code, standing, errors=fields.errors), 422
    with transaction():
        same = checking.compare(code, number=number, minutes=minutes)
    if same is None:
        raise TooMany
    return _page(code, standing, same=same)


def _standing(code: str) -> Standing:
    """What the code is; a wrong one is counted, and whoever guesses on is not answered for an hour."""
    subject = checking.guesser(request.remote_addr or "", current_app.config["SETTINGS"].secret_key)
    if not checking.may_ask(subject):
        raise TooMany
    standing = standing_of(code)
    if standing is Standing.UNKNOWN:
        with transaction():
            checking.count_wrong(subject)
    return standing


def _page(
    code: str, standing: Standing, *, same: bool | None = None, errors: dict[str, str] | None = None
) -> str:
    return render_template(
        "records/check.html", code=code, standing=standing, same=same, errors=errors or {}, typed=request.form
    )
