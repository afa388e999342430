"""Reading the time bank: whose account, how much is there, and line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Exists, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.scope import condition
from app.db import session
from app.errors import NotFound
from app.ledger.models import (
    Account,
    AccountKind,
    Approval,
    AwaitedCredit,
    CheckMark,
    Ledger,
    Memo,
    Phase,
    Step,
    Transfer,
    TransferKind,
    Unit,
    approvers_needed,
)
from app.org.models import OrgClosure, OrgUnit, UnitLevel
from app.people.models import Person

PAGE_LINES = 30


# Whose account ------------------------------------------------------------------------------------------------------


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


def fund_of(unit_code: str) -> Account | None:
    """The community fund that stands behind a unit, if it was opened."""
    return find_account(AccountKind.COMMUNITY_FUND, community_of(unit_code))


def accounts_in(actor: Actor) -> Select[Account]:
    """The accounts that the actor may see: those of people she may see, and those of her units."""
    if actor.is_system:
        return select(Account)
    people = select(Person.id).where(condition(Person, actor))
    units = select(OrgUnit.code).where(condition(OrgUnit, actor))
    return select(Account).where(
        or_(
            and_(Account.kind == AccountKind.PERSON, Account.owner_id.in_(people)),
            and_(Account.kind != AccountKind.PERSON, Account.owner_id.in_(units)),
        )
    )


# How much -----------------------------------------------------------------------------------------------------------


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
            AwaitedCredit.payee_account_id == account.id, ~_paid()
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


def _paid() -> Exists:
    return exists().where(Transfer.uid == AwaitedCredit.uid)


def awaited_credits(*, payee_account_id: str | None = None, fund_account_id: str | None = None) -> list[AwaitedCredit]:
    """Earned and not yet paid (待存入), oldest first, of one payee or one fund or all."""
    query = select(AwaitedCredit).where(~_paid()).order_by(AwaitedCredit.created_at, AwaitedCredit.uid)
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


# Line by line -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of a passbook: `change` is signed, `balance` is what was stored after it."""

    uid: str
    seq: int
    at: datetime
    kind: TransferKind
    change: int
    balance: int
    other_owner_id: str
    other_kind: AccountKind
    text: str
    item_code: str | None
    visit_id: str | None
    elder_id: str | None
    reverses_uid: str | None
    reversed_by_uid: str | None

    @property
    def is_in(self) -> bool:
        return self.change > 0

    @property
    def minutes(self) -> int:
        return abs(self.change)


@dataclass(frozen=True)
class Statement:
    """A page of a passbook, newest first. `before` is the seq that asks for the next, older page; None at the end."""

    account: Account
    balance: Balance
    lines: list[Line]
    before: int | None


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


def statement(actor: Actor, account: Account, *, before: int | None = None, lines: int = PAGE_LINES) -> Statement:
    """The passbook from the newest line (or the one before `before`) backwards, with the running balance."""
    visible_account(actor, account.id)
    page = _lines(account, before=before, limit=lines + 1)
    more = len(page) > lines
    page = page[:lines]
    return Statement(account, balance_of(account), page, page[-1].seq if more else None)


def all_lines(actor: Actor, account: Account) -> list[Line]:
    """The whole passbook, newest first."""
    visible_account(actor, account.id)
    return _lines(account)


def line(actor: Actor, account: Account, uid: str) -> Line:
    """One line of a passbook. NotFound when the transfer does not touch it."""
    visible_account(actor, account.id)
    row = session.get(Transfer, uid)
    if row is None or account.id not in (row.debit_account_id, row.credit_account_id) or not _moved(row.phase):
        raise NotFound
    return _lines(account, before=row.seq + 1, limit=1)[0]


def _moved(phase: str) -> bool:
    return phase in (Phase.SINGLE, Phase.POST)


def _touches(account_id: str) -> Iterator[Select[Transfer]]:
    for side in (Transfer.debit_account_id, Transfer.credit_account_id):
        yield select(Transfer).where(side == account_id, Transfer.phase.in_((Phase.SINGLE, Phase.POST)))


def _lines(account: Account, *, before: int | None = None, limit: int | None = None) -> list[Line]:
    rows: list[Transfer] = []
    for touching in _touches(account.id):  # two index walks instead of one OR: a passbook opens in milliseconds
        query = touching.where(Transfer.seq < before) if before is not None else touching
        rows += session.scalars(query.order_by(Transfer.seq.desc()).limit(limit))
    rows = sorted(rows, key=lambda row: row.seq, reverse=True)[:limit]
    return _with_balances(account, rows)


