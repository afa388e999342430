"""All pairs from the heaviest down: priority first, then care less the way there and back, taken while they fit."""

from __future__ import annotations

from tools.bench.model import Model, Report, Rounds
from tools.bench.peers.inserting import Draft


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The plan of one pass."""
    draft = Draft(model)
    pairs = [
        (-model.priority[need], 2 * int(model.out[person, need]) - care, need, person)
        for person, needs in enumerate(model.care)
        for need, care in needs.items()
    ]
    for _, _, need, person in sorted(pairs):
        if need not in draft.served:
            draft.insert(person, need)
    return draft.rounds()
