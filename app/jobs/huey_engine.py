"""Jobs on one machine: Huey's tables in the site's own SQLite file, its consumer inside the web server's process.

Three things differ from plain Huey. A job is written down by our own session, so it is stored with the act or not at
all. A job being run stays in the table under another queue's name until it is done: plain Huey deletes it first, and
a killed process loses it. And Huey's writes wait their turn as everyone's do.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask
from huey import Huey, crontab, signals
from huey.api import Task as HueyTask
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from huey.storage import SqliteStorage
from sqlalchemy import text

from app.db import session, session_is_acting
from app.jobs import registry
from app.jobs.port import Health
from app.turns import take_turn

QUEUE, RUNNING, FAILED = "lianxin", "lianxin:running", "lianxin:failed"
TABLES = frozenset({"kv", "schedule", "task", "counter"})
RETRIES, RETRY_DELAY_S, BACKOFF = 4, 15, 4  # 15 s, 1 min, 4 min, 16 min: a hiccup, then an outage
WORKERS = 2  # a long match does not hold up the messages
GIVE_UP_BELOW = -3  # a job that took the process down with it three times is not tried a fourth


class Storage(SqliteStorage):
    """Huey's tables beside ours."""

    def __init__(self, name: str, filename: str) -> None:
        super().__init__(name, filename=filename, fsync=True, timeout=10, create_tables=False)

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[Any]:
        turn = take_turn(self.filename) if commit else None
        try:
            with super().db(commit=commit, close=close) as cursor:
                yield cursor
        finally:
            if turn is not None:
                turn.give_back()

    def ensure_tables(self) -> None:
        if not self.sql("select 1 from sqlite_master where name = 'schedule'", results=True):
            self.initialize_schema()

    def take(self) -> tuple[int, bytes] | None:
        """The next job, marked as running."""
        if not self.sql("select 1 from task where queue = ? limit 1", (self.name,), results=True):
            return None
        with self.db(commit=True) as cursor:
            cursor.execute("select id, data from task where queue = ? order by priority desc, id limit 1", (self.name,))
            found: tuple[int, bytes] | None = cursor.fetchone()
            if found:
                cursor.execute("update task set queue = ? where id = ?", (RUNNING, found[0]))
            return found

    def done(self, row: int) -> None:
        self.sql("delete from task where id = ?", (row,), commit=True)

    def bury(self, row: int) -> None:
        """Keep a job that failed for good, for a person to look at."""
        self.sql("update task set queue = ? where id = ?", (FAILED, row), commit=True)

    def take_back(self) -> None:
        """What ran when the process was killed waits again; what was taken back too often is buried."""
        with self.db(commit=True) as cursor:
            cursor.execute(
                "update task set queue = case when priority <= ? then ? else ? end, priority = priority - 1"
                " where queue = ?",
                (GIVE_UP_BELOW, FAILED, self.name, RUNNING),
            )

    def read_schedule(self, ts: datetime) -> Any:
        """The retries that are due. Asked every few seconds, so it takes the write lock only when there are some."""
        due = "select 1 from schedule where queue = ? and timestamp <= ? limit 1"
        if not self.sql(due, (self.name, ts.timestamp()), results=True):
            return []
        return super().read_schedule(ts)

    def counts(self) -> dict[str, int]:
        """How many jobs each queue holds, and how many wait for their next try."""
        rows = self.sql("select queue, count(*) from task group by queue", results=True)
        later = self.sql("select count(*) from schedule where queue = ?", (self.name,), results=True)
        return dict(rows) | {"later": later[0][0]}


