"""What a change of rules about orders, red flags and figures would meet, counted on the rows that are there."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.audit.models import AuditEntry
from app.db import session
from app.ledger.models import Account, AccountKind, Unit
from app.needs.models import Need, NeedState
from app.org.models import OrgClosure, OrgUnit, UnitLevel
from app.org.queries import below, unit, zone_of
from app.people.models import Person
from app.reports import coverage_queries
from app.reports import flag_queries as found
from app.reports.flag_queries import Found, Limits, limits_of
from app.rulechanges import counting
from app.rulechanges.counting import here, number, since
from app.rulepacks.queries import setting
from app.visits.models import Assignment, AssignmentState, Origin, Visit, VisitState

Effects = list[dict[str, Any]]
Finder = Callable[[Limits], Iterator[Found]]
OPEN = counting.OPEN_STATES


# Orders ------------------------------------------------------------------------------------------------------------


def _accept_within(unit_code: str, before: int, after: int) -> Effects:
    orders = select(func.count()).select_from(Need).where(Need.unit_code.in_(here(unit_code)))
    waiting = number(orders.where(Need.state == NeedState.REVIEW))
    looked = orders.where(Need.reviewed_at >= since(), Need.review_due_at.is_not(None))
    late = number(looked.where(Need.reviewed_at > Need.review_due_at))
    return [{"say": "accept_within", "waiting": waiting, "n": number(looked), "late": late}]


def _review_also(unit_code: str, before: list[str], after: list[str]) -> Effects:
    first = (
        select(Need.elder_id, func.min(Need.number).label("number"))
        .where(Need.unit_code.in_(here(unit_code)))
        .group_by(Need.elder_id)
        .subquery()
    )
    rows = session.execute(
        select(Need.number == first.c.number, Need.item_code, Need.review_reasons)
        .join(first, first.c.elder_id == Need.elder_id)
        .where(Need.unit_code.in_(here(unit_code)), Need.placed_at >= since())
    ).all()
    old = new = 0
    for is_first, item, reasons in rows:
        told = set(reasons or ())
        true = told | ({"wish"} if item is None else set()) | ({"first_order"} if is_first else set())
        old += bool(told)
        new += bool((told - set(before)) | (true & set(after)))
    effects: Effects = [{"say": "review_also", "n": len(rows), "old": old, "new": new}]
    return effects + ([{"say": "duplicates"}] if "duplicate" in set(after) - set(before) else [])


def _reply_by(unit_code: str, before: str, after: str) -> Effects:
    zone, hour = zone_of(unit_code), clock.minute_said(after)
    rows = session.execute(
        select(Assignment.day, Assignment.offered_at, Assignment.answered_at)
        .join(Need, Need.id == Assignment.need_id)
        .where(Need.unit_code.in_(here(unit_code)), Assignment.origin == Origin.MATCH)
        .where(Assignment.offered_at >= since(), Assignment.answered_at.is_not(None))
    ).all()
    evenings = [(clock.instant(day - timedelta(days=1), hour, zone), asked, said) for day, asked, said in rows]
    late = sum(asked <= evening < said for evening, asked, said in evenings if asked and said)
    still = _offers(unit_code, AssignmentState.OFFERED)
    return [{"say": "reply_by", "n": len(rows), "late": late, "open": still, "hour": after}]


def _offers(unit_code: str, state: AssignmentState, *, lately: bool = False) -> int:
    offers = select(func.count()).select_from(Assignment).join(Need, Need.id == Assignment.need_id)
    wanted = offers.where(Need.unit_code.in_(here(unit_code)), Assignment.state == state)
    return number(wanted.where(Assignment.offered_at >= since()) if lately else wanted)


def _undo(unit_code: str, before: int, after: int) -> Effects:
    undone = number(
        select(func.count())
        .select_from(AuditEntry)
        .where(AuditEntry.verb == "visit.undo_accept", AuditEntry.at >= since())
        .where(AuditEntry.unit_code.in_(here(unit_code)))
    )
    return [{"say": "undo", "n": _offers(unit_code, AssignmentState.ACCEPTED, lately=True), "undone": undone}]


def _door(unit_code: str, before: int, after: int) -> Effects:
    ended = session.scalars(
        select(Visit.checked_out_at)
        .join(Need, Need.id == Visit.need_id)
        .where(Need.unit_code.in_(here(unit_code)), Visit.checked_out_at.is_not(None))
        .where(Visit.checked_out_at >= clock.now() - timedelta(hours=max(before, after)))
    ).all()
    old, new = (sum(at is not None and at >= clock.now() - timedelta(hours=h) for at in ended) for h in (before, after))
    return [{"say": "door", "old": old, "new": new}]


def _tiles(unit_code: str, before: list[str], after: list[str]) -> Effects:
    ordered = Counter(item for item, _risk in counting.lately_ordered(unit_code))
    out, new = (sum(ordered[item] for item in items) for items in (set(before) - set(after), set(after) - set(before)))
    return [{"say": "tiles", "n": ordered.total(), "out": out, "new": new}]


def _day_parts(unit_code: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Effects:
    spans = [(clock.minute_said(start), clock.minute_said(end)) for start, end in after.values()]
    starts = session.scalars(
        select(Need.earliest_start_min)
        .where(Need.unit_code.in_(here(unit_code)), Need.state.in_(OPEN), Need.day >= counting.today_at(unit_code))
    ).all()  # fmt: skip
    outside = sum(not any(start <= at < end for start, end in spans) for at in starts)
    return [{"say": "day_parts", "n": len(starts), "out": outside}]


def _training(unit_code: str, before: int, after: int) -> Effects:
    on, people = counting.today_at(unit_code), [volunteer for volunteer, _born in counting.volunteers(unit_code)]
    trained = sum(volunteer.trained_until is not None and volunteer.trained_until >= on for volunteer in people)
    return [{"say": "training", "n": len(people), "trained": trained, "left": len(people) - trained}]


# Red flags and figures ----------------------------------------------------------------------------------------------


def _flag(limit: str, finders: Sequence[Finder]) -> Callable[[str, Any, Any], Effects]:
    """Counts what the finders that ask for a limit see with the limit as it is and as it would be."""

    def count(unit_code: str, before: int, after: int) -> Effects:
        held = [limits_of(community) for community in _communities(unit_code)]
        old, new = (sum(_seen(each, {limit: value}, finders) for each in held) for value in (before, after))
        return [{"say": "flags", "old": old, "new": new}]

    return count


def _seen(limits: Limits, changed: Mapping[str, Any], finders: Sequence[Finder]) -> int:
    as_if = replace(limits, **changed)
    return sum(len(list(finder(as_if))) for finder in finders)


def _communities(unit_code: str) -> Sequence[OrgUnit]:
    return below([unit_code], UnitLevel.COMMUNITY)


def _least_people(unit_code: str, before: int, after: int) -> Effects:
    communities = [community.code for community in _communities(unit_code)]
    rows = session.execute(
        select(OrgClosure.ancestor_code, func.count())
        .select_from(Account)
        .join(Person, Person.id == Account.owner_id)
        .join(OrgClosure, OrgClosure.descendant_code == Person.unit_code)
        .where(Account.kind == AccountKind.PERSON, Account.unit == Unit.MINUTE, Account.posted > 0)
        .where(OrgClosure.ancestor_code.in_(communities))
        .group_by(OrgClosure.ancestor_code)
    )
    with_time = {row[0]: row[1] for row in rows}
    old, new = (sum(with_time.get(code, 0) < least for code in communities) for least in (before, after))
    return [{"say": "least_people", "n": len(communities), "old": old, "new": new}]


def _forecast_months(unit_code: str, before: int, after: int) -> Effects:
    today = counting.today_at(unit_code)
    visits = (
        select(func.count()).select_from(Visit).join(Need, Need.id == Visit.need_id)
        .where(Need.unit_code.in_(here(unit_code)), Visit.state == VisitState.CONFIRMED, Visit.day < today)
    )  # fmt: skip
    old, new = (
        number(visits.where(Visit.day >= today - coverage_queries.looked_back(months))) for months in (before, after)
    )
    return [{"say": "forecast_months", "old": old, "new": new}]


def _spent_pct(unit_code: str, before: int, after: int) -> Effects:
    today = counting.today_at(unit_code)
    age = int(setting(unit_code, "spend_from_age", on=today))
    figures = coverage_queries.figures(unit(unit_code), [], today, periods=1, spend_from_age=age)[unit_code]
    free = int(figures.get("may_spend", 0))
    return [{"say": "spent_pct", "time": free, "old_time": free * before // 100, "new_time": free * after // 100}]


IN_THE_WINDOW = (found.rings, found.same_device, found.same_length, found.one_elder, found.gifts_to_relatives,
                 found.delegates_changed)  # fmt: skip
FLAGS: dict[str, tuple[str, Sequence[Finder]]] = {
    "flag_window_days": ("window_days", IN_THE_WINDOW),
    "flag_ring_min": ("ring_min", (found.rings,)),
    "flag_device_times": ("device_times", (found.same_device,)),
    "flag_device_confirm_min": ("device_confirm_min", (found.same_device,)),
    "flag_same_length_visits": ("same_length_visits", (found.same_length,)),
    "flag_one_elder_pct": ("one_elder_pct", (found.one_elder,)),
    "flag_one_elder_min": ("one_elder_min", (found.one_elder,)),
    "flag_delegate_days": ("delegate_days", (found.delegates_changed,)),
    "flag_falling_days": ("falling_days", (found.falling, found.late_entries)),
    "flag_falling_pct": ("falling_pct", (found.falling,)),
    "flag_falling_least_min": ("falling_least_min", (found.falling,)),
    "flag_late_entries": ("late_entries", (found.late_entries,)),
    "flag_late_pct": ("late_pct", (found.late_entries,)),
}
"""The limits of red flags: the name of each, and the finders that ask for it."""
COUNTS: dict[str, Callable[[str, Any, Any], Effects]] = {
    "order_accept_within_h": _accept_within,
    "review_also": _review_also,
    "offer_reply_by": _reply_by,
    "undo_accept_min": _undo,
    "contact_visible_after_visit_h": _door,
    "home_tiles": _tiles,
    "day_parts": _day_parts,
    "induction_min_h": _training,
    "public_least_people": _least_people,
    "forecast_months": _forecast_months,
    "forecast_spent_pct": _spent_pct,
    **{key: _flag(*which) for key, which in FLAGS.items()},
}
