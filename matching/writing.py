"""Documents out: a problem as the document that `reading` reads back as an equal one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from matching.problem import FORMAT, Lock, Matrix, Need, Pair, Problem, Volunteer, Walking, Wish

_DEFAULTS: dict[type, list[tuple[str, Any]]] = {
    kind: [(item.name, item.default) for item in fields(kind)] for kind in (Need, Volunteer, Pair, Lock)
}


def write_problem(problem: Problem) -> dict[str, Any]:
    """The document of a problem; fields are named where they differ from the default."""
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
    given = vars(record)
    return {
        name: _plain(given[name])
        for name, default in _DEFAULTS[type(record)]
        if default is MISSING or given[name] != default
    }


def _plain(value: Any) -> Any:
    if type(value) is tuple:
        return [list(member) if type(member) is tuple else member for member in value]
    if type(value) is Wish:
        return {"value": value.value, "required": value.required}
    return value


def dump_json(document: dict[str, Any], path: str | Path) -> None:
    """Write a document as UTF-8 JSON, whole or not at all; each entry of its lists on a line of its own."""
    target = Path(path)
    scratch = target.with_name(target.name + ".part")
    try:
        with scratch.open("w", encoding="utf-8") as file:
            file.writelines(_pieces(document))
        scratch.replace(target)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(target)) from None


def _pieces(document: dict[str, Any]) -> Iterator[str]:
    """The text in pieces, so that a city's document is never in memory as a whole."""
    text = json.JSONEncoder(ensure_ascii=False).encode
    before = "{\n "
    for key, value in document.items():
        yield f"{before}{text(key)}: "
        before = ",\n "
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield "[\n  "
            yield text(value[0])
            for entry in value[1:]:
                yield ",\n  " + text(entry)
            yield "\n ]"
        else:
            yield text(value)
    yield "\n}\n" if document else "{}\n"
