"""Visits as pages and plans need them: whose round, which offers, what is late, and the door while it may be seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from geopy.distance import great_circle
from sqlalchemy import Select, func, select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, subtree, visible, works_in
from app.db import Base, session
from app.errors import NotFound
from app.menu.models import MenuItem
from app.needs.models import Need, NeedState
from app.org.models import OrgUnit
from app.org.queries import zone_of
from app.people.models import Elder, Person, Role
from app.rulepacks.queries import setting
from app.visits.models import Assignment, AssignmentState, LateEntry, ReportKind, Visit, VisitReport, VisitState

M = TypeVar("M", bound=Base)

AHEAD = (VisitState.PLANNED, VisitState.IN_PROGRESS)
LATE_AFTER_MIN = 10
STILL_THERE_H = 24


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
    count = {state: number for state, number in rows}  # noqa: C416 (rows are not tuples to the type checker)
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
    mine = visit.volunteer_id == actor.person_id and _door_is_open(visit, zone_of(need.unit_code), _open_for_h(need))
    if not mine and not works_in(actor, need.unit_code, Role.COORDINATOR, Role.GRID_WORKER):
        return None
    return _door(session.get_one(Person, need.elder_id), session.get_one(Elder, need.elder_id))


def _door(person: Person, elder: Elder) -> Door:
    return Door(
        name=person.name, address=person.address, phone=person.phone, safe_word=elder.safe_word,
        health_note=elder.health_note, lat_deg=person.lat_deg, lon_deg=person.lon_deg,
    )  # fmt: skip


def _open_for_h(need: Need) -> int:
    return int(setting(need.unit_code, "contact_visible_after_visit_h", on=need.day))


def _door_is_open(visit: Visit, zone: str, hours: int) -> bool:
    """From acceptance until so many hours after the visit ended (or should have).

    Who is still there sees it for a day at least, but not for ever because she never checks out.
    """
    if visit.state == VisitState.CANCELLED:
        return False
    planned_end = clock.instant(visit.day, visit.start_min + visit.duration_min, zone)
    if visit.state == VisitState.IN_PROGRESS:
        hours = max(hours, STILL_THERE_H)
    return clock.now() < (visit.checked_out_at or planned_end) + timedelta(hours=hours)


# The volunteer's pages ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One assignment as its volunteer sees it; `visit` and `door` once it is hers, `door` while it may be seen.

    `metres_to_grid` is from her home to the middle of the elder's grid: no finer before she accepts.
    """

    assignment: Assignment
    need: Need
    item: MenuItem | None
    elder: Person
    unit: OrgUnit
    visit: Visit | None
    door: Door | None
    metres_to_grid: float | None
    partner_name: str
    is_reported: bool

    @property
    def people(self) -> int:
        """How many go together."""
        return self.need.volunteers_needed

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
    cards = _by_id(Elder, Elder.person_id, set(elders))
    units = _by_id(OrgUnit, OrgUnit.code, {n.unit_code for n in needs.values()})
    visits = _by_id(Visit, Visit.assignment_id, {a.id for a in assignments})
    home = session.get(Person, actor.person_id)
    beside = _partners(actor, needs)
    reported = _reported({visit.id for visit in visits.values()})
    by_unit = {need.unit_code: need for need in needs.values()}
    open_for_h = {code: _open_for_h(need) for code, need in by_unit.items()}
    tasks = []
    for assignment in assignments:
        need, visit = needs[assignment.need_id], visits.get(assignment.id)
        unit = units[need.unit_code]
        if visit is not None and visit.state == VisitState.CANCELLED:
            visit = None
        is_open = visit is not None and _door_is_open(visit, unit.zone, open_for_h[unit.code])
        tasks.append(
            Task(
                assignment=assignment, need=need, item=items.get(need.item_code or ""), elder=elders[need.elder_id],
                unit=unit, visit=visit, door=_door(elders[need.elder_id], cards[need.elder_id]) if is_open else None,
                metres_to_grid=_metres(home, unit), partner_name=beside.get(need.id, ""),
                is_reported=visit is not None and visit.id in reported,
            )
        )  # fmt: skip
    return tasks


