"""How long to try, and how."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

Progress = Callable[[str, tuple[int, ...], tuple[int, ...]], None]


@dataclass(frozen=True)
class Options:
    """What a caller may ask of one run.

    time_limit_s: wall time from the call to the result, explanations included; only a cap. Loading the solver, once in
        a process, is not counted.
    seed: the same seed, problem and rounds give the same plan unless the time ran out first.
    workers: threads that price day plans, or processes that solve tiles.
    rounds: most pricing rounds of one level; the work budget that makes a run repeatable.
    explain: whether unserved needs get their reasons and cheapest changes, and matches their runner-up.
    executor: where the tiles of a large problem are solved; any of `concurrent.futures`' kind, here or on other
        machines. A pool of `workers` processes of its own unless given.
    at_once: how many tiles that executor solves at the same time; `workers` unless given.
    progress: called as progress(step, incumbent, bound), both as (serve, care) as far as they are known.
    """

    time_limit_s: float = 15.0
    seed: int = 1
    workers: int = 2
    rounds: int = 400
    explain: bool = True
    executor: Executor | None = None
    at_once: int | None = None
    progress: Progress | None = None
