"""Tiles on several machines: a Dask cluster as an executor. Dask is an extra (requirements-cluster.txt), loaded here.

Scheduler and workers are Dask's own programs; a worker needs this package and its solvers, of the same version.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from matching.problem import InvalidProblem

ANSWER_S = 10.0  # how long the scheduler, and then its workers, may take to say that they are there
SOLVERS = ("ortools", "numpy", "scipy", "numba")


@contextmanager
def connected(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of the cluster at an address as an executor, and how many tasks they take at once.

    InvalidProblem if there is no Dask, nobody answers, or somebody there would not make the same plan.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InvalidProblem(
            "--cluster needs Dask, which is not installed here: install what requirements-cluster.txt names."
        ) from None
    for name in ("distributed", "distributed.client", "distributed.comm", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what fails is said in a sentence, once
    try:
        asyncio.run(_knock(address))  # a client that nobody answers takes ten seconds more to give up
        client = Client(address, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InvalidProblem(f"--cluster {address}: no scheduler answers there ({_few_words(error)}).") from None
    with client:
        places = _places(client, address)
        _load_everywhere(client, places)
        yield client.get_executor(pure=False), sum(places.values())


async def _knock(address: str) -> None:
    from distributed.comm import connect
    from distributed.security import Security

    await (await connect(address, timeout=ANSWER_S, **Security().get_connection_args("client"))).close()


def _few_words(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _places(client: Any, address: str) -> dict[str, int]:
    """How many tasks each worker takes at once; InvalidProblem if there are none, or one has another engine."""
    try:
        client.wait_for_workers(1, timeout=ANSWER_S)
    except TimeoutError:
        raise InvalidProblem(f"--cluster {address}: the scheduler has no workers.") from None
    told = client.run(version, on_error="return")
    strangers = sorted(worker for worker, said in told.items() if said != version())
    if strangers:
        said = told[strangers[0]]
        why = f"cannot load this engine ({_few_words(said)})" if isinstance(said, Exception) else "has another version"
        raise InvalidProblem(f"--cluster {address}: the worker {strangers[0]} {why}.")
    return {worker: max(1, threads) for worker, threads in client.nthreads().items()}


@cache
def version() -> str:
    """What two machines must have in common to make the same plan: the text of this package, and the solvers."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    for name in SOLVERS:
        digest.update(f"{name} {metadata.version(name)}".encode())
    return digest.hexdigest()


def _load_everywhere(client: Any, places: dict[str, int]) -> None:
    """Let every worker load its solvers while the candidates are found here."""
    from distributed import fire_and_forget

    for worker in places:
        fire_and_forget(client.submit(ready, workers=[worker], pure=False))


def ready() -> None:
    """Load the solver in this process."""
    from matching.solver import load

    load()
