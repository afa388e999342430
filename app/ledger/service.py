"""The verbs of the time bank, by story. Each is one act with a uid: a repeat gives the same row, other content is
refused.

Nothing here commits; `with transaction()` (or `db.act`, which tries again after a lost race) stands at the edge.
Accounts are named by id. Minutes are whole.
"""

from app.ledger.agreeing import approve, propose, refuse
from app.ledger.correcting import adjust, propose_adjustment, propose_reversal, reverse
from app.ledger.crediting import credit_or_await, late_credit, pay_all_awaited, pay_awaited
from app.ledger.giving import donate, gift
from app.ledger.holding import hold, hold_from_first, post, void, void_overdue
from app.ledger.lapsing import expire
from app.ledger.leaving import propose_settlement, settle
from app.ledger.opening import (
    ADJUSTMENT_BUDGET_MIN,
    ensure_accounts_for_unit,
    ensure_person_account,
    open_account,
    open_ledger,
)
from app.ledger.paying import bonus, overrun, pay_visit
from app.ledger.redeeming import redeem
from app.ledger.seeding import seed
from app.ledger.standing import close, freeze, unfreeze

__all__ = [
    "ADJUSTMENT_BUDGET_MIN", "adjust", "approve", "bonus", "close", "credit_or_await", "donate",
    "ensure_accounts_for_unit", "ensure_person_account", "expire", "freeze", "gift", "hold", "hold_from_first",
    "late_credit", "open_account", "open_ledger", "overrun", "pay_all_awaited", "pay_awaited", "pay_visit", "post",
    "propose", "propose_adjustment", "propose_reversal", "propose_settlement", "redeem", "refuse", "reverse",
    "seed", "settle", "unfreeze", "void", "void_overdue",
]  # fmt: skip
