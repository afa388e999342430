"""`flask match`: one community's day from the command line, for scripts and for the first look at a new community."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from app import clock
from app.access.actor import SYSTEM
from app.cli import said_in_words
from app.db import session, transaction
from app.errors import DomainError
from app.matchruns import service
from app.matchruns.models import MatchRun, RunState
from app.org.queries import unit as org_unit


@click.command("match")
@click.option("--unit", "unit_code", required=True, help="The code of the community.")
@click.option("--day", help="The day to match, YYYY-MM-DD. Tomorrow when left out.")
@click.option("--publish", is_flag=True, help="Send the offers as well. You answer for the plan.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="A folder for problem and result.json.")
def match(unit_code: str, day: str | None, publish: bool, as_json: bool, save: Path | None) -> None:
    """Match one community's day, and say who is not matched and why."""
    with said_in_words():
        run = run_now(unit_code, _day(unit_code, day))
        if publish:
            with transaction():
                service.publish_by_operator(run.id)
    if save is not None:
        _save(run, save)
    if as_json:
        click.echo(json.dumps(_document(run), ensure_ascii=False))
    click.echo(_sentence(run, publish=publish), err=True)


def _day(unit_code: str, said: str | None) -> date:
    zone = org_unit(unit_code).zone
    if said is None:
        return clock.today(zone) + timedelta(days=1)
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise click.BadParameter(f"{said!r} is not a day; write it as 2026-11-25.", param_hint="--day") from None


def run_now(unit_code: str, day: date) -> MatchRun:
    """The run begun, solved outside every transaction, and stored."""
    with transaction():
        run = service.begin_run(SYSTEM, unit_code, day)
        run_id, document = run.id, run.problem
    session.rollback()
    try:
        solved = service.solve_document(document)
    except BaseException:
        with transaction():
            service.fail_run(run_id, "")
        raise
    with transaction():
        run = service.store_plan(run_id, solved)
    if run.state == RunState.FAILED:
        raise DomainError(f"The plan was not stored: {run.trouble}")
    return run


def _document(run: MatchRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "unit": run.unit_code,
        "day": run.day.isoformat(),
        "needs": run.needs,
        "served": run.served,
        "unserved": run.result["unserved"],
        "levels": run.result["levels"],
        "seconds": run.result["run"]["seconds"],
    }


def _save(run: MatchRun, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("problem", "result"):
        text = json.dumps(getattr(run, name), ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _sentence(run: MatchRun, *, publish: bool) -> str:
    told = "The offers were sent." if publish else "Nobody was told yet."
    seconds = run.result["run"]["seconds"]
    return f"Run {run.number}: {run.served} of {run.needs} orders matched for {run.day} in {seconds:.1f} s. {told}"


commands = [match]
