"""What a change of rules about gifts, points, goods and passbooks would meet, counted on the rows that are there."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from app import clock
from app.db import session
from app.desk.models import Offer, Shop
from app.ledger.models import Account, AccountKind, ExpiryNotice, Phase, Transfer, TransferKind, Unit
from app.org.models import UnitLevel
from app.org.queries import below
from app.passbook.models import GiftEnd, GiftOrder, Nomination
from app.passbook.queries import OF_THE_ELDER, OF_THE_RELATIVE
from app.people.models import Delegation, Person, Relation, Team, TeamMember, Volunteer, VolunteerState
from app.rulechanges import counting
from app.rulechanges.counting import DAYS_BACK, here
from app.rulepacks.queries import setting
from app.web.filters import age_on

Effects = list[dict[str, Any]]


# Gifts -------------------------------------------------------------------------------------------------------------


def _circle(unit_code: str, before: list[str], after: list[str]) -> Effects:
    least = int(setting(unit_code, "gift_recipient_min_age", on=counting.today_at(unit_code)))
    return _ties(unit_code, (before, least), (after, least))


def _receiver_age(unit_code: str, before: int, after: int) -> Effects:
    circle = setting(unit_code, "gift_circle", on=counting.today_at(unit_code))
    return _ties(unit_code, (circle, before), (circle, after))


def _ties(unit_code: str, before: tuple[Iterable[str], int], after: tuple[Iterable[str], int]) -> Effects:
    on, ties = counting.today_at(unit_code), _family(unit_code)
    old, new = (
        sum(relation in circle and (not least or (born is not None and age_on(born, on) >= least))
            for relation, born in ties)
        for circle, least in (before, after)
    )  # fmt: skip
    return [{"say": "gift_ties", "n": len(ties), "old": old, "new": new, "waiting": _waiting(unit_code)}]


def _family(unit_code: str) -> list[tuple[str, date | None]]:
    """(what the receiver is to the giver, her birth date) for everybody here with family that the community knows."""
    elder, relative = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Delegation.relation, elder.unit_code.in_(here(unit_code)), elder.birth_date,
               relative.unit_code.in_(here(unit_code)), relative.birth_date)
        .join(elder, elder.id == Delegation.elder_id)
        .join(relative, relative.id == Delegation.relative_id)
        .where(Delegation.ended_at.is_(None), elder.disabled_at.is_(None), relative.disabled_at.is_(None))
    )  # fmt: skip
    ties = []
    for relation, elder_here, elder_born, relative_here, relative_born in rows:
        if relative_here:
            ties.append((OF_THE_ELDER[Relation(relation)], elder_born))
        if elder_here:
            ties.append((OF_THE_RELATIVE.get(Relation(relation), "other_relatives"), relative_born))
    return ties


def _orders(unit_code: str, since: date) -> list[GiftOrder]:
    """Gifts of people here since that day that were given or still wait."""
    rows = select(GiftOrder).join(Person, Person.id == GiftOrder.giver_id)
    return list(session.scalars(rows.where(GiftOrder.day >= since, *_not_ended(unit_code))))


def _waiting(unit_code: str) -> int:
    """How many gifts nobody ended and were not given yet."""
    rows = select(func.count()).select_from(GiftOrder).join(Person, Person.id == GiftOrder.giver_id)
    not_given = ~exists().where(Transfer.uid == GiftOrder.uid)
    return int(session.scalar(rows.where(not_given, *_not_ended(unit_code))) or 0)


def _not_ended(unit_code: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Person.unit_code.in_(here(unit_code)), ~exists().where(GiftEnd.uid == GiftOrder.uid)


def _lately(unit_code: str) -> list[GiftOrder]:
    return _orders(unit_code, counting.today_at(unit_code) - timedelta(days=DAYS_BACK))


def _gift_day(unit_code: str, before: int, after: int) -> Effects:
    given = _summed(_lately(unit_code), lambda order: (order.giver_account_id, order.day))
    return [{"say": "gift_day", "n": len(given), "over": sum(amount > after for amount in given.values())}]


def _gift_year(unit_code: str, before: int, after: int) -> Effects:
    first = counting.today_at(unit_code).replace(month=1, day=1)
    given = _summed(_orders(unit_code, first), lambda order: order.giver_account_id)
    return [{"say": "gift_year", "n": len(given), "over": sum(amount > after for amount in given.values())}]


def _summed(orders: Iterable[GiftOrder], by: Callable[[GiftOrder], Any]) -> dict[Any, int]:
    found: dict[Any, int] = defaultdict(int)
    for order in orders:
        found[by(order)] += order.amount
    return found


def _gift_cooling(unit_code: str, before: int, after: int) -> Effects:
    first = [order for order in _lately(unit_code) if order.first]
    return [{"say": "gift_cooling", "n": len(first), "waiting": _waiting(unit_code)}]


def _gifts_given(unit_code: str, before: Any, after: Any) -> Effects:
    orders = _lately(unit_code)
    return [{"say": "gifts_given", "n": len(orders), "time": sum(order.amount for order in orders)}]


# Points and goods ---------------------------------------------------------------------------------------------------


def _points(unit_code: str, before: bool, after: bool) -> Effects:
    rate = int(setting(unit_code, "points_per_hour", on=counting.today_at(unit_code)))
    visits = [each for each in counting.served(unit_code) if each.credit_min]
    people, held = _held(unit_code, Unit.POINT)
    told = {"n": len(visits), "points": sum(each.credit_min for each in visits) * rate // 60}
    return [{"say": "points_on" if after else "points_off"} | told | {"people": people, "held": held}]


def _points_rate(unit_code: str, before: int, after: int) -> Effects:
    stored = [each.credit_min for each in counting.served(unit_code) if each.credit_min]
    told: Effects = [{"say": "points_rate", "n": len(stored), "old": sum(stored) * before // 60,
                      "new": sum(stored) * after // 60}]  # fmt: skip
    if not setting(unit_code, "points_enabled", on=counting.today_at(unit_code)):
        told.append({"say": "points_not_used"})
    return told


def _points_expiry(unit_code: str, before: int, after: int) -> Effects:
    people, held = _held(unit_code, Unit.POINT)
    if not after:
        return [{"say": "points_stay", "people": people, "held": held}]
    old_people, old = counting.older_than(unit_code, after, Unit.POINT)
    return [{"say": "points_expiry", "people": people, "held": held, "months": after, "old_people": old_people,
             "old": old}]  # fmt: skip


def _held(unit_code: str, unit: Unit) -> tuple[int, int]:
    """(people with something of that unit, how much in all)."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Account.posted), 0))
        .join(Person, Person.id == Account.owner_id)
        .where(Account.kind == AccountKind.PERSON, Account.unit == unit, Account.posted > 0)
        .where(Person.unit_code.in_(here(unit_code)))
    ).one()
    return int(row[0]), int(row[1])


