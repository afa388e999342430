"""New minutes for the community fund, month by month: what the listed elders may use of it, within the year's budget.

An elder's seed minutes are a limit on what the fund pays first for her orders, not a posting to her passbook. So the
fund is filled up to what all listed elders together may use, and what was left over from the month before counts.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from app import clock
from app.db import session
from app.ledger.agreeing import agreed, propose
from app.ledger.models import SYSTEM_WORD, Account, AccountKind, Approval, Step, Transfer, TransferKind
from app.ledger.opening import ensure_accounts_for_unit
from app.ledger.posting import Words, transfer
from app.ledger.queries import awaited_credits, community_of, issuance_of
from app.org.models import OrgUnit
from app.people.models import Ability, Elder, Person
from app.rulepacks.queries import setting

OLD, ELDERLY = 80, 60  # years: the classes of Nanjing's rules of 2019


def seed(
    *, uid: str, issuance: str, to: str, minutes: int, approvers: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """New minutes from the issuance's budget, on the word of two people or more (the first proposes)."""
    return agreed(
        uid=uid, kind=TransferKind.SEED, debit=issuance, credit=to, minutes=minutes, people=approvers, memo=memo
    )


def seed_month(unit_code: str, month: date, *, by: str = SYSTEM_WORD) -> Approval | None:
    """The proposal that fills a community's fund for a month; None when it holds enough or the budget is spent.

    Once for each community and month. Proposed by the timetable it needs two people who approve; by a person, one.
    """
    community, first = community_of(unit_code), month.replace(day=1)
    uid = _uid(community, first)
    before = session.scalar(select(Approval).where(Approval.uid == uid, Approval.step == Step.PROPOSE))
    if before is not None:
        return before
    fund = ensure_accounts_for_unit(community, on=first)
    issuance = issuance_of(community, on=first)
    assert issuance is not None
    elders = len(listed_elders(community, first))
    wanted = elders * int(setting(community, "seed_min_per_person_month", on=first))
    wanted += sum(waiting.amount for waiting in awaited_credits(fund_account_id=fund.id))
    minutes = min(wanted - fund.available, issuance.available)
    if minutes <= 0:
        return None
    return propose(
        uid=uid, kind=TransferKind.SEED, debit=issuance.id, credit=fund.id, minutes=minutes, by=by,
        memo=f"{first:%Y-%m}",
    )  # fmt: skip


def months_due() -> list[tuple[str, date]]:
    """The communities with a fund and the month it is there, where nobody has proposed that month's minutes yet."""
    proposed = set(session.scalars(select(Approval.uid).where(Approval.kind == TransferKind.SEED)))
    funds = session.execute(
        select(Account.owner_id, OrgUnit.zone)
        .join(OrgUnit, OrgUnit.code == Account.owner_id)
        .where(Account.kind == AccountKind.COMMUNITY_FUND)
        .order_by(Account.owner_id)
    )
    months = [(code, clock.today(zone).replace(day=1)) for code, zone in funds]
    return [(code, first) for code, first in months if _uid(code, first) not in proposed]


def seeded(unit_code: str, month: date) -> Transfer | None:
    """The month's new minutes, once they were approved."""
    return transfer(_uid(community_of(unit_code), month))


def _uid(community_code: str, month: date) -> str:
    return f"seed:{community_code}:{month:%Y%m}"


def listed_elders(community_code: str, on: date) -> list[str]:
    """Ids of a community's elders with consent who are of a class that the rule pack lists (`seed_classes`)."""
    return listed_with(community_code, on, setting(community_code, "seed_classes", on=on))


def listed_with(community_code: str, on: date, classes: Iterable[str]) -> list[str]:
    """The same for any choice of classes."""
    wanted = frozenset(classes)
    rows = session.execute(
        select(Elder, Person)
        .join(Person, Person.id == Elder.person_id)
        .where(Elder.community_code == community_code, Elder.consent_ended.is_(None))
        .order_by(Elder.person_id)
    )
    return [elder.person_id for elder, person in rows if classes_of(elder, person, on) & wanted]


def is_seeded(elder: Elder, person: Person, today: date) -> bool:
    """Whether she is of a class that the rule pack lists for her community."""
    listed = setting(elder.community_code, "seed_classes", on=today)
    return bool(classes_of(elder, person, today) & set(listed))


def classes_of(elder: Elder, person: Person, today: date) -> frozenset[str]:
    """The classes of the setting `seed_classes` that she is of: living alone or without a child at home from 80 on
    (`alone_80`), or from 60 on with a minimum allowance and a lost or weakened ability (`poor_alone_60`); in extreme
    poverty; of a special family."""
    listed = set(elder.categories)
    found = {"extreme_poverty", "special_family"} & listed
    if listed & {"alone", "empty_nest"} and person.birth_date is not None:
        born = person.birth_date
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        poor_and_weak = "minimum_allowance" in listed and elder.ability != Ability.INTACT
        found |= {"alone_80"} if age >= OLD else set()
        found |= {"poor_alone_60"} if ELDERLY <= age < OLD and poor_and_weak else set()
    return frozenset(found)
