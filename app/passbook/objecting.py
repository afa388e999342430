""""This is not right": an objection to a line of one's passbook, looked into by somebody with a name.

It moves nothing. What is wrong is corrected by a line of its own, proposed and approved at the desk.
"""

from sqlalchemy import Select, select, update

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible
from app.audit.service import record
from app.db import rows_touched, session
from app.errors import NotFound
from app.ledger.line_queries import line
from app.ledger.models import Account
from app.ledger.queries import own_account
from app.notices.service import notify
from app.org.queries import community_of
from app.passbook.errors import AnsweredAlready, OpenAlready
from app.passbook.models import Objection, ObjectionState
from app.people.models import Person, Role
from app.people.queries import responsible_staff


def object_to(actor: Actor, *, person_id: str, uid: str, words: str) -> Objection:
    """The objection to a line of the person's passbook, by her or by a relative who speaks for her.

    NotFound for a line that is not on it; OpenAlready while the community looks into that line.
    """
    purse = own_account(actor, person_id)
    if purse is None:
        raise NotFound
    line(actor, purse, uid)
    if session.scalar(_open(uid, purse)) is not None:
        raise OpenAlready
    owner = session.get_one(Person, person_id)
    staff = [one.id for one in responsible_staff(owner.unit_code, Role.COORDINATOR) if one.id != person_id]
    raised = Objection(
        transfer_uid=uid, account_id=purse.id, unit_code=community_of(owner.unit_code).code, person_id=person_id,
        raised_by=actor.must_be_someone(), raised_at=clock.now(), words=words, state=ObjectionState.OPEN,
        owner_id=staff[0] if staff else None, answer="",
    )  # fmt: skip
    session.add(raised)
    session.flush()
    record(actor, "objection.raise", f"objection:{raised.id}", unit_code=raised.unit_code, detail={"transfer": uid})
    for one in staff:
        notify(one, "objection_raised", link=f"/c/ledger/objections/{raised.id}", uid=f"objection:{raised.id}:{one}",
               name=owner.name)  # fmt: skip
    return raised


def take_over(actor: Actor, objection_id: str) -> Objection:
    """The objection, which the actor looks into from now on."""
    found = get_visible(Objection, objection_id, actor)
    if found.state != ObjectionState.OPEN:
        raise AnsweredAlready
    found.owner_id = actor.must_be_someone()
    record(actor, "objection.take", f"objection:{found.id}", unit_code=found.unit_code)
    session.flush()
    return found


def answer(actor: Actor, objection_id: str, *, corrected: bool, words: str) -> Objection:
    """The objection, answered in words: the line stands, or it is (or will be) corrected by two people."""
    found = get_visible(Objection, objection_id, actor)
    state = ObjectionState.CORRECTED if corrected else ObjectionState.STANDS
    done = session.execute(
        update(Objection)
        .where(Objection.id == objection_id, Objection.state == ObjectionState.OPEN)
        .values(state=state, answer=words, answered_by=actor.must_be_someone(), answered_at=clock.now())
    )
    if not rows_touched(done):
        raise AnsweredAlready
    session.refresh(found)
    record(actor, "objection.answer", f"objection:{found.id}", unit_code=found.unit_code, detail={"state": str(state)})
    for reader in sorted({found.person_id, found.raised_by}):
        notify(reader, "objection_answered", uid=f"objection:{found.id}:answer:{reader}",
               link=line_link(found, reader), answer=words)  # fmt: skip
    return found


def line_link(found: Objection, reader: str) -> str:
    """Where a reader finds the line with the answer beside it."""
    own = f"/me/ledger/lines/{found.transfer_uid}"
    return own if reader == found.person_id else f"{own}?for={found.person_id}"


def _open(uid: str, purse: Account) -> Select[str]:
    return select(Objection.id).where(
        Objection.transfer_uid == uid, Objection.account_id == purse.id, Objection.state == ObjectionState.OPEN
    )
