"""What an owner gives away."""

from app.db import session
from app.errors import NotFound
from app.ledger.crediting import fund_was_filled
from app.ledger.errors import CapReached, GiftIsOver, GiftsStopped, GiftWaits, NotEnoughMinutes
from app.ledger.limits import room_of
from app.ledger.models import Transfer, TransferKind
from app.ledger.posting import Leg, Words, account, done_before, instant, lock, store
from app.passbook.models import GiftEnd, GiftOrder, GiftWord
from app.passbook.queries import gifts_stopped


def donate(
    *, uid: str, giver: str, fund: str, minutes: int, by: str | None, memo: Words | str | None = None
) -> Transfer:
    """Stored minutes given to a fund; the credits that waited for the fund are paid with them."""
    leg = Leg(uid=uid, kind=TransferKind.DONATE, debit_id=giver, credit_id=fund, amount=minutes, made_by_id=by)
    done = store(leg, memo)
    fund_was_filled(fund)
    return done


def gift(*, uid: str) -> Transfer:
    """The gift that was decided under this uid, given now. GiftWaits before its time or the word it needs."""
    order = session.get(GiftOrder, uid)
    if order is None:
        raise NotFound
    book = lock(account(order.giver_account_id).ledger_id)
    leg = Leg(
        uid=uid, kind=TransferKind.GIFT, debit_id=order.giver_account_id, credit_id=order.receiver_account_id,
        amount=order.amount, made_by_id=order.giver_id,
    )  # fmt: skip
    before = done_before(leg)
    if before is not None:
        return before
    if session.get(GiftEnd, uid) is not None:
        raise GiftIsOver
    if gifts_stopped(order.giver_account_id):
        raise GiftsStopped
    if order.ripe_at > instant(book) or (order.needs_word and not _said_yes(uid)):
        raise GiftWaits
    payer = account(order.giver_account_id)
    free = payer.posted - payer.held  # no gift on credit, also where she spent it while the gift waited
    if free < order.amount:
        raise NotEnoughMinutes(available=max(free, 0), wanted=order.amount)
    room = room_of(account(order.receiver_account_id))
    if room is not None and room < order.amount:
        raise CapReached(room=max(room, 0))
    return store(leg)


def _said_yes(uid: str) -> bool:
    word = session.get(GiftWord, uid)
    return word is not None and word.said_yes