def _balance_at(account: Account, seq: int) -> int:
    """What was stored right after transfer `seq`: today's balance less everything newer."""
    newer = 0
    for sign, side in ((-1, Transfer.debit_account_id), (1, Transfer.credit_account_id)):
        moved = session.scalar(
            select(func.coalesce(func.sum(Transfer.amount), 0)).where(
                side == account.id, Transfer.seq > seq, Transfer.phase.in_((Phase.SINGLE, Phase.POST))
            )
        )
        newer += sign * int(moved or 0)
    return account.posted - newer


def _with_balances(account: Account, rows: list[Transfer]) -> list[Line]:
    if not rows:
        return []
    uids = [row.uid for row in rows]
    memos = {memo.uid: memo for memo in session.scalars(select(Memo).where(Memo.uid.in_(uids)))}
    reversals = dict(
        session.execute(select(Transfer.reverses_uid, Transfer.uid).where(Transfer.reverses_uid.in_(uids))).all()
    )
    others = {row.credit_account_id if row.debit_account_id == account.id else row.debit_account_id for row in rows}
    owners = {a.id: a for a in session.scalars(select(Account).where(Account.id.in_(others)))}
    stored, lines = _balance_at(account, rows[0].seq), []
    for row in rows:
        spent = row.debit_account_id == account.id
        other = owners[row.credit_account_id if spent else row.debit_account_id]
        memo = memos.get(row.uid) or Memo(uid=row.uid, text="")
        change = -row.amount if spent else row.amount
        lines.append(
            Line(
                row.uid, row.seq, row.created_at, TransferKind(row.kind), change, stored, other.owner_id,
                AccountKind(other.kind), memo.text, memo.item_code, memo.visit_id, memo.elder_id, row.reverses_uid,
                reversals.get(row.uid),
            )
        )  # fmt: skip
        stored -= change
    return lines


# For coordinators ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrialRow:
    """All accounts of one kind together."""

    kind: AccountKind
    accounts: int
    posted: int
    held: int


def trial_balance(ledger_id: str, *, unit: Unit = Unit.MINUTE) -> list[TrialRow]:
    """Balances by kind of account; `posted` sums to zero over the rows."""
    rows = session.execute(
        select(Account.kind, func.count(), func.sum(Account.posted), func.sum(Account.held))
        .where(Account.ledger_id == ledger_id, Account.unit == unit)
        .group_by(Account.kind)
    )
    order = list(AccountKind)
    found = [TrialRow(AccountKind(kind), count, int(posted), int(held)) for kind, count, posted, held in rows]
    return sorted(found, key=lambda row: order.index(row.kind))


def funds(actor: Actor) -> list[Account]:
    """The community and charity funds and the issuance accounts of the actor's units."""
    kinds = (AccountKind.COMMUNITY_FUND, AccountKind.CHARITY_FUND, AccountKind.ISSUANCE)
    query = accounts_in(actor).where(Account.kind.in_(kinds), Account.unit == Unit.MINUTE)
    return list(session.scalars(query.order_by(Account.owner_id, Account.kind, Account.label)))


@dataclass(frozen=True)
class Pending:
    """A proposal that waits for somebody's word."""

    proposal: Approval
    approved_by: list[str]
    words: str

    @property
    def needed(self) -> int:
        """How many more people must approve."""
        return approvers_needed(self.proposal.kind, self.proposal.person_id) - len(self.approved_by)

    def open_to(self, person_id: str | None) -> bool:
        """Whether this person may still give her word."""
        return person_id not in (self.proposal.person_id, *self.approved_by)


def pending_proposals(actor: Actor) -> list[Pending]:
    """Proposals on accounts that the actor may see, neither done nor refused, oldest first."""
    refused = aliased(Approval)
    seen = accounts_in(actor).with_only_columns(Account.id)
    query = (
        select(Approval)
        .where(Approval.step == Step.PROPOSE)
        .where(~exists().where(Transfer.uid == Approval.uid))
        .where(~exists().where(refused.uid == Approval.uid, refused.step == Step.REFUSE))
        .where(or_(Approval.debit_account_id.in_(seen), Approval.credit_account_id.in_(seen)))
        .order_by(Approval.created_at)
    )
    return [pending(row) for row in session.scalars(query).all()]


