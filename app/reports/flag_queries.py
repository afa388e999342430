"""Patterns of minutes that a person must look at, found by queries (safety.md, T4, T5 and the red flags).

Each finder answers with what it saw: whose minutes, with whom, and the figures behind it. None of it is proof: the
familiar face is wanted, a holiday can look like a drain. So a person looks, and the volunteer is never told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.access.actor import Actor
from app.access.scope import condition
from app.db import session
from app.ledger.models import Account, AccountKind, Transfer, TransferKind, Unit
from app.ledger.queries import area_of
from app.needs.models import Need
from app.org.models import OrgClosure, OrgUnit, UnitLevel
from app.passbook.models import HouseholdMember
from app.people.models import Delegation, Person
from app.reports.book_queries import NOTHING, by_account, last_line
from app.reports.models import FlagKind, FlagState, RedFlag
from app.rulepacks.queries import setting
from app.signin.models import SignInSession
from app.visits.models import Visit, VisitState


@dataclass(frozen=True)
class Limits:
    """The thresholds of a community's rule pack, and its today."""

    community: str
    zone: str
    today: date
    window_days: int
    ring_min: int
    device_times: int
    device_confirm_min: int
    same_length_visits: int
    one_elder_pct: int
    one_elder_min: int
    delegate_days: int
    falling_days: int
    falling_pct: int
    falling_least_min: int
    late_entries: int
    late_pct: int

    def since(self, days: int) -> date:
        """The first day of the last `days`, today included."""
        return self.today - timedelta(days=days - 1)


@dataclass(frozen=True)
class Found:
    """One finding. `mark` tells it from others of its kind about the same person, so that it is written down once."""

    kind: FlagKind
    about_id: str
    other_id: str | None
    mark: str
    facts: dict[str, Any] = field(default_factory=dict)


def limits_of(community: OrgUnit) -> Limits:
    """What holds in a community today."""
    code, today = community.code, clock.today(community.zone)
    return Limits(
        community=code,
        zone=community.zone,
        today=today,
        window_days=int(setting(code, "flag_window_days", on=today)),
        ring_min=int(setting(code, "flag_ring_min", on=today)),
        device_times=int(setting(code, "flag_device_times", on=today)),
        device_confirm_min=int(setting(code, "flag_device_confirm_min", on=today)),
        same_length_visits=int(setting(code, "flag_same_length_visits", on=today)),
        one_elder_pct=int(setting(code, "flag_one_elder_pct", on=today)),
        one_elder_min=int(setting(code, "flag_one_elder_min", on=today)),
        delegate_days=int(setting(code, "flag_delegate_days", on=today)),
        falling_days=int(setting(code, "flag_falling_days", on=today)),
        falling_pct=int(setting(code, "flag_falling_pct", on=today)),
        falling_least_min=int(setting(code, "flag_falling_least_min", on=today)),
        late_entries=int(setting(code, "flag_late_entries", on=today)),
        late_pct=int(setting(code, "flag_late_pct", on=today)),
    )


def communities() -> list[OrgUnit]:
    """Every community, by code."""
    return list(session.scalars(select(OrgUnit).where(OrgUnit.level == UnitLevel.COMMUNITY).order_by(OrgUnit.code)))


def found_in(limits: Limits) -> list[Found]:
    """Everything that the finders see in one community."""
    return [each for finder in FINDERS for each in finder(limits)]


# Who served whom ------------------------------------------------------------------------------------------------------


def _visits(limits: Limits, days: int) -> Select[Visit, str]:
    """Confirmed visits of the last days to elders of the community, with the elder's id."""
    return (
        select(Visit, Need.elder_id)
        .join(Need, Need.id == Visit.need_id)
        .where(Need.community_code == limits.community, Visit.state == VisitState.CONFIRMED)
        .where(Visit.day >= limits.since(days), Visit.day <= limits.today)
    )


