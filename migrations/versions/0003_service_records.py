"""Volunteers' service numbers, what stands on their record beside visits, and the certificates issued from it."""

import sqlalchemy as sa
from alembic import op

from app.ledger.guards import create_guards, drop_guards, missing_guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer",
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("responsible", sa.String(length=60), nullable=False),
        sa.Column("handler", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("set_by", sa.String(length=16), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_issuer_set_by")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_issuer_unit_code")),
        sa.PrimaryKeyConstraint("unit_code", name=op.f("pk_issuer")),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("issuer_code", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("honour_min", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("replaces_id", sa.String(length=16), nullable=True),
        sa.Column("issued_by", sa.String(length=16), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_day <= until_day", name=op.f("ck_certificate_days")),
        sa.CheckConstraint("length(fingerprint) = 64 AND length(code) = 20", name=op.f("ck_certificate_secrets")),
        sa.CheckConstraint(
            "number > 0 AND line_count > 0 AND minutes >= 0 AND honour_min >= 0", name=op.f("ck_certificate_counts")
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_certificate_issued_by")),
        sa.ForeignKeyConstraint(["issuer_code"], ["org_unit.code"], name=op.f("fk_certificate_issuer_code")),
        sa.ForeignKeyConstraint(["replaces_id"], ["certificate.id"], name=op.f("fk_certificate_replaces_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_certificate_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("issuer_code", "year", "number", name=op.f("uq_certificate_issuer_code_year_number")),
    )
    op.create_index("ix_certificate_volunteer_id", "certificate", ["volunteer_id", "issued_at"], unique=False)
    op.create_table(
        "record_entry",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("giver", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.String(length=16), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('training','honour','honour_hours')", name=op.f("ck_record_entry_kind")),
        sa.CheckConstraint(
            "minutes BETWEEN 0 AND 60000 AND (kind <> 'honour_hours' OR minutes > 0)",
            name=op.f("ck_record_entry_minutes"),
        ),
        sa.CheckConstraint("entered_by <> volunteer_id", name=op.f("ck_record_entry_by_another")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_record_entry_entered_by")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_record_entry_unit_code")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_record_entry_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_entry")),
    )
    op.create_index(op.f("ix_record_entry_unit_code"), "record_entry", ["unit_code"], unique=False)
    op.create_index("ix_record_entry_volunteer_id_day", "record_entry", ["volunteer_id", "day"], unique=False)
    op.create_table(
        "service_number",
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_service_number_number")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_service_number_unit_code")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_service_number_volunteer_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_service_number")),
        sa.UniqueConstraint("unit_code", "number", name=op.f("uq_service_number_unit_code_number")),
    )
    op.create_table(
        "certificate_paper",
        sa.Column("certificate_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("service_number", sa.String(length=30), nullable=False),
        sa.Column("issuer_name", sa.String(length=120), nullable=False),
        sa.Column("responsible", sa.String(length=60), nullable=False),
        sa.Column("handler", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_paper_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificate_paper")),
    )
    op.create_table(
        "record_word",
        sa.Column("entry_id", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('approve','refuse','withdraw')", name=op.f("ck_record_word_step")),
        sa.ForeignKeyConstraint(["entry_id"], ["record_entry.id"], name=op.f("fk_record_word_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_record_word_person_id")),
        sa.PrimaryKeyConstraint("entry_id", "step", name=op.f("pk_record_word")),
    )
    op.create_table(
        "revocation",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("certificate_id", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_revocation_certificate_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_revocation_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation")),
    )
    op.create_index(op.f("ix_revocation_certificate_id"), "revocation", ["certificate_id"], unique=False)
    op.create_table(
        "revocation_word",
        sa.Column("revocation_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_revocation_word_person_id")),
        sa.ForeignKeyConstraint(["revocation_id"], ["revocation.id"], name=op.f("fk_revocation_word_revocation_id")),
        sa.PrimaryKeyConstraint("revocation_id", name=op.f("pk_revocation_word")),
    )
    op.create_table(
        "certificate_line",
        sa.Column("certificate_id", sa.String(length=16), nullable=False),
        sa.Column("place_nr", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.String(length=16), nullable=True),
        sa.Column("entry_id", sa.String(length=16), nullable=True),
        sa.Column("transfer_uid", sa.String(length=120), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content_zh", sa.String(length=120), nullable=False),
        sa.Column("content_en", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("proof", sa.String(length=6), nullable=False),
        sa.CheckConstraint("(visit_id IS NULL) <> (entry_id IS NULL)", name=op.f("ck_certificate_line_one_source")),
        sa.CheckConstraint("minutes >= 0 AND place_nr > 0", name=op.f("ck_certificate_line_minutes")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_line_certificate_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["record_entry.id"], name=op.f("fk_certificate_line_entry_id")),
        sa.ForeignKeyConstraint(["transfer_uid"], ["transfer.uid"], name=op.f("fk_certificate_line_transfer_uid")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_certificate_line_visit_id")),
        sa.PrimaryKeyConstraint("certificate_id", "place_nr", name=op.f("pk_certificate_line")),
        sa.UniqueConstraint("certificate_id", "entry_id", name=op.f("uq_certificate_line_certificate_id_entry_id")),
        sa.UniqueConstraint("certificate_id", "visit_id", name=op.f("uq_certificate_line_certificate_id_visit_id")),
    )
    op.create_index(op.f("ix_certificate_line_entry_id"), "certificate_line", ["entry_id"], unique=False)
    op.create_index(op.f("ix_certificate_line_visit_id"), "certificate_line", ["visit_id"], unique=False)
    op.create_table(
        "certificate_request",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("visit_id", sa.String(length=16), nullable=True),
        sa.Column("asked_by", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_certificate_request_asked_by")),
        sa.ForeignKeyConstraint(["unit_code"], ["org_unit.code"], name=op.f("fk_certificate_request_unit_code")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_certificate_request_visit_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.person_id"], name=op.f("fk_certificate_request_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_request")),
    )
    op.create_index(
        "ix_certificate_request_unit_code", "certificate_request", ["unit_code", "answered_at"], unique=False
    )
    op.create_index(op.f("ix_certificate_request_volunteer_id"), "certificate_request", ["volunteer_id"], unique=False)
    # Whoever is a volunteer already has enrolled in this order.
    op.execute(
        "INSERT INTO service_number (volunteer_id, unit_code, number) SELECT person_id, community_code,"
        " ROW_NUMBER() OVER (PARTITION BY community_code ORDER BY applied_at, person_id) FROM volunteer"
    )
    create_guards(op.get_bind())
    assert not missing_guards(op.get_bind(), so_far=True)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_index(op.f("ix_certificate_request_volunteer_id"), table_name="certificate_request")
    op.drop_index("ix_certificate_request_unit_code", table_name="certificate_request")
    op.drop_table("certificate_request")
    op.drop_index(op.f("ix_certificate_line_visit_id"), table_name="certificate_line")
    op.drop_index(op.f("ix_certificate_line_entry_id"), table_name="certificate_line")
    op.drop_table("certificate_line")
    op.drop_table("revocation_word")
    op.drop_index(op.f("ix_revocation_certificate_id"), table_name="revocation")
    op.drop_table("revocation")
    op.drop_table("record_word")
    op.drop_table("certificate_paper")
    op.drop_table("service_number")
    op.drop_index("ix_record_entry_volunteer_id_day", table_name="record_entry")
    op.drop_index(op.f("ix_record_entry_unit_code"), table_name="record_entry")
    op.drop_table("record_entry")
    op.drop_index("ix_certificate_volunteer_id", table_name="certificate")
    op.drop_table("certificate")
    op.drop_table("issuer")
    create_guards(op.get_bind())
