"""A fresh migrated database for each test: made once a run, then copied (SQLite) or cloned (PostgreSQL)."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from flask import Flask

from app import create_app
from app.config import load_settings
from app.db import db
from tests.support.postgres import Cloner

SIDE_FILES = ("", "-wal", "-shm", "-journal", ".writer")


class Database(Protocol):
    """Where one worker's tests of one engine keep their rows."""

    url: str

    def restore(self) -> None:
        """Make it as new; nobody may be connected."""


class SqliteDatabase:
    def __init__(self, shared: Path, worker: str) -> None:
        self.path = shared / worker / "lianxin.db"
        self.url = f"sqlite:///{self.path}"
        self.template = shared / "template" / "lianxin.db"
        with _only_one(shared / "sqlite.lock"):
            if not self.template.exists():
                fresh = shared / "making" / "lianxin.db"
                _migrate(f"sqlite:///{fresh}", fresh.parent)
                fresh.parent.rename(self.template.parent)

    def restore(self) -> None:
        for ending in SIDE_FILES:
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.template, self.path)


class PostgresDatabase:
    def __init__(self, shared: Path, worker: str, server_url: str) -> None:
        self.cloner = Cloner(server_url)
        run = f"lianxin_test_{os.stat(shared).st_ino:x}"  # two runs on one server must not meet
        self.template, self.name = f"{run}_template", f"{run}_{worker}"
        self.url = self.cloner.url_of(self.name)
        with _only_one(shared / "postgresql.lock"):
            if not self.cloner.exists(self.template):
                making = f"{run}_making"
                self.cloner.create(making)
                _migrate(self.cloner.url_of(making), shared / "making-postgresql")
                self.cloner.create(self.template, making)
                self.cloner.drop(making)

    def restore(self) -> None:
        self.cloner.create(self.name, self.template)


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _migrate(url: str, folder: Path) -> None:
    """An empty working site at `url`, made by the migrations as an operator makes it."""
    from flask_migrate import upgrade

    app = make_app(url, folder)
    with app.app_context():
        upgrade(directory=str(Path(app.root_path).parent / "migrations"))
        db.session.remove()
        db.engine.dispose()


def make_app(url: str, instance: Path, **settings: object) -> Flask:
    """The product as it runs, for tests: errors reach the test, and no engine of jobs runs by itself."""
    instance.mkdir(parents=True, exist_ok=True)
    given = {"instance": instance, "DATABASE_URL": url, "secret_key": "a secret of the tests", "messages": "none"}
    app = create_app(load_settings(**(given | settings)))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app
