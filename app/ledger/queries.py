"""Reading the time bank: whose account it is, and how much is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Exists, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.scope import condition
from app.db import session
from app.desk.models import Charity, Shop
from app.errors import NotFound
from app.ledger.models import Account, AccountKind, AwaitedCredit, CheckMark, Ledger, Memo, Phase, Transfer, Unit
from app.org.models import OrgClosure, OrgUnit, UnitLevel
from app.passbook.models import HOUSEHOLD, Household
from app.people.models import Person, Team

PAGE_LINES = 30
OWNERS: dict[str, type[Team] | type[Shop] | type[Charity]] = {"team:": Team, "shop:": Shop, "donor:": Charity}
"""What stands behind an owner's name that is neither a person's nor a unit's."""


def area_of(unit_code: str) -> str:
    """The code of the settlement area of a unit: its city, or the top of its tree where there is no city."""
    above = session.execute(
        select(OrgUnit.code, OrgUnit.level, OrgUnit.parent_code)
        .join(OrgClosure, OrgClosure.ancestor_code == OrgUnit.code)
        .where(OrgClosure.descendant_code == unit_code)
    ).all()
    for wanted in (lambda unit: unit.level == UnitLevel.CITY, lambda unit: unit.parent_code is None):
        for unit in above:
            if wanted(unit):
                return str(unit.code)
    raise NotFound


def community_of(unit_code: str) -> str:
    """The code of the community that a grid (or the community itself) belongs to; a higher unit answers for itself."""
    code = session.scalar(
        select(OrgUnit.code)
        .join(OrgClosure, OrgClosure.ancestor_code == OrgUnit.code)
        .where(OrgClosure.descendant_code == unit_code, OrgUnit.level == UnitLevel.COMMUNITY)
    )
    return code or unit_code


def find_account(kind: AccountKind, owner_id: str, *, unit: Unit = Unit.MINUTE, label: str = "") -> Account | None:
    """That account of that owner, in whatever ledger it was opened first (one passbook for a life)."""
    return session.scalar(
        select(Account)
        .where(Account.kind == kind, Account.owner_id == owner_id, Account.unit == unit, Account.label == label)
        .order_by(Account.opened_at, Account.id)
        .limit(1)
    )


def person_account(person_id: str) -> Account | None:
    """A person's passbook, if it was opened."""
    return find_account(AccountKind.PERSON, person_id)


def place_of(account: Account) -> str | None:
    """The unit where an account's owner is at home: where acts on it belong in the trail. None for what has no home."""
    owner = account.owner_id
    if owner.startswith(f"{HOUSEHOLD}:"):
        return session.scalar(select(Household.unit_code).where(Household.id == owner.removeprefix(f"{HOUSEHOLD}:")))
    for prefix, model in OWNERS.items():
        if owner.startswith(prefix):
            return session.scalar(select(model.unit_code).where(model.id == owner.removeprefix(prefix)))
    person = session.get(Person, owner)
    if person is not None:
        return person.unit_code
    return session.scalar(select(OrgUnit.code).where(OrgUnit.code == owner))


def fund_of(unit_code: str) -> Account | None:
    """The community fund that stands behind a unit, if it was opened."""
    return find_account(AccountKind.COMMUNITY_FUND, community_of(unit_code))


def accounts_in(actor: Actor) -> Select[Account]:
    """The accounts that the actor may see: those of people she may see, and those of her units."""
    if actor.is_system:
        return select(Account)
    people = select(Person.id).where(condition(Person, actor))
    return select(Account).where(
        or_(
            and_(Account.kind == AccountKind.PERSON, Account.owner_id.in_(people)),
            and_(Account.kind != AccountKind.PERSON, or_(*(Account.owner_id.in_(each) for each in _owners(actor)))),
        )
    )


def _owners(actor: Actor) -> Iterator[Select[str]]:
    """The names under which the accounts of the actor's units stand: units, teams, shops, funds with a purpose."""
    yield select(OrgUnit.code).where(condition(OrgUnit, actor))
    for prefix, model in OWNERS.items():
        yield select(literal(prefix).concat(model.id)).where(condition(model, actor))
    yield select(literal(f"{HOUSEHOLD}:").concat(Household.id)).where(condition(Household, actor))


@dataclass(frozen=True)
class Balance:
    """Minutes of one passbook: stored, of these promised to orders, and what can be used; awaited comes on top."""

    stored: int
    held: int
    available: int
    awaited: int


NOTHING = Balance(stored=0, held=0, available=0, awaited=0)


def balance(person_id: str) -> Balance:
    """What a person has; all zero while no account was opened."""
    account = person_account(person_id)
    return balance_of(account) if account else NOTHING


def balance_of(account: Account) -> Balance:
    """What stands on an account, and what waits to be stored on it."""
    awaited = session.scalar(
        select(func.coalesce(func.sum(AwaitedCredit.amount), 0)).where(
            AwaitedCredit.payee_account_id == account.id, ~is_paid()
        )
    )
    return Balance(account.posted, account.held, max(account.available, 0), int(awaited or 0))


