"""Valid things by default: a test names only what matters to it. Everything is flushed, nothing is committed."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

import time_machine
from sqlalchemy import func, select

from app import clock
from app.access.actor import SYSTEM, Actor, actor_of
from app.availability.models import WeeklyTime
from app.db import session
from app.menu.models import MenuItem
from app.menu.service import load_menu
from app.needs.models import Channel, Need, NeedPlace, NeedState
from app.org.models import OrgUnit, UnitLevel
from app.org.queries import find_unit
from app.org.service import add_unit
from app.people.models import Elder, Person, Role, Volunteer, VolunteerState
from app.people.service import (
    ElderEntry,
    VolunteerEntry,
    add_membership,
    add_person,
    enrol_elder,
    enrol_volunteer,
)
from app.rulechanges.service import Proposal, approve_change, propose_change
from app.rulepacks.models import RuleChange
from app.rulepacks.service import load_neutral_pack
from app.visits.models import Assignment, AssignmentState, Origin, Visit, VisitState

CITY, DISTRICT, STREET, COMMUNITY = "4205", "420502", "420502001", "420502001002"
GRID3 = f"{COMMUNITY}003"
OTHER_DISTRICT, OTHER_STREET, OTHER_COMMUNITY = "420503", "420503001", "420503001001"
HOME = (30.72254, 111.28658)
ZONE = "Asia/Shanghai"
EVERY_DAY = tuple((weekday, 8 * 60, 20 * 60) for weekday in range(7))
NEED_OF_VISIT = {
    VisitState.PLANNED: NeedState.ARRANGED,
    VisitState.IN_PROGRESS: NeedState.IN_PROGRESS,
    VisitState.CHECKED_OUT: NeedState.SERVED,
    VisitState.CONFIRMED: NeedState.DONE,
    VisitState.DISPUTED: NeedState.DISPUTED,
    VisitState.FAILED: NeedState.UNSERVED,
    VisitState.CANCELLED: NeedState.CANCELLED,
}
_numbers = count(101)  # the first are the telephone numbers of the cast


def make_rules() -> None:
    """The default menu, its skills and the neutral rules, once."""
    if session.scalar(select(func.count()).select_from(MenuItem)) == 0:
        load_menu()
        load_neutral_pack()


def make_rule(unit_code: str, values: Mapping[str, Any], since: date, *, pack: str = "") -> RuleChange:
    """Rules of a unit from a day on, as two people agreed to them on the day before (also where that day is past)."""
    make_unit(code=unit_code)
    first, second = (make_staff(role=Role.ADMINISTRATOR, unit_code=unit_code) for _ in range(2))
    with time_machine.travel(clock.instant(since - timedelta(days=1), 600, ZONE), tick=False):
        change = propose_change(acting(first), Proposal(unit_code, values, since, "as the test says", pack))
        return approve_change(acting(second), change.id)


def acting(person: Person) -> Actor:
    """The person with her rights at this instant."""
    actor = actor_of(person.id)
    assert actor is not None
    return actor


def make_unit(
    *,
    code: str = COMMUNITY,
    level: UnitLevel | None = None,
    parent_code: str | None = None,
    name: str = "",
    phone: str = "",
    point: tuple[float, float] | None = HOME,
) -> OrgUnit:
    """A unit; what is above it is made when it is not there (4, 6, 9, 12, 15 digits: city down to grid)."""
    found = find_unit(code)
    if found is not None:
        return found
    lengths = dict(zip((4, 6, 9, 12, 15), UnitLevel, strict=True))
    level = level or lengths[len(code)]
    if parent_code is None and level is not UnitLevel.CITY:
        shorter = max(length for length in lengths if length < len(code))
        parent_code = make_unit(code=code[:shorter]).code
    lat_deg, lon_deg = point or (None, None)
    return add_unit(
        code=code,
        parent_code=parent_code,
        level=level,
        name=name or f"{code}号",
        phone=phone,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
    )


def make_person(
    *, name: str = "", sex: str = "f", unit_code: str = COMMUNITY, phone: str = "", language: str = "zh"
) -> Person:
    """A person without a role."""
    make_unit(code=unit_code)
    return add_person(
        SYSTEM, name=name or f"周小{next(_numbers)}", sex=sex, unit_code=unit_code, phone=phone, language=language
    )


def make_staff(
    *, role: Role = Role.COORDINATOR, unit_code: str = COMMUNITY, name: str = "", phone: str = "", sex: str = "f"
) -> Person:
    """A person holding one role in one unit."""
    person = make_person(name=name, unit_code=unit_code, phone=phone, sex=sex)
    add_membership(SYSTEM, person.id, unit_code, role)
    return person


def make_elder(*, point: tuple[float, float] | None = HOME, unit_code: str = GRID3, **given: Any) -> Elder:
    """An elder who gave her consent, living alone in grid 3; `given` are fields of ElderEntry."""
    make_rules()
    make_unit(code=unit_code)
    lat_deg, lon_deg = point or (None, None)
    number = next(_numbers)
    usual = {
        "name": f"王秀{number}",
        "sex": "f",
        "birth_date": date(1945, 3, 8),
        "phone": f"+86138{number:08d}",
        "address": f"{number}栋1单元101",
        "categories": ("alone",),
        "consent_date": clock.today(ZONE) - timedelta(days=90),
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
    }
    return enrol_elder(SYSTEM, ElderEntry(unit_code=unit_code, **{**usual, **given}))


def make_volunteer(
    *,
    point: tuple[float, float] | None = HOME,
    unit_code: str = COMMUNITY,
    state: VolunteerState = VolunteerState.ACTIVE,
    free: Sequence[tuple[int, int, int]] = EVERY_DAY,
    **given: Any,
) -> Volunteer:
    """A volunteer who may be sent alone to chat, vetted and insured, free every day from 8 to 20; `given` are fields
    of VolunteerEntry, `free` is (weekday from 0, from, until)."""
    make_rules()
    make_unit(code=unit_code)
    today = clock.today(ZONE)
    lat_deg, lon_deg = point or (None, None)
    number = next(_numbers)
    usual = {
        "name": f"李志{number}",
        "sex": "m",
        "birth_date": date(1988, 5, 1),
        "phone": f"+86139{number:08d}",
        "address": f"{number}栋2单元201",
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
        "skills": ("companionship",),
        "skills_confirmed": True,
        "vetted_until": today + timedelta(days=365),
        "insured_until": today + timedelta(days=365),
        "trained_until": today + timedelta(days=365),
        "pledged": True,
    }
    volunteer = enrol_volunteer(SYSTEM, VolunteerEntry(unit_code=unit_code, **{**usual, **given}), state=state)
    if state != VolunteerState.APPLIED:
        volunteer.identity_checked_at = volunteer.decided_at = clock.now()
    for weekday, from_min, until_min in free:
        session.add(
            WeeklyTime(volunteer_id=volunteer.person_id, weekday=weekday, from_min=from_min, until_min=until_min)
        )
    session.flush()
    return volunteer


def make_need(
    *,
    elder: Elder | None = None,
    item: str | None = "companion-chat",
    day: date | None = None,
    start: tuple[int, int] = (9 * 60, 10 * 60),
    duration_min: int | None = None,
    volunteers_needed: int | None = None,
    state: NeedState = NeedState.OPEN,
    **given: Any,
) -> Need:
    """A reviewed order of an elder for tomorrow, its start between 9 and 10; `given` are columns of Need."""
    elder = elder or make_elder()
    person = session.get_one(Person, elder.person_id)
    menu_item = session.get_one(MenuItem, item) if item else None
    now = clock.now()
    usual = {
        "number": (session.scalar(select(func.max(Need.number))) or 1000) + 1,
        "channel": Channel.SELF,
        "placed_by": elder.person_id,
        "placed_at": now,
        "wish_text": "" if item else "想看看长江",
    }
    need = Need(
        elder_id=elder.person_id,
        community_code=elder.community_code,
        unit_code=person.unit_code,
        item_code=item,
        day=day or clock.today(ZONE) + timedelta(days=1),
        earliest_start_min=start[0],
        latest_start_min=start[1],
        duration_min=duration_min or (menu_item.usual_min if menu_item else 30),
        volunteers_needed=volunteers_needed or (menu_item.people if menu_item else 1),
        state=state,
        **{**usual, **given},
    )
    session.add(need)
    session.flush()
    session.add_all([NeedPlace(need_id=need.id, place=place) for place in range(1, need.volunteers_needed + 1)])
    session.flush()
    return need


def make_assignment(
    *,
    need: Need | None = None,
    volunteer: Volunteer | None = None,
    place: int = 1,
    state: AssignmentState = AssignmentState.OFFERED,
    start_min: int | None = None,
    **given: Any,
) -> Assignment:
    """A volunteer asked for a place of a need, with four hours left to answer; `given` are columns of Assignment."""
    need = need or make_need()
    volunteer = volunteer or make_volunteer()
    now = clock.now()
    usual = {
        "origin": Origin.MATCH,
        "created_at": now,
        "offered_at": now,
        "deadline_at": now + timedelta(hours=4),
    }
    assignment = Assignment(
        need_id=need.id,
        volunteer_id=volunteer.person_id,
        place=place,
        state=state,
        day=need.day,
        start_min=need.earliest_start_min if start_min is None else start_min,
        **{**usual, **given},
    )
    session.add(assignment)
    session.flush()
    return assignment


def make_visit(
    *,
    need: Need | None = None,
    volunteer: Volunteer | None = None,
    place: int = 1,
    state: VisitState = VisitState.PLANNED,
    start_min: int | None = None,
    **given: Any,
) -> Visit:
    """A visit by a volunteer who accepted, as planned; `given` are columns of Visit. The need follows its state."""
    need = need or make_need()
    assignment = make_assignment(
        need=need,
        volunteer=volunteer,
        place=place,
        state=AssignmentState.ACCEPTED,
        start_min=start_min,
        answered_at=clock.now(),
    )
    visit = Visit(
        assignment_id=assignment.id,
        need_id=need.id,
        place=place,
        volunteer_id=assignment.volunteer_id,
        day=need.day,
        start_min=assignment.start_min,
        duration_min=need.duration_min,
        state=state,
        **{**_times(need, assignment.start_min, state), **given},
    )
    need.state = NEED_OF_VISIT[state]
    session.add(visit)
    session.flush()
    return visit


def _times(need: Need, start_min: int, state: VisitState) -> dict[str, Any]:
    """When a visit in this state was checked in and out, had all gone as planned."""
    begun = state in (VisitState.IN_PROGRESS, VisitState.CHECKED_OUT, VisitState.CONFIRMED, VisitState.DISPUTED)
    ended = begun and state != VisitState.IN_PROGRESS
    times: dict[str, Any] = {}
    if begun:
        times |= {"checked_in_at": clock.instant(need.day, start_min, ZONE), "checked_in_how": "pin"}
    if ended:
        end = clock.instant(need.day, start_min + need.duration_min, ZONE)
        minutes = need.duration_min
        times |= {"checked_out_at": end, "checked_out_how": "pin", "actual_min": minutes, "credit_min": minutes}
    if state == VisitState.CONFIRMED:
        times |= {"confirmed_at": end, "confirmed_how": "elder", "confirmed_by": need.elder_id}
    return times
