"""What members decide about their own time: gifts, stops, who gets it one day, families' pools, objections.

Rows about minutes are only ever added (app/ledger/member_guards.py). People are named by id without a foreign key,
as everywhere in the books, so that a person's row can be erased and the books stay whole.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column

HOUSEHOLD = "household"
"""The relation of a gift into a family's own pool, and the word before its id in the owner of its account."""


class GiftOrder(Base):
    """A gift that its giver has decided. It is stored under the same uid, not before `ripe_at`, until it is ended.

    `first`: the receiver had nothing from her yet (or not since she last stopped her gifts), so it waits `cooling_h`
    hours; `needs_word`: she is an elder, so somebody of the community asks her in person before it goes.
    `day` is the civil day at her home, `cap_min` and `year_cap_min` what the rules let be given on it and in its year.
    `nr` counts the orders from her passbook, so that two at once are one after the other.
    """

    __tablename__ = "gift_order"
    __table_args__ = (
        Index("ix_gift_order_giver_account_id", "giver_account_id", "day"),
        Index("ix_gift_order_ripe_at", "ripe_at"),
        UniqueConstraint("giver_account_id", "nr"),
        CheckConstraint("amount > 0 AND amount <= cap_min", name="amount"),
        CheckConstraint("amount <= year_cap_min", name="year_cap"),
        CheckConstraint("nr > 0", name="nr"),
        CheckConstraint("cooling_h BETWEEN 0 AND 720 AND ripe_at >= asked_at", name="cooling"),
        CheckConstraint("giver_account_id <> receiver_account_id", name="two_accounts"),
        CheckConstraint("first OR NOT needs_word", name="word"),
    )

    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    giver_id: Mapped[str] = mapped_column(String(16))
    giver_account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    receiver_account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    relation: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    day: Mapped[date] = mapped_column(Date)
    cap_min: Mapped[int] = mapped_column(BigInteger)
    year_cap_min: Mapped[int] = mapped_column(BigInteger)
    nr: Mapped[int] = mapped_column(Integer)
    first: Mapped[bool] = mapped_column(Boolean)
    cooling_h: Mapped[int] = mapped_column(Integer)
    needs_word: Mapped[bool] = mapped_column(Boolean)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ripe_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GiftWord(Base):
    """What an elder said to somebody of the community, by phone or at her door, about a first gift of hers."""

    __tablename__ = "gift_word"
    __table_args__ = (CheckConstraint("how IN ('phone', 'door')", name="how"),)

    uid: Mapped[str] = mapped_column(ForeignKey("gift_order.uid"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(16))
    said_yes: Mapped[bool] = mapped_column(Boolean)
    how: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Ending(StrEnum):
    CALLED_BACK = "called_back"
    STOPPED = "stopped"  # she stopped all her gifts
    NOT_HERS = "not_hers"  # asked in person, she said no
    FAILED = "failed"  # when its time had come it could not be stored


class GiftEnd(Base):
    """A gift that will not be stored any more, by whom (null: the system) and why."""

    __tablename__ = "gift_end"
    __table_args__ = (CheckConstraint("why IN ('called_back', 'stopped', 'not_hers', 'failed')", name="why"),)

    uid: Mapped[str] = mapped_column(ForeignKey("gift_order.uid"), primary_key=True)
    why: Mapped[str] = mapped_column(String(12))
    by_id: Mapped[str | None] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class GiftStop(Base):
    """Whether gifts from a passbook are stopped from here on (the row with the highest `nr` counts; none: they go)."""

    __tablename__ = "gift_stop"
    __table_args__ = (CheckConstraint("nr > 0", name="nr"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    nr: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    stopped: Mapped[bool] = mapped_column(Boolean)
    by_id: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Heir(StrEnum):
    PERSON = "person"
    FUND = "fund"


class Nomination(Base):
    """Who shall have a person's time when she leaves or dies (the highest `nr` counts; none: the rules decide)."""

    __tablename__ = "nomination"
    __table_args__ = (
        CheckConstraint("nr > 0", name="nr"),
        CheckConstraint("heir IN ('person', 'fund')", name="heir"),
        CheckConstraint("(heir = 'person') = (nominee_id IS NOT NULL)", name="nominee"),
        CheckConstraint("nominee_id IS NULL OR nominee_id <> person_id", name="another"),
    )

    person_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    nr: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    heir: Mapped[str] = mapped_column(String(8))
    nominee_id: Mapped[str | None] = mapped_column(String(16))
    said_by_id: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Household(Base):
    """A family with a pool of time: its account's owner is `household:` and this id."""

    __tablename__ = "household"

    id: Mapped[str] = id_column()
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    opened_by: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def owner(self) -> str:
        """Under which name its account stands."""
        return f"{HOUSEHOLD}:{self.id}"


class HouseholdMember(Base):
    """One person in a family's pool, from her own yes until she leaves: she may give in; who `draws` is served from it.

    `agreed_at` is null while she has been asked and has not answered.
    """

    __tablename__ = "household_member"
    __table_args__ = (
        Index("uq_household_member_here", "household_id", "person_id", unique=True,
              sqlite_where=text("left_at IS NULL"), postgresql_where=text("left_at IS NULL")),
        Index("uq_household_member_draws", "person_id", unique=True,
              sqlite_where=text("draws AND agreed_at IS NOT NULL AND left_at IS NULL"),
              postgresql_where=text("draws AND agreed_at IS NOT NULL AND left_at IS NULL")),
        Index("ix_household_member_person_id", "person_id"),
        CheckConstraint("agreed_at IS NULL OR agreed_at >= asked_at", name="agreed"),
        CheckConstraint("left_at IS NULL OR left_at >= asked_at", name="left"),
    )  # fmt: skip

    id: Mapped[str] = id_column()
    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"))
    person_id: Mapped[str] = mapped_column(String(16))
    draws: Mapped[bool] = mapped_column(Boolean)
    asked_by: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ObjectionState(StrEnum):
    OPEN = "open"
    STANDS = "stands"  # looked into: the line is right
    CORRECTED = "corrected"  # looked into: a correction was made or proposed


class Objection(Base):
    """A member's "this is not right" about a line of her passbook: who looks into it, and what came out.

    It moves no minutes: a correction is a line of its own, by two people.
    """

    __tablename__ = "objection"
    __table_args__ = (
        Index("uq_objection_open", "transfer_uid", "account_id", unique=True,
              sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index("ix_objection_unit_code", "unit_code", "state"),
        Index("ix_objection_account_id", "account_id"),
        CheckConstraint("state IN ('open', 'stands', 'corrected')", name="state"),
        CheckConstraint(
            "(state = 'open') = (answered_at IS NULL) AND (state = 'open') = (answered_by IS NULL)"
            " AND (state = 'open') = (answer = '')",
            name="answer",
        ),
        CheckConstraint("words <> ''", name="words"),
    )  # fmt: skip

    id: Mapped[str] = id_column()
    transfer_uid: Mapped[str] = mapped_column(ForeignKey("transfer.uid"))
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    person_id: Mapped[str] = mapped_column(String(16))  # whose passbook it is
    raised_by: Mapped[str] = mapped_column(String(16))  # she herself, or a relative who speaks for her
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=ObjectionState.OPEN)
    owner_id: Mapped[str | None] = mapped_column(String(16))  # who looks into it; null: nobody works there yet
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str | None] = mapped_column(String(16))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
