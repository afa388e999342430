"""People: who they are, where they belong, whom they may speak for, and what volunteers can do."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    Float,
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


class Role(StrEnum):
    ELDER = "elder"
    RELATIVE = "relative"
    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    GRID_WORKER = "grid_worker"
    SOCIAL_WORKER = "social_worker"
    AUDITOR = "auditor"
    SAFEGUARDING_LEAD = "safeguarding_lead"  # looks at the red flags; answers for that nobody comes to harm
    ADMINISTRATOR = "administrator"


STAFF = frozenset(set(Role) - {Role.ELDER, Role.RELATIVE, Role.VOLUNTEER})


class Person(Base):
    """One human being. `unit_code` is the grid (or, where the grid is not known, the community) of the home."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("sex IN ('f','m')", name="sex"),)

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(60))
    sex: Mapped[str] = mapped_column(String(1))
    birth_date: Mapped[date | None] = mapped_column(Date)  # null: not told (staff, relatives)
    phone: Mapped[str] = mapped_column(String(20), default="", index=True)  # E.164, "" where there is none
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    address: Mapped[str] = mapped_column(String(200), default="")
    lat_deg: Mapped[float | None] = mapped_column(Float)  # null: not placed yet; WGS-84
    lon_deg: Mapped[float | None] = mapped_column(Float)
    point_is_approximate: Mapped[bool] = mapped_column(Boolean, default=False)
    language: Mapped[str] = mapped_column(String(5), default="zh")  # of the pages and messages: zh or en
    text_size: Mapped[str] = mapped_column(String(3), default="std")  # std, l, xl
    high_contrast: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # set: cannot sign in


class Membership(Base):
    """One person holding one role in one unit and everything below it."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "unit_code", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Ability(StrEnum):
    """The five grades of GB/T 42195-2022."""

    INTACT = "intact"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    TOTAL = "total"


CATEGORIES = (
    "alone", "empty_nest", "left_behind", "severely_disabled", "special_family", "minimum_allowance", "extreme_poverty",
)  # fmt: skip
HARDSHIP = frozenset({"minimum_allowance", "extreme_poverty", "special_family", "severely_disabled"})
"""Listed classes that count as special hardship (特殊困难): an assumption, no city's list was found."""


class Elder(Base):
    """An elder enrolled with consent: her listed classes, ability, emergency contact and card."""

    __tablename__ = "elder"
    __table_args__ = (
        UniqueConstraint("community_code", "code"),
        CheckConstraint("ability IN ('intact','mild','moderate','severe','total')", name="ability"),
    )

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    community_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    code: Mapped[str | None] = mapped_column(String(40))  # the caller's own key in files; null: enrolled at the door
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    ability: Mapped[str] = mapped_column(String(10), default="intact")
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)  # ISO 639-3 or zh, preferred first
    consent_date: Mapped[date] = mapped_column(Date)
    consent_ended: Mapped[date | None] = mapped_column(Date)  # set: no new orders
    emergency_name: Mapped[str] = mapped_column(String(60), default="")
    emergency_phone: Mapped[str] = mapped_column(String(20), default="")
    card_code: Mapped[str] = mapped_column(String(24), unique=True)  # in the address of the card's QR
    safe_word: Mapped[str] = mapped_column(String(12), default="")  # 上门口令
    health_note: Mapped[str] = mapped_column(Text, default="")  # for visitors who accepted and staff in duty only


class OldCard(Base):
    """A card that was replaced: its address says so and nothing else."""

    __tablename__ = "old_card"

    card_code: Mapped[str] = mapped_column(String(24), primary_key=True)
    elder_id: Mapped[str] = mapped_column(ForeignKey("elder.person_id"), index=True)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Relation(StrEnum):
    SPOUSE = "spouse"
    CHILD = "child"
    GRANDCHILD = "grandchild"
    SIBLING = "sibling"
    IN_LAW = "in_law"
    OTHER = "other"


