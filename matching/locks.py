"""A first plan that keeps every lock, where the quick one misses some."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.assembling import Served, true_values
from matching.columns import prove
from matching.drafting import first_days, repaired
from matching.instance import Instance, build_instance
from matching.options import Options
from matching.problem import InvalidProblem
from matching.search import Search, StoppedError, first_bounds
from matching.timing import Day


def keep_locks(instance: Instance, options: Options) -> Served:
    """A plan that keeps every lock, found on the locked needs alone and without a limit of time."""
    problem = instance.problem
    needs = tuple(replace(need, priority=1) for need in problem.needs if need.id in problem.lock_by_need)
    small = build_instance(replace(problem, needs=needs))
    small = replace(small, n_locked=np.zeros(len(needs), bool))
    start = true_values(small, *first_days(small))
    search = Search(small, replace(options, rounds=10**9, progress=None), start, first_bounds(small))
    says = "cannot all be kept in one plan"
    try:
        prove(search, "serve")
    except StoppedError:
        says = "leave too many plans to try, and none that keeps them all was found"
    if search.best.serve == len(needs):
        arcs = {(instance.a_need[arc], instance.a_volunteer[arc]): arc for arc in range(instance.n_arcs)}
        row = {need.id: index for index, need in enumerate(problem.needs)}
        days: list[Day] = []
        for volunteer, steps in search.best.days:
            here = [(row[needs[int(small.a_need[arc])].id], span, q) for arc, span, q in steps]
            days.append((volunteer, tuple((arcs[need, volunteer], span, q) for need, span, q in here)))
        served = true_values(instance, *repaired(instance, days))
        if served.keeps(instance):
            return served
    names = ", ".join(lock.need for lock in problem.locked)
    raise InvalidProblem(f"locked: the locks of the needs {names} {says}.")
