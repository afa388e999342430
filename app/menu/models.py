"""The service menu: what can be ordered, and the skills and credentials it asks for."""

from enum import StrEnum

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Skill(Base):
    """A skill, or (credential) a paper that proves one and may expire."""

    __tablename__ = "skill"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    zh: Mapped[str] = mapped_column(String(60))
    en: Mapped[str] = mapped_column(String(80))
    credential: Mapped[bool] = mapped_column(Boolean)
    proof_zh: Mapped[str] = mapped_column(Text, default="")
    proof_en: Mapped[str] = mapped_column(Text, default="")
    valid_months: Mapped[int] = mapped_column(Integer, default=0)  # 0: does not expire
    basis: Mapped[str] = mapped_column(Text, default="")


class MenuItem(Base):
    """One kind of help. `skills` and `credentials` must all be held; `day_parts` are the parts of day on offer."""

    __tablename__ = "menu_item"
    __table_args__ = (
        CheckConstraint("risk IN ('low','medium','high')", name="risk"),
        CheckConstraint("people IN (1, 2)", name="people"),
        CheckConstraint("min_min > 0 AND min_min <= usual_min AND usual_min <= max_min", name="minutes"),
    )

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    category_zh: Mapped[str] = mapped_column(String(40))
    category_en: Mapped[str] = mapped_column(String(60))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    usual_min: Mapped[int] = mapped_column(Integer)
    min_min: Mapped[int] = mapped_column(Integer)
    max_min: Mapped[int] = mapped_column(Integer)
    risk: Mapped[str] = mapped_column(String(6))
    people: Mapped[int] = mapped_column(Integer)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    credentials: Mapped[list[str]] = mapped_column(JSON, default=list)
    day_parts: Mapped[list[str]] = mapped_column(JSON, default=list)  # morning, noon, afternoon, evening
    by_phone: Mapped[bool] = mapped_column(Boolean, default=False)
    same_sex_suggested: Mapped[bool] = mapped_column(Boolean, default=False)
    timebank: Mapped[bool] = mapped_column(Boolean, default=True)  # false: a visit of duty without minutes
    priority_base: Mapped[int] = mapped_column(Integer, default=5)
    icon: Mapped[str] = mapped_column(String(40), default="")
    included_zh: Mapped[str] = mapped_column(Text, default="")
    included_en: Mapped[str] = mapped_column(Text, default="")
    not_included_zh: Mapped[str] = mapped_column(Text, default="")
    not_included_en: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")


class MenuSwitch(Base):
    """An item switched on or off for a unit's subtree; the nearest unit above decides."""

    __tablename__ = "menu_switch"

    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), primary_key=True)
    item_code: Mapped[str] = mapped_column(ForeignKey("menu_item.code"), primary_key=True)
    on: Mapped[bool] = mapped_column("is_on", Boolean)
