"""What a person leaves when she goes."""

from collections.abc import Sequence

from app.ledger.agreeing import agreed
from app.ledger.models import Transfer, TransferKind
from app.ledger.posting import Words


def settle(
    *, uid: str, of: str, to: str, minutes: int, people: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """What a person leaves (on leaving or death) moved to the nominee, the fund or the expiry account, by two."""
    return agreed(uid=uid, kind=TransferKind.SETTLE, debit=of, credit=to, minutes=minutes, people=people, memo=memo)
