"""What is done in the background: each task is an edge, so it opens its own transactions.

Cron is UTC: 19:00 is 03:00 in Shanghai.
"""

from app.db import session, transaction
from app.jobs.registry import task
from app.notices import delivery


@task("send_notice")
def send_notice(notice_id: str) -> None:
    """Deliver one message of the outbox; the carrier is called outside every transaction."""
    with transaction():
        taken = delivery.take(notice_id)
    if not taken:
        return
    message = delivery.message_of(notice_id)
    session.rollback()  # let go of what was read: the carrier may take its time
    failure = delivery.send(message)
    with transaction():
        delivery.note(notice_id, failure)


@task("send_waiting_notices", cron="* * * * *")
def send_waiting_notices() -> None:
    """Deliver what could not be delivered before, or whose job was lost."""
    for notice_id in delivery.waiting():
        send_notice(notice_id)
