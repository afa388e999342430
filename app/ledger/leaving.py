"""What a person leaves when she goes, or dies: all of it, to one place, on the word of two people."""

from collections.abc import Sequence

from app.ledger.agreeing import agreed, propose
from app.ledger.errors import KeptForOrders, NothingStored
from app.ledger.models import Approval, Transfer, TransferKind
from app.ledger.posting import Words, account, lock


def propose_settlement(*, uid: str, of: str, to: str, by: str, memo: Words | str | None = None) -> Approval:
    """The proposal to move everything on a person's account to the nominee, the fund or the expiry account.

    KeptForOrders while orders still hold some of it: they are called off first.
    """
    lock(account(of).ledger_id)
    row = account(of)
    if row.held:
        raise KeptForOrders(held=row.held)
    if row.posted <= 0:
        raise NothingStored
    return propose(uid=uid, kind=TransferKind.SETTLE, debit=of, credit=to, minutes=row.posted, by=by, memo=memo)


def settle(
    *, uid: str, of: str, to: str, minutes: int, people: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """What a person leaves (on leaving or death) moved to the nominee, the fund or the expiry account, by two."""
    return agreed(uid=uid, kind=TransferKind.SETTLE, debit=of, credit=to, minutes=minutes, people=people, memo=memo)
