"""Not this person again: at the wish of the elder's side these two are never matched any more."""

from sqlalchemy import delete

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import NotFound
from app.needs.models import Need
from app.needs.placing import coordinator_of, elder_to_speak_for
from app.needs.queries import comers_of
from app.notices.service import notify
from app.people.models import Exclusion


def are_apart(elder_id: str, volunteer_id: str) -> bool:
    """Whether these two are never matched."""
    return session.get(Exclusion, (elder_id, volunteer_id)) is not None


def keep_apart(actor: Actor, need_id: str, volunteer_id: str) -> None:
    """From now on somebody else comes. Saying it twice is the same as once; the coordinator hears it, the volunteer
    does not. NotFound unless that volunteer accepted this order."""
    need = _need_with(actor, need_id, volunteer_id)
    if are_apart(need.elder_id, volunteer_id):
        return
    session.add(
        Exclusion(
            elder_id=need.elder_id, volunteer_id=volunteer_id, wished_by=actor.must_be_someone(), since=clock.now()
        )
    )
    session.flush()
    _note(actor, need, volunteer_id, "need.keep_apart")
    owner = coordinator_of(need)
    if owner not in (None, actor.person_id):
        notify(owner, "kept_apart", link=f"/c/orders/{need.id}", number=need.number,
               uid=f"apart:{need.elder_id}:{volunteer_id}:{clock.now().isoformat()}")  # fmt: skip


def bring_together(actor: Actor, need_id: str, volunteer_id: str) -> None:
    """The wish taken back: this volunteer may come again."""
    need = _need_with(actor, need_id, volunteer_id)
    session.execute(
        delete(Exclusion).where(Exclusion.elder_id == need.elder_id, Exclusion.volunteer_id == volunteer_id)
    )
    session.expire_all()
    _note(actor, need, volunteer_id, "need.bring_together")


def _need_with(actor: Actor, need_id: str, volunteer_id: str) -> Need:
    need = session.get(Need, need_id)
    if need is None:
        raise NotFound
    elder_to_speak_for(actor, need.elder_id)
    if volunteer_id not in {comer.person.id for comer in comers_of([need.id]).get(need.id, ())}:
        raise NotFound
    return need


def _note(actor: Actor, need: Need, volunteer_id: str, verb: str) -> None:
    record(actor.for_elder(need.elder_id), verb, f"elder:{need.elder_id}", unit_code=need.unit_code,
           detail={"volunteer": volunteer_id, "need": need.id})  # fmt: skip
