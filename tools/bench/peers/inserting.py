"""What the greedy ways share: a draft of rounds into which visits are put where they fit."""

from __future__ import annotations

from tools.bench.model import Model, Rounds


class Draft:
    """Rounds that grow, with each person's tasks and minutes so far."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.visits: list[list[int]] = [[] for _ in model.shifts]
        self.shifts: list[list[int]] = [[] for _ in range(model.people)]
        for row, shift in enumerate(model.shifts):
            self.shifts[shift.person].append(row)
        self.tasks = [0] * model.people
        self.minutes = [0] * model.people
        self.served: set[int] = set()

    def rounds(self) -> Rounds:
        """What stands."""
        return [(row, list(visits)) for row, visits in enumerate(self.visits) if visits]

    def insert(self, person: int, need: int) -> bool:
        """Put the need where it lengthens her walking least; False where it fits nowhere."""
        model = self.model
        if self.tasks[person] >= model.most_tasks[person]:
            return False
        if self.minutes[person] + model.duration[need] > model.most_minutes[person]:
            return False
        best: tuple[int, int, list[int]] | None = None
        for shift in self.shifts[person]:
            now = self.visits[shift]
            for place in range(len(now) + 1):
                then = [*now[:place], need, *now[place:]]
                longer = model.walking(shift, then) - model.walking(shift, now)
                if (best is None or longer < best[0]) and model.walkable(shift, then):
                    best = longer, shift, then
        if best is None:
            return False
        self.visits[best[1]] = best[2]
        self.tasks[person] += 1
        self.minutes[person] += model.duration[need]
        self.served.add(need)
        return True
