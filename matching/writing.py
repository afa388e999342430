"""Documents out: a problem as the JSON document it could have been read from."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from matching.problem import FORMAT, Matrix, Problem, Walking


def write_problem(problem: Problem) -> dict[str, Any]:
    """The whole document, travel and goals spelled out, other fields only where they differ from the default."""
    return {
        "format": FORMAT,
        "travel": _write_travel(problem.travel),
        "goals": {key: _plain(value) for key, value in vars(problem.goals).items()},
        "needs": [_without_defaults(need) for need in problem.needs],
        "volunteers": [_without_defaults(volunteer) for volunteer in problem.volunteers],
        "pairs": [_without_defaults(pair) for pair in problem.pairs],
        "pairs_only": problem.pairs_only,
        "locked": [_without_defaults(lock) for lock in problem.locked],
    }


def _write_travel(travel: Walking | Matrix) -> dict[str, Any]:
    if isinstance(travel, Walking):
        return {"kind": "walking", "metres_per_minute": travel.metres_per_minute, "detour": travel.detour}
    return {"kind": "matrix", "places": list(travel.places), "minutes": [list(row) for row in travel.minutes]}


def _without_defaults(record: Any) -> dict[str, Any]:
    kept = ((item, getattr(record, item.name)) for item in fields(record))
    return {item.name: _plain(value) for item, value in kept if item.default is MISSING or value != item.default}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    if hasattr(value, "required"):
        return {"value": value.value, "required": value.required}
    return value


def dump_json(document: dict[str, Any], path: str | Path) -> None:
    """Write a document as UTF-8 JSON, whole or not at all."""
    target = Path(path)
    scratch = target.with_name(target.name + ".part")
    scratch.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    scratch.replace(target)
