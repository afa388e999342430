"""Measuring what a reading costs: processor time, ours and the database's, which other work beside does not touch."""

import math
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select

from app.db import db, let_go, session

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def _server_s() -> float:
    """Processor time of the server process that answers this session; none where the database lives in our own."""
    if session.get_bind().dialect.name == "sqlite":
        return 0.0
    pid = session.scalar(select(func.pg_backend_pid()))
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) * TICK_S


def cost_s(reading: Callable[[], Any]) -> float:
    """Seconds of processor time that a reading takes."""
    let_go()
    before = _server_s(), time.process_time()
    reading()
    ours = time.process_time() - before[1]
    return ours + _server_s() - before[0]


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of the straight line through the logarithms: 1 is linear, 0 is the same for any size."""
    xs, ys = [math.log(size) for size in sizes], [math.log(max(cost, TICK_S)) for cost in costs]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - mean_x) ** 2 for x in xs)


@contextmanager
def query_time() -> Iterator[list[float]]:
    """Seconds that each statement takes while this is open, by the clock on the wall."""
    spent: list[float] = []
    begun: list[float] = []

    def start(*_given: Any) -> None:
        begun.append(time.perf_counter())

    def end(*_given: Any) -> None:
        spent.append(time.perf_counter() - begun.pop())

    event.listen(db.engine, "before_cursor_execute", start)
    event.listen(db.engine, "after_cursor_execute", end)
    try:
        yield spent
    finally:
        event.remove(db.engine, "before_cursor_execute", start)
        event.remove(db.engine, "after_cursor_execute", end)


def most_bytes(reading: Callable[[], Any]) -> int:
    """How much memory of Python a reading holds at its highest."""
    let_go()
    tracemalloc.start()
    try:
        reading()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
