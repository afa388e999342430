"""What a fund owes: credits paid now or waiting in turn (待存入), and what a full passbook passes on."""

from app import clock
from app.db import session
from app.ledger.errors import AccountNotOpen, CapReached, NotEnoughMinutes, UidReused
from app.ledger.models import Account, AccountKind, AwaitedCredit, Transfer, TransferKind
from app.ledger.posting import Leg, Words, account, done_before, lock, remember, store, transfer
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
        session.add(
            AwaitedCredit(
                uid=uid,
                ledger_id=payee_row.ledger_id,
                payee_account_id=payee,
                fund_account_id=fund,
                amount=minutes,
                created_at=clock.now(),
            )
        )
        remember(uid, memo)
        session.flush()
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
    funds = sorted({waiting.fund_account_id for waiting in awaited_credits()})
    return [done for fund in funds for done in pay_awaited(fund)]


def store_within_cap(leg: Leg, memo: Words | str | None) -> Transfer:
    """The transfer; a payee who would pass her cap first gives the surplus to her community fund."""
    lock(account(leg.credit_id).ledger_id)
    before = done_before(leg)
    if before is not None:
        return before
    payee = account(leg.credit_id)
    surplus = 0 if payee.room is None else leg.amount - payee.room
    fund = _fund_of_owner(payee) if 0 < surplus <= payee.available else None
    if fund is None:
        return store(leg, memo)
    given = Leg(
        uid=f"{leg.uid}:surplus", kind=TransferKind.DONATE, debit_id=payee.id, credit_id=fund.id,
        amount=surplus, link_uid=leg.uid,
    )  # fmt: skip
    with session.begin_nested():  # both or neither: nobody gives a surplus of minutes she did not get
        store(given)
        done = store(leg, memo)
    fund_was_filled(fund.id)
    return done


def _fund_of_owner(payee: Account) -> Account | None:
    person = session.get(Person, payee.owner_id)
    return fund_of(person.unit_code) if person else None


def fund_was_filled(account_id: str) -> None:
    if account(account_id).kind == AccountKind.COMMUNITY_FUND:
        pay_awaited(account_id)
