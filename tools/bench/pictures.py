"""The charts of docs/benchmarks.md: time and gap against size, the race of all solvers, this engine up to a city."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import mean, median

from tools.bench.chart import Line, Panel, draw
from tools.bench.peers import PEERS
from tools.bench.standing import Row, Size, Standing, longest, standings

Value = Callable[[Standing], float | None]

CHART = "docs/pictures/benchmarks.svg"
RACE = "docs/pictures/benchmarks-race.svg"
CITY = "docs/pictures/benchmarks-city.svg"
PICTURES = {
    "time and gap against size": CHART,
    "priority and care over time": RACE,
    "seconds, gap and memory up to a city": CITY,
}
SOONEST_S = 0.01
NAMES = [peer.title for peer in PEERS.values()]
RACES = ((200, 400), (200, 100))
DAYS = {"twice as many volunteers": 2.0, "as many volunteers as needs": 1.0, "half as many volunteers": 0.5}

def charts(rows: Sequence[Row]) -> dict[str, str]:
    """The SVG of each picture."""
    found = standings(rows)
    plenty = [one for one in found if one.size[1] == 2 * one.size[0]]
    scarce = [one for one in found if one.size[0] == 2 * one.size[1]]
    panels = []
    if plenty:
        title = "Plenty of volunteers: seconds until its best plan"
        panels.append(_panel(title, plenty, lambda one: one.best_after_s, log=True))
        title = "Plenty of volunteers: care below the proven bound, minutes a visit"
        panels.append(_panel(title, plenty, lambda one: one.care_below))
    if scarce:
        title = "Half as many volunteers as needs: priority short of the proven bound"
        panels.append(_panel(title, scarce, lambda one: 100 * one.serve_gap, suffix=" %"))
    drawn = {CHART: draw(panels, "Time and gap against size, for each solver", NAMES)} if panels else {}
    races = [_race(rows, size) for size in raced(rows)]
    if races:
        drawn[RACE] = draw(races, "Priority and care over time, for each solver", NAMES)
    return drawn | _city([row for row in rows if row["peer"] == "engine" and "failed" not in row])


def _panel(title: str, found: Sequence[Standing], value: Value, *, log: bool = False, suffix: str = "") -> Panel:
    lines = []
    for name, peer in PEERS.items():
        mine = [(float(one.size[0]), value(one)) for one in found if one.peer == name]
        points = [(needs, height) for needs, height in mine if height is not None]
        if points:
            lines.append(Line(peer.title, tuple(points), name == "ours"))
    ticks = tuple(sorted({float(one.size[0]) for one in found}))
    return Panel(title, "needs", tuple(lines), log_y=log, x_ticks=ticks, y_suffix=suffix)


def raced(rows: Sequence[Row]) -> list[Size]:
    """The days that a race is drawn of, as far as they were measured."""
    measured = {(row["needs"], row["volunteers"]) for row in longest(rows)}
    return [size for size in RACES if size in measured]


def _race(rows: Sequence[Row], size: Size) -> Panel:
    """The first day over time: priority served where volunteers are scarce, else care of plans that serve as much."""
    mine = [row for row in longest(rows) if (row["needs"], row["volunteers"]) == size and row["seed"] == 1]
    ours = next(row for row in mine if row["peer"] == "ours")
    scarce = size[0] > size[1]
    lines = []
    for name, peer in PEERS.items():
        for row in (row for row in mine if row["peer"] == name):
            points = _shortfall(row, ours) if scarce else _care_among_equals(row, ours)
            if points:
                lines.append(Line(peer.title, _steps(points, row["took"]), name == "ours"))
    what = "priority short of the proven bound" if scarce else "care of plans that serve as much as can be"
    title = f"{size[0]} needs, {size[1]} volunteers: {what}"
    return Panel(title, "seconds", tuple(lines), log_y=False, y_suffix=" %" if scarce else "")


def _shortfall(row: Row, ours: Row) -> list[tuple[float, float]]:
    return [(at, 100 * (1 - serve / ours["serve_bound"])) for at, serve, _ in row["trail"]]


def _care_among_equals(row: Row, ours: Row) -> list[tuple[float, float]]:
    return [(at, care) for at, serve, care in row["trail"] if serve >= ours["serve"]]


def _steps(points: list[tuple[float, float]], ended: float) -> tuple[tuple[float, float], ...]:
    """A plan stands until the next one comes; times below a hundredth of a second are drawn there."""
    found: list[tuple[float, float]] = []
    for at, value in points:
        if found:
            found.append((max(SOONEST_S, at), found[-1][1]))
        found.append((max(SOONEST_S, at), value))
    return (*found, (max(SOONEST_S, ended), found[-1][1]))


def _city(alone: Sequence[Row]) -> dict[str, str]:
    """This engine by itself over all sizes."""
    if len({(row["needs"], row["volunteers"]) for row in alone}) < 2:
        return {}
    panels = [
        _sizes("Seconds, with proof or until stopped", alone, lambda rows: median(row["took"] for row in rows)),
        _sizes("Priority short of the proven bound", alone, lambda rows: 100 * mean(map(_gap, rows)), suffix=" %"),
        _sizes("Most megabytes held", alone, lambda rows: max(row["peak_mb"] for row in rows)),
    ]
    return {CITY: draw(panels, "Seconds, gap and memory of this engine from a community to a city")}


def _gap(row: Row) -> float:
    return float((row["serve_bound"] - row["serve"]) / max(1, row["serve_bound"]))


def _sizes(title: str, alone: Sequence[Row], value: Callable[[list[Row]], float], suffix: str = "") -> Panel:
    lines = []
    for name, share in DAYS.items():
        needs = sorted({row["needs"] for row in alone if row["volunteers"] == share * row["needs"]})
        groups = [[row for row in alone if (row["needs"], row["volunteers"]) == (n, share * n)] for n in needs]
        if groups:
            points = tuple((float(n), value(rows)) for n, rows in zip(needs, groups, strict=True))
            lines.append(Line(name, points, name == next(iter(DAYS))))
    return Panel(title, "needs", tuple(lines), log_y=not suffix, y_suffix=suffix)
