"""The guards of rules (app/rulepacks/models.py): agreed by two people, beginning on a later day, never altered.

They stand in the ledger's own list, since a rule decides about minutes.
"""

from app.ledger.guard import Guard

RULE_KEYS = {
    "setting": ("id", "unit_code,key,effective_from,change_id"),
    "rule_change": ("id",),
    "rule_entry": ("change_id,key",),
    "rule_word": ("change_id",),
}
"""Tables of rules, of which no row is ever changed or deleted, and what names a row."""

SPEAKS_OF = {"setting": ("rule_change", "rule_entry", "rule_word")}
"""Tables that the guards of another table ask: until a migration has made them, those guards wait."""

RULE_GUARDS = (
    Guard(
        "rule_change_ahead", "rule_change", "INSERT",
        "NEW.starts_on > NEW.proposed_at",
        "a change of rules begins on a later day",
    ),
    Guard(
        "rule_entry_in_time", "rule_entry", "INSERT",
        "NOT EXISTS (SELECT 1 FROM rule_word w WHERE w.change_id = NEW.change_id)",
        "what is decided is not reworded",
    ),
    Guard(
        "rule_word_of_another", "rule_word", "INSERT",
        "EXISTS (SELECT 1 FROM rule_change c WHERE c.id = NEW.change_id"
        " AND (NEW.step = 'withdraw') = (c.proposed_by = NEW.person_id)"
        " AND (NEW.step <> 'approve' OR c.starts_on > NEW.said_at))",
        "a change is approved or refused by somebody else, before it begins",
    ),
    Guard(
        "setting_agreed", "setting", "INSERT",
        "(NEW.change_id IS NULL AND NEW.unit_code IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM setting s WHERE s.key = NEW.key))"
        " OR EXISTS (SELECT 1 FROM rule_change c JOIN rule_entry e ON e.change_id = c.id"
        " JOIN rule_word w ON w.change_id = c.id WHERE c.id = NEW.change_id AND c.unit_code = NEW.unit_code"
        " AND c.starts_on = NEW.effective_from AND c.pack = NEW.pack AND e.key = NEW.key"
        " AND CAST(e.value AS TEXT) = CAST(NEW.value AS TEXT) AND w.step = 'approve')",
        "a rule is what two people agreed to, or the first default of its key",
    ),
    Guard(
        "setting_not_past", "setting", "INSERT",
        "NEW.change_id IS NULL OR NEW.effective_from > NEW.made_at",
        "a rule holds from a later day on",
    ),
)  # fmt: skip
