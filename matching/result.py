"""A plan with its evidence: levels with proven bounds, rounds, matches, and a reason for every need left over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matching.problem import InvalidProblem
from matching.reading import load_json
from matching.writing import dump_json

FORMAT = "lianxin-matching-result/1"
PARTS = ("priority", "regular", "gender", "language", "pair", "walking", "waiting", "fairness")  # of a match's score


@dataclass(frozen=True)
class Level:
    """One level of the goal: what the plan reaches and what no plan can exceed."""

    name: str
    value: int
    bound: int
    bound_from: str
    gap_told: float | None = field(default=None, compare=False)  # what a document says of the gap, for `check`

    @property
    def gap(self) -> float:
        """(bound - value) / max(1, |bound|), to four decimals."""
        return round((self.bound - self.value) / max(1, abs(self.bound)), 4)

    @property
    def met(self) -> bool:
        """The bound is reached: nothing better exists."""
        return self.value == self.bound


@dataclass(frozen=True)
class VisitTimes:
    """One visit of a round."""

    need: str
    arrive: int
    start: int
    end: int


@dataclass(frozen=True)
class Round:
    """One walk of one volunteer, from leaving home to being back."""

    volunteer: str
    leave: int
    back: int
    walking_min: int
    service_min: int
    visits: tuple[VisitTimes, ...]


@dataclass(frozen=True)
class Match:
    """One need served: by whom, when, what it is worth, and who would have been next."""

    need: str
    volunteers: tuple[str, ...]
    start: int
    score: dict[str, int]
    runner_up: dict[str, Any] | None = None


@dataclass(frozen=True)
class Unserved:
    """One need left over, with the reason in counts and the smallest change that would serve it."""

    need: str
    considered: int
    removed_by: dict[str, int]
    left: int
    reason: str  # "class" in the document
    lost_to: tuple[dict[str, Any], ...] = ()
    cheapest_change: dict[str, Any] | None = None
    other_changes: tuple[dict[str, Any], ...] = ()
    value_of_one_more_hour: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Who goes where and when, and what `check` needs to judge it."""

    levels: tuple[Level, ...]
    rounds: tuple[Round, ...]
    matches: tuple[Match, ...]
    unserved: tuple[Unserved, ...]


@dataclass(frozen=True)
class Result:
    """A plan, how it was found and what is proven about it."""

    plan: Plan
    status: str
    stopped_by: str
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[Level, ...]:
        """Serve, then care."""
        return self.plan.levels

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The rounds, by volunteer and time."""
        return self.plan.rounds

    @property
    def matches(self) -> tuple[Match, ...]:
        """The needs served, in the order of the problem."""
        return self.plan.matches

    @property
    def unserved(self) -> tuple[Unserved, ...]:
        """The needs left over, in the order of the problem."""
        return self.plan.unserved

    @property
    def values(self) -> tuple[int, int]:
        """(serve, care)."""
        serve, care = self.plan.levels
        return serve.value, care.value

    def to_dict(self) -> dict[str, Any]:
        """The document of the published format."""
        return {
            "format": FORMAT,
            "status": self.status,
            "stopped_by": self.stopped_by,
            "levels": [_write_level(level) for level in self.levels],
            "rounds": [_write_round(one) for one in self.rounds],
            "matches": [_write_match(match) for match in self.matches],
            "unserved": [_write_unserved(entry) for entry in self.unserved],
            "run": self.run,
        }

    def to_json(self, path: str | Path) -> None:
        """Write the document to a file, whole or not at all."""
        dump_json(self.to_dict(), path)

    @classmethod
    def from_dict(cls, document: Any) -> Result:
        """The result a decoded document holds; `InvalidProblem` if it does not hold one."""
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise InvalidProblem(f'format must be "{FORMAT}".')
        from matching.reading_results import read_result

        return read_result(document)

    @classmethod
    def from_json(cls, path: str | Path) -> Result:
        """The result in a JSON file; `InvalidProblem` if there is none."""
        return cls.from_dict(load_json(path))


def _write_level(level: Level) -> dict[str, Any]:
    return {
        "name": level.name,
        "value": level.value,
        "bound": level.bound,
        "gap": level.gap,
        "bound_from": level.bound_from,
    }


def _write_round(one: Round) -> dict[str, Any]:
    return {**vars(one), "visits": [dict(vars(visit)) for visit in one.visits]}


def _write_match(match: Match) -> dict[str, Any]:
    return {**vars(match), "volunteers": list(match.volunteers)}


def _write_unserved(entry: Unserved) -> dict[str, Any]:
    written = {"class" if key == "reason" else key: value for key, value in vars(entry).items()}
    return {**written, "lost_to": list(entry.lost_to), "other_changes": list(entry.other_changes)}
