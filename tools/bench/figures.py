"""What the engine is asked alone: every size of its table of figures, each with the time it is given there."""

from __future__ import annotations

from typing import Any

# needs, volunteers, seconds
SIZES = (
    (50, 100, 5),
    (100, 200, 5),
    (200, 400, 5),
    (200, 100, 10),
    (2_000, 4_000, 20),
    (2_000, 1_000, 60),
    (5_000, 10_000, 60),
    (5_000, 2_500, 120),
    (20_000, 20_000, 120),
    (100_000, 100_000, 300),
)


def tasks(sizes: list[tuple[int, int]], seeds: int, seconds: float | None, threads: int, explain: bool) -> list[Any]:
    """The runs, small ones first; all sizes where none is named, with their own times where none is given."""
    own = {(needs, volunteers): limit for needs, volunteers, limit in SIZES}
    asked = sizes or [(needs, volunteers) for needs, volunteers, _ in SIZES]
    return [
        {
            "peer": "engine", "needs": size[0], "volunteers": size[1], "seed": seed,
            "seconds": seconds or own.get(size, 60), "threads": threads, "explain": explain,
        }
        for size in asked
        for seed in range(1, seeds + 1)
    ]  # fmt: skip