def seed_used(person_id: str, *, since: datetime, until: datetime) -> int:
    """Minutes that the community fund has paid or promised for an elder's orders made in [since, until).

    An order counts by the time of its hold; a void hold does not count, a posted one counts what was posted.
    Holds name their elder in the memo (`Words.elder_id`).
    """
    answer = aliased(Transfer)
    rows = session.execute(
        select(Transfer.amount, answer.phase, answer.amount)
        .join(Memo, Memo.uid == Transfer.uid)
        .join(answer, answer.hold_uid == Transfer.uid, isouter=True)
        .where(
            Transfer.phase == Phase.HOLD,
            Transfer.debit_kind == AccountKind.COMMUNITY_FUND,
            Memo.elder_id == person_id,
            Transfer.created_at >= since,
            Transfer.created_at < until,
        )
    )
    return sum(held if phase is None else (posted if phase == Phase.POST else 0) for held, phase, posted in rows)


def is_paid() -> Exists:
    return exists().where(Transfer.uid == AwaitedCredit.uid)


def awaited_credits(*, payee_account_id: str | None = None, fund_account_id: str | None = None) -> list[AwaitedCredit]:
    """Earned and not yet paid (待存入), oldest first, of one payee or one fund or all."""
    query = select(AwaitedCredit).where(~is_paid()).order_by(AwaitedCredit.created_at, AwaitedCredit.uid)
    if payee_account_id is not None:
        query = query.where(AwaitedCredit.payee_account_id == payee_account_id)
    if fund_account_id is not None:
        query = query.where(AwaitedCredit.fund_account_id == fund_account_id)
    return list(session.scalars(query))


def open_holds(account_id: str) -> list[Transfer]:
    """Holds on an account that nothing has resolved yet, oldest first."""
    answer = aliased(Transfer)
    return list(
        session.scalars(
            select(Transfer)
            .where(Transfer.debit_account_id == account_id, Transfer.phase == Phase.HOLD)
            .where(~exists().where(answer.hold_uid == Transfer.uid))
            .order_by(Transfer.seq)
        )
    )


def overdue_holds(at: datetime) -> list[str]:
    """Uids of holds that ran out before `at` and were never resolved."""
    answer = aliased(Transfer)
    return list(
        session.scalars(
            select(Transfer.uid)
            .where(Transfer.phase == Phase.HOLD, Transfer.expires_at < at)
            .where(~exists().where(answer.hold_uid == Transfer.uid))
            .order_by(Transfer.ledger_id, Transfer.seq)
        )
    )


def own_account(actor: Actor, person_id: str) -> Account | None:
    """A person's passbook for somebody who may read it (herself, her relative, staff of her unit); None if unopened."""
    seen = session.scalar(select(Person.id).where(Person.id == person_id, condition(Person, actor)))
    if seen is None:
        raise NotFound
    return person_account(person_id)


def visible_account(actor: Actor, account_id: str) -> Account:
    """The account; NotFound when there is none or it is not the actor's to see."""
    found = session.scalar(accounts_in(actor).where(Account.id == account_id))
    if found is None:
        raise NotFound
    return found


def has_moved(phase: str) -> bool:
    return phase in (Phase.SINGLE, Phase.POST)


def names_of(owner_ids: set[str]) -> dict[str, str]:
    """Names of owners by their ids: people, units, teams, shops, funds; a pool is named by who opened it, and those
    that are gone are left out."""
    found = dict(session.execute(select(OrgUnit.code, OrgUnit.name).where(OrgUnit.code.in_(owner_ids))).all())
    for prefix, model in OWNERS.items():
        ids = {owner.removeprefix(prefix) for owner in owner_ids if owner.startswith(prefix)}
        if ids:
            rows = session.execute(select(model.id, model.name).where(model.id.in_(ids)))
            found |= {f"{prefix}{key}": name for key, name in rows}
    ids = {owner.removeprefix(f"{HOUSEHOLD}:") for owner in owner_ids if owner.startswith(f"{HOUSEHOLD}:")}
    if ids:
        families = select(Household, Person.name).join(Person, Person.id == Household.opened_by)
        found |= {one.owner: name for one, name in session.execute(families.where(Household.id.in_(ids)))}
    return found | dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(owner_ids))).all())


def ledgers() -> list[Ledger]:
    """Every book, by area code."""
    return list(session.scalars(select(Ledger).order_by(Ledger.id)))


def last_check() -> CheckMark | None:
    """The latest verification, for the line "checked today at 3:10"."""
    return session.scalar(select(CheckMark).order_by(CheckMark.at.desc(), CheckMark.id.desc()).limit(1))


def issuance_of(unit_code: str, *, on: date) -> Account | None:
    """The year's issuance account of the community, if it was opened."""
    return find_account(AccountKind.ISSUANCE, community_of(unit_code), label=str(on.year))


def persons(ids: set[str]) -> list[Person]:
    """The people among these owners."""
    return list(session.scalars(select(Person).where(Person.id.in_(ids))))
