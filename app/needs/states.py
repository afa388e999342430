"""The one way an order changes its state: a legal move, and the write is the check."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app import clock
from app.db import rows_touched, session
from app.errors import DomainError
from app.needs.models import MOVES, Need, NeedState

ENDS = frozenset(state for state, onward in MOVES.items() if not onward)


class MovedOn(DomainError):
    text = _l("This order has moved on since your page was made. Please look at it again.")


def move(need: Need, to: NeedState, *, reason: str = "") -> None:
    """The order in state `to`; MovedOn when it is where no legal move leads there (somebody was faster)."""
    values: dict[str, object] = {"state": to}
    if reason:
        values["end_reason"] = reason
    if to in ENDS:
        values["ended_at"] = clock.now()
    come_from = [state for state, onward in MOVES.items() if to in onward]
    session.flush()
    taken = session.execute(
        update(Need)
        .where(Need.id == need.id, Need.state.in_(come_from))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(need)
    if rows_touched(taken) == 0:
        raise MovedOn
