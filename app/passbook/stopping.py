"""The button that stops all gifts from a passbook, and the owner's own word that lets them go again."""

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.ledger.models import Account
from app.ledger.posting import account, lock
from app.ledger.service import ensure_person_account
from app.notices.service import notify
from app.passbook.gifts import MINE, end_waiting, own_id
from app.passbook.models import GiftStop
from app.passbook.queries import last_stop
from app.passbook.telling import tell_staff
from app.people.models import Person


def stop_gifts(actor: Actor, *, person_id: str) -> GiftStop:
    """Nothing is given from the person's passbook any more, and what waits is ended. Stopping twice is stopping once.

    Whoever may see the passbook's owner may stop (the view asks that): it only keeps her time where it is.
    """
    owner = session.get_one(Person, person_id)
    purse = _locked(person_id)
    last = last_stop(purse.id)
    if last is not None and last.stopped:
        return last
    stop = _say(actor, owner, purse, last, stopped=True)
    ended = end_waiting(purse.id, by=actor.must_be_someone())
    notify(owner.id, "gifts_stopped", uid=f"stop:{purse.id}:{stop.nr}", link=MINE, ended=ended)
    tell_staff(owner.id, "gifts_stopped_for", link="/g/gifts", uid=f"stop:{purse.id}:{stop.nr}")
    return stop


def let_gifts_go(actor: Actor) -> GiftStop | None:
    """Gifts from the actor's own passbook go again, each receiver's next one as a first; None when none were stopped.

    Only she says so, and for an elder somebody of the community hears of it.
    """
    owner = session.get_one(Person, own_id(actor))
    purse = _locked(owner.id)
    last = last_stop(purse.id)
    if last is None or not last.stopped:
        return last
    stop = _say(actor, owner, purse, last, stopped=False)
    notify(owner.id, "gifts_go_again", uid=f"stop:{purse.id}:{stop.nr}", link=MINE)
    tell_staff(owner.id, "gifts_go_again_for", link="/g/gifts", uid=f"stop:{purse.id}:{stop.nr}")
    return stop


def _locked(person_id: str) -> Account:
    purse = ensure_person_account(person_id)
    lock(purse.ledger_id)
    return account(purse.id)


def _say(actor: Actor, owner: Person, purse: Account, last: GiftStop | None, *, stopped: bool) -> GiftStop:
    stop = GiftStop(
        account_id=purse.id, nr=(last.nr if last else 0) + 1, stopped=stopped, by_id=actor.must_be_someone(),
        at=clock.now(),
    )  # fmt: skip
    session.add(stop)
    record(actor, "gift.stop" if stopped else "gift.go", f"account:{purse.id}", unit_code=owner.unit_code)
    session.flush()
    return stop
