"""Who helps whom, and when: one day's needs and volunteers in, a plan with its evidence out.

>>> from matching import Problem, Options, solve, check
>>> result = solve(Problem.from_json(path), Options(time_limit_s=15, seed=1, workers=2))
>>> check(problem, result.plan)
[]

The package is pure: ids, points and minutes. Importing it loads neither the solvers nor numpy; the first call does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matching.options import Options
from matching.problem import InvalidProblem, Problem
from matching.result import Plan, Result
from matching.rules import broken_rules

if TYPE_CHECKING:
    from matching.baselines import greedy
    from matching.checking import check
    from matching.comparing import compare
    from matching.daychanges import Away, Cancel, Decline, Move, NewNeed, changed_problem
    from matching.explaining import explain
    from matching.prepared import Prepared, prepare
    from matching.repairing import RepairOptions, repair
    from matching.solver import solve
    from matching.suggesting import BetterWindow, Suggestion, better_windows, suggest

__all__ = [
    "Away",
    "BetterWindow",
    "Cancel",
    "Decline",
    "InvalidProblem",
    "Move",
    "NewNeed",
    "Options",
    "Plan",
    "Prepared",
    "Problem",
    "RepairOptions",
    "Result",
    "Suggestion",
    "better_windows",
    "broken_rules",
    "changed_problem",
    "check",
    "compare",
    "explain",
    "greedy",
    "prepare",
    "repair",
    "solve",
    "suggest",
]

_HOMES = {
    "Away": "matching.daychanges",
    "Cancel": "matching.daychanges",
    "Decline": "matching.daychanges",
    "Move": "matching.daychanges",
    "NewNeed": "matching.daychanges",
    "changed_problem": "matching.daychanges",
    "BetterWindow": "matching.suggesting",
    "Prepared": "matching.prepared",
    "Suggestion": "matching.suggesting",
    "better_windows": "matching.suggesting",
    "check": "matching.checking",
    "compare": "matching.comparing",
    "explain": "matching.explaining",
    "greedy": "matching.baselines",
    "prepare": "matching.prepared",
    "repair": "matching.repairing",
    "RepairOptions": "matching.repairing",
    "solve": "matching.solver",
    "suggest": "matching.suggesting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'matching' has no attribute {name!r}")
    import importlib

    found = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = found  # found at once the next time
    return found