class Queue(Huey):
    """Huey over that storage; nothing is ever revoked here, and results are rows of the site."""

    def __init__(self, filename: str, secret: str) -> None:
        super().__init__(
            QUEUE,
            results=False,
            storage_class=Storage,
            serializer=SignedSerializer(secret=secret, salt="lianxin.jobs"),  # pickles: none but our own is opened
            filename=filename,
        )
        self._lost: set[str] = set()
        self.signal(signals.SIGNAL_ERROR)(self._note_failure)

    def _note_failure(self, _signal: str, task: HueyTask, _error: BaseException) -> None:
        if not task.retries:
            self._lost.add(task.id)

    def dequeue(self) -> HueyTask | None:
        taken = self.storage.take()
        if taken is None:
            return None
        try:
            task = self.deserialize_task(taken[1])
        except Exception:
            self.storage.bury(taken[0])
            raise
        task.row = taken[0]
        return task

    def execute(self, task: HueyTask, timestamp: datetime | None = None) -> Any:
        result = super().execute(task, timestamp)
        if task.id in self._lost:
            self._lost.discard(task.id)
            self.storage.bury(task.row)
        else:
            self.storage.done(task.row)
        return result

    def is_revoked(self, task: HueyTask, timestamp: datetime | None = None, peek: bool = True) -> bool:
        return False

    def delete(self, key: str) -> bool:
        return False


class QuietConsumer(Consumer):
    """Leaves the process's signals to the web server."""

    def _set_signal_handlers(self) -> None:
        """Gunicorn's stay."""


class HueyEngine:
    """Huey on the embedded database; one process of those that serve it runs the consumer."""

    name = "huey"

    def __init__(self, app: Flask, filename: str) -> None:
        self.app = app
        self.queue = Queue(filename, app.config["SECRET_KEY"])
        self.consumer: QuietConsumer | None = None
        self._lock_path = f"{filename}.jobs"
        self._lock: int | None = None
        self._stopping = threading.Event()
        self._run = self.queue.task(
            name="run", retries=RETRIES, retry_delay=RETRY_DELAY_S, retry_backoff=BACKOFF
        )(lambda name, payload: registry.run(app, name, payload))
        for known in registry.timetable():
            self._put_on_timetable(known)

    def _put_on_timetable(self, known: registry.Task) -> None:
        minute, hour, day, month, weekday = (known.cron or "").split()
        when = crontab(minute, hour, day, month, weekday, strict=True)
        self.queue.periodic_task(when, name=f"periodic:{known.name}")(lambda: registry.run(self.app, known.name, {}))

    def enqueue(self, name: str, payload: dict[str, Any]) -> None:
        registry.known(name)
        if not session_is_acting():
            raise RuntimeError("a job is asked for inside transaction(), so that it is stored with the act")
        data = self.queue.serialize_task(self._run.s(name, payload))
        self.prepare()
        session.execute(
            text("INSERT INTO task (queue, data, priority) VALUES (:queue, :data, 0)"), {"queue": QUEUE, "data": data}
        )

    def prepare(self) -> None:
        for statement in Storage.ddl:
            session.execute(text(statement))

    def start(self) -> None:
        """Run the consumer here once no other process does: after a reload the old one may still be finishing."""
        self._stopping.clear()
        threading.Thread(target=self._start_when_alone, name="jobs", daemon=True).start()

    def _start_when_alone(self) -> None:
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _locked(handle):
            if self._stopping.wait(0.2):
                os.close(handle)
                return
        self._lock = handle
        self.queue.storage.ensure_tables()
        self.queue.storage.take_back()
        self.consumer = QuietConsumer(
            self.queue, workers=WORKERS, max_delay=0.5, scheduler_interval=5, check_worker_health=False
        )
        self.consumer.start()

    def stop(self) -> None:
        self._stopping.set()
        if self.consumer is not None:
            self.consumer.stop(graceful=True)
            self.consumer = None
        self.queue.storage.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def run_waiting(self) -> int:
        self.queue.storage.ensure_tables()
        count = 0
        while (job := self.queue.dequeue()) is not None:
            self.queue.execute(job)
            count += 1
        return count

    def health(self) -> Health:
        self.queue.storage.ensure_tables()
        counts = self.queue.storage.counts()
        running = self._runs_somewhere()
        return Health(
            self.name,
            well=running,
            waiting=counts.get(QUEUE, 0) + counts["later"],
            failed=counts.get(FAILED, 0),
            note="" if running else "no process runs the jobs",
        )

    def _runs_somewhere(self) -> bool:
        if self.consumer is not None:
            return all(thread.is_alive() for _, thread in self.consumer.worker_threads)
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            return not _locked(handle)
        finally:
            os.close(handle)


def _locked(handle: int) -> bool:
    """Whether the lock could be had."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
