"""Our own greedy plan (`matching.greedy`): by priority, each need to whoever gains most care, at the best place."""

from __future__ import annotations

from matching import greedy
from matching.drafting import greedy_days
from matching.generate import generate
from tools.bench.model import Model, Report, Rounds


def warm() -> None:
    """Compile what is compiled, before the clock runs."""
    greedy(generate(5, 10))


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The plan of one pass."""
    days, _ = greedy_days(model.instance)
    shifts = {(shift.person, shift.window): row for row, shift in enumerate(model.shifts)}
    rounds: Rounds = []
    for person, steps in days:
        for arc, _, q in steps:
            if q:
                rounds.append((shifts[person, q - 1], []))
            rounds[-1][1].append(int(model.instance.a_need[arc]))
    return rounds
