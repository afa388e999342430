"""Reads of orders: what is open on a day, an elder's orders with who comes, what waits for review, a grid's day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ColumnElement

from app.access.actor import Actor
from app.access.scope import get_visible, subtree, works_in
from app.db import Base, session
from app.errors import NotFound
from app.menu.models import MenuItem
from app.needs.models import Need, NeedSeries, NeedState
from app.org.models import OrgClosure, OrgUnit
from app.people.models import Elder, Exclusion, Person, Role, Volunteer, VolunteerState
from app.visits.models import Assignment, AssignmentState, Visit, VisitState

M = TypeVar("M", bound=Base)

ENDED = (NeedState.CANCELLED, NeedState.REFUSED, NeedState.UNSERVED)
COMING = (NeedState.REVIEW, NeedState.ASKED_BACK, NeedState.OPEN, NeedState.ARRANGED, NeedState.IN_PROGRESS)
SURE = (NeedState.IN_PROGRESS, NeedState.ARRANGED)  # somebody comes: the first thing to know of a day
HAPPENED = (NeedState.IN_PROGRESS, NeedState.SERVED, NeedState.DONE, NeedState.DISPUTED)
NEVER_BEGUN = (NeedState.REVIEW, NeedState.ASKED_BACK, NeedState.REFUSED, NeedState.CANCELLED)
DESK = (Role.COORDINATOR, Role.GRID_WORKER)
QUIET_DAYS = 7  # whoever lives alone and ordered nothing for a week is rung up


def need(actor: Actor, need_id: str) -> Need:
    """One order; NotFound when it is not the actor's to see."""
    return get_visible(Need, need_id, actor)


def need_on_duty(actor: Actor, need_id: str, *roles: Role) -> Need:
    """One order in a unit where the actor holds one of `roles`; NotFound otherwise: whoever was asked for it as a
    volunteer, or speaks for the elder, has no desk there."""
    found = get_visible(Need, need_id, actor)
    if not works_in(actor, found.unit_code, *roles):
        raise NotFound
    return found


def open_needs(unit_code: str, day: date) -> list[Need]:
    """The open orders of a unit's subtree for one day, by number."""
    here = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == unit_code)
    rows = select(Need).where(Need.unit_code.in_(here), Need.day == day, Need.state == NeedState.OPEN)
    return list(session.scalars(rows.order_by(Need.number)))


def orders_of(elder_id: str) -> Select[Need]:
    """An elder's orders, newest day first, ready for paging."""
    return select(Need).where(Need.elder_id == elder_id).order_by(Need.day.desc(), Need.number.desc())


def series_of(elder_id: str) -> list[NeedSeries]:
    """The weekly repetitions of an elder that were not stopped, Monday first."""
    rows = select(NeedSeries).where(NeedSeries.elder_id == elder_id, NeedSeries.stopped_at.is_(None))
    return list(session.scalars(rows.order_by(NeedSeries.weekday, NeedSeries.earliest_start_min)))


def had_orders(elder_id: str, *, but: str = "") -> bool:
    """Whether the community ever took on an order of hers (other than this one)."""
    rows = select(Need.id).where(Need.elder_id == elder_id, Need.id != but, Need.state.notin_(NEVER_BEGUN))
    return session.scalar(rows.limit(1)) is not None


# Duplicates --------------------------------------------------------------------------------------------------------


def duplicates_of(need: Need) -> list[Need]:
    """Her other orders of the same thing on the same day that still stand."""
    same = Need.item_code == need.item_code if need.item_code else Need.wish_text == need.wish_text
    return list(session.scalars(_that_day(need.elder_id, need.day, but=need.id).where(same)))


def orders_that_day(elder_id: str, day: date, *, but: str = "") -> list[Need]:
    """Everything of hers that stands on that day, the earliest first."""
    return list(session.scalars(_that_day(elder_id, day, but=but)))


