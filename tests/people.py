"""The cast, always the same: who acts in the tests.

    chen      Aunt Chen 陈桂英, elder in grid 3 of 樵湖岭社区, living alone
    mei       her daughter 陈梅, who may act for her and reads English
    bo        李博, volunteer next door: chats, shops, walks along, fetches medicine
    dan       邓丹, volunteer across town, for whom the way is too far
    lin       Coordinator 林慧 of the community
    guo       郭强, grid worker of grid 3
    xu        Stranger 徐远, coordinator of a community in another district: may see nothing
    approver  王芸, a second coordinator: the second person where two are needed
    auditor   of the street
    admin     administrator of the district
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app import clock
from app.access.actor import Actor, actor_of
from app.db import session as database
from app.people.models import Delegation, Elder, Person, Relation, Role, Volunteer
from tests.factories import (
    CITY,
    COMMUNITY,
    DISTRICT,
    GRID3,
    HOME,
    OTHER_COMMUNITY,
    OTHER_DISTRICT,
    OTHER_STREET,
    STREET,
    make_elder,
    make_person,
    make_rules,
    make_staff,
    make_unit,
    make_volunteer,
)

__all__ = ["COMMUNITY", "DISTRICT", "GRID3", "OTHER_COMMUNITY", "OTHER_DISTRICT", "STREET", "Cast", "cast"]

NEXT_DOOR = (HOME[0] + 0.0005, HOME[1])  # 56 m
ACROSS_TOWN = (HOME[0] + 0.04, HOME[1])  # 4.4 km
NAMES = (
    (CITY, "宜昌市"),
    (DISTRICT, "西陵区"),
    (STREET, "西陵街道"),
    (COMMUNITY, "樵湖岭社区"),
    (f"{COMMUNITY}001", "第1网格"),
    (f"{COMMUNITY}002", "第2网格"),
    (GRID3, "第3网格"),
    (OTHER_DISTRICT, "伍家岗区"),
    (OTHER_STREET, "大公桥街道"),
    (OTHER_COMMUNITY, "隆康路社区"),
)
PEOPLE = {
    "chen": "陈桂英",
    "mei": "陈梅",
    "bo": "李博",
    "dan": "邓丹",
    "lin": "林慧",
    "guo": "郭强",
    "xu": "徐远",
    "approver": "王芸",
    "auditor": "沈明",
    "admin": "方静",
}
PHONES = {COMMUNITY: "+867176551234", OTHER_COMMUNITY: "+867176559876"}


@dataclass(frozen=True)
class Cast:
    """Every person of the cast, by name."""

    chen: Person
    mei: Person
    bo: Person
    dan: Person
    lin: Person
    guo: Person
    xu: Person
    approver: Person
    auditor: Person
    admin: Person

    def actor(self, person: Person) -> Actor:
        """The person with her rights at this instant."""
        actor = actor_of(person.id)
        assert actor is not None
        return actor

    @property
    def elder(self) -> Elder:
        """Aunt Chen as an elder."""
        return database.get_one(Elder, self.chen.id)

    @property
    def volunteer(self) -> Volunteer:
        """Bo as a volunteer."""
        return database.get_one(Volunteer, self.bo.id)

    @property
    def far_volunteer(self) -> Volunteer:
        """Dan as a volunteer."""
        return database.get_one(Volunteer, self.dan.id)


def cast(session: Any) -> Cast:
    """The whole cast in their units, with the default menu and the neutral rules; flushed, not committed.

    Made once for the tests that ask for `cast` (tests/support/databases.py); in an empty database it is made here.
    """
    return _already_there(session) or _made(session)


def _already_there(session: Any) -> Cast | None:
    """The cast that this database was copied with."""
    found = {person.name: person for person in session.scalars(select(Person).where(Person.name.in_(PEOPLE.values())))}
    return Cast(**{who: found[name] for who, name in PEOPLE.items()}) if found else None


def _made(session: Any) -> Cast:
    make_rules()
    for code, name in NAMES:
        make_unit(code=code, name=name, phone=PHONES.get(code, ""))
    chen = make_elder(
        name=PEOPLE["chen"], birth_date=date(1941, 9, 12), phone="+8613800000001", address="5栋2单元301",
        languages=("zh",), emergency_name=PEOPLE["mei"], emergency_phone="+8613800000002",
    )  # fmt: skip
    bo = make_volunteer(
        name=PEOPLE["bo"], phone="+8613800000003", address="5栋2单元302", point=NEXT_DOOR,
        skills=("companionship", "shopping", "walking_escort", "medicine_pickup"),
    )  # fmt: skip
    dan = make_volunteer(name=PEOPLE["dan"], sex="f", phone="+8613800000004", address="沿江大道88号", point=ACROSS_TOWN)
    people = Cast(
        chen=session.get_one(Person, chen.person_id),
        mei=_daughter(chen),
        bo=session.get_one(Person, bo.person_id),
        dan=session.get_one(Person, dan.person_id),
        lin=make_staff(name=PEOPLE["lin"], phone="+8613800000005"),
        guo=make_staff(name=PEOPLE["guo"], role=Role.GRID_WORKER, unit_code=GRID3, phone="+8613800000006", sex="m"),
        xu=make_staff(name=PEOPLE["xu"], unit_code=OTHER_COMMUNITY, phone="+8613800000007", sex="m"),
        approver=make_staff(name=PEOPLE["approver"], phone="+8613800000008"),
        auditor=make_staff(
            name=PEOPLE["auditor"], role=Role.AUDITOR, unit_code=STREET, phone="+8613800000009", sex="m"
        ),
        admin=make_staff(name=PEOPLE["admin"], role=Role.ADMINISTRATOR, unit_code=DISTRICT, phone="+8613800000010"),
    )
    session.flush()
    return people


def _daughter(chen: Elder) -> Person:
    mei = make_person(name=PEOPLE["mei"], phone="+8613800000002", language="en")
    database.add(
        Delegation(
            elder_id=chen.person_id, relative_id=mei.id, relation=Relation.CHILD, consent_how="door",
            recorded_by=chen.person_id, since=clock.now(),
        )
    )  # fmt: skip
    database.flush()
    return mei