def pending(proposal: Approval) -> Pending:
    """The proposal with those who approved it so far and its words."""
    said = session.scalars(
        select(Approval.person_id).where(Approval.uid == proposal.uid, Approval.step == Step.APPROVE)
    ).all()
    memo = session.get(Memo, proposal.uid)
    return Pending(proposal, list(said), memo.text if memo else "")


@dataclass(frozen=True)
class Movement:
    """One posted transfer as the coordinator sees it, with both owners."""

    transfer: Transfer
    debit: Account
    credit: Account
    memo: Memo | None
    reversed_by_uid: str | None

    @property
    def can_be_reversed(self) -> bool:
        return self.reversed_by_uid is None and self.transfer.kind != TransferKind.REVERSAL


def movements(actor: Actor, *, before: int | None = None, limit: int = PAGE_LINES) -> list[Movement]:
    """The newest posted transfers that touch an account the actor may see."""
    seen = accounts_in(actor).with_only_columns(Account.id)
    query = select(Transfer).where(
        Transfer.phase.in_((Phase.SINGLE, Phase.POST)),
        or_(Transfer.debit_account_id.in_(seen), Transfer.credit_account_id.in_(seen)),
    )
    if before is not None:
        query = query.where(Transfer.seq < before)
    return _movements(session.scalars(query.order_by(Transfer.seq.desc()).limit(limit)).all())


def movement(actor: Actor, uid: str) -> Movement:
    """One posted transfer. NotFound when it is not there or touches nothing the actor may see."""
    row = session.get(Transfer, uid)
    if row is None or not _moved(row.phase):
        raise NotFound
    sides = (row.debit_account_id, row.credit_account_id)
    if session.scalar(accounts_in(actor).where(Account.id.in_(sides)).limit(1)) is None:
        raise NotFound
    return _movements([row])[0]


def _movements(rows: Sequence[Transfer]) -> list[Movement]:
    """The transfers with their sides, words and corrections, in a fixed number of statements."""
    uids = [row.uid for row in rows]
    keys = {key for row in rows for key in (row.debit_account_id, row.credit_account_id)}
    sides = {side.id: side for side in session.scalars(select(Account).where(Account.id.in_(keys)))}
    memos = {memo.uid: memo for memo in session.scalars(select(Memo).where(Memo.uid.in_(uids)))}
    undone = dict(
        session.execute(select(Transfer.reverses_uid, Transfer.uid).where(Transfer.reverses_uid.in_(uids))).all()
    )
    return [
        Movement(row, sides[row.debit_account_id], sides[row.credit_account_id], memos.get(row.uid),
                 undone.get(row.uid))
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """One credit that was earned and waits for the fund (待存入)."""

    credit: AwaitedCredit
    person_id: str
    name: str
    item_code: str | None


def waiting_credits(actor: Actor) -> list[Waiting]:
    """The credits that wait for funds the actor may see, in the order they will be paid in."""
    rows = session.execute(
        select(AwaitedCredit, Person.id, Person.name, Memo.item_code)
        .join(Account, Account.id == AwaitedCredit.payee_account_id)
        .join(Person, Person.id == Account.owner_id)
        .outerjoin(Memo, Memo.uid == AwaitedCredit.uid)
        .where(~_paid(), AwaitedCredit.fund_account_id.in_(accounts_in(actor).with_only_columns(Account.id)))
        .order_by(AwaitedCredit.created_at, AwaitedCredit.uid)
    )
    return [Waiting(*row) for row in rows]


def free_reversal_uid(of: str) -> str:
    """The uid of the next correction of a line: the first one, or one more for each that was refused."""
    refused = session.scalar(select(func.count()).where(Approval.step == Step.REFUSE, Approval.reverses_uid == of))
    return f"{of}:reversal" + (f":{refused + 1}" if refused else "")


def names_of(owner_ids: set[str]) -> dict[str, str]:
    """Names of people and units by owner id; those that are gone or are neither are left out."""
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(owner_ids))).all()
    units = session.execute(select(OrgUnit.code, OrgUnit.name).where(OrgUnit.code.in_(owner_ids))).all()
    return {**dict(units), **dict(people)}


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


def passbooks(actor: Actor, words: str = "") -> Select[Account, Person]:
    """`SELECT` of (account, person) of the people whom the actor may see, by name; `words` is part of a name."""
    query = (
        select(Account, Person)
        .join(Person, Person.id == Account.owner_id)
        .where(Account.kind == AccountKind.PERSON, Account.unit == Unit.MINUTE, condition(Person, actor))
        .order_by(Person.name, Account.id)
    )
    return query.where(Person.name.contains(words, autoescape=True)) if words else query
