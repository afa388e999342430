"""This engine, on the same day as its peers, explanations left out as nobody else gives any."""

from __future__ import annotations

import time

from matching import Options, Result, solve
from tools.bench.model import Model, Rounds

Trail = list[tuple[float, float, int, int]]


def solve_day(model: Model, seconds: float, seed: int, threads: int) -> tuple[Result, Trail]:
    """The result, and (seconds, processor seconds, serve, care) of each better plan on the way."""
    begun, worked = time.monotonic(), time.process_time()
    trail: Trail = []

    def told(step: str, incumbent: tuple[int, ...], bound: tuple[int, ...]) -> None:
        if len(incumbent) == 2 and (not trail or incumbent > trail[-1][2:]):
            serve, care = incumbent
            trail.append((time.monotonic() - begun, time.process_time() - worked, serve, care))

    options = Options(time_limit_s=seconds, seed=seed, workers=threads, explain=False, progress=told)
    return solve(model.problem, options), trail


def rounds_of(model: Model, result: Result) -> Rounds:
    """The plan as the rounds that other solvers answer with."""
    names = {need.id: row for row, need in enumerate(model.problem.needs)}
    people = {person.id: row for row, person in enumerate(model.problem.volunteers)}
    found: Rounds = []
    for one in result.rounds:
        shift = next(
            row
            for row, shift in enumerate(model.shifts)
            if shift.person == people[one.volunteer] and shift.begin <= one.leave and one.back <= shift.until
        )
        found.append((shift, [names[visit.need] for visit in one.visits]))
    return found