def _pairs(limits: Limits) -> dict[tuple[str, str], tuple[int, int]]:
    """(volunteer, elder): (minutes, visits) in the window."""
    rows = session.execute(
        _visits(limits, limits.window_days)
        .with_only_columns(Visit.volunteer_id, Need.elder_id, func.sum(Visit.credit_min), func.count())
        .group_by(Visit.volunteer_id, Need.elder_id)
    )
    return {(who, elder): (int(minutes or 0), int(count)) for who, elder, minutes, count in rows}


def rings(limits: Limits) -> Iterator[Found]:
    """A serves B and B serves A; or A serves B, B serves C, and C serves A."""
    minutes = {pair: sums[0] for pair, sums in _pairs(limits).items() if sums[0] >= limits.ring_min}
    served: dict[str, set[str]] = defaultdict(set)
    for who, elder in minutes:
        served[who].add(elder)
    for first in sorted(served):
        for second in sorted(served[first]):
            if first in served.get(second, ()) and first < second:
                yield _ring(limits, minutes, (first, second))
            for third in sorted(served.get(second, set()) - {first}):
                if first in served.get(third, ()) and first < min(second, third):
                    yield _ring(limits, minutes, (first, second, third))


def _ring(limits: Limits, minutes: Mapping[tuple[str, str], int], people: tuple[str, ...]) -> Found:
    legs = list(zip(people, (*people[1:], people[0]), strict=True))
    facts = {"days": limits.window_days, "legs": [{"from": a, "to": b, "minutes": minutes[a, b]} for a, b in legs]}
    return Found(FlagKind.RING, people[0], people[1], f"{'-'.join(people[1:])}:{_quarter(limits.today)}", facts)


def one_elder(limits: Limits) -> Iterator[Found]:
    """More than the set share of a volunteer's minutes come from one elder."""
    by_helper: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for (who, elder), sums in _pairs(limits).items():
        by_helper[who][elder] = sums
    for who, elders in sorted(by_helper.items()):
        total = sum(minutes for minutes, _count in elders.values())
        elder, (most, count) = max(elders.items(), key=lambda each: (each[1], each[0]))
        if total >= limits.one_elder_min and 100 * most > limits.one_elder_pct * total:
            facts = {"days": limits.window_days, "minutes": most, "of": total, "visits": count, "elders": len(elders)}
            yield Found(FlagKind.ONE_ELDER, who, elder, f"{elder}:{_quarter(limits.today)}", facts)


def same_length(limits: Limits) -> Iterator[Found]:
    """Every visit took exactly as long as the one before. Late entries are told in round figures and do not count."""
    rows = session.execute(
        _visits(limits, limits.window_days)
        .where(Visit.checked_in_how != "late", Visit.checked_out_how != "late")
        .with_only_columns(
            Visit.volunteer_id, func.count(), func.min(Visit.actual_min), func.max(Visit.actual_min),
            func.count(Need.elder_id.distinct()),
        )
        .group_by(Visit.volunteer_id)
        .having(func.count() >= limits.same_length_visits, func.min(Visit.actual_min) == func.max(Visit.actual_min))
        .order_by(Visit.volunteer_id)
    )  # fmt: skip
    for who, count, minutes, _most, elders in rows:
        facts = {"days": limits.window_days, "visits": int(count), "minutes": minutes, "elders": int(elders)}
        yield Found(FlagKind.SAME_LENGTH, who, None, _quarter(limits.today), facts)


def late_entries(limits: Limits) -> Iterator[Found]:
    """Many visits of a month were written down afterwards, and they are most of what the volunteer did."""
    is_late = or_(Visit.checked_in_how == "late", Visit.checked_out_how == "late")
    late = func.sum(case((is_late, 1), else_=0))
    rows = session.execute(
        _visits(limits, limits.falling_days)
        .with_only_columns(Visit.volunteer_id, late, func.count(), func.sum(case((is_late, Visit.credit_min), else_=0)))
        .group_by(Visit.volunteer_id)
        .having(late >= limits.late_entries, 100 * late > limits.late_pct * func.count())
        .order_by(Visit.volunteer_id)
    )
    for who, count, visits, minutes in rows:
        facts = {"days": limits.falling_days, "late": int(count), "visits": int(visits), "minutes": int(minutes or 0)}
        yield Found(FlagKind.LATE_ENTRIES, who, None, f"{limits.today:%Y-%m}", facts)


