"""The organisation: a tree of units under official statistical codes, and its closure."""

from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class UnitLevel(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"


class OrgUnit(Base):
    """One unit of the tree. `code` is the official statistical code; a grid's is its community's plus 3 digits."""

    __tablename__ = "org_unit"
    __table_args__ = (
        CheckConstraint("level IN ('city','district','street','community','grid')", name="level"),
        CheckConstraint("match_at_min BETWEEN 0 AND 1439", name="match_at"),
    )

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("org_unit.code"), index=True)
    level: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    official_name: Mapped[str] = mapped_column(String(120), default="")
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    phone: Mapped[str] = mapped_column(String(20), default="")
    lat_deg: Mapped[float | None] = mapped_column(Float)  # null: place not known; WGS-84
    lon_deg: Mapped[float | None] = mapped_column(Float)
    point_is_approximate: Mapped[bool] = mapped_column(Boolean, default=True)  # shown as 示意位置
    match_nightly: Mapped[bool] = mapped_column(Boolean, default=False)
    match_at_min: Mapped[int] = mapped_column(Integer, default=18 * 60)  # when the night's proposal is computed


class OrgClosure(Base):
    """One pair (ancestor, descendant), each unit being its own; written only by org/service.py."""

    __tablename__ = "org_closure"

    ancestor_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), primary_key=True)
    descendant_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), primary_key=True, index=True)
