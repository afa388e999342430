"""A member's own gift to the community fund."""

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import NotFound
from app.ledger.errors import NotEnoughMinutes, UidReused
from app.ledger.models import AccountKind, Transfer, TransferKind
from app.ledger.posting import account, lock, transfer
from app.ledger.service import donate, ensure_accounts_for_unit, ensure_person_account
from app.notices.service import notify
from app.org.queries import zone_of
from app.passbook.gifts import own_id
from app.passbook.queries import waiting_minutes
from app.passbook.telling import tell_staff
from app.people.models import Person


def donate_own(actor: Actor, *, uid: str, minutes: int) -> Transfer:
    """The actor's own stored minutes, given to the fund of her community; what waits for the fund is paid with them.

    Minutes of a gift that still waits are spoken for.
    """
    giver = session.get_one(Person, own_id(actor))
    purse = ensure_person_account(giver.id)
    fund = ensure_accounts_for_unit(giver.unit_code, on=clock.today(zone_of(giver.unit_code)))
    lock(purse.ledger_id)
    before = transfer(uid)
    if before is not None:
        if (before.debit_account_id, before.credit_account_id, before.amount) != (purse.id, fund.id, minutes):
            raise UidReused
        return before
    purse = account(purse.id)
    free = min(purse.available, purse.posted - purse.held) - waiting_minutes(purse.id)
    if minutes > free:
        raise NotEnoughMinutes(available=max(free, 0), wanted=minutes)
    done = donate(uid=uid, giver=purse.id, fund=fund.id, minutes=minutes, by=giver.id)
    record(actor, "donate", f"transfer:{uid}", unit_code=giver.unit_code, detail={"minutes": minutes})
    notify(giver.id, "donated", uid=f"donate:{uid}", link=f"/me/ledger/donate/{uid}", minutes=minutes)
    tell_staff(giver.id, "gift_of_elder", link="/g/gifts", uid=f"donate:{uid}:told", minutes=minutes)
    return done


def own_donation(actor: Actor, uid: str) -> Transfer:
    """A gift of the actor's own to a fund; NotFound for anything else."""
    done = transfer(uid)
    if done is None or done.kind != TransferKind.DONATE or done.debit_kind != AccountKind.PERSON:
        raise NotFound
    if account(done.debit_account_id).owner_id != actor.must_be_someone():
        raise NotFound
    return done