class Delegation(Base):
    """A relative who may act for an elder with her say-so, until she ends it. Never covers giving minutes away."""

    __tablename__ = "delegation"
    __table_args__ = (
        Index("uq_delegation_active", "elder_id", "relative_id", unique=True,
              sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[str] = id_column()
    elder_id: Mapped[str] = mapped_column(ForeignKey("elder.person_id"), index=True)
    relative_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    relation: Mapped[str] = mapped_column(String(12))
    consent_how: Mapped[str] = mapped_column(String(12))  # door, card
    recorded_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Duty(StrEnum):
    SUPPORTER = "supporter"  # 赡养人
    GUARDIAN = "guardian"  # 监护人
    GRID_WORKER = "grid_worker"
    COMMUNITY_WORKER = "community_worker"
    CADRE = "cadre"  # 包保干部


class Responsible(Base):
    """One link of the chain of people who answer for an elder; `person_id` only where they have an account here."""

    __tablename__ = "responsible"
    __table_args__ = (UniqueConstraint("elder_id", "duty", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[str] = mapped_column(ForeignKey("elder.person_id"), index=True)
    duty: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(20), default="")
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))


class VolunteerState(StrEnum):
    APPLIED = "applied"
    PROBATION = "probation"  # admitted; the first visits are with a partner (a trainee for the solver)
    ACTIVE = "active"
    PAUSED = "paused"  # by her own wish
    REFUSED = "refused"
    LEFT = "left"


class Volunteer(Base):
    """A neighbour who helps: how far, how much, and until when vetted, insured and trained (last valid day)."""

    __tablename__ = "volunteer"
    __table_args__ = (
        UniqueConstraint("community_code", "code"),
        CheckConstraint("state IN ('applied','probation','active','paused','refused','left')", name="state"),
        CheckConstraint("reach_m >= 0 AND max_visits_per_day >= 0 AND max_minutes_per_week >= 0", name="limits"),
    )

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    community_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    code: Mapped[str | None] = mapped_column(String(40))  # the caller's own key in files; null: enrolled at /join
    state: Mapped[str] = mapped_column(String(10))
    reach_m: Mapped[int] = mapped_column(Integer, default=800)
    max_visits_per_day: Mapped[int] = mapped_column(Integer, default=3)
    max_minutes_per_week: Mapped[int] = mapped_column(Integer, default=600)
    metres_per_minute: Mapped[int | None] = mapped_column(Integer)  # null: the walking pace of the community
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    identity_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    identity_checked_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    vetted_until: Mapped[date | None] = mapped_column(Date)  # null: never
    insured_until: Mapped[date | None] = mapped_column(Date)
    trained_until: Mapped[date | None] = mapped_column(Date)
    pledge_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    guardian_name: Mapped[str] = mapped_column(String(60), default="")  # of a minor
    accompanied_visits: Mapped[int] = mapped_column(Integer, default=0)  # done with a partner so far
    last_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ServiceNumber(Base):
    """A volunteer's service number 服务编号: her place in the list of the community she enrolled in, for life."""

    __tablename__ = "service_number"
    __table_args__ = (UniqueConstraint("unit_code", "number"), CheckConstraint("number > 0", name="number"))

    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    number: Mapped[int] = mapped_column(Integer)

    @property
    def printed(self) -> str:
        """The number as people read it."""
        return f"{self.unit_code}-{self.number:05d}"


class VolunteerSkill(Base):
    """One skill or credential of a volunteer (codes of the skill table), with the last valid day of a credential."""

    __tablename__ = "volunteer_skill"

    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skill.code"), primary_key=True)
    valid_until: Mapped[date | None] = mapped_column(Date)  # null: does not expire
    confirmed: Mapped[bool] = mapped_column(Boolean, default=True)  # false: said by herself, proof not seen yet


class Team(Base):
    """A team of volunteers of one unit, with a leader."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("unit_code", "name"),)

    id: Mapped[str] = id_column()
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    leader_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # null: not chosen yet


class TeamMember(Base):
    """One volunteer in one team."""

    __tablename__ = "team_member"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"), primary_key=True)


class Exclusion(Base):
    """These two are never matched again, at the wish of one of them (who is never named to the other)."""

    __tablename__ = "exclusion"

    elder_id: Mapped[str] = mapped_column(ForeignKey("elder.person_id"), primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(ForeignKey("volunteer.person_id"), primary_key=True)
    wished_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
