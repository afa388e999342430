"""Trainings, honours and honour hours: who may put them on a record, and the second person's word."""

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, Invalid, NotAllowed, NotFound
from app.notices.service import notify
from app.people.models import Person, Role, Volunteer
from app.people.queries import responsible_staff, today_of
from app.records.entry_queries import EntryState, entry_seen, with_words
from app.records.models import EntryKind, EntryStep, RecordEntry, RecordWord


class OwnRecord(NotAllowed):
    text = _l("Nobody writes on her own record. Please ask a colleague.")


class SecondPersonNeeded(NotAllowed):
    text = _l("This needs two people. You entered it yourself, so a colleague must approve it.")


class DecidedAlready(DomainError):
    text = _l("This was decided already. Look at the page again.")


@dataclass(frozen=True)
class Grant:
    """What is put on a record, in words that its owner reads."""

    kind: EntryKind
    title: str
    giver: str
    place: str
    day: date
    minutes: int


def enter(actor: Actor, volunteer_id: str, grant: Grant) -> RecordEntry:
    """The entry on her record; honour hours wait for a second person, whose colleagues are told."""
    volunteer = _kept_by(actor, volunteer_id)
    if grant.day > today_of(volunteer.community_code):
        raise Invalid({"day": str(_l("This day has not come yet."))})
    entry = RecordEntry(
        volunteer_id=volunteer_id, unit_code=volunteer.community_code, kind=grant.kind, title=grant.title,
        giver=grant.giver, place=grant.place, day=grant.day, minutes=grant.minutes,
        entered_by=actor.must_be_someone(), entered_at=clock.now(),
    )  # fmt: skip
    session.add(entry)
    session.flush()
    _note(actor, entry, "record.enter")
    if grant.kind is EntryKind.HONOUR_HOURS:
        _ask_a_second(entry)
    else:
        notify(volunteer_id, "record_entry", link="/v/record", uid=f"record-entry:{entry.id}", title=entry.title)
    return entry


def decide(actor: Actor, entry_id: str, *, approve: bool, reason: str = "") -> RecordEntry:
    """The second person's word on honour hours: approved, they count from now on."""
    entry = entry_seen(actor, entry_id)
    _kept_by(actor, entry.volunteer_id)
    if entry.entered_by == actor.person_id:
        raise SecondPersonNeeded
    if _state(entry) is not EntryState.WAITS:
        raise DecidedAlready
    _say(actor, entry, EntryStep.APPROVE if approve else EntryStep.REFUSE, reason)
    if approve:
        notify(entry.volunteer_id, "honour_hours", link="/v/record", uid=f"record-word:{entry.id}",
               minutes=entry.minutes, title=entry.title)  # fmt: skip
    return entry


def withdraw(actor: Actor, entry_id: str, *, reason: str) -> RecordEntry:
    """The entry that counts no more, with the reason; it stays to be seen, and its owner is told."""
    entry = entry_seen(actor, entry_id)
    _kept_by(actor, entry.volunteer_id)
    if _state(entry) not in (EntryState.STANDS, EntryState.WAITS):
        raise DecidedAlready
    _say(actor, entry, EntryStep.WITHDRAW, reason)
    notify(entry.volunteer_id, "record_withdrawn", link="/v/record", uid=f"record-withdrawn:{entry.id}",
           title=entry.title, reason=reason)  # fmt: skip
    return entry


def _kept_by(actor: Actor, volunteer_id: str) -> Volunteer:
    """The volunteer, ours until the act ends, for a coordinator of her community who is not herself."""
    volunteer = get_visible(Volunteer, volunteer_id, actor)
    if volunteer_id == actor.person_id:
        raise OwnRecord
    if not works_in(actor, volunteer.community_code, Role.COORDINATOR):
        raise NotFound
    session.execute(select(Volunteer.person_id).where(Volunteer.person_id == volunteer_id).with_for_update())
    return volunteer


def _state(entry: RecordEntry) -> EntryState:
    return with_words([entry])[0].state


def _say(actor: Actor, entry: RecordEntry, step: EntryStep, reason: str) -> None:
    word = RecordWord(
        entry_id=entry.id, step=step, person_id=actor.must_be_someone(), reason=reason, said_at=clock.now()
    )
    session.add(word)
    session.flush()
    _note(actor, entry, f"record.{step}")


def _note(actor: Actor, entry: RecordEntry, verb: str) -> None:
    record(actor, verb, f"record_entry:{entry.id}", unit_code=entry.unit_code,
           detail={"kind": entry.kind, "minutes": entry.minutes, "volunteer": entry.volunteer_id})  # fmt: skip


def _ask_a_second(entry: RecordEntry) -> None:
    name = session.get_one(Person, entry.volunteer_id).name
    for colleague in responsible_staff(entry.unit_code, Role.COORDINATOR):
        if colleague.id not in (entry.entered_by, entry.volunteer_id):
            notify(colleague.id, "honour_hours_wait", link="/c/records", name=name)
