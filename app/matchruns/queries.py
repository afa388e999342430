"""Reads of runs and of what came of their offers."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, or_, select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, subtree, works_in
from app.db import session
from app.errors import NotFound
from app.matchruns.models import MatchRun, PairRule, RunState
from app.needs.models import Need, NeedState
from app.org.models import OrgUnit, UnitLevel
from app.people.models import Person, Role
from app.visits.models import Assignment, AssignmentState


def communities(actor: Actor) -> list[OrgUnit]:
    """The communities whose days the actor plans, by code."""
    inside = OrgUnit.code.in_(_planned_by(actor))
    rows = select(OrgUnit).where(OrgUnit.level == UnitLevel.COMMUNITY, inside).order_by(OrgUnit.code)
    return list(session.scalars(rows))


def _planned_by(actor: Actor) -> Select[str]:
    return subtree(actor.units(Role.COORDINATOR))


def run(actor: Actor, run_id: str) -> MatchRun:
    """One run; NotFound when the actor does not plan there."""
    found = get_visible(MatchRun, run_id, actor)
    if not works_in(actor, found.unit_code, Role.COORDINATOR):
        raise NotFound
    return found


def runs(actor: Actor, unit_code: str | None = None) -> Select[MatchRun]:
    """The runs of the communities that the actor plans, newest first, ready for paging."""
    rows = select(MatchRun).where(MatchRun.unit_code.in_(_planned_by(actor))).order_by(MatchRun.number.desc())
    return rows.where(MatchRun.unit_code == unit_code) if unit_code else rows


def newest_run(unit_code: str, day: date, *, but: Collection[str] = ()) -> MatchRun | None:
    """The last run of a unit's day, whatever became of it."""
    return _newest(unit_code, day, tuple(RunState), but)


def plan_in_force(unit_code: str, day: date, *, but: Collection[str] = ()) -> MatchRun | None:
    """The last run of a unit's day that holds a plan: proposed or published, else the one that was replaced last."""
    standing = _newest(unit_code, day, (RunState.PROPOSED, RunState.PUBLISHED), but)
    return standing or _newest(unit_code, day, (RunState.SUPERSEDED,), but)


def _newest(unit_code: str, day: date, states: Sequence[RunState], but: Collection[str]) -> MatchRun | None:
    rows = (
        select(MatchRun)
        .where(MatchRun.unit_code == unit_code, MatchRun.day == day, MatchRun.state.in_(states))
        .where(MatchRun.id.notin_(tuple(but)))
        .order_by(MatchRun.number.desc())
    )
    return session.scalars(rows.limit(1)).first()


def day_to_plan(unit_code: str, zone: str) -> date:
    """Tomorrow, in the community's zone."""
    return clock.today(zone) + timedelta(days=1)


def days_with_orders(unit_code: str, zone: str) -> list[date]:
    """The coming days that have open orders, soonest first, at most two weeks of them."""
    today = clock.today(zone)
    rows = (
        select(Need.day)
        .where(Need.community_code == unit_code, Need.state == NeedState.OPEN)
        .where(Need.day > today, Need.day <= today + timedelta(days=14))
        .distinct()
        .order_by(Need.day)
    )
    return list(session.scalars(rows))


def assignments_of(run_id: str) -> list[Assignment]:
    """Everything that one run planned or asked, by start."""
    rows = select(Assignment).where(Assignment.run_id == run_id)
    return list(session.scalars(rows.order_by(Assignment.start_min, Assignment.need_id, Assignment.place)))


def answers_of(run_id: str) -> Counter[str]:
    """How many of a run's offers stand in which state."""
    rows = session.scalars(select(Assignment.state).where(Assignment.run_id == run_id))
    return Counter(str(AssignmentState(state)) for state in rows)


def asked_for(need_ids: Collection[str]) -> list[Assignment]:
    """Everybody who was asked for these orders, oldest first; plans that nobody was told of are left out."""
    rows = select(Assignment).where(
        Assignment.need_id.in_(need_ids), Assignment.state != AssignmentState.PROPOSED,
        Assignment.offered_at.is_not(None),
    )  # fmt: skip
    return list(session.scalars(rows.order_by(Assignment.offered_at, Assignment.id)))


def pair_rules(need_ids: Collection[str]) -> list[PairRule]:
    """The coordinator's words on pairs of these orders, oldest first."""
    rows = select(PairRule).where(PairRule.need_id.in_(need_ids))
    return list(session.scalars(rows.order_by(PairRule.id)))


def orders(actor: Actor, *, words: str = "", state: str = "", day: date | None = None) -> Select[Need]:
    """The orders that the desk may see, newest day first; `words` finds a number (D-1042) or an elder's name."""
    rows = (
        select(Need)
        .where(Need.unit_code.in_(_planned_by(actor)))
        .order_by(Need.day.desc(), Need.earliest_start_min, Need.number)
    )
    if state:
        rows = rows.where(Need.state == state)
    if day is not None:
        rows = rows.where(Need.day == day)
    return rows.where(_found(words)) if words else rows


def _found(words: str) -> ColumnElement[bool]:
    digits = words.upper().removeprefix("D").lstrip("- ").strip()
    elders = select(Person.id).where(Person.name.contains(words, autoescape=True))
    by_name = Need.elder_id.in_(elders)
    return or_(Need.number == int(digits), by_name) if digits.isdecimal() and len(digits) < 10 else by_name
