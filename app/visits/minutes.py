"""From the door's two instants to whole minutes: what the record keeps, and what the time bank stores."""

from datetime import datetime

from sqlalchemy import func, select

from app.db import session
from app.ledger.limits import LARGEST_STORE_MIN, room_of
from app.ledger.models import Transfer
from app.ledger.opening import ensure_person_account
from app.menu.models import MenuItem
from app.needs.models import Need, NeedPlace
from app.needs.pricing import minutes_to_hold, price_of
from app.people.models import Volunteer
from app.rulepacks.queries import setting
from app.visits.models import Visit, VisitState

COUNTED = (VisitState.CHECKED_OUT, VisitState.CONFIRMED, VisitState.DISPUTED)


def whole_minutes(start: datetime, end: datetime) -> int:
    """The time between two instants in whole minutes, half up: the only rounding of what really happened."""
    return max(0, int((end - start).total_seconds() + 30) // 60)


def rounded(minutes: int, step: int) -> int:
    """Minutes to the step of the rule pack, half up: with a step of 5, 42 gives 40 and 43 gives 45."""
    return (2 * minutes + step) // (2 * step) * step


def credit_of(visit: Visit, need: Need, actual_min: int) -> int:
    """The minutes that this visit stores: rounded to the step, or the price of its item where the rules say so;
    within what was held and the caps of day and pair.

    0 for a visit of duty, and for one shorter than the least that is stored.
    """
    item = session.get(MenuItem, need.item_code) if need.item_code else None
    if item is not None and not item.timebank:
        return 0
    unit, day = need.unit_code, need.day
    if actual_min < int(setting(unit, "minimum_credit_min", on=day)):
        return 0
    room = min(
        held_minutes(need, visit.place),
        *day_rooms(visit, need),
        _room_in_passbook(visit),
    )
    price = price_of(need)
    earned = rounded(actual_min, int(setting(unit, "rounding_step_min", on=day))) if price is None else price
    return max(0, min(earned, room))


def _room_in_passbook(visit: Visit) -> int:
    """What fits under the store cap where the rules only honour the surplus; elsewhere the surplus goes to the fund
    when the minutes move, and nothing limits them here."""
    volunteer = session.get_one(Volunteer, visit.volunteer_id)
    surplus = setting(volunteer.community_code, "store_cap_surplus", on=visit.day)
    room = room_of(ensure_person_account(visit.volunteer_id)) if surplus == "honour_only" else None
    return LARGEST_STORE_MIN if room is None else room


def day_rooms(visit: Visit, need: Need) -> tuple[int, int]:
    """What the caps of the day, and of the pair on that day, leave for this visit."""
    unit, day = need.unit_code, need.day
    return (
        int(setting(unit, "earn_cap_min_per_day", on=day)) - _stored(visit),
        int(setting(unit, "earn_cap_min_per_pair_per_day", on=day)) - _stored(visit, elder_id=need.elder_id),
    )


def held_minutes(need: Need, place: int) -> int:
    """What was held for one place at the order; the planned time where nothing could be held."""
    uid = hold_of(need, place)
    held = session.get(Transfer, uid) if uid else None
    return held.amount if held is not None else minutes_to_hold(need)


def hold_of(need: Need, place: int) -> str | None:
    """The uid of the hold of one place; None where no payer had minutes."""
    row = session.get(NeedPlace, (need.id, place))
    return row.hold_uid if row is not None else None


def _stored(visit: Visit, *, elder_id: str | None = None) -> int:
    """What the volunteer's other visits of that day store, of all elders or of one."""
    rows = select(func.coalesce(func.sum(Visit.credit_min), 0)).where(
        Visit.volunteer_id == visit.volunteer_id, Visit.day == visit.day, Visit.id != visit.id,
        Visit.state.in_(COUNTED),
    )  # fmt: skip
    if elder_id is not None:
        rows = rows.join(Need, Need.id == Visit.need_id).where(Need.elder_id == elder_id)
    return int(session.scalar(rows) or 0)
