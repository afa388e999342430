"""The timetable: every task with a time is on it, and both engines read the times alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from croniter import croniter
from flask import Flask

from app.jobs import registry
from app.jobs.huey_engine import HueyEngine
from app.jobs.procrastinate_engine import ProcrastinateEngine
from tests.jobs.conftest import Site, eventually, write

BY_THEMSELVES = {
    "send_waiting_notices",
    "nightly_matches",
    "expire_offers",
    "confirm_silent_visits",
    "close_passed_needs",
    "extend_series",
    "void_overdue_holds",
    "seed_month",
}
SOME_DAY = datetime(2026, 6, 30, tzinfo=UTC)


def timetable_of(engine: Any) -> dict[str, Any]:
    """The engine's own timetable: the name of the task, and the engine's idea of when it is due."""
    if isinstance(engine, HueyEngine):
        periodic = engine.queue._registry.periodic_tasks
        return {task.name.removeprefix("periodic:"): task.validate_datetime for task in periodic}
    assert isinstance(engine, ProcrastinateEngine)
    periodic = engine._worker().periodic_registry.periodic_tasks
    return {
        entry.task.name.removeprefix("periodic:"): lambda when, cron=entry.cron: croniter.match(cron, when)
        for entry in periodic.values()
    }


def test_the_product_s_work_is_on_the_timetable() -> None:
    assert {known.name for known in registry.timetable()} >= BY_THEMSELVES


def test_the_engine_knows_every_task_with_a_time(queued: Site) -> None:
    assert set(timetable_of(queued.engine)) == {known.name for known in registry.timetable()}


def test_the_engine_reads_the_times_in_utc_as_they_are_written(queued: Site) -> None:
    due = timetable_of(queued.engine)
    minutes = [SOME_DAY + timedelta(minutes=number) for number in range(24 * 60)]
    for known in registry.timetable():
        cron = known.cron or ""
        step = 1 if not cron.startswith("*") else 7  # what comes every few minutes need not be asked every minute
        asked = minutes[::step]
        wrong = [when for when in asked if bool(due[known.name](when)) != croniter.match(cron, when)]
        assert not wrong, f"{known.name} ({cron}) is due or not due at {wrong[:3]}"


@pytest.mark.full
def test_a_task_with_a_time_runs_by_itself(engine: str, queued: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for the next full minute."""
    monkeypatch.setattr(
        registry, "TASKS", {"test_tick": registry.Task("test_tick", lambda: write("tick"), cron="* * * * *")}
    )
    from app.jobs import port
    from app.jobs.setup import make_engine

    app: Flask = queued.app
    app.extensions["jobs"] = queued.engine = make_engine(app, app.config["SETTINGS"])
    assert port.engine() is queued.engine
    queued.runs()
    assert eventually(lambda: queued.is_done("tick"), patience=130)
