"""`flask jobs`: the timetable to read, one task by hand, and the sentence where there is no queue to work on."""

import pytest
from flask import Flask

from app.jobs import registry

pytestmark = pytest.mark.engines("sqlite")


def _said(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["jobs", *words])
    return result.exit_code, result.output


def test_the_timetable_can_be_read(app: Flask) -> None:
    status, said = _said(app, "list")
    assert status == 0
    for known in registry.timetable():
        assert any(line.split() == [known.name, *(known.cron or "").split()] for line in said.splitlines())


def test_a_task_of_the_timetable_runs_by_hand(app: Flask) -> None:
    assert _said(app, "run", "expire_offers") == (0, "")


def test_a_task_that_is_not_there_is_named_with_those_that_are(app: Flask) -> None:
    status, said = _said(app, "run", "expire_ofers")
    assert status == 1
    assert "There is no task expire_ofers" in said
    assert "expire_offers" in said


def test_there_is_nothing_to_work_on_without_a_queue(app: Flask) -> None:
    status, said = _said(app, "work")
    assert (status, said) == (1, "Error: Jobs run inline here: set LIANXIN_JOBS to huey or procrastinate.\n")
