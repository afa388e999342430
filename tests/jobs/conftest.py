"""The three engines of jobs on real databases: inline on both, Huey on SQLite, Procrastinate on PostgreSQL.

Engines have threads, timetables and heartbeats of their own, so these tests live in real time.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import procrastinate
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.audit.service import record
from app.db import db, session, transaction
from app.jobs import huey_engine, port, procrastinate_engine, registry
from tests.support.databases import Database, make_app

QUEUES = {"sqlite": "huey", "postgresql": "procrastinate"}
PATIENCE_S = 40  # on a loaded machine; each test is done as soon as it can be


class Site:
    """The product with one engine of jobs. `runs` begins to run jobs as the web server does."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.engine = port.engine()

    def ask(self, name: str, **payload: Any) -> None:
        """An act that asks for one job and is stored."""
        with transaction():
            port.enqueue(name, **payload)

    def runs(self) -> None:
        self.engine.start()

    def is_done(self, key: str, *, times: int = 1) -> bool:
        """Whether the test's job wrote its line so often."""
        session.rollback()
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.subject == f"job:{key}")
        return (session.scalar(query) or 0) >= times

    def health(self) -> port.Health:
        session.rollback()
        return self.engine.health()


def eventually(what: Callable[[], bool], patience: float = PATIENCE_S) -> bool:
    """Whether it comes true while one waits for it."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return what()


def write(key: str) -> None:
    """What the jobs of these tests do: one line that anyone can count."""
    with transaction():
        record(None, "jobs.test", f"job:{key}")


@pytest.fixture(autouse=True)
def clock() -> None:
    """Real time."""


@pytest.fixture(params=["inline", "queue"])
def site(request: pytest.FixtureRequest, engine: str, database: Database, tmp_path: Path) -> Iterator[Site]:
    yield from _serving(QUEUES[engine] if request.param == "queue" else "inline", database, tmp_path)


@pytest.fixture
def queued(engine: str, database: Database, tmp_path: Path, jobs: dict[str, Any]) -> Iterator[Site]:
    """A site whose jobs wait in a table until a process runs them."""
    yield from _serving(QUEUES[engine], database, tmp_path)


def _serving(jobs: str, database: Database, folder: Path) -> Iterator[Site]:
    app = make_app(database.url, folder, jobs=jobs)
    app.config["TESTING"] = False  # a job that fails is treated as in real life
    with app.app_context():
        site = Site(app)
        yield site
        site.engine.stop()
        session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The product's tasks and three of the tests; a failed try is repeated at once, as often as in real life."""
    from app.jobs import tasks  # noqa: F401 (registers the product's own)

    troubled = {"failures": 2, "seen": 0}

    def fail() -> None:
        raise ValueError("this job never works")

    def stumble(key: str) -> None:
        troubled["seen"] += 1
        if troubled["seen"] <= troubled["failures"]:
            raise ConnectionError("not yet")
        write(key)

    known = dict(registry.TASKS)
    for name, work in (("test_write", write), ("test_fail", fail), ("test_stumble", stumble)):
        known[name] = registry.Task(name, work)
    monkeypatch.setattr(registry, "TASKS", known)
    monkeypatch.setattr(huey_engine, "RETRY_DELAY_S", 0)
    again = procrastinate.RetryStrategy(max_attempts=procrastinate_engine.ATTEMPTS, wait=0)
    monkeypatch.setattr(procrastinate_engine, "RETRY", again)
    return troubled
