"""The night's proposals: tomorrow's match of every community that asks for it."""

from datetime import date, timedelta

from sqlalchemy import select

from app import clock
from app.access.actor import SYSTEM, Actor
from app.access.scope import works_in
from app.audit.service import record
from app.db import session
from app.errors import NotFound
from app.jobs.port import enqueue
from app.matchruns.models import MatchRun, RunState
from app.matchruns.service import NothingToMatch, begin_run
from app.org.models import OrgUnit, UnitLevel
from app.people.models import Role


def due() -> list[tuple[str, date]]:
    """The communities whose hour has come today and who have no plan for tomorrow yet, with that day."""
    asking = session.scalars(
        select(OrgUnit)
        .where(OrgUnit.level == UnitLevel.COMMUNITY, OrgUnit.match_nightly)
        .order_by(OrgUnit.code)
    ).all()
    tomorrows = [(unit, clock.today(unit.zone) + timedelta(days=1)) for unit in asking]
    return [
        (unit.code, day)
        for unit, day in tomorrows
        if clock.minute_of_day(unit.zone) >= unit.match_at_min and not _has_run(unit.code, day)
    ]


def propose_for(unit_code: str, day: date) -> MatchRun | None:
    """Tomorrow's run begun and handed to the jobs; None where no order waits."""
    try:
        run = begin_run(SYSTEM, unit_code, day)
    except NothingToMatch:
        return None
    enqueue("match", run_id=run.id)
    return run


def ask_for_it(actor: Actor, unit_code: str, *, nightly: bool, at_min: int) -> OrgUnit:
    """Whether, and from which minute of the day, the evening proposes tomorrow's plan of this community."""
    unit = session.get(OrgUnit, unit_code)
    if unit is None or not works_in(actor, unit_code, Role.COORDINATOR):
        raise NotFound
    unit.match_nightly, unit.match_at_min = nightly, at_min
    session.flush()
    record(actor, "match.nightly", f"unit:{unit_code}", unit_code=unit_code, detail={"on": nightly, "at": at_min})
    return unit


def _has_run(unit_code: str, day: date) -> bool:
    made = select(MatchRun.id).where(
        MatchRun.unit_code == unit_code, MatchRun.day == day, MatchRun.state != RunState.FAILED
    )
    return session.scalars(made.limit(1)).first() is not None
