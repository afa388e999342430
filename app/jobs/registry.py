"""The tasks by name, and when they run by themselves."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from app.db import session
from app.ledger.watch import must_stand

Work = TypeVar("Work", bound=Callable[..., object])
log = logging.getLogger("lianxin.jobs")


@dataclass(frozen=True)
class Task:
    """One kind of job: `cron` (five fields, in UTC) puts it on the timetable as well."""

    name: str
    work: Callable[..., object]
    cron: str | None = None


TASKS: dict[str, Task] = {}


def task(name: str, *, cron: str | None = None) -> Callable[[Work], Work]:
    """Register a function as the task `name`. Cron is UTC in every engine: 03:00 in Shanghai is 19:00."""

    def register(work: Work) -> Work:
        if name in TASKS:
            raise ValueError(f"two tasks are called {name}")
        TASKS[name] = Task(name, work, cron)
        return work

    return register


def timetable() -> list[Task]:
    """The tasks that run by themselves."""
    return [known for known in TASKS.values() if known.cron]


def known(name: str) -> Task:
    """The task of this name; LookupError for a job that no worker could ever run."""
    if name not in TASKS:
        raise LookupError(f"there is no task {name!r}")
    return TASKS[name]


def run(app: Flask, name: str, payload: dict[str, Any]) -> None:
    """Do the job in a context of its own, as its own edge. An error is the engine's to record and to retry."""
    with app.app_context():
        try:
            must_stand(app)
            known(name).work(**payload)
        finally:
            session.rollback()
