"""Red flags about minutes, for the safeguarding lead only: what was seen, in words, and what came of it."""

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import get_visible
from app.db import transaction
from app.errors import Invalid
from app.ledger.queries import names_of
from app.reports import flag_queries, flagging
from app.reports.models import FlagKind, FlagState, RedFlag
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("flags", __name__, url_prefix="/c/reports/flags")


@bp.get("")
@requires(Permission.FLAGS_SEE)
def all_flags() -> str:
    """The flags of the lead's units, the new ones first to be shown; a name finds its own."""
    actor, chosen = current_actor(), _state()
    page = paged(flag_queries.flags_for(actor, state=chosen, words=search_word()))
    return render_template(
        "reports/flags.html", page=page, chosen=chosen, states=list(FlagState), counts=flag_queries.counts_for(actor),
        names=_names(page.items), zone=this_site().zone, FlagKind=FlagKind,
    )  # fmt: skip


@bp.get("/<flag_id>")
@requires(Permission.FLAGS_SEE)
def one(flag_id: str) -> str:
    """One flag with the facts behind it."""
    return _page(flag_id, "", {})


@bp.post("/<flag_id>/look")
@requires(Permission.FLAGS_SEE)
def look(flag_id: str) -> ResponseReturnValue:
    """Say that somebody is looking at it."""
    with transaction():
        flagging.look_at(current_actor(), flag_id)
    flash(_("Noted that you are looking at it."))
    return redirect(url_for("flags.one", flag_id=flag_id), 303)


@bp.post("/<flag_id>/settle")
@requires(Permission.FLAGS_SEE)
def settle(flag_id: str) -> ResponseReturnValue:
    """Close it with a note."""
    note = request.form.get("note", "")
    try:
        with transaction():
            flagging.settle(current_actor(), flag_id, note)
    except Invalid as error:
        return _page(flag_id, note, error.fields), error.status
    flash(_("Settled. Your note is kept with it."))
    return redirect(url_for("flags.all_flags"), 303)


def _page(flag_id: str, note: str, errors: dict[str, str]) -> str:
    flag = get_visible(RedFlag, flag_id, current_actor())
    return render_template(
        "reports/flag.html", flag=flag, typed=note, errors=errors, names=_names([flag]), zone=this_site().zone,
    )  # fmt: skip


def _state() -> FlagState | None:
    """Which flags the address asks for: the new ones where it says nothing, all for "all"."""
    word = request.args.get("state", FlagState.NEW)
    return FlagState(word) if word in set(FlagState) else None


def _names(flags: Iterable[RedFlag]) -> dict[str, str]:
    """The names of everybody that the flags mention."""
    ids: set[str] = set()
    for flag in flags:
        facts = flag.facts
        ids |= {flag.about_id, flag.other_id or "", flag.seen_by or "", facts.get("to", ""), facts.get("by", "")}
        ids |= {leg[end] for leg in facts.get("legs", ()) for end in ("from", "to")}
    return names_of(ids - {""})
