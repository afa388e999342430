"""Storing one transfer: lock the book, look whether the act was done before, check politely, add the row.

The database's own guards move the balances and refuse what is wrong; the checks here only say it in a sentence first.
Only the ledger's own services call this.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app import clock
from app.db import session
from app.errors import NotFound
from app.ledger.chain import FIELDS, row_hash
from app.ledger.errors import (
    AccountNotOpen,
    AlreadyReversed,
    CapReached,
    HoldExpired,
    HoldIsOver,
    MoreThanHeld,
    NoSuchDirection,
    NotAWholeNumber,
    NotEnoughMinutes,
    UidReused,
)
from app.ledger.limits import room_of
from app.ledger.models import (
    LARGEST_AMOUNT,
    RULES,
    Account,
    LeafSalt,
    Ledger,
    Memo,
    Phase,
    Standing,
    State,
    Transfer,
    TransferKind,
)

CAPPED = (TransferKind.SEED, TransferKind.ADJUST, TransferKind.SETTLE)
"""Lines that are held to the cap of the rules here. Credits give their surplus to the fund before they come here, gifts
were asked before, and a reversal may pass the cap (limits.py)."""

QUEUES = 4205  # what the advisory locks of the books are called on PostgreSQL: any number that nobody else uses


@dataclass(frozen=True)
class Words:
    """What a line will say: a free text, or the ids of the item, visit and elder it is about."""

    text: str = ""
    item_code: str | None = None
    visit_id: str | None = None
    elder_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One transfer that somebody wants stored."""

    uid: str
    kind: TransferKind
    phase: Phase = Phase.SINGLE
    debit_id: str
    credit_id: str
    amount: int
    hold_uid: str | None = None
    reverses_uid: str | None = None
    link_uid: str | None = None
    expires_at: datetime | None = None
    made_by_id: str | None = None
    agreed_by: str | None = None

    def same_as(self, row: Transfer) -> bool:
        """Whether the stored row is this very act (times and the actor may differ in a repeat)."""
        mine = (self.kind, self.phase, self.debit_id, self.credit_id, self.amount, self.hold_uid, self.reverses_uid)
        return mine == (
            row.kind, row.phase, row.debit_account_id, row.credit_account_id, row.amount, row.hold_uid,
            row.reverses_uid,
        )  # fmt: skip


def lock(ledger_id: str) -> Ledger:
    """The book, ours until the transaction ends: every posting of a ledger stands in this one queue.

    PostgreSQL lets those who wait for a row that was changed meanwhile begin anew, so that one may wait for ever among
    many (30 s of 32 clients); its advisory locks are handed on in the order in which they were asked for. On SQLite the
    write lock was taken at BEGIN, in turn, and FOR UPDATE is nothing.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(QUEUES, func.hashtext(ledger_id))))
    held = session.execute(
        select(Ledger).where(Ledger.id == ledger_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if held is None:
        raise NotFound
    return held


def account(account_id: str) -> Account:
    """The account as it stands now, not as this session saw it before."""
    row = session.get(Account, account_id, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def transfer(uid: str) -> Transfer | None:
    """The transfer of that act, if it was done."""
    return session.get(Transfer, uid)


def state_of(account_id: str) -> State:
    """Open, frozen or closed."""
    last = session.scalar(
        select(Standing.state).where(Standing.account_id == account_id).order_by(Standing.nr.desc()).limit(1)
    )
    return State(last) if last else State.OPEN


def done_before(leg: Leg) -> Transfer | None:
    """The stored row when this act was done before. UidReused when its uid was used for something else."""
    row = transfer(leg.uid)
    if row is not None and not leg.same_as(row):
        raise UidReused
    return row


def store(leg: Leg, words: Words | str | None = None) -> Transfer:
    """The transfer, stored now or already before (a repeat is harmless).

    DomainErrors say why it cannot be; then nothing was written.
    """
    ledger = lock(_ledger_of(leg.debit_id))
    before = done_before(leg)
    if before is not None:
        return before
    debit, credit = _sides(leg)
    _check_direction(leg, debit, credit)
    _check_open(leg)
    _check_limits(leg, debit, credit)
    row = _row(leg, ledger, debit, credit)
    session.add_all([row, LeafSalt(uid=leg.uid, salt=secrets.token_hex(16))])
    remember(leg.uid, words)
    session.flush()
    for moved in (ledger, debit, credit):  # the guard moved them in the database: read again by whoever asks
        session.expire(moved)
    return row


def _ledger_of(account_id: str) -> str:
    """The book that an account has for ever, so that what this session saw before is good enough."""
    row = session.get(Account, account_id)
    if row is None:
        raise NotFound
    return row.ledger_id


def _sides(leg: Leg) -> tuple[Account, Account]:
    """Both accounts as they stand now that the book is ours."""
    wanted = select(Account).where(Account.id.in_((leg.debit_id, leg.credit_id)))
    found = {row.id: row for row in session.scalars(wanted.execution_options(populate_existing=True))}
    if leg.debit_id not in found or leg.credit_id not in found:
        raise NotFound
    return found[leg.debit_id], found[leg.credit_id]


def remember(uid: str, words: Words | str | None) -> None:
    """Keep what the line says, beside the chain."""
    if not words or session.get(Memo, uid) is not None:
        return
    said = Words(text=words) if isinstance(words, str) else words
    session.add(Memo(uid=uid, text=said.text, item_code=said.item_code, visit_id=said.visit_id, elder_id=said.elder_id))


def resolved(hold_uid: str) -> Transfer | None:
    """The post or void that answered the hold, if any."""
    return session.scalar(select(Transfer).where(Transfer.hold_uid == hold_uid))


def instant(ledger: Ledger) -> datetime:
    """Now in whole seconds, but never before the last line of the book: the chain's times do not run backwards."""
    return max(clock.now().replace(microsecond=0), ledger.head_at)


