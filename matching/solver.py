"""`solve`: most served first, then most care, by columns of day plans, with a proven bound for each."""

from __future__ import annotations

import importlib
import time
from concurrent.futures import Executor
from dataclasses import replace
from functools import cache

from matching.assembling import NOBODY, Served, assemble, true_values
from matching.city import first_layers, is_city, is_scarce, made_by, may_need_tiles, solve_city
from matching.columns import stopped
from matching.drafting import Draft, first_days
from matching.flow import is_assignment
from matching.instance import Instance, build_instance
from matching.locks import keep_locks
from matching.longlevels import long_levels
from matching.longrounds import is_long
from matching.options import Options
from matching.pool import workers
from matching.problem import Problem
from matching.result import Level, Plan, Result
from matching.search import Search, first_bounds
from matching.view import compile_search

SHARE = {"fold": 0.4, "serve": 0.65, "care": 0.95}  # of the time limit: until when a level may search
WITH_REASONS = {"fold": 0.2, "serve": 0.6, "care": 0.8}  # where runners-up follow
WITH_CHANGES = {"fold": 0.2, "serve": 0.4, "care": 0.6}  # where needs are left over whose changes will be looked for
PAIRS_OF_A_CITY = 1_000_000  # needs x volunteers, from which on processes may be needed
CHANGES = 0.4  # of the time limit: how long changes for needs left over are looked for


def solve(problem: Problem, options: Options | None = None) -> Result:
    """The best plan found, what is proven about it, and the reasons for what is left over.

    Raises InvalidProblem if the locks contradict each other.
    """
    load()
    return _run(problem, options or Options())


@cache
def load() -> None:
    """Load the solver and the compiled loops, once a process; compile them where no cache holds them yet."""
    _run(load_compiled(), Options(workers=1, explain=False))


@cache
def load_compiled() -> Problem:
    """Load the solvers' modules and the compiled loops without solving anything; the day to be solved for the rest."""
    for solver in ("ortools.graph.python.min_cost_flow", "ortools.linear_solver.pywraplp", "scipy.optimize"):
        importlib.import_module(solver)  # used deep inside a search, whose time should not pay for them
    problem = Problem.from_dict(_TINY)
    instance = build_instance(problem)
    compile_search(instance)
    Draft(instance).swap()
    return problem


_TINY = {
    "format": "lianxin-matching/1",
    "needs": [
        {"id": "a", "place": [30.0, 111.0], "start_window": [480, 500], "duration_min": 30},
        {"id": "b", "place": [30.0, 111.001], "start_window": [480, 600], "duration_min": 30, "volunteers": 2},
    ],
    "volunteers": [
        {"id": "v", "place": [30.0, 111.0], "free": [[400, 700]]},
        {"id": "w", "place": [30.001, 111.0], "free": [[400, 520], [530, 700]]},
    ],
}


class _Clock:
    """How long each step took."""

    def __init__(self) -> None:
        self.begun = self._last = time.monotonic()
        self.steps: list[tuple[str, float]] = []

    def lap(self, name: str) -> None:
        """The step that ends now."""
        now = time.monotonic()
        self.steps.append((name, now - self._last))
        self._last = now


def _run(problem: Problem, options: Options) -> Result:
    clock = _Clock()
    if options.executor is not None or len(problem.needs) * len(problem.volunteers) > PAIRS_OF_A_CITY:
        at_once = may_need_tiles(len(problem.needs), len(problem.volunteers))  # load while candidates are found
        with workers(options, at_once=at_once) as executor:
            search, stopped_by = _searched(problem, options, clock, executor)
    else:
        search, stopped_by = _searched(problem, options, clock, None)
    plan, told = _explained(search, _plan(search), clock.begun)
    clock.lap("reasons")
    result = _result(search, plan, stopped_by, clock)
    return replace(result, run={**result.run, **told})


def _searched(problem: Problem, options: Options, clock: _Clock, executor: Executor | None) -> tuple[Search, str]:
    """The best plan that was found, what is proven, and what stopped the search."""
    instance = build_instance(problem)
    clock.lap("candidates")
    long = is_long(instance)
    city = is_city(instance) and not long
    start = NOBODY if city and not instance.n_locked.any() else _first_plan(instance, options, clock.begun)
    search = Search(instance, options, start, first_bounds(instance))
    search.tell("candidates")
    clock.lap("greedy")
    if long:
        stopped_by = long_levels(search, clock.begun)
        clock.lap("rounds")
        return search, stopped_by
    if is_assignment(instance):
        first_layers(search, clock.lap, clock.begun + options.time_limit_s)
    elif city:
        return search, solve_city(search, executor, clock.lap, clock.begun)
    return search, _levels(search, clock)


def _first_plan(instance: Instance, options: Options, begun: float) -> Served:
    start = true_values(instance, *first_days(instance, made_by(begun + options.time_limit_s)))
    return start if start.keeps(instance) else keep_locks(instance, options)


def _levels(search: Search, clock: _Clock) -> str:
    """Both levels, each until it is proven or its share of the time is spent; what stopped the last that was."""
    stopped_by = "proof"
    if is_scarce(search):  # a good start for both, from what is worth serving
        search.deadline = clock.begun + _share(search, "fold") * search.options.time_limit_s
        stopped(search, "fold")
        search.days, search.spans, search.parted = [], {}, False
        clock.lap("fold")
    for name in ("serve", "care"):
        search.deadline = clock.begun + _share(search, name) * search.options.time_limit_s
        search.rounds = 0
        stopped_by = stopped(search, name) or stopped_by
        search.unfold()
        clock.lap(name)
        search.tell(name)
    return stopped_by


def _share(search: Search, name: str) -> float:
    if not search.options.explain:
        return SHARE[name]
    return (WITH_CHANGES if len(search.best.served) < search.instance.n_needs else WITH_REASONS)[name]


def _explained(search: Search, plan: Plan, begun: float) -> tuple[Plan, dict[str, object]]:
    """The plan with its reasons, within the time limit, and what they leave out; changes are solved again."""
    options = search.options
    if not options.explain:
        return plan, {}
    from matching.reasons import reasoned

    def again(changed: Problem, seconds: float) -> Plan:
        alone = replace(options, time_limit_s=seconds, explain=False, progress=None, workers=1, executor=None)
        return solve(changed, alone).plan

    now, limit = time.monotonic(), options.time_limit_s
    deadline = min(begun + 0.95 * limit, now + max(1.0, CHANGES * limit))
    plan, told = reasoned(search.instance, plan, deadline=deadline, again=again)
    return plan, {"reasons": told}


def _plan(search: Search) -> Plan:
    levels = tuple(
        Level(name, value, max(value, int(search.bounds[name])), search.bound_from[name])
        for name, value in zip(("serve", "care"), search.best.values, strict=True)
    )
    return assemble(search.instance, search.best, levels)


def _result(search: Search, plan: Plan, stopped_by: str, clock: _Clock) -> Result:
    run: dict[str, object] = {
        "seed": search.options.seed, "seconds": round(time.monotonic() - clock.begun, 3),
        "arcs": search.instance.n_arcs,
        "steps": [{"name": name, "seconds": round(seconds, 3)} for name, seconds in clock.steps],
        "peak_mb": _peak_mb(),
    }  # fmt: skip
    status = "optimal" if all(level.met for level in plan.levels) else "feasible"
    return Result(plan, status, "proof" if status == "optimal" else stopped_by, run)


def _peak_mb() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
