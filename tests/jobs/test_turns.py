"""The turn of a SQLite database's writers: one at a time, in the order of asking; whoever dies keeps nobody waiting."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from app.turns import Turn, take_turn

ROOT = Path(__file__).parents[2]
in_order = pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLKW"), reason="this system has no locks of an open file")
LIVE = """
import sys
from app.turns import take_turn
turn = take_turn(sys.argv[1])
print("taken", flush=True)
sys.stdin.readline()
turn.give_back()
print("given back", flush=True)
"""


class Writer:
    """A process that asks for the turn as soon as it lives, and gives it back when it is told."""

    def __init__(self, database: str) -> None:
        self.life = subprocess.Popen(
            [sys.executable, "-c", LIVE, database], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def hears(self, word: bytes) -> bool:
        assert self.life.stdout is not None
        return self.life.stdout.readline().strip() == word

    def gives_back(self) -> bool:
        assert self.life.stdin is not None
        self.life.stdin.write(b"now\n")
        self.life.stdin.flush()
        return self.hears(b"given back")

    def dies(self) -> None:
        self.life.send_signal(signal.SIGKILL)
        self.life.communicate()


@pytest.fixture
def writers() -> Iterator[list[Writer]]:
    """Those who were made end with the test."""
    made: list[Writer] = []
    yield made
    for one in made:
        one.dies()


def taken(database: str) -> Turn:
    turn = take_turn(database)
    assert turn is not None
    return turn


def tickets(database: str) -> int:
    """How many were drawn."""
    file = Path(f"{database}.writer")
    return int.from_bytes(file.read_bytes()[:8], "little") if file.exists() else 0


def until_asked(database: str, number: int) -> None:
    """Wait until so many have asked."""
    while tickets(database) < number:
        time.sleep(0.002)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "lianxin.db")


def test_only_one_has_the_turn(database: str) -> None:
    inside, most, start = [0], [0], Barrier(8)

    def write(_number: int) -> None:
        start.wait()
        for _ in range(20):
            turn = taken(database)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0)
            inside[0] -= 1
            turn.give_back()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert most == [1]


def test_a_process_that_is_killed_gives_its_turn_back(database: str, writers: list[Writer]) -> None:
    writers.append(Writer(database))
    assert writers[0].hears(b"taken")
    writers[0].dies()
    taken(database).give_back()


@in_order
def test_threads_and_processes_are_served_in_the_order_of_asking(database: str, writers: list[Writer]) -> None:
    served: list[int] = []

    def thread(number: int) -> None:
        turn = taken(database)
        served.append(number)
        turn.give_back()

    first = taken(database)
    with ThreadPoolExecutor(8) as pool:
        for number in range(8):
            if number % 4 == 3:
                writers.append(Writer(database))
            else:
                pool.submit(thread, number)
            until_asked(database, number + 2)
        first.give_back()
        for count, writer in enumerate(writers, 1):
            assert writer.hears(b"taken")
            assert len(served) == 3 * count
            assert writer.gives_back()
    assert served == [0, 1, 2, 4, 5, 6]


@in_order
def test_a_waiter_who_is_killed_keeps_nobody_waiting(database: str, writers: list[Writer]) -> None:
    first = taken(database)
    for number in range(3):
        writers.append(Writer(database))
        until_asked(database, number + 2)
    writers[1].dies()
    first.give_back()
    for writer in (writers[0], writers[2]):
        assert writer.hears(b"taken")
        assert writer.gives_back()


@in_order
def test_a_holder_who_is_killed_is_followed_by_the_next(database: str, writers: list[Writer]) -> None:
    for number in range(3):
        writers.append(Writer(database))
        until_asked(database, number + 1)
    assert writers[0].hears(b"taken")
    writers[0].dies()
    assert writers[1].hears(b"taken")
    assert writers[1].gives_back()
    assert writers[2].hears(b"taken")
    assert writers[2].gives_back()


def test_a_process_forked_off_meanwhile_does_not_keep_the_turn(database: str) -> None:
    turn = taken(database)
    ended, end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(end)
        os.read(ended, 1)  # it lives on with the open file until the test is over
        os._exit(0)
    turn.give_back()
    taken(database).give_back()
    os.close(end)
    os.waitpid(child, 0)
    os.close(ended)


@in_order
@pytest.mark.parametrize("written", [b"", b"\x07", b"\xff" * 8, (2**62 - 1).to_bytes(8, "little"), b"other words"])
def test_whatever_stands_in_the_file_the_turn_is_handed_on(database: str, written: bytes) -> None:
    Path(f"{database}.writer").write_bytes(written)
    for _ in range(3):
        taken(database).give_back()


@in_order
def test_a_new_file_counts_from_nothing(database: str) -> None:
    for number in range(3):
        taken(database).give_back()
        assert tickets(database) == number + 1


def test_a_place_that_cannot_be_had_keeps_nobody_waiting(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            take_turn(str(folder / "lianxin.db"))
    folder.mkdir()
    taken(str(folder / "lianxin.db")).give_back()


def test_a_database_in_memory_needs_no_queue() -> None:
    assert take_turn(":memory:") is None
