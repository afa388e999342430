"""The rules that hold here, where each value comes from, and changing them by two people."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import works_in
from app.db import transaction
from app.errors import Invalid, NotFound
from app.org.queries import find_unit, unit, units_for
from app.rulechanges import errors as refusals
from app.rulechanges import forms, pages, queries, service, wording
from app.rulepacks.keys import KEYS
from app.rulepacks.packs import shipped
from app.web.paging import paged, search_word

bp = Blueprint("rulechanges", __name__)
REFUSALS = (refusals.OwnProposal, refusals.NotYours, refusals.AlreadyDecided, refusals.StartIsPast, refusals.NotHere)


@bp.get("/c/rules")
@requires(Permission.RULES_SEE)
def rules() -> str:
    """Every rule as it holds today for a unit, by group, with where its value comes from."""
    actor = current_actor()
    here = _unit_asked(actor)
    return render_template(
        "rules/rules.html", here=here, units=units_for(actor), q=search_word(),
        groups=pages.groups(here.code, search_word()), waiting=queries.waiting(actor), packs=shipped().values(),
        coming=pages.coming(here.code), may_propose=_may_propose(actor, here.code), in_words=pages.in_words,
    )  # fmt: skip


@bp.get("/c/rules/keys/<key>")
@requires(Permission.RULES_SEE)
def one(key: str) -> str:
    """One rule: what it says here, where that comes from, and everything that ever held."""
    return _page_of(key, _unit_asked(current_actor()).code, {})


@bp.post("/c/rules/keys/<key>/preview")
@requires(Permission.RULES_PROPOSE)
def preview(key: str) -> ResponseReturnValue:
    """What the typed value would touch, before anybody is asked."""
    here = _unit_asked(current_actor())
    try:
        wanted = _typed(key, here.code)
        service.must_work_there(current_actor(), here.code)
        service.check_proposal(wanted)
    except Invalid as wrong:
        return _page_of(key, here.code, wrong.fields), wrong.status
    lines = pages.proposed_lines(wanted)
    return render_template(
        "rules/preview.html", here=here, wanted=wanted, lines=lines, typed=request.form,
        told=pages.told(service.preview_of(wanted), lines), back_to=url_for("rulechanges.one", key=key, unit=here.code),
        action=url_for("rulechanges.propose", key=key, unit=here.code), pack=None,
    )  # fmt: skip


@bp.post("/c/rules/keys/<key>/propose")
@requires(Permission.RULES_PROPOSE)
def propose(key: str) -> ResponseReturnValue:
    """Ask a second person for this change."""
    here = _unit_asked(current_actor())
    try:
        with transaction():
            change = service.propose_change(current_actor(), _typed(key, here.code))
    except Invalid as wrong:
        return _page_of(key, here.code, wrong.fields), wrong.status
    flash(_("Proposed. A second person must agree before it holds."))
    return redirect(url_for("rulechanges.change", change_id=change.id), 303)


@bp.get("/c/rules/packs/<code>")
@requires(Permission.RULES_SEE)
def pack(code: str) -> str:
    """A shipped pack beside what holds here: its values with their sources, everything else inherited."""
    return _pack_page(code, {})


@bp.post("/c/rules/packs/<code>/preview")
@requires(Permission.RULES_PROPOSE)
def preview_pack(code: str) -> ResponseReturnValue:
    """What taking the pack over would touch."""
    here = _unit_asked(current_actor())
    try:
        service.must_work_there(current_actor(), here.code)
        wanted = _pack_typed(code, here.code)
        service.check_proposal(wanted)
    except Invalid as wrong:
        return _pack_page(code, wrong.fields), wrong.status
    lines = pages.proposed_lines(wanted)
    return render_template(
        "rules/preview.html", here=here, wanted=wanted, lines=lines, typed=request.form,
        told=pages.told(service.preview_of(wanted), lines),
        back_to=url_for("rulechanges.pack", code=code, unit=here.code),
        action=url_for("rulechanges.propose_pack", code=code, unit=here.code), pack=shipped()[code],
    )  # fmt: skip


@bp.post("/c/rules/packs/<code>/propose")
@requires(Permission.RULES_PROPOSE)
def propose_pack(code: str) -> ResponseReturnValue:
    """Ask a second person for taking the pack over."""
    here = _unit_asked(current_actor())
    try:
        with transaction():
            change = service.propose_change(current_actor(), _pack_typed(code, here.code))
    except Invalid as wrong:
        return _pack_page(code, wrong.fields), wrong.status
    flash(_("Proposed. A second person must agree before it holds."))
    return redirect(url_for("rulechanges.change", change_id=change.id), 303)


@bp.get("/c/rules/changes")
@requires(Permission.RULES_SEE)
def changes() -> str:
    """Every change that was ever proposed, newest first."""
    page = paged(queries.changes(current_actor()))
    lines = [queries.standing(row) for row in page.items]
    return render_template("rules/changes.html", page=page, lines=lines, in_words=pages.in_words)


@bp.get("/c/rules/changes/<change_id>")
@requires(Permission.RULES_SEE)
def change(change_id: str) -> str:
    """One change: what it says, what it touches now, who proposed it, and the answer."""
    return _change_page(change_id, {})


@bp.post("/c/rules/changes/<change_id>/approve")
@requires(Permission.RULES_DECIDE)
def approve(change_id: str) -> ResponseReturnValue:
    """A second person's yes."""
    return _decide(change_id, lambda: service.approve_change(current_actor(), change_id),
                   _("Agreed. The rules hold from their day on, and everybody concerned has been told."))  # fmt: skip


