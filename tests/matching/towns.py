"""Tiny days written by hand: one need, one volunteer, whatever a test changes about them."""

from __future__ import annotations

from typing import Any

from matching import Options, Problem, Result, check, solve

HOME = [30.0, 111.0]
Document = dict[str, Any]


def north(metres: float) -> list[float]:
    """A point so many metres north of home."""
    return [30.0 + metres / 111_195.08, 111.0]


def need(name: str = "n1", **fields: Any) -> Document:
    """A visit next door, to start between 9:00 and 10:00."""
    return {"id": name, "place": HOME, "start_window": [540, 600], "duration_min": 30, **fields}


def volunteer(name: str = "v1", **fields: Any) -> Document:
    """Somebody next door who is free in the morning."""
    return {"id": name, "place": HOME, "free": [[480, 720]], **fields}


def day(*rows: Document, **fields: Any) -> Problem:
    """A problem of these needs (they have a start window) and volunteers."""
    needs = [row for row in rows if "start_window" in row]
    people = [row for row in rows if "free" in row]
    return Problem.from_dict({"format": "lianxin-matching/1", "needs": needs, "volunteers": people, **fields})


def solved(problem: Problem) -> Result:
    """The plan, which must be proven and pass the check."""
    result = solve(problem, Options(time_limit_s=20))
    assert check(problem, result) == []
    assert result.status == "optimal"
    return result


def served(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Who serves which need."""
    return {match.need: match.volunteers for match in solved(problem).matches}
