"""A volunteer's record beside her visits, and the certificates that are issued from it.

All but the issuer, the request and the paper are guarded by the database (app/ledger/record_guards.py): a row is added
and never changed. What names a person on a certificate stands in `certificate_paper` alone, which may be erased: the
certificate then still has its number, its lines and its state, and names nobody.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, id_column


class EntryKind(StrEnum):
    TRAINING = "training"
    HONOUR = "honour"
    HONOUR_HOURS = "honour_hours"  # recognised time that no door proves: two people, counts for stars only


class EntryStep(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class RecordEntry(Base):
    """Something on a volunteer's record that is not a visit: a training, an honour, or hours granted as an honour.

    Honour hours count once a second person has approved them (`record_word`); a withdrawn entry counts no more.
    """

    __tablename__ = "record_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('training','honour','honour_hours')", name="kind"),
        CheckConstraint("minutes BETWEEN 0 AND 60000 AND (kind <> 'honour_hours' OR minutes > 0)", name="minutes"),
        CheckConstraint("entered_by <> volunteer_id", name="by_another"),
        Index("ix_record_entry_volunteer_id_day", "volunteer_id", "day"),
    )

    id: Mapped[str] = id_column()
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)  # whose staff entered it
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120))
    giver: Mapped[str] = mapped_column(String(120))  # who trained, who honoured
    place: Mapped[str] = mapped_column(String(80), default="")
    day: Mapped[date] = mapped_column(Date)
    minutes: Mapped[int] = mapped_column(Integer, default=0)  # of a training, or granted
    entered_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecordWord(Base):
    """A person's word on an entry: the second person's yes or no, or that it is withdrawn and why."""

    __tablename__ = "record_word"
    __table_args__ = (CheckConstraint("step IN ('approve','refuse','withdraw')", name="step"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("record_entry.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(8), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Issuer(Base):
    """Who certifies the service that a unit organises: what a certificate says of its issuer, as it holds now."""

    __tablename__ = "issuer"

    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    responsible: Mapped[str] = mapped_column(String(60))  # 负责人
    handler: Mapped[str] = mapped_column(String(60))  # 经办人
    phone: Mapped[str] = mapped_column(String(20))
    set_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CertificateRequest(Base):
    """A certificate that was asked for and waits until its issuer has said who answers for it."""

    __tablename__ = "certificate_request"
    __table_args__ = (Index("ix_certificate_request_unit_code", "unit_code", "answered_at"),)

    id: Mapped[str] = id_column()
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"), index=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    from_day: Mapped[date | None] = mapped_column(Date)  # null: from her first service on
    until_day: Mapped[date | None] = mapped_column(Date)  # null: to her last service
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))  # null: not for one service alone
    asked_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # null: it still waits


class Certificate(Base):
    """One service record certificate 志愿服务记录证明: the `number`th of its issuer in its year, without a gap.

    `code` is in the address of its QR. `fingerprint` is the hash of everything on the paper (records/paper_queries.py).
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("issuer_code", "year", "number"),
        CheckConstraint("number > 0 AND line_count > 0 AND minutes >= 0 AND honour_min >= 0", name="counts"),
        CheckConstraint("from_day <= until_day", name="days"),
        CheckConstraint("length(fingerprint) = 64 AND length(code) = 20", name="secrets"),
        Index("ix_certificate_volunteer_id", "volunteer_id", "issued_at"),
    )

    id: Mapped[str] = id_column()
    issuer_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"))
    from_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date] = mapped_column(Date)
    line_count: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)  # actually served
    honour_min: Mapped[int] = mapped_column(Integer, default=0)  # granted as an honour, never part of `minutes`
    fingerprint: Mapped[str] = mapped_column(String(64))
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("certificate.id"))  # an older one for the same days
    issued_by: Mapped[str] = mapped_column(ForeignKey("person.id"))  # who asked
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def printed_number(self) -> str:
        """The number as it stands on the paper."""
        return f"{self.issuer_code}-{self.year}-{self.number:06d}"


class CertificatePaper(Base):
    """What a certificate says of people, and the salt of its fingerprint: may be erased, is never changed."""

    __tablename__ = "certificate_paper"

    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    service_number: Mapped[str] = mapped_column(String(30))
    issuer_name: Mapped[str] = mapped_column(String(120))
    responsible: Mapped[str] = mapped_column(String(60))
    handler: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(20))
    salt: Mapped[str] = mapped_column(String(64))


class CertificateLine(Base):
    """One service (or one grant of honour hours) on a certificate, with the transfer that stored its minutes.

    `transfer_uid` is null where no minutes were stored: a visit of duty, or one that still waits for the fund.
    """

    __tablename__ = "certificate_line"
    __table_args__ = (
        CheckConstraint("(visit_id IS NULL) <> (entry_id IS NULL)", name="one_source"),
        CheckConstraint("minutes >= 0 AND place_nr > 0", name="minutes"),
        UniqueConstraint("certificate_id", "visit_id"),
        UniqueConstraint("certificate_id", "entry_id"),
    )

    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    place_nr: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1, 2, ... down the paper
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"), index=True)
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("record_entry.id"), index=True)
    transfer_uid: Mapped[str | None] = mapped_column(ForeignKey("transfer.uid"))
    day: Mapped[date] = mapped_column(Date)
    content_zh: Mapped[str] = mapped_column(String(120))
    content_en: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int] = mapped_column(Integer)
    proof: Mapped[str] = mapped_column(String(6))  # door, phone, late, honour


class Revocation(Base):
    """A proposal that a certificate should hold no more, and why; a second person decides."""

    __tablename__ = "revocation"

    id: Mapped[str] = id_column()
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RevocationWord(Base):
    """The second person's yes (the certificate is revoked) or no."""

    __tablename__ = "revocation_word"

    revocation_id: Mapped[str] = mapped_column(ForeignKey("revocation.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    approved: Mapped[bool] = mapped_column(Boolean)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
