"""VROOM through pyvroom: a vehicle for each shift with its own table of costs, a skill for each need.

It maximises the priorities served, then minimises cost. It has no growing price of further tasks, so that of the second
lies on every way between two needs; and no limit over two vehicles, so a person with two shifts is put right by solving
again. It is asked twice, in haste and thoroughly, so that both of its speeds are seen.
"""

from __future__ import annotations

import time
from datetime import timedelta
from importlib import import_module
from typing import Any

import numpy as np

from tools.bench.model import Model, Report, Rounds, judged
from tools.bench.peers.limits import Caps, within_limits

HASTE, CARE = 0, 5  # its least and most exploration


def warm() -> None:
    """Load the library, before the clock runs."""
    import_module("vroom")


def solve(model: Model, seconds: float, seed: int, threads: int, report: Report) -> Rounds:
    """Its thorough answer, or the hasty one where that is better. It takes no seed, and keeps to its time roughly."""
    until = time.monotonic() + seconds
    hasty = within_limits(model, lambda caps: _solve(model, caps, HASTE, until, threads))
    report(hasty)
    thorough = within_limits(model, lambda caps: _solve(model, caps, CARE, until, threads))
    return max(hasty, thorough, key=lambda rounds: judged(model, rounds)[0])


def _solve(model: Model, caps: Caps, exploration: int, until: float, threads: int) -> Rounds:
    import vroom

    day = vroom.Input()
    most = max((value for needs in model.care for value in needs.values()), default=0)
    for person in range(model.people):
        minutes, cost = _tables(model, person, most)
        day.set_durations_matrix(str(person), minutes)
        day.set_costs_matrix(str(person), cost)
    day.add_vehicle([_vehicle(vroom, model, caps, shift) for shift in range(len(model.shifts))])
    day.add_job([_job(vroom, model, need) for need in range(model.needs)])
    left = max(0.2, (until - time.monotonic()) / 2)  # solving again has to fit as well
    return _rounds(day.solve(exploration, nb_threads=threads, timeout=timedelta(seconds=left)))


def _tables(model: Model, person: int, most: int) -> tuple[Any, Any]:
    """Minutes and costs between home (row 0) and the needs."""
    minutes = np.zeros((model.needs + 1, model.needs + 1), dtype=np.uint32)
    minutes[1:, 1:] = model.legs
    minutes[0, 1:] = minutes[1:, 0] = model.out[person]
    cost = minutes.copy()
    for need, value in model.care[person].items():
        cost[:, need + 1] += np.uint32(most - value)
    cost[1:, 1:] += np.uint32(model.kth_cost[1])
    np.fill_diagonal(cost, 0)
    return minutes, cost


def _vehicle(vroom: Any, model: Model, caps: Caps, row: int) -> Any:
    shift = model.shifts[row]
    return vroom.Vehicle(
        row, start=0, end=0, profile=str(shift.person), capacity=[caps.minutes[row]], max_tasks=caps.tasks[row],
        skills=set(model.care[shift.person]), time_window=(shift.begin, shift.until),
    )  # fmt: skip


def _job(vroom: Any, model: Model, need: int) -> Any:
    return vroom.Job(
        need, location=need + 1, default_service=model.duration[need], delivery=[model.duration[need]],
        skills={need}, priority=min(100, model.priority[need]), time_windows=[(model.low[need], model.high[need])],
    )  # fmt: skip


def _rounds(solution: Any) -> Rounds:
    routes = solution.routes
    visits = routes[routes["type"] == "job"]
    found: dict[int, list[int]] = {}
    for vehicle, need in zip(visits["vehicle_id"], visits["id"], strict=True):
        found.setdefault(int(vehicle), []).append(int(need))
    return sorted(found.items())
