"""Made-up days solved, beside the greedy plan: how far each is from the proven bound, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from matching import InvalidProblem, Options, check, greedy, solve
from matching.generate import generate

Size = tuple[int, int]
HEADS = ("size", "seed", "served", "bound", "greedy", "gap", "cut", "care", "bound", "greedy", "a visit", "s", "status")


def read_sizes(words: str) -> list[Size]:
    """Sizes like `20x60,200x400`; InvalidProblem if they are not."""
    try:
        sizes = [tuple(int(number) for number in word.split("x")) for word in words.split(",")]
    except ValueError:
        sizes = []
    if not sizes or any(len(size) != 2 or min(size) < 1 for size in sizes):
        raise InvalidProblem(f"--sizes must be like 20x60,200x400, not {words!r}.")
    return [(size[0], size[1]) for size in sizes]


def bench(sizes: Sequence[Size], seeds: int, seconds: float, workers: int = 2) -> list[dict[str, Any]]:
    """One row for each size and seed; the plans are checked."""
    solve(generate(5, 10), Options(explain=False))  # compiled before the clock runs
    return [_row(size, seed, seconds, workers) for size in sizes for seed in range(1, seeds + 1)]


def _row(size: Size, seed: int, seconds: float, workers: int) -> dict[str, Any]:
    problem = generate(*size, seed)
    stamp = time.monotonic()
    floor = greedy(problem)
    greedy_seconds = time.monotonic() - stamp
    result = solve(problem, Options(time_limit_s=seconds, seed=seed, workers=workers, explain=False))
    broken = check(problem, result)
    if broken:
        raise InvalidProblem(f"The plan of {size[0]}x{size[1]}, seed {seed}, is broken: {broken[0]}")
    serve, care = result.levels
    gap, greedy_gap = serve.bound - serve.value, serve.bound - floor.values[0]
    visits = max(1, sum(len(match.volunteers) for match in result.matches))
    return {
        "needs": size[0], "volunteers": size[1], "seed": seed, "status": result.status,
        "seconds": result.run["seconds"],
        "greedy_seconds": round(greedy_seconds, 3), "arcs": result.run["arcs"], "peak_mb": result.run["peak_mb"],
        "serve": serve.value, "serve_bound": serve.bound, "serve_greedy": floor.values[0], "serve_gap": serve.gap,
        "serve_gap_cut": round(greedy_gap / gap, 1) if gap else None,
        "care": care.value, "care_bound": care.bound, "care_greedy": floor.values[1],
        "care_below_bound_a_visit": round((care.bound - care.value) / visits, 3),
        "steps": {step["name"]: step["seconds"] for step in result.run["steps"]},
    }  # fmt: skip


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as text in columns. `cut`: greedy's distance from the bound over the plan's."""
    lines = [HEADS]
    for row in rows:
        cut = "all" if row["serve_gap_cut"] is None else f"{row['serve_gap_cut']}x"
        size = f"{row['needs']}x{row['volunteers']}"
        serve = str(row["serve"]), str(row["serve_bound"]), str(row["serve_greedy"]), f"{row['serve_gap']:.2%}", cut
        care = str(row["care"]), str(row["care_bound"]), str(row["care_greedy"])
        below, seconds = f"{row['care_below_bound_a_visit']:.2f}", f"{row['seconds']:.2f}"
        lines.append((size, str(row["seed"]), *serve, *care, below, seconds, row["status"]))
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
