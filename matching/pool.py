"""A pool of processes for tiles, each with the solver loaded."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from types import ModuleType

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


@contextmanager
def workers(options: Options) -> Iterator[Executor | None]:
    """The executor the caller gave, or a pool of processes that begin to load at once; None for one worker.

    The processes are forked from a clean server, not from the caller: a fork of a process with running threads (a web
    server, a solver) may hang.
    """
    if options.executor is not None or options.workers < 2:
        yield options.executor
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["matching.solver"])
    with ProcessPoolExecutor(options.workers, mp_context=context, initializer=_ready) as pool:
        with _without_main():
            for _ in range(options.workers):
                pool.submit(_ready)
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
