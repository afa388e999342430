"""Leave a message for somebody: it is sent only if the act that causes it is stored."""

from typing import Any

from sqlalchemy import select, update

from app import clock
from app.access.actor import Actor
from app.access.scope import condition, get_visible
from app.db import session
from app.jobs.port import enqueue
from app.notices.models import Notice
from app.notices.texts import TEXTS


def notify(
    person_id: str | None, kind: str, *, phone: str = "", link: str = "", uid: str | None = None, **data: Any
) -> Notice | None:
    """A message in the outbox for this person (or bare phone number); None when `uid` was used before.

    `kind` is a key of notices.texts.TEXTS; `data` fills its places, is plain JSON, and is worded for the reader as
    notices.words says (`day`, `at`, `..._min`, `minutes`, `item`). `link` is a path of this site.
    """
    if kind not in TEXTS:
        raise KeyError(f"no text for the message kind {kind!r}")
    if uid is not None and session.scalar(select(Notice.id).where(Notice.uid == uid)):
        return None
    now = clock.now()
    notice = Notice(
        person_id=person_id, phone=phone, kind=kind, data=data, link=link, uid=uid, created_at=now, next_try_at=now
    )
    session.add(notice)
    session.flush()
    enqueue("send_notice", notice_id=notice.id)
    return notice


def mark_read(actor: Actor, notice_id: str) -> Notice:
    """The message, which its reader has now opened."""
    notice = get_visible(Notice, notice_id, actor)
    if notice.read_at is None:
        notice.read_at = clock.now()
    return notice


def mark_all_read(actor: Actor) -> None:
    """Nothing in the actor's inbox is new any more."""
    session.execute(
        update(Notice).where(condition(Notice, actor), Notice.read_at.is_(None)).values(read_at=clock.now())
    )
