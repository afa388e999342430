"""Tasks sent to workers, answers as they come.

A worker that is lost with its task costs time only: the task is sent once more, and done here if that fails too. An
error of the task itself is nobody's loss: it is raised.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

RESENT = 1  # times a task whose worker was lost is sent again
# What a lost worker looks like from here: the pool broke, the connection did, or memory was short over there.
_LOST = (BrokenExecutor, CancelledError, OSError, EOFError, MemoryError)

Work = Callable[[Any], Any]


def is_lost(error: BaseException) -> bool:
    """Whether an error says that the worker is gone, not that the task is wrong. Dask's own errors all say so."""
    return isinstance(error, _LOST) or type(error).__module__.partition(".")[0] == "distributed"


def answers(
    executor: Executor | None, work: Work, tasks: list[Any], until: float, fitted: Work, at_once: int
) -> Iterator[tuple[Any, Any]]:
    """Tasks with their answers as they come; None for one that a worker still holds at `until`.

    No more than `at_once` are sent at a time. `fitted` gives what is to be done of a task that begins now, so that the
    time which one leaves over is there for the next.
    """
    if executor is None or len(tasks) == 1:
        for task in tasks:
            yield task, work(fitted(task))
        return
    sent = _Sent(executor, work, fitted, at_once, deque(tasks))
    try:
        yield from sent.answered(until)
    finally:
        for future in sent.waiting:
            future.cancel()
    for task in [*(task for task, _ in sent.waiting.values()), *sent.unsent]:
        yield task, None
    for task in sent.lost:
        yield task, work(fitted(task))


@dataclass
class _Sent:
    """What workers hold, each with how often it may still be sent, and what was lost with them for good."""

    executor: Executor
    work: Work
    fitted: Work
    at_once: int
    unsent: deque[Any]
    waiting: dict[Future[Any], tuple[Any, int]] = field(default_factory=dict)
    lost: list[Any] = field(default_factory=list)

    def send(self, task: Any, again: int) -> None:
        """Hand a task to a worker; it counts as lost where none takes any more."""
        try:
            self.waiting[self.executor.submit(self.work, self.fitted(task))] = task, again
        except RuntimeError:  # broken, or shut down meanwhile
            self.lost.append(task)

    def answered(self, until: float) -> Iterator[tuple[Any, Any]]:
        """Answers as they come, until nothing is waited for or the time is over."""
        while self.unsent or self.waiting:
            while self.unsent and len(self.waiting) < self.at_once and time.monotonic() < until:
                self.send(self.unsent.popleft(), RESENT)
            done, _ = wait(self.waiting, max(0.0, until - time.monotonic()), FIRST_COMPLETED)
            if not done and time.monotonic() >= until:
                return
            for future in done:
                task, again = self.waiting.pop(future)
                error = _error(future)
                if error is None:
                    yield task, future.result()
                elif not is_lost(error):
                    raise error
                elif again:
                    self.send(task, again - 1)
                else:
                    self.lost.append(task)


def _error(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as gone:
        return gone
