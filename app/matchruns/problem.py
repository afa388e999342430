"""The day as plain data for the solver: ids, points and minutes, no names, no rows.

What already stands (offers that are out, visits that were accepted) is kept: such a need is not solved again, and the
time it takes, with the way there and home, is taken out of the volunteer's day.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from geopy.distance import great_circle
from sqlalchemy import func, select

from app import clock
from app.availability.queries import free_windows
from app.clock import MINUTES_PER_DAY
from app.db import session
from app.matchruns.models import PairRule
from app.matchruns.urgency import Urgency, urgency_of
from app.menu.models import MenuItem, Risk
from app.needs.models import Need
from app.needs.queries import open_needs
from app.org.models import OrgClosure, OrgUnit
from app.org.queries import zone_of
from app.people.models import Elder, Exclusion, Person, Volunteer, VolunteerSkill, VolunteerState
from app.rulepacks.queries import setting
from app.visits.models import Assignment, AssignmentState, Origin, Visit, VisitState

METRES_PER_MINUTE = 72  # a walking pace of 1.2 m/s
DETOUR = 1.3  # streets against the straight line
TRAVEL = {"kind": "walking", "metres_per_minute": METRES_PER_MINUTE, "detour": DETOUR}
LISTED = frozenset({"alone", "empty_nest", "left_behind", "severely_disabled", "special_family"})
LOST_ABILITY = frozenset({"severe", "total"})
REGULAR_VISITS, REGULAR_DAYS = 2, 90  # a familiar face: this many confirmed visits in this many days
STANDING = (AssignmentState.OFFERED, AssignmentState.ACCEPTED)
RISKS = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)

Document = dict[str, Any]
Window = tuple[int, int]


@dataclass
class Day:
    """Everything read for one community's day, looked up once."""

    unit_code: str
    day: date
    zone: str
    needs: list[Need]
    volunteers: list[Volunteer]
    persons: dict[str, Person]
    elders: dict[str, Elder]
    items: dict[str, MenuItem]
    standing: list[Assignment]
    several: bool = False  # several may be asked for one place: only an accepted place counts as taken
    by_name: bool = False  # volunteers without their own wishes: whoever is asked by name may set them aside
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    urgencies: dict[str, Urgency] = field(default_factory=dict)

    def urgency(self, community_code: str) -> Urgency:
        """The weights of a community's orders, read once."""
        if community_code not in self.urgencies:
            self.urgencies[community_code] = urgency_of(community_code, clock.today(self.zone))
        return self.urgencies[community_code]


def build_problem(
    unit_code: str, day: date, *, only: Sequence[Need] | None = None, several: bool = False, by_name: bool = False
) -> Document:
    """The problem document (format lianxin-matching/1) of a unit's day, or of `only` these needs of it.

    Needs are all that are open and not yet asked for; volunteers all who could be sent. In the order of numbers, so
    that two databases with the same rows give the same document but for the ids.
    """
    read = read_day(unit_code, day, only=only)
    read.several, read.by_name = several, by_name
    return {
        "format": "lianxin-matching/1",
        "travel": TRAVEL,
        "needs": [document for need in read.needs if (document := _need(read, need))],
        "volunteers": _volunteers(read),
        "pairs": _pairs(read),
        "locked": _locks(read),
    }


def pair_problem(need: Need, volunteer: Volunteer, others: Sequence[Visit]) -> Document:
    """The problem of one volunteer's day: this need and her `others` (accepted visits), nothing taken out of her day.

    For the look at the rules when she accepts.
    """
    other_needs = _by_key(Need, Need.id, {visit.need_id for visit in others} - {need.id})
    read = read_day(need.community_code, need.day, only=[need, *other_needs.values()], standing=[])
    read.volunteers = [volunteer]
    read.persons |= _by_key(Person, Person.id, {volunteer.person_id})
    read.points = _points(read)
    document = _volunteers(read)[0]
    document["max_service_min"] += sum(visit.duration_min for visit in others)  # counted again, one by one
    return {
        "format": "lianxin-matching/1", "travel": TRAVEL, "volunteers": [document],
        "needs": [_need(read, each) for each in read.needs], "pairs": [], "locked": [],
    }  # fmt: skip


