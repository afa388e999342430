"""The daily match: read the day, let go, solve, store, and, when a person says so, publish.

Solving stands outside every transaction; what is stored was checked by the independent checker first, and publishing
looks again at every row it touches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

import matching
from app import clock
from app.access.actor import SYSTEM, Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import rows_touched, session
from app.errors import DomainError, NotFound
from app.matchruns import progress
from app.matchruns.models import MatchRun, PairRule, RunState
from app.matchruns.partners import partners
from app.matchruns.problem import Document, build_problem
from app.matchruns.why import reasons
from app.needs.models import Need, NeedState
from app.org.models import OrgUnit
from app.org.queries import zone_of
from app.people.models import Role, Volunteer
from app.rulepacks.queries import setting
from app.visits.models import Assignment, AssignmentState, Origin
from app.visits.service import make_offer, propose
from app.visits.steps import tell_her_side
from matching import InvalidProblem, Options, Problem, Result

SECONDS = 15  # a community is proven within one; the rest is for bad days
LAST_CALL_MIN = 30  # nobody is asked later than this before the start
SHORT_NOTICE = timedelta(hours=2)  # to answer, when the evening's deadline has passed already


class NothingToMatch(DomainError):
    text = _l("There are no open orders for %(day)s, so there is nothing to match. Choose another day.")


class RunGone(DomainError):
    text = _l("This plan was replaced by a newer one. Please look at the newest plan.")


class LockImpossible(DomainError):
    text = _l(
        "This volunteer can't be locked here: a rule stands in the way (how far, when, or what may be done)."
        " You can still ask by name."
    )


@dataclass(frozen=True)
class Solved:
    """What solving gave: the documents to keep, or the sentence that says why there is no plan."""

    problem: Document
    result: Document
    trouble: str = ""


def begin_run(actor: Actor, unit_code: str, day: date) -> MatchRun:
    """A new run in state RUNNING for the unit's day. NothingToMatch when no order waits; NotFound out of scope."""
    if session.get(OrgUnit, unit_code) is None or not works_in(actor, unit_code, Role.COORDINATOR):
        raise NotFound
    document = build_problem(unit_code, day)
    if not document["needs"]:
        raise NothingToMatch(day=day.isoformat())
    run = MatchRun(
        number=(session.scalar(select(func.max(MatchRun.number))) or 0) + 1, unit_code=unit_code, day=day,
        state=RunState.RUNNING, started_by=actor.person_id, started_at=clock.now(), problem=document,
        needs=len(document["needs"]),
    )  # fmt: skip
    session.add(run)
    session.flush()
    record(actor, "match.run", f"match_run:{run.id}", unit_code=unit_code, detail={"day": day.isoformat()})
    return run


def solve_document(document: Document, *, tell: Callable[..., None] | None = None, seed: int = 1) -> Solved:
    """The checked plan for a problem document; outside every transaction. Locks that no longer hold are let go."""
    problem, document = _readable(document)
    from matching.solver import load  # the solvers cost a second and a half: only a match pays it

    load()  # compile what is not compiled yet outside the time limit: the first match after an update is as good as any
    result = matching.solve(problem, Options(time_limit_s=SECONDS, seed=seed, workers=1, progress=tell))
    broken = matching.check(problem, result)
    trouble = " ".join(str(sentence) for sentence in broken[:3])
    return Solved(problem=document, result=result.to_dict(), trouble=trouble)


def store_plan(run_id: str, solved: Solved) -> MatchRun:
    """The run with its plan as proposals; a plan that the checker refuses is not stored, only why."""
    run = session.get_one(MatchRun, run_id)
    run.finished_at = clock.now()
    run.problem = solved.problem
    if solved.trouble:
        run.state, run.trouble = RunState.FAILED, solved.trouble
        return run
    _replace_older(run)
    run.state, run.result = RunState.PROPOSED, solved.result
    run.served = len(solved.result["matches"])
    run.milliseconds = round(1000 * solved.result["run"]["seconds"])
    for row in proposals(run):
        propose(run_id=run.id, origin=Origin.MATCH, **row)
    for join in partners(Problem.from_dict(solved.problem), Result.from_dict(solved.result)):
        propose(
            run_id=run.id, origin=Origin.PARTNER, need=session.get_one(Need, join["need"]), place=2,
            volunteer_id=join["volunteer"], start_min=join["start"], walking_min=join["walking_min"], why=["partner"],
        )  # fmt: skip
    return run


