"""Saying in life who shall have one's time: a person of the family, or the community fund; changed at any time."""

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.ledger.nominating_queries import nomination_of
from app.ledger.posting import lock
from app.ledger.service import ensure_person_account
from app.notices.service import notify
from app.passbook.errors import NotFamily
from app.passbook.gifts import own_id
from app.passbook.models import Heir, Nomination
from app.passbook.queries import family_of
from app.passbook.telling import tell_staff
from app.people.models import Person


def nominate(actor: Actor, *, nominee_id: str | None) -> Nomination:
    """What the actor says for herself: this person of her family, or (None) the community fund.

    Saying the same again changes nothing; every change is kept. An elder's grid worker hears of it and asks her.
    """
    person = session.get_one(Person, own_id(actor))
    if nominee_id is not None and nominee_id not in family_of(person.id):
        raise NotFamily
    lock(ensure_person_account(person.id).ledger_id)
    before = nomination_of(person.id)
    if before is not None and before.nominee_id == nominee_id:
        return before
    said = Nomination(
        person_id=person.id, nr=(before.nr if before else 0) + 1, heir=Heir.PERSON if nominee_id else Heir.FUND,
        nominee_id=nominee_id, said_by_id=person.id, at=clock.now(),
    )  # fmt: skip
    session.add(said)
    record(actor, "nominate", f"person:{person.id}", unit_code=person.unit_code, detail={"nominee": nominee_id})
    session.flush()
    notify(person.id, "nominated", uid=f"nominate:{person.id}:{said.nr}", link="/me/ledger/nominee")
    tell_staff(person.id, "nominated_by", link=f"/g/elders/{person.id}", uid=f"nominate:{person.id}:{said.nr}",
               but=nominee_id)  # fmt: skip
    return said
