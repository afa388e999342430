"""When volunteers are free: weekly times and exceptions by day."""

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class WeeklyTime(Base):
    """Free every week on `weekday` (0 Monday) from `from_min` until `until_min` (half-open, since midnight)."""

    __tablename__ = "weekly_time"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("from_min >= 0 AND from_min < until_min AND until_min <= 1440", name="times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"), index=True)
    weekday: Mapped[int] = mapped_column(Integer)
    from_min: Mapped[int] = mapped_column(Integer)
    until_min: Mapped[int] = mapped_column(Integer)


class DayException(Base):
    """What a volunteer said about one day: `free` rows stand instead of the weekly times, the others are cut out."""

    __tablename__ = "day_exception"
    __table_args__ = (CheckConstraint("from_min >= 0 AND from_min < until_min AND until_min <= 1440", name="times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"), index=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    free: Mapped[bool] = mapped_column(Boolean)
    from_min: Mapped[int] = mapped_column(Integer)
    until_min: Mapped[int] = mapped_column(Integer)
