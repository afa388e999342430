"""The numbers that people say on the phone: D-1042, each once."""

from sqlalchemy import func, select

from app.db import session
from app.needs.models import Need
from app.org.models import OrgUnit

FIRST_NUMBER = 1000


def next_number() -> int:
    """The number of the next order.

    Whoever places orders at the same time waits here until the other is stored: two would read the same highest
    number. (The row of the topmost unit is only the turnstile; on SQLite the write lock was taken at BEGIN.)
    """
    top = select(OrgUnit).where(OrgUnit.parent_code.is_(None)).order_by(OrgUnit.code).limit(1)
    session.execute(top.with_for_update(key_share=True))
    return (session.scalar(select(func.max(Need.number))) or FIRST_NUMBER) + 1
