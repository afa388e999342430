"""What stands behind the accounts that people do not own: shops with their offers, funds with a purpose, points."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class Shop(Base):
    """A partner whose things or services stored time or points can be redeemed for; never for money."""

    __tablename__ = "shop"

    id: Mapped[str] = id_column()
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    where: Mapped[str] = mapped_column(String(200), default="")  # where it is and when it is open
    opened_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # set: nothing more is redeemed here


class Offer(Base):
    """One thing of a shop and what it takes; a price never changes, another price is another offer."""

    __tablename__ = "shop_offer"
    __table_args__ = (
        CheckConstraint("unit IN ('minute', 'point')", name="unit"),
        CheckConstraint("price > 0", name="price"),
    )

    id: Mapped[str] = id_column()
    shop_id: Mapped[str] = mapped_column(ForeignKey("shop.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(8))
    price: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # set: not offered any more


class Charity(Base):
    """A fund with a purpose, and who gave it: it pays only for visits that fit the purpose.

    An empty list means any: any item of the menu, any elder.
    """

    __tablename__ = "charity"

    id: Mapped[str] = id_column()
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    donor: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(Text, default="")
    item_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    opened_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PointsEarning(Base):
    """What one stored credit was worth in points: the parts of a point that are left over wait for the next credit.

    `sixtieths` is minutes times points for an hour, so that 60 of them are a point whatever the rate was.
    """

    __tablename__ = "points_earning"
    __table_args__ = (
        Index("ix_points_earning_person_id", "person_id"),
        CheckConstraint("sixtieths > 0 AND points >= 0", name="counts"),
    )

    credit_uid: Mapped[str] = mapped_column(ForeignKey("transfer.uid"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(16))
    sixtieths: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
