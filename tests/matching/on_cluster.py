"""A town's day on a real Dask cluster of two processes: run by test_cluster.py, where Dask is. Prints what happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from distributed import Client, LocalCluster

from matching import InvalidProblem, Options, check, cluster, solve, solver
from matching.generate import generate
from tests.matching.tiled import cut_small, options, served

PROBLEM = generate(120, 200, seed=2)


def plan(asked: Options) -> list[Any]:
    """Who serves which need, of a plan that breaks no rule."""
    found = solve(PROBLEM, asked)
    broken = check(PROBLEM, found)
    return json.loads(json.dumps(broken or served(found)))


@contextmanager
def setting(holder: Any, name: str, value: Any) -> Iterator[None]:
    """Another value for a while."""
    before = getattr(holder, name)
    setattr(holder, name, value)
    yield
    setattr(holder, name, before)


def refused(address: str) -> str:
    """What a caller is told."""
    try:
        with cluster.connected(address):
            return ""
    except InvalidProblem as error:
        return str(error)


def become_a_stranger() -> None:
    """On a worker: another engine than ours."""
    from matching import cluster as theirs

    theirs.SOLVERS = ("ortools",)
    theirs.version.cache_clear()


def in_processes() -> list[Any]:
    """The plan of our own pool."""
    with setting(solver, "PAIRS_OF_A_CITY", 0):
        return plan(replace(options(), workers=2))


def losing_a_worker(executor: Any, pid: int) -> list[Any]:
    """The plan while one of the workers is killed after the first tile."""

    def kill(step: str, *_: Any) -> None:
        if step.startswith("tiles 1/") and os.path.exists(f"/proc/{pid}"):
            os.kill(pid, signal.SIGKILL)

    return plan(options(executor, at_once=2, progress=kill))


def by_command(address: str) -> list[Any]:
    """Exit code and standard error of the command line."""
    PROBLEM.to_json("problem.json")
    words = [sys.executable, "-m", "matching", "solve", "problem.json", "-o", "result.json", "--cluster", address]
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    return [asked.returncode, asked.stderr, os.path.exists("result.json")]


def main() -> None:
    cut_small(setattr)
    told: dict[str, Any] = {"alone": plan(options()), "pool": in_processes()}
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as local:
        address = local.scheduler_address
        with cluster.connected(address) as (executor, at_once):
            told |= {"at_once": at_once, "cluster": plan(options(executor, at_once=at_once))}
            with Client(address, set_as_default=False) as client:
                pid = next(iter(client.run(os.getpid).values()))
            told |= {"killed": losing_a_worker(executor, pid), "gone": not os.path.exists(f"/proc/{pid}")}
        told["command"] = by_command(address)
        with Client(address, set_as_default=False) as client:
            client.run(become_a_stranger)
        told["stranger"] = refused(address)
        local.scale(0)
        with setting(cluster, "ANSWER_S", 1.0):
            told["empty"] = refused(address)
    told["silent"] = refused("127.0.0.1:1")
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