def same_device(limits: Limits) -> Iterator[Found]:
    """The elder's side confirmed right after check-out, signed in on the same kind of device as the volunteer.

    All that a session keeps of a device is its kind, so two equal phones look the same: hence several times only.
    """
    hers, his = aliased(SignInSession), aliased(SignInSession)
    near = timedelta(minutes=limits.device_confirm_min)
    query = (
        _visits(limits, limits.window_days)
        .join(hers, and_(hers.person_id == Visit.confirmed_by, hers.device != ""))
        .join(his, and_(his.person_id == Visit.volunteer_id, his.device == hers.device))
        .where(Visit.confirmed_how.in_(("elder", "relative")), hers.person_id != Visit.volunteer_id)
        .where(hers.created_at <= Visit.confirmed_at, hers.seen_at >= Visit.checked_out_at)
        .where(his.created_at <= Visit.checked_out_at, his.seen_at >= Visit.checked_in_at)
        .with_only_columns(
            Visit.id, Visit.volunteer_id, Need.elder_id, hers.person_id, Visit.checked_out_at, Visit.confirmed_at
        )
        .distinct()
    )
    seen: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for visit_id, who, elder, by, out_at, said_at in session.execute(query):
        if out_at and said_at and timedelta(0) <= said_at - out_at <= near:
            seen[who, elder, by].add(visit_id)
    for (who, elder, by), visits in sorted(seen.items()):
        if len(visits) >= limits.device_times:
            facts = {"days": limits.window_days, "visits": len(visits), "within": limits.device_confirm_min, "by": by}
            yield Found(FlagKind.SAME_DEVICE, who, elder, f"{elder}:{by}:{_quarter(limits.today)}", facts)


# Gifts and passbooks --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Gift:
    uid: str
    giver: str
    taker: str
    minutes: int
    at: datetime


def _gifts(limits: Limits) -> list[_Gift]:
    """Gifts of the window by people of the community to other people, but those that were taken back."""
    giver, taker, back = aliased(Account), aliased(Account), aliased(Transfer)
    here = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == limits.community)
    rows = session.execute(
        select(Transfer.uid, giver.owner_id, taker.owner_id, Transfer.amount, Transfer.created_at)
        .join(giver, giver.id == Transfer.debit_account_id)
        .join(taker, taker.id == Transfer.credit_account_id)
        .join(Person, Person.id == giver.owner_id)
        .outerjoin(back, back.reverses_uid == Transfer.uid)
        .where(Transfer.ledger_id == area_of(limits.community), Transfer.kind == TransferKind.GIFT)
        .where(Transfer.credit_kind == AccountKind.PERSON, Transfer.unit == Unit.MINUTE, back.uid.is_(None))
        .where(Transfer.created_at >= clock.instant(limits.since(limits.window_days), 0, limits.zone))
        .where(Person.unit_code.in_(here))
        .order_by(Transfer.seq)
    )
    return [_Gift(*row) for row in rows]


def gifts_to_relatives(limits: Limits) -> Iterator[Found]:
    """A gift to a volunteer who serves the giver, or to somebody of that volunteer's family."""
    gifts = _gifts(limits)
    if not gifts:
        return
    helpers: dict[str, set[str]] = defaultdict(set)
    for who, elder in _pairs(limits):
        helpers[elder].add(who)
    family = _family({who for gift in gifts for who in helpers[gift.giver]})
    for gift in gifts:
        for who in sorted(helpers[gift.giver]):
            bond = "self" if gift.taker == who else family.get((who, gift.taker))
            if bond is not None:
                facts = {"minutes": gift.minutes, "at": gift.at.isoformat(), "uid": gift.uid, "to": gift.taker,
                         "bond": bond}  # fmt: skip
                yield Found(FlagKind.GIFT_TO_RELATIVE, who, gift.giver, gift.uid[-80:], facts)


