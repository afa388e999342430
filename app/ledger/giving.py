"""What an owner gives away."""

from app.ledger.crediting import fund_was_filled
from app.ledger.models import Transfer, TransferKind
from app.ledger.posting import Leg, Words, store


def donate(
    *, uid: str, giver: str, fund: str, minutes: int, by: str | None, memo: Words | str | None = None
) -> Transfer:
    """Stored minutes given to a fund; the credits that waited for the fund are paid with them."""
    leg = Leg(uid=uid, kind=TransferKind.DONATE, debit_id=giver, credit_id=fund, amount=minutes, made_by_id=by)
    done = store(leg, memo)
    fund_was_filled(fund)
    return done