def read_day(
    unit_code: str, day: date, *, only: Sequence[Need] | None = None, standing: list[Assignment] | None = None
) -> Day:
    """The rows behind one day of one unit; needs whose places are all asked for are left out unless named."""
    standing = standing_assignments(day) if standing is None else standing
    needs = list(only) if only is not None else _still_to_ask(open_needs(unit_code, day), standing)
    needs.sort(key=lambda need: need.number)
    volunteers = _who_could_be_sent(unit_code)
    elders = _by_key(Elder, Elder.person_id, {need.elder_id for need in needs})
    wanted = {v.person_id for v in volunteers} | set(elders) | _elders_of(standing)
    read = Day(
        unit_code=unit_code, day=day, zone=zone_of(unit_code), needs=needs, volunteers=volunteers,
        persons=_by_key(Person, Person.id, wanted), elders=elders,
        items=_by_key(MenuItem, MenuItem.code, {n.item_code for n in needs if n.item_code}), standing=standing,
    )  # fmt: skip
    read.points = _points(read)
    return read


def standing_assignments(day: date) -> list[Assignment]:
    """Offers that wait for an answer and places that were accepted, that day."""
    rows = session.scalars(
        select(Assignment).where(Assignment.day == day, Assignment.state.in_(STANDING)).order_by(Assignment.id)
    )
    return list(rows)


def priority_of(need: Need, elder: Elder, item: MenuItem | None, urgency: Urgency, *, on: date, zone: str) -> int:
    """The weight of serving this need: the base of its kind, the days waited, the listed groups."""
    waited = (on - clock.day_of(need.placed_at, zone)).days
    listed = bool(LISTED & set(elder.categories)) or elder.ability in LOST_ABILITY
    return urgency.weight(item, days_waited=waited, listed=listed)


def gates_of(item: MenuItem | None, unit_code: str, day: date) -> list[str]:
    """What a helper must have passed for this item: vetted always, insured from the set risk on, and its papers."""
    risk = Risk(item.risk) if item else Risk.LOW
    from_risk = Risk(setting(unit_code, "insurance_from_risk", on=day))
    insured = ["insured"] if RISKS.index(risk) >= RISKS.index(from_risk) else []
    return ["vetted", *insured, *(item.credentials if item else [])]


def leg_min(a: tuple[float, float], b: tuple[float, float], pace: int | None) -> int:
    """Whole minutes on foot between two points, rounded up."""
    return math.ceil(great_circle(a, b).m * DETOUR / (pace or METRES_PER_MINUTE) - 1e-6)


# Needs -------------------------------------------------------------------------------------------------------------


def _need(read: Day, need: Need) -> Document | None:
    """The need as the solver sees it; None when each of its places is already asked for."""
    item = read.items.get(need.item_code or "")
    elder, person = read.elders[need.elder_id], read.persons[need.elder_id]
    asked = [a for a in read.standing if a.need_id == need.id]
    own = [a for a in asked if a.place <= need.volunteers_needed]  # not a newcomer who goes along
    beside = [a for a in own if a.state == AssignmentState.ACCEPTED or not read.several]
    people = need.volunteers_needed - len(beside)
    if people <= 0:
        return None
    start = [need.earliest_start_min, need.latest_start_min]
    document: Document = {
        "id": need.id,
        "start_window": [beside[0].start_min] * 2 if beside else start,
        "duration_min": need.duration_min,
        "priority": priority_of(
            need, elder, item, read.urgency(need.community_code), on=clock.today(read.zone), zone=read.zone
        ),
        "volunteers": people,
        "skills": list(item.skills) if item else [],
        "gates": gates_of(item, need.unit_code, need.day),
        "excluded": sorted(_excluded(need) | {a.volunteer_id for a in asked}),
        "regular": _regular(need),
    }
    if item is not None and item.by_phone:
        document["remote"] = True
    else:
        document["place"] = list(read.points[need.elder_id])
    if need.same_sex or (item is not None and item.same_sex_suggested):
        document["gender"] = {"value": person.sex, "required": need.same_sex}
    dialects = [code for code in elder.languages if code not in ("zh", "cmn")]
    if dialects:
        document["language"] = {"value": dialects[0], "required": False}
    return document


def _still_to_ask(needs: Iterable[Need], standing: Iterable[Assignment]) -> list[Need]:
    asked = Counter(a.need_id for a in standing if a.origin != Origin.PARTNER)
    return [need for need in needs if asked[need.id] < need.volunteers_needed and need.item_code]


def _excluded(need: Need) -> set[str]:
    """Who is not asked: kept apart by a wish, family or the elder herself, and whoever said no to this need."""
    apart = session.scalars(select(Exclusion.volunteer_id).where(Exclusion.elder_id == need.elder_id))
    said_no = session.scalars(
        select(Assignment.volunteer_id).where(
            Assignment.need_id == need.id,
            Assignment.state.in_((AssignmentState.DECLINED, AssignmentState.EXPIRED, AssignmentState.WITHDRAWN)),
        )
    )
    return {need.elder_id} | set(apart) | set(said_no)


