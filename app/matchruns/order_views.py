"""One order at the desk: why it is as it is, who could go, and the words that change it."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError, NotFound
from app.jobs.port import enqueue
from app.matchruns import asking, queries, service
from app.matchruns.board import NotMatched, Planned, board, orders_of
from app.matchruns.models import MatchRun, RunState
from app.matchruns.ranking import FEW, other_times
from app.needs.models import Need, NeedState
from app.needs.queries import need_on_duty
from app.org.queries import unit as org_unit
from app.people.models import Person, Role
from app.visits.models import Assignment, AssignmentState
from app.visits.queries import tally
from app.web.paging import paged, search_word

bp = Blueprint("desk_orders", __name__)


@bp.get("/c/orders")
@requires(Permission.MATCH_RUN)
def all_orders() -> ResponseReturnValue:
    """Every order of the actor's units, newest day first, with search."""
    state = request.args.get("state", "")
    query = queries.orders(
        current_actor(), words=search_word(), state=state if state in set(NeedState) else "", day=_asked_day()
    )
    page = paged(query)
    return render_template(
        "matchruns/orders.html", page=page, orders=orders_of([need.id for need in page.items]), state=state,
        day=_asked_day(), States=NeedState,
    )  # fmt: skip


@bp.get("/c/orders/<need_id>")
@requires(Permission.MATCH_RUN)
def one(need_id: str) -> ResponseReturnValue:
    """One order: where it stands, why it is not matched, who can be asked, who was."""
    need = need_on_duty(current_actor(), need_id, Role.COORDINATOR)
    run = queries.plan_in_force(need.community_code, need.day)
    people = asking.people_for(need, run)
    history = queries.asked_for([need.id])
    rules = queries.pair_rules([need.id])
    ids = {one.volunteer_id for one in (*people.able, *people.by_name)}
    ids |= {one.volunteer_id for one in history} | {rule.volunteer_id for rule in rules}
    few = need.state == NeedState.OPEN and need.item_code and len(people.able) < FEW
    times = other_times(need) if few else []
    ids |= {one.volunteer for one in times}
    return render_template(
        "matchruns/order.html", order=orders_of([need.id])[need.id], unit=org_unit(need.community_code),
        entry=_entry(need, run), people=people, names=_people(ids), history=history, tally=tally(need.id),
        rules={rule.volunteer_id: rule for rule in rules}, plannable=_is_plannable(need), waiting=_waits(history),
        planned=_planned(need, run), times=times,
    )  # fmt: skip


@bp.post("/c/orders/<need_id>/ask")
@requires(Permission.MATCH_RUN)
def ask(need_id: str) -> ResponseReturnValue:
    """Ask one volunteer by name."""
    return _ask(need_id, lambda chosen: asking.ask_by_name(current_actor(), need_id, chosen))


@bp.post("/c/orders/<need_id>/partner")
@requires(Permission.MATCH_RUN)
def partner(need_id: str) -> ResponseReturnValue:
    """Ask a newcomer to go along."""
    return _ask(need_id, lambda chosen: asking.add_partner(current_actor(), need_id, chosen))


@bp.post("/c/orders/<need_id>/pair")
@requires(Permission.MATCH_RUN)
def pair(need_id: str) -> ResponseReturnValue:
    """Lock or forbid a pair for the next run, or take that word back."""
    volunteer_id, kind = request.form.get("volunteer", ""), request.form.get("kind", "")
    if session.get(Person, volunteer_id) is None or kind not in ("lock", "forbid", "free"):
        raise NotFound
    try:
        with transaction():
            if kind == "free":
                service.clear_pair_rule(current_actor(), need_id=need_id, volunteer_id=volunteer_id)
            else:
                service.set_pair_rule(current_actor(), need_id=need_id, volunteer_id=volunteer_id, kind=kind)
    except NotFound:
        raise
    except DomainError as refused:
        flash(refused.sentence(), "warning")
    else:
        flash(_("Noted. It holds from the next run of the match on."))
    return redirect(url_for("desk_orders.one", need_id=need_id), 303)


@bp.get("/c/orders/<need_id>/change")
@requires(Permission.MATCH_RUN)
def change(need_id: str) -> ResponseReturnValue:
    """The suggested change in words, before it is made."""
    need = need_on_duty(current_actor(), need_id, Role.COORDINATOR)
    run = queries.plan_in_force(need.community_code, need.day)
    entry = _entry(need, run)
    if entry is None or entry.change is None or not asking.can_be_made_here(entry.change):
        raise asking.NoChange
    return render_template("matchruns/change.html", one=entry, run=run, of_the_order=asking.OF_THE_ORDER)


@bp.post("/c/orders/<need_id>/change")
@requires(Permission.MATCH_RUN)
def make_change(need_id: str) -> ResponseReturnValue:
    """Make the suggested change: ask the volunteer, or change the order and run the match again."""
    actor = current_actor()
    run = queries.run(actor, request.form.get("run", ""))
    try:
        with transaction():
            asked = asking.make_change(actor, run, need_id)
            if asked is None:
                begun = service.begin_run(actor, run.unit_code, run.day)
                enqueue("match", run_id=begun.id)
    except NotFound:
        raise
    except DomainError as refused:
        flash(refused.sentence(), "warning")
        return redirect(url_for("desk_orders.one", need_id=need_id), 303)
    flash(_("Asked. You see the answer here.") if asked else _("Changed. The match runs again."))
    if asked:
        return redirect(url_for("desk_orders.one", need_id=need_id), 303)
    return redirect(url_for("board.show", unit=run.unit_code, day=run.day.isoformat()), 303)


# -------------------------------------------------------------------------------------------------------------------


def _ask(need_id: str, asked: Callable[[str], object]) -> ResponseReturnValue:
    try:
        with transaction():
            asked(request.form.get("volunteer", ""))
    except NotFound:
        raise
    except DomainError as refused:
        flash(refused.sentence(), "warning")
    else:
        flash(_("Asked. You see the answer here."))
    return redirect(url_for("desk_orders.one", need_id=need_id), 303)


def _asked_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None


def _entry(need: Need, run: MatchRun | None) -> NotMatched | None:
    """What the plan says of an order that it leaves over."""
    if run is None or run.state not in (RunState.PROPOSED, RunState.PUBLISHED) or need.state != NeedState.OPEN:
        return None
    seen = board(org_unit(need.community_code), need.day, waiting=(), shown=run)
    return next((one for one in seen.not_matched if one.order.need.id == need.id), None)


def _planned(need: Need, run: MatchRun | None) -> Planned | None:
    """What a plan that nobody was told of gives the order."""
    if run is None or run.state != RunState.PROPOSED:
        return None
    seen = board(org_unit(need.community_code), need.day, waiting=(), shown=run)
    return next((one for one in seen.planned if one.order.need.id == need.id), None)


def _people(ids: set[str]) -> dict[str, Person]:
    return {key: session.get_one(Person, key) for key in ids}


def _is_plannable(need: Need) -> bool:
    """Whether words on pairs still matter: an open order of a coming day."""
    zone = org_unit(need.community_code).zone
    return need.state == NeedState.OPEN and need.day > clock.today(zone)


def _waits(history: list[Assignment]) -> bool:
    return any(one.state == AssignmentState.OFFERED for one in history)