def note_step(run_id: str, step: str, incumbent: Sequence[int] = (), bound: Sequence[int] = ()) -> None:
    """Write down how far a running match is, for the page that waits."""
    running = update(MatchRun).where(MatchRun.id == run_id, MatchRun.state == RunState.RUNNING)
    session.execute(running.values(step=progress.stored(step, incumbent, bound)))


def fail_run(run_id: str, trouble: str) -> None:
    """Mark a run that could not be finished; the plan before it stays."""
    session.execute(
        update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.state == RunState.RUNNING)
        .values(state=RunState.FAILED, trouble=trouble, finished_at=clock.now())
    )


def publish_run(actor: Actor, run_id: str) -> MatchRun:
    """Offers to every volunteer of the plan, with a deadline. Only a person publishes, and only once."""
    actor.must_be_someone()
    if not works_in(actor, session.get_one(MatchRun, run_id).unit_code, Role.COORDINATOR):
        raise NotFound
    return _publish(actor, run_id)


def publish_by_operator(run_id: str) -> MatchRun:
    """The same by the person at the machine's command line, who has no account here; the trail names the system."""
    return _publish(SYSTEM, run_id)


def _publish(actor: Actor, run_id: str) -> MatchRun:
    run = session.get_one(MatchRun, run_id)
    taken = session.execute(
        update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.state == RunState.PROPOSED)
        .values(state=RunState.PUBLISHED, published_by=actor.person_id, published_at=clock.now())
    )
    if rows_touched(taken) == 0:
        raise RunGone
    deadline = offer_deadline(run.unit_code, run.day)
    for assignment in _proposed(run):
        need = session.get_one(Need, assignment.need_id)
        if _is_overtaken(need, assignment):
            assignment.state = AssignmentState.SUPERSEDED
            continue
        make_offer(actor, assignment, deadline_at=_in_time(deadline, need, assignment))
    _tell_not_matched(run)
    record(actor, "match.publish", f"match_run:{run.id}", unit_code=run.unit_code, detail={"served": run.served})
    session.refresh(run)
    return run


def offer_deadline(unit_code: str, day: date) -> datetime:
    """Until when offers for that day are answered: the evening before, or two hours from now when that has passed."""
    zone = zone_of(unit_code)
    by = clock.minute_said(str(setting(unit_code, "offer_reply_by", on=day)))
    evening = clock.instant(day - timedelta(days=1), by, zone)
    return max(evening, clock.now() + SHORT_NOTICE)


def deadline_for(need: Need, start_min: int) -> datetime:
    """The deadline of one offer: never later than half an hour before the start, never already over."""
    last_call = clock.instant(need.day, start_min - LAST_CALL_MIN, zone_of(need.unit_code))
    soonest = clock.now() + timedelta(minutes=10)
    return max(soonest, min(offer_deadline(need.community_code, need.day), last_call))


def need_to_plan(actor: Actor, need_id: str) -> Need:
    """The order, for a coordinator of its unit; NotFound for anybody else."""
    need = session.get(Need, need_id)
    if need is None or not works_in(actor, need.unit_code, Role.COORDINATOR):
        raise NotFound
    return need


def set_pair_rule(actor: Actor, *, need_id: str, volunteer_id: str, kind: str, start_min: int | None = None) -> None:
    """Lock or forbid one pair for the next run. LockImpossible, with the rule's words, when a lock breaks a rule."""
    need = need_to_plan(actor, need_id)
    get_visible(Volunteer, volunteer_id, actor)
    clear_pair_rule(actor, need_id=need_id, volunteer_id=volunteer_id)
    rule = PairRule(
        need_id=need_id, volunteer_id=volunteer_id, kind=kind, start_min=start_min,
        made_by=actor.must_be_someone(), made_at=clock.now(),
    )  # fmt: skip
    session.add(rule)
    session.flush()
    if kind == "lock":
        try:
            Problem.from_dict(build_problem(need.community_code, need.day, only=[need]))
        except InvalidProblem:
            raise LockImpossible from None
    record(actor, f"match.{kind}", f"need:{need_id}", unit_code=need.unit_code, detail={"volunteer": volunteer_id})


def clear_pair_rule(actor: Actor, *, need_id: str, volunteer_id: str) -> None:
    """Take back the word on one pair, if there was one."""
    need_to_plan(actor, need_id)
    rules = session.scalars(
        select(PairRule).where(PairRule.need_id == need_id, PairRule.volunteer_id == volunteer_id)
    ).all()
    for rule in rules:
        session.delete(rule)
    session.flush()


