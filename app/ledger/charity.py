"""Funds with a purpose: they pay the community fund back for visits that fit, or pay first where it is empty."""

from sqlalchemy import select

from app.db import session
from app.desk.models import Charity
from app.ledger.errors import AccountNotOpen, NotEnoughMinutes
from app.ledger.models import Account, AccountKind, Memo, Transfer, TransferKind
from app.ledger.opening import open_account
from app.ledger.posting import Leg, Words, store, transfer
from app.ledger.queries import area_of, find_account
from app.org.models import OrgClosure
from app.people.models import Elder


def owner_of_charity(charity_id: str) -> str:
    """Under whose name the account of a fund with a purpose stands."""
    return f"donor:{charity_id}"


def charity_account(charity: Charity) -> Account:
    """The fund's account, opened when it has none."""
    owner = owner_of_charity(charity.id)
    found = find_account(AccountKind.CHARITY_FUND, owner)
    return found or open_account(ledger_id=area_of(charity.unit_code), kind=AccountKind.CHARITY_FUND, owner_id=owner)


def fits(charity: Charity, memo: Memo) -> bool:
    """Whether the fund may pay for the visit that a line is about: its item and its elder are of the purpose."""
    if charity.item_codes and memo.item_code not in charity.item_codes:
        return False
    if not charity.categories:
        return True
    elder = session.get(Elder, memo.elder_id) if memo.elder_id else None
    return elder is not None and bool(set(charity.categories) & set(elder.categories))


def charities_for(fund: Account) -> list[Charity]:
    """The funds with a purpose of a community fund's unit and of the units above, oldest first."""
    above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code == fund.owner_id)
    query = select(Charity).where(Charity.unit_code.in_(above)).order_by(Charity.opened_at, Charity.id)
    return list(session.scalars(query))


def pay_back(done: Transfer) -> Transfer | None:
    """What the community fund paid for a visit, paid back by the first fund whose purpose it fits and that has any."""
    if done.debit_kind != AccountKind.COMMUNITY_FUND or transfer(uid_for(done.uid)) is not None:
        return None
    return pay_for(done.uid, session.get_one(Account, done.debit_account_id), done.amount, whole=False)


def pay_for(uid: str, fund: Account, minutes: int, *, whole: bool) -> Transfer | None:
    """Minutes for the visit of the credit `uid` given to the community fund; None when no fund fits and can.

    `whole`: only a fund that can give all of them.
    """
    memo = session.get(Memo, uid)
    if memo is None:
        return None
    for charity in charities_for(fund):
        account = charity_account(charity)
        amount = min(minutes, account.available)
        if account.ledger_id != fund.ledger_id or amount < (minutes if whole else 1) or not fits(charity, memo):
            continue
        leg = Leg(
            uid=uid_for(uid), kind=TransferKind.DONATE, debit_id=account.id, credit_id=fund.id, amount=amount,
            link_uid=uid,
        )  # fmt: skip
        try:
            return store(leg, Words(charity.name, memo.item_code, memo.visit_id, memo.elder_id))
        except (AccountNotOpen, NotEnoughMinutes):
            continue
    return None


def uid_for(credit_uid: str) -> str:
    """The name of a purpose's payment for one credit: there can be one only."""
    return f"{credit_uid}:charity"