def _that_day(elder_id: str, day: date, *, but: str) -> Select[Need]:
    return (
        select(Need)
        .where(Need.elder_id == elder_id, Need.day == day, Need.id != but, Need.state.notin_(ENDED))
        .order_by(Need.earliest_start_min, Need.number)
    )


# An elder's orders in words ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comer:
    """One volunteer who accepted: who, when, and the visit once there is one."""

    person: Person
    start_min: int
    visit: Visit | None


@dataclass(frozen=True)
class Line:
    """One order with its item (None: a wish), its elder, and who comes or came."""

    need: Need
    item: MenuItem | None
    elder: Person
    comers: Sequence[Comer] = ()

    @property
    def start_min(self) -> int | None:
        """The start that was agreed, once somebody accepted."""
        return self.comers[0].start_min if self.comers else None

    @property
    def to_confirm(self) -> list[Visit]:
        """The visits that wait for her word."""
        return [c.visit for c in self.comers if c.visit is not None and c.visit.state == VisitState.CHECKED_OUT]


def lines(needs: Iterable[Need]) -> list[Line]:
    """The orders with all that a list says of them, in a fixed number of queries."""
    found = list(needs)
    items = _by_key(MenuItem, MenuItem.code, {n.item_code for n in found if n.item_code})
    elders = _by_key(Person, Person.id, {n.elder_id for n in found})
    comers = comers_of([n.id for n in found])
    return [Line(n, items.get(n.item_code or ""), elders[n.elder_id], comers.get(n.id, ())) for n in found]


def line(need: Need) -> Line:
    """One order with all that its page says of it."""
    return lines([need])[0]


def comers_of(need_ids: Collection[str]) -> dict[str, list[Comer]]:
    """Who accepted each of these orders, the first place first."""
    found: dict[str, list[Comer]] = {}
    rows = session.execute(
        select(Assignment, Person, Visit)
        .join(Person, Person.id == Assignment.volunteer_id)
        .outerjoin(Visit, Visit.assignment_id == Assignment.id)
        .where(Assignment.need_id.in_(need_ids), Assignment.state == AssignmentState.ACCEPTED)
        .order_by(Assignment.place, Assignment.start_min)
    )
    for assignment, person, visit in rows:
        found.setdefault(assignment.need_id, []).append(Comer(person, assignment.start_min, visit))
    return found


def _by_key(model: type[M], column: InstrumentedAttribute[str], keys: Collection[str]) -> dict[str, M]:
    return {getattr(row, column.key): row for row in session.scalars(select(model).where(column.in_(keys)))}


# The elder's home ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Home:
    """What an elder's first page shows: what is coming, what needs her word, what she may want again."""

    coming: list[Line]
    to_confirm: list[Line]
    questions: list[Line]
    again: list[Line] = field(default_factory=list)


def home_of_elder(elder_id: str, *, today: date, again: int = 2) -> Home:
    """The first page of an elder."""
    upcoming = and_(Need.state.in_(COMING), Need.day >= today)
    rows = session.scalars(
        select(Need)
        .where(Need.elder_id == elder_id, or_(upcoming, Need.state == NeedState.SERVED))
        .order_by(Need.day, Need.state.notin_(SURE), Need.earliest_start_min, Need.number)
    )
    current = lines(rows)
    return Home(
        coming=[each for each in current if each.need.state in COMING and each.need.state != NeedState.ASKED_BACK],
        to_confirm=[each for each in current if each.to_confirm],
        questions=[each for each in current if each.need.state == NeedState.ASKED_BACK],
        again=lines(last_of_each_item(elder_id, limit=again)),
    )


def next_line(elder_id: str, *, today: date) -> Line | None:
    """The next order of hers that still stands."""
    rows = (
        select(Need)
        .where(Need.elder_id == elder_id, Need.state.in_(COMING), Need.day >= today)
        .order_by(Need.day, Need.earliest_start_min, Need.number)
    )
    found = session.scalars(rows.limit(1)).one_or_none()
    return line(found) if found is not None else None


