"""Where the demo happens: a real community by its official code, with its grids at points marked as approximate."""

import csv
import math
from dataclasses import dataclass
from random import Random

from app.config import ROOT
from app.db import session
from app.org.models import OrgUnit, UnitLevel
from app.org.service import add_unit, ensure_grid

COMMUNITY = "420502001002"
OTHER_COMMUNITY = "420503001001"  # in another district: its coordinator may see nothing of ours
ZONE = "Asia/Shanghai"
FRAME = ROOT / "app" / "data" / "derived"
METRES_PER_DEGREE = 111_195
PHONES = {COMMUNITY: "+867176551234", OTHER_COMMUNITY: "+867176559876"}


@dataclass(frozen=True)
class Grid:
    """One grid: how many elders live there, and its middle."""

    code: str
    number: int
    elders: int
    lat_deg: float
    lon_deg: float


def grids() -> list[Grid]:
    """The grids of the demo's community, by number."""
    rows = [row for row in _rows("yichang112_grids.csv") if row["community_code"] == COMMUNITY]
    found = [
        Grid(
            code=row["grid_code"],
            number=int(row["grid_no"]),
            elders=int(row["elders60"]),
            lat_deg=float(row["lat_synthetic"]),
            lon_deg=float(row["lon_synthetic"]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda grid: grid.number)


def make_place() -> None:
    """The units from the city down to the grids, and a community elsewhere."""
    frame = {row["community_code"]: row for row in _rows("yichang112_communities.csv")}
    for code in (COMMUNITY, OTHER_COMMUNITY):
        _make_community(frame[code])
    for grid in grids():
        unit = ensure_grid(COMMUNITY, grid.number)
        unit.lat_deg, unit.lon_deg, unit.point_is_approximate = grid.lat_deg, grid.lon_deg, True
    ensure_grid(OTHER_COMMUNITY, 1)
    session.flush()


def _make_community(row: dict[str, str]) -> OrgUnit:
    city = add_unit(code="4205", parent_code=None, level=UnitLevel.CITY, name="宜昌市", zone=ZONE)
    district = add_unit(
        code=row["district_code"], parent_code=city.code, level=UnitLevel.DISTRICT, name=row["district"]
    )
    street = add_unit(code=row["street_code"], parent_code=district.code, level=UnitLevel.STREET, name=row["street"])
    return add_unit(
        code=row["community_code"], parent_code=street.code, level=UnitLevel.COMMUNITY, name=row["community"],
        official_name=f"{row['community']}居民委员会", phone=PHONES[row["community_code"]],
        lat_deg=float(row["lat_synthetic"]), lon_deg=float(row["lon_synthetic"]), point_is_approximate=True,
    )  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    with (FRAME / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def near(dice: Random, lat_deg: float, lon_deg: float, *, metres: float) -> tuple[float, float]:
    """A point about `metres` away, rounded to a metre."""
    north, east = dice.gauss(0, metres / 1.5), dice.gauss(0, metres / 1.5)
    shrink = math.cos(math.radians(lat_deg))
    return round(lat_deg + north / METRES_PER_DEGREE, 6), round(lon_deg + east / METRES_PER_DEGREE / shrink, 6)
