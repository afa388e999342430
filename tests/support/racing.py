"""Several acts at one instant, each in a thread and an act of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask

from app.db import act
from app.errors import DomainError


def all_at_once(app: Flask, works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each of the works gave, run at the same instant; its DomainError if it raised."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait()
            try:
                return act(work)
            except DomainError as refused:
                return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