def _regular(need: Need) -> list[str]:
    """The familiar faces: the one asked for, and who came often of late."""
    often = session.scalars(
        select(Visit.volunteer_id)
        .join(Need, Need.id == Visit.need_id)
        .where(Need.elder_id == need.elder_id, Visit.state == VisitState.CONFIRMED)
        .where(Visit.day >= need.day - timedelta(days=REGULAR_DAYS))
        .group_by(Visit.volunteer_id)
        .having(func.count() >= REGULAR_VISITS)
    )
    return sorted(set(often) | ({need.regular_id} if need.regular_id else set()))


# Volunteers --------------------------------------------------------------------------------------------------------


def _volunteers(read: Day) -> list[Document]:
    ids = [volunteer.person_id for volunteer in read.volunteers]
    free = free_windows(ids, read.day)
    busy = _busy(read)
    papers = _papers(ids, read.day)
    this_week = _minutes_promised(ids, read)
    lately = _minutes_served(ids, read.day)
    documents = [
        {
            "id": v.person_id,
            "place": list(read.points[v.person_id]),
            "free": [list(w) for w in without(free.get(v.person_id, []), busy.get(v.person_id, []))],
            "reach_m": v.reach_m,
            "metres_per_minute": v.metres_per_minute,
            "max_tasks": max(0, v.max_visits_per_day - len(busy.get(v.person_id, []))),
            "max_service_min": max(0, v.max_minutes_per_week - this_week.get(v.person_id, 0)),
            "skills": sorted(papers.get(v.person_id, ())),
            "gates": _gates(v, papers.get(v.person_id, set()), read.day),
            "trainee": v.state == VolunteerState.PROBATION,
            "languages": v.languages,
            "gender": read.persons[v.person_id].sex,
            "served_30d_min": lately.get(v.person_id, 0),
            "asked_days_ago": _days_since_asked(v, read),
        }
        for v in read.volunteers
    ]
    return [_without_wishes(each, busy) for each in documents] if read.by_name else documents


def _without_wishes(volunteer: Document, busy: dict[str, list[Window]]) -> Document:
    left = without([(0, MINUTES_PER_DAY)], busy.get(volunteer["id"], []))
    return volunteer | {"free": [list(w) for w in left], **dict.fromkeys(("reach_m", "max_tasks", "max_service_min"))}


def without(free: Iterable[Window], busy: Collection[Window]) -> list[Window]:
    """The free windows less the busy ones; all half-open, the free ones disjoint."""
    left = sorted(free)
    for start, end in busy:
        left = [piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]]
    return left


def _who_could_be_sent(unit_code: str) -> list[Volunteer]:
    """Admitted volunteers of the unit, oldest enrolment first (by their own key in files)."""
    here = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == unit_code)
    rows = session.scalars(
        select(Volunteer)
        .join(Person, Person.id == Volunteer.person_id)
        .where(Volunteer.community_code.in_(here), Person.disabled_at.is_(None))
        .where(Volunteer.state.in_((VolunteerState.ACTIVE, VolunteerState.PROBATION)))
        .order_by(Volunteer.code, Person.created_at, Person.id)
    )
    return list(rows)


def _busy(read: Day) -> dict[str, list[Window]]:
    """Per volunteer, the stretches of the day that what stands already takes, way there and home included."""
    needs = _by_key(Need, Need.id, {a.need_id for a in read.standing})
    by_phone = set(session.scalars(select(MenuItem.code).where(MenuItem.by_phone)))
    pace = {v.person_id: v.metres_per_minute for v in read.volunteers}
    busy: dict[str, list[Window]] = {}
    for a in read.standing:
        if a.volunteer_id not in pace:
            continue
        need = needs[a.need_id]
        far = need.item_code not in by_phone
        way = leg_min(read.points[a.volunteer_id], read.points[need.elder_id], pace[a.volunteer_id]) if far else 0
        busy.setdefault(a.volunteer_id, []).append((a.start_min - way, a.start_min + need.duration_min + way))
    return busy


def _papers(ids: Sequence[str], day: date) -> dict[str, set[str]]:
    """Per volunteer, the skills and credentials that hold on the day."""
    rows = session.execute(
        select(VolunteerSkill.volunteer_id, VolunteerSkill.skill_code)
        .where(VolunteerSkill.volunteer_id.in_(ids), VolunteerSkill.confirmed)
        .where((VolunteerSkill.valid_until.is_(None)) | (VolunteerSkill.valid_until >= day))
    )
    held: dict[str, set[str]] = {}
    for volunteer_id, code in rows:
        held.setdefault(volunteer_id, set()).add(code)
    return held


