"""What a person leaves when she goes, or dies: to one place as far as it fits there, on the word of two people."""

from collections.abc import Sequence

from app.ledger.agreeing import agreed, propose
from app.ledger.errors import CapReached, KeptForOrders, NothingStored
from app.ledger.limits import room_of
from app.ledger.models import Approval, Transfer, TransferKind
from app.ledger.posting import Words, account, lock


def propose_settlement(*, uid: str, of: str, to: str, by: str, memo: Words | str | None = None) -> Approval:
    """The proposal to move everything on a person's account to the nominee, the fund or the expiry account.

    Where less fits on the nominee's passbook, it is as much as fits, and the rest is settled elsewhere by another
    proposal; CapReached where nothing fits. KeptForOrders while orders hold some of it: they are called off first.
    """
    lock(account(of).ledger_id)
    row = account(of)
    if row.held:
        raise KeptForOrders(held=row.held)
    if row.posted <= 0:
        raise NothingStored
    room = room_of(account(to))
    if room == 0:
        raise CapReached(room=0)
    minutes = row.posted if room is None else min(row.posted, room)
    return propose(uid=uid, kind=TransferKind.SETTLE, debit=of, credit=to, minutes=minutes, by=by, memo=memo)


def settle(
    *, uid: str, of: str, to: str, minutes: int, people: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """What a person leaves (on leaving or death) moved to the nominee, the fund or the expiry account, by two."""
    return agreed(uid=uid, kind=TransferKind.SETTLE, debit=of, credit=to, minutes=minutes, people=people, memo=memo)
