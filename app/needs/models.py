"""Orders: one need is one wish of one elder for one day, from the order to its answer."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class NeedState(StrEnum):
    REVIEW = "review"  # waits for the coordinator
    ASKED_BACK = "asked_back"  # the coordinator asked the elder something
    OPEN = "open"  # reviewed, nobody has accepted yet (offers may be out)
    ARRANGED = "arranged"  # every place accepted
    IN_PROGRESS = "in_progress"  # checked in at the door
    SERVED = "served"  # checked out, waits for confirmation
    DONE = "done"  # confirmed
    DISPUTED = "disputed"
    CANCELLED = "cancelled"  # by the elder's side
    REFUSED = "refused"  # by the community, with a reason
    UNSERVED = "unserved"  # the day passed and nobody could go, or the visit failed


_ENDS_EARLY = frozenset({NeedState.REFUSED, NeedState.CANCELLED, NeedState.UNSERVED})

MOVES: dict[NeedState, frozenset[NeedState]] = {
    NeedState.REVIEW: frozenset({NeedState.OPEN, NeedState.ASKED_BACK}) | _ENDS_EARLY,
    NeedState.ASKED_BACK: frozenset({NeedState.REVIEW, NeedState.OPEN}) | _ENDS_EARLY,
    NeedState.OPEN: frozenset({NeedState.ARRANGED, NeedState.REVIEW}) | _ENDS_EARLY,
    NeedState.ARRANGED: frozenset(
        {NeedState.OPEN, NeedState.IN_PROGRESS, NeedState.SERVED, NeedState.CANCELLED, NeedState.UNSERVED}
    ),
    NeedState.IN_PROGRESS: frozenset({NeedState.SERVED, NeedState.UNSERVED}),
    NeedState.SERVED: frozenset({NeedState.DONE, NeedState.DISPUTED}),
    NeedState.DISPUTED: frozenset({NeedState.DONE, NeedState.UNSERVED}),
    NeedState.DONE: frozenset(),
    NeedState.CANCELLED: frozenset(),
    NeedState.REFUSED: frozenset(),
    NeedState.UNSERVED: frozenset(),
}


class Channel(StrEnum):
    SELF = "self"
    RELATIVE = "relative"
    STAFF = "staff"  # 帮办: a grid worker or coordinator for the elder
    FILE = "file"
    SERIES = "series"  # the weekly repetition


class NeedSeries(Base):
    """A weekly repetition: the same help on the same weekday until stopped."""

    __tablename__ = "need_series"

    id: Mapped[str] = id_column()
    elder_id: Mapped[str] = mapped_column(ForeignKey("elder.person_id"), index=True)
    item_code: Mapped[str] = mapped_column(ForeignKey("menu_item.code"))
    weekday: Mapped[int] = mapped_column(Integer)  # 0 Monday .. 6 Sunday
    earliest_start_min: Mapped[int] = mapped_column(Integer)
    latest_start_min: Mapped[int] = mapped_column(Integer)
    duration_min: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    made_until: Mapped[date] = mapped_column(Date)  # orders exist up to this day
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Need(Base):
    """One order. Its start lies within [earliest_start_min, latest_start_min], minutes since midnight of `day`."""

    __tablename__ = "need"
    __table_args__ = (
        UniqueConstraint("community_code", "code"),
        CheckConstraint("earliest_start_min <= latest_start_min", name="window"),
        CheckConstraint("earliest_start_min >= 0 AND latest_start_min < 1440", name="day"),
        CheckConstraint("duration_min > 0", name="duration"),
        CheckConstraint("volunteers_needed IN (1, 2)", name="volunteers"),
        CheckConstraint("(item_code IS NOT NULL) OR (wish_text <> '')", name="what"),
        CheckConstraint(
            "state IN ('review','asked_back','open','arranged','in_progress','served','done','disputed',"
            "'cancelled','refused','unserved')",
            name="state",
        ),
        Index("ix_need_community_day_state", "community_code", "day", "state"),
    )

    id: Mapped[str] = id_column()
    number: Mapped[int] = mapped_column(Integer, unique=True)  # what people say on the phone: D-1042
    code: Mapped[str | None] = mapped_column(String(40))  # the caller's own key in files
    elder_id: Mapped[str] = mapped_column(ForeignKey("elder.person_id"), index=True)
    community_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)  # the elder's grid
    item_code: Mapped[str | None] = mapped_column(ForeignKey("menu_item.code"))  # null: a small wish, not turned yet
    wish_text: Mapped[str] = mapped_column(Text, default="")
    day: Mapped[date] = mapped_column(Date)
    earliest_start_min: Mapped[int] = mapped_column(Integer)
    latest_start_min: Mapped[int] = mapped_column(Integer)
    duration_min: Mapped[int] = mapped_column(Integer)
    volunteers_needed: Mapped[int] = mapped_column(Integer, default=1)
    same_sex: Mapped[bool] = mapped_column(Boolean, default=False)  # only a volunteer of the elder's sex
    regular_id: Mapped[str | None] = mapped_column(ForeignKey("volunteer.person_id"))  # the familiar face asked for
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12))
    same_day: Mapped[bool] = mapped_column(Boolean, default=False)  # "today": does not wait for the match
    channel: Mapped[str] = mapped_column(String(10))
    caller: Mapped[str] = mapped_column(String(10), default="")  # who rang, where staff ordered: elder, family
    series_id: Mapped[str | None] = mapped_column(ForeignKey("need_series.id"), index=True)
    placed_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    review_reasons: Mapped[list[str]] = mapped_column(JSON, default=list)  # risk, first_order, wish, duplicate
    review_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # 4 working hours after it began to wait
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    question: Mapped[str] = mapped_column(Text, default="")  # what the coordinator asked back
    reply: Mapped[str] = mapped_column(Text, default="")
    end_reason: Mapped[str] = mapped_column(Text, default="")  # why refused, cancelled or not served, in a sentence
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # from the review on
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rating: Mapped[str | None] = mapped_column(String(10))  # satisfied, fairly, not; null: not said
    idempotency_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the page that sent the order


class NeedPlace(Base):
    """One of the one or two places of a need: the hold of its minutes and who pays. No hold: credited later."""

    __tablename__ = "need_place"

    need_id: Mapped[str] = mapped_column(ForeignKey("need.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1 or 2
    hold_uid: Mapped[str | None] = mapped_column(String(120))  # null: no payer had minutes, or a visit of duty
