"""The ledger's sums, told by plain SQL that shares nothing with the product's own verifier."""

from collections import Counter

from sqlalchemy import text
from sqlalchemy.orm import Session, scoped_session

TRANSFERS = text(
    "SELECT t.ledger_id, t.unit, t.phase, t.debit_account_id, t.credit_account_id, t.amount, h.amount"
    " FROM transfer t LEFT JOIN transfer h ON h.uid = t.hold_uid"
)
BALANCES = text("SELECT id, ledger_id, unit, posted, held FROM account")


def differences(session: Session | scoped_session[Session]) -> list[str]:
    """What does not add up, a sentence each: per ledger the postings sum to 0, each balance equals its fold."""
    posted: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for _, _, phase, debit, credit, amount, hold in session.execute(TRANSFERS):
        if phase == "hold":
            held[debit] += amount
            continue
        if phase in ("post", "void"):
            held[debit] -= hold
        if phase in ("post", "single"):
            posted[debit] -= amount
            posted[credit] += amount
    wrong = []
    sums: Counter[tuple[str, str]] = Counter()
    for account, ledger, unit, is_posted, is_held in session.execute(BALANCES):
        sums[ledger, unit] += is_posted
        if (is_posted, is_held) != (posted[account], held[account]):
            folds = f"posted {posted[account]}, held {held[account]}"
            wrong.append(f"account {account} says posted {is_posted}, held {is_held}; its transfers say {folds}")
    wrong += [f"the accounts of {place} sum to {total}, not 0" for place, total in sums.items() if total]
    return wrong
