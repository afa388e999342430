"""Random days of one seed that use every feature of the format; small enough to enumerate, or a street of them."""

from __future__ import annotations

import random
from typing import Any

from matching import InvalidProblem, Problem

Document = dict[str, Any]


def random_day(seed: int, *, needs: int = 5, volunteers: int = 5, minutes: int = 14) -> Document:
    """At most so many needs and volunteers, with start windows of at most so many minutes."""
    return _Town(seed, needs, volunteers, minutes).document()


class _Town:
    def __init__(self, seed: int, needs: int, volunteers: int, minutes: int) -> None:
        self.dice = random.Random(seed)
        self.n_needs, self.n_volunteers = (
            self.dice.randint(1 + needs // 2, needs),
            self.dice.randint(1 + volunteers // 2, volunteers),
        )
        self.minutes = minutes
        self.side = 20 + 3 * max(needs, volunteers)  # in ten-thousandths of a degree
        self.places = [f"p{row}" for row in range(self.dice.randint(2, 6))] if self.chance(0.35) else []

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def place(self) -> Any:
        if self.places:
            return self.dice.choice(self.places)
        return [30 + self.dice.randint(0, self.side) / 10000, 111 + self.dice.randint(0, self.side) / 10000]

    def some(self, names: list[str], share: float) -> list[str]:
        return [name for name in names if self.chance(share)]

    def document(self) -> Document:
        dice = self.dice
        document: Document = {
            "format": "lianxin-matching/1",
            "needs": [self.need(row) for row in range(self.n_needs)],
            "volunteers": [self.volunteer(row) for row in range(self.n_volunteers)],
        }
        if self.places:
            size = len(self.places)
            legs = [[0 if i == j else dice.randint(0, 14) for j in range(size)] for i in range(size)]
            document["travel"] = {"kind": "matrix", "places": self.places, "minutes": legs}
        elif self.chance(0.3):
            document["travel"] = {"kind": "walking", "metres_per_minute": dice.choice([50, 72.5]), "detour": 1.2}
        if self.chance(0.4):
            document["goals"] = self.goals()
        document["pairs"] = self.pairs()
        document["pairs_only"] = self.chance(0.1)
        return _with_locks(document, dice) if self.chance(0.4) else document

    def goals(self) -> Document:
        dice = self.dice
        return {
            "regular": dice.choice([0, 60]), "language": dice.randint(0, 30), "gender": dice.randint(0, 30),
            "walking_minute": dice.choice([0, 1, 2]), "waiting_minute": dice.choice([0, 1, 3]),
            "kth_task": dice.choice([[], [0], [0, 5, 15, 30], [3, 3, 20]]), "served_hour_30d": dice.randint(0, 3),
            "asked_recently": dice.randint(0, 5),
        }  # fmt: skip

    def wish(self, values: list[str]) -> Document | None:
        return {"value": self.dice.choice(values), "required": self.chance(0.25)} if self.chance(0.3) else None

    def need(self, row: int) -> Document:
        dice = self.dice
        begin = dice.randint(480, 540)
        remote = self.chance(0.15)
        return {
            "id": f"n{row}", "place": None if remote and self.chance(0.5) else self.place(), "remote": remote,
            "start_window": [begin, begin + dice.randint(0, self.minutes)], "duration_min": dice.randint(1, 30),
            "priority": dice.randint(1, 4), "volunteers": 2 if self.chance(0.45) else 1,
            "skills": self.some(["escort", "repair"], 0.1), "gates": self.some(["vetted", "insured"], 0.1),
            "gender": self.wish(["f", "m"]), "language": self.wish(["wu", "zh"]),
            "excluded": self.some([f"v{v}" for v in range(self.n_volunteers)], 0.5 / self.n_volunteers),
            "regular": self.some([f"v{v}" for v in range(self.n_volunteers)], 0.5 / self.n_volunteers),
        }  # fmt: skip

    def volunteer(self, row: int) -> Document:
        dice = self.dice
        begin = dice.randint(440, 530)
        free = [[begin, begin + dice.randint(20, 190)]]
        while self.chance(0.4) and len(free) < 3:
            begin = free[-1][1] + dice.randint(0, 20)
            free.append([begin, begin + dice.randint(20, 90)])
        return {
            "id": f"v{row}", "place": self.place(), "end_place": self.place() if self.chance(0.25) else None,
            "free": free, "reach_m": None if self.places else dice.choice([None, None, 300, 600]),
            "metres_per_minute": dice.choice([None, None, 60, 90.5]),
            "max_tasks": dice.choice([None, None, 0, 1, 2, 3]), "max_service_min": dice.choice([None, None, None, 50]),
            "skills": self.some(["escort", "repair"], 0.9),
            "gates": self.some(["vetted", "insured"], 0.9), "trainee": self.chance(0.2),
            "languages": self.some(["wu", "zh"], 0.7), "gender": dice.choice(["f", "m", None]),
            "excluded": self.some([f"n{n}" for n in range(self.n_needs)], 0.3 / self.n_needs),
            "served_30d_min": dice.choice([0, 90, 240]), "asked_days_ago": dice.choice([None, 0, 1, 5]),
        }  # fmt: skip

    def pairs(self) -> list[Document]:
        share = min(0.25, 8 / (self.n_needs * self.n_volunteers))
        return [
            {"need": f"n{n}", "volunteer": f"v{v}", "score": self.dice.randint(-30, 30), "forbidden": self.chance(0.3)}
            for n in range(self.n_needs)
            for v in range(self.n_volunteers)
            if self.chance(share)
        ]


def _with_locks(document: Document, dice: random.Random) -> Document:
    """One to three locks that each stand alone; together they may still contradict each other."""
    people = [person["id"] for person in document["volunteers"]]
    for need in dice.sample(document["needs"], min(len(document["needs"]), dice.randint(1, 3))):
        lock: Document = {"need": need["id"], "volunteers": dice.sample(people, min(len(people), need["volunteers"]))}
        if need["volunteers"] == 2 and dice.random() < 0.5:
            lock["volunteers"] = lock["volunteers"][:1]
        if dice.random() < 0.4:
            lock["start"] = dice.randint(*need["start_window"])
        with_lock = {**document, "locked": [*document.get("locked", []), lock]}
        try:
            Problem.from_dict(with_lock)
        except InvalidProblem:
            continue
        document = with_lock
    return document