def last_of_each_item(elder_id: str, *, limit: int) -> list[Need]:
    """Her last visit of each thing of the menu, what she had most often first."""
    counted = (
        select(Need.item_code, func.count().label("times"), func.max(Need.number).label("last"))
        .where(Need.elder_id == elder_id, Need.item_code.is_not(None), Need.state.in_(HAPPENED))
        .group_by(Need.item_code)
        .subquery()
    )
    rows = select(Need).join(counted, Need.number == counted.c.last)
    return list(session.scalars(rows.order_by(counted.c.times.desc(), Need.number.desc()).limit(limit)))


def last_times(elder_id: str, item_code: str, *, today: date) -> list[Need]:
    """Her last two orders of one thing that stood, the newest first; where all are still to come, the first of them."""
    hers = select(Need).where(Need.elder_id == elder_id, Need.item_code == item_code, Need.state.notin_(ENDED))
    past = hers.where(Need.day <= today).order_by(Need.day.desc(), Need.number.desc()).limit(2)
    coming = hers.where(Need.day > today).order_by(Need.day, Need.number).limit(1)
    return list(session.scalars(past)) or list(session.scalars(coming))


def days_ordered(elder_id: str, item_code: str, *, since: date) -> set[date]:
    """The days from `since` on for which she has an order of one thing that stands."""
    rows = select(Need.day).where(
        Need.elder_id == elder_id, Need.item_code == item_code, Need.day >= since, Need.state.notin_(ENDED)
    )
    return set(session.scalars(rows))


def times_ordered(elder_id: str) -> dict[str, int]:
    """How often she ordered each item: what is usual for her comes first."""
    rows = session.execute(
        select(Need.item_code, func.count()).where(Need.elder_id == elder_id, Need.item_code.is_not(None))
        .group_by(Need.item_code)
    )  # fmt: skip
    return {code: times for code, times in rows if code}


def faces_of(elder_id: str, *, limit: int = 3) -> list[Person]:
    """The volunteers who came to her and may be asked for by name, the last one first."""
    came = (
        select(Visit.volunteer_id, func.max(Visit.day).label("day"))
        .join(Need, Need.id == Visit.need_id)
        .join(Volunteer, Volunteer.person_id == Visit.volunteer_id)
        .where(Need.elder_id == elder_id, Visit.state == VisitState.CONFIRMED)
        .where(Volunteer.state.notin_((VolunteerState.REFUSED, VolunteerState.LEFT)))
        .where(Visit.volunteer_id.notin_(select(Exclusion.volunteer_id).where(Exclusion.elder_id == elder_id)))
        .group_by(Visit.volunteer_id)
        .subquery()
    )
    rows = select(Person).join(came, came.c.volunteer_id == Person.id).where(Person.disabled_at.is_(None))
    return list(session.scalars(rows.order_by(came.c.day.desc(), Person.id).limit(limit)))


def series_running(need: Need) -> NeedSeries | None:
    """The weekly repetition that an order belongs to, unless it was stopped."""
    found = session.get(NeedSeries, need.series_id) if need.series_id else None
    return found if found is not None and found.stopped_at is None else None


# Review ------------------------------------------------------------------------------------------------------------


def review_queue(actor: Actor) -> Select[Need]:
    """What waits for the coordinator: the one due first (late ones) on top, then those that wait for an answer.

    A wish that was offered to somebody comes back here when nobody is asked for it any more.
    """
    asked = exists().where(
        Assignment.need_id == Need.id, Assignment.state.in_((AssignmentState.OFFERED, AssignmentState.ACCEPTED))
    )
    left = and_(Need.state == NeedState.OPEN, Need.item_code.is_(None), ~asked)
    return (
        select(Need)
        .where(Need.unit_code.in_(subtree(actor.units(Role.COORDINATOR))))
        .where(or_(Need.state.in_((NeedState.REVIEW, NeedState.ASKED_BACK)), left))
        .order_by(Need.state == NeedState.ASKED_BACK, Need.review_due_at, Need.number)
    )


