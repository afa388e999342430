"""The coordinator's board: run the day's match, see what did not match and why, review, publish."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import NotFound
from app.jobs.port import enqueue
from app.matchruns import progress, queries, service
from app.matchruns.asking import can_be_made_here
from app.matchruns.board import Board, Walk, board
from app.matchruns.comparison import comparison
from app.matchruns.map import Map, draw
from app.matchruns.models import MatchRun, RunState
from app.matchruns.problem import Document, read_day
from app.org.models import OrgUnit
from app.web.filters import day as day_words

bp = Blueprint("board", __name__)
LETTER_PX, LATIN_PX = 13, 9  # the width of a letter on the timeline
VIEWS = ("list", "volunteers", "map", "compare")


@bp.get("/c")
@requires(Permission.MATCH_RUN)
def show() -> ResponseReturnValue:
    """One community's day: the plan, what did not match first."""
    actor = current_actor()
    unit = _unit(actor)
    if unit is None:
        return render_template("matchruns/no_community.html")
    day = _day(unit)
    seen = board(unit, day, waiting=_waiting(unit, day))
    view = request.args.get("view", "volunteers")
    return render_template(
        "matchruns/board.html", board=seen, view=view if view in VIEWS else "volunteers", States=RunState,
        tomorrow=queries.day_to_plan(unit.code, unit.zone), days=queries.days_with_orders(unit.code, unit.zone),
        units=queries.communities(actor), drawing=_map(seen, view), hours=_hours(seen.walks), now=clock.now(),
        comparison=comparison(seen.plan, seen.previous) if view == "compare" else None,
    )  # fmt: skip


@bp.post("/c/run")
@requires(Permission.MATCH_RUN)
def run() -> ResponseReturnValue:
    """Begin a run and go to the page that waits for it. Nobody is told anything."""
    actor = current_actor()
    unit = _unit(actor)
    if unit is None:
        raise NotFound
    day = _day(unit)
    if day < queries.day_to_plan(unit.code, unit.zone):
        flash(_("The match plans coming days. Orders for today are on their own page."), "warning")
        return redirect(url_for("today.show"), 303)
    try:
        with transaction():
            begun = service.begin_run(actor, unit.code, day)
            enqueue("match", run_id=begun.id)
    except service.NothingToMatch:
        flash(_("There are no open orders for %(day)s, so there is nothing to match.", day=day_words(day)), "warning")
    return redirect(_board_of(unit, day), 303)


@bp.get("/c/publish")
@requires(Permission.MATCH_PUBLISH)
def review() -> ResponseReturnValue:
    """The last look before people are asked: how many, what is new, what to mind."""
    actor = current_actor()
    unit = _unit(actor)
    if unit is None:
        raise NotFound
    day = _day(unit)
    seen = board(unit, day, waiting=_waiting(unit, day))
    if seen.plan is None or seen.plan.state != RunState.PROPOSED:
        flash(_("There is no plan to publish. Run the match first."), "warning")
        return redirect(_board_of(unit, day), 303)
    deadline = service.offer_deadline(unit.code, day)
    return render_template("matchruns/publish.html", board=seen, deadline=deadline, back=_board_of(unit, day))


@bp.post("/c/publish")
@requires(Permission.MATCH_PUBLISH)
def publish() -> ResponseReturnValue:
    """Send the offers of a plan. A person does this, never the night."""
    plan = queries.run(current_actor(), request.form.get("run", ""))
    try:
        with transaction():
            published = service.publish_run(current_actor(), plan.id)
    except service.RunGone as gone:
        flash(gone.sentence(), "warning")
        return redirect(_board_of_run(plan), 303)
    sent = sum(queries.answers_of(published.id)[state] for state in ("offered", "accepted"))
    flash(ngettext("Published: one offer was sent.", "Published: %(num)s offers were sent.", sent))
    return redirect(url_for("runs.one", run_id=published.id), 303)


@bp.app_template_global("makeable")
def makeable(change: Document) -> bool:
    """Whether a button can make the suggested change."""
    return can_be_made_here(change)


@bp.app_template_filter("progress")
def progress_words(step: str) -> str:
    """How far a running match is."""
    return progress.in_words(step)


@bp.app_template_filter("fitting")
def fitting(words: str, width_px: float, larger: float = 1.0) -> str:
    """As much of the words as a box of the timeline holds; the whole stands in its label.

    larger: the letters, against those in a box.
    """
    room = int(width_px / larger / (LATIN_PX if words.isascii() else LETTER_PX))
    return words if len(words) <= room else words[: max(0, room - 1)] + "…" if room > 1 else ""


@bp.app_template_filter("digits_of")
def digits_of(words: str) -> str:
    """The number in the name of a grid."""
    return "".join(letter for letter in words if letter.isdecimal()) or words


# -------------------------------------------------------------------------------------------------------------------


def _unit(actor: Actor) -> OrgUnit | None:
    """The community asked for by `unit`, else the first of the actor's; NotFound for one that is not hers."""
    units = queries.communities(actor)
    code = request.values.get("unit")
    if code is None:
        return units[0] if units else None
    found = next((unit for unit in units if unit.code == code), None)
    if found is None:
        raise NotFound
    return found


def _day(unit: OrgUnit) -> date:
    """The day asked for by `day`, else tomorrow."""
    try:
        return date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        return queries.day_to_plan(unit.code, unit.zone)


def _waiting(unit: OrgUnit, day: date) -> list[str]:
    return [need.id for need in read_day(unit.code, day).needs]


def _board_of(unit: OrgUnit, day: date) -> str:
    return url_for("board.show", unit=unit.code, day=day.isoformat())


def _board_of_run(run: MatchRun) -> str:
    return url_for("board.show", unit=run.unit_code, day=run.day.isoformat())


def _map(seen: Board, view: str) -> Map | None:
    return draw(seen) if seen.plan is not None and view in ("map", "volunteers") else None


def _hours(walks: tuple[Walk, ...]) -> range:
    """The hours that the timeline spans: whole ones around everything that happens, at least eight of them."""
    times = [minute for walk in walks for span in (*walk.free, *walk.legs) for minute in span]
    first = min(times, default=8 * 60) // 60
    last = -(-max(times, default=18 * 60) // 60)
    return range(first, max(last, first + 8) + 1)
