"""Runs as a record: what was planned, what came of the offers, and the documents to check it all again."""

import json
from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.errors import NotFound
from app.matchruns import queries
from app.matchruns.board import board
from app.matchruns.models import MatchRun, RunState
from app.org.queries import unit as org_unit
from app.web.paging import paged

bp = Blueprint("runs", __name__)


@bp.get("/c/runs")
@requires(Permission.MATCH_RUN)
def all_runs() -> ResponseReturnValue:
    """Every run, newest first."""
    page = paged(queries.runs(current_actor(), request.args.get("unit")))
    return render_template("matchruns/runs.html", page=page, names=_names(page.items))


@bp.get("/c/runs/<run_id>")
@requires(Permission.MATCH_RUN)
def one(run_id: str) -> ResponseReturnValue:
    """One run: its figures, and who has answered what."""
    run = queries.run(current_actor(), run_id)
    unit = org_unit(run.unit_code)
    seen = board(unit, run.day, waiting=(), shown=run)
    return render_template("matchruns/run.html", run=run, board=seen, States=RunState)


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