def _goods(unit_code: str, before: bool, after: bool) -> Effects:
    offers = session.scalar(
        select(func.count())
        .select_from(Offer)
        .join(Shop, Shop.id == Offer.shop_id)
        .where(Offer.unit == Unit.MINUTE, Offer.ended_at.is_(None), Shop.ended_at.is_(None))
        .where(Shop.unit_code.in_(here(unit_code)))
    )
    times, minutes = _moved(unit_code, TransferKind.REDEEM, Unit.MINUTE)
    people, held = _held(unit_code, Unit.MINUTE)
    return [{"say": "goods_on" if after else "goods_off", "offers": int(offers or 0), "n": times, "time": minutes,
             "people": people, "held_time": held}]  # fmt: skip


def _moved(unit_code: str, kind: TransferKind, unit: Unit, *, like: str = "%") -> tuple[int, int]:
    """(times, amount) that people here moved in this way in the last days."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Transfer.amount), 0))
        .join(Account, Account.id == Transfer.debit_account_id)
        .join(Person, Person.id == Account.owner_id)
        .where(Transfer.kind == kind, Transfer.unit == unit, Transfer.phase == Phase.SINGLE, Transfer.uid.like(like))
        .where(Transfer.created_at >= clock.now() - timedelta(days=DAYS_BACK))
        .where(Person.unit_code.in_(here(unit_code)))
    ).one()
    return int(row[0]), int(row[1])


# Passbooks ----------------------------------------------------------------------------------------------------------


def _coins(unit_code: str, before: int, after: int) -> Effects:
    books = [book.posted for book in counting.passbooks(unit_code)]
    old, new = (sum(posted // coin for posted in books) for coin in (before, after))
    return [{"say": "coins", "n": len(books), "time": sum(books), "old": old, "new": new}]


def _surplus(unit_code: str, before: str, after: str) -> Effects:
    cap = int(setting(unit_code, "store_cap_min", on=counting.today_at(unit_code)))
    full = sum(book.posted >= cap for book in counting.passbooks(unit_code)) if cap else 0
    times, minutes = _moved(unit_code, TransferKind.DONATE, Unit.MINUTE, like="%:surplus")
    return [{"say": f"surplus_{after}", "full": full, "n": times, "time": minutes}]


def _budget(unit_code: str, before: int, after: int) -> Effects:
    on = counting.today_at(unit_code)
    communities = [unit.code for unit in below([unit_code], UnitLevel.COMMUNITY)]
    issued = session.scalars(
        select(Account.posted).where(
            Account.kind == AccountKind.ISSUANCE, Account.unit == Unit.MINUTE, Account.label == str(on.year),
            Account.owner_id.in_(communities),
        )
    ).all()  # fmt: skip
    most = max((-posted for posted in issued), default=0)
    return [{"say": "budget", "n": len(communities), "time": -sum(issued), "most_time": most,
             "over": sum(-posted > after for posted in issued), "year": str(on.year)}]  # fmt: skip


def _team(unit_code: str, before: str, after: str) -> Effects:
    teams, members = session.execute(
        select(func.count(Team.id.distinct()), func.count(TeamMember.volunteer_id.distinct()))
        .select_from(Team)
        .outerjoin(TeamMember, TeamMember.team_id == Team.id)
        .where(Team.unit_code.in_(here(unit_code)))
    ).one()
    _times, minutes = _moved(unit_code, TransferKind.DONATE, Unit.MINUTE, like="%:team")
    return [{"say": f"team_{after}", "teams": int(teams), "n": int(members), "time": minutes}]


def _notice_days(unit_code: str, before: list[int], after: list[int]) -> Effects:
    told = session.scalar(
        select(func.count(ExpiryNotice.uid.distinct()))
        .join(Account, Account.id == ExpiryNotice.account_id)
        .join(Person, Person.id == Account.owner_id)
        .outerjoin(Transfer, Transfer.uid == ExpiryNotice.uid)
        .where(Person.unit_code.in_(here(unit_code)), Transfer.uid.is_(None))
    )
    return [{"say": "notice_days", "n": int(told or 0)}]


def _settle(unit_code: str, before: list[str], after: list[str]) -> Effects:
    people, held = _held(unit_code, Unit.MINUTE)
    named = session.scalar(
        select(func.count(Nomination.person_id.distinct()))
        .join(Person, Person.id == Nomination.person_id)
        .where(Person.unit_code.in_(here(unit_code)))
    )
    return [{"say": "settle", "n": people, "time": held, "named": int(named or 0)}]


def _leaving(unit_code: str, before: int, after: int) -> Effects:
    rows = session.scalars(
        select(Account.posted)
        .join(Volunteer, Volunteer.person_id == Account.owner_id)
        .where(Account.kind == AccountKind.PERSON, Account.unit == Unit.MINUTE, Account.posted > 0)
        .where(Volunteer.state == VolunteerState.LEFT, Volunteer.community_code.in_(here(unit_code)))
    ).all()
    return [{"say": "leaving", "n": len(rows), "time": sum(rows)}]


COUNTS: dict[str, Callable[[str, Any, Any], Effects]] = {
    "gift_circle": _circle,
    "gift_recipient_min_age": _receiver_age,
    "gift_cap_min_per_day": _gift_day,
    "gift_cap_min_per_year": _gift_year,
    "gift_first_cooling_h": _gift_cooling,
    "time_redeemable_by": _gifts_given,
    "exchange_for_goods": _goods,
    "points_enabled": _points,
    "points_per_hour": _points_rate,
    "points_expire_months": _points_expiry,
    "minutes_per_coin": _coins,
    "store_cap_surplus": _surplus,
    "seed_budget_min_per_community_year": _budget,
    "team_hours": _team,
    "expiry_notice_days": _notice_days,
    "settle_on_death": _settle,
    "settle_on_leaving_days": _leaving,
}
