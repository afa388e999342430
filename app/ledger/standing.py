"""Freezing, opening again and closing an account."""

from sqlalchemy import select

from app import clock
from app.audit.service import record
from app.db import session
from app.ledger.crediting import fund_was_filled, pay_awaited
from app.ledger.errors import AccountNotEmpty, AccountNotOpen
from app.ledger.models import Standing, State
from app.ledger.posting import account, lock
from app.ledger.queries import awaited_credits, place_of


def freeze(*, account_id: str, by: str | None, reason: str) -> Standing:
    """The account takes voids and adjustments only, until it is opened again. Freezing twice is freezing once."""
    return _set_state(account_id, State.FROZEN, by, reason)


def unfreeze(*, account_id: str, by: str | None, reason: str) -> Standing:
    """The account takes everything again, and gets what waited for it."""
    opened = _set_state(account_id, State.OPEN, by, reason)
    fund_was_filled(account_id)
    for fund in sorted({waiting.fund_account_id for waiting in awaited_credits(payee_account_id=account_id)}):
        pay_awaited(fund)
    return opened


def close(*, account_id: str, by: str | None, reason: str) -> Standing:
    """The account, empty and without holds, takes nothing any more."""
    row = account(account_id)
    lock(row.ledger_id)
    row = account(account_id)
    if row.posted or row.held:
        raise AccountNotEmpty
    return _set_state(account_id, State.CLOSED, by, reason)


def _set_state(account_id: str, state: State, by: str | None, reason: str) -> Standing:
    row = account(account_id)
    lock(row.ledger_id)
    last = session.scalar(
        select(Standing).where(Standing.account_id == account_id).order_by(Standing.nr.desc()).limit(1)
    )
    if last is not None and last.state == state:
        return last
    if last is not None and last.state == State.CLOSED:
        raise AccountNotOpen
    if last is None and state is State.OPEN:
        return Standing(account_id=account_id, nr=0, state=str(state), reason="", created_at=row.opened_at)
    new = Standing(
        account_id=account_id, nr=(last.nr if last else 0) + 1, state=str(state), reason=reason, set_by_id=by,
        created_at=clock.now(),
    )  # fmt: skip
    session.add(new)
    record(by, f"account.{state}", f"account:{account_id}", unit_code=place_of(row))
    session.flush()
    return new
