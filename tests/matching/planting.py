"""Two days with plans that are right, and more than 200 kinds of errors to plant into them.

`street` is walked by people of whom each but a few may not come for one reason; `table` goes by a table of minutes,
lists its pairs and has an end place. An error is a name, the scene, the rule a judge has to name, and edits
`(path, value)`: paths begin with p (problem) or r (result); members of a list are named by id, need, volunteer or
position.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

Document = dict[str, Any]
Edit = tuple[str, Any]


class Gone:
    """In place of a value: what is there is taken away."""


class Error(NamedTuple):
    """One kind of error."""

    name: str
    scene: str
    rule: str
    edits: tuple[Edit, ...]


@cache
def _read(scene: str) -> str:
    return (Path(__file__).parent / "scenes" / f"{scene}.json").read_text(encoding="utf-8")


def planted(error: Error) -> tuple[Document, Document]:
    """The problem and the result with the error in one of them."""
    documents = json.loads(_read(error.scene))
    both = {"p": documents["problem"], "r": documents["result"]}
    for path, value in error.edits:
        _edit(both, path.split("/"), value)
    return both["p"], both["r"]


def right(scene: str) -> tuple[Document, Document]:
    """The problem and the result without any error."""
    return planted(Error("none", scene, "", ()))


def _edit(document: Any, steps: list[str], value: Any) -> None:
    here = document
    for step in steps[:-1]:
        here = here[_key(here, step)]
    key = _key(here, steps[-1])
    if value is Gone:
        del here[key]
    elif callable(value):
        here[key] = value(copy.deepcopy(here.get(key) if isinstance(here, dict) else here[key]))
    else:
        here[key] = copy.deepcopy(value)


def _key(holder: Any, step: str) -> Any:
    if not isinstance(holder, list):
        return step
    if step.isdigit():
        return int(step)
    names = [next((row[key] for key in ("id", "need", "volunteer", "name") if key in row), None) for row in holder]
    return names.index(step)


def add(amount: int) -> Callable[[Any], Any]:
    """The number there and so much more."""
    return lambda number: number + amount


def with_one_more(member: Any) -> Callable[[Any], Any]:
    """The list there and one member more."""
    return lambda members: [*(members or []), member]


def without(member: Any) -> Callable[[Any], Any]:
    """The list there but for one member."""
    return lambda members: [one for one in members if one != member]


def swapped(one: int, other: int) -> Callable[[Any], Any]:
    """The list there with two members in each other's place."""

    def swap(members: list[Any]) -> list[Any]:
        members[one], members[other] = members[other], members[one]
        return members

    return swap


def repeated(index: int) -> Callable[[Any], Any]:
    """The list there with one member twice."""
    return lambda members: [*members[: index + 1], *members[index:]]
