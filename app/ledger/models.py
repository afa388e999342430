"""The time bank's tables: transfers that are only ever added, and balances that prove themselves.

Six tables are guarded by the database itself (app/ledger/guards.py): ledger, account, transfer, transfer_rule,
approval and (app/audit) audit_entry. Owners are named by id without a foreign key on purpose: the chain must stay
whole when a person's row is erased. What may be changed or erased stands in `memo`, `standing`, `leaf_salt`,
`awaited_credit` and `check_mark`, outside the hash.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime

GENESIS = "0" * 64
LARGEST_AMOUNT = 1_000_000_000  # far below the width of a BIGINT, so that no sum of balances can run over
LARGEST_CREDIT_LINE_MIN = 6_000  # 100 hours: a bound for the setting `elder_credit_line_min`, whose default is 0


class Unit(StrEnum):
    """What is counted: no transfer crosses units."""

    MINUTE = "minute"
    POINT = "point"


class AccountKind(StrEnum):
    PERSON = "person"
    FAMILY_POOL = "family_pool"
    COMMUNITY_FUND = "community_fund"
    CHARITY_FUND = "charity_fund"
    TEAM = "team"
    SHOP = "shop"
    ISSUANCE = "issuance"
    EXPIRY = "expiry"
    ADJUSTMENT = "adjustment"
    CLEARING = "clearing"


class TransferKind(StrEnum):
    SEED = "seed"
    SERVICE = "service"
    LATE_CREDIT = "late_credit"
    BONUS = "bonus"
    OVERRUN = "overrun"
    DONATE = "donate"
    GIFT = "gift"
    REDEEM = "redeem"
    EXPIRE = "expire"
    ADJUST = "adjust"
    REVERSAL = "reversal"
    SETTLE = "settle"


class Phase(StrEnum):
    SINGLE = "single"
    HOLD = "hold"
    POST = "post"
    VOID = "void"


class State(StrEnum):
    """Open takes everything; frozen takes voids and adjustments only; closed takes nothing and stays closed."""

    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


class Step(StrEnum):
    PROPOSE = "propose"
    APPROVE = "approve"
    REFUSE = "refuse"


NEEDED_APPROVERS = {
    TransferKind.SEED: 1,
    TransferKind.SETTLE: 1,
    TransferKind.REVERSAL: 1,
    TransferKind.ADJUST: 2,
}
"""How many people beside the proposer must have said yes before such a transfer can be stored."""

SYSTEM_WORD = "system"
"""Who proposes by the timetable: a word that counts for nobody, so one person more must approve."""


def approvers_needed(kind: str, proposed_by: str) -> int:
    """How many people must say yes to a proposal of this kind made by this person (or by the timetable)."""
    return NEEDED_APPROVERS[TransferKind(kind)] + (proposed_by == SYSTEM_WORD)


def _rules() -> tuple[tuple[TransferKind, Phase, AccountKind, AccountKind], ...]:
    """Every direction that minutes may take; anything else cannot be stored."""
    k, a, p = TransferKind, AccountKind, Phase
    payers = (a.PERSON, a.FAMILY_POOL, a.COMMUNITY_FUND)
    forward = [
        *((k.SEED, p.SINGLE, a.ISSUANCE, to) for to in (a.COMMUNITY_FUND, a.CHARITY_FUND, a.PERSON)),
        *((k.SERVICE, p.POST, payer, a.PERSON) for payer in payers),
        (k.LATE_CREDIT, p.SINGLE, a.COMMUNITY_FUND, a.PERSON),
        (k.BONUS, p.SINGLE, a.COMMUNITY_FUND, a.PERSON),
        *((k.OVERRUN, p.SINGLE, payer, a.PERSON) for payer in payers),
        *((k.DONATE, p.SINGLE, a.PERSON, to) for to in (a.COMMUNITY_FUND, a.CHARITY_FUND, a.TEAM)),
        *((k.DONATE, p.SINGLE, of, a.COMMUNITY_FUND) for of in (a.FAMILY_POOL, a.TEAM, a.CHARITY_FUND)),
        (k.DONATE, p.SINGLE, a.TEAM, a.CHARITY_FUND),
        (k.GIFT, p.SINGLE, a.PERSON, a.PERSON),
        (k.GIFT, p.SINGLE, a.PERSON, a.FAMILY_POOL),
        (k.REDEEM, p.SINGLE, a.PERSON, a.SHOP),
        (k.EXPIRE, p.SINGLE, a.PERSON, a.EXPIRY),
        (k.ADJUST, p.SINGLE, a.PERSON, a.ADJUSTMENT),
        (k.ADJUST, p.SINGLE, a.ADJUSTMENT, a.PERSON),
        *((k.SETTLE, p.SINGLE, a.PERSON, to) for to in (a.PERSON, a.COMMUNITY_FUND, a.EXPIRY)),
    ]
    holds = [(k.SERVICE, phase, payer, a.CLEARING) for phase in (p.HOLD, p.VOID) for payer in payers]
    backward = {(k.REVERSAL, p.SINGLE, credit, debit) for _, _, debit, credit in forward}
    return tuple(sorted({*forward, *holds, *backward}))


RULES = _rules()


def _words(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Ledger(Base):
    """One book for one settlement area (the city): one gapless sequence and one hash chain.

    `id` is the area's official unit code. The head (seq, hash, time) is moved only by the next transfer.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint("head_seq >= 0", name="head_seq"),
        CheckConstraint("length(head_hash) = 64", name="head_hash"),
    )

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    head_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    head_hash: Mapped[str] = mapped_column(String(64), default=GENESIS)
    head_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Account(Base):
    """One owner's balance of one unit in one ledger, always equal to the fold of its transfers.

    `posted` is what is stored, `held` what is promised to orders; `floor_min <= posted - held` and
    `posted <= cap_min` at all times (no cap where it is null). `last_seq` is the transfer that explains the row.
    `owner_id` is a person's id, a unit's code, or `household:`, `donor:`, `team:`, `shop:` and an id; `label` tells
    apart several of one owner (a year's issuance, a month's adjustments).
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("ledger_id", "unit", "kind", "owner_id", "label"),
        UniqueConstraint("id", "ledger_id", "unit", "kind", name="uq_account_identity"),
        Index("ix_account_owner_id", "owner_id"),
        CheckConstraint(_words("unit", Unit), name="unit"),
        CheckConstraint(_words("kind", AccountKind), name="kind"),
        CheckConstraint("posted - held >= floor_min", name="floor"),
        CheckConstraint("cap_min IS NULL OR posted <= cap_min", name="cap"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint(
            "posted = CAST(posted AS BIGINT) AND held = CAST(held AS BIGINT) AND last_seq = CAST(last_seq AS BIGINT)",
            name="whole",
        ),
        CheckConstraint(
            "CASE kind WHEN 'issuance' THEN floor_min <= 0 WHEN 'adjustment' THEN floor_min <= 0"
            f" WHEN 'person' THEN floor_min BETWEEN -{LARGEST_CREDIT_LINE_MIN} AND 0 ELSE floor_min = 0 END",
            name="floor_of_kind",
        ),
        CheckConstraint(
            "CASE WHEN kind IN ('issuance', 'clearing') THEN cap_min IS NOT NULL AND cap_min = 0"
            " WHEN kind IN ('person', 'family_pool') THEN cap_min IS NOT NULL AND cap_min > 0"
            " ELSE cap_min IS NULL END",
            name="cap_of_kind",
        ),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    ledger_id: Mapped[str] = mapped_column(ForeignKey("ledger.id"))
    unit: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(40), default="")
    floor_min: Mapped[int] = mapped_column(BigInteger)
    cap_min: Mapped[int | None] = mapped_column(BigInteger)
    posted: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def available(self) -> int:
        """What can be spent or promised now."""
        return self.posted - self.held - self.floor_min

    @property
    def room(self) -> int | None:
        """What can still be stored; None where there is no cap."""
        return None if self.cap_min is None else self.cap_min - self.posted


class TransferRule(Base):
    """One direction that minutes may take: this kind, in this phase, from this kind of account to that."""

    __tablename__ = "transfer_rule"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    phase: Mapped[str] = mapped_column(String(8), primary_key=True)
    debit_kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    credit_kind: Mapped[str] = mapped_column(String(16), primary_key=True)


class Transfer(Base):
    """`amount` from one account to another, in the place `seq` of its ledger's chain; never changed, never deleted.

    `uid` names the act for ever, so that a repeat is harmless. A post or void resolves the hold `hold_uid`; a
    reversal undoes `reverses_uid`; `link_uid` joins the legs of one act. `made_by_id` is null for the system;
    `agreed_by` names, sorted and joined by commas, everyone whose word it took, where a kind needs several.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["kind", "phase", "debit_kind", "credit_kind"],
            ["transfer_rule.kind", "transfer_rule.phase", "transfer_rule.debit_kind", "transfer_rule.credit_kind"],
            name="fk_transfer_rule",
        ),
        *(
            ForeignKeyConstraint(
                [f"{side}_account_id", "ledger_id", "unit", f"{side}_kind"],
                ["account.id", "account.ledger_id", "account.unit", "account.kind"],
                name=f"fk_transfer_{side}",
            )
            for side in ("debit", "credit")
        ),
        UniqueConstraint("ledger_id", "seq"),
        UniqueConstraint("ledger_id", "prev_hash"),
        Index("uq_transfer_hold_uid", "hold_uid", unique=True,
              sqlite_where=text("hold_uid IS NOT NULL"), postgresql_where=text("hold_uid IS NOT NULL")),
        Index("uq_transfer_reverses_uid", "reverses_uid", unique=True,
              sqlite_where=text("reverses_uid IS NOT NULL"), postgresql_where=text("reverses_uid IS NOT NULL")),
        Index("uq_transfer_link_uid", "link_uid", "kind", unique=True,
              sqlite_where=text("kind IN ('bonus', 'overrun')"), postgresql_where=text("kind IN ('bonus', 'overrun')")),
        Index("ix_transfer_debit_account_id", "debit_account_id", "seq"),
        Index("ix_transfer_credit_account_id", "credit_account_id", "seq"),
        Index("ix_transfer_created_at", "ledger_id", "created_at"),
        CheckConstraint(_words("kind", TransferKind), name="kind"),
        CheckConstraint(_words("phase", Phase), name="phase"),
        CheckConstraint("(kind = 'service') = (phase <> 'single')", name="phase_of_kind"),
        CheckConstraint(
            f"amount > 0 AND amount <= {LARGEST_AMOUNT} AND amount = CAST(amount AS BIGINT)", name="amount"
        ),
        CheckConstraint("seq > 0 AND seq = CAST(seq AS BIGINT)", name="seq"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        CheckConstraint("(phase IN ('post', 'void')) = (hold_uid IS NOT NULL)", name="hold"),
        CheckConstraint("(phase = 'hold') = (expires_at IS NOT NULL)", name="expires"),
        CheckConstraint("(kind = 'reversal') = (reverses_uid IS NOT NULL)", name="reverses"),
        CheckConstraint(
            "(kind IN ('seed', 'settle', 'reversal', 'adjust')) = (agreed_by IS NOT NULL)", name="agreed_by"
        ),
        CheckConstraint("length(uid) BETWEEN 1 AND 120", name="uid"),
        CheckConstraint("length(row_hash) = 64 AND length(prev_hash) = 64", name="hash"),
    )  # fmt: skip

    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    ledger_id: Mapped[str] = mapped_column(ForeignKey("ledger.id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    phase: Mapped[str] = mapped_column(String(8))
    debit_account_id: Mapped[str] = mapped_column(String(16))
    debit_kind: Mapped[str] = mapped_column(String(16))
    credit_account_id: Mapped[str] = mapped_column(String(16))
    credit_kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    hold_uid: Mapped[str | None] = mapped_column(ForeignKey("transfer.uid"))
    reverses_uid: Mapped[str | None] = mapped_column(ForeignKey("transfer.uid"))
    link_uid: Mapped[str | None] = mapped_column(String(120))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_by_id: Mapped[str | None] = mapped_column(String(16))
    agreed_by: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    prev_hash: Mapped[str] = mapped_column(String(64))
    row_hash: Mapped[str] = mapped_column(String(64))


class Approval(Base):
    """One person's word on one proposed transfer, exactly as worded here; never changed, never deleted.

    The proposal itself is the row with step `propose`; its transfer will carry the same uid.
    """

    __tablename__ = "approval"
    __table_args__ = (
        Index("uq_approval_uid_proposal", "uid", unique=True,
              sqlite_where=text("step = 'propose'"), postgresql_where=text("step = 'propose'")),
        CheckConstraint(_words("step", Step), name="step"),
        CheckConstraint("kind IN ('seed', 'settle', 'reversal', 'adjust')", name="kind"),
        CheckConstraint("amount > 0", name="amount"),
    )  # fmt: skip

    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    step: Mapped[str] = mapped_column(String(8))
    ledger_id: Mapped[str] = mapped_column(ForeignKey("ledger.id"))
    kind: Mapped[str] = mapped_column(String(16))
    debit_account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    credit_account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    reverses_uid: Mapped[str | None] = mapped_column(ForeignKey("transfer.uid"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Standing(Base):
    """The state of an account from here on (the row with the highest `nr` counts; none at all means open)."""

    __tablename__ = "standing"
    __table_args__ = (CheckConstraint(_words("state", State), name="state"), CheckConstraint("nr > 0", name="nr"))

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    nr: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Text, default="")
    set_by_id: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Memo(Base):
    """What a line says in words, outside the chain and erasable: the item, the visit, the elder, a free text."""

    __tablename__ = "memo"

    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    text: Mapped[str] = mapped_column(Text, default="")
    item_code: Mapped[str | None] = mapped_column(String(40))
    visit_id: Mapped[str | None] = mapped_column(String(16), index=True)
    elder_id: Mapped[str | None] = mapped_column(String(16))


class LeafSalt(Base):
    """The secret salt of one transfer's leaf in the published tree: erased, the leaf says nothing any more."""

    __tablename__ = "leaf_salt"

    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))


class AwaitedCredit(Base):
    """Minutes that somebody has earned and nobody could pay yet (待存入); paid when the transfer `uid` exists."""

    __tablename__ = "awaited_credit"
    __table_args__ = (
        Index("ix_awaited_credit_ledger_id", "ledger_id", "created_at"),
        Index("ix_awaited_credit_payee_account_id", "payee_account_id"),
        CheckConstraint("amount > 0", name="amount"),
    )

    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    ledger_id: Mapped[str] = mapped_column(ForeignKey("ledger.id"))
    payee_account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    fund_account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExpiryNotice(Base):
    """One notice of what will lapse on a passbook, so many days before; a lapse needs notices that have ripened.

    `uid` is the lapse's own; `lapses_on` the day it was announced for, `ripe_at` the first moment it may come.
    """

    __tablename__ = "expiry_notice"
    __table_args__ = (
        Index("ix_expiry_notice_account_id", "account_id", "lapses_on"),
        CheckConstraint("amount > 0 AND days_before > 0", name="counts"),
        CheckConstraint("ripe_at > told_at", name="ripens"),
    )

    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    days_before: Mapped[int] = mapped_column(Integer, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    lapses_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ripe_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CheckMark(Base):
    """One run of the verification: when, how far, and whether everything held."""

    __tablename__ = "check_mark"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    clean: Mapped[bool]
    transfers: Mapped[int] = mapped_column(BigInteger)
    findings: Mapped[int] = mapped_column(Integer)


class SigningKey(Base):
    """A public key that heads are signed with. `handed_on` is the word of the key before it on this one."""

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("length(public) = 64 AND length(id) = 32", name="lengths"),
        CheckConstraint("nr > 0 AND (nr = 1) = (handed_on IS NULL)", name="nr"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    nr: Mapped[int] = mapped_column(Integer, unique=True)
    public: Mapped[str] = mapped_column(String(64))
    handed_on: Mapped[str | None] = mapped_column(String(128))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class PublishedHead(Base):
    """What a book was at one moment, signed and told to everybody: its last line, the root of its tree, its totals.

    What is signed, and how, stands in head.py; the columns of head.FIELDS are those of this table.
    """

    __tablename__ = "published_head"
    __table_args__ = (
        UniqueConstraint("ledger_id", "prev_digest"),
        CheckConstraint("nr > 0 AND seq >= 0", name="nr"),
        CheckConstraint(
            "length(head_hash) = 64 AND length(root) = 64 AND length(prev_digest) = 64 AND length(digest) = 64"
            " AND length(signature) = 128",
            name="lengths",
        ),
    )

    ledger_id: Mapped[str] = mapped_column(ForeignKey("ledger.id"), primary_key=True)
    nr: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seq: Mapped[int] = mapped_column(BigInteger)
    head_hash: Mapped[str] = mapped_column(String(64))
    root: Mapped[str] = mapped_column(String(64))
    minute_minted: Mapped[int] = mapped_column(BigInteger)
    minute_held: Mapped[int] = mapped_column(BigInteger)
    minute_donated: Mapped[int] = mapped_column(BigInteger)
    minute_redeemed: Mapped[int] = mapped_column(BigInteger)
    minute_expired: Mapped[int] = mapped_column(BigInteger)
    point_minted: Mapped[int] = mapped_column(BigInteger)
    point_held: Mapped[int] = mapped_column(BigInteger)
    point_donated: Mapped[int] = mapped_column(BigInteger)
    point_redeemed: Mapped[int] = mapped_column(BigInteger)
    point_expired: Mapped[int] = mapped_column(BigInteger)
    prev_digest: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(ForeignKey("signing_key.id"))
    digest: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))


class TreeTile(Base):
    """Up to 256 neighbouring hashes of a book's Merkle tree (tiles.py). They stay when the salts below are erased."""

    __tablename__ = "tree_tile"
    __table_args__ = (
        CheckConstraint("level >= 0 AND nr >= 0", name="place"),
        CheckConstraint("length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0", name="hashes"),
    )

    ledger_id: Mapped[str] = mapped_column(ForeignKey("ledger.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    nr: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