@bp.post("/c/rules/changes/<change_id>/refuse")
@requires(Permission.RULES_DECIDE)
def refuse(change_id: str) -> ResponseReturnValue:
    """A second person's no, with the reason."""
    reason = request.form.get("reason", "")
    return _decide(change_id, lambda: service.refuse_change(current_actor(), change_id, reason),
                   _("Not agreed to. Whoever proposed it reads the reason."))  # fmt: skip


@bp.post("/c/rules/changes/<change_id>/withdraw")
@requires(Permission.RULES_PROPOSE)
def withdraw(change_id: str) -> ResponseReturnValue:
    """The proposer takes it back."""
    return _decide(change_id, lambda: service.withdraw_change(current_actor(), change_id), _("Taken back."))


# -------------------------------------------------------------------------------------------------------------------


def _unit_asked(actor: Actor) -> Any:
    """The unit of the address (`unit`), where the actor works; her own highest unit where none is named."""
    code = request.args.get("unit", "")
    if not code:
        return unit(min(actor.units(), key=lambda each: (len(each), each)))
    if find_unit(code) is None or not works_in(actor, code):
        raise NotFound
    return unit(code)


def _may_propose(actor: Actor, unit_code: str) -> bool:
    return works_in(actor, unit_code, *queries.PROPOSERS)


def _typed(key: str, unit_code: str) -> service.Proposal:
    if key not in KEYS:
        raise NotFound
    value = forms.typed_value(key, request.form)
    return service.Proposal(
        unit_code, {key: value}, forms.start_day(request.form), request.form.get("reason", ""),
        sources={key: " ".join(request.form.get("source", "").split())[:300]},
    )  # fmt: skip


def _pack_typed(code: str, unit_code: str) -> service.Proposal:
    return service.pack_proposal(unit_code, code, forms.start_day(request.form), request.form.get("reason", ""))


def _page_of(key: str, unit_code: str, wrong: Mapping[str, str]) -> str:
    if key not in KEYS:
        raise NotFound
    actor = current_actor()
    marked = {"value" if name == key else name: sentence for name, sentence in wrong.items()}
    return render_template(
        "rules/one.html", here=unit(unit_code), line=pages.line(unit_code, key),
        history=pages.history_of(unit_code, key), errors=marked, typed=request.form,
        first=queries.earliest_start(unit_code), kind=KEYS[key].kind,
        choices=wording.choices(key), may_propose=_may_propose(actor, unit_code), keeper=KEYS[key].keeper,
        known=[name for _code, name in wording.known_words(key)], how=wording.how_to_write(key),
    )  # fmt: skip


def _pack_page(code: str, wrong: Mapping[str, str]) -> str:
    found = shipped().get(code)
    if found is None:
        raise NotFound
    here = _unit_asked(current_actor())
    return render_template(
        "rules/pack.html", here=here, pack=found, lines=pages.pack_lines(found, here.code),
        inherited=pages.inherited_by(found, here.code), errors=wrong, typed=request.form,
        first=queries.earliest_start(here.code), may_propose=_may_propose(current_actor(), here.code),
    )  # fmt: skip


def _change_page(change_id: str, wrong: Mapping[str, str]) -> str:
    actor = current_actor()
    row = queries.change(actor, change_id)
    known = queries.standing(row)
    lines = pages.agreed_lines(known)
    now = pages.told(service.preview_again(row), lines) if known.state == "open" else None
    return render_template(
        "rules/change.html", known=known, row=row, lines=lines, here=unit(row.unit_code),
        then=pages.told(row.preview, lines), now=now, errors=wrong,
        typed=request.form, may_decide=queries.may_decide(actor, row), is_own=actor.person_id == row.proposed_by,
        pack=shipped().get(row.pack),
    )  # fmt: skip


def _decide(change_id: str, work: Callable[[], Any], said: str) -> ResponseReturnValue:
    try:
        with transaction():
            work()
    except Invalid as wrong:
        return _change_page(change_id, wrong.fields), wrong.status
    except REFUSALS as refused:
        flash(refused.sentence(), "warning")
    else:
        flash(said)
    return redirect(url_for("rulechanges.change", change_id=change_id), 303)
