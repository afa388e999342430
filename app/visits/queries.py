"""Visits as pages and plans need them: whose round, which offers, what is late, and the door while it may be seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, visible, works_in
from app.db import Base, session
from app.errors import NotFound
from app.menu.models import MenuItem
from app.needs.models import Need
from app.org.models import OrgUnit
from app.org.queries import zone_of
from app.people.models import Elder, Person, Role
from app.rulepacks.queries import setting
from app.visits.models import Assignment, AssignmentState, Visit, VisitState

M = TypeVar("M", bound=Base)

AHEAD = (VisitState.PLANNED, VisitState.IN_PROGRESS)
LATE_AFTER_MIN = 10


def rounds_of(volunteer_ids: Collection[str], day: date) -> list[Visit]:
    """What these volunteers still do that day, by volunteer and start."""
    rows = select(Visit).where(Visit.volunteer_id.in_(volunteer_ids), Visit.day == day, Visit.state.in_(AHEAD))
    return list(session.scalars(rows.order_by(Visit.volunteer_id, Visit.start_min, Visit.id)))


def visits_of_need(need_id: str) -> list[Visit]:
    """The visits of one order that were not called off, the first place first."""
    rows = select(Visit).where(Visit.need_id == need_id, Visit.state != VisitState.CANCELLED)
    return list(session.scalars(rows.order_by(Visit.place, Visit.id)))


def visit_of(assignment_id: str) -> Visit | None:
    """The visit that an assignment became, if it was accepted."""
    return session.scalar(select(Visit).where(Visit.assignment_id == assignment_id))


# Answers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How an order stands with the people who were asked: "3 cannot, 2 have not answered"."""

    accepted: int
    waiting: int
    cannot: int
    silent: int
    dropped: int


def tally(need_id: str) -> Tally:
    """The answers to one order, counted."""
    rows = session.execute(
        select(Assignment.state, func.count()).where(Assignment.need_id == need_id).group_by(Assignment.state)
    )
    count = dict(rows.tuples().all())
    return Tally(
        accepted=count.get(AssignmentState.ACCEPTED, 0),
        waiting=count.get(AssignmentState.OFFERED, 0),
        cannot=count.get(AssignmentState.DECLINED, 0),
        silent=count.get(AssignmentState.EXPIRED, 0),
        dropped=count.get(AssignmentState.WITHDRAWN, 0),
    )


# The door ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Door:
    """What a volunteer needs to find and enter: shown from acceptance until a day after the visit."""

    name: str
    address: str
    phone: str
    safe_word: str
    health_note: str
    lat_deg: float | None
    lon_deg: float | None


def door_of(actor: Actor, visit: Visit) -> Door | None:
    """The door for the visit's own volunteer and for staff on duty there; None for everyone else and at other times."""
    need = session.get_one(Need, visit.need_id)
    mine = visit.volunteer_id == actor.person_id and _door_is_open(visit, need)
    if not mine and not works_in(actor, need.unit_code, Role.COORDINATOR, Role.GRID_WORKER):
        return None
    person, elder = session.get_one(Person, need.elder_id), session.get_one(Elder, need.elder_id)
    return Door(
        name=person.name, address=person.address, phone=person.phone, safe_word=elder.safe_word,
        health_note=elder.health_note, lat_deg=person.lat_deg, lon_deg=person.lon_deg,
    )  # fmt: skip


def _door_is_open(visit: Visit, need: Need) -> bool:
    """From acceptance until so many hours after the visit ended (or should have)."""
    if visit.state == VisitState.CANCELLED:
        return False
    planned_end = clock.instant(visit.day, visit.start_min + visit.duration_min, zone_of(need.unit_code))
    hours = int(setting(need.unit_code, "contact_visible_after_visit_h", on=need.day))
    still_there = visit.state == VisitState.IN_PROGRESS
    return still_there or clock.now() < (visit.checked_out_at or planned_end) + timedelta(hours=hours)


