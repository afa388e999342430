"""What a visit earns above one to one: the ratio of the rules, paid by the community fund beside the post."""

from app.ledger.models import Phase, Transfer
from app.ledger.service import bonus
from app.needs.models import Need
from app.needs.parts import parts_here
from app.rulepacks.queries import setting
from app.visits.models import Visit

ONE_TO_ONE = 10_000  # basis points


def ratio_bp(visit: Visit, need: Need) -> int:
    """The ratio of the visit in basis points: of its item, or the evening's where that is higher."""
    return ratio_at(need, visit.start_min)


def ratio_at(need: Need, start_min: int) -> int:
    """The ratio that a visit of this order has when it starts then."""
    unit, day = need.unit_code, need.day
    usual = int(setting(unit, "ratio_bp_default", on=day))
    by_item: dict[str, int] = setting(unit, "ratio_bp_by_item", on=day)
    ratio = int(by_item.get(need.item_code or "", usual))
    evening = next(part.from_min for part in parts_here(unit, on=day) if part.name == "evening")
    if start_min >= evening:
        ratio = max(ratio, int(setting(unit, "ratio_bp_night", on=day)))
    return ratio


def extra_minutes(credit_min: int, ratio: int) -> int:
    """The minutes above one to one, half up."""
    return (2 * credit_min * (ratio - ONE_TO_ONE) + ONE_TO_ONE) // (2 * ONE_TO_ONE)


def pay_extra(visit: Visit, need: Need, post: Transfer, fund_id: str) -> Transfer | None:
    """The extra minutes of a posted visit; None where the ratio is one to one, or the fund is empty: then it falls to
    one to one."""
    extra = extra_minutes(visit.credit_min or 0, ratio_bp(visit, need)) if post.phase == Phase.POST else 0
    if extra <= 0:
        return None
    return bonus(post_uid=post.uid, uid=f"visit:{visit.id}:bonus", fund=fund_id, minutes=extra)
