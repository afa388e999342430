"""What a fund owes: credits paid now or waiting in turn (待存入), and what a full passbook passes on."""

from app.db import session
from app.ledger.awaiting import await_credit
from app.ledger.charity import pay_for
from app.ledger.errors import AccountNotOpen, CapReached, NotEnoughMinutes, UidReused
from app.ledger.following import follow
from app.ledger.limits import room_of
from app.ledger.models import Account, AccountKind, AwaitedCredit, Transfer, TransferKind
from app.ledger.posting import Leg, Words, account, done_before, lock, store, transfer
from app.ledger.queries import awaited_credits, fund_of
from app.people.models import Person


def late_credit(*, uid: str, fund: str, payee: str, minutes: int, memo: Words | str | None = None) -> Transfer:
    """Minutes from the community fund for a visit that was served without a hold."""
    leg = Leg(uid=uid, kind=TransferKind.LATE_CREDIT, debit_id=fund, credit_id=payee, amount=minutes)
    return done_before(leg) or store_within_cap(leg, memo)


def credit_or_await(
    *, uid: str, fund: str, payee: str, minutes: int, memo: Words | str | None = None
) -> Transfer | None:
    """The late credit when the fund can pay it now; otherwise None, and it waits in turn (待存入)."""
    payee_row = account(payee)
    lock(payee_row.ledger_id)
    waiting = session.get(AwaitedCredit, uid)
    if waiting is not None and (waiting.payee_account_id, waiting.fund_account_id, waiting.amount) != (
        payee, fund, minutes,
    ):  # fmt: skip
        raise UidReused
    if waiting is None and not awaited_credits(fund_account_id=fund):
        try:
            return late_credit(uid=uid, fund=fund, payee=payee, minutes=minutes, memo=memo)
        except (NotEnoughMinutes, AccountNotOpen, CapReached):
            pass
    elif transfer(uid) is not None:
        return transfer(uid)
    if waiting is None:
        await_credit(uid=uid, fund=fund, payee=payee_row, amount=minutes, memo=memo)
    return None


def pay_awaited(fund: str) -> list[Transfer]:
    """The waiting credits of a fund that it can pay now, oldest first; it stops at the first it cannot."""
    paid = []
    for waiting in awaited_credits(fund_account_id=fund):
        try:
            paid.append(late_credit(uid=waiting.uid, fund=fund, payee=waiting.payee_account_id, minutes=waiting.amount))
        except NotEnoughMinutes:
            break
        except (AccountNotOpen, CapReached):  # a frozen or full payee waits on and keeps nobody else waiting
            continue
    return paid


def pay_all_awaited() -> list[Transfer]:
    """What can be paid now of every fund's waiting credits: minutes may have come back to it from orders."""
    waiting = awaited_credits()
    by_purpose = [done for book in sorted({one.ledger_id for one in waiting}) for done in pay_by_purpose(book)]
    funds = sorted({one.fund_account_id for one in waiting})
    return by_purpose + [done for fund in funds for done in pay_awaited(fund)]


def store_within_cap(leg: Leg, memo: Words | str | None) -> Transfer:
    """The transfer; a payee who would pass her cap first gives the surplus to her community fund."""
    lock(account(leg.credit_id).ledger_id)
    before = done_before(leg)
    if before is not None:
        return before
    payee = account(leg.credit_id)
    room = room_of(payee)
    surplus = 0 if room is None else leg.amount - room
    fund = _fund_of_owner(payee) if 0 < surplus <= payee.available else None
    if surplus > 0 and fund is None:
        raise CapReached(room=room)
    if fund is None:
        return _stored(leg, memo)
    given = Leg(
        uid=f"{leg.uid}:surplus", kind=TransferKind.DONATE, debit_id=payee.id, credit_id=fund.id,
        amount=surplus, link_uid=leg.uid,
    )  # fmt: skip
    with session.begin_nested():  # both or neither: nobody gives a surplus of minutes she did not get
        store(given)
        done = store(leg, memo)
    follow(done)
    fund_was_filled(fund.id)
    return done


def _stored(leg: Leg, memo: Words | str | None) -> Transfer:
    done = store(leg, memo)
    follow(done)
    return done


def _fund_of_owner(payee: Account) -> Account | None:
    person = session.get(Person, payee.owner_id)
    return fund_of(person.unit_code) if person else None


def fund_was_filled(account_id: str) -> None:
    """Pay what waited for this fund, or what waits and fits its purpose."""
    filled = account(account_id)
    if filled.kind == AccountKind.COMMUNITY_FUND:
        pay_awaited(account_id)
    elif filled.kind == AccountKind.CHARITY_FUND:
        pay_by_purpose(filled.ledger_id)


def pay_by_purpose(ledger_id: str) -> list[Transfer]:
    """The waiting credits of a book that a fund with a purpose can pay as a whole: such minutes go to nobody else."""
    paid = []
    for waiting in awaited_credits():
        if waiting.ledger_id != ledger_id:
            continue
        try:
            with session.begin_nested():  # both or neither
                given = pay_for(waiting.uid, account(waiting.fund_account_id), waiting.amount, whole=True)
                if given is None:
                    continue
                paid.append(
                    late_credit(
                        uid=waiting.uid, fund=waiting.fund_account_id, payee=waiting.payee_account_id,
                        minutes=waiting.amount,
                    )
                )  # fmt: skip
        except (AccountNotOpen, CapReached, NotEnoughMinutes):
            continue
    return paid
