"""What auditors see: balances at the end of each month, and red flags about minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_month",
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_closed_month_ledger_id")),
        sa.PrimaryKeyConstraint("ledger_id", "month", name=op.f("pk_closed_month")),
    )
    op.create_table(
        "month_closing",
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_month_closing_account_id")),
        sa.PrimaryKeyConstraint("ledger_id", "month", "account_id", name=op.f("pk_month_closing")),
    )
    op.create_index(op.f("ix_month_closing_account_id"), "month_closing", ["account_id"], unique=False)
    _red_flags()


def _red_flags() -> None:
    op.create_table(
        "red_flag",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("community_code", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.String(length=16), nullable=False),
        sa.Column("other_id", sa.String(length=16), nullable=True),
        sa.Column("mark", sa.String(length=80), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seen_by", sa.String(length=16), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ring','same_device','same_length','one_elder','gift_to_relative','delegate_changed','falling',"
            "'late_entries')",
            name=op.f("ck_red_flag_kind"),
        ),
        sa.CheckConstraint("state IN ('new','looked_at','settled')", name=op.f("ck_red_flag_state")),
        sa.CheckConstraint("(state = 'new') = (seen_by IS NULL)", name=op.f("ck_red_flag_seen_by")),
        sa.CheckConstraint("state <> 'settled' OR note <> ''", name=op.f("ck_red_flag_note")),
        sa.ForeignKeyConstraint(["community_code"], ["org_unit.code"], name=op.f("fk_red_flag_community_code")),
        sa.ForeignKeyConstraint(["seen_by"], ["person.id"], name=op.f("fk_red_flag_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_red_flag")),
        sa.UniqueConstraint("kind", "about_id", "mark", name=op.f("uq_red_flag_kind_about_id_mark")),
    )
    op.create_index(op.f("ix_red_flag_about_id"), "red_flag", ["about_id"], unique=False)
    op.create_index("ix_red_flag_community_code_state", "red_flag", ["community_code", "state"], unique=False)


def downgrade() -> None:
    op.drop_table("red_flag")
    op.drop_table("month_closing")
    op.drop_table("closed_month")
