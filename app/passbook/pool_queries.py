"""Reads of families' pools: who is in one, who may be asked, and which pool an elder is served from."""

from dataclasses import dataclass

from sqlalchemy import select

from app.db import session
from app.ledger.models import Account, AccountKind
from app.ledger.queries import find_account
from app.passbook.models import Household, HouseholdMember
from app.passbook.queries import family_of
from app.people.models import Elder, Person


@dataclass(frozen=True)
class Member:
    """One person in a family's pool, or asked to join it."""

    row: HouseholdMember
    person: Person


def rows_of(person_id: str) -> list[tuple[HouseholdMember, Household]]:
    """The pools that a person is in or was asked to join, longest first."""
    rows = session.execute(
        select(HouseholdMember, Household)
        .join(Household, Household.id == HouseholdMember.household_id)
        .where(HouseholdMember.person_id == person_id, HouseholdMember.left_at.is_(None))
        .order_by(HouseholdMember.asked_at, HouseholdMember.id)
    )
    return [(member, household) for member, household in rows]


def members_of(household_id: str, *, asked: bool = False) -> list[Member]:
    """Who is in the pool; with `asked`, also those who have not answered yet."""
    rows = (
        select(HouseholdMember, Person)
        .join(Person, Person.id == HouseholdMember.person_id)
        .where(HouseholdMember.household_id == household_id, HouseholdMember.left_at.is_(None))
        .order_by(HouseholdMember.draws.desc(), HouseholdMember.asked_at, HouseholdMember.id)
    )
    if not asked:
        rows = rows.where(HouseholdMember.agreed_at.is_not(None))
    return [Member(row, person) for row, person in session.execute(rows)]


def is_member(household_id: str, person_id: str) -> bool:
    """Whether the person is in the pool by her own word."""
    return any(member.person.id == person_id for member in members_of(household_id))


def household_of(person_id: str) -> Household | None:
    """The pool that an elder is served from."""
    return session.scalar(
        select(Household)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(
            HouseholdMember.person_id == person_id, HouseholdMember.draws,
            HouseholdMember.agreed_at.is_not(None), HouseholdMember.left_at.is_(None),
        )
    )  # fmt: skip


def pool_account(household: Household) -> Account | None:
    """The account of a family's pool."""
    return find_account(AccountKind.FAMILY_POOL, household.owner)


def pool_of(person_id: str) -> Account | None:
    """The account of the pool that an elder is served from, if she is in one."""
    household = household_of(person_id)
    return pool_account(household) if household is not None else None


def may_be_asked(household: Household, by: str) -> list[tuple[Person, bool]]:
    """Whom a member may ask to join, with whether she is an elder: her family, and the elders of her family's family
    (a mother asks the father whom the same daughter looks after)."""
    near = set(family_of(by))
    near |= {other for one in near for other in family_of(one)} - {by}
    near -= {member.person.id for member in members_of(household.id, asked=True)}
    people = session.scalars(select(Person).where(Person.id.in_(near), Person.disabled_at.is_(None)))
    elders = set(session.scalars(select(Elder.person_id).where(Elder.person_id.in_(near))))
    return [(one, one.id in elders) for one in sorted(people, key=lambda one: (one.name, one.id))]
