"""The day on a small map, drawn by the server: grids as cells, a line from each elder to whoever comes.

Places are in the units of the drawing (its width is 500); they stand for where people live only roughly.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.matchruns.board import Board
from app.org.models import OrgUnit, UnitLevel
from app.org.queries import grids_of

WIDTH, HEIGHT, EDGE = 500.0, 372.0, 22.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    """One grid: the corners of its cell, its middle, and whether something in it is not matched."""

    name: str
    corners: str
    middle: Point
    warn: bool


@dataclass(frozen=True)
class Map:
    """Everything to draw. `lines` go from an elder to a volunteer; `words` names the mark for whoever points at it."""

    width: int
    height: int
    cells: tuple[Cell, ...]
    lines: tuple[tuple[Point, Point], ...]
    elders: tuple[Point, ...]
    volunteers: tuple[Point, ...]
    missing: tuple[Point, ...]


def draw(board: Board) -> Map | None:
    """The map of a board with a plan; None where too few places are known to draw one."""
    assert board.plan is not None
    at_need = {n["id"]: n["place"] for n in board.plan.problem["needs"] if n.get("place")}
    at_person = {v["id"]: v["place"] for v in board.plan.problem["volunteers"] if v.get("place")}
    grids = [grid for grid in grids_of(board.unit.code) if grid.lat_deg is not None]
    known = [*at_need.values(), *((grid.lat_deg, grid.lon_deg) for grid in grids)]
    if len(known) < 2:
        return None
    to = Projection(known)
    lines, elders, helpers = [], [], {}
    for one in board.planned:
        place = at_need.get(one.order.need.id)
        if place is None:
            continue
        elders.append(to(place))
        for person in one.people:
            helpers[person.id] = to(at_person[person.id])
            lines.append((to(place), helpers[person.id]))
    missing = {one.order.need.id: one.order.need.unit_code for one in board.not_matched}
    return Map(
        int(WIDTH), int(HEIGHT), _cells(grids, to, set(missing.values())), tuple(lines), tuple(elders),
        tuple(helpers.values()), tuple(to(at_need[key]) for key in missing if key in at_need),
    )  # fmt: skip


class Projection:
    """Degrees to the drawing: everything known fits inside its edges, north up, the same scale both ways."""

    def __init__(self, places: Iterable[Sequence[float]]) -> None:
        lats, lons = zip(*places, strict=True)
        self.shrink = math.cos(math.radians(sum(lats) / len(lats)))
        self.middle = ((max(lats) + min(lats)) / 2, (max(lons) + min(lons)) / 2)
        tall, wide = max(max(lats) - min(lats), 1e-4), max((max(lons) - min(lons)) * self.shrink, 1e-4)
        self.scale = 0.88 * min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / tall)

    def __call__(self, place: Sequence[float]) -> Point:
        x = WIDTH / 2 + (place[1] - self.middle[1]) * self.shrink * self.scale
        y = HEIGHT / 2 - (place[0] - self.middle[0]) * self.scale
        return (round(min(max(x, EDGE), WIDTH - EDGE), 1), round(min(max(y, EDGE), HEIGHT - EDGE), 1))


def _cells(grids: Sequence[OrgUnit], to: Projection, warned: set[str]) -> tuple[Cell, ...]:
    """The cells of the grids: what is nearer to a grid's middle than to any other's, cut off at the edges."""
    placed = [
        (grid, to((grid.lat_deg, grid.lon_deg)))
        for grid in grids
        if grid.level == UnitLevel.GRID and grid.lat_deg is not None and grid.lon_deg is not None
    ]
    middles = [middle for _, middle in placed]
    if len(set(middles)) < len(middles) or len(middles) < 2:
        return ()
    import numpy as np
    from scipy.spatial import Voronoi  # takes a while to load: only the map pays it

    points = np.array(middles)
    mirrored = [points]
    for axis, edge in ((0, EDGE), (0, WIDTH - EDGE), (1, EDGE), (1, HEIGHT - EDGE)):
        mirror = points.copy()  # cells mirrored at an edge have their border exactly on it
        mirror[:, axis] = 2 * edge - mirror[:, axis]
        mirrored.append(mirror)
    diagram = Voronoi(np.vstack(mirrored))
    cells = []
    for index, (grid, middle) in enumerate(placed):
        corners = diagram.vertices[diagram.regions[diagram.point_region[index]]]
        cells.append(Cell(grid.name, " ".join(f"{x:.0f},{y:.0f}" for x, y in corners), middle, grid.code in warned))
    return tuple(cells)