def _partners(actor: Actor, needs: Collection[str]) -> dict[str, str]:
    """Per order, who goes there beside the actor."""
    if not needs:
        return {}
    rows = session.execute(
        select(Visit.need_id, Person.name)
        .join(Person, Person.id == Visit.volunteer_id)
        .where(Visit.need_id.in_(needs), Visit.volunteer_id != actor.person_id, Visit.state != VisitState.CANCELLED)
        .order_by(Visit.place)
    )
    return {need_id: name for need_id, name in rows}  # noqa: C416 (as above)


def _reported(visit_ids: Collection[str]) -> set[str]:
    """Those of the visits about which something was said that nobody has answered for yet."""
    rows = select(VisitReport.visit_id).where(VisitReport.visit_id.in_(visit_ids), VisitReport.closed_at.is_(None))
    return set(session.scalars(rows)) if visit_ids else set()


def _metres(home: Person | None, unit: OrgUnit) -> float | None:
    if home is None or home.lat_deg is None or home.lon_deg is None or unit.lat_deg is None or unit.lon_deg is None:
        return None
    return float(great_circle((home.lat_deg, home.lon_deg), (unit.lat_deg, unit.lon_deg)).m)


def _by_id(model: type[M], column: Any, keys: Collection[str]) -> dict[str, M]:
    """The rows by the named column; {} for no keys."""
    if not keys:
        return {}
    return {getattr(row, column.key): row for row in session.scalars(select(model).where(column.in_(keys)))}


# The desk's day ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Watched:
    """One visit as the desk watches it: who, where, and how many minutes late (0 on time)."""

    visit: Visit
    need: Need
    item: MenuItem | None
    elder: Person
    volunteer: Person
    zone: str
    late_min: int


@dataclass(frozen=True)
class Reported:
    """One report that waits for its owner, with the visit it is about."""

    report: VisitReport
    watched: Watched
    reporter: Person
    owner: Person | None


@dataclass(frozen=True)
class Entered:
    """A late entry that waits for a second person."""

    entry: LateEntry
    watched: Watched
    by: Person


def days_visits(actor: Actor, *, roles: Collection[Role]) -> list[Watched]:
    """Today's visits in the actor's units: who is late first, then what is ahead by its start, what is over last."""
    rows = session.scalars(
        _on_duty(actor, roles).where(Visit.day.in_(_todays(actor)), Visit.state != VisitState.CANCELLED)
    ).all()
    return sorted(_watched(rows), key=_most_pressing)


def _most_pressing(row: Watched) -> tuple[int, bool, int, str]:
    return -row.late_min, row.visit.state not in AHEAD, row.visit.start_min, row.visit.id


def open_reports(actor: Actor, *, roles: Collection[Role]) -> list[Reported]:
    """What somebody reported and nobody has answered for yet, oldest first; disputes stand by themselves."""
    reports = session.scalars(
        select(VisitReport)
        .where(VisitReport.closed_at.is_(None), VisitReport.kind != ReportKind.DISPUTE)
        .where(VisitReport.visit_id.in_(_on_duty(actor, roles).with_only_columns(Visit.id)))
        .order_by(VisitReport.reported_at)
    ).all()
    watched = {row.visit.id: row for row in _watched_by_id({report.visit_id for report in reports})}
    people = _by_id(Person, Person.id, {r.reported_by for r in reports} | {r.owner_id for r in reports if r.owner_id})
    return [
        Reported(report, watched[report.visit_id], people[report.reported_by], people.get(report.owner_id or ""))
        for report in reports
    ]


