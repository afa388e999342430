"""Ask for work to be done after the act that needs it is stored, by whichever engine runs here.

`enqueue("send_notice", notice_id=...)` inside a transaction: when the act fails the job was never asked for, and when
it is stored the job runs at least once. A task must therefore be harmless when repeated, and must look at the rows
again: they may have moved on. Nothing is promised about order.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from flask import current_app


@dataclass(frozen=True)
class Health:
    """How the engine is doing; `well` is what /healthz turns on."""

    engine: str
    well: bool
    waiting: int
    failed: int = 0
    note: str = ""


class Engine(Protocol):
    """What every engine of jobs offers."""

    name: str

    def enqueue(self, name: str, payload: dict[str, Any]) -> None:
        """Write the job down in the present transaction."""

    def prepare(self) -> None:
        """Make the engine's own tables where they are missing, in the present transaction."""

    def start(self) -> None:
        """Begin to run jobs and the timetable in this process, in threads of its own; returns at once."""

    def stop(self) -> None:
        """Finish the jobs at hand and stop."""

    def run_waiting(self) -> int:
        """Run the jobs that wait, here and now, and count them: for commands and tests."""

    def health(self) -> Health:
        """How the engine is doing, without waiting for it."""


def enqueue(name: str, **payload: Any) -> None:
    """Have the task `name` run with `payload` (plain JSON) after the present transaction is stored."""
    engine().enqueue(name, payload)


def engine() -> Engine:
    """The engine of this application."""
    found: Engine = current_app.extensions["jobs"]
    return found
