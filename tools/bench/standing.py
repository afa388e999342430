"""Rows of several seeds into one standing for each size and solver, held against this engine on the same days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from tools.bench.peers import PEERS

CLOCK_S = 0.001  # times are kept to this
Row = dict[str, Any]
Size = tuple[int, int]


@dataclass(frozen=True)
class Ratio:
    """How many times this engine's time another needs for as much, by day, and on how many days it never gets there."""

    days: tuple[float, ...]
    never: int

    @property
    def runs(self) -> int:
        """On how many days."""
        return len(self.days)

    @property
    def least(self) -> float:
        """On the day on which the other is quickest."""
        return min(self.days)

    @property
    def middle(self) -> float:
        """The median over the days."""
        return median(self.days)

    def __str__(self) -> str:
        if self.never == self.runs:
            return f"never (> {times(self.least)})" if self.least >= 1 else "never"
        least, most = times(self.least), times(max(self.days))
        span = least if least == most else f"{least} to {most}"
        return span + (f"; never in {self.never} of {self.runs}" if self.never else "")


def times(value: float) -> str:
    """A ratio as people read it."""
    return f"{value:,.0f}x" if value >= 10 else f"{value:.1f}x" if value >= 1 else f"{value:.2f}x"


@dataclass(frozen=True)
class Standing:
    """One solver at one size: means over the seeds, seconds as the median."""

    peer: str
    size: Size
    limit_s: float
    seeds: int
    seeds_of_ours: int
    our_values: tuple[float, float]  # (serve, care) of this engine on the same days
    serve: float
    serve_gap: float  # of the bound
    care: float
    care_below: float | None  # minutes a visit below the bound, where it serves as much as this engine
    seconds: float
    best_after_s: float  # until its best plan stood
    peak_mb: int
    to_serve: Ratio | None
    to_plan: Ratio | None
    ahead: Lead
    ahead_worked: Lead | None  # by processor time
    load: float  # of the machine when its runs began, in the middle
    broken: int

    @property
    def title(self) -> str:
        """The name that people read, with a word where it did not meet all the days that this engine met."""
        return PEERS[self.peer].title + fewer(self.seeds, self.seeds_of_ours)


def fewer(seeds: int, all_seeds: int) -> str:
    """A word where means are over fewer days than those of this engine, and so not to be held beside them."""
    return "" if seeds >= all_seeds else f" (the first {seeds} of {all_seeds} days)"


def standings(rows: Sequence[Row]) -> list[Standing]:
    """One for each size and solver that answered, in the order of the solvers."""
    best = longest(rows)
    order = sorted({_size(row) for row in best}, key=lambda size: (size[0] > size[1], size))
    found = []
    for size in order:
        ours = {row["seed"]: row for row in best if row["peer"] == "ours" and _size(row) == size}
        for peer in PEERS:
            mine = [row for row in best if row["peer"] == peer and _size(row) == size and row["seed"] in ours]
            if mine:
                found.append(_standing(peer, size, mine, ours))
    return found


def longest(rows: Sequence[Row]) -> list[Row]:
    """The answers on plain days: of this engine the latest, of another the one that was given most time."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if row["peer"] == "engine" or "failed" in row:
            continue
        key = (row["peer"], *_size(row), row["seed"])
        if key not in kept or row["peer"] == "ours" or row["seconds"] >= kept[key]["seconds"]:
            kept[key] = row
    return list(kept.values())


def _size(row: Row) -> Size:
    return row["needs"], row["volunteers"]


def _standing(peer: str, size: Size, mine: list[Row], ours: dict[int, Row]) -> Standing:
    below = [
        (ours[row["seed"]]["care_bound"] - row["care"]) / max(1, row["visits"])
        for row in mine
        if row["serve"] == ours[row["seed"]]["serve"]
    ]
    gaps = [1 - row["serve"] / max(1, ours[row["seed"]]["serve_bound"]) for row in mine]
    return Standing(
        peer=peer,
        size=size,
        limit_s=max(row["seconds"] for row in mine),
        seeds=len(mine),
        seeds_of_ours=len(ours),
        our_values=(mean(ours[row["seed"]]["serve"] for row in mine), mean(ours[row["seed"]]["care"] for row in mine)),
        serve=mean(row["serve"] for row in mine),
        serve_gap=mean(gaps),
        care=mean(row["care"] for row in mine),
        care_below=mean(below) if len(below) == len(mine) else None,
        seconds=median(row["took"] for row in mine),
        best_after_s=median(row["trail"][-1][0] for row in mine),
        peak_mb=max(row["peak_mb"] for row in mine),
        to_serve=None if peer == "ours" else _ratio(mine, ours, 1),
        to_plan=None if peer == "ours" else _ratio(mine, ours, 2),
        ahead=lead(mine, ours) or Lead((), ()),
        ahead_worked=lead(mine, ours, "worked"),
        load=median(row.get("load", 0.0) for row in mine),
        broken=sum(bool(row["broken"]) for row in mine),
    )


def reached(row: Row, target: Sequence[float]) -> float | None:
    """The seconds until it served as much, or had a plan as good, as the target; None if never."""
    depth = len(target)
    return next((at for at, *values in row["trail"] if values[:depth] >= list(target)), None)


def value_at(row: Row, seconds: float) -> tuple[int, int] | None:
    """(serve, care) after so many seconds; None before its first plan."""
    seen = [(int(serve), int(care)) for at, serve, care in row["trail"] if at <= seconds]
    return seen[-1] if seen else None


def _ratio(mine: list[Row], ours: dict[int, Row], depth: int) -> Ratio:
    ratios, never = list[float](), 0
    for row in mine:
        our = ours[row["seed"]]
        target = [our["serve"], our["care"]][:depth]
        mine_at, theirs = reached(our, target), reached(row, target)
        never += theirs is None
        waited = row["took"] if theirs is None else theirs
        ratios.append(waited / max(CLOCK_S, our["took"] if mine_at is None else mine_at))
    return Ratio(tuple(ratios), never)


@dataclass(frozen=True)
class Lead:
    """By day, when another's best plan stood, and when this engine had one as good: None where it never had."""

    theirs_s: tuple[float, ...]
    ours_s: tuple[float | None, ...]

    @property
    def days(self) -> list[float]:
        """How many times as long the other took on each day; 0 where this engine never had a plan as good."""
        pairs = zip(self.theirs_s, self.ours_s, strict=True)
        return [0.0 if mine is None else theirs / max(CLOCK_S, mine) for theirs, mine in pairs]


def lead(mine: list[Row], ours: dict[int, Row], clock: str = "trail") -> Lead | None:
    """Its best plan is what another's last step up shows; what it went on searching for after that is not counted.

    clock: "trail" by the clock, "worked" by processor time; None where that is not known of all.
    """
    if any(clock not in row for row in (*mine, *(ours[row["seed"]] for row in mine))):
        return None
    ours_s = tuple(_step(ours[row["seed"]], row["trail"][-1][1:], clock) for row in mine)
    return Lead(tuple(_moments(row, clock)[-1] for row in mine), ours_s)


def _moments(row: Row, clock: str) -> list[float]:
    return [at for at, *_ in row["trail"]] if clock == "trail" else row["worked"]


def _step(row: Row, target: Sequence[float], clock: str) -> float | None:
    steps = zip(_moments(row, clock), row["trail"], strict=True)
    return next((at for at, (_, *values) in steps if values >= list(target)), None)