def proposals(run: MatchRun) -> list[dict[str, Any]]:
    """What a stored result would ask of whom: need, place, volunteer, start, walking minutes and the reasons."""
    walking = _walking_min(run.result)
    rows = []
    for match in run.result["matches"]:
        need = session.get_one(Need, match["need"])
        taken = _places_taken(need)
        free = [place for place in (1, 2) if place not in taken]
        for place, volunteer_id in zip(free, match["volunteers"], strict=False):
            rows.append({
                "need": need, "place": place, "volunteer_id": volunteer_id, "start_min": match["start"],
                "walking_min": walking[need.id, volunteer_id],
                "why": reasons(match["score"]),
            })  # fmt: skip
    return rows


def _walking_min(result: Document) -> dict[tuple[str, str], int]:
    """Minutes on foot to each visit: from home for the first of a round, from the door before for the next."""
    walking = {}
    for tour in result["rounds"]:
        left_at = tour["leave"]
        for visit in tour["visits"]:
            walking[visit["need"], tour["volunteer"]] = visit["arrive"] - left_at
            left_at = visit["end"]
    return walking


# -------------------------------------------------------------------------------------------------------------------


def _readable(document: Document) -> tuple[Problem, Document]:
    """The problem, without the locks that the day has overtaken (a volunteer changed her times since)."""
    try:
        return Problem.from_dict(document), document
    except InvalidProblem:
        bare = {**document, "locked": []}
        Problem.from_dict(bare)  # anything but the locks is our own mistake and must be seen
    kept: list[Any] = []
    for lock in document["locked"]:
        try:
            Problem.from_dict({**bare, "locked": [*kept, lock]})
        except InvalidProblem:
            continue
        kept.append(lock)
    document = {**bare, "locked": kept}
    return Problem.from_dict(document), document


def _replace_older(run: MatchRun) -> None:
    """Plans of the same day that nobody published give way to this one."""
    older = session.scalars(
        select(MatchRun).where(
            MatchRun.unit_code == run.unit_code, MatchRun.day == run.day, MatchRun.id != run.id,
            MatchRun.state == RunState.PROPOSED,
        )
    ).all()  # fmt: skip
    for other in older:
        other.state = RunState.SUPERSEDED
        for assignment in _proposed(other):
            assignment.state = AssignmentState.SUPERSEDED
    session.flush()


def _proposed(run: MatchRun) -> list[Assignment]:
    rows = session.scalars(
        select(Assignment)
        .where(Assignment.run_id == run.id, Assignment.state == AssignmentState.PROPOSED)
        .order_by(Assignment.start_min, Assignment.id)
    )
    return list(rows)


def _places_taken(need: Need) -> set[int]:
    rows = session.scalars(
        select(Assignment.place).where(
            Assignment.need_id == need.id,
            Assignment.state.in_((AssignmentState.OFFERED, AssignmentState.ACCEPTED)),
        )
    )
    return set(rows)


def _is_overtaken(need: Need, assignment: Assignment) -> bool:
    """Whether the day has moved on since the plan was made: the order ended, its place or her time was given away."""
    if need.state != NeedState.OPEN or assignment.place in _places_taken(need):
        return True
    until = assignment.start_min + need.duration_min
    hers = (
        select(Assignment.id)
        .join(Need, Need.id == Assignment.need_id)
        .where(Assignment.volunteer_id == assignment.volunteer_id, Assignment.day == need.day)
        .where(Assignment.state.in_((AssignmentState.OFFERED, AssignmentState.ACCEPTED)))
        .where(Assignment.run_id.is_distinct_from(assignment.run_id))
        .where(Assignment.start_min < until, Assignment.start_min + Need.duration_min > assignment.start_min)
    )
    return session.scalar(hers.limit(1)) is not None


def _in_time(deadline: datetime, need: Need, assignment: Assignment) -> datetime:
    return min(deadline, deadline_for(need, assignment.start_min))


def _tell_not_matched(run: MatchRun) -> None:
    """The elder's side of an order that nobody can take yet hears so, once."""
    for unserved in run.result["unserved"]:
        need = session.get_one(Need, unserved["need"])
        if need.state == NeedState.OPEN:
            tell_her_side(need, "not_matched_yet", key=f"not-matched:{need.id}", day=need.day.isoformat())


def result_of(run: MatchRun) -> Result:
    """The stored result as the solver's own object."""
    return Result.from_dict(run.result)
