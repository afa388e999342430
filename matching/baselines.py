"""A greedy plan: needs by lock and priority, each to whoever costs least. `solve` is measured against it."""

from __future__ import annotations

from matching.instance import build_instance
from matching.problem import Problem
from matching.result import Level, Result


def greedy(problem: Problem) -> Result:
    """The greedy plan with trivial bounds, as a result that `check` accepts where no lock is lost."""
    from matching.assembling import assemble, true_values
    from matching.drafting import greedy_days

    instance = build_instance(problem)
    served = true_values(instance, *greedy_days(instance))
    bounds = int(instance.n_priority.sum()), 10**15
    levels = (Level("serve", served.serve, bounds[0], "columns"), Level("care", served.care, bounds[1], "columns"))
    return Result(assemble(instance, served, levels), "feasible", "rounds", {})
