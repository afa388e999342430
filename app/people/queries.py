"""Reads of people: who they are, who answers for whom, and the lists of the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select

from app import clock
from app.access.actor import Actor
from app.access.scope import condition, get_visible, works_in
from app.db import session
from app.errors import NotFound
from app.org.models import OrgClosure, OrgUnit
from app.org.queries import ancestors, community_of
from app.people.models import (
    Delegation,
    Duty,
    Elder,
    Membership,
    Person,
    Responsible,
    Role,
    Team,
    TeamMember,
    Volunteer,
    VolunteerSkill,
    VolunteerState,
)  # fmt: skip
from app.rulepacks.queries import setting

MOST_FOUND = 20
WITH_GUARDIAN = "guardian_or_group"  # the value of minor_rule by which a minor may visit, beside a guardian
GONE = (VolunteerState.REFUSED, VolunteerState.LEFT)
TAIL_DIGITS = 3  # of a phone: fewer would find everybody


def person(person_id: str) -> Person:
    """The person with this id; NotFound when there is none."""
    return _got(Person, person_id)


def elder(person_id: str) -> Elder:
    """The elder with this person id; NotFound when there is none."""
    return _got(Elder, person_id)


def volunteer(person_id: str) -> Volunteer:
    """The volunteer with this person id; NotFound when there is none."""
    return _got(Volunteer, person_id)


def _got(model: Any, key: str) -> Any:
    row = session.get(model, key)
    if row is None:
        raise NotFound
    return row


# Who answers ---------------------------------------------------------------------------------------------------------


def staff_of(unit_code: str, role: Role) -> list[Person]:
    """The people who hold the role in this very unit and may sign in, longest first."""
    held = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.unit_code == unit_code, Membership.role == role, Person.disabled_at.is_(None))
        .order_by(Membership.since, Membership.id)
    )
    return list(session.scalars(held))


def responsible_staff(unit_code: str, role: Role) -> list[Person]:
    """The people who hold the role at the nearest unit upwards from here that has any; empty when nobody does."""
    for unit in ancestors(unit_code):
        found = staff_of(unit.code, role)
        if found:
            return found
    return []


def relatives_of(elder_id: str) -> list[Person]:
    """The relatives who may act for the elder now, longest bound first."""
    bound = (
        select(Person)
        .join(Delegation, Delegation.relative_id == Person.id)
        .where(Delegation.elder_id == elder_id, Delegation.ended_at.is_(None))
        .order_by(Delegation.since)
    )
    return list(session.scalars(bound))


@dataclass(frozen=True)
class Link:
    """One link of the chain of people who answer for an elder. `row_id` where it was written down for her alone."""

    duty: Duty
    name: str
    phone: str
    person_id: str | None = None
    row_id: int | None = None


def chain_of(elder_id: str) -> list[Link]:
    """Everybody who answers for the elder: her supporters first, then the staff of her grid and community."""
    home = person(elder_id).unit_code
    rows = session.scalars(select(Responsible).where(Responsible.elder_id == elder_id).order_by(Responsible.id))
    links = [Link(Duty(row.duty), row.name, row.phone, row.person_id, row.id) for row in rows]
    named = {(link.duty, link.person_id) for link in links}
    for duty, role in ((Duty.GRID_WORKER, Role.GRID_WORKER), (Duty.COMMUNITY_WORKER, Role.COORDINATOR)):
        staff = [one for one in responsible_staff(home, role) if (duty, one.id) not in named]
        links += [Link(duty, one.name, one.phone, one.id) for one in staff]
    return sorted(links, key=lambda link: list(Duty).index(link.duty))


# Elders --------------------------------------------------------------------------------------------------------------


def elder_for(actor: Actor, elder_id: str, *roles: Role) -> tuple[Elder, Person]:
    """An elder in whose unit the actor holds one of `roles`, and her person; NotFound otherwise."""
    elder, home = get_visible(Elder, elder_id, actor), person(elder_id)
    if not works_in(actor, home.unit_code, *roles):
        raise NotFound
    return elder, home


def elders_in(actor: Actor, words: str = "", *, unit_code: str | None = None) -> Any:
    """`SELECT` of (Elder, Person) that the actor may see, by grid and name; `words` as in `find_elders`."""
    query = (
        select(Elder, Person)
        .join(Person, Person.id == Elder.person_id)
        .where(condition(Elder, actor))
        .order_by(Person.unit_code, Person.name, Person.id)
    )
    if unit_code:
        query = query.where(Person.unit_code.in_(_inside(unit_code)))
    return query.where(_said(words, _initials(actor, words, Elder))) if words else query


def find_elders(actor: Actor, words: str, *, limit: int = MOST_FOUND) -> list[tuple[Elder, Person]]:
    """Elders whom the actor may see, by name, its pinyin initials (wxf for 王秀芳), part of the address, the last
    digits of the phone (at least three), or the key of the file they came from."""
    if not words.strip():
        return []
    return [(row[0], row[1]) for row in session.execute(elders_in(actor, words).limit(limit))]


def _inside(unit_code: str) -> Select[str]:
    return select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == unit_code)


def _said(words: str, ids: Iterable[str]) -> Any:
    text = words.strip()
    plain = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    ways: list[Any] = [Person.name.ilike(f"%{plain}%", escape="\\"), Person.address.ilike(f"%{plain}%", escape="\\")]
    digits = "".join(c for c in text if c.isascii() and c.isdigit())
    if len(digits) >= TAIL_DIGITS and not any(c.isalpha() for c in text):
        ways.append(Person.phone.endswith(digits))
    return or_(*ways, Person.id.in_(list(ids)))


def _initials(actor: Actor, words: str, model: Any) -> list[str]:
    """Ids of the visible people whose name begins with these pinyin initials (or whole syllables)."""
    letters = "".join(words.split()).lower()
    if not letters.isascii() or not letters.isalpha():
        return []
    named = session.execute(
        select(Person.id, Person.name).join(model, model.person_id == Person.id).where(condition(model, actor))
    )
    return [key for key, name in named if _sounds_like(name, letters)]


def _sounds_like(name: str, letters: str) -> bool:
    from pypinyin import Style, lazy_pinyin  # its table of readings takes a while to load

    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    whole = "".join(lazy_pinyin(name)).lower()
    return initials.startswith(letters) or whole.startswith(letters)


# Volunteers ----------------------------------------------------------------------------------------------------------


def volunteer_for(actor: Actor, volunteer_id: str) -> tuple[Volunteer, Person]:
    """A volunteer whom the actor may see, and her person; NotFound otherwise."""
    return get_visible(Volunteer, volunteer_id, actor), person(volunteer_id)


def volunteers_in(
    actor: Actor, words: str = "", *, state: VolunteerState | None = None, unit_code: str | None = None
) -> Any:
    """`SELECT` of (Volunteer, Person) that the actor may see, by name; `words` as in `find_elders`."""
    query = (
        select(Volunteer, Person)
        .join(Person, Person.id == Volunteer.person_id)
        .where(condition(Volunteer, actor))
        .order_by(Person.name, Person.id)
    )
    if state is not None:
        query = query.where(Volunteer.state == state)
    if unit_code:
        query = query.where(Volunteer.community_code.in_(_inside(unit_code)))
    return query.where(_said(words, _initials(actor, words, Volunteer))) if words else query


def volunteers_here(actor: Actor, unit_code: str) -> list[Person]:
    """Every volunteer of the unit whom the actor may see and who is still with us, by name."""
    rows = session.execute(volunteers_in(actor, unit_code=unit_code))
    return [person for volunteer, person in rows if volunteer.state not in GONE]


def skills_of(volunteer_id: str) -> list[VolunteerSkill]:
    """What a volunteer can do and the papers she has shown, by code."""
    rows = select(VolunteerSkill).where(VolunteerSkill.volunteer_id == volunteer_id).order_by(VolunteerSkill.skill_code)
    return list(session.scalars(rows))


def expired_papers(volunteer: Volunteer, on: date) -> list[str]:
    """Which of vetted, insured, trained do not hold on that day."""
    dated = {"vetted": volunteer.vetted_until, "insured": volunteer.insured_until, "trained": volunteer.trained_until}
    return [name for name, until in dated.items() if until is None or until < on]


# Teams ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TeamLine:
    """One team with its leader and how many it has."""

    team: Team
    unit: OrgUnit
    leader: Person | None
    members: list[Person]


def teams_for(actor: Actor, words: str = "") -> Select[Team]:
    """`SELECT` of the teams of the actor's units, by community and name; `words` are part of the name."""
    query = select(Team).where(condition(Team, actor)).order_by(Team.unit_code, Team.name, Team.id)
    return query.where(Team.name.contains(words, autoescape=True)) if words else query