# The volunteer's pages ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One assignment as its volunteer sees it; `visit` and `door` once it is hers, `door` while it may be seen."""

    assignment: Assignment
    need: Need
    item: MenuItem | None
    elder: Person
    unit: OrgUnit
    visit: Visit | None
    door: Door | None

    @property
    def starts_at(self) -> datetime:
        return clock.instant(self.assignment.day, self.assignment.start_min, self.unit.zone)

    @property
    def is_waiting(self) -> bool:
        """Whether it still waits for her answer."""
        deadline = self.assignment.deadline_at
        return self.assignment.state == AssignmentState.OFFERED and (deadline is None or clock.now() <= deadline)

    @property
    def undo_until(self) -> datetime | None:
        """Until when her acceptance can be taken back in one tap; None when it cannot."""
        accepted = self.assignment.answered_at
        if self.visit is None or self.visit.state != VisitState.PLANNED or accepted is None:
            return None
        until = accepted + timedelta(minutes=int(setting(self.need.unit_code, "undo_accept_min", on=self.need.day)))
        return until if clock.now() <= until else None


def task(actor: Actor, assignment_id: str) -> Task:
    """One task of the actor's own. NotFound for anybody else's."""
    assignment = get_visible(Assignment, assignment_id, actor)
    if assignment.volunteer_id != actor.person_id:
        raise NotFound
    return _tasks(actor, [assignment])[0]


def todays_tasks(actor: Actor, day: date) -> list[Task]:
    """Her accepted visits of one day in the order of their starts, done ones too."""
    return _tasks(actor, _mine(actor, Assignment.day == day, Assignment.state == AssignmentState.ACCEPTED))


def coming_tasks(actor: Actor, after: date) -> list[Task]:
    """Her accepted visits of later days."""
    return _tasks(actor, _mine(actor, Assignment.day > after, Assignment.state == AssignmentState.ACCEPTED))


def waiting_offers(actor: Actor) -> list[Task]:
    """What waits for her answer, the earliest start first."""
    rows = _mine(
        actor, Assignment.state == AssignmentState.OFFERED,
        (Assignment.deadline_at.is_(None)) | (Assignment.deadline_at >= clock.now()),
    )  # fmt: skip
    return _tasks(actor, rows)


def recent_tasks(actor: Actor, *, limit: int = 10) -> list[Task]:
    """Her latest visits that are over, newest first."""
    over = select(Visit.assignment_id).where(
        Visit.volunteer_id == actor.person_id, Visit.state.notin_((*AHEAD, VisitState.CANCELLED))
    )
    rows = session.scalars(
        visible(Assignment, actor)
        .where(Assignment.id.in_(over))
        .order_by(Assignment.day.desc(), Assignment.start_min.desc())
        .limit(limit)
    ).all()
    return _tasks(actor, rows)


def tasks_at_door(actor: Actor, elder_id: str, day: date) -> list[Task]:
    """Her tasks of that day at one elder's door: what a scanned card leads to."""
    return [task for task in todays_tasks(actor, day) if task.need.elder_id == elder_id]


def _mine(actor: Actor, *conditions: Any) -> Sequence[Assignment]:
    return session.scalars(
        select(Assignment)
        .where(Assignment.volunteer_id == actor.person_id, *conditions)
        .order_by(Assignment.day, Assignment.start_min, Assignment.id)
    ).all()


def _tasks(actor: Actor, assignments: Sequence[Assignment]) -> list[Task]:
    """The tasks with everything their pages show, in a handful of queries however many they are."""
    needs = _by_id(Need, Need.id, {a.need_id for a in assignments})
    items = _by_id(MenuItem, MenuItem.code, {n.item_code for n in needs.values() if n.item_code})
    elders = _by_id(Person, Person.id, {n.elder_id for n in needs.values()})
    _by_id(Elder, Elder.person_id, set(elders))  # into the session, for the doors
    units = _by_id(OrgUnit, OrgUnit.code, {n.unit_code for n in needs.values()})
    visits = _by_id(Visit, Visit.assignment_id, {a.id for a in assignments})
    tasks = []
    for assignment in assignments:
        need, visit = needs[assignment.need_id], visits.get(assignment.id)
        if visit is not None and visit.state == VisitState.CANCELLED:
            visit = None
        tasks.append(
            Task(
                assignment=assignment, need=need, item=items.get(need.item_code or ""), elder=elders[need.elder_id],
                unit=units[need.unit_code], visit=visit, door=door_of(actor, visit) if visit else None,
            )
        )  # fmt: skip
    return tasks


def _by_id(model: type[M], column: Any, keys: Collection[str]) -> dict[str, M]:
    """The rows by the named column; {} for no keys."""
    if not keys:
        return {}
    return {getattr(row, column.key): row for row in session.scalars(select(model).where(column.in_(keys)))}
