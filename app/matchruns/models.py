"""The daily match: one run is one problem, one plan with its evidence, and whether a person published it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class RunState(StrEnum):
    RUNNING = "running"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"  # a later run took its place before it was published
    FAILED = "failed"


class MatchRun(Base):
    """One match of one community's day; `problem` and `result` are the documents of matching/, kept as they were."""

    __tablename__ = "match_run"
    __table_args__ = (
        CheckConstraint("state IN ('running','proposed','published','superseded','failed')", name="state"),
        Index("ix_match_run_unit_day", "unit_code", "day"),
    )

    id: Mapped[str] = id_column()
    number: Mapped[int] = mapped_column(Integer, unique=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    started_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # null: the night's proposal
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    step: Mapped[str] = mapped_column(String(40), default="")  # progress, while it runs
    problem: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    needs: Mapped[int] = mapped_column(Integer, default=0)
    served: Mapped[int] = mapped_column(Integer, default=0)
    milliseconds: Mapped[int] = mapped_column(Integer, default=0)
    trouble: Mapped[str] = mapped_column(Text, default="")  # why it failed, in a sentence
    published_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PairRule(Base):
    """The coordinator's word on one pair: `lock` (at `start_min`, or any) or `forbid`."""

    __tablename__ = "pair_rule"
    __table_args__ = (
        UniqueConstraint("need_id", "volunteer_id"),
        CheckConstraint("kind IN ('lock','forbid')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("need.id"), index=True)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"))
    kind: Mapped[str] = mapped_column(String(6))
    start_min: Mapped[int | None] = mapped_column(Integer)  # null: the plan chooses
    made_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
