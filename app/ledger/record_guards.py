"""The guards of volunteers' records and certificates (app/records/models.py); they stand in the ledger's own list."""

from app.ledger.guard import Guard

RECORD_KEYS = {
    "service_number": ("volunteer_id", "unit_code,number"),
    "record_entry": ("id",),
    "record_word": ("entry_id,step",),
    "certificate": ("id", "issuer_code,year,number", "code"),
    "certificate_line": ("certificate_id,place_nr", "certificate_id,visit_id", "certificate_id,entry_id"),
    "revocation": ("id",),
    "revocation_word": ("revocation_id",),
}
"""Tables of which no row is ever changed or deleted, and what names a row."""

_OF_THE_VISIT = "('visit:' || NEW.visit_id || ':post', 'visit:' || NEW.visit_id || ':late')"

RECORD_GUARDS = (
    Guard(
        "record_word_by_another", "record_word", "INSERT",
        "EXISTS (SELECT 1 FROM record_entry e WHERE e.id = NEW.entry_id AND e.volunteer_id <> NEW.person_id"
        " AND (NEW.step = 'withdraw' OR e.entered_by <> NEW.person_id))",
        "a second person decides, and nobody on her own record",
    ),
    Guard(
        "record_word_in_time", "record_word", "INSERT",
        "NOT EXISTS (SELECT 1 FROM record_word w WHERE w.entry_id = NEW.entry_id"
        " AND (NEW.step <> 'withdraw' OR w.step <> 'approve'))",
        "what is decided or withdrawn is not decided again",
    ),
    Guard(
        "certificate_next", "certificate", "INSERT",
        "NEW.number = 1 + COALESCE((SELECT max(c.number) FROM certificate c"
        " WHERE c.issuer_code = NEW.issuer_code AND c.year = NEW.year), 0)",
        "certificates of an issuer and year are numbered without a gap",
    ),
    Guard(
        "certificate_line_next", "certificate_line", "INSERT",
        "NEW.place_nr = 1 + COALESCE((SELECT max(l.place_nr) FROM certificate_line l"
        " WHERE l.certificate_id = NEW.certificate_id), 0)"
        " AND NEW.place_nr <= (SELECT c.line_count FROM certificate c WHERE c.id = NEW.certificate_id)",
        "a certificate has the lines it was issued with and no more",
    ),
    Guard(
        "certificate_line_served", "certificate_line", "INSERT",
        "NEW.visit_id IS NULL OR EXISTS (SELECT 1 FROM certificate c JOIN visit v ON v.volunteer_id = c.volunteer_id"
        " WHERE c.id = NEW.certificate_id AND v.id = NEW.visit_id AND v.state = 'confirmed'"
        " AND v.actual_min = NEW.minutes AND v.day = NEW.day)",
        "a line is a confirmed visit of the volunteer with the minutes she was there",
    ),
    Guard(
        "certificate_line_granted", "certificate_line", "INSERT",
        "NEW.entry_id IS NULL OR EXISTS (SELECT 1 FROM certificate c"
        " JOIN record_entry e ON e.volunteer_id = c.volunteer_id"
        " JOIN record_word w ON w.entry_id = e.id AND w.step = 'approve'"
        " WHERE c.id = NEW.certificate_id AND e.id = NEW.entry_id AND e.kind = 'honour_hours'"
        " AND e.minutes = NEW.minutes)",
        "honour hours on a certificate were granted by two people",
    ),
    Guard(
        "certificate_line_stored", "certificate_line", "INSERT",
        f"NEW.transfer_uid IS NULL OR (NEW.transfer_uid IN {_OF_THE_VISIT}"
        " AND NOT EXISTS (SELECT 1 FROM transfer t WHERE t.reverses_uid = NEW.transfer_uid))",
        "a line names the transfer of its own visit, and none that was corrected",
    ),
    Guard(
        "revocation_once", "revocation", "INSERT",
        "NOT EXISTS (SELECT 1 FROM revocation r LEFT JOIN revocation_word w ON w.revocation_id = r.id"
        " WHERE r.certificate_id = NEW.certificate_id AND (w.approved IS NULL OR w.approved))",
        "a certificate is revoked once, by one proposal at a time",
    ),
    Guard(
        "revocation_by_two", "revocation_word", "INSERT",
        "EXISTS (SELECT 1 FROM revocation r JOIN certificate c ON c.id = r.certificate_id"
        " WHERE r.id = NEW.revocation_id AND r.proposed_by <> NEW.person_id AND c.volunteer_id <> NEW.person_id)",
        "a second person decides, and nobody on her own certificate",
    ),
)  # fmt: skip
