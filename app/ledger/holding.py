"""An order's way: minutes held, then posted or given back."""

from collections.abc import Sequence
from datetime import datetime

from app.errors import NotFound
from app.ledger.crediting import store_within_cap
from app.ledger.errors import AccountNotOpen, NotEnoughMinutes, UidReused
from app.ledger.models import Phase, Transfer, TransferKind
from app.ledger.opening import clearing_of
from app.ledger.posting import Leg, Words, done_before, store, transfer
from app.ledger.queries import overdue_holds


def hold(
    *, uid: str, payer: str, minutes: int, expires_at: datetime, memo: Words | str | None = None, by: str | None = None
) -> Transfer:
    """Minutes kept for an order. NotEnoughMinutes when the payer cannot."""
    leg = Leg(
        uid=uid, kind=TransferKind.SERVICE, phase=Phase.HOLD, debit_id=payer, credit_id=clearing_of(payer),
        amount=minutes, expires_at=expires_at, made_by_id=by,
    )  # fmt: skip
    return store(leg, memo)


def hold_from_first(
    *,
    uid: str,
    payers: Sequence[str],
    minutes: int,
    expires_at: datetime,
    memo: Words | str | None = None,
    by: str | None = None,
) -> Transfer | None:
    """Minutes kept from the first payer that can give them all; None when no one can: the order stands without."""
    before = transfer(uid)
    if before is not None:
        if (before.phase, before.amount) != (Phase.HOLD, minutes) or before.debit_account_id not in payers:
            raise UidReused
        return before
    for payer in payers:
        try:
            return hold(uid=uid, payer=payer, minutes=minutes, expires_at=expires_at, memo=memo, by=by)
        except (NotEnoughMinutes, AccountNotOpen):
            continue
    return None


def post(
    *, hold_uid: str, uid: str, payee: str, minutes: int, memo: Words | str | None = None, by: str | None = None
) -> Transfer:
    """Held minutes given to the volunteer; what is left of the hold goes back to the payer.

    What the payee cannot store any more (cap) she gives to her community fund in the same act, as her donation.
    """
    kept = the_hold(hold_uid)
    leg = Leg(
        uid=uid, kind=TransferKind.SERVICE, phase=Phase.POST, debit_id=kept.debit_account_id, credit_id=payee,
        amount=minutes, hold_uid=hold_uid, made_by_id=by,
    )  # fmt: skip
    return done_before(leg) or store_within_cap(leg, memo)


def void(*, hold_uid: str, uid: str, by: str | None = None) -> Transfer:
    """The whole hold given back to the payer."""
    kept = the_hold(hold_uid)
    return store(
        Leg(
            uid=uid,
            kind=TransferKind.SERVICE,
            phase=Phase.VOID,
            debit_id=kept.debit_account_id,
            credit_id=kept.credit_account_id,
            amount=kept.amount,
            hold_uid=hold_uid,
            made_by_id=by,
        )
    )


def void_overdue(*, at: datetime) -> list[Transfer]:
    """Every hold that ran out before `at`, given back."""
    return [void(hold_uid=uid, uid=f"{uid}:void") for uid in overdue_holds(at)]


def the_hold(uid: str) -> Transfer:
    row = transfer(uid)
    if row is None or row.phase != Phase.HOLD:
        raise NotFound
    return row
