"""What members decide: gifts, stops, nominations, families' pools and objections, with their guards."""

import sqlalchemy as sa
from alembic import op

from app.ledger.guards import create_guards, drop_guards, missing_guards

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "objection",
    "household_member",
    "household",
    "nomination",
    "gift_stop",
    "gift_end",
    "gift_word",
    "gift_order",
)
"""Last made first."""


def upgrade() -> None:
    op.create_table(
        "gift_order",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("giver_id", sa.String(length=16), nullable=False),
        sa.Column("giver_account_id", sa.String(length=16), nullable=False),
        sa.Column("receiver_account_id", sa.String(length=16), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cap_min", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("cooling_h", sa.Integer(), nullable=False),
        sa.Column("needs_word", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ripe_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0 AND amount <= cap_min", name=op.f("ck_gift_order_amount")),
        sa.CheckConstraint("cooling_h BETWEEN 0 AND 720 AND ripe_at >= asked_at", name=op.f("ck_gift_order_cooling")),
        sa.CheckConstraint("first OR NOT needs_word", name=op.f("ck_gift_order_word")),
        sa.CheckConstraint("giver_account_id <> receiver_account_id", name=op.f("ck_gift_order_two_accounts")),
        sa.ForeignKeyConstraint(["giver_account_id"], ["account.id"], name=op.f("fk_gift_order_giver_account_id")),
        sa.ForeignKeyConstraint(
            ["receiver_account_id"], ["account.id"], name=op.f("fk_gift_order_receiver_account_id")
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_gift_order")),
    )
    op.create_index("ix_gift_order_giver_account_id", "gift_order", ["giver_account_id", "day"], unique=False)
    op.create_index("ix_gift_order_ripe_at", "gift_order", ["ripe_at"], unique=False)
    op.create_table(
        "gift_word",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("said_yes", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("how IN ('phone', 'door')", name=op.f("ck_gift_word_how")),
        sa.ForeignKeyConstraint(["uid"], ["gift_order.uid"], name=op.f("fk_gift_word_uid")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_gift_word")),
    )
    op.create_table(
        "gift_end",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("by_id", sa.String(length=16), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("why IN ('called_back', 'stopped', 'not_hers', 'failed')", name=op.f("ck_gift_end_why")),
        sa.ForeignKeyConstraint(["uid"], ["gift_order.uid"], name=op.f("fk_gift_end_uid")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_gift_end")),
    )
    op.create_table(
        "gift_stop",
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("nr", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("nr > 0", name=op.f("ck_gift_stop_nr")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_gift_stop_account_id")),
        sa.PrimaryKeyConstraint("account_id", "nr", name=op.f("pk_gift_stop")),
    )
    op.create_table(
        "nomination",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("nr", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("heir", sa.String(length=8), nullable=False),
        sa.Column("nominee_id", sa.String(length=16), nullable=True),
        sa.Column("said_by_id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(heir = 'person') = (nominee_id IS NOT NULL)", name=op.f("ck_nomination_nominee")),
        sa.CheckConstraint("heir IN ('person', 'fund')", name=op.f("ck_nomination_heir")),
        sa.CheckConstraint("nominee_id IS NULL OR nominee_id <> person_id", name=op.f("ck_nomination_another")),
        sa.CheckConstraint("nr > 0", name=op.f("ck_nomination_nr")),
        sa.PrimaryKeyConstraint("person_id", "nr", name=op.f("pk_nomination")),
    )
    op.create_table(
        "household",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("opened_by", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_household_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_index(op.f("ix_household_unit_code"), "household", ["unit_code"], unique=False)
    op.create_table(
        "household_member",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("draws", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("agreed_at IS NULL OR agreed_at >= asked_at", name=op.f("ck_household_member_agreed")),
        sa.CheckConstraint("left_at IS NULL OR left_at >= asked_at", name=op.f("ck_household_member_left")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_household_member_household_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
    )
    op.create_index("ix_household_member_person_id", "household_member", ["person_id"], unique=False)
    op.create_index(
        "uq_household_member_draws",
        "household_member",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("draws AND agreed_at IS NOT NULL AND left_at IS NULL"),
        postgresql_where=sa.text("draws AND agreed_at IS NOT NULL AND left_at IS NULL"),
    )
    op.create_index(
        "uq_household_member_here",
        "household_member",
        ["household_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("transfer_uid", sa.String(length=120), nullable=False),
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("raised_by", sa.String(length=16), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.String(length=16), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=16), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL) AND (state = 'open') = (answered_by IS NULL) AND (state = 'open') = (answer = '')",
            name=op.f("ck_objection_answer"),
        ),
        sa.CheckConstraint("state IN ('open', 'stands', 'corrected')", name=op.f("ck_objection_state")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_objection_words")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_objection_account_id")),
        sa.ForeignKeyConstraint(["transfer_uid"], ["transfer.uid"], name=op.f("fk_objection_transfer_uid")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_objection_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    op.create_index("ix_objection_account_id", "objection", ["account_id"], unique=False)
    op.create_index("ix_objection_unit_code", "objection", ["unit_code", "state"], unique=False)
    op.create_index(
        "uq_objection_open",
        "objection",
        ["transfer_uid", "account_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    create_guards(op.get_bind())
    assert not missing_guards(op.get_bind(), so_far=True)


def downgrade() -> None:
    drop_guards(op.get_bind())
    for table in TABLES:
        op.drop_table(table)
    create_guards(op.get_bind())
