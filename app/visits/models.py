"""From offer to minutes: assignments (who is asked) and visits (what happened at the door)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class AssignmentState(StrEnum):
    PROPOSED = "proposed"  # in a plan that nobody was told of
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"  # no answer by the deadline
    SUPERSEDED = "superseded"  # somebody else goes, the order ended, or a later plan replaced it
    WITHDRAWN = "withdrawn"  # accepted, then "I can't make it"


class Origin(StrEnum):
    MATCH = "match"
    BY_NAME = "by_name"  # the coordinator asked this person
    NEXT_BEST = "next_best"
    TODAY = "today"
    PARTNER = "partner"  # a newcomer added to an experienced volunteer's visit


class Assignment(Base):
    """One volunteer asked (or planned to be asked) for one place of one need at one start."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(
            "state IN ('proposed','offered','accepted','declined','expired','superseded','withdrawn')", name="state"
        ),
        CheckConstraint("place IN (1, 2)", name="place"),
        Index("uq_assignment_accepted_place", "need_id", "place", unique=True,
              sqlite_where=text("state = 'accepted'"), postgresql_where=text("state = 'accepted'")),
        Index("uq_assignment_live_pair", "need_id", "volunteer_id", unique=True,
              sqlite_where=text("state IN ('offered','accepted')"),
              postgresql_where=text("state IN ('offered','accepted')")),
        Index("ix_assignment_volunteer_state", "volunteer_id", "state"),
    )  # fmt: skip

    id: Mapped[str] = id_column()
    need_id: Mapped[str] = mapped_column(ForeignKey("need.id"), index=True)
    place: Mapped[int] = mapped_column(Integer, default=1)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("match_run.id"), index=True)
    origin: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    day: Mapped[date] = mapped_column(Date, index=True)
    start_min: Mapped[int] = mapped_column(Integer)
    walking_min: Mapped[int] = mapped_column(Integer, default=0)
    why: Mapped[list[str]] = mapped_column(JSON, default=list)  # reasons shown to the volunteer: skill, near, regular..
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VisitState(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    CHECKED_OUT = "checked_out"  # waits for the elder's word
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    FAILED = "failed"  # nobody opened, nobody came, or the dispute was upheld: no minutes
    CANCELLED = "cancelled"


class Visit(Base):
    """One volunteer at one door: planned at acceptance, proved by check-in and check-out, ended by confirmation."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(
            "state IN ('planned','in_progress','checked_out','confirmed','disputed','failed','cancelled')",
            name="state",
        ),
        Index("ix_visit_volunteer_day", "volunteer_id", "day"),
    )

    id: Mapped[str] = id_column()
    assignment_id: Mapped[str] = mapped_column(ForeignKey("assignment.id"), unique=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("need.id"), index=True)
    place: Mapped[int] = mapped_column(Integer)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"))
    day: Mapped[date] = mapped_column(Date, index=True)
    start_min: Mapped[int] = mapped_column(Integer)  # planned
    duration_min: Mapped[int] = mapped_column(Integer)  # planned
    state: Mapped[str] = mapped_column(String(12))
    on_the_way_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_in_how: Mapped[str] = mapped_column(String(10), default="")  # pin, card, staff, late
    checked_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_out_how: Mapped[str] = mapped_column(String(10), default="")  # tap, pin, card, staff, late
    actual_min: Mapped[int | None] = mapped_column(Integer)  # null before check-out; whole minutes at the door
    credit_min: Mapped[int | None] = mapped_column(Integer)  # what the ledger moves; null before check-out
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_how: Mapped[str] = mapped_column(String(10), default="")  # elder, relative, staff, silence, dispute
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    dispute: Mapped[str] = mapped_column(Text, default="")
    unfunded: Mapped[bool] = mapped_column(Boolean, default=False)  # confirmed without a hold: 待存入
    accompanied: Mapped[bool] = mapped_column(Boolean, default=False)  # the newcomer's visit beside a partner


class ReportKind(StrEnum):
    LATE = "late"
    NO_ANSWER = "no_answer"
    CONCERN = "concern"
    DROPPED_OUT = "dropped_out"
    DISPUTE = "dispute"


class VisitReport(Base):
    """Something about a visit that a named person follows up until it is closed."""

    __tablename__ = "visit_report"

    id: Mapped[str] = id_column()
    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    about: Mapped[str] = mapped_column(String(8), default="")  # unwell, unsafe; how many minutes late
    words: Mapped[str] = mapped_column(Text, default="")
    reported_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(Text, default="")


class LateEntry(Base):
    """A visit written down afterwards from paper: what one person entered, for a second person to approve or refuse.

    Minutes are since midnight of the visit's day. Undecided while `decided_at` is null.
    """

    __tablename__ = "late_entry"
    __table_args__ = (
        CheckConstraint("began_min >= 0 AND began_min < ended_min AND ended_min <= 1440", name="times"),
        CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="two_people"),
        Index("uq_late_entry_undecided", "visit_id", unique=True,
              sqlite_where=text("decided_at IS NULL"), postgresql_where=text("decided_at IS NULL")),
    )  # fmt: skip

    id: Mapped[str] = id_column()
    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), index=True)
    began_min: Mapped[int] = mapped_column(Integer)
    ended_min: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text, default="")  # why it was not entered at the door
    entered_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved: Mapped[bool | None] = mapped_column(Boolean)  # null: not decided yet
