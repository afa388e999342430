"""Signed heads for the public, the keys they are signed with, and the tree that receipts are made from."""

import sqlalchemy as sa
from alembic import op

from app.ledger.guards import create_guards, drop_guards, missing_guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TOTALS = [f"{unit}_{total}" for unit in ("minute", "point") for total in ("minted", "held", "donated", "redeemed", "expired")]


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("nr", sa.Integer(), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("handed_on", sa.String(length=128), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(public) = 64 AND length(id) = 32", name=op.f("ck_signing_key_lengths")),
        sa.CheckConstraint("nr > 0 AND (nr = 1) = (handed_on IS NULL)", name=op.f("ck_signing_key_nr")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("nr", name=op.f("uq_signing_key_nr")),
    )
    op.create_table(
        "published_head",
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("nr", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in TOTALS),
        sa.Column("prev_digest", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.CheckConstraint("nr > 0 AND seq >= 0", name=op.f("ck_published_head_nr")),
        sa.CheckConstraint(
            "length(head_hash) = 64 AND length(root) = 64 AND length(prev_digest) = 64 AND length(digest) = 64"
            " AND length(signature) = 128",
            name=op.f("ck_published_head_lengths"),
        ),
        sa.ForeignKeyConstraint(["key_id"], ["signing_key.id"], name=op.f("fk_published_head_key_id")),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_published_head_ledger_id")),
        sa.PrimaryKeyConstraint("ledger_id", "nr", name=op.f("pk_published_head")),
        sa.UniqueConstraint("ledger_id", "prev_digest", name=op.f("uq_published_head_ledger_id_prev_digest")),
    )
    op.create_table(
        "tree_tile",
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("nr", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("level >= 0 AND nr >= 0", name=op.f("ck_tree_tile_place")),
        sa.CheckConstraint(
            "length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0", name=op.f("ck_tree_tile_hashes")
        ),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_tree_tile_ledger_id")),
        sa.PrimaryKeyConstraint("ledger_id", "level", "nr", name=op.f("pk_tree_tile")),
    )
    create_guards(op.get_bind())
    assert not missing_guards(op.get_bind(), so_far=True)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("tree_tile")
    op.drop_table("published_head")
    op.drop_table("signing_key")
    create_guards(op.get_bind())
