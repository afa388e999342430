"""Gift orders are numbered and carry the year's cap beside the day's, so that the database holds both."""

import sqlalchemy as sa
from alembic import op

from app.ledger.guards import create_guards, drop_guards, missing_guards

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CHECKS = {
    "amount": "amount > 0 AND amount <= cap_min",
    "cooling": "cooling_h BETWEEN 0 AND 720 AND ripe_at >= asked_at",
    "two_accounts": "giver_account_id <> receiver_account_id",
    "word": "first OR NOT needs_word",
}
"""What a rebuilt table on SQLite would lose if it were not said again."""

NUMBERED = (
    "UPDATE gift_order SET nr = (SELECT count(*) FROM gift_order g"
    " WHERE g.giver_account_id = gift_order.giver_account_id AND (g.asked_at < gift_order.asked_at"
    " OR (g.asked_at = gift_order.asked_at AND g.uid <= gift_order.uid)))"
)
# The rule of its day where the giver lives; where her row was erased since, the largest of any rule.
CAPPED = (
    "UPDATE gift_order SET year_cap_min = COALESCE((SELECT CAST(CAST(s.value AS TEXT) AS INTEGER) FROM setting s"
    " WHERE s.key = 'gift_cap_min_per_year' AND s.effective_from <= gift_order.day AND CAST(s.value AS TEXT) <> 'null'"
    " AND (s.unit_code IS NULL OR s.unit_code IN (SELECT c.ancestor_code FROM org_closure c"
    " JOIN person p ON p.unit_code = c.descendant_code WHERE p.id = gift_order.giver_id))"
    " AND NOT EXISTS (SELECT 1 FROM setting n WHERE n.key = s.key"
    " AND COALESCE(n.unit_code, '') = COALESCE(s.unit_code, '') AND n.effective_from <= gift_order.day"
    " AND (n.effective_from > s.effective_from OR (n.effective_from = s.effective_from AND n.id > s.id)))"
    " AND EXISTS (SELECT 1 FROM person p WHERE p.id = gift_order.giver_id)"
    " ORDER BY (SELECT count(*) FROM org_closure d WHERE d.descendant_code = s.unit_code) DESC LIMIT 1),"
    " (SELECT max(CAST(CAST(s.value AS TEXT) AS INTEGER)) FROM setting s"
    " WHERE s.key = 'gift_cap_min_per_year' AND CAST(s.value AS TEXT) <> 'null'), 0)"
)
# Who has moved since may have given more than the rule of her new home allows: what was right then is right now.
_IN_ITS_YEAR = (
    "(SELECT sum(g.amount) FROM gift_order g WHERE g.giver_account_id = gift_order.giver_account_id"
    " AND substr(CAST(g.day AS TEXT), 1, 4) = substr(CAST(gift_order.day AS TEXT), 1, 4)"
    " AND NOT EXISTS (SELECT 1 FROM gift_end e WHERE e.uid = g.uid))"
)
AT_LEAST = (
    f"UPDATE gift_order SET year_cap_min = {_IN_ITS_YEAR} WHERE year_cap_min < {_IN_ITS_YEAR}",
    "UPDATE gift_order SET year_cap_min = amount WHERE year_cap_min < amount",
)


def _checks(**more: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(must, name=op.f(f"ck_gift_order_{name}")) for name, must in (CHECKS | more).items()]


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("gift_order", sa.Column("year_cap_min", sa.BigInteger(), nullable=True))
    op.add_column("gift_order", sa.Column("nr", sa.Integer(), nullable=True))
    for statement in (NUMBERED, CAPPED, *AT_LEAST):
        op.execute(statement)
    with op.batch_alter_table("gift_order", table_args=_checks()) as order:
        order.alter_column("year_cap_min", existing_type=sa.BigInteger(), nullable=False)
        order.alter_column("nr", existing_type=sa.Integer(), nullable=False)
        order.create_unique_constraint(op.f("uq_gift_order_giver_account_id_nr"), ["giver_account_id", "nr"])
        order.create_check_constraint(op.f("ck_gift_order_year_cap"), "amount <= year_cap_min")
        order.create_check_constraint(op.f("ck_gift_order_nr"), "nr > 0")
    create_guards(op.get_bind())
    assert not missing_guards(op.get_bind(), so_far=True)


def downgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("gift_order", table_args=_checks()) as order:
        order.drop_constraint(op.f("ck_gift_order_year_cap"), type_="check")
        order.drop_constraint(op.f("ck_gift_order_nr"), type_="check")
        order.drop_constraint(op.f("uq_gift_order_giver_account_id_nr"), type_="unique")
        order.drop_column("year_cap_min")
        order.drop_column("nr")
    create_guards(op.get_bind())
