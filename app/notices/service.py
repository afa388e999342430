"""Leave a message for somebody: it is sent only if the act that causes it is stored."""

from typing import Any

from sqlalchemy import select

from app import clock
from app.db import session
from app.jobs.port import enqueue
from app.notices.models import Notice
from app.notices.texts import TEXTS


def notify(
    person_id: str | None, kind: str, *, phone: str = "", link: str = "", uid: str | None = None, **data: Any
) -> Notice | None:
    """A message in the outbox for this person (or bare phone number); None when `uid` was used before.

    `kind` is a key of notices.texts.TEXTS; `data` fills its places and must be plain JSON. `link` is a path.
    """
    if kind not in TEXTS:
        raise KeyError(f"no text for the message kind {kind!r}")
    if uid is not None and session.scalar(select(Notice.id).where(Notice.uid == uid)):
        return None
    notice = Notice(
        person_id=person_id, phone=phone, kind=kind, data=data, link=link, uid=uid, created_at=clock.now()
    )
    session.add(notice)
    session.flush()
    enqueue("send_notice", notice_id=notice.id)
    return notice