def team_line(team: Team) -> TeamLine:
    """A team with its leader and members."""
    members = session.scalars(
        select(Person)
        .join(TeamMember, TeamMember.volunteer_id == Person.id)
        .where(TeamMember.team_id == team.id)
        .order_by(Person.name, Person.id)
    )
    leader = session.get(Person, team.leader_id) if team.leader_id else None
    unit = session.get(OrgUnit, team.unit_code)
    assert unit is not None, "the foreign key holds it"
    return TeamLine(team, unit, leader, list(members))


def teams_of(volunteer_id: str) -> list[Team]:
    """The teams that a volunteer is in, by name."""
    rows = select(Team).join(TeamMember, TeamMember.team_id == Team.id).where(TeamMember.volunteer_id == volunteer_id)
    return list(session.scalars(rows.order_by(Team.name)))


# Files ---------------------------------------------------------------------------------------------------------------


def elder_by_code(unit_code: str, code: str) -> list[Elder]:
    """The elders in the unit's subtree whom files know by this key; one within a community, more above it."""
    rows = select(Elder).where(Elder.code == code, Elder.community_code.in_(_around(unit_code)))
    return list(session.scalars(rows.order_by(Elder.community_code)))


def volunteer_by_code(community_code: str, code: str) -> Volunteer | None:
    """The volunteer of the community whom files know by this key."""
    return session.scalars(
        select(Volunteer).where(Volunteer.community_code == community_code, Volunteer.code == code)
    ).one_or_none()


def _around(unit_code: str) -> Select[str]:
    """The communities in the unit's subtree; a grid's own community where the unit is a grid."""
    at = ancestors(unit_code)[0]
    return _inside(community_of(unit_code).code if at.level == "grid" else unit_code)


def today_of(unit_code: str) -> date:
    """The civil day in the unit at this instant."""
    return clock.today(ancestors(unit_code)[0].zone)


def minors_may_come(unit_code: str) -> bool:
    """Whether the rules of the unit let a minor visit homes beside a guardian."""
    return bool(setting(unit_code, "minor_rule", on=today_of(unit_code)) == WITH_GUARDIAN)
