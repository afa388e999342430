"""Runs as a record: what was planned, what came of the offers, and the documents to check it all again."""

import json
from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import NotFound
from app.matchruns import nightly, queries
from app.matchruns.board import board
from app.matchruns.comparison import comparison
from app.matchruns.models import MatchRun, RunState
from app.org.queries import unit as org_unit
from app.web.filters import clock as clock_words
from app.web.paging import paged

bp = Blueprint("runs", __name__)


@bp.get("/c/runs")
@requires(Permission.MATCH_RUN)
def all_runs() -> ResponseReturnValue:
    """Every run, newest first."""
    page = paged(queries.runs(current_actor(), request.args.get("unit")))
    return render_template(
        "matchruns/runs.html", page=page, names=_names(page.items), units=queries.communities(current_actor())
    )


@bp.post("/c/runs/evening")
@requires(Permission.MATCH_RUN)
def evening() -> ResponseReturnValue:
    """Let the evening propose tomorrow's plan of a community, or no longer."""
    hour = request.form.get("hour", "")
    at_min = 60 * int(hour) if hour.isdecimal() and int(hour) < 24 else 18 * 60
    with transaction():
        unit = nightly.ask_for_it(
            current_actor(), request.form.get("unit", ""), nightly=request.form.get("on") == "1", at_min=at_min
        )
    on, time = unit.match_nightly, clock_words(at_min)
    flash(
        _("From %(time)s on, the evening proposes tomorrow's plan. Nobody is told before you publish.", time=time)
        if on
        else _("The evening no longer proposes a plan. Run the match yourself.")
    )
    return redirect(url_for("runs.all_runs"), 303)


@bp.get("/c/runs/<run_id>")
@requires(Permission.MATCH_RUN)
def one(run_id: str) -> ResponseReturnValue:
    """One run: its figures, and who has answered what."""
    run = queries.run(current_actor(), run_id)
    unit = org_unit(run.unit_code)
    seen = board(unit, run.day, waiting=(), shown=run)
    against = comparison(seen.plan, seen.previous)
    return render_template("matchruns/run.html", run=run, board=seen, comparison=against, States=RunState)


@bp.get("/c/runs/<run_id>/problem.json")
@requires(Permission.MATCH_RUN)
def problem(run_id: str) -> ResponseReturnValue:
    """The day as the solver saw it: ids, points and minutes, no names."""
    return _document(queries.run(current_actor(), run_id), "problem")


@bp.get("/c/runs/<run_id>/result.json")
@requires(Permission.MATCH_RUN)
def result(run_id: str) -> ResponseReturnValue:
    """The plan with its evidence."""
    return _document(queries.run(current_actor(), run_id), "result")


def _document(run: MatchRun, name: str) -> Response:
    document = getattr(run, name)
    if not document:
        raise NotFound
    return Response(
        json.dumps(document, ensure_ascii=False, indent=1) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="lianxin-run-{run.number}-{name}.json"'},
    )


def _names(runs: Sequence[MatchRun]) -> dict[str, str]:
    return {code: org_unit(code).name for code in {run.unit_code for run in runs}}
