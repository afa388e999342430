"""A visit that took longer than was kept for it: the elder's side may let the longer time count too."""

from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import NotFound
from app.ledger.errors import OverrunNotAgreed
from app.ledger.models import Transfer, TransferKind
from app.ledger.paying import beside
from app.ledger.posting import Words
from app.ledger.service import overrun
from app.needs.models import Need
from app.notices.service import notify
from app.rulepacks.queries import setting
from app.visits.minutes import day_rooms, held_minutes, rounded
from app.visits.models import Visit, VisitState
from app.visits.steps import need_to_speak_for, on_her_side


def longer_min(visit: Visit, need: Need) -> int:
    """The minutes beyond what was kept that may still count: rounded like the rest, within the caps of the day and the
    pair. 0 where nothing was kept, where a price and not the time decides, and where the longer time is stored."""
    post_uid = f"visit:{visit.id}:post"
    if visit.state != VisitState.CONFIRMED or session.get(Transfer, post_uid) is None:
        return 0
    by_item = setting(need.unit_code, "pricing_mode", on=need.day) == "by_item"
    if by_item or visit.credit_min != held_minutes(need, visit.place) or beside(post_uid, TransferKind.OVERRUN):
        return 0
    earned = rounded(visit.actual_min or 0, int(setting(need.unit_code, "rounding_step_min", on=need.day)))
    return max(0, min(earned, *day_rooms(visit, need)) - visit.credit_min)


def longer_times(need: Need, visits: list[Visit]) -> dict[str, int]:
    """The longer time of each of these visits of an order that has one."""
    return {visit.id: longer for visit in visits if (longer := longer_min(visit, need))}


def let_it_count(actor: Actor, visit_id: str) -> Transfer:
    """The longer time stored for the volunteer, from who paid the visit, because the elder's side says so.

    Twice is once. The desk may not say it for her; NotEnoughMinutes where the payer has no more.
    """
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotFound
    need = need_to_speak_for(actor, visit.need_id)
    if not on_her_side(actor, need):
        raise OverrunNotAgreed
    session.refresh(visit)
    before = beside(f"visit:{visit.id}:post", TransferKind.OVERRUN)
    if before is not None:
        return before
    minutes = longer_min(visit, need)
    if not minutes:
        raise NotFound
    done = overrun(
        post_uid=f"visit:{visit.id}:post", uid=f"visit:{visit.id}:overrun", minutes=minutes,
        by=actor.must_be_someone(),
        memo=Words(item_code=need.item_code, visit_id=visit.id, elder_id=need.elder_id),
    )  # fmt: skip
    record(actor, "visit.overrun", f"visit:{visit.id}", unit_code=need.unit_code, detail={"minutes": minutes})
    notify(visit.volunteer_id, "stored_longer", link="/v/ledger", uid=f"longer:{visit.id}", minutes=minutes)
    return done
