"""A confirmed visit's minutes, and what comes beside them."""

from sqlalchemy import select, text

from app import clock
from app.db import session
from app.errors import NotFound
from app.ledger.crediting import credit_or_await, store_within_cap
from app.ledger.errors import AccountNotOpen, BesideAlready, CapReached, NotEnoughMinutes, OverrunNotAgreed
from app.ledger.holding import post, the_hold, void
from app.ledger.models import Phase, State, Transfer, TransferKind
from app.ledger.posting import Leg, Words, account, done_before, lock, resolved, state_of, transfer


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
        return _once_beside(leg, posted)
    except NotEnoughMinutes:
        return None


def overrun(*, post_uid: str, uid: str, minutes: int, by: str, memo: Words | str | None = None) -> Transfer:
    """Minutes beyond the hold, from the same payer, because the elder (`by`, or who speaks for her) said so.

    Once for a visit; never on the word of who gets them.
    """
    posted = the_post(post_uid)
    if by == account(posted.credit_account_id).owner_id:
        raise OverrunNotAgreed
    leg = Leg(
        uid=uid, kind=TransferKind.OVERRUN, debit_id=posted.debit_account_id, credit_id=posted.credit_account_id,
        amount=minutes, link_uid=post_uid, made_by_id=by,
    )  # fmt: skip
    return _once_beside(leg, posted, memo)


def beside(post_uid: str, kind: TransferKind) -> Transfer | None:
    """The bonus or overrun of a post, if it has one."""
    indexed = text("kind IN ('bonus', 'overrun')")  # the words of the partial index: else every line is looked at
    return session.scalar(select(Transfer).where(Transfer.link_uid == post_uid, Transfer.kind == kind, indexed))


def _once_beside(leg: Leg, posted: Transfer, memo: Words | str | None = None) -> Transfer:
    """A post has one bonus and one overrun at most: who comes second hears it in a sentence."""
    lock(posted.ledger_id)
    before = done_before(leg)
    if before is None and beside(posted.uid, leg.kind) is not None:
        raise BesideAlready
    return before or store_within_cap(leg, memo)


def the_post(uid: str) -> Transfer:
    """The post of that name."""
    row = transfer(uid)
    if row is None or row.phase != Phase.POST:
        raise NotFound
    return row