def _family(people: set[str]) -> dict[tuple[str, str], str]:
    """(one of these people, a relative): the relation, as far as anybody wrote it down; "household" for one pool."""
    one, other = aliased(HouseholdMember), aliased(HouseholdMember)
    pools = session.execute(
        select(one.person_id, other.person_id)
        .join(other, and_(other.household_id == one.household_id, other.person_id != one.person_id))
        .where(one.person_id.in_(people), one.agreed_at.is_not(None), other.agreed_at.is_not(None))
    )
    found = dict.fromkeys(((who, relative) for who, relative in pools), "household")
    rows = session.execute(
        select(Delegation.elder_id, Delegation.relative_id, Delegation.relation).where(
            or_(Delegation.elder_id.in_(people), Delegation.relative_id.in_(people))
        )
    )
    for elder, relative, relation in rows:
        found[elder, relative] = found[relative, elder] = relation
    return found


def delegates_changed(limits: Limits) -> Iterator[Found]:
    """Somebody became or ceased to be the one who may act for an elder, within days of the elder's gift."""
    gifts = _gifts(limits)
    near = timedelta(days=limits.delegate_days)
    rows = session.scalars(select(Delegation).where(Delegation.elder_id.in_({gift.giver for gift in gifts})))
    bonds: dict[str, list[Delegation]] = defaultdict(list)
    for bond in rows:
        bonds[bond.elder_id].append(bond)
    for gift in gifts:
        for bond in bonds[gift.giver]:
            for what, at in (("began", bond.since), ("ended", bond.ended_at)):
                if at is not None and abs(gift.at - at) <= near:
                    facts = {"minutes": gift.minutes, "at": gift.at.isoformat(), "uid": gift.uid, "to": gift.taker,
                             "what": what, "changed_at": at.isoformat()}  # fmt: skip
                    mark = f"{bond.id}:{what}:{gift.uid}"[-80:]
                    yield Found(FlagKind.DELEGATE_CHANGED, gift.giver, bond.relative_id, mark, facts)


def falling(limits: Limits) -> Iterator[Found]:
    """A passbook holds much less than at the beginning of the month that ends today."""
    here = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == limits.community)
    rows = session.execute(
        select(Account.id, Account.owner_id, Account.posted)
        .join(Person, Person.id == Account.owner_id)
        .where(Account.kind == AccountKind.PERSON, Account.unit == Unit.MINUTE, Person.unit_code.in_(here))
        .order_by(Account.owner_id)
    ).all()
    area = area_of(limits.community)
    line = last_line(area, clock.instant(limits.since(limits.falling_days), 0, limits.zone))
    before = by_account(area, line, [key for key, _owner, _now in rows]) if rows else {}
    for key, owner, now in rows:
        then = before.get(key, NOTHING).posted
        if then >= limits.falling_least_min and 100 * (then - now) > limits.falling_pct * then:
            facts = {"days": limits.falling_days, "then": then, "now": now, "account": key}
            yield Found(FlagKind.FALLING, owner, None, f"{limits.today:%Y-%m}", facts)


def _quarter(day: date) -> str:
    """What goes on is written down anew once a quarter, not every night."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


FINDERS: tuple[Callable[[Limits], Iterator[Found]], ...] = (
    rings, same_device, same_length, one_elder, gifts_to_relatives, delegates_changed, falling, late_entries,
)  # fmt: skip


# The list -------------------------------------------------------------------------------------------------------------


def flags_for(actor: Actor, *, state: FlagState | None, words: str = "") -> Select[RedFlag]:
    """The flags of the actor's units, newest first, but none that is about herself. `words` is part of a name."""
    query = select(RedFlag).where(condition(RedFlag, actor)).order_by(RedFlag.found_at.desc(), RedFlag.id)
    query = query.where(RedFlag.state == state) if state is not None else query
    if not words:
        return query
    named = select(Person.id).where(Person.name.contains(words, autoescape=True))
    return query.where(or_(RedFlag.about_id.in_(named), RedFlag.other_id.in_(named)))


def counts_for(actor: Actor) -> dict[FlagState, int]:
    """How many flags of the actor's units stand in each state."""
    rows = session.execute(
        select(RedFlag.state, func.count()).where(condition(RedFlag, actor)).group_by(RedFlag.state)
    ).all()
    return {FlagState(state): int(count) for state, count in rows}
