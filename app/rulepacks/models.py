"""Rules that differ by city: dated settings attached to a unit and inherited downwards."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Setting(Base):
    """One value of one key for one unit's subtree from one day on; without a unit it holds everywhere."""

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("unit_code", "key", "effective_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("org_unit.code"))  # null: the default of the whole site
    key: Mapped[str] = mapped_column(String(60), index=True)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=False))
    effective_from: Mapped[date] = mapped_column(Date)
    measure: Mapped[str] = mapped_column(String(120), default="")
    group: Mapped[str] = mapped_column("setting_group", String(60), default="")
    zh: Mapped[str] = mapped_column(Text, default="")
    en: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(Text, default="")
    pack: Mapped[str] = mapped_column(String(60), default="")
