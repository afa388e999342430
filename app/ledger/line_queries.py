"""Reading an account line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from app.access.actor import Actor
from app.db import session
from app.errors import NotFound
from app.ledger.models import Account, AccountKind, Memo, Phase, Transfer, TransferKind
from app.ledger.queries import PAGE_LINES, Balance, balance_of, has_moved, visible_account
from app.people.models import Person


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
    if row is None or account.id not in (row.debit_account_id, row.credit_account_id) or not has_moved(row.phase):
        raise NotFound
    return _lines(account, before=row.seq + 1, limit=1)[0]


def lines_between(actor: Actor, account: Account, *, since: int, until: int) -> tuple[int, list[Line]]:
    """What was stored after the line `since` of the book, and the lines after it up to `until`, oldest first."""
    visible_account(actor, account.id)
    rows: list[Transfer] = []
    for touching in _touches(account.id):
        rows += session.scalars(touching.where(Transfer.seq > since, Transfer.seq <= until))
    lines = _with_balances(account, sorted(rows, key=lambda row: row.seq, reverse=True))
    return _balance_at(account, since), lines[::-1]


def found_lines(
    actor: Actor, account: Account, *, words: str, item_codes: Sequence[str], before: int | None = None
) -> Statement:
    """The lines that say these words, or are about one of these items or somebody of this name, newest first."""
    visible_account(actor, account.id)
    says = Memo.text.contains(words, autoescape=True) | Memo.item_code.in_(item_codes)
    named = select(Person.id).where(Person.name.contains(words, autoescape=True))
    by_name = select(Account.id).where(Account.owner_id.in_(named))
    rows: list[Transfer] = []
    for touching in _touches(account.id):
        query = touching.join(Memo, Memo.uid == Transfer.uid, isouter=True).where(
            says | Memo.elder_id.in_(named) | Transfer.debit_account_id.in_(by_name)
            & (Transfer.debit_account_id != account.id) | Transfer.credit_account_id.in_(by_name)
            & (Transfer.credit_account_id != account.id)
        )  # fmt: skip
        if before is not None:
            query = query.where(Transfer.seq < before)
        rows += session.scalars(query.order_by(Transfer.seq.desc()).limit(PAGE_LINES + 1))
    rows = sorted(rows, key=lambda row: row.seq, reverse=True)
    shown = [found for row in rows[:PAGE_LINES] for found in _with_balances(account, [row])]
    more = len(rows) > PAGE_LINES
    return Statement(account, balance_of(account), shown, shown[-1].seq if more else None)


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
