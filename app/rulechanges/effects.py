"""The preview of a change: for each key, sentences with counts of what it would touch, computed on real data.

An effect is plain data: `say` names a sentence of `phrases.py` or `sayings.py`, the rest fills its places. Each key has
a counter (`COUNTS`) or a reason why there is none (`NOT_COUNTED`), and never both.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.ledger.seeding import listed_with
from app.org.models import UnitLevel
from app.org.queries import below
from app.people.models import VolunteerState
from app.records.models import Certificate
from app.records.notice_queries import is_on_notice
from app.rulechanges import counting, gift_effects, kept_effects, order_effects
from app.rulechanges.counting import Served, here, number, since
from app.rulechanges.sayings import NOT_COUNTED
from app.rulepacks.keys import KEYS, RISKS, Keeper
from app.rulepacks.queries import setting
from app.web.filters import age_on

Effects = list[dict[str, Any]]
ONE_TO_ONE = 10000


def effects_of(unit_code: str, key: str, before: Any, after: Any) -> Effects:
    """What changing `key` from `before` to `after` in the unit would touch, or why that is not counted."""
    if key in NOT_COUNTED:
        return [{"say": NOT_COUNTED[key]}]
    told = COUNTS[key](unit_code, before, after)
    return [*told, {"say": "by_hand"}] if KEYS[key].keeper is Keeper.PEOPLE else told


# Storing -----------------------------------------------------------------------------------------------------------


def _store_cap(unit_code: str, before: int, after: int) -> Effects:
    books = counting.passbooks(unit_code)
    told: Effects = [{"say": "passbooks", "n": len(books)}]
    if after:
        above = [book.posted - after for book in books if book.posted > after]
        told.append({"say": "cap_above", "n": len(above), "minutes": sum(above)})
    if before and (after == 0 or after > before):
        told.append({"say": "cap_room", "n": sum(book.posted >= before for book in books)})
    return told


def _earn_per_day(unit_code: str, before: int, after: int) -> Effects:
    return _earn_cap(unit_code, before, after, lambda each: (each.volunteer_id, each.day), "earn_day")


def _earn_per_pair(unit_code: str, before: int, after: int) -> Effects:
    return _earn_cap(unit_code, before, after, lambda each: (each.volunteer_id, each.elder_id, each.day), "earn_pair")


def _earn_cap(unit_code: str, before: int, after: int, by: Callable[[Served], Any], say: str) -> Effects:
    stored: Counter[Any] = Counter()
    for each in counting.served(unit_code):
        stored[by(each)] += each.credit_min
    over = [minutes - after for minutes in stored.values() if minutes > after]
    return [{"say": say, "n": len(stored), "over": len(over), "minutes": sum(over)}]


def _step(unit_code: str, before: int, after: int) -> Effects:
    visits = [each for each in counting.served(unit_code) if each.credit_min]
    changed = [_rounded(each.actual_min, after) - _rounded(each.actual_min, before) for each in visits]
    return [{"say": "rounding", "n": len(visits), "changed": sum(map(bool, changed)), "minutes": sum(changed)}]


def _rounded(minutes: int, step: int) -> int:
    return (2 * minutes + step) // (2 * step) * step


def _least(unit_code: str, before: int, after: int) -> Effects:
    visits = counting.served(unit_code)
    low, high = sorted((before, after))
    between = [each for each in visits if low <= each.actual_min < high]
    return [{"say": "least_credit", "n": len(visits), "changed": len(between)}]


def _expiry(unit_code: str, before: int, after: int) -> Effects:
    if not after:
        return [{"say": "no_expiry"}]
    people, minutes = counting.older_than(unit_code, after)
    return [{"say": "expiry", "n": people, "minutes": minutes, "months": after}]


def _stars(unit_code: str, before: list[int], after: list[int]) -> Effects:
    served = counting.served_minutes(unit_code)
    old = {key: sum(minutes >= step for step in before) for key, minutes in served.items()}
    new = {key: sum(minutes >= step for step in after) for key, minutes in served.items()}
    more, fewer = (sum(test(new[key], old[key]) for key in served) for test in (int.__gt__, int.__lt__))
    return [{"say": "stars", "n": len(served), "more": more, "fewer": fewer}]


# Prices and ratios -------------------------------------------------------------------------------------------------


def _pricing(unit_code: str, before: str, after: str) -> Effects:
    prices = setting(unit_code, "item_price_min", on=counting.today_at(unit_code))
    return _priced(unit_code, prices if before == "by_item" else None, prices if after == "by_item" else None)


def _prices(unit_code: str, before: dict[str, int], after: dict[str, int]) -> Effects:
    by_item = setting(unit_code, "pricing_mode", on=counting.today_at(unit_code)) == "by_item"
    told = _priced(unit_code, before if by_item else None, after)
    return told if by_item else [*told, {"say": "prices_wait"}]


def _priced(unit_code: str, before: dict[str, int] | None, after: dict[str, int] | None) -> Effects:
    visits = [each for each in counting.served(unit_code) if each.credit_min]
    old, new = (sum(_price(each, prices) for each in visits) for prices in (before, after))
    still = sum((after or {}).get(code or "") is not None for code, _risk, _min in counting.open_orders(unit_code))
    return [
        {"say": "priced", "n": len(visits), "old": old, "new": new},
        {"say": "priced_orders", "n": still},
    ]


def _price(each: Served, prices: dict[str, int] | None) -> int:
    if prices is None:
        return each.credit_min
    return prices.get(each.item_code or "", each.planned_min)


def _ratio(unit_code: str, before: int, after: int) -> Effects:
    visits = counting.served(unit_code)
    return _bonus(unit_code, visits, sum(each.credit_min for each in visits) * (after - ONE_TO_ONE) // ONE_TO_ONE)


def _ratio_by_item(unit_code: str, before: dict[str, int], after: dict[str, int]) -> Effects:
    visits = [each for each in counting.served(unit_code) if each.item_code in after]
    bonus = sum(each.credit_min * (after[each.item_code or ""] - ONE_TO_ONE) // ONE_TO_ONE for each in visits)
    return _bonus(unit_code, visits, bonus)


def _ratio_night(unit_code: str, before: int, after: int) -> Effects:
    evening = setting(unit_code, "day_parts", on=counting.today_at(unit_code))["evening"][0]
    visits = [each for each in counting.served(unit_code) if each.start_min >= clock.minute_said(evening)]
    return _bonus(unit_code, visits, sum(each.credit_min for each in visits) * (after - ONE_TO_ONE) // ONE_TO_ONE)


def _bonus(unit_code: str, visits: list[Served], bonus: int) -> Effects:
    return [{"say": "ratio", "n": len(visits), "minutes": bonus, "fund": counting.funds_available(unit_code)}]


# Spending ----------------------------------------------------------------------------------------------------------


def _spend_age(unit_code: str, before: int, after: int) -> Effects:
    return _ages(unit_code, before, after, hardship=False)


def _spend_age_hardship(unit_code: str, before: int, after: int) -> Effects:
    return _ages(unit_code, before, after, hardship=True)


def _ages(unit_code: str, before: int, after: int, *, hardship: bool) -> Effects:
    books = [book for book in counting.passbooks(unit_code) if book.in_hardship == hardship and book.posted > 0]
    low, high = sorted((before, after))
    between = [book for book in books if book.age is not None and low <= book.age < high]
    say = "age_later" if after > before else "age_sooner"
    return [{"say": say, "n": len(between), "minutes": sum(book.posted for book in between), "age": after}]


def _payers(unit_code: str, before: list[str], after: list[str]) -> Effects:
    held = counting.holds_by_payer(unit_code)
    told: Effects = [{"say": "payers", "own": held["person"], "pool": held["family_pool"],
                      "fund": held["community_fund"]}]  # fmt: skip
    if "community_fund" not in after:
        elders, empty = counting.empty_elders(unit_code)
        told.append({"say": "empty_elders", "n": elders, "empty": empty})
    return told


def _without_minutes(unit_code: str, before: str, after: str) -> Effects:
    elders, empty = counting.empty_elders(unit_code)
    say = {"fund_pays": "empty_elders", "ask_coordinator": "empty_ask", "refuse": "empty_refused"}[after]
    return [{"say": say, "n": elders, "empty": empty}]


def _seed_minutes(unit_code: str, before: int, after: int) -> Effects:
    classes = setting(unit_code, "seed_classes", on=counting.today_at(unit_code))
    elders = _listed(unit_code, classes)
    return [{"say": "seed", "n": elders, "old": elders * before, "new": elders * after}]


def _seed_classes(unit_code: str, before: list[str], after: list[str]) -> Effects:
    each = int(setting(unit_code, "seed_min_per_person_month", on=counting.today_at(unit_code)))
    old, new = _listed(unit_code, before), _listed(unit_code, after)
    return [{"say": "seed_classes", "old_n": old, "n": new, "old": old * each, "new": new * each}]


def _listed(unit_code: str, classes: Iterable[str]) -> int:
    on = counting.today_at(unit_code)
    return sum(len(listed_with(unit.code, on, classes)) for unit in below([unit_code], UnitLevel.COMMUNITY))


def _credit_line(unit_code: str, before: int, after: int) -> Effects:
    return [{"say": "credit_line", "n": len(counting.passbooks(unit_code))}]


# Orders and volunteers ---------------------------------------------------------------------------------------------


def _review_risk(unit_code: str, before: str, after: str) -> Effects:
    orders = counting.lately_ordered(unit_code)
    old, new = (sum(_at_least(risk, least) for _item, risk in orders) for least in (before, after))
    return [{"say": "review", "n": len(orders), "old": old, "new": new}]


def _agreement_risk(unit_code: str, before: str, after: str) -> Effects:
    orders = counting.open_orders(unit_code)
    old, new = (sum(_at_least(risk, least) for _item, risk, _min in orders) for least in (before, after))
    return [{"say": "agreement", "n": len(orders), "old": old, "new": new}]


def _insurance_risk(unit_code: str, before: str, after: str) -> Effects:
    orders, on = counting.open_orders(unit_code), counting.today_at(unit_code)
    new = sum(_at_least(risk, after) for _item, risk, _min in orders)
    people = [volunteer for volunteer, _born in counting.volunteers(unit_code)]
    bare = sum(volunteer.insured_until is None or volunteer.insured_until < on for volunteer in people)
    return [{"say": "insurance", "orders": new, "n": len(people), "bare": bare}]


def _at_least(risk: str, least: str) -> bool:
    return RISKS.index(risk) >= RISKS.index(least)


def _items_off(unit_code: str, before: list[str], after: list[str]) -> Effects:
    closed = set(after) - set(before)
    still = sum(code in closed for code, _risk, _min in counting.open_orders(unit_code))
    lately = sum(code in closed for code, _risk in counting.lately_ordered(unit_code))
    return [{"say": "items_off", "items": len(closed), "n": lately, "open": still}]


def _silence(unit_code: str, before: int, after: int) -> Effects:
    return [{"say": "silence", "n": counting.waiting_visits(unit_code), "hours": after}]


def _least_age(unit_code: str, before: int, after: int) -> Effects:
    on = counting.today_at(unit_code)
    younger = [born for _volunteer, born in counting.volunteers(unit_code) if born and age_on(born, on) < after]
    return [{"say": "least_age", "n": len(younger), "age": after}]


def _probation(unit_code: str, before: int, after: int) -> Effects:
    new = [v for v, _born in counting.volunteers(unit_code) if v.state == VolunteerState.PROBATION]
    done = sum(volunteer.accompanied_visits >= after for volunteer in new)
    return [{"say": "probation", "n": len(new), "done": done}]


def _visits_a_day(unit_code: str, before: int, after: int) -> Effects:
    return _default_limit([volunteer.max_visits_per_day for volunteer, _born in counting.volunteers(unit_code)], after)


def _minutes_a_week(unit_code: str, before: int, after: int) -> Effects:
    return _default_limit(
        [volunteer.max_minutes_per_week for volunteer, _born in counting.volunteers(unit_code)], after
    )


def _default_limit(own: list[int], after: int) -> Effects:
    return [{"say": "default_limit", "n": len(own)}, {"say": "limit_above", "n": sum(each > after for each in own)}]


def _by_item_weight(unit_code: str, before: dict[str, int], after: dict[str, int]) -> Effects:
    changed = {code for code in {*before, *after} if before.get(code) != after.get(code)}
    still = counting.open_orders(unit_code)
    return [{"say": "priority", "n": len(still), "changed": sum(code in changed for code, _r, _m in still)}]


def _weights(unit_code: str, before: int, after: int) -> Effects:
    still = counting.open_orders(unit_code)
    return [{"say": "priority", "n": len(still), "changed": len(still)}]


# Records -------------------------------------------------------------------------------------------------------------


def _names_public(unit_code: str, before: str, after: str) -> Effects:
    at_work = (VolunteerState.ACTIVE, VolunteerState.PROBATION)
    people = [volunteer for volunteer, _born in counting.volunteers(unit_code) if volunteer.state in at_work]
    return [{"say": "names_public", "n": len(people)}]


def _certificates(unit_code: str, before: int, after: int) -> Effects:
    issued = select(func.count()).select_from(Certificate).where(Certificate.issuer_code.in_(here(unit_code)))
    return [{
        "say": "certificates", "n": number(issued.where(Certificate.issued_at >= since())),
        "now": number(issued.where(is_on_notice(here(unit_code)))), "was": before, "days_new": after,
    }]  # fmt: skip


COUNTS: dict[str, Callable[[str, Any, Any], Effects]] = {
    "store_cap_min": _store_cap,
    "earn_cap_min_per_day": _earn_per_day,
    "earn_cap_min_per_pair_per_day": _earn_per_pair,
    "rounding_step_min": _step,
    "minimum_credit_min": _least,
    "time_expires_months": _expiry,
    "stars_min": _stars,
    "pricing_mode": _pricing,
    "item_price_min": _prices,
    "ratio_bp_default": _ratio,
    "ratio_bp_by_item": _ratio_by_item,
    "ratio_bp_night": _ratio_night,
    "spend_from_age": _spend_age,
    "spend_from_age_hardship": _spend_age_hardship,
    "payer_order": _payers,
    "order_without_minutes": _without_minutes,
    "seed_min_per_person_month": _seed_minutes,
    "seed_classes": _seed_classes,
    "elder_credit_line_min": _credit_line,
    "review_from_risk": _review_risk,
    "written_agreement_from_risk": _agreement_risk,
    "insurance_from_risk": _insurance_risk,
    "menu_items_off": _items_off,
    "confirm_silence_h": _silence,
    "volunteer_min_age": _least_age,
    "probation_visits": _probation,
    "volunteer_max_visits_per_day": _visits_a_day,
    "volunteer_max_min_per_week": _minutes_a_week,
    "priority_by_item": _by_item_weight,
    "priority_per_day_waited": _weights,
    "priority_most_days_waited": _weights,
    "priority_listed": _weights,
    "volunteer_name_public": _names_public,
    "certificate_notice_days": _certificates,
    **gift_effects.COUNTS,
    **order_effects.COUNTS,
    **kept_effects.COUNTS,
}
"""The keys whose change can be counted, each with how."""
