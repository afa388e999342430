"""Two plans of one day side by side: the engine's comparison with orders and people in the place of ids."""

from dataclasses import dataclass
from typing import Any

import matching
from app.db import session
from app.matchruns.board import Order, orders_of
from app.matchruns.models import MatchRun
from app.matchruns.problem import Document
from app.people.models import Person
from matching import Problem, Result

_Row = tuple[Document, Document, Document]  # an entry with its sides before and now
MOST_CAUSES = 2  # told of one order; the first are the strongest


@dataclass(frozen=True)
class Cause:
    """Why somebody goes, or goes no more: `kind` is the engine's word, the other fields are what it speaks of."""

    kind: str
    person: Person | None = None
    order: Order | None = None
    rule: str = ""
    goal: str = ""
    by: int = 0


@dataclass(frozen=True)
class Difference:
    """One order that the plans treat differently; nobody on the side that does not serve it."""

    order: Order
    before: tuple[Person, ...]
    before_min: int
    now: tuple[Person, ...]
    now_min: int
    why: tuple[Cause, ...]


@dataclass(frozen=True)
class Comparison:
    """What the plan changes against the one before, goal by goal; `left_over` counts orders by kind of reason."""

    previous: MatchRun
    served: tuple[Difference, ...]
    lost: tuple[Difference, ...]
    changed: tuple[Difference, ...]
    goals: dict[str, int]
    levels: tuple[tuple[str, int, int], ...]
    left_over: tuple[tuple[str, int, int], ...]

    @property
    def is_empty(self) -> bool:
        """Nobody sees a difference."""
        return not (self.served or self.lost or self.changed)


def comparison(plan: MatchRun | None, previous: MatchRun | None) -> Comparison | None:
    """The plan against the previous one of its day; None where there is nothing to compare with."""
    if plan is None or previous is None or not plan.result or not previous.result:
        return None
    results = Result.from_dict(previous.result), Result.from_dict(plan.result)
    document = matching.compare(Problem.from_dict({**plan.problem, "locked": []}), *results)
    return _Names.of(document).told(document, previous)


@dataclass(frozen=True)
class _Names:
    """The rows behind the ids of a comparison."""

    orders: dict[str, Order]
    people: dict[str, Person]

    @classmethod
    def of(cls, document: Document) -> "_Names":
        entries = [*document["served"], *document["missing"], *document["changed"]]
        causes = [cause for entry in entries for cause in entry["why"]]
        needs = {entry["need"] for entry in entries} | {cause["need"] for cause in causes if "need" in cause}
        names = {cause["volunteer"] for cause in causes if "volunteer" in cause}
        for entry in entries:
            names.update(entry.get("volunteers", ()))
            for side in ("from", "to"):
                names.update(entry.get(side, {}).get("volunteers", ()))
        people = {name: person for name in names if (person := session.get(Person, name)) is not None}
        return cls(orders_of(needs), people)

    def told(self, document: Document, previous: MatchRun) -> Comparison:
        served: list[_Row] = [(entry, {}, entry) for entry in document["served"]]
        lost: list[_Row] = [(entry, entry, {}) for entry in document["missing"]]
        changed: list[_Row] = [(entry, entry["from"], entry["to"]) for entry in document["changed"]]
        goals = {name: both["to"] - both["from"] for name, both in document["goals"].items()}
        return Comparison(
            previous, self._differences(served), self._differences(lost), self._differences(changed),
            {name: by for name, by in goals.items() if by},
            tuple((level["name"], level["from"], level["to"]) for level in document["levels"]),
            tuple((name, both["from"], both["to"]) for name, both in document["classes"].items()),
        )  # fmt: skip

    def _differences(self, rows: list[_Row]) -> tuple[Difference, ...]:
        found = [
            Difference(
                self.orders[entry["need"]], self._people(old), old.get("start", 0), self._people(new),
                new.get("start", 0), tuple(self._cause(cause) for cause in entry["why"][:MOST_CAUSES]),
            )
            for entry, old, new in rows
            if entry["need"] in self.orders
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.now_min or one.before_min, one.order.need.number)))

    def _people(self, side: Document) -> tuple[Person, ...]:
        return tuple(self.people[name] for name in side.get("volunteers", ()) if name in self.people)

    def _cause(self, cause: dict[str, Any]) -> Cause:
        return Cause(
            cause["cause"], self.people.get(cause.get("volunteer", "")), self.orders.get(cause.get("need", "")),
            cause.get("rule", ""), cause.get("goal", ""), cause.get("by", 0),
        )  # fmt: skip
