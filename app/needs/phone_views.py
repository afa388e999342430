"""帮办点单: the grid worker orders while the elder is on the phone, on one page with a sentence to read to her."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import DomainError, Invalid, NotFound
from app.menu.models import MenuItem
from app.menu.queries import items_offered, offered_item
from app.needs import queries, service
from app.needs.entries import OrderEntry
from app.needs.forms import Choice, Side, choice_of, read_choice, side_of
from app.needs.parts import parts_of
from app.needs.slots import ANY, Slot
from app.needs.times_forms import next_time, times_to_choose

bp = Blueprint("phone", __name__)


@bp.get("/g/elders/<elder_id>/order")
@requires(Permission.GRID_WORK)
def order(elder_id: str) -> ResponseReturnValue:
    """Her usual order at its next time, or the one that the address names, with the sentence to read."""
    side = side_of(current_actor(), elder_id)
    choice, errors = read_choice(request.args)
    if choice.item_code:
        return _page(side, choice, errors)
    return _page(side, _usual(side), {})


@bp.post("/g/elders/<elder_id>/order")
@requires(Permission.GRID_WORK)
def place(elder_id: str) -> ResponseReturnValue:
    """She said yes: ordered. Where something is other than what was read to her, it is read again first."""
    side = side_of(current_actor(), elder_id)
    choice, errors = read_choice(request.form)
    try:
        if not choice.item_code:
            errors["item"] = _("Choose the help.")
        if errors:
            raise Invalid(errors)
        item = offered_item(side.elder.community_code, choice.item_code)
        choice = _at_a_time_of(item, choice, side)
        entry = choice.entry(side, item)
        service.check_entry(side.actor, entry)
    except DomainError as wrong:
        return _again(side, choice, wrong)
    if request.form.get("act") == "read" or request.form.get("read") != _said(entry):
        if request.form.get("act") != "read":
            flash(_("The order is another now. Read it to her once more, then confirm."), "warning")
        return redirect(url_for("phone.order", elder_id=elder_id, **choice.words()), 303)
    with transaction():
        need = service.place_need(side.actor, entry)
    return redirect(url_for("orders.done", need_id=need.id), 303)


def _at_a_time_of(item: MenuItem, choice: Choice, side: Side) -> Choice:
    """The choice at the nearest time of the item, where the part of the day was that of another item."""
    names = {part.name for part in parts_of(item, side.unit_code, on=side.today)}
    if not choice.part or choice.part in names | {ANY}:
        return choice
    return choice.at(times_to_choose(side, item)["slots"][0])


def _again(side: Side, choice: Choice, wrong: DomainError) -> ResponseReturnValue:
    """The page with what can't stand, everything kept."""
    if isinstance(wrong, NotFound):
        raise wrong
    errors = wrong.fields if isinstance(wrong, Invalid) else {"item": wrong.sentence()}
    return _page(side, choice, errors), 422


def _usual(side: Side) -> Choice:
    """What she most likely rings up for: the order named by `again`, else what she has most often; at its next time."""
    named = request.args.get("again", "")
    last = [queries.need(side.actor, named)] if named else queries.last_of_each_item(side.person.id, limit=1)
    offered = {item.code: item for item in items_offered(side.elder.community_code)}
    for need in last:
        if need.elder_id != side.person.id:
            raise NotFound
        if need.item_code in offered:
            slot = next_time(side, offered[need.item_code])
            before = replace(choice_of(need), note="")
            return before.at(slot) if slot is not None else before
    return Choice()


def _page(side: Side, choice: Choice, errors: Mapping[str, str]) -> str:
    offered = items_offered(side.elder.community_code)
    item = next((one for one in offered if one.code == choice.item_code), None)
    times = times_to_choose(side, item, choice.duration_min)
    entry = None if errors or item is None else _entry(side, choice, item)
    return render_template(
        "needs/phone.html", side=side, choice=choice, errors=errors, typed=request.values, item=item, entry=entry,
        choices=_with_chosen(times.pop("slots"), entry, choice), said=_said(entry) if entry else "",
        usual=queries.times_ordered(side.person.id), offered=offered, faces=queries.faces_of(side.person.id),
        others=queries.lines(queries.orders_that_day(side.person.id, entry.day)) if entry else [],
        key=choice.key or secrets.token_hex(16), **times,
    )  # fmt: skip


def _entry(side: Side, choice: Choice, item: MenuItem) -> OrderEntry | None:
    """The order as it would stand; None while it could not."""
    try:
        entry = choice.entry(side, item)
        service.check_entry(side.actor, entry)
    except DomainError:
        return None
    return entry


def _with_chosen(offered: list[Slot], entry: OrderEntry | None, choice: Choice) -> list[Slot]:
    """The offered times, with the chosen one first where it is none of them."""
    if entry is None:
        return offered
    chosen = Slot(entry.day, entry.earliest_start_min, entry.latest_start_min, part=choice.part)
    if chosen.value in {slot.value for slot in offered}:
        return offered
    return [chosen, *offered]


def _said(entry: OrderEntry) -> str:
    """What the sentence said, to notice when the order is another by the time it is confirmed."""
    return f"{entry.item_code}~{entry.day.isoformat()}~{entry.earliest_start_min}-{entry.latest_start_min}"
