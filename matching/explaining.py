"""Why a need is left over, or how it is served: what the result says of one need."""

from __future__ import annotations

from typing import Any

from matching.problem import InvalidProblem, Problem
from matching.result import Result


def explain(problem: Problem, result: Result, need_id: str) -> dict[str, Any]:
    """The entry of one need in the result's document; InvalidProblem if the problem does not hold the need."""
    if need_id not in problem.need_by_id:
        raise InvalidProblem(f"need names the unknown need {need_id!r}.")
    document = result.to_dict()
    entries: list[dict[str, Any]] = [*document["matches"], *document["unserved"]]
    return next((entry for entry in entries if entry["need"] == need_id), {})
