"""OR-Tools' routing library: a vehicle for each shift, needs that may be left out at a price, guided local search.

Everything of the plain day can be said: who may come through the vehicle variable, a person's limits over two shifts as
constraints, care as a cost of each vehicle's arcs, the growing cost of further tasks as soft limits of a shift. What
leaving out costs decides much: too little and needs are dropped, too much and the search cannot tell walks apart.
"""

from __future__ import annotations

import itertools
from importlib import import_module
from typing import Any

import numpy as np

from tools.bench.model import Model, Report, Rounds

SCALE = 100  # what one unit of priority is worth in minutes; of 30 to 2,000, 100 and 400 served most at 200 x 100
HORIZON = 1 << 20


def warm() -> None:
    """Load the library, before the clock runs."""
    import_module("ortools.constraint_solver.pywrapcp")


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """The best rounds found in the time; one thread, as the library has no more."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    manager = pywrapcp.RoutingIndexManager(model.needs + 1, len(model.shifts), 0)
    routing = pywrapcp.RoutingModel(manager)
    _time(model, manager, routing)
    _costs(model, routing)
    _limits(model, routing)
    _who_may(model, manager, routing)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(1000 * seconds))
    best = _Best(model, manager, routing, report)
    routing.AddAtSolutionCallback(best.look)
    routing.SolveWithParameters(parameters)
    return best.rounds


class _Best:
    """The cheapest plan seen."""

    def __init__(self, model: Model, manager: Any, routing: Any, report: Report) -> None:
        self.model, self.manager, self.routing, self.report = model, manager, routing, report
        self.cost, self.rounds = float("inf"), Rounds()

    def look(self) -> None:
        cost = self.routing.CostVar().Max()
        if cost >= self.cost:
            return
        self.cost, self.rounds = cost, []
        for vehicle in range(len(self.model.shifts)):
            visits, index = [], self.routing.NextVar(self.routing.Start(vehicle)).Value()
            while not self.routing.IsEnd(index):
                visits.append(self.manager.IndexToNode(index) - 1)
                index = self.routing.NextVar(index).Value()
            if visits:
                self.rounds.append((vehicle, visits))
        self.report(self.rounds)


def _square(model: Model, person: int) -> Any:
    """Minutes between home (row 0) and the needs for one person."""
    square = np.zeros((model.needs + 1, model.needs + 1), dtype=np.int64)
    square[1:, 1:] = model.legs
    square[0, 1:] = square[1:, 0] = model.out[person]
    return square


def _time(model: Model, manager: Any, routing: Any) -> None:
    service = np.array([0, *model.duration])[:, None]
    transits = [routing.RegisterTransitMatrix((_square(model, p) + service).tolist()) for p in range(model.people)]
    of_shifts = [transits[shift.person] for shift in model.shifts]
    routing.AddDimensionWithVehicleTransits(of_shifts, HORIZON, HORIZON, False, "time")
    time = routing.GetDimensionOrDie("time")
    for vehicle, shift in enumerate(model.shifts):
        time.CumulVar(routing.Start(vehicle)).SetMin(shift.begin)
        time.CumulVar(routing.End(vehicle)).SetMax(shift.until)
    for need in range(model.needs):
        time.CumulVar(manager.NodeToIndex(need + 1)).SetRange(model.low[need], model.high[need])


def _costs(model: Model, routing: Any) -> None:
    most = max((value for needs in model.care for value in needs.values()), default=0)
    evaluators = []
    for person in range(model.people):
        square = _square(model, person)
        for need, value in model.care[person].items():
            square[:, need + 1] += most - value
        np.fill_diagonal(square, 0)
        evaluators.append(routing.RegisterTransitMatrix(square.tolist()))
    for vehicle, shift in enumerate(model.shifts):
        routing.SetArcCostEvaluatorOfVehicle(evaluators[shift.person], vehicle)
    for need in range(model.needs):
        routing.AddDisjunction([need + 1], SCALE * model.priority[need] + most)


def _limits(model: Model, routing: Any) -> None:
    """A person's tasks and minutes over all her shifts; each further task of a shift costs more than the one before."""
    solver = routing.solver()
    ones, minutes = [0] + [1] * model.needs, [0, *model.duration]
    steps = [later - sooner for sooner, later in itertools.pairwise(model.kth_cost)][:3]
    for name, unary in (("tasks", ones), ("minutes", minutes), *((f"task{k}", ones) for k in range(1, len(steps)))):
        routing.AddDimension(routing.RegisterUnaryTransitVector(unary), 0, HORIZON, True, name)
    for person in range(model.people):
        ends = [routing.End(vehicle) for vehicle in model.shifts_of(person)]
        for name, most in (("tasks", model.most_tasks[person]), ("minutes", model.most_minutes[person])):
            dimension = routing.GetDimensionOrDie(name)
            for end in ends:
                dimension.CumulVar(end).SetMax(most)
            if len(ends) > 1:
                solver.Add(sum(dimension.CumulVar(end) for end in ends) <= most)
        for k, step in enumerate(steps):
            dimension = routing.GetDimensionOrDie(f"task{k}" if k else "tasks")
            for end in ends:
                dimension.SetCumulVarSoftUpperBound(end, k + 1, step)


def _who_may(model: Model, manager: Any, routing: Any) -> None:
    able: list[list[int]] = [[] for _ in range(model.needs)]
    for vehicle, shift in enumerate(model.shifts):
        for need in model.care[shift.person]:
            able[need].append(vehicle)
    for need, vehicles in enumerate(able):
        routing.VehicleVar(manager.NodeToIndex(need + 1)).SetValues([-1, *vehicles])
