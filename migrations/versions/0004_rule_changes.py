"""Rules that two people change: proposals, their one answer, and settings that are never altered."""

import sqlalchemy as sa
from alembic import op

from app.ledger.guards import create_guards, drop_guards, missing_guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORDS = ("measure", "setting_group", "zh", "en", "basis")
"""What a key means stands in the default pack's file, not beside each value."""


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.create_table(
        "rule_change",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("pack", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_rule_change_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_change")),
    )
    op.create_index(op.f("ix_rule_change_unit_code"), "rule_change", ["unit_code"], unique=False)
    op.create_table(
        "rule_entry",
        sa.Column("change_id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["rule_change.id"], name=op.f("fk_rule_entry_change_id")),
        sa.PrimaryKeyConstraint("change_id", "key", name=op.f("pk_rule_entry")),
    )
    op.create_table(
        "rule_word",
        sa.Column("change_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('approve', 'refuse', 'withdraw')", name=op.f("ck_rule_word_step")),
        sa.ForeignKeyConstraint(["change_id"], ["rule_change.id"], name=op.f("fk_rule_word_change_id")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_rule_word")),
    )
    with op.batch_alter_table("setting") as setting:
        setting.add_column(sa.Column("source", sa.Text(), nullable=False, server_default=""))
        setting.add_column(sa.Column("change_id", sa.String(length=16), nullable=True))
        setting.add_column(
            sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default="2026-01-01 00:00:00.000000")
        )
        setting.create_foreign_key(op.f("fk_setting_change_id"), "rule_change", ["change_id"], ["id"])
        setting.drop_constraint("uq_setting_unit_code_key_effective_from", type_="unique")
        setting.create_unique_constraint(
            op.f("uq_setting_unit_code_key_effective_from_change_id"),
            ["unit_code", "key", "effective_from", "change_id"],
        )
        for name in WORDS:
            setting.drop_column(name)
    with op.batch_alter_table("setting") as setting:
        setting.alter_column("source", server_default=None)
        setting.alter_column("made_at", server_default=None)
    create_guards(op.get_bind())
    assert not missing_guards(op.get_bind(), so_far=True)


def downgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("setting") as setting:
        setting.drop_constraint("uq_setting_unit_code_key_effective_from_change_id", type_="unique")
        setting.drop_constraint("fk_setting_change_id", type_="foreignkey")
        setting.create_unique_constraint(
            op.f("uq_setting_unit_code_key_effective_from"), ["unit_code", "key", "effective_from"]
        )
        for name in ("source", "change_id", "made_at"):
            setting.drop_column(name)
        for name in WORDS:
            kind = sa.String(length=120 if name == "measure" else 60) if name in ("measure", "setting_group") else sa.Text()
            setting.add_column(sa.Column(name, kind, nullable=False, server_default=""))
    with op.batch_alter_table("setting") as setting:
        for name in WORDS:
            setting.alter_column(name, server_default=None)
    for table in ("rule_word", "rule_entry", "rule_change"):
        op.drop_table(table)
    create_guards(op.get_bind())