def _gates(volunteer: Volunteer, papers: set[str], day: date) -> list[str]:
    dated = {"vetted": volunteer.vetted_until, "insured": volunteer.insured_until}
    return sorted({gate for gate, until in dated.items() if until is not None and until >= day} | papers)


def _minutes_promised(ids: Sequence[str], read: Day) -> dict[str, int]:
    """Per volunteer, the minutes served, promised or asked for in the week (Monday to Sunday) of the day."""
    day = read.day
    monday = day - timedelta(days=day.weekday())
    counted = (VisitState.PLANNED, VisitState.IN_PROGRESS, VisitState.CHECKED_OUT, VisitState.CONFIRMED)
    rows = session.execute(
        select(Visit.volunteer_id, func.sum(func.coalesce(Visit.actual_min, Visit.duration_min)))
        .where(Visit.volunteer_id.in_(ids), Visit.state.in_(counted))
        .where(Visit.day >= monday, Visit.day < monday + timedelta(days=7))
        .group_by(Visit.volunteer_id)
    )
    minutes = {volunteer_id: int(total) for volunteer_id, total in rows}
    needs = _by_key(Need, Need.id, {a.need_id for a in read.standing})
    for a in read.standing:
        if a.state == AssignmentState.OFFERED:
            minutes[a.volunteer_id] = minutes.get(a.volunteer_id, 0) + needs[a.need_id].duration_min
    return minutes


def _minutes_served(ids: Sequence[str], day: date) -> dict[str, int]:
    rows = session.execute(
        select(Visit.volunteer_id, func.sum(Visit.actual_min))
        .where(Visit.volunteer_id.in_(ids), Visit.state == VisitState.CONFIRMED)
        .where(Visit.day >= day - timedelta(days=30), Visit.day < day)
        .group_by(Visit.volunteer_id)
    )
    return {volunteer_id: int(minutes or 0) for volunteer_id, minutes in rows}


def _days_since_asked(volunteer: Volunteer, read: Day) -> int | None:
    if volunteer.last_asked_at is None:
        return None
    return max(0, (read.day - clock.day_of(volunteer.last_asked_at, read.zone)).days)


# The coordinator's word --------------------------------------------------------------------------------------------


def _rules(read: Day, kind: str) -> list[PairRule]:
    ids = [need.id for need in read.needs]
    known = {v.person_id for v in read.volunteers}
    rows = session.scalars(
        select(PairRule).where(PairRule.need_id.in_(ids), PairRule.kind == kind).order_by(PairRule.id)
    )
    return [rule for rule in rows if rule.volunteer_id in known]


def _pairs(read: Day) -> list[Document]:
    return [{"need": r.need_id, "volunteer": r.volunteer_id, "forbidden": True} for r in _rules(read, "forbid")]


def _locks(read: Day) -> list[Document]:
    locks: dict[str, Document] = {}
    for rule in _rules(read, "lock"):
        lock = locks.setdefault(rule.need_id, {"need": rule.need_id, "volunteers": [], "start": None})
        lock["volunteers"].append(rule.volunteer_id)
        lock["start"] = rule.start_min if rule.start_min is not None else lock["start"]
    return list(locks.values())


# Places ------------------------------------------------------------------------------------------------------------


def _points(read: Day) -> dict[str, tuple[float, float]]:
    """Per person, where she lives: her own point, else the middle of her grid, else of her community."""
    units = _by_key(OrgUnit, OrgUnit.code, {person.unit_code for person in read.persons.values()})
    home = session.get(OrgUnit, read.unit_code)
    fallback = _point(home) or (0.0, 0.0)
    return {
        key: _point(person) or _point(units.get(person.unit_code)) or fallback for key, person in read.persons.items()
    }


def _point(thing: Person | OrgUnit | None) -> tuple[float, float] | None:
    if thing is None or thing.lat_deg is None or thing.lon_deg is None:
        return None
    return (thing.lat_deg, thing.lon_deg)


def _elders_of(assignments: Iterable[Assignment]) -> set[str]:
    ids = {a.need_id for a in assignments}
    return set(session.scalars(select(Need.elder_id).where(Need.id.in_(ids)))) if ids else set()


def _by_key(model: Any, column: Any, keys: Collection[str]) -> dict[str, Any]:
    if not keys:
        return {}
    rows = session.scalars(select(model).where(column.in_(keys)))
    return {getattr(row, column.key): row for row in rows}

