"""What stands on a record beside visits: trainings, honours, honour hours, and what waits for a second person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, func, select

from app.access.actor import Actor
from app.access.scope import condition
from app.db import session
from app.errors import NotFound
from app.people.models import Person, Volunteer
from app.records.models import EntryKind, EntryStep, RecordEntry, RecordWord


class EntryState(StrEnum):
    STANDS = "stands"
    WAITS = "waits"  # honour hours that nobody has approved yet
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Entry:
    """One entry with the words that were said on it and the names of those who said them."""

    row: RecordEntry
    words: dict[str, RecordWord]
    names: dict[str, str]

    @property
    def state(self) -> EntryState:
        if EntryStep.WITHDRAW in self.words:
            return EntryState.WITHDRAWN
        if EntryStep.REFUSE in self.words:
            return EntryState.REFUSED
        waits = self.row.kind == EntryKind.HONOUR_HOURS and EntryStep.APPROVE not in self.words
        return EntryState.WAITS if waits else EntryState.STANDS

    @property
    def last_word(self) -> RecordWord | None:
        """The word that decided: of a withdrawal, else the second person's."""
        return self.words.get(EntryStep.WITHDRAW) or next(iter(self.words.values()), None)


def entries_of(volunteer_id: str, *, standing: bool = False, until: date | None = None) -> list[Entry]:
    """The entries on a volunteer's record, newest first; `standing`: only those that count."""
    rows = select(RecordEntry).where(RecordEntry.volunteer_id == volunteer_id)
    if until is not None:
        rows = rows.where(RecordEntry.day <= until)
    found = with_words(session.scalars(rows.order_by(RecordEntry.day.desc(), RecordEntry.id)).all())
    return [entry for entry in found if entry.state is EntryState.STANDS] if standing else found


def with_words(rows: Sequence[RecordEntry]) -> list[Entry]:
    """The entries with their words, in a fixed number of statements."""
    said: dict[str, dict[str, RecordWord]] = {row.id: {} for row in rows}
    words = session.scalars(select(RecordWord).where(RecordWord.entry_id.in_(said))).all() if said else ()
    for word in words:
        said[word.entry_id][word.step] = word
    people = {row.entered_by for row in rows} | {word.person_id for word in words}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all()) if people else {}
    return [Entry(row, said[row.id], names) for row in rows]


def granted_min(volunteer_id: str) -> int:
    """Her honour hours that count, in minutes."""
    rows = select(func.coalesce(func.sum(RecordEntry.minutes), 0)).where(
        RecordEntry.volunteer_id == volunteer_id, RecordEntry.kind == EntryKind.HONOUR_HOURS,
        has_word(EntryStep.APPROVE), ~has_word(EntryStep.WITHDRAW),
    )  # fmt: skip
    return int(session.scalar(rows) or 0)


def has_word(*steps: EntryStep) -> ColumnElement[bool]:
    """Whether one of these words was said on the entry of the row."""
    return exists().where(RecordWord.entry_id == RecordEntry.id, RecordWord.step.in_(steps))


def entries_seen(actor: Actor) -> Select[RecordEntry]:
    """`SELECT` of the entries on records that the actor may see."""
    people = select(Volunteer.person_id).where(condition(Volunteer, actor))
    return select(RecordEntry).where(RecordEntry.volunteer_id.in_(people))


def entry_seen(actor: Actor, entry_id: str) -> RecordEntry:
    """One entry. NotFound when it is on nobody's record whom the actor may see."""
    found = session.scalars(entries_seen(actor).where(RecordEntry.id == entry_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def waiting_entries(actor: Actor) -> list[tuple[Entry, Person]]:
    """Honour hours that wait for a second person, oldest first, with the volunteer."""
    rows = session.scalars(
        entries_seen(actor)
        .where(RecordEntry.kind == EntryKind.HONOUR_HOURS, ~has_word(*EntryStep))
        .order_by(RecordEntry.entered_at, RecordEntry.id)
    ).all()
    people = {row.volunteer_id for row in rows}
    named = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(people)))} if people else {}
    return [(entry, named[entry.row.volunteer_id]) for entry in with_words(rows)]
