"""A credit that nobody can pay yet (待存入), written down so that it is paid in its turn."""

from app import clock
from app.db import session
from app.ledger.models import Account, AwaitedCredit
from app.ledger.posting import Words, remember


def await_credit(*, uid: str, fund: str, payee: Account, amount: int, memo: Words | str | None = None) -> None:
    """The credit waits for the fund under the name that its transfer will have."""
    session.add(
        AwaitedCredit(
            uid=uid, ledger_id=payee.ledger_id, payee_account_id=payee.id, fund_account_id=fund, amount=amount,
            created_at=clock.now(),
        )
    )  # fmt: skip
    remember(uid, memo)
    session.flush()
