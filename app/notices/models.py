"""Messages: rows of an outbox, written with the act that causes them and delivered after it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class Notice(Base):
    """One message to one person (or to a bare phone number): a kind of text and its data, worded when read."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_unsent", "next_try_at", sqlite_where=text("sent_at IS NULL"),
              postgresql_where=text("sent_at IS NULL")),
    )  # fmt: skip

    id: Mapped[str] = id_column()
    uid: Mapped[str | None] = mapped_column(String(120), unique=True)  # set where a repeat must not send twice
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)  # null: to a phone only
    phone: Mapped[str] = mapped_column(String(20), default="")
    kind: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # ids, times and first names: no health facts
    link: Mapped[str] = mapped_column(String(200), default="")  # a path of this site
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)  # nobody else takes it in hand before
    failure: Mapped[str] = mapped_column(String(200), default="")  # why the last try did not arrive
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
