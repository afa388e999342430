"""What changes orders. The story of taking one is placing.py, of the coordinator's look reviewing.py, of the weekly
repetition series.py, of the minutes holds.py; all of it is called from here."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import Invalid
from app.needs import placing, reviewing
from app.needs.entries import OrderEntry
from app.needs.holds import hold_again, hold_minutes, release_holds
from app.needs.models import Need, NeedSeries, NeedState
from app.needs.placing import ConsentEnded, SomebodyAsked
from app.needs.reviewing import StillAWish, answer_question, ask_back, refuse_order, take_wish
from app.needs.series import begin_series, extend, extend_series, stop_series
from app.needs.states import MovedOn, move
from app.notices.service import notify
from app.org.queries import zone_of

__all__ = [
    "ConsentEnded", "MovedOn", "OrderEntry", "SomebodyAsked", "StillAWish", "accept_order", "answer_question",
    "ask_back", "change_need", "check_entry", "close_passed_needs", "extend_series", "hold_again", "hold_minutes",
    "move", "move_window", "place_need", "refuse_order", "release_holds", "stop_series", "take_wish", "turn_wish",
]  # fmt: skip


def place_need(actor: Actor, form: OrderEntry) -> Need:
    """The order of an elder: by herself, her relative, or who has the duty in her grid (NotFound for anybody else).

    Its minutes are held from the first payer that can; where none can it stands all the same. It waits for a look
    where a rule says so (`review_reasons`), else it is open. Sent twice with one key it is one order. Invalid names
    the fields that can't stand.
    """
    need = placing.place(actor, form)
    if form.weekly and need.series_id is None and need.item_code is not None:
        begin_series(actor, need)
    return need


def check_entry(actor: Actor, form: OrderEntry) -> None:
    """Raise what `place_need` would raise of these words, without placing anything."""
    elder, person = placing.elder_to_speak_for(actor, form.elder_id)
    placing.check(form, elder, person)


def change_need(actor: Actor, need_id: str, form: OrderEntry) -> Need:
    """The order as it is wanted now, while nobody was asked for it. SomebodyAsked, MovedOn, Invalid."""
    return placing.change(actor, need_id, form)


def accept_order(actor: Actor, need_id: str) -> Need:
    """The order, taken on by the coordinator, and with it the next ones of its weekly repetition."""
    need = reviewing.accept_order(actor, need_id)
    _go_on_weekly(need)
    return need


def turn_wish(actor: Actor, need_id: str, item_code: str, *, duration_min: int | None = None) -> Need:
    """The wish as an item of the menu: an order like any other. NotOffered, Invalid."""
    return reviewing.turn_wish(actor, need_id, item_code, duration_min=duration_min)


def move_window(actor: Actor, need_id: str, *, earliest_min: int, latest_min: int) -> Need:
    """The order's start moved, as agreed with the elder."""
    need = session.get_one(Need, need_id)
    if need.state != NeedState.OPEN:
        raise MovedOn
    if not 0 <= earliest_min <= latest_min < clock.MINUTES_PER_DAY:
        raise Invalid({"latest_start": str(_l("The latest start is before the earliest. Change one of the two."))})
    need.earliest_start_min, need.latest_start_min = earliest_min, latest_min
    session.flush()
    record(actor, "need.move_window", f"need:{need.id}", unit_code=need.unit_code)
    return need


def close_passed_needs() -> int:
    """Close open orders whose last start has passed and whom nobody serves; how many. Her side is told."""
    tomorrow = clock.now().date() + timedelta(days=1)  # east of Greenwich the day ends earlier than in UTC
    waiting = session.scalars(
        select(Need).where(
            Need.state.in_((NeedState.OPEN, NeedState.REVIEW, NeedState.ASKED_BACK)), Need.day <= tomorrow
        )
    ).all()
    passed = [
        need for need in waiting
        if clock.now() > clock.instant(need.day, need.latest_start_min, zone_of(need.unit_code))
    ]  # fmt: skip
    return sum(_close(need) for need in passed)


def _close(need: Need) -> bool:
    """The order ended without anybody, and her side told; False when it has moved on meanwhile."""
    try:
        move(need, NeedState.UNSERVED)
    except MovedOn:
        return False
    release_holds(need)
    for person_id in dict.fromkeys((need.elder_id, need.placed_by)):
        notify(person_id, "order_not_served", link=f"/me/orders/{need.id}", number=need.number,
               day=need.day.isoformat(), uid=f"unserved:{need.id}:{person_id}")  # fmt: skip
    return True


def _go_on_weekly(need: Need) -> None:
    series = session.get(NeedSeries, need.series_id) if need.series_id else None
    if series is not None:
        extend(series)
