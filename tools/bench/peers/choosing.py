"""Nobody plans: volunteers open the list in a random order and each takes what suits her best until she is full.

Of 20 such days the one in the middle (by serve, then care) is taken.
"""

from __future__ import annotations

import random

from tools.bench.model import Model, Report, Rounds, judged
from tools.bench.peers.inserting import Draft

DAYS = 20


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The middle one of many days."""
    dice = random.Random(seed)
    days = [_day(model, dice) for _ in range(DAYS)]
    return sorted(days, key=lambda rounds: judged(model, rounds)[0])[DAYS // 2]


def _day(model: Model, dice: random.Random) -> Rounds:
    draft = Draft(model)
    people = list(range(model.people))
    dice.shuffle(people)
    for person in people:
        for need in sorted(model.care[person], key=lambda need: _dislike(model, person, need)):
            if need not in draft.served:
                draft.insert(person, need)
    return draft.rounds()


def _dislike(model: Model, person: int, need: int) -> tuple[int, int]:
    return 2 * int(model.out[person, need]) - model.care[person][need], need
