"""`flask jobs ...`: run the jobs beside the web server, or one of them by hand."""

import signal
import threading

import click
from flask import current_app
from flask.cli import AppGroup

from app.jobs import port, registry

jobs = AppGroup("jobs", help="The work in the background.")
commands = [jobs]


@jobs.command("work")
def work() -> None:
    """Run jobs and the timetable until told to stop: for a machine of their own."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    engine = port.engine()
    if engine.name == "inline":
        raise click.ClickException("Jobs run inline here: set LIANXIN_JOBS to huey or procrastinate.")
    engine.start()
    click.echo(f"Running jobs with {engine.name}.")
    stopped.wait()
    engine.stop()


@jobs.command("run")
@click.argument("name")
def run(name: str) -> None:
    """Run one task now, as the timetable would."""
    if name not in registry.TASKS:
        raise click.ClickException(f"There is no task {name}. There are: {', '.join(sorted(registry.TASKS))}.")
    registry.run(current_app._get_current_object(), name, {})  # type: ignore[attr-defined]


@jobs.command("list")
def list_tasks() -> None:
    """The tasks, and when they run by themselves (UTC)."""
    for name, known in sorted(registry.TASKS.items()):
        click.echo(f"{name:24} {known.cron or '-'}")
