"""The turn of a SQLite database's writers: one at a time; a process that dies gives its turn back."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from app.turns import take_turn

ROOT = Path(__file__).parents[2]
HOLD_ON = """
import sys, time
from app.turns import take_turn
take_turn(sys.argv[1])
print("taken", flush=True)
time.sleep(600)
"""


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "lianxin.db")


def test_only_one_has_the_turn(database: str) -> None:
    inside, most, start = [0], [0], Barrier(8)

    def write(_number: int) -> None:
        start.wait()
        for _ in range(20):
            turn = take_turn(database)
            assert turn is not None
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0)
            inside[0] -= 1
            turn.give_back()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert most == [1]


def test_a_process_that_is_killed_gives_its_turn_back(database: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD_ON, database], cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"taken\n"
        os.kill(holder.pid, signal.SIGKILL)
        turn = take_turn(database)
    assert turn is not None
    turn.give_back()


def test_a_place_that_cannot_be_had_keeps_nobody_waiting(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            take_turn(str(folder / "lianxin.db"))
    folder.mkdir()
    turn = take_turn(str(folder / "lianxin.db"))
    assert turn is not None
    turn.give_back()


def test_a_database_in_memory_needs_no_queue() -> None:
    assert take_turn(":memory:") is None
