"""Jobs on many machines: Procrastinate's tables in PostgreSQL.

A job is deferred on our own psycopg connection, so it is stored with the act or not at all; the timetable is
de-duplicated in the database, so any number of workers may run it; jobs of a killed worker are found by its silence
and tried again.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import procrastinate
from flask import Flask
from procrastinate.schema import SchemaManager
from sqlalchemy import make_url, text

from app.db import db, session, session_is_acting, transaction
from app.jobs import registry
from app.jobs.port import Health

QUEUE = "lianxin"
ATTEMPTS = 5
RETRY = procrastinate.RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=4)  # 4 s, 16 s, 1 min, 4 min
WORKERS = 2  # a long match does not hold up the messages
SILENT_AFTER_S = 30  # a worker reports every 10 s


class ProcrastinateEngine:
    """Procrastinate on the site's PostgreSQL."""

    name = "procrastinate"

    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.conninfo = address
        # Two faces of one registry: the deferring side never opens a connection of its own.
        self.deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
        self._thread: threading.Thread | None = None
        self._cancel: Callable[[], object] | None = None

    def enqueue(self, name: str, payload: dict[str, Any]) -> None:
        registry.known(name)
        if not session_is_acting():
            raise RuntimeError("a job is asked for inside transaction(), so that it is stored with the act")
        self.prepare()
        connection = session.connection().connection.driver_connection
        self.deferring.configure_task("run", queue=QUEUE, connection=connection).defer(name=name, payload=payload)

    def prepare(self) -> None:
        if self._is_there():
            return
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('lianxin.jobs'))"))  # several may start at once
        if not self._is_there():
            connection = session.connection().connection.driver_connection
            assert connection is not None
            connection.execute(SchemaManager.get_schema())

    @staticmethod
    def _is_there() -> bool:
        return session.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is not None

    # the worker's side ------------------------------------------------------------------------------------------

    def _worker(self) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(conninfo=self.conninfo, min_size=1, max_size=4)
        worker = procrastinate.App(connector=connector)

        @worker.task(name="run", queue=QUEUE, retry=RETRY)
        def run(name: str, payload: dict[str, Any]) -> None:
            self._run(name, payload)

        for known in registry.timetable():
            self._put_on_timetable(worker, known)
        return worker

    def _put_on_timetable(self, worker: procrastinate.App, known: registry.Task) -> None:
        @worker.periodic(cron=known.cron or "")
        @worker.task(name=f"periodic:{known.name}", queue=QUEUE, pass_context=False)
        def tick(timestamp: int) -> None:
            self._run(known.name, {})

    def _run(self, name: str, payload: dict[str, Any]) -> None:
        try:
            registry.run(self.app, name, payload)
        except Exception:
            registry.log.exception("the job %s failed", name)
            raise

    def start(self) -> None:
        with self.app.app_context(), transaction():
            self.prepare()
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="jobs", daemon=True)
        self._thread.start()
        ready.wait(10)

    async def _serve(self, ready: threading.Event) -> None:
        worker = self._worker()
        async with worker.open_async():
            working = asyncio.create_task(self._work(worker, wait=True))
            reviving = asyncio.create_task(self._revive_for_ever(worker))
            loop = asyncio.get_running_loop()
            self._cancel = lambda: loop.call_soon_threadsafe(working.cancel)
            ready.set()
            await asyncio.wait([working])
            reviving.cancel()

    async def _work(self, worker: procrastinate.App, *, wait: bool) -> None:
        await worker.run_worker_async(
            queues=[QUEUE],
            wait=wait,
            concurrency=WORKERS,
            delete_jobs="successful",
            install_signal_handlers=False,
            listen_notify=wait,
            stalled_worker_timeout=SILENT_AFTER_S,
        )

    async def _revive_for_ever(self, worker: procrastinate.App) -> None:
        while True:
            await revive(worker)
            await asyncio.sleep(SILENT_AFTER_S)

    def stop(self) -> None:
        if self._cancel is not None and self._thread is not None:
            self._cancel()
            self._thread.join(30)
        self._thread = self._cancel = None

    def run_waiting(self) -> int:
        before = self._counts()
        done = threading.Thread(target=lambda: asyncio.run(self._drain()))  # the caller may have a loop of its own
        done.start()
        done.join()
        return before.get("todo", 0) - self._counts().get("todo", 0)

    async def _drain(self) -> None:
        worker = self._worker()
        worker.periodic_registry.periodic_tasks.clear()
        async with worker.open_async():
            await self._work(worker, wait=False)

    def health(self) -> Health:
        counts = self._counts()
        alive = session.scalar(
            text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds'")
        )
        return Health(
            self.name,
            well=bool(alive),
            waiting=counts.get("todo", 0),
            failed=counts.get("failed", 0),
            note="" if alive else "no process runs the jobs",
        )

    def _counts(self) -> dict[str, int]:
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT status, count(*) FROM procrastinate_jobs GROUP BY status"))
            return {row[0]: row[1] for row in rows}


async def revive(worker: procrastinate.App) -> None:
    """Have the jobs of killed workers tried again; one that took down every worker it met is given up."""
    for job in await worker.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=SILENT_AFTER_S):
        if job.attempts < ATTEMPTS:
            await worker.job_manager.retry_job(job)
        else:
            await worker.job_manager.finish_job(job, status=procrastinate.jobs.Status.FAILED, delete_job=False)