def open_disputes(actor: Actor) -> list[Watched]:
    """Visits that an elder's side does not agree with, oldest first."""
    rows = _on_duty(actor, (Role.COORDINATOR,)).where(Visit.state == VisitState.DISPUTED)
    return _watched(session.scalars(rows.order_by(Visit.day, Visit.id)).all())


def unfinished_visits(actor: Actor, *, roles: Collection[Role], back_days: int = 60) -> list[Watched]:
    """Visits of past days, or of today and past their end, that nobody checked in or out: for late entry."""
    rows = session.scalars(
        _on_duty(actor, roles)
        .where(Visit.state.in_(AHEAD), Visit.day >= clock.now().date() - timedelta(days=back_days))
        .where(Need.state.in_((NeedState.ARRANGED, NeedState.IN_PROGRESS)))
        .order_by(Visit.day.desc(), Visit.start_min)
    ).all()
    waiting = set(session.scalars(select(LateEntry.visit_id).where(LateEntry.decided_at.is_(None))))
    return [row for row in _watched(rows) if _is_over(row) and row.visit.id not in waiting]


def late_entries(actor: Actor, *, roles: Collection[Role]) -> list[Entered]:
    """Late entries that wait for a second person, oldest first."""
    entries = session.scalars(
        select(LateEntry)
        .where(LateEntry.decided_at.is_(None))
        .where(LateEntry.visit_id.in_(_on_duty(actor, roles).with_only_columns(Visit.id)))
        .order_by(LateEntry.entered_at)
    ).all()
    watched = {row.visit.id: row for row in _watched_by_id({entry.visit_id for entry in entries})}
    people = _by_id(Person, Person.id, {entry.entered_by for entry in entries})
    return [Entered(entry, watched[entry.visit_id], people[entry.entered_by]) for entry in entries]


def _on_duty(actor: Actor, roles: Collection[Role]) -> Select[Visit]:
    """Visits in the subtrees where the actor holds one of the roles."""
    here = subtree(actor.units(*roles))
    return select(Visit).join(Need, Need.id == Visit.need_id).where(Need.unit_code.in_(here))


def _todays(actor: Actor) -> set[date]:
    """Today in the zones of the actor's units: one day, but for a desk that spans zones."""
    zones = session.scalars(select(OrgUnit.zone).where(OrgUnit.code.in_(actor.units())).distinct())
    return {clock.today(zone) for zone in zones}


def _watched_by_id(visit_ids: Collection[str]) -> list[Watched]:
    if not visit_ids:
        return []
    return _watched(session.scalars(select(Visit).where(Visit.id.in_(visit_ids))).all())


def _watched(visits: Sequence[Visit]) -> list[Watched]:
    needs = _by_id(Need, Need.id, {visit.need_id for visit in visits})
    items = _by_id(MenuItem, MenuItem.code, {need.item_code for need in needs.values() if need.item_code})
    people = _by_id(
        Person, Person.id, {need.elder_id for need in needs.values()} | {visit.volunteer_id for visit in visits}
    )  # fmt: skip
    units = _by_id(OrgUnit, OrgUnit.code, {need.unit_code for need in needs.values()})
    rows = []
    for visit in visits:
        need = needs[visit.need_id]
        zone = units[need.unit_code].zone
        item, late_min = items.get(need.item_code or ""), _minutes_late(visit, zone)
        rows.append(Watched(visit, need, item, people[need.elder_id], people[visit.volunteer_id], zone, late_min))
    return rows


def _minutes_late(visit: Visit, zone: str) -> int:
    """How long after its start a visit has not begun; 0 within the first ten minutes, or once it has."""
    if visit.state != VisitState.PLANNED:
        return 0
    passed = int((clock.now() - clock.instant(visit.day, visit.start_min, zone)).total_seconds()) // 60
    return passed if passed > LATE_AFTER_MIN else 0


def _is_over(row: Watched) -> bool:
    return clock.instant(row.visit.day, row.visit.start_min + row.visit.duration_min, row.zone) <= clock.now()
