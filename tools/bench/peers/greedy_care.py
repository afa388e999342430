"""Our own greedy plan (`matching.greedy`): by priority, each need to whoever gains most care, at the best place.

Like this engine it begins with the bare document.
"""

from __future__ import annotations

from matching import greedy
from matching.generate import generate
from tools.bench.model import Model, Report, Rounds
from tools.bench.peers.ours import rounds_of


def warm() -> None:
    """Compile what is compiled, before the clock runs."""
    greedy(generate(5, 10))


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The plan of one pass."""
    return rounds_of(model, greedy(model.problem))
