"""One run in a process of its own: `python -m tools.bench.one '{"peer": ...}' OUTPUT` writes one row as JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matching import Options, Problem, check, greedy, solve
from matching.generate import generate
from tools.bench.model import Model, Rounds, build_model, judged, plain_problem
from tools.bench.peers import PEERS

Solved = Callable[[], None]
Trail = list[tuple[float, float, int, int]]  # seconds, those of processors, serve, care
MOST_GREEDY = 5_000  # needs
POINTS = 60  # of a trail that are kept


def run(task: dict[str, Any], solved: Solved = lambda: None) -> dict[str, Any]:
    """The row of one task: needs, volunteers, seed, seconds, threads and the peer, or "engine" for a full day.

    `solved` is called when the plan is there, before it is judged.
    """
    if task["peer"] == "engine":
        return task | _engine(task, solved)
    model = build_model(plain_problem(task["needs"], task["volunteers"], task["seed"]))
    found = _ours(model, task, solved) if task["peer"] == "ours" else _peer(model, task, solved)
    return task | {"visits": model.needs, "all": sum(model.priority)} | found


def _warmed() -> None:
    """Compiled and loaded before the clock runs."""
    solve(generate(5, 10), Options(explain=False))


def _engine(task: dict[str, Any], solved: Solved) -> dict[str, Any]:
    """This engine on a day with everything in it."""
    _warmed()
    problem = generate(task["needs"], task["volunteers"], task["seed"])
    options = Options(
        time_limit_s=task["seconds"], seed=task["seed"], workers=task["threads"], explain=task.get("explain", False)
    )
    begun, worked = time.monotonic(), _processor_s()
    result = solve(problem, options)
    seconds, worked = time.monotonic() - begun, _processor_s() - worked
    solved()
    broken = check(problem, result)
    serve, care = result.levels
    visits = sum(len(match.volunteers) for match in result.matches)
    return {
        "took": round(seconds, 3), "cpu": round(worked, 3), "serve": serve.value, "care": care.value,
        "serve_bound": serve.bound, "care_bound": care.bound, "served_visits": visits, "status": result.status,
        "stopped_by": result.stopped_by, "arcs": result.run.get("arcs"), "broken": broken[:1],
        "steps": result.run.get("steps", []), "all": sum(need.priority for need in problem.needs),
        "greedy": _greedy(problem),
    }  # fmt: skip


def _processor_s() -> float:
    """Seconds of processors that this process and its ended children have used."""
    return sum(os.times()[:4])


def _greedy(problem: Problem) -> list[int] | None:
    """(serve, care) of the greedy plan; not where it would take longer than the rest of the run."""
    return list(greedy(problem).values) if len(problem.needs) <= MOST_GREEDY else None


def _ours(model: Model, task: dict[str, Any], solved: Solved) -> dict[str, Any]:
    from tools.bench.peers.ours import rounds_of, solve_day

    _warmed()
    begun, worked = time.monotonic(), time.process_time()
    result, trail = solve_day(model, task["seconds"], task["seed"], task["threads"])
    seconds, worked = time.monotonic() - begun, time.process_time() - worked
    solved()
    values, broken = judged(model, rounds_of(model, result))
    trail.append((seconds, worked, *values))
    bounds = {f"{level.name}_bound": level.bound for level in result.levels}
    rest = {**_steps(trail, own=False), "status": result.status, "stopped_by": result.stopped_by}
    broken = broken or check(model.problem, result)
    return _values(seconds, values, broken) | bounds | rest


def _peer(model: Model, task: dict[str, Any], solved: Solved) -> dict[str, Any]:
    """Its clock begins with the candidate pairs and the legs ready made; judging is not counted."""
    peer = PEERS[task["peer"]].load()
    seen: list[tuple[float, float, Rounds]] = []
    own = bool(getattr(peer, "OWN_CLOCK", False))
    if hasattr(peer, "warm"):
        peer.warm()
    begun, worked = time.monotonic(), time.process_time()

    def report(rounds: Rounds, at: float | None = None) -> None:
        moment = time.monotonic() - begun if at is None else at
        seen.append((moment, time.process_time() - worked, [(shift, list(visits)) for shift, visits in rounds]))

    rounds = peer.solve(model, task["seconds"], task["seed"], task["threads"], report)
    seconds, worked = time.monotonic() - begun, time.process_time() - worked
    solved()
    if own:
        seconds = max((at for at, *_ in seen), default=seconds)
    values, broken = judged(model, rounds)
    return _values(seconds, values, broken) | _steps([*_trail(model, seen), (seconds, worked, *values)], own)


def _values(seconds: float, values: tuple[int, int], broken: list[str]) -> dict[str, Any]:
    return {"took": round(seconds, 3), "serve": values[0], "care": values[1], "broken": broken[:1]}


def _trail(model: Model, seen: list[tuple[float, float, Rounds]]) -> Trail:
    """The plans on the way that break no rule, at most so many of them."""
    if len(seen) > POINTS:
        last = len(seen) - 1
        seen = [seen[round(last * (point / (POINTS - 1)))] for point in range(POINTS)]
    return [
        (at, worked, *values) for at, worked, rounds in seen for values, broken in [judged(model, rounds)] if not broken
    ]


def _steps(trail: Trail, own: bool) -> dict[str, list[Any]]:
    """The steps up only: `trail` by the clock; `worked` the processor seconds of each, unless it works elsewhere."""
    kept: Trail = []
    for step in sorted(trail):
        if not kept or step[2:] > kept[-1][2:]:
            kept.append(step)
    found: dict[str, list[Any]] = {"trail": [[round(at, 3), serve, care] for at, _, serve, care in kept]}
    return found if own else found | {"worked": [round(worked, 3) for _, worked, *_ in kept]}


def main(words: str, output: Path) -> None:
    """Write the row; a file beside it says when the solver has ended, with the megabytes held until then."""

    def solved() -> None:
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # kilobytes on Linux
        output.with_suffix(".solved").write_text(str(held), encoding="ascii")

    row = run(json.loads(words), solved)
    output.write_text(json.dumps(row), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