def late_count(actor: Actor, now: datetime) -> int:
    """How many orders waited longer for their review than they should."""
    waiting = (Need.state == NeedState.REVIEW) & (Need.review_due_at < now)
    mine = Need.unit_code.in_(subtree(actor.units(Role.COORDINATOR)))
    return session.scalar(select(func.count()).select_from(Need).where(mine, waiting)) or 0


def twins(needs: Sequence[Need]) -> dict[str, list[Need]]:
    """For each of these orders the elder's other orders of that day that still stand, in one query."""
    days = {(n.elder_id, n.day) for n in needs}
    rows = select(Need).where(Need.elder_id.in_({e for e, _day in days}), Need.day.in_({d for _elder, d in days}))
    others = session.scalars(rows.where(Need.state.notin_(ENDED)).order_by(Need.earliest_start_min, Need.number)).all()
    return {
        n.id: [o for o in others if (o.elder_id, o.day) == (n.elder_id, n.day) and o.id != n.id] for n in needs
    }  # fmt: skip


def people_by_id(ids: Collection[str]) -> dict[str, Person]:
    """These people, in one query."""
    return _by_key(Person, Person.id, ids)


def grid_names(unit_codes: Collection[str]) -> dict[str, str]:
    """The names of these units, in one query."""
    rows = session.execute(select(OrgUnit.code, OrgUnit.name).where(OrgUnit.code.in_(unit_codes)))
    return {code: name for code, name in rows}  # noqa: C416 (rows are not tuples to the type checker)


# The grid worker's day ---------------------------------------------------------------------------------------------


def under_way(actor: Actor, *, today: date) -> Select[Need]:
    """The orders of the actor's grids that still need somebody's care: from today on, the next first."""
    return (
        select(Need)
        .where(_in_my_grids(actor), Need.state.in_(COMING), Need.day >= today)
        .order_by(Need.day, Need.earliest_start_min, Need.number)
    )


def to_confirm(actor: Actor) -> Select[Need]:
    """The orders whose visit is over and waits for a word, the oldest first."""
    return (
        select(Need).where(_in_my_grids(actor), Need.state == NeedState.SERVED).order_by(Need.day, Need.number)
    )  # fmt: skip


def alone_elders(actor: Actor) -> Select[Elder, Person, date]:
    """`SELECT` (Elder, Person, last day) of those of the actor's grids who live alone, whoever waited longest first;
    the last day is that of her latest order that stands, None where there was none."""
    last = (
        select(Need.elder_id, func.max(Need.day).label("day"))
        .where(Need.state.notin_(ENDED))
        .group_by(Need.elder_id)
        .subquery()
    )
    return (
        select(Elder, Person, last.c.day)
        .join(Person, Person.id == Elder.person_id)
        .outerjoin(last, last.c.elder_id == Elder.person_id)
        .where(Person.unit_code.in_(subtree(actor.units(*DESK))), Elder.consent_ended.is_(None), _lives_alone())
        .order_by(last.c.day.is_not(None), last.c.day, Person.name, Person.id)
    )


def quiet_elders(actor: Actor, *, today: date, limit: int) -> list[tuple[Elder, Person, date | None]]:
    """Of those who live alone the first few for whom nobody came within a week of today, and nobody is ordered."""
    found = session.execute(alone_elders(actor).limit(limit))
    return [
        (elder, person, day) for elder, person, day in found if day is None or day < today - timedelta(days=QUIET_DAYS)
    ]


def _in_my_grids(actor: Actor) -> ColumnElement[bool]:
    """Only where she has the duty: an order of her own mother elsewhere is on other pages."""
    return Need.unit_code.in_(subtree(actor.units(*DESK)))


def _lives_alone() -> ColumnElement[bool]:
    """Categories are a short list of words: its text is looked through on both engines."""
    return cast(Elder.categories, String).contains('"alone"')
