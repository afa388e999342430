"""Who shall have a person's time one day, as she said herself while she lived."""

from sqlalchemy import select

from app.db import session
from app.passbook.models import Heir, Nomination


def nominations_of(person_id: str) -> list[Nomination]:
    """Everything she ever said about it, the newest first: the first row holds."""
    rows = select(Nomination).where(Nomination.person_id == person_id).order_by(Nomination.nr.desc())
    return list(session.scalars(rows))


def nomination_of(person_id: str) -> Nomination | None:
    """What holds now; None when she never said anything."""
    return session.scalar(
        select(Nomination).where(Nomination.person_id == person_id).order_by(Nomination.nr.desc()).limit(1)
    )


def nominee_of(person_id: str) -> str | None:
    """The person she named; None when she named the fund, or nobody."""
    held = nomination_of(person_id)
    return held.nominee_id if held is not None else None


def named_the_fund(person_id: str) -> bool:
    """Whether she said that the community fund shall have it."""
    held = nomination_of(person_id)
    return held is not None and held.heir == Heir.FUND
