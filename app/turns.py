"""The writers of a SQLite database stand in one queue, so that nobody waits much longer than anybody else.

SQLite's own waiting is trying again after a while, and who tries at the right moment is first. A lock on a file
(`flock`) is better, but whoever comes at the right moment still overtakes those who wait. So each writer draws a ticket
before: a number from a counter in the file, and a lock on the byte of that number. She waits until every byte before
hers is free, and only then for the lock itself.

The lock gives exclusion, the tickets only give the order. All of them belong to one open file and vanish with it,
however its process ends, so nobody who dies in the middle of the queue can keep the others waiting.
"""

import fcntl
import os
import struct
from contextlib import suppress

TICKETS = 16  # where the bytes of the tickets begin: behind the counter, whose first byte is its lock
MOST = 2**62 - 1  # of a counter that something else wrote over; in use it takes for ever to get there


class Turn:
    """The right to write, until it is given back."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def give_back(self) -> None:
        try:  # by name, since a process that was forked off meanwhile has the open file too
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            _leave(self._handle)
        finally:
            os.close(self._handle)


def take_turn(database: str | None) -> Turn | None:
    """The right to write, in the order of asking. None for a database in memory, which nobody else writes to."""
    if not database or database == ":memory:":
        return None
    handle = os.open(f"{database}.writer", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _queue(handle)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        os.close(handle)
        raise
    return Turn(handle)


if hasattr(fcntl, "F_OFD_SETLKW"):  # locks of bytes that belong to an open file, not to the process: Linux has them

    def _queue(handle: int) -> None:
        """Come back when all writers before are done. On a file that takes no such locks there is no order."""
        try:
            number = _ticket(handle)
            if number:
                _set(handle, fcntl.F_WRLCK, TICKETS, number)
        except OSError:
            _leave(handle)

    def _ticket(handle: int) -> int:
        """The next number, whose byte is ours from now on."""
        _set(handle, fcntl.F_WRLCK, 0, 1)
        number = int.from_bytes(os.pread(handle, 8, 0), "little") & MOST
        _set(handle, fcntl.F_WRLCK, TICKETS + number, 1)
        os.pwrite(handle, (number + 1).to_bytes(8, "little"), 0)
        _set(handle, fcntl.F_UNLCK, 0, 1)
        return number

    def _leave(handle: int) -> None:
        with suppress(OSError):
            _set(handle, fcntl.F_UNLCK, 0, 0)  # to the end of the file and beyond

    def _set(handle: int, kind: int, start: int, length: int) -> None:
        """A `struct flock` as the kernel reads it: kind, counted from the start of the file, place, length, nobody."""
        fcntl.fcntl(handle, fcntl.F_OFD_SETLKW, struct.pack("hhqqi0q", kind, os.SEEK_SET, start, length, 0))

else:

    def _queue(handle: int) -> None:
        """No order here: whoever wakes up first is next."""

    def _leave(handle: int) -> None:
        """Nothing to let go of."""
