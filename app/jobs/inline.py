"""Jobs run where they were asked for, once the act is stored: for commands, tests and the smallest set-up."""

from typing import Any

from flask import Flask

from app.db import after_commit, session_is_acting
from app.jobs import registry
from app.jobs.port import Health


class InlineEngine:
    """No queue and no timetable: `flask jobs run NAME` from the system's cron stands in for one."""

    name = "inline"

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.failed = 0  # since this process began: there is no table to keep them in

    def enqueue(self, name: str, payload: dict[str, Any]) -> None:
        registry.known(name)
        if not session_is_acting():
            raise RuntimeError("a job is asked for inside transaction(), so that it is stored with the act")
        after_commit(lambda: self._run(name, payload))

    def _run(self, name: str, payload: dict[str, Any]) -> None:
        """The act is stored: what its job meets must not look to the visitor as if it were not."""
        try:
            registry.run(self.app, name, payload)
        except Exception:
            if self.app.testing:
                raise
            self.failed += 1
            registry.log.exception("the job %s failed", name)

    def prepare(self) -> None:
        """Nothing to make: there is no queue."""

    def start(self) -> None:
        """Nothing to start: there is no queue."""

    def stop(self) -> None:
        """Nothing to stop."""

    def run_waiting(self) -> int:
        return 0  # none ever waits

    def health(self) -> Health:
        return Health(self.name, well=True, waiting=0, failed=self.failed)
