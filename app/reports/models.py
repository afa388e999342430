"""What the reports keep: balances at the end of each month, and red flags about minutes.

Month ends are derived: they hold nothing that the transfers do not say, and may be thrown away and made again
(app/reports/closing.py). Red flags are notes for the safeguarding lead, outside the books.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class ClosedMonth(Base):
    """One month of one ledger that is over: no transfer can be added to it any more. `seq` is its last transfer."""

    __tablename__ = "closed_month"

    ledger_id: Mapped[str] = mapped_column(ForeignKey("ledger.id"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)  # its first day
    seq: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MonthClosing(Base):
    """What stood on one account when a month ended; accounts that had never moved by then have no row."""

    __tablename__ = "month_closing"

    ledger_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    posted: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)


class FlagKind(StrEnum):
    """Patterns of minutes that a person must look at (safety.md, T4 and T5). None of them is proof of anything."""

    RING = "ring"  # two volunteers serve each other's elders, or each other
    SAME_DEVICE = "same_device"  # volunteer and elder's side used the same device
    SAME_LENGTH = "same_length"  # every visit exactly as long as the one before
    ONE_ELDER = "one_elder"  # most of a volunteer's minutes come from one elder
    GIFT_TO_RELATIVE = "gift_to_relative"  # a gift to the relative of a volunteer who serves the giver
    DELEGATE_CHANGED = "delegate_changed"  # somebody new may act for the giver, shortly before or after a gift
    FALLING = "falling"  # a passbook lost more than half within a month
    LATE_ENTRIES = "late_entries"  # too many visits written down afterwards


class FlagState(StrEnum):
    NEW = "new"
    LOOKED_AT = "looked_at"
    SETTLED = "settled"


class RedFlag(Base):
    """One pattern found about one person, for the safeguarding lead only; never shown to those it is about.

    `about_id` is whose minutes it is about, `other_id` the second person where there is one. `facts` are the numbers,
    days and ids behind it, never a name. `mark` says what was found, so that the same finding is written down once.
    """

    __tablename__ = "red_flag"
    __table_args__ = (
        UniqueConstraint("kind", "about_id", "mark"),
        Index("ix_red_flag_community_code_state", "community_code", "state"),
        CheckConstraint(
            "kind IN ('ring','same_device','same_length','one_elder','gift_to_relative','delegate_changed','falling',"
            "'late_entries')",
            name="kind",
        ),
        CheckConstraint("state IN ('new','looked_at','settled')", name="state"),
        CheckConstraint("(state = 'new') = (seen_by IS NULL)", name="seen_by"),
        CheckConstraint("state <> 'settled' OR note <> ''", name="note"),
    )

    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(20))
    community_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    about_id: Mapped[str] = mapped_column(String(16), index=True)
    other_id: Mapped[str | None] = mapped_column(String(16))
    mark: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default=FlagState.NEW)
    seen_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
