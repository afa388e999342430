"""Writing red flags down at night, and what the safeguarding lead does with them."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible
from app.audit.service import record
from app.db import session
from app.errors import DomainError, Invalid
from app.org.queries import unit
from app.reports.flag_queries import Found, found_in, limits_of
from app.reports.models import FlagState, RedFlag

LONGEST_NOTE = 1_000


class AlreadySettled(DomainError):
    text = _l("This flag was settled. What is settled stays as it was written.")


def look_for_flags(community_code: str) -> int:
    """Write down what the finders see in a community; how many flags are new. Harmless when repeated.

    A flag that nobody has looked at yet gets the newest figures; what a person has looked at is left as she saw it.
    """
    new = 0
    for found in found_in(limits_of(unit(community_code))):
        row = session.scalar(
            select(RedFlag).where(
                RedFlag.kind == found.kind, RedFlag.about_id == found.about_id, RedFlag.mark == found.mark
            )
        )
        if row is None:
            session.add(_flag(community_code, found))
            new += 1
        elif row.state == FlagState.NEW:
            row.facts = found.facts
    session.flush()
    return new


def look_at(actor: Actor, flag_id: str) -> RedFlag:
    """The flag, now looked at by this person. Twice is once."""
    flag = get_visible(RedFlag, flag_id, actor)
    if flag.state == FlagState.NEW:
        _move(actor, flag, FlagState.LOOKED_AT)
    return flag


def settle(actor: Actor, flag_id: str, note: str) -> RedFlag:
    """The flag closed with what was found out and done about it."""
    flag = get_visible(RedFlag, flag_id, actor)
    if flag.state == FlagState.SETTLED:
        raise AlreadySettled
    words = note.strip()
    if not words:
        raise Invalid({"note": str(_l("Write down what you found out and what was done."))})
    if len(words) > LONGEST_NOTE:
        raise Invalid({"note": str(_l("This is too long. Keep to 1,000 characters."))})
    flag.note = words
    _move(actor, flag, FlagState.SETTLED)
    return flag


def _flag(community_code: str, found: Found) -> RedFlag:
    return RedFlag(
        kind=found.kind, community_code=community_code, about_id=found.about_id, other_id=found.other_id,
        mark=found.mark, facts=found.facts, found_at=clock.now(), state=FlagState.NEW, note="",
    )  # fmt: skip


def _move(actor: Actor, flag: RedFlag, state: FlagState) -> None:
    flag.state = state
    flag.seen_by, flag.seen_at = actor.must_be_someone(), clock.now()
    record(actor, f"flag.{state.value}", f"red_flag:{flag.id}", unit_code=flag.community_code)
    session.flush()
