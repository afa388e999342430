"""A fresh migrated database for each test: made once a run, then copied (SQLite) or cloned (PostgreSQL).

There are two templates: an empty working site, and one in which the cast lives (tests/people.py) as made in the morning
at which the clock of the tests stands. Making the cast costs more than most tests do.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import time_machine
from flask import Flask

from app import create_app
from app.config import load_settings
from app.db import db
from tests.support.postgres import Cloner

SIDE_FILES = ("", "-wal", "-shm", "-journal", ".writer")
MORNING = datetime(2026, 6, 16, 1, 0, tzinfo=UTC)
EMPTY, PEOPLED = "empty", "peopled"


class Database(Protocol):
    """Where one worker's tests of one engine keep their rows."""

    url: str

    def restore(self, template: str = EMPTY) -> None:
        """Make it as new, or as the cast left it; nobody may be connected."""


class SqliteDatabase:
    def __init__(self, shared: Path, worker: str) -> None:
        self.shared = shared
        self.path = shared / worker / "lianxin.db"
        self.url = f"sqlite:///{self.path}"

    def restore(self, template: str = EMPTY) -> None:
        for ending in SIDE_FILES:
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._template(template), self.path)

    def _template(self, name: str) -> Path:
        made = self.shared / f"template-{name}" / "lianxin.db"
        with _only_one(self.shared / "sqlite.lock"):
            if not made.exists():
                fresh = self.shared / "making" / "lianxin.db"
                _make(name, f"sqlite:///{fresh}", fresh.parent)
                fresh.parent.rename(made.parent)
        return made


class PostgresDatabase:
    def __init__(self, shared: Path, worker: str, server_url: str) -> None:
        self.shared = shared
        self.cloner = Cloner(server_url)
        self.run = f"lianxin_test_{os.stat(shared).st_ino:x}"  # two runs on one server must not meet
        self.name = f"{self.run}_{worker}"
        self.url = self.cloner.url_of(self.name)
        self.templates: dict[str, str] = {}

    def restore(self, template: str = EMPTY) -> None:
        if template not in self.templates:
            self.templates[template] = self._template(template)
        self.cloner.create(self.name, self.templates[template])

    def _template(self, name: str) -> str:
        made, making = f"{self.run}_{name}", f"{self.run}_making"
        with _only_one(self.shared / "postgresql.lock"):
            if not self.cloner.exists(made):
                self.cloner.create(making)
                _make(name, self.cloner.url_of(making), self.shared / "making-postgresql")
                self.cloner.create(made, making)
                self.cloner.drop(making)
        return made


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(template: str, url: str, folder: Path) -> None:
    """A working site at `url`, made by the migrations as an operator makes it: empty, or with the cast in it."""
    from flask_migrate import upgrade

    app = make_app(url, folder)
    with app.app_context():
        upgrade(directory=str(Path(app.root_path).parent / "migrations"))
        if template == PEOPLED:
            _people_it()
        db.session.remove()
        db.engine.dispose()


def _people_it() -> None:
    from tests.people import cast

    with time_machine.travel(MORNING, tick=False):
        cast(db.session)
        db.session.commit()


def make_app(url: str, instance: Path, **settings: object) -> Flask:
    """The product as it runs, for tests: errors reach the test, and no engine of jobs runs by itself."""
    instance.mkdir(parents=True, exist_ok=True)
    given = {"instance": instance, "DATABASE_URL": url, "secret_key": "a secret of the tests", "messages": "none"}
    app = create_app(load_settings(**(given | settings)))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app
