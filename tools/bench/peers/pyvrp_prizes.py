"""PyVRP: one round for each shift, needs as clients with a prize, a table of minutes and costs for each person.

It has no growing price of further tasks, so that of the second lies on every way between two needs; and no limit over
two vehicles, so a person with two shifts is put right on the way.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

import numpy as np

from tools.bench.model import Model, Report, Rounds
from tools.bench.peers.limits import Caps, trimmed

SCALE = 100  # what one unit of priority is worth in minutes; of 30 to 2,000 this served most at 200 x 100
FIRST = 0.4  # of the time before the limits over two shifts are looked at
FAR = 100_000  # minutes to somebody whom she may not visit


def warm() -> None:
    """Load the library, before the clock runs."""
    import_module("pyvrp")


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The best rounds found in the time; one thread, as the library has no more."""
    caps = Caps.of(model)
    first = _solve(model, caps, FIRST * seconds, seed, report, [])
    caps.tighten(model, first)
    return trimmed(model, _solve(model, caps, (1 - FIRST) * seconds, seed, report, trimmed(model, first)))


def _solve(model: Model, caps: Caps, seconds: float, seed: int, report: Report, begin: Rounds) -> Rounds:
    import pyvrp

    until = time.monotonic() + seconds
    tables = [_tables(model, person) for person in range(model.people)]
    most = max((value for needs in model.care for value in needs.values()), default=0)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(model.needs + 1)],
        clients=[_client(pyvrp, model, need, most) for need in range(model.needs)],
        depots=[pyvrp.Depot(0)],
        vehicle_types=[
            pyvrp.VehicleType(
                capacity=[caps.tasks[row], caps.minutes[row]], tw_early=shift.begin, tw_late=shift.until,
                profile=shift.person,
            )
            for row, shift in enumerate(model.shifts)
        ],
        distance_matrices=[cost for cost, _ in tables],
        duration_matrices=[minutes for _, minutes in tables],
    )  # fmt: skip
    begun = pyvrp.Solution(data, [_route(pyvrp, data, *one) for one in begin]) if begin else None
    left = max(0.1, until - time.monotonic())
    params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=_watch(pyvrp, model, report)))
    result = pyvrp.solve(
        data, pyvrp.stop.MaxRuntime(left), seed=seed, collect_stats=False, params=params, initial_solution=begun
    )
    return _rounds(result.best)


def _watch(pyvrp: Any, model: Model, report: Report) -> Any:
    class Watch(pyvrp.IteratedLocalSearchCallbacks):
        def on_best(self, best: Any) -> None:
            if best.is_feasible():
                report(trimmed(model, _rounds(best)))

    return Watch()


def _route(pyvrp: Any, data: Any, shift: int, visits: list[int]) -> Any:
    return pyvrp.Route(data, [pyvrp.Activity(pyvrp.ActivityType.CLIENT, need) for need in visits], shift)


def _client(pyvrp: Any, model: Model, need: int, most: int) -> Any:
    return pyvrp.Client(
        need + 1, delivery=[1, model.duration[need]], service_duration=model.duration[need],
        tw_early=model.low[need], tw_late=model.high[need], prize=SCALE * model.priority[need] + most, required=False,
    )  # fmt: skip


def _tables(model: Model, person: int) -> tuple[Any, Any]:
    """Costs and minutes between home (row 0) and the needs."""
    most = max((value for needs in model.care for value in needs.values()), default=0)
    minutes = np.full((model.needs + 1, model.needs + 1), FAR, dtype=np.int64)
    minutes[0, 0] = 0
    able = np.array(sorted(model.care[person]), dtype=np.int64)
    minutes[np.ix_(able + 1, able + 1)] = model.legs[np.ix_(able, able)]
    minutes[0, able + 1] = minutes[able + 1, 0] = model.out[person, able]
    cost = minutes.copy()
    for need, value in model.care[person].items():
        cost[:, need + 1] += most - value
    cost[1:, 1:] += model.kth_cost[1]
    np.fill_diagonal(cost, 0)
    np.fill_diagonal(minutes, 0)
    return cost, minutes


def _rounds(best: Any) -> Rounds:
    return [(route.vehicle_type(), [stop.idx for stop in route if stop.is_client()]) for route in best.routes()]
