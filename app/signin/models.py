"""Signing in: links, codes, passwords, the sessions on the server, and the counters of tries."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class SignInSession(Base):
    """One device signed in. The cookie holds a token, this row only its SHA-256; ended when `revoked_at` is set."""

    __tablename__ = "sign_in_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(200), default="")
    rights: Mapped[str] = mapped_column(String(64))  # SHA-256 of the roles at sign-in: others now end the session
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInLink(Base):
    """A link that a grid worker hands out: signs one person in until it ends or is withdrawn."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # null: made by a command
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens_directly: Mapped[bool] = mapped_column(Boolean, default=False)  # only in a demo: opening it signs in


class OneTimeCode(Base):
    """A 6-digit code sent to a phone, hashed; good for 15 minutes, 5 tries and one use."""

    __tablename__ = "one_time_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(String(20), index=True)
    purpose: Mapped[str] = mapped_column(String(12))  # sign_in, join
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)


class Password(Base):
    """The argon2id hash of a staff member's or volunteer's password."""

    __tablename__ = "password"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TryCounter(Base):
    """How often something secret was guessed wrong (sign-in, code, PIN), shared by all workers, kept over restarts."""

    __tablename__ = "try_counter"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)  # e.g. pin:<visit>, sign_in:<phone>
    tries: Mapped[int] = mapped_column(Integer, default=0)
    window_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    in_a_row: Mapped[int] = mapped_column(Integer, default=0)
