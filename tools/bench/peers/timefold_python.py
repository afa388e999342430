"""Timefold for Python: the model of TimefoldDay.java said in Python, which its bridge translates for Java."""

from __future__ import annotations

import shutil
from importlib import import_module

from tools.bench.model import Model, Report, Rounds, build_model, plain_problem

DAY = "tools.bench.peers.timefold_day"


def missing() -> str:
    """Why it cannot run here."""
    return "" if shutil.which("java") else "there is no Java"


def warm() -> None:
    """Start Java and translate the model for it, before the clock runs."""
    import_module(DAY).solve(build_model(plain_problem(4, 6, 1)), 0.2, 1, lambda rounds: None)


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The best rounds found in the time; one thread, as the free edition has no more."""
    rounds: Rounds = import_module(DAY).solve(model, seconds, seed, report)
    return rounds
