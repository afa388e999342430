"""The minutes behind an order: kept from the first payer that can, given back when nobody earned them.

An elder is never refused for lack of minutes: where no payer can, the place stands without a hold and its credit is
paid later.
"""

from datetime import date, timedelta

from sqlalchemy import delete, select

from app import clock
from app.db import session
from app.ledger.posting import Words, resolved
from app.ledger.queries import seed_used
from app.ledger.seeding import is_seeded
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, hold_from_first, void
from app.menu.models import MenuItem
from app.needs.models import Need, NeedPlace
from app.needs.pricing import minutes_to_hold
from app.needs.spending import may_use_own_time
from app.org.queries import zone_of
from app.passbook.pool_queries import pool_of
from app.people.models import Elder, Person
from app.rulepacks.queries import setting

HOLD_DAYS_AFTER = 30  # a dispute may take its time; after that the minutes go back by themselves


def hold_minutes(need: Need) -> None:
    """One hold for each place of the order, from the first payer of the setting; none for a visit of duty."""
    item = session.get(MenuItem, need.item_code) if need.item_code else None
    earns = item is not None and item.timebank
    payers = _payers(need) if earns else []
    for place in range(1, need.volunteers_needed + 1):
        row = session.get(NeedPlace, (need.id, place))
        if row is None:
            row = NeedPlace(need_id=need.id, place=place)
            session.add(row)
        if payers and row.hold_uid is None:
            row.hold_uid = _hold(need, place, payers)
    session.execute(delete(NeedPlace).where(NeedPlace.need_id == need.id, NeedPlace.place > need.volunteers_needed))
    session.flush()


def is_paid(need: Need) -> bool:
    """Whether every place of the order is held by some payer, or its item stores nothing at all."""
    item = session.get(MenuItem, need.item_code) if need.item_code else None
    if item is None or not item.timebank:
        return True
    rows = session.scalars(select(NeedPlace).where(NeedPlace.need_id == need.id)).all()
    return all(row.hold_uid is not None for row in rows)


def release_holds(need: Need) -> None:
    """Every hold of the order that was neither posted nor given back goes back to its payer."""
    for row in session.scalars(select(NeedPlace).where(NeedPlace.need_id == need.id).order_by(NeedPlace.place)).all():
        if row.hold_uid is not None and resolved(row.hold_uid) is None:
            void(hold_uid=row.hold_uid, uid=f"{row.hold_uid}:void")


def hold_again(need: Need) -> None:
    """New holds after the order's length or number of places changed."""
    release_holds(need)
    for row in session.scalars(select(NeedPlace).where(NeedPlace.need_id == need.id)).all():
        row.hold_uid = None
    hold_minutes(need)


def _hold(need: Need, place: int, payers: list[str]) -> str | None:
    uid = f"order:{need.id}:hold:{place}"
    tries = 1
    while resolved(uid) is not None:  # an earlier hold of this place was given back
        tries += 1
        uid = f"order:{need.id}:hold:{place}:{tries}"
    days_ahead = max(0, (need.day - clock.today(zone_of(need.unit_code))).days)
    kept = hold_from_first(
        uid=uid, payers=payers, minutes=minutes_to_hold(need),
        expires_at=clock.now() + timedelta(days=HOLD_DAYS_AFTER + days_ahead),
        memo=Words(item_code=need.item_code, elder_id=need.elder_id),
    )  # fmt: skip
    return uid if kept is not None else None


def _payers(need: Need) -> list[str]:
    """The accounts that may pay, in the order of the setting.

    `seed` is the community fund for an elder of the listed classes, up to her minutes of the month; `family_pool` is
    the pool that she is served from, if her family has one; her own pays where the rules think her old enough.
    """
    today = clock.today(zone_of(need.unit_code))
    elder, person = session.get_one(Elder, need.elder_id), session.get_one(Person, need.elder_id)
    own = ensure_person_account(need.elder_id).id if may_use_own_time(elder, person, today) else None
    fund = ensure_accounts_for_unit(need.unit_code, on=today).id
    seeded = fund if _has_seed_left(need, today) else None
    pool = pool_of(need.elder_id)
    accounts = {"seed": seeded, "own": own, "family_pool": pool.id if pool else None, "community_fund": fund}
    wanted = [accounts.get(name) for name in setting(need.unit_code, "payer_order", on=today)]
    return list(dict.fromkeys(account for account in wanted if account is not None))


def _has_seed_left(need: Need, today: date) -> bool:
    """Whether the fund pays first for her: a listed elder with minutes of this month left."""
    if not is_seeded(session.get_one(Elder, need.elder_id), session.get_one(Person, need.elder_id), today):
        return False
    first, following = today.replace(day=1), (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    zone = zone_of(need.unit_code)
    used = seed_used(need.elder_id, since=clock.instant(first, 0, zone), until=clock.instant(following, 0, zone))
    return used + minutes_to_hold(need) <= int(setting(need.unit_code, "seed_min_per_person_month", on=today))
