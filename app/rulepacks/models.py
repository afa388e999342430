"""Rules that differ by city: dated settings attached to a unit and inherited downwards, and who agreed to them.

All four tables are only ever added to (app/ledger/guards.py): what held on a day that is past is never answered
otherwise. A setting is stored with the change that two people agreed to; only the site's own defaults come without.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class Word(StrEnum):
    """How a proposed change ended: said once, by somebody else than who proposed it (a withdrawal: by herself)."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Setting(Base):
    """One value of one key for one unit's subtree from one day on; without a unit it holds everywhere.

    Of several for the same unit, key and day the one with the highest id holds. The value null says: from here on
    as in the unit above. `source` tells where the value was published, `pack` the rule pack it came with.
    """

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("unit_code", "key", "effective_from", "change_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("org_unit.code"))  # null: the default of the whole site
    key: Mapped[str] = mapped_column(String(60), index=True)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=False))
    effective_from: Mapped[date] = mapped_column(Date)
    pack: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    change_id: Mapped[str | None] = mapped_column(ForeignKey("rule_change.id"))  # null: a default of the site
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RuleChange(Base):
    """A change of rules for one unit from one day on, as one person proposed it, with what she was shown of its
    effect (`preview`: the effects of each key as plain data)."""

    __tablename__ = "rule_change"

    id: Mapped[str] = id_column()
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    starts_on: Mapped[date] = mapped_column(Date)
    pack: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Text)
    preview: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed_by: Mapped[str] = mapped_column(String(16))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RuleEntry(Base):
    """One key of a change with its new value (null: as in the unit above again), and the value that it replaces."""

    __tablename__ = "rule_entry"

    change_id: Mapped[str] = mapped_column(ForeignKey("rule_change.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=False))
    before: Mapped[Any] = mapped_column(JSON(none_as_null=False))
    source: Mapped[str] = mapped_column(Text, default="")


class RuleWord(Base):
    """The one word that ends a proposed change."""

    __tablename__ = "rule_word"
    __table_args__ = (CheckConstraint("step IN ('approve', 'refuse', 'withdraw')", name="step"),)

    change_id: Mapped[str] = mapped_column(ForeignKey("rule_change.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(16))
    step: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Text, default="")
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
