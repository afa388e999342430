"""Ordering, one question a page: which help, when, is it right. For an elder herself or, by `for`, for another."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import Invalid
from app.menu.models import MenuItem
from app.menu.queries import NotOffered, items_offered, offered_item
from app.needs import queries, service
from app.needs.forms import Choice, Side, choice_of, read_choice, side_here, side_of
from app.needs.phrases import Phrases
from app.needs.placing import LONGEST_WISH, check
from app.needs.states import ENDS
from app.needs.times_forms import next_time, times_to_choose

bp = Blueprint("orders", __name__)
OF_THE_TIME = frozenset({"day", "at", "latest"})


# Which help ----------------------------------------------------------------------------------------------------------


@bp.get("/order")
@requires(Permission.NEED_PLACE)
def menu() -> ResponseReturnValue:
    """Everything that can be ordered here, what she orders most before the rest, and a small wish."""
    return _menu_page(side_here(current_actor()))


def _menu_page(side: Side, refused: str = "") -> str:
    offered = items_offered(side.elder.community_code)
    usual = queries.times_ordered(side.person.id)
    return render_template(
        "needs/menu.html", side=side, workspace=side.workspace, kinds=_by_kind(offered),
        usual=sorted((i for i in offered if i.code in usual), key=lambda i: -usual[i.code])[:4],
        errors={"form": refused} if refused else {},
    )  # fmt: skip


def _by_kind(offered: list[MenuItem]) -> list[tuple[MenuItem, list[MenuItem]]]:
    """Items under the first item of their kind, in the order of the menu."""
    kinds: dict[str, list[MenuItem]] = {}
    for item in offered:
        kinds.setdefault(item.category_en, []).append(item)
    return [(items[0], items) for items in kinds.values()]


@bp.get("/order/wish")
@requires(Permission.NEED_PLACE)
def wish() -> ResponseReturnValue:
    """Something that is not on the menu, in her own words."""
    side = side_here(current_actor())
    return _wish_page(side, read_choice(request.args)[0], {})


def _wish_page(side: Side, choice: Choice, errors: Mapping[str, str]) -> str:
    return render_template("needs/wish.html", side=side, workspace=side.workspace, choice=choice, errors=errors)


# When ----------------------------------------------------------------------------------------------------------------


@bp.get("/order/<item_code>/time")
@requires(Permission.NEED_PLACE)
def time(item_code: str) -> ResponseReturnValue:
    """When it should be: a few times as buttons, another day or an exact hour below."""
    side = side_here(current_actor())
    try:
        item = offered_item(side.elder.community_code, item_code)
    except NotOffered as refused:
        return _menu_page(side, refused.sentence()), 422
    choice, errors = read_choice(request.args)
    return _time_page(side, item, choice, errors)


@bp.get("/order/wish/time")
@requires(Permission.NEED_PLACE)
def wish_time() -> ResponseReturnValue:
    """When the wish should come true."""
    side = side_here(current_actor())
    choice, errors = read_choice(request.args)
    if not choice.wish:
        return _wish_page(side, choice, {"wish": _("Say what you wish for, in your own words.")}), 422
    if len(choice.wish) > LONGEST_WISH:
        return _wish_page(
            side, choice, {"wish": _("This is too long: keep it under %(longest)s characters.", longest=LONGEST_WISH)}
        ), 422
    return _time_page(side, None, choice, errors)


def _time_page(side: Side, item: MenuItem | None, choice: Choice, errors: Mapping[str, str]) -> str:
    return render_template(
        "needs/time.html", side=side, workspace=side.workspace, item=item, choice=choice, errors=errors,
        typed=request.values, **times_to_choose(side, item, choice.duration_min),
    )  # fmt: skip


@bp.get("/order/again/<need_id>")
@requires(Permission.NEED_PLACE)
def once_more(need_id: str) -> ResponseReturnValue:
    """The same as this order, at its next usual time: straight to the check page."""
    need = queries.need(current_actor(), need_id)
    side = side_of(current_actor(), need.elder_id)
    try:
        item = offered_item(side.elder.community_code, need.item_code) if need.item_code else None
    except NotOffered as refused:
        return _menu_page(side, refused.sentence()), 422
    choice = choice_of(need)
    if item is None:
        return redirect(url_for("orders.wish_time", wish=choice.wish, **side.words), 302)
    slot = next_time(side, item)
    choice = _with_who_still_helps(choice.at(slot) if slot is not None else choice, side, item)
    return redirect(url_for("orders.check_page", **side.words, **choice.words()), 302)


def _with_who_still_helps(choice: Choice, side: Side, item: MenuItem) -> Choice:
    """The choice without the familiar face when that volunteer no longer helps here."""
    try:
        check(choice.entry(side, item), side.elder, side.person)
    except Invalid as wrong:
        return replace(choice, regular_id="") if "regular" in wrong.fields else choice
    return choice


# Is it right ---------------------------------------------------------------------------------------------------------


@bp.get("/order/check")
@requires(Permission.NEED_PLACE)
def check_page() -> ResponseReturnValue:
    """All that was chosen, to be looked at once more; what can't stand goes back to its question."""
    side = side_here(current_actor())
    choice, errors = read_choice(request.args)
    return _checked(side, choice, errors)


