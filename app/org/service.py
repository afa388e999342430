"""Making units of the tree; the only writer of its closure."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, literal, select

from app.db import session
from app.errors import DomainError
from app.org.models import OrgClosure, OrgUnit, UnitLevel
from app.org.queries import find_unit, unit

LEVELS = tuple(UnitLevel)
MOST_GRIDS = 999  # three digits of the grid's code
HOME_ZONE = "Asia/Shanghai"


class WrongLevel(DomainError):
    text = _l("A unit of the level %(level)s can't be below %(parent)s.")


class GridNumber(DomainError):
    text = _l("A grid's number is between 1 and 999, not %(number)s.")


def add_unit(
    *,
    code: str,
    parent_code: str | None,
    level: UnitLevel,
    name: str,
    official_name: str = "",
    zone: str | None = None,
    phone: str = "",
    lat_deg: float | None = None,
    lon_deg: float | None = None,
    point_is_approximate: bool = True,
) -> OrgUnit:
    """The unit of this code, made below its parent (None: a city) when it is not there yet. The zone is inherited."""
    found = find_unit(code)
    if found is not None:
        return found
    parent = unit(parent_code) if parent_code is not None else None
    if parent is not None and LEVELS.index(UnitLevel(parent.level)) >= LEVELS.index(level):
        raise WrongLevel(level=level, parent=parent.name)
    made = OrgUnit(
        code=code, parent_code=parent_code, level=level, name=name, official_name=official_name,
        zone=zone or (parent.zone if parent else HOME_ZONE), phone=phone, lat_deg=lat_deg, lon_deg=lon_deg,
        point_is_approximate=point_is_approximate,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _close(made)
    return made


def ensure_grid(community_code: str, grid_no: int) -> OrgUnit:
    """Grid number `grid_no` of a community (code: the community's plus three digits), made when it is not there."""
    if not 1 <= grid_no <= MOST_GRIDS:
        raise GridNumber(number=grid_no)
    community = unit(community_code)
    code = f"{community.code}{grid_no:03d}"
    return find_unit(code) or add_unit(
        code=code, parent_code=community.code, level=UnitLevel.GRID, name=f"第{grid_no}网格",
        lat_deg=community.lat_deg, lon_deg=community.lon_deg,
    )  # fmt: skip


def _close(made: OrgUnit) -> None:
    """Every ancestor of the parent is one of the new unit's, and the unit is its own."""
    above = select(OrgClosure.ancestor_code, literal(made.code)).where(OrgClosure.descendant_code == made.parent_code)
    session.execute(insert(OrgClosure).from_select(["ancestor_code", "descendant_code"], above))
    session.add(OrgClosure(ancestor_code=made.code, descendant_code=made.code))
    session.flush()
