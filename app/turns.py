"""The writers of a SQLite database stand in one queue, so that nobody waits much longer than anybody else.

SQLite's own waiting is trying again after a while, and who tries at the right moment is first. A lock on a file is
better, but not fair either: whoever has just given it back takes it again before a sleeper is awake (7.6 s for one of
32 clients, where the middle one waited 0.1 s). So there are two queues. The threads of a process hand the turn on in
the order in which they came, and the processes stand at a turnstile: who has passed it is next at the lock itself.

Locks of files end with their process, however it ends.
"""

import fcntl
import os
from collections import deque
from threading import Lock


class Line:
    """The threads of this process that want to write to one database, first come, first served."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    def take(self) -> None:
        """Wait for one's turn."""
        mine = Lock()
        mine.acquire()
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            self._waiting.append(mine)
        mine.acquire()  # opened by whoever hands the turn on: it is ours without a race

    def give_back(self) -> None:
        """Hand the turn to the next, if there is one."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_lines: dict[str, Line] = {}
os.register_at_fork(after_in_child=_lines.clear)  # the threads of the parent are not here


class Turn:
    """The right to write, until it is given back."""

    def __init__(self, line: Line, handle: int) -> None:
        self._line, self._handle = line, handle

    def give_back(self) -> None:
        os.close(self._handle)  # closing gives the lock back
        self._line.give_back()


def take_turn(database: str | None) -> Turn | None:
    """A place at the head of the writers' queue. None for a database in memory, which nobody else writes to."""
    if not database or database == ":memory:":
        return None
    line = _lines.setdefault(os.path.realpath(database), Line())
    line.take()
    try:
        turnstile = _locked(f"{database}.queue")
        try:
            return Turn(line, _locked(f"{database}.writer"))
        finally:
            os.close(turnstile)
    except BaseException:
        line.give_back()
        raise


def _locked(path: str) -> int:
    """The file, opened and ours alone."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        os.close(handle)
        raise
    return handle
