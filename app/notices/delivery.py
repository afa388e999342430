"""Bringing the outbox to its readers: take in hand, hand to the carrier outside every transaction, write down.

Delivery is at least once. A message is taken in hand by a guarded write that also sets when it may be tried again, so
that two jobs never send the same one at once, and one whose job died comes up again by itself.
"""

from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from sqlalchemy import select, update

from app import clock
from app.db import rows_touched, session
from app.notices.carriers import Message, NotCarried, carrier_of
from app.notices.models import Notice
from app.notices.texts import SECRET
from app.notices.words import for_its_reader
from app.people.models import Person

MOST_TRIES = 8
FIRST_WAIT = timedelta(minutes=1)  # then doubled: the eighth try is two hours after the first
REASON_LENGTH = 200


def waiting(*, limit: int = 200) -> Sequence[str]:
    """The messages that are due for a try: their job was lost, or the last try failed."""
    return session.scalars(
        select(Notice.id)
        .where(Notice.sent_at.is_(None), Notice.next_try_at <= clock.now(), Notice.tries < MOST_TRIES)
        .order_by(Notice.next_try_at)
        .limit(limit)
    ).all()


def take(notice_id: str) -> bool:
    """Whether this job, and no other, may deliver the message now. The write is the check."""
    now = clock.now()
    tries = session.scalar(select(Notice.tries).where(Notice.id == notice_id)) or 0
    taken = session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.sent_at.is_(None), Notice.next_try_at <= now, Notice.tries == tries)
        .where(Notice.tries < MOST_TRIES)
        .values(tries=Notice.tries + 1, next_try_at=now + FIRST_WAIT * 2**tries)
        .execution_options(synchronize_session=False)
    )
    return rows_touched(taken) > 0


def message_of(notice_id: str) -> Message | None:
    """The message as it leaves the site; None where it stays in the inbox: no number, or no carrier here."""
    notice = session.get(Notice, notice_id)
    to = _number(notice) if notice is not None else ""
    if notice is None or not to or carrier_of() is None:
        return None
    language, text = for_its_reader(notice)
    base = current_app.config["SETTINGS"].base_url.rstrip("/")
    return Message(id=notice_id, to=to, language=language, text=text, link=base + notice.link if notice.link else "")


def send(message: Message | None) -> str:
    """Hand a message to the carrier: "" when it is on its way, else why not. Reads nothing: it may take its time."""
    carrier = carrier_of()
    if message is None or carrier is None:
        return ""
    try:
        carrier.send(message)
    except NotCarried as error:
        return str(error)[:REASON_LENGTH] or type(error).__name__
    return ""


def note(notice_id: str, failure: str) -> None:
    """Write down how the try went. A code is forgotten once it is sent (but in a demo, where people read it here)."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        return
    notice.failure = failure
    if failure:
        return
    notice.sent_at = clock.now()
    if notice.kind in SECRET and not current_app.config["SETTINGS"].demo:
        notice.data = {}


def _number(notice: Notice) -> str:
    """The phone number that a message goes to, "" for one that is only in the inbox."""
    if notice.phone or notice.person_id is None:
        return notice.phone
    person = session.get(Person, notice.person_id)
    return person.phone if person is not None and person.disabled_at is None else ""
