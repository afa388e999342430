"""The cast of the demo: one person for each way of using the product, with a sign-in link each."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from app import clock
from app.access.actor import SYSTEM
from app.availability.service import replace_weekly_times
from app.db import session
from app.demo.place import COMMUNITY, OTHER_COMMUNITY, ZONE, Grid, grids, near
from app.people.models import Delegation, Duty, Elder, Person, Relation, Role, VolunteerState
from app.people.service import (
    ElderEntry,
    VolunteerEntry,
    add_membership,
    add_person,
    enrol_elder,
    enrol_volunteer,
    name_responsible,
)

HOME_GRID = 3
CHENS_CODE = "E001"  # of Aunt Chen, in her community
DAYS = range(7)


@dataclass(frozen=True)
class Member:
    """One of the cast: the word in front of her link, and who she is."""

    key: str
    name: str
    phone: str
    says: str


CAST = (
    Member("chen", "陈桂英", "+8613800000001", "elder, lives alone in grid 3"),
    Member("mei", "陈梅", "+8613800000002", "her daughter, reads English"),
    Member("bo", "李博", "+8613800000003", "volunteer next door"),
    Member("dan", "邓丹", "+8613800000004", "volunteer across town"),
    Member("lin", "林慧", "+8613800000005", "coordinator of the community"),
    Member("guo", "郭强", "+8613800000006", "grid worker of grid 3"),
    Member("xu", "徐远", "+8613800000007", "coordinator in another district"),
    Member("approver", "王芸", "+8613800000008", "second coordinator, approves"),
    Member("auditor", "沈明", "+8613800000009", "auditor of the street"),
    Member("lead", "夏敏", "+8613800000011", "safeguarding lead of the community"),
    Member("admin", "方静", "+8613800000010", "administrator of the district"),
)
BY_KEY = {member.key: member for member in CAST}


def person_of(key: str) -> Person:
    """The row of one of the cast."""
    return session.scalars(select(Person).where(Person.phone == BY_KEY[key].phone)).one()


def is_loaded() -> bool:
    """Whether the demo's people are in the database, whatever was changed about them since."""
    here = (Elder.community_code == COMMUNITY, Elder.code == CHENS_CODE)
    return session.scalar(select(Elder.person_id).where(*here)) is not None


def make_staff() -> None:
    """Coordinators, the grid worker, the auditor, the safeguarding lead and the administrator."""
    _staff("lin", "f", COMMUNITY, Role.COORDINATOR)
    _staff("approver", "f", COMMUNITY, Role.COORDINATOR)
    _staff("guo", "m", home().code, Role.GRID_WORKER)
    _staff("auditor", "m", COMMUNITY[:9], Role.AUDITOR)
    _staff("lead", "f", COMMUNITY, Role.SAFEGUARDING_LEAD)
    _staff("admin", "f", COMMUNITY[:6], Role.ADMINISTRATOR)
    _staff("xu", "m", OTHER_COMMUNITY, Role.COORDINATOR)


def _staff(key: str, sex: str, unit_code: str, role: Role) -> None:
    member = BY_KEY[key]
    person = add_person(SYSTEM, name=member.name, sex=sex, unit_code=unit_code, phone=member.phone)
    add_membership(SYSTEM, person.id, unit_code, role)


def home() -> Grid:
    """The grid where Aunt Chen lives."""
    return next(grid for grid in grids() if grid.number == HOME_GRID)


def make_neighbours(today: date) -> None:
    """Aunt Chen, her daughter, and the two volunteers."""
    lat_deg, lon_deg = near(Random(COMMUNITY), home().lat_deg, home().lon_deg, metres=40)
    chen = _chen(today, lat_deg, lon_deg)
    _mei(chen)
    _volunteer(
        "bo", today, unit_code=home().code, address="3网格5栋2单元302", point=(round(lat_deg + 0.0003, 6), lon_deg),
        reach_m=800, skills=("companionship", "shopping", "errands", "walking_escort", "medicine_pickup",
                             "phone_greeting", "minor_repair"),
        free=((8 * 60, 12 * 60), (14 * 60, 18 * 60)),
    )  # fmt: skip
    _volunteer(
        "dan", today, unit_code=COMMUNITY, address="沿江大道88号1单元1201", point=(round(lat_deg - 0.03, 6), lon_deg),
        reach_m=1500, skills=("companionship", "shopping", "hospital_escort", "escort_training", "haircut"),
        free=((9 * 60, 17 * 60),),
    )  # fmt: skip


def _chen(today: date, lat_deg: float, lon_deg: float) -> Elder:
    member = BY_KEY["chen"]
    chen = enrol_elder(
        SYSTEM,
        ElderEntry(
            name=member.name, sex="f", unit_code=home().code, birth_date=date(today.year - 84, 3, 9),
            phone=member.phone, address="3网格5栋2单元301", lat_deg=lat_deg, lon_deg=lon_deg, categories=("alone",),
            languages=("zh",), consent_date=today - timedelta(days=200), emergency_name=BY_KEY["mei"].name,
            emergency_phone=BY_KEY["mei"].phone, safe_word="腊梅", code=CHENS_CODE,
        ),
    )  # fmt: skip
    for duty, key in ((Duty.SUPPORTER, "mei"), (Duty.GRID_WORKER, "guo"), (Duty.COMMUNITY_WORKER, "lin")):
        name_responsible(SYSTEM, chen.person_id, duty=duty, name=BY_KEY[key].name, phone=BY_KEY[key].phone)
    return chen


def _mei(chen: Elder) -> Person:
    member = BY_KEY["mei"]
    mei = add_person(SYSTEM, name=member.name, sex="f", unit_code=COMMUNITY[:4], phone=member.phone, language="en")
    session.add(
        Delegation(
            elder_id=chen.person_id, relative_id=mei.id, relation=Relation.CHILD, consent_how="door",
            recorded_by=person_of("guo").id, since=clock.now(),
        )
    )  # fmt: skip
    return mei


def _volunteer(
    key: str, today: date, *, unit_code: str, address: str, point: tuple[float, float], reach_m: int,
    skills: tuple[str, ...], free: tuple[tuple[int, int], ...],
) -> None:  # fmt: skip
    member = BY_KEY[key]
    row = enrol_volunteer(
        SYSTEM,
        VolunteerEntry(
            name=member.name, sex="m" if key == "bo" else "f", unit_code=unit_code,
            birth_date=date(today.year - 61, 5, 20), phone=member.phone, address=address, lat_deg=point[0],
            lon_deg=point[1], skills=skills, reach_m=reach_m, vetted_until=today + timedelta(days=500),
            insured_until=today + timedelta(days=300), trained_until=today + timedelta(days=500), pledged=True,
            code="V001" if key == "bo" else "V002", skills_confirmed=True,
        ),
        state=VolunteerState.ACTIVE,
    )  # fmt: skip
    replace_weekly_times(row.person_id, [(day, a, b) for day in DAYS for a, b in free])


def today() -> date:
    """The civil day where the demo lives."""
    return clock.today(ZONE)
