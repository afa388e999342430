"""Shops with offers, funds with a purpose, points for hours, and notices of what lapses, with their guards."""

import sqlalchemy as sa
from alembic import op

from app.ledger.guards import create_guards, drop_guards, missing_guards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("expiry_notice", "points_earning", "charity", "shop_offer", "shop")
"""Last made first."""


def upgrade() -> None:
    op.create_table(
        "shop",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("where", sa.String(length=200), nullable=False),
        sa.Column("opened_by", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_shop_opened_by")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_shop_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop")),
    )
    op.create_index("ix_shop_unit_code", "shop", ["unit_code"], unique=False)
    op.create_table(
        "shop_offer",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("shop_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("price > 0", name=op.f("ck_shop_offer_price")),
        sa.CheckConstraint("unit IN ('minute', 'point')", name=op.f("ck_shop_offer_unit")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_shop_offer_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_offer")),
    )
    op.create_index("ix_shop_offer_shop_id", "shop_offer", ["shop_id"], unique=False)
    op.create_table(
        "charity",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("donor", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("item_codes", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("opened_by", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_charity_opened_by")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_charity_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charity")),
    )
    op.create_index("ix_charity_unit_code", "charity", ["unit_code"], unique=False)
    op.create_table(
        "points_earning",
        sa.Column("credit_uid", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("sixtieths", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sixtieths > 0 AND points >= 0", name=op.f("ck_points_earning_counts")),
        sa.ForeignKeyConstraint(["credit_uid"], ["transfer.uid"], name=op.f("fk_points_earning_credit_uid")),
        sa.PrimaryKeyConstraint("credit_uid", name=op.f("pk_points_earning")),
    )
    op.create_index("ix_points_earning_person_id", "points_earning", ["person_id"], unique=False)
    op.create_table(
        "expiry_notice",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("lapses_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ripe_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0 AND days_before > 0", name=op.f("ck_expiry_notice_counts")),
        sa.CheckConstraint("ripe_at > told_at", name=op.f("ck_expiry_notice_ripens")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_expiry_notice_account_id")),
        sa.PrimaryKeyConstraint("uid", "days_before", name=op.f("pk_expiry_notice")),
    )
    op.create_index("ix_expiry_notice_account_id", "expiry_notice", ["account_id", "lapses_on"], unique=False)
    create_guards(op.get_bind())
    assert not missing_guards(op.get_bind(), so_far=True)


def downgrade() -> None:
    drop_guards(op.get_bind())
    for table in TABLES:
        op.drop_table(table)
    create_guards(op.get_bind())
