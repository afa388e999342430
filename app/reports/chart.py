"""A small chart of the quarters to come, drawn by the server: what helpers may give, and what will be asked.

Everything is in the units of the drawing; the table beside it holds the same figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.reports.forecast import Quarter

WIDTH, HEIGHT = 640.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 16.0, 44.0
STEPS = 4  # lines across, above zero
MINUTES_PER_HOUR = 60

Point = tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """What to draw: grid lines with their hours, the band of the forecast, its middle, and what is asked."""

    width: int
    height: int
    left: float
    right: float
    bottom: float
    levels: tuple[tuple[float, int], ...]  # (height, hours)
    columns: tuple[tuple[float, str], ...]  # (middle of a quarter, its short name)
    band: str
    middle: tuple[Point, ...]
    asked: tuple[Point, ...]

    @staticmethod
    def path(points: Sequence[Point]) -> str:
        """The points as an SVG line."""
        return " ".join(f"{x:g},{y:g}" for x, y in points)


def draw(quarters: Sequence[Quarter]) -> Chart | None:
    """The chart; None where there are too few quarters for a line."""
    if len(quarters) < 2:
        return None
    top = _round_hours(max(max(quarter.high, quarter.asked) for quarter in quarters))
    width = (WIDTH - LEFT - RIGHT) / len(quarters)
    xs = [round(LEFT + width * (number + 0.5), 1) for number in range(len(quarters))]

    def at(minutes: int) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * minutes / (top * MINUTES_PER_HOUR), 1)

    def line(values: Sequence[int]) -> tuple[Point, ...]:
        return tuple((x, at(value)) for x, value in zip(xs, values, strict=True))

    edge = [*line([q.high for q in quarters]), *reversed(line([q.low for q in quarters]))]
    return Chart(
        int(WIDTH), int(HEIGHT), LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM,
        levels=tuple((at(top * step // STEPS * MINUTES_PER_HOUR), top * step // STEPS) for step in range(STEPS + 1)),
        columns=tuple((x, name_of(quarter)) for x, quarter in zip(xs, quarters, strict=True)),
        band=Chart.path(edge), middle=line([q.middle for q in quarters]), asked=line([q.asked for q in quarters]),
    )  # fmt: skip


def name_of(quarter: Quarter) -> str:
    """A quarter as a chart can hold it: 26Q4."""
    return f"{quarter.first.year % 100:02d}Q{(quarter.first.month - 1) // 3 + 1}"


def _round_hours(minutes: int) -> int:
    """Hours for the top of the scale: the next figure that four steps divide evenly."""
    hours = max(1, -(-minutes // MINUTES_PER_HOUR))
    step = 10 ** max(0, math.floor(math.log10(hours)) - 1)
    return -(-hours // (STEPS * step)) * STEPS * step
