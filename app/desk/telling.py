"""Who hears of an act of the desk: whose account it is, and the colleagues whose word it waits for."""

from typing import Any

from sqlalchemy import select

from app.db import session
from app.desk.models import Shop
from app.ledger.models import Account, AccountKind, Approval, Transfer, TransferKind, Unit
from app.ledger.points import points_undone
from app.ledger.queries import OWNERS
from app.notices.service import notify
from app.org.models import OrgClosure
from app.people.models import Membership, Person, Role, Team

DECIDERS = (Role.COORDINATOR, Role.AUDITOR)


def tell_sides(done: Transfer, words: str) -> None:
    """A message to the person or the team's leader on each side of a line."""
    for account_id, way in ((done.debit_account_id, "out"), (done.credit_account_id, "in")):
        account = session.get_one(Account, account_id)
        tell_owner(account, f"passbook_{way}", uid=f"line:{done.uid}:{way}", amount=done.amount, reason=words or "–")


def tell_of_refund(done: Transfer, words: str) -> bool:
    """A message to her whose redemption was undone that it came back, and from where; False for every other line."""
    slip = session.get(Transfer, done.reverses_uid or "")
    if slip is None or slip.kind != TransferKind.REDEEM:
        return False
    shop = session.get(Shop, session.get_one(Account, slip.credit_account_id).owner_id.removeprefix("shop:"))
    account = session.get_one(Account, done.credit_account_id)
    tell_owner(
        account, "refunded", uid=f"line:{done.uid}:in", amount=done.amount, shop=shop.name if shop else "–",
        reason=words or "–",
    )  # fmt: skip
    return True


def tell_of_points(done: Transfer) -> None:
    """A message to her whose credit was undone about the points that it had brought; nothing where it brought none."""
    undone = points_undone(done)
    if undone is None:
        return
    if undone.dropped:
        kind = "points_dropped"
    elif undone.back:
        kind = "points_back_some" if undone.used else "points_back"
    else:
        kind = "points_used"
    tell_owner(
        undone.account, kind, uid=f"line:{done.uid}:points", points=undone.back or undone.dropped, used=undone.used
    )


def tell_owner(account: Account, kind: str, *, uid: str, amount: int | None = None, **data: Any) -> None:
    """A message to whoever an account belongs to; nobody where it is no person's. Points have texts of their own."""
    reader = _reader(account)
    if reader is None:
        return
    if amount is not None:
        data |= {"minutes": amount} if account.unit == Unit.MINUTE else {"points": amount}
        kind = kind if account.unit == Unit.MINUTE else f"{kind}_points"
    notify(reader, kind, uid=uid, link=_link(account), **data)


def _reader(account: Account) -> str | None:
    if account.kind == AccountKind.PERSON:
        return session.scalar(select(Person.id).where(Person.id == account.owner_id))
    if account.kind == AccountKind.TEAM:
        return session.scalar(select(Team.leader_id).where(Team.id == account.owner_id.removeprefix("team:")))
    return None


def _link(account: Account) -> str:
    if account.unit == Unit.POINT:
        return "/me/points"
    serves = select(Membership.id).where(Membership.person_id == account.owner_id, Membership.role == Role.VOLUNTEER)
    return "/v/ledger" if session.scalar(serves.limit(1)) else "/me/ledger"


def tell_deciders(proposal: Approval) -> None:
    """A message to each colleague who may give the second word, but not to who gave the first."""
    units = {unit for key in (proposal.debit_account_id, proposal.credit_account_id) if (unit := _unit_of(key))}
    for person_id in sorted(_deciders(units) - {proposal.person_id}):
        notify(person_id, "ledger_to_decide", uid=f"decide:{proposal.uid}:{person_id}", link="/c/ledger/pending")


def _unit_of(account_id: str) -> str | None:
    """The unit that an account belongs to; None for those of the whole area."""
    account = session.get_one(Account, account_id)
    if account.kind == AccountKind.PERSON:
        return session.scalar(select(Person.unit_code).where(Person.id == account.owner_id))
    if account.kind in (AccountKind.ADJUSTMENT, AccountKind.EXPIRY, AccountKind.CLEARING):
        return None
    for prefix, model in OWNERS.items():
        if account.owner_id.startswith(prefix):
            return session.scalar(select(model.unit_code).where(model.id == account.owner_id.removeprefix(prefix)))
    return account.owner_id


def _deciders(units: set[str]) -> set[str]:
    above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code.in_(units))
    found = session.scalars(
        select(Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.unit_code.in_(above), Membership.role.in_(DECIDERS), Person.disabled_at.is_(None))
    )
    return set(found)
