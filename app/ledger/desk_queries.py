"""What coordinators see of the time bank: funds, proposals, movements, credits that wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
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
    Memo,
    Phase,
    Step,
    Transfer,
    TransferKind,
    Unit,
    approvers_needed,
)
from app.ledger.queries import PAGE_LINES, accounts_in, has_moved, is_paid
from app.people.models import Person


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


def open_proposals(actor: Actor, words: str = "") -> Select[Approval]:
    """`SELECT` of the proposals on accounts that the actor may see, neither done nor refused, oldest first.

    `words` is part of a name on either side, of who proposed, or of the reason.
    """
    refused = aliased(Approval)
    seen = accounts_in(actor).with_only_columns(Account.id)
    query = (
        select(Approval)
        .where(Approval.step == Step.PROPOSE)
        .where(~exists().where(Transfer.uid == Approval.uid))
        .where(~exists().where(refused.uid == Approval.uid, refused.step == Step.REFUSE))
        .where(or_(Approval.debit_account_id.in_(seen), Approval.credit_account_id.in_(seen)))
        .order_by(Approval.created_at, Approval.uid)
    )
    return query.where(_speaks_of(words)) if words else query


def count_open_proposals(actor: Actor) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).select_from(open_proposals(actor).order_by(None).subquery())) or 0


def _speaks_of(words: str) -> ColumnElement[bool]:
    people = select(Person.id).where(Person.name.contains(words, autoescape=True))
    theirs = select(Account.id).where(Account.owner_id.in_(people))
    said = select(Memo.uid).where(Memo.text.contains(words, autoescape=True))
    return or_(
        Approval.debit_account_id.in_(theirs), Approval.credit_account_id.in_(theirs), Approval.person_id.in_(people),
        Approval.uid.in_(said),
    )  # fmt: skip


def pending_proposals(actor: Actor) -> list[Pending]:
    """All of them, with who approved so far and the words."""
    return with_words(session.scalars(open_proposals(actor)).all())


def with_words(proposals: Sequence[Approval]) -> list[Pending]:
    """Proposals with those who approved them so far and their words, in two statements."""
    uids = [row.uid for row in proposals]
    said: dict[str, list[str]] = {}
    yes = select(Approval).where(Approval.uid.in_(uids), Approval.step == Step.APPROVE).order_by(Approval.created_at)
    for row in session.scalars(yes):
        said.setdefault(row.uid, []).append(row.person_id)
    memos = {memo.uid: memo.text for memo in session.scalars(select(Memo).where(Memo.uid.in_(uids)))}
    return [Pending(row, said.get(row.uid, []), memos.get(row.uid, "")) for row in proposals]


def reversal_waits(of: str) -> bool:
    """Whether a correction of this line waits for a second person."""
    return of in reversals_waiting([of])


def reversals_waiting(of: Sequence[str]) -> set[str]:
    """Those of the lines whose correction waits for a second person."""
    refused = aliased(Approval)
    waits = select(Approval.reverses_uid).where(
        Approval.step == Step.PROPOSE, Approval.reverses_uid.in_(of),
        ~exists().where(Transfer.uid == Approval.uid),
        ~exists().where(refused.uid == Approval.uid, refused.step == Step.REFUSE),
    )  # fmt: skip
    return {uid for uid in session.scalars(waits) if uid is not None}


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
    if row is None or not has_moved(row.phase):
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
        .where(~is_paid(), Account.unit == Unit.MINUTE)
        .where(AwaitedCredit.fund_account_id.in_(accounts_in(actor).with_only_columns(Account.id)))
        .order_by(AwaitedCredit.created_at, AwaitedCredit.uid)
    )
    return [Waiting(*row) for row in rows]


def free_reversal_uid(of: str) -> str:
    """The uid of the next correction of a line: the first one, or one more for each that was refused."""
    refused = session.scalar(select(func.count()).where(Approval.step == Step.REFUSE, Approval.reverses_uid == of))
    return f"{of}:reversal" + (f":{refused + 1}" if refused else "")


def passbooks(actor: Actor, words: str = "") -> Select[Account, Person]:
    """`SELECT` of (account, person) of the people whom the actor may see, by name; `words` is part of a name."""
    query = (
        select(Account, Person)
        .join(Person, Person.id == Account.owner_id)
        .where(Account.kind == AccountKind.PERSON, Account.unit == Unit.MINUTE, condition(Person, actor))
        .order_by(Person.name, Account.id)
    )
    return query.where(Person.name.contains(words, autoescape=True)) if words else query
