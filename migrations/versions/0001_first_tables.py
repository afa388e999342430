"""Every table of the first version, and the guards that the database itself holds over the ledger."""

import sqlalchemy as sa
from alembic import op

from app.ledger.guards import create_guards, drop_guards, missing_guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=16), nullable=True),
        sa.Column("acting_for_id", sa.String(length=16), nullable=True),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor_id_at", "audit_entry", ["actor_id", "at"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"], unique=False)
    op.create_index("ix_audit_entry_unit_code_at", "audit_entry", ["unit_code", "at"], unique=False)
    op.create_table(
        "check_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clean", sa.Boolean(), nullable=False),
        sa.Column("transfers", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_mark")),
    )
    op.create_table(
        "leaf_salt",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_leaf_salt")),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("head_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("head_seq >= 0", name=op.f("ck_ledger_head_seq")),
        sa.CheckConstraint("length(head_hash) = 64", name=op.f("ck_ledger_head_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "memo",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=True),
        sa.Column("visit_id", sa.String(length=16), nullable=True),
        sa.Column("elder_id", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_memo")),
    )
    op.create_index(op.f("ix_memo_visit_id"), "memo", ["visit_id"], unique=False)
    op.create_table(
        "menu_item",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category_zh", sa.String(length=40), nullable=False),
        sa.Column("category_en", sa.String(length=60), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("usual_min", sa.Integer(), nullable=False),
        sa.Column("min_min", sa.Integer(), nullable=False),
        sa.Column("max_min", sa.Integer(), nullable=False),
        sa.Column("risk", sa.String(length=6), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("day_parts", sa.JSON(), nullable=False),
        sa.Column("by_phone", sa.Boolean(), nullable=False),
        sa.Column("same_sex_suggested", sa.Boolean(), nullable=False),
        sa.Column("timebank", sa.Boolean(), nullable=False),
        sa.Column("priority_base", sa.Integer(), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=False),
        sa.Column("included_zh", sa.Text(), nullable=False),
        sa.Column("included_en", sa.Text(), nullable=False),
        sa.Column("not_included_zh", sa.Text(), nullable=False),
        sa.Column("not_included_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("risk IN ('low','medium','high')", name=op.f("ck_menu_item_risk")),
        sa.CheckConstraint(
            "min_min > 0 AND min_min <= usual_min AND usual_min <= max_min", name=op.f("ck_menu_item_minutes")
        ),
        sa.CheckConstraint("people IN (1, 2)", name=op.f("ck_menu_item_people")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_menu_item")),
    )
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index(op.f("ix_one_time_code_phone"), "one_time_code", ["phone"], unique=False)
    op.create_table(
        "org_unit",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("parent_code", sa.String(length=20), nullable=True),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("official_name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("lat_deg", sa.Float(), nullable=True),
        sa.Column("lon_deg", sa.Float(), nullable=True),
        sa.Column("point_is_approximate", sa.Boolean(), nullable=False),
        sa.Column("match_nightly", sa.Boolean(), nullable=False),
        sa.Column("match_at_min", sa.Integer(), nullable=False),
        sa.CheckConstraint("level IN ('city','district','street','community','grid')", name=op.f("ck_org_unit_level")),
        sa.CheckConstraint("match_at_min BETWEEN 0 AND 1439", name=op.f("ck_org_unit_match_at")),
        sa.ForeignKeyConstraint(["parent_code"], ["org_unit.code"], name=op.f("fk_org_unit_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_org_unit")),
    )
    op.create_index(op.f("ix_org_unit_parent_code"), "org_unit", ["parent_code"], unique=False)
    op.create_table(
        "skill",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("zh", sa.String(length=60), nullable=False),
        sa.Column("en", sa.String(length=80), nullable=False),
        sa.Column("credential", sa.Boolean(), nullable=False),
        sa.Column("proof_zh", sa.Text(), nullable=False),
        sa.Column("proof_en", sa.Text(), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_skill")),
    )
    op.create_table(
        "transfer_rule",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=8), nullable=False),
        sa.Column("debit_kind", sa.String(length=16), nullable=False),
        sa.Column("credit_kind", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("kind", "phase", "debit_kind", "credit_kind", name=op.f("pk_transfer_rule")),
    )
    op.create_table(
        "try_counter",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_a_row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_try_counter")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("floor_min", sa.BigInteger(), nullable=False),
        sa.Column("cap_min", sa.BigInteger(), nullable=True),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('issuance', 'clearing') THEN cap_min IS NOT NULL AND cap_min = 0 WHEN kind IN ('person', 'family_pool') THEN cap_min IS NOT NULL AND cap_min > 0 ELSE cap_min IS NULL END",
            name=op.f("ck_account_cap_of_kind"),
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'issuance' THEN floor_min <= 0 WHEN 'adjustment' THEN floor_min <= 0 WHEN 'person' THEN floor_min BETWEEN -6000 AND 0 ELSE floor_min = 0 END",
            name=op.f("ck_account_floor_of_kind"),
        ),
        sa.CheckConstraint(
            "kind IN ('person', 'family_pool', 'community_fund', 'charity_fund', 'team', 'shop', 'issuance', 'expiry', 'adjustment', 'clearing')",
            name=op.f("ck_account_kind"),
        ),
        sa.CheckConstraint("unit IN ('minute', 'point')", name=op.f("ck_account_unit")),
        sa.CheckConstraint("cap_min IS NULL OR posted <= cap_min", name=op.f("ck_account_cap")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_account_held")),
        sa.CheckConstraint("posted - held >= floor_min", name=op.f("ck_account_floor")),
        sa.CheckConstraint(
            "posted = CAST(posted AS BIGINT) AND held = CAST(held AS BIGINT) AND last_seq = CAST(last_seq AS BIGINT)",
            name=op.f("ck_account_whole"),
        ),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_account_ledger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("id", "ledger_id", "unit", "kind", name="uq_account_identity"),
        sa.UniqueConstraint(
            "ledger_id", "unit", "kind", "owner_id", "label", name=op.f("uq_account_ledger_id_unit_kind_owner_id_label")
        ),
    )
    op.create_index("ix_account_owner_id", "account", ["owner_id"], unique=False)
    op.create_table(
        "menu_switch",
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_code"], ["menu_item.code"], name=op.f("fk_menu_switch_item_code")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_menu_switch_unit_code")),
        sa.PrimaryKeyConstraint("unit_code", "item_code", name=op.f("pk_menu_switch")),
    )
    op.create_table(
        "org_closure",
        sa.Column("ancestor_code", sa.String(length=20), nullable=False),
        sa.Column("descendant_code", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["ancestor_code"], ["org_unit.code"], name=op.f("fk_org_closure_ancestor_code")),
        sa.ForeignKeyConstraint(["descendant_code"], ["org_unit.code"], name=op.f("fk_org_closure_descendant_code")),
        sa.PrimaryKeyConstraint("ancestor_code", "descendant_code", name=op.f("pk_org_closure")),
    )
    op.create_index(op.f("ix_org_closure_descendant_code"), "org_closure", ["descendant_code"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("lat_deg", sa.Float(), nullable=True),
        sa.Column("lon_deg", sa.Float(), nullable=True),
        sa.Column("point_is_approximate", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("text_size", sa.String(length=3), nullable=False),
        sa.Column("high_contrast", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sex IN ('f','m')", name=op.f("ck_person_sex")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_person_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_phone"), "person", ["phone"], unique=False)
    op.create_index(op.f("ix_person_unit_code"), "person", ["unit_code"], unique=False)
    op.create_table(
        "setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=120), nullable=False),
        sa.Column("setting_group", sa.String(length=60), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("pack", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_setting_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("unit_code", "key", "effective_from", name=op.f("uq_setting_unit_code_key_effective_from")),
    )
    op.create_index(op.f("ix_setting_key"), "setting", ["key"], unique=False)
    op.create_table(
        "awaited_credit",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("payee_account_id", sa.String(length=16), nullable=False),
        sa.Column("fund_account_id", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_awaited_credit_amount")),
        sa.ForeignKeyConstraint(["fund_account_id"], ["account.id"], name=op.f("fk_awaited_credit_fund_account_id")),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_awaited_credit_ledger_id")),
        sa.ForeignKeyConstraint(["payee_account_id"], ["account.id"], name=op.f("fk_awaited_credit_payee_account_id")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_awaited_credit")),
    )
    op.create_index("ix_awaited_credit_ledger_id", "awaited_credit", ["ledger_id", "created_at"], unique=False)
    op.create_index("ix_awaited_credit_payee_account_id", "awaited_credit", ["payee_account_id"], unique=False)
    op.create_table(
        "elder",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("community_code", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("ability", sa.String(length=10), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("consent_date", sa.Date(), nullable=False),
        sa.Column("consent_ended", sa.Date(), nullable=True),
        sa.Column("emergency_name", sa.String(length=60), nullable=False),
        sa.Column("emergency_phone", sa.String(length=20), nullable=False),
        sa.Column("card_code", sa.String(length=24), nullable=False),
        sa.Column("safe_word", sa.String(length=12), nullable=False),
        sa.Column("health_note", sa.Text(), nullable=False),
        sa.CheckConstraint("ability IN ('intact','mild','moderate','severe','total')", name=op.f("ck_elder_ability")),
        sa.ForeignKeyConstraint(["community_code"], ["org_unit.code"], name=op.f("fk_elder_community_code")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_elder_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_elder")),
        sa.UniqueConstraint("card_code", name=op.f("uq_elder_card_code")),
        sa.UniqueConstraint("community_code", "code", name=op.f("uq_elder_community_code_code")),
    )
    op.create_index(op.f("ix_elder_community_code"), "elder", ["community_code"], unique=False)
    op.create_table(
        "match_run",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_by", sa.String(length=16), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("published_by", sa.String(length=16), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('running','proposed','published','superseded','failed')", name=op.f("ck_match_run_state")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_match_run_published_by")),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_match_run_started_by")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_match_run_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
        sa.UniqueConstraint("number", name=op.f("uq_match_run_number")),
    )
    op.create_index("ix_match_run_unit_day", "match_run", ["unit_code", "day"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_membership_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("person_id", "unit_code", "role", name=op.f("uq_membership_person_id_unit_code_role")),
    )
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"], unique=False)
    op.create_index(op.f("ix_membership_unit_code"), "membership", ["unit_code"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("uid", sa.String(length=120), nullable=True),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("uid", name=op.f("uq_notice_uid")),
    )
    op.create_index(op.f("ix_notice_person_id"), "notice", ["person_id"], unique=False)
    op.create_index(
        "ix_notice_unsent",
        "notice",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "password",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_password_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_password")),
    )
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens_directly", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_sign_in_link_made_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_link_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_index(op.f("ix_sign_in_link_person_id"), "sign_in_link", ["person_id"], unique=False)
    op.create_table(
        "sign_in_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("rights", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_session_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_session")),
    )
    op.create_index(op.f("ix_sign_in_session_person_id"), "sign_in_session", ["person_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("nr", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'frozen', 'closed')", name=op.f("ck_standing_state")),
        sa.CheckConstraint("nr > 0", name=op.f("ck_standing_nr")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_standing_account_id")),
        sa.PrimaryKeyConstraint("account_id", "nr", name=op.f("pk_standing")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("leader_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name=op.f("fk_team_leader_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_team_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("unit_code", "name", name=op.f("uq_team_unit_code_name")),
    )
    op.create_index(op.f("ix_team_unit_code"), "team", ["unit_code"], unique=False)
    op.create_table(
        "transfer",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=8), nullable=False),
        sa.Column("debit_account_id", sa.String(length=16), nullable=False),
        sa.Column("debit_kind", sa.String(length=16), nullable=False),
        sa.Column("credit_account_id", sa.String(length=16), nullable=False),
        sa.Column("credit_kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("hold_uid", sa.String(length=120), nullable=True),
        sa.Column("reverses_uid", sa.String(length=120), nullable=True),
        sa.Column("link_uid", sa.String(length=120), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by_id", sa.String(length=16), nullable=True),
        sa.Column("agreed_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_uid IS NOT NULL)", name=op.f("ck_transfer_reverses")),
        sa.CheckConstraint("(kind = 'service') = (phase <> 'single')", name=op.f("ck_transfer_phase_of_kind")),
        sa.CheckConstraint(
            "(kind IN ('seed', 'settle', 'reversal', 'adjust')) = (agreed_by IS NOT NULL)",
            name=op.f("ck_transfer_agreed_by"),
        ),
        sa.CheckConstraint("(phase = 'hold') = (expires_at IS NOT NULL)", name=op.f("ck_transfer_expires")),
        sa.CheckConstraint("(phase IN ('post', 'void')) = (hold_uid IS NOT NULL)", name=op.f("ck_transfer_hold")),
        sa.CheckConstraint(
            "kind IN ('seed', 'service', 'late_credit', 'bonus', 'overrun', 'donate', 'gift', 'redeem', 'expire', 'adjust', 'reversal', 'settle')",
            name=op.f("ck_transfer_kind"),
        ),
        sa.CheckConstraint("phase IN ('single', 'hold', 'post', 'void')", name=op.f("ck_transfer_phase")),
        sa.CheckConstraint(
            "amount > 0 AND amount <= 1000000000 AND amount = CAST(amount AS BIGINT)", name=op.f("ck_transfer_amount")
        ),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_transfer_two_accounts")),
        sa.CheckConstraint("length(row_hash) = 64 AND length(prev_hash) = 64", name=op.f("ck_transfer_hash")),
        sa.CheckConstraint("length(uid) BETWEEN 1 AND 120", name=op.f("ck_transfer_uid")),
        sa.CheckConstraint("seq > 0 AND seq = CAST(seq AS BIGINT)", name=op.f("ck_transfer_seq")),
        sa.ForeignKeyConstraint(
            ["credit_account_id", "ledger_id", "unit", "credit_kind"],
            ["account.id", "account.ledger_id", "account.unit", "account.kind"],
            name="fk_transfer_credit",
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id", "ledger_id", "unit", "debit_kind"],
            ["account.id", "account.ledger_id", "account.unit", "account.kind"],
            name="fk_transfer_debit",
        ),
        sa.ForeignKeyConstraint(["hold_uid"], ["transfer.uid"], name=op.f("fk_transfer_hold_uid")),
        sa.ForeignKeyConstraint(
            ["kind", "phase", "debit_kind", "credit_kind"],
            ["transfer_rule.kind", "transfer_rule.phase", "transfer_rule.debit_kind", "transfer_rule.credit_kind"],
            name="fk_transfer_rule",
        ),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_transfer_ledger_id")),
        sa.ForeignKeyConstraint(["reverses_uid"], ["transfer.uid"], name=op.f("fk_transfer_reverses_uid")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_transfer")),
        sa.UniqueConstraint("ledger_id", "prev_hash", name=op.f("uq_transfer_ledger_id_prev_hash")),
        sa.UniqueConstraint("ledger_id", "seq", name=op.f("uq_transfer_ledger_id_seq")),
    )
    op.create_index("ix_transfer_created_at", "transfer", ["ledger_id", "created_at"], unique=False)
    op.create_index("ix_transfer_credit_account_id", "transfer", ["credit_account_id", "seq"], unique=False)
    op.create_index("ix_transfer_debit_account_id", "transfer", ["debit_account_id", "seq"], unique=False)
    op.create_index(
        "uq_transfer_hold_uid",
        "transfer",
        ["hold_uid"],
        unique=True,
        sqlite_where=sa.text("hold_uid IS NOT NULL"),
        postgresql_where=sa.text("hold_uid IS NOT NULL"),
    )
    op.create_index(
        "uq_transfer_link_uid",
        "transfer",
        ["link_uid", "kind"],
        unique=True,
        sqlite_where=sa.text("kind IN ('bonus', 'overrun')"),
        postgresql_where=sa.text("kind IN ('bonus', 'overrun')"),
    )
    op.create_index(
        "uq_transfer_reverses_uid",
        "transfer",
        ["reverses_uid"],
        unique=True,
        sqlite_where=sa.text("reverses_uid IS NOT NULL"),
        postgresql_where=sa.text("reverses_uid IS NOT NULL"),
    )
    op.create_table(
        "volunteer",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("community_code", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reach_m", sa.Integer(), nullable=False),
        sa.Column("max_visits_per_day", sa.Integer(), nullable=False),
        sa.Column("max_minutes_per_week", sa.Integer(), nullable=False),
        sa.Column("metres_per_minute", sa.Integer(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("identity_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identity_checked_by", sa.String(length=16), nullable=True),
        sa.Column("vetted_until", sa.Date(), nullable=True),
        sa.Column("insured_until", sa.Date(), nullable=True),
        sa.Column("trained_until", sa.Date(), nullable=True),
        sa.Column("pledge_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=16), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("guardian_name", sa.String(length=60), nullable=False),
        sa.Column("accompanied_visits", sa.Integer(), nullable=False),
        sa.Column("last_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('applied','probation','active','paused','refused','left')", name=op.f("ck_volunteer_state")
        ),
        sa.CheckConstraint(
            "reach_m >= 0 AND max_visits_per_day >= 0 AND max_minutes_per_week >= 0", name=op.f("ck_volunteer_limits")
        ),
        sa.ForeignKeyConstraint(["community_code"], ["org_unit.code"], name=op.f("fk_volunteer_community_code")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_volunteer_decided_by")),
        sa.ForeignKeyConstraint(["identity_checked_by"], ["person.id"], name=op.f("fk_volunteer_identity_checked_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_volunteer")),
        sa.UniqueConstraint("community_code", "code", name=op.f("uq_volunteer_community_code_code")),
    )
    op.create_index(op.f("ix_volunteer_community_code"), "volunteer", ["community_code"], unique=False)
    op.create_table(
        "approval",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("ledger_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("debit_account_id", sa.String(length=16), nullable=False),
        sa.Column("credit_account_id", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reverses_uid", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('seed', 'settle', 'reversal', 'adjust')", name=op.f("ck_approval_kind")),
        sa.CheckConstraint("step IN ('propose', 'approve', 'refuse')", name=op.f("ck_approval_step")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_approval_amount")),
        sa.ForeignKeyConstraint(["credit_account_id"], ["account.id"], name=op.f("fk_approval_credit_account_id")),
        sa.ForeignKeyConstraint(["debit_account_id"], ["account.id"], name=op.f("fk_approval_debit_account_id")),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_approval_ledger_id")),
        sa.ForeignKeyConstraint(["reverses_uid"], ["transfer.uid"], name=op.f("fk_approval_reverses_uid")),
        sa.PrimaryKeyConstraint("uid", "person_id", name=op.f("pk_approval")),
    )
    op.create_index(
        "uq_approval_uid_proposal",
        "approval",
        ["uid"],
        unique=True,
        sqlite_where=sa.text("step = 'propose'"),
        postgresql_where=sa.text("step = 'propose'"),
    )
    op.create_table(
        "day_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("free", sa.Boolean(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("until_min", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_min >= 0 AND from_min < until_min AND until_min <= 1440", name=op.f("ck_day_exception_times")
        ),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_day_exception_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_exception")),
    )
    op.create_index(op.f("ix_day_exception_day"), "day_exception", ["day"], unique=False)
    op.create_index(op.f("ix_day_exception_volunteer_id"), "day_exception", ["volunteer_id"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("elder_id", sa.String(length=16), nullable=False),
        sa.Column("relative_id", sa.String(length=16), nullable=False),
        sa.Column("relation", sa.String(length=12), nullable=False),
        sa.Column("consent_how", sa.String(length=12), nullable=False),
        sa.Column("recorded_by", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.person_id"], name=op.f("fk_delegation_elder_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_delegation_recorded_by")),
        sa.ForeignKeyConstraint(["relative_id"], ["person.id"], name=op.f("fk_delegation_relative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_elder_id"), "delegation", ["elder_id"], unique=False)
    op.create_index(op.f("ix_delegation_relative_id"), "delegation", ["relative_id"], unique=False)
    op.create_index(
        "uq_delegation_active",
        "delegation",
        ["elder_id", "relative_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "exclusion",
        sa.Column("elder_id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("wished_by", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.person_id"], name=op.f("fk_exclusion_elder_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_exclusion_volunteer_id")),
        sa.ForeignKeyConstraint(["wished_by"], ["person.id"], name=op.f("fk_exclusion_wished_by")),
        sa.PrimaryKeyConstraint("elder_id", "volunteer_id", name=op.f("pk_exclusion")),
    )
    op.create_table(
        "need_series",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("elder_id", sa.String(length=16), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("earliest_start_min", sa.Integer(), nullable=False),
        sa.Column("latest_start_min", sa.Integer(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("made_until", sa.Date(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.person_id"], name=op.f("fk_need_series_elder_id")),
        sa.ForeignKeyConstraint(["item_code"], ["menu_item.code"], name=op.f("fk_need_series_item_code")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_need_series_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_series")),
    )
    op.create_index(op.f("ix_need_series_elder_id"), "need_series", ["elder_id"], unique=False)
    op.create_table(
        "old_card",
        sa.Column("card_code", sa.String(length=24), nullable=False),
        sa.Column("elder_id", sa.String(length=16), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.person_id"], name=op.f("fk_old_card_elder_id")),
        sa.PrimaryKeyConstraint("card_code", name=op.f("pk_old_card")),
    )
    op.create_index(op.f("ix_old_card_elder_id"), "old_card", ["elder_id"], unique=False)
    op.create_table(
        "responsible",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("elder_id", sa.String(length=16), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.person_id"], name=op.f("fk_responsible_elder_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_responsible_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsible")),
        sa.UniqueConstraint("elder_id", "duty", "name", name=op.f("uq_responsible_elder_id_duty_name")),
    )
    op.create_index(op.f("ix_responsible_elder_id"), "responsible", ["elder_id"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_team_member_volunteer_id")),
        sa.PrimaryKeyConstraint("team_id", "volunteer_id", name=op.f("pk_team_member")),
    )
    op.create_table(
        "volunteer_skill",
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("skill_code", sa.String(length=40), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["skill_code"], ["skill.code"], name=op.f("fk_volunteer_skill_skill_code")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_volunteer_skill_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "skill_code", name=op.f("pk_volunteer_skill")),
    )
    op.create_table(
        "weekly_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("until_min", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_min >= 0 AND from_min < until_min AND until_min <= 1440", name=op.f("ck_weekly_time_times")
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_weekly_time_weekday")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_weekly_time_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_time")),
    )
    op.create_index(op.f("ix_weekly_time_volunteer_id"), "weekly_time", ["volunteer_id"], unique=False)
    op.create_table(
        "need",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("elder_id", sa.String(length=16), nullable=False),
        sa.Column("community_code", sa.String(length=20), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=True),
        sa.Column("wish_text", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("earliest_start_min", sa.Integer(), nullable=False),
        sa.Column("latest_start_min", sa.Integer(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("volunteers_needed", sa.Integer(), nullable=False),
        sa.Column("same_sex", sa.Boolean(), nullable=False),
        sa.Column("regular_id", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("same_day", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("caller", sa.String(length=10), nullable=False),
        sa.Column("series_id", sa.String(length=16), nullable=True),
        sa.Column("placed_by", sa.String(length=16), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_reasons", sa.JSON(), nullable=False),
        sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=16), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(length=16), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rating", sa.String(length=10), nullable=True),
        sa.Column("idempotency_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(item_code IS NOT NULL) OR (wish_text <> '')", name=op.f("ck_need_what")),
        sa.CheckConstraint(
            "state IN ('review','asked_back','open','arranged','in_progress','served','done','disputed','cancelled','refused','unserved')",
            name=op.f("ck_need_state"),
        ),
        sa.CheckConstraint("duration_min > 0", name=op.f("ck_need_duration")),
        sa.CheckConstraint("earliest_start_min <= latest_start_min", name=op.f("ck_need_window")),
        sa.CheckConstraint("earliest_start_min >= 0 AND latest_start_min < 1440", name=op.f("ck_need_day")),
        sa.CheckConstraint("volunteers_needed IN (1, 2)", name=op.f("ck_need_volunteers")),
        sa.ForeignKeyConstraint(["community_code"], ["org_unit.code"], name=op.f("fk_need_community_code")),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.person_id"], name=op.f("fk_need_elder_id")),
        sa.ForeignKeyConstraint(["item_code"], ["menu_item.code"], name=op.f("fk_need_item_code")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_need_owner_id")),
        sa.ForeignKeyConstraint(["placed_by"], ["person.id"], name=op.f("fk_need_placed_by")),
        sa.ForeignKeyConstraint(["regular_id"], ["volunteer.person_id"], name=op.f("fk_need_regular_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["person.id"], name=op.f("fk_need_reviewed_by")),
        sa.ForeignKeyConstraint(["series_id"], ["need_series.id"], name=op.f("fk_need_series_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_need_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint("community_code", "code", name=op.f("uq_need_community_code_code")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_need_idempotency_key")),
        sa.UniqueConstraint("number", name=op.f("uq_need_number")),
    )
    op.create_index("ix_need_community_day_state", "need", ["community_code", "day", "state"], unique=False)
    op.create_index(op.f("ix_need_elder_id"), "need", ["elder_id"], unique=False)
    op.create_index(op.f("ix_need_series_id"), "need", ["series_id"], unique=False)
    op.create_index(op.f("ix_need_unit_code"), "need", ["unit_code"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("need_id", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=True),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start_min", sa.Integer(), nullable=False),
        sa.Column("walking_min", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed','offered','accepted','declined','expired','superseded','withdrawn')",
            name=op.f("ck_assignment_state"),
        ),
        sa.CheckConstraint("place IN (1, 2)", name=op.f("ck_assignment_place")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_assignment_need_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_assignment_run_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_assignment_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_day"), "assignment", ["day"], unique=False)
    op.create_index(op.f("ix_assignment_need_id"), "assignment", ["need_id"], unique=False)
    op.create_index(op.f("ix_assignment_run_id"), "assignment", ["run_id"], unique=False)
    op.create_index("ix_assignment_volunteer_state", "assignment", ["volunteer_id", "state"], unique=False)
    op.create_index(
        "uq_assignment_accepted_place",
        "assignment",
        ["need_id", "place"],
        unique=True,
        sqlite_where=sa.text("state = 'accepted'"),
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index(
        "uq_assignment_live_pair",
        "assignment",
        ["need_id", "volunteer_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('offered','accepted')"),
        postgresql_where=sa.text("state IN ('offered','accepted')"),
    )
    op.create_table(
        "need_place",
        sa.Column("need_id", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("hold_uid", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_place_need_id")),
        sa.PrimaryKeyConstraint("need_id", "place", name=op.f("pk_need_place")),
    )
    op.create_table(
        "pair_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("start_min", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('lock','forbid')", name=op.f("ck_pair_rule_kind")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_pair_rule_made_by")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_pair_rule_need_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_pair_rule_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_rule")),
        sa.UniqueConstraint("need_id", "volunteer_id", name=op.f("uq_pair_rule_need_id_volunteer_id")),
    )
    op.create_index(op.f("ix_pair_rule_need_id"), "pair_rule", ["need_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("assignment_id", sa.String(length=16), nullable=False),
        sa.Column("need_id", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start_min", sa.Integer(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("on_the_way_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_how", sa.String(length=10), nullable=False),
        sa.Column("checked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_out_how", sa.String(length=10), nullable=False),
        sa.Column("actual_min", sa.Integer(), nullable=True),
        sa.Column("credit_min", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_how", sa.String(length=10), nullable=False),
        sa.Column("confirmed_by", sa.String(length=16), nullable=True),
        sa.Column("dispute", sa.Text(), nullable=False),
        sa.Column("unfunded", sa.Boolean(), nullable=False),
        sa.Column("accompanied", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned','in_progress','checked_out','confirmed','disputed','failed','cancelled')",
            name=op.f("ck_visit_state"),
        ),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_visit_assignment_id")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_visit_confirmed_by")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_visit_need_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_visit_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_visit_assignment_id")),
    )
    op.create_index(op.f("ix_visit_day"), "visit", ["day"], unique=False)
    op.create_index(op.f("ix_visit_need_id"), "visit", ["need_id"], unique=False)
    op.create_index("ix_visit_volunteer_day", "visit", ["volunteer_id", "day"], unique=False)
    op.create_table(
        "late_entry",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("began_min", sa.Integer(), nullable=False),
        sa.Column("ended_min", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(length=16), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=16), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "began_min >= 0 AND began_min < ended_min AND ended_min <= 1440", name=op.f("ck_late_entry_times")
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name=op.f("ck_late_entry_two_people")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_late_entry_decided_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_late_entry_entered_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_late_entry_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_entry")),
    )
    op.create_index(op.f("ix_late_entry_visit_id"), "late_entry", ["visit_id"], unique=False)
    op.create_index(
        "uq_late_entry_undecided",
        "late_entry",
        ["visit_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "visit_report",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("about", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.String(length=16), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.String(length=16), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_visit_report_owner_id")),
        sa.ForeignKeyConstraint(["reported_by"], ["person.id"], name=op.f("fk_visit_report_reported_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_report_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_report")),
    )
    op.create_index(op.f("ix_visit_report_visit_id"), "visit_report", ["visit_id"], unique=False)
    create_guards(op.get_bind())
    assert not missing_guards(op.get_bind(), so_far=True)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("visit_report")
    op.drop_table("late_entry")
    op.drop_table("visit")
    op.drop_table("pair_rule")
    op.drop_table("need_place")
    op.drop_table("assignment")
    op.drop_table("need")
    op.drop_table("weekly_time")
    op.drop_table("volunteer_skill")
    op.drop_table("team_member")
    op.drop_table("responsible")
    op.drop_table("old_card")
    op.drop_table("need_series")
    op.drop_table("exclusion")
    op.drop_table("delegation")
    op.drop_table("day_exception")
    op.drop_table("approval")
    op.drop_table("volunteer")
    op.drop_table("transfer")
    op.drop_table("team")
    op.drop_table("standing")
    op.drop_table("sign_in_session")
    op.drop_table("sign_in_link")
    op.drop_table("password")
    op.drop_table("notice")
    op.drop_table("membership")
    op.drop_table("match_run")
    op.drop_table("elder")
    op.drop_table("awaited_credit")
    op.drop_table("setting")
    op.drop_table("person")
    op.drop_table("org_closure")
    op.drop_table("menu_switch")
    op.drop_table("account")
    op.drop_table("try_counter")
    op.drop_table("transfer_rule")
    op.drop_table("skill")
    op.drop_table("org_unit")
    op.drop_table("one_time_code")
    op.drop_table("menu_item")
    op.drop_table("memo")
    op.drop_table("ledger")
    op.drop_table("leaf_salt")
    op.drop_table("check_mark")
    op.drop_table("audit_entry")
