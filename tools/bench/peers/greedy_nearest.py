"""By priority, each need to the nearest volunteer who may come and still has room: what a quick hand does."""

from __future__ import annotations

from tools.bench.model import Model, Report, Rounds
from tools.bench.peers.inserting import Draft


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The plan of one pass; it takes no more time than it needs."""
    draft = Draft(model)
    able: list[list[int]] = [[] for _ in range(model.needs)]
    for person, needs in enumerate(model.care):
        for need in needs:
            able[need].append(person)
    for need in sorted(range(model.needs), key=lambda need: (-model.priority[need], need)):
        for person in sorted(able[need], key=lambda person: (int(model.out[person, need]), person)):
            if draft.insert(person, need):
                break
    return draft.rounds()
