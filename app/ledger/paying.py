"""A confirmed visit's minutes, and what comes beside them."""

from app import clock
from app.errors import NotFound
from app.ledger.crediting import credit_or_await, store_within_cap
from app.ledger.errors import AccountNotOpen, CapReached, NotEnoughMinutes
from app.ledger.holding import post, the_hold, void
from app.ledger.models import Phase, State, Transfer, TransferKind
from app.ledger.posting import Leg, Words, done_before, resolved, state_of, transfer


def pay_visit(
    *, visit_id: str, hold_uid: str | None, payee: str, fund: str, minutes: int, memo: Words | str | None = None
) -> Transfer | None:
    """The volunteer's minutes for a confirmed visit: from the order's hold where it still stands, else from the
    community fund now or when it is filled. None means it waits."""
    late_uid, post_uid = f"visit:{visit_id}:late", f"visit:{visit_id}:post"
    before = transfer(late_uid) or transfer(post_uid)
    if before is not None:
        return before
    if hold_uid is not None and resolved(hold_uid) is None:
        kept = the_hold(hold_uid)
        amount = min(minutes, kept.amount)
        opens = all(state_of(side) is State.OPEN for side in (kept.debit_account_id, payee))
        in_time = kept.expires_at is not None and clock.now() <= kept.expires_at
        if opens and in_time and payee != kept.debit_account_id:
            try:
                return post(hold_uid=hold_uid, uid=post_uid, payee=payee, minutes=amount, memo=memo)
            except (CapReached, AccountNotOpen):  # full, and what is there is promised: the credit waits
                pass
        void(hold_uid=hold_uid, uid=f"{hold_uid}:void")
    return credit_or_await(uid=late_uid, fund=fund, payee=payee, minutes=minutes, memo=memo)


def bonus(*, post_uid: str, uid: str, fund: str, minutes: int) -> Transfer | None:
    """The part of a ratio above 1, from the community fund, beside the post; None when the fund cannot."""
    posted = the_post(post_uid)
    leg = Leg(
        uid=uid, kind=TransferKind.BONUS, debit_id=fund, credit_id=posted.credit_account_id, amount=minutes,
        link_uid=post_uid,
    )  # fmt: skip
    try:
        return done_before(leg) or store_within_cap(leg, None)
    except NotEnoughMinutes:
        return None


def overrun(*, post_uid: str, uid: str, minutes: int, by: str) -> Transfer:
    """Minutes beyond the hold, from the same payer, because the elder (`by`, or who speaks for her) said so."""
    posted = the_post(post_uid)
    leg = Leg(
        uid=uid, kind=TransferKind.OVERRUN, debit_id=posted.debit_account_id, credit_id=posted.credit_account_id,
        amount=minutes, link_uid=post_uid, made_by_id=by,
    )  # fmt: skip
    return done_before(leg) or store_within_cap(leg, None)


def the_post(uid: str) -> Transfer:
    row = transfer(uid)
    if row is None or row.phase != Phase.POST:
        raise NotFound
    return row
