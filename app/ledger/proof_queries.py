"""Reading what was published, and one's own lines for their receipts."""

import hmac

from sqlalchemy import Select, select

from app.access.actor import Actor
from app.db import session
from app.errors import NotFound
from app.ledger.models import Account, LeafSalt, Ledger, PublishedHead, Transfer
from app.ledger.queries import accounts_in


def heads_of(ledger_id: str) -> Select[PublishedHead]:
    """`SELECT` of the heads of a book, newest first."""
    return select(PublishedHead).where(PublishedHead.ledger_id == ledger_id).order_by(PublishedHead.nr.desc())


def own_line(actor: Actor, uid: str) -> tuple[Transfer, Account]:
    """A line and the side of it that the actor may see; NotFound when it touches nothing of hers."""
    row = session.get(Transfer, uid)
    if row is None:
        raise NotFound
    sides = accounts_in(actor).where(Account.id.in_((row.debit_account_id, row.credit_account_id)))
    found = session.scalars(sides).all()
    if not found:
        raise NotFound
    own = [account for account in found if account.owner_id == actor.person_id]
    return row, (own or list(found))[0]


def line_with_salt(ledger_id: str, seq: int, salt: str) -> Transfer | None:
    """The line that a paper names, shown to whoever holds the paper: the salt is on it and nowhere else to be read."""
    row = session.scalar(select(Transfer).where(Transfer.ledger_id == ledger_id, Transfer.seq == seq))
    kept = session.get(LeafSalt, row.uid) if row else None
    return row if kept and hmac.compare_digest(kept.salt.encode(), salt.encode()) else None


def book(ledger_id: str) -> Ledger:
    """The book; NotFound when there is none."""
    found = session.get(Ledger, ledger_id)
    if found is None:
        raise NotFound
    return found
