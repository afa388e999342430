"""The guards of what the desk moves: lapses that were announced, funds with a purpose, shops, and a longer visit.

They stand in the ledger's own list (app/ledger/guards.py).
"""

from app.ledger.guard import Guard

DESK_KEYS = {"expiry_notice": ("uid,days_before",)}
"""Tables of which no row is ever changed or deleted, and what names a row."""

DESK_SPEAKS_OF = {
    "transfer_lapse_announced": ("expiry_notice",),
    "transfer_earmarked": ("awaited_credit",),
}
"""Tables that a guard asks: until a migration has made them, that guard waits."""

_OWNER = "(SELECT a.owner_id FROM account a WHERE a.id = NEW.{side}_account_id)"

DESK_GUARDS = (
    Guard(
        "transfer_lapse_announced", "transfer", "INSERT",
        "NEW.kind <> 'expire' OR (NEW.made_by_id IS NULL AND (SELECT count(*) FROM expiry_notice n"
        " WHERE n.uid = NEW.uid AND n.account_id = NEW.debit_account_id AND n.ripe_at <= NEW.created_at"
        " AND n.amount >= NEW.amount) >= 2)",
        "time lapses only after two notices in good time, and no more than they said",
    ),
    Guard(
        "transfer_earmarked", "transfer", "INSERT",
        "NEW.debit_kind <> 'charity_fund' OR NEW.kind = 'reversal' OR (NEW.kind = 'donate'"
        " AND NEW.link_uid IS NOT NULL AND NEW.uid = NEW.link_uid || ':charity'"
        " AND (EXISTS (SELECT 1 FROM transfer t WHERE t.uid = NEW.link_uid AND t.phase IN ('single', 'post')"
        " AND t.debit_account_id = NEW.credit_account_id AND t.credit_kind = 'person' AND t.amount >= NEW.amount)"
        " OR EXISTS (SELECT 1 FROM awaited_credit w WHERE w.uid = NEW.link_uid"
        " AND w.fund_account_id = NEW.credit_account_id AND w.amount >= NEW.amount)))",
        "a fund with a purpose pays once for one visit that the community fund paid, and no more",
    ),
    Guard(
        "transfer_redeemed_by_owner", "transfer", "INSERT",
        f"NEW.kind <> 'redeem' OR NEW.made_by_id = {_OWNER.format(side='debit')}",
        "only the owner redeems",
    ),
    Guard(
        "transfer_overrun_agreed", "transfer", "INSERT",
        "NEW.kind <> 'overrun' OR (NEW.made_by_id IS NOT NULL"
        f" AND NEW.made_by_id <> {_OWNER.format(side='credit')})",
        "a longer visit counts on the word of somebody else than who gets the minutes",
    ),
)  # fmt: skip
