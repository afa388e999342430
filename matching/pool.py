"""A pool of processes for tiles, each with the solver loaded."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from matching.options import Options


def _ready() -> None:
    from matching.solver import load

    load()


@contextmanager
def _without_main() -> Iterator[None]:
    """Started meanwhile, a process does not run the caller's script again, which may lack the usual guard.

    Nothing that is sent to the pool lives in the script.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Pool(Executor):
    """Processes that load as soon as they are asked to, at the latest when there is work for them.

    When one of them dies all are made again: what they held is for the caller.

    They are forked from a clean server, not from the caller: a fork of a process with running threads (a web server, a
    solver) may hang.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["matching.loaded"])
        self._starter = ThreadPoolExecutor(1)  # the server answers once it has loaded: nobody waits for that here
        self._pool: Future[ProcessPoolExecutor] | None = None

    def begin(self) -> Future[ProcessPoolExecutor]:
        """Let the processes load meanwhile, unless they do already."""
        if self._pool is None:
            self._pool = self._starter.submit(self._begun)
        return self._pool

    def _begun(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(self._processes, mp_context=self._context, initializer=_ready)
        with _without_main():
            for _ in range(self._processes):
                pool.submit(_ready)
        return pool

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand work to a process, a new one if the old ones are gone."""
        pool = self.begin().result()
        try:
            return pool.submit(work, *args, **kwargs)
        except BrokenProcessPool:
            pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
            return self.begin().result().submit(work, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all processes."""
        if self._pool is not None:
            self._pool.result().shutdown(wait=wait, cancel_futures=cancel_futures)
        self._starter.shutdown(wait=wait)


@contextmanager
def workers(options: Options, *, at_once: bool) -> Iterator[Executor | None]:
    """The executor the caller gave, or a pool of processes, begun `at_once` or when needed; None for one worker."""
    if options.executor is not None or options.workers < 2:
        yield options.executor
        return
    with Pool(options.workers) as pool:
        if at_once:
            pool.begin()
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
