"""What the master and the ways to solve its linear programme say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from matching.view import Floats

Partner = tuple[str, int, int]  # a row on who goes with whom: "person", "trainee" or "named", unit, volunteer (or 0)


@dataclass(frozen=True)
class Duals:
    """What a linear programme says of its rows.

    unit: by unit, what a visit there costs. slot: by slot, what it costs besides, for who goes with whom. day: what a
    day of each volunteer costs. serve: what one unit of priority is worth. odd: by odd set, what using two of its
    three things costs.
    """

    value: float
    unit: Floats
    slot: Floats
    day: Floats
    serve: float
    odd: Floats


class Linear(Protocol):
    """A way to solve the linear programme of a master.

    slack: how far from 0 and from 1 what it takes of a day plan may be where it takes nothing and all. corner: whether
    what it takes is a corner of what may be taken; else it lies in the middle of all that is best.
    """

    slack: float
    corner: bool

    def enter(self, columns: range, units: list[list[int]], serve: list[float], for_two: list[int]) -> None:
        """Take in new day plans: by day the units it visits and what it serves alone; those with a visit for two."""

    def change(self, column: int) -> None:
        """Take notice that a day plan's care has changed."""

    def bar(self, columns: list[int]) -> None:
        """Take none of these day plans any more."""

    def closer(self) -> bool:
        """Ask for a nearer solution from now on; whether one can be had."""

    def solve(self, seconds: float, *, roughly: bool = False) -> Duals:
        """Solve it once more; OutOfTimeError if it takes longer than the seconds.

        roughly: it may be less near to the best than usual; rows that are laid only where they are broken may be so.
        """

    def much(self) -> Floats:
        """How much it takes of each day plan."""


@dataclass(frozen=True)
class Rows:
    """A programme as a matrix: its rows (least <= matrix x <= most), and what each variable serves and cares.

    upper: by variable 1, or 0 where it is not to be taken.
    """

    matrix: Any
    least: Floats
    most: Floats
    upper: Floats
    weight: Floats
    care: Floats
    partners: dict[Partner, int]