def _check_direction(leg: Leg, debit: Account, credit: Account) -> None:
    whole = isinstance(leg.amount, int) and not isinstance(leg.amount, bool)
    if not whole or not 0 < leg.amount <= LARGEST_AMOUNT:
        raise NotAWholeNumber
    same_book = (debit.ledger_id, debit.unit) == (credit.ledger_id, credit.unit) and debit.id != credit.id
    if not same_book or (leg.kind, leg.phase, debit.kind, credit.kind) not in RULES:
        raise NoSuchDirection


def _check_open(leg: Leg) -> None:
    sides = (leg.debit_id, leg.credit_id)
    rows = session.execute(
        select(Standing.account_id, Standing.state).where(Standing.account_id.in_(sides)).order_by(Standing.nr)
    )
    states = {account_id: State(state) for account_id, state in rows}  # the last word of each counts
    for side in sides:
        state = states.get(side, State.OPEN)
        lets = state is State.FROZEN and (leg.phase is Phase.VOID or leg.kind is TransferKind.ADJUST)
        if state is not State.OPEN and not lets:
            raise AccountNotOpen


def _check_limits(leg: Leg, debit: Account, credit: Account) -> None:
    if leg.hold_uid is not None:
        _check_hold(leg, debit)
    elif debit.available < leg.amount:
        raise NotEnoughMinutes(available=max(debit.available, 0), wanted=leg.amount)
    if leg.reverses_uid is not None and was_reversed(leg.reverses_uid):
        raise AlreadyReversed
    moves = leg.phase in (Phase.SINGLE, Phase.POST)
    room = room_of(credit) if leg.kind in CAPPED else credit.room
    if moves and room is not None and room < leg.amount:
        raise CapReached(room=max(room, 0))


def _check_hold(leg: Leg, debit: Account) -> None:
    hold = transfer(leg.hold_uid or "")
    if hold is None or hold.phase != Phase.HOLD or hold.debit_account_id != debit.id:
        raise NotFound
    if resolved(hold.uid) is not None:
        raise HoldIsOver
    if leg.amount > hold.amount:
        raise MoreThanHeld(held=hold.amount)
    if leg.phase is Phase.POST and hold.expires_at is not None:
        ledger = session.get_one(Ledger, hold.ledger_id)
        if instant(ledger) > hold.expires_at:
            raise HoldExpired


def was_reversed(uid: str) -> Transfer | None:
    """The reversal of that transfer, if any."""
    return session.scalar(select(Transfer).where(Transfer.reverses_uid == uid))


def _row(leg: Leg, ledger: Ledger, debit: Account, credit: Account) -> Transfer:
    now = instant(ledger)
    expires_at = leg.expires_at
    if expires_at is not None:
        expires_at = max(expires_at.replace(microsecond=0), now + timedelta(seconds=1))
    row = Transfer(
        uid=leg.uid, ledger_id=ledger.id, seq=ledger.head_seq + 1, unit=debit.unit, kind=str(leg.kind),
        phase=str(leg.phase),
        debit_account_id=debit.id, debit_kind=debit.kind, credit_account_id=credit.id, credit_kind=credit.kind,
        amount=leg.amount, hold_uid=leg.hold_uid, reverses_uid=leg.reverses_uid, link_uid=leg.link_uid,
        expires_at=expires_at, made_by_id=leg.made_by_id,
        agreed_by=leg.agreed_by, created_at=now, prev_hash=ledger.head_hash,
    )  # fmt: skip
    row.row_hash = row_hash({field: getattr(row, field) for field in FIELDS})
    return row
