"""The writers of a SQLite database wait for a lock on a file, so that nobody tries again and again.

SQLite's own waiting is trying again after a while, and who tries at the right moment is first. (Handing the turn on in
the order of asking was tried: it was slower on a busy machine, and a connection that ended in the middle of it could
leave everybody waiting.) A lock of a file ends with its process, however it ends.
"""

import fcntl
import os


class Turn:
    """The right to write, until it is given back."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def give_back(self) -> None:
        os.close(self._handle)  # closing gives the lock back


def take_turn(database: str | None) -> Turn | None:
    """The right to write, once nobody else has it. None for a database in memory, which nobody else writes to."""
    if not database or database == ":memory:":
        return None
    handle = os.open(f"{database}.writer", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        os.close(handle)
        raise
    return Turn(handle)
