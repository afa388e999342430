"""Workers that are lost, slow or broken: a lost one costs time only, an error of our own is never taken for one."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from matching import check, solve
from matching import pool as pool_module
from matching.generate import generate
from matching.pool import Pool
from matching.sending import answers
from tests.matching.tiled import options, served


class Failing(Executor):
    """Fails with what it is given, as often as it is said; else works at once."""

    def __init__(self, error: BaseException, fails: Callable[[int], bool]) -> None:
        self.error, self.fails, self.asked = error, fails, 0

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked += 1
        done: Future[Any] = Future()
        if self.fails(self.asked):
            done.set_exception(self.error)
        else:
            done.set_result(work(*args, **kwargs))
        return done


class KilledWorker(Exception):
    """Named and housed as Dask's own, which is not installed here."""

    __module__ = "distributed.scheduler"


LOSSES = [BrokenExecutor(), CancelledError(), ConnectionResetError(), EOFError(), MemoryError(), KilledWorker()]


def negative(number: int) -> int:
    return -number


def asked(executor: Executor | None, tasks: list[int], seconds: float = 60.0) -> dict[int, Any]:
    """Answers by task, two at a time."""
    return dict(answers(executor, negative, tasks, time.monotonic() + seconds, lambda task: task, 2))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_a_task_whose_worker_is_lost_is_sent_once_more_and_then_done_here(loss: BaseException) -> None:
    once = Failing(loss, lambda nth: nth == 2)
    assert asked(once, [1, 2, 3]) == {1: -1, 2: -2, 3: -3}
    assert once.asked == 4
    for_good = Failing(loss, lambda nth: nth in (2, 4))
    assert asked(for_good, [1, 2, 3]) == {1: -1, 2: -2, 3: -3}
    assert for_good.asked == 5


@pytest.mark.parametrize("error", [TypeError("ours"), ValueError("ours"), ModuleNotFoundError("ours")])
def test_an_error_of_the_task_itself_surfaces(error: Exception) -> None:
    with pytest.raises(type(error), match="ours"):
        asked(Failing(error, lambda nth: nth == 2), [1, 2, 3])


def test_tasks_are_done_here_where_nobody_takes_them() -> None:
    threads = ThreadPoolExecutor(1)
    threads.shutdown()
    assert asked(threads, [1, 2]) == {1: -1, 2: -2}
    assert asked(None, [1, 2]) == {1: -1, 2: -2}


def test_nobody_is_waited_for_beyond_the_time() -> None:
    class Silent(Failing):
        def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            return Future() if args == (2,) else super().submit(work, *args, **kwargs)

    begun = time.monotonic()
    assert asked(Silent(OSError(), lambda nth: False), [1, 2, 3], seconds=0.2) == {1: -1, 3: -3, 2: None}
    assert 0.2 <= time.monotonic() - begun < 2


@pytest.mark.usefixtures("in_tiles")
def test_tiles_whose_workers_are_lost_make_the_same_plan() -> None:
    problem = generate(120, 200, seed=2)
    losing = Failing(BrokenExecutor(), lambda nth: nth % 2 == 1)
    assert served(solve(problem, options(losing))) == served(solve(problem, options()))
    assert losing.asked > 1


@pytest.mark.usefixtures("in_tiles")
def test_an_error_in_a_tile_surfaces_from_the_whole() -> None:
    with pytest.raises(ZeroDivisionError):
        solve(generate(120, 200, seed=2), options(Failing(ZeroDivisionError(), lambda nth: nth == 3)))


@pytest.mark.usefixtures("in_tiles")
def test_a_tile_that_never_answers_keeps_its_days(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Executor):
        def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            return Future()

    monkeypatch.setattr("matching.tiles.PATIENCE", 0.1)
    problem = generate(120, 200, seed=2)
    begun = time.monotonic()
    found = solve(problem, replace(options(Silent()), time_limit_s=3))
    assert time.monotonic() - begun < 5
    assert check(problem, found) == []
    assert found.matches


@pytest.mark.usefixtures("in_tiles")
def test_a_process_of_the_pool_that_is_killed_in_the_middle_costs_only_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pools: list[Pool] = []
    killed: list[int] = []

    class Watched(Pool):
        def __init__(self, processes: int) -> None:
            super().__init__(processes)
            pools.append(self)

    def kill(step: str, *_: Any) -> None:
        """Once the second pass has its first answer, while others are being made."""
        if not killed and step.startswith("tiles 1/"):
            killed.append(next(iter(pools[0]._pool.result()._processes)))
            os.kill(killed[0], signal.SIGKILL)

    problem = generate(120, 200, seed=2)
    alone = served(solve(problem, options()))
    monkeypatch.setattr("matching.solver.PAIRS_OF_A_CITY", 0)
    monkeypatch.setattr(pool_module, "Pool", Watched)
    found = solve(problem, replace(options(), workers=2, progress=kill))
    assert len(killed) == 1
    assert not os.path.exists(f"/proc/{killed[0]}")
    assert served(found) == alone