@bp.post("/order/check")
@requires(Permission.NEED_PLACE)
def place() -> ResponseReturnValue:
    """The order is made. Sent twice it is one."""
    side = side_here(current_actor())
    choice, errors = read_choice(request.form)
    if errors:
        return _checked(side, choice, errors)
    try:
        with transaction():
            need = service.place_need(side.actor, choice.entry(side, item_of(side, choice)))
    except NotOffered as refused:
        return _menu_page(side, refused.sentence()), 422
    except Invalid as wrong:
        return _checked(side, choice, wrong.fields)
    except service.ConsentEnded as refused:
        return _checked(side, choice, {"form": refused.sentence()})
    return redirect(url_for("orders.done", need_id=need.id), 303)


def item_of(side: Side, choice: Choice) -> MenuItem | None:
    """The item that was chosen (None: a wish). NotFound, NotOffered."""
    return offered_item(side.elder.community_code, choice.item_code) if choice.item_code else None


def _checked(side: Side, choice: Choice, errors: Mapping[str, str]) -> ResponseReturnValue:
    """The check page, or with 422 the page of the question whose answer can't stand."""
    try:
        item = item_of(side, choice)
        if not errors:
            check(choice.entry(side, item), side.elder, side.person)
    except NotOffered as refused:
        return _menu_page(side, refused.sentence()), 422
    except Invalid as wrong:
        errors = wrong.fields
    except service.ConsentEnded as refused:
        errors = {"form": refused.sentence()}
    if "wish" in errors:
        return _wish_page(side, choice, errors), 422
    if OF_THE_TIME & errors.keys() or choice.day is None:
        return _time_page(side, item, choice, errors), 422
    return _check_page(side, item, choice, errors), 422 if errors else 200


def _check_page(side: Side, item: MenuItem | None, choice: Choice, errors: Mapping[str, str]) -> str:
    assert choice.day is not None
    same_day = queries.lines(queries.orders_that_day(side.person.id, choice.day))
    return render_template(
        "needs/check.html", side=side, workspace=side.workspace, item=item, choice=choice, errors=errors,
        phrases=Phrases(side.unit_code), slot=choice.slot(side, item), duration=choice.length(item),
        twins=[line for line in same_day if choice.is_twin(line.need)], key=choice.key or secrets.token_hex(16),
        faces=queries.faces_of(side.person.id), change_time=_change_time(side, item, choice),
    )  # fmt: skip


def _change_time(side: Side, item: MenuItem | None, choice: Choice) -> str:
    """The page of the time, all else kept."""
    kept = choice.kept(item, side)
    if item is None:
        return url_for("orders.wish_time", **kept)
    kept.pop("item")
    return url_for("orders.time", item_code=item.code, **kept)


@bp.get("/order/<need_id>/done")
@requires(Permission.NEED_PLACE)
def done(need_id: str) -> ResponseReturnValue:
    """It is ordered: the number, when one hears, how to cancel. May be opened again."""
    need = queries.need(current_actor(), need_id)
    side = side_of(current_actor(), need.elder_id)
    if need.state in ENDS:
        return redirect(url_for("me.order", need_id=need.id), 303)
    return render_template(
        "needs/done.html", side=side, workspace=side.workspace, line=queries.line(need),
        phrases=Phrases(side.unit_code), series=queries.series_running(need),
    )  # fmt: skip
