"""The guards of what members give: by the owner alone, cooled off, asked in person, not stopped.

They stand in the ledger's own list (app/ledger/guards.py). How much is given stands in gift_guards.py.
"""

from app.ledger.guard import Guard

MEMBER_KEYS = {
    "gift_order": ("uid",),
    "gift_word": ("uid",),
    "gift_end": ("uid",),
    "gift_stop": ("account_id,nr",),
    "nomination": ("person_id,nr",),
}
"""Tables of which no row is ever changed or deleted, and what names a row."""

POOL_KEYS = {"household": ("id",), "household_member": ("id",)}
"""Tables of which no row is ever deleted."""

MEMBER_SPEAKS_OF = {
    "transfer_gift_ordered": ("gift_order", "gift_word", "gift_end"),
    "transfer_gift_not_stopped": ("gift_stop",),
    "transfer_gift_by_member": ("household_member",),
    "gift_order_cools": ("gift_stop", "setting", "elder"),
    "gift_order_not_stopped": ("gift_stop",),
}
"""Tables that a guard asks: until a migration has made them, that guard waits."""

_OWNER = "(SELECT a.owner_id FROM account a WHERE a.id = {account})"
_GOES = (
    "NOT COALESCE((SELECT s.stopped FROM gift_stop s WHERE s.account_id = {account} ORDER BY s.nr DESC LIMIT 1),"
    " {no})"
)
_ANY = "(SELECT {which}(CAST(CAST(s.value AS TEXT) AS INTEGER)) FROM setting s WHERE s.key = '{key}')"
_NONE_BEFORE = (
    "NOT EXISTS (SELECT 1 FROM transfer t WHERE t.kind = 'gift' AND t.debit_account_id = NEW.giver_account_id"
    " AND t.credit_account_id = NEW.receiver_account_id AND t.created_at > COALESCE((SELECT max(s.at)"
    " FROM gift_stop s WHERE s.account_id = NEW.giver_account_id), '1970-01-01 00:00:00'))"
)
_IS_ELDER = "EXISTS (SELECT 1 FROM elder e WHERE e.person_id = NEW.giver_id)"
_COOLS = (
    f"NEW.first = ({_NONE_BEFORE}) AND NEW.needs_word = (NEW.first AND {_IS_ELDER}) AND (NOT NEW.first OR"
    f" (NEW.cooling_h >= {_ANY.format(which='min', key='gift_first_cooling_h')} AND {{waits}}))"
)


def _goes(account: str) -> str:
    return _GOES.format(account=account, no="1 = 0")


MEMBER_GUARDS = (
    Guard(
        "transfer_gift_ordered", "transfer", "INSERT",
        "NEW.kind <> 'gift' OR EXISTS (SELECT 1 FROM gift_order g WHERE g.uid = NEW.uid"
        " AND g.giver_id = NEW.made_by_id AND g.giver_account_id = NEW.debit_account_id"
        " AND g.receiver_account_id = NEW.credit_account_id AND g.amount = NEW.amount AND g.ripe_at <= NEW.created_at"
        " AND NOT EXISTS (SELECT 1 FROM gift_end e WHERE e.uid = g.uid)"
        " AND (NOT g.needs_word OR EXISTS (SELECT 1 FROM gift_word w WHERE w.uid = g.uid AND w.said_yes)))",
        "a gift is what its giver decided, not before its time, and the first one of an elder is asked about in person",
    ),
    Guard(
        "transfer_gift_not_stopped", "transfer", "INSERT",
        f"NEW.kind <> 'gift' OR {_goes('NEW.debit_account_id')}",
        "gifts from this passbook are stopped",
    ),
    Guard(
        "transfer_gift_by_member", "transfer", "INSERT",
        "NEW.kind <> 'gift' OR NEW.credit_kind <> 'family_pool' OR EXISTS (SELECT 1 FROM household_member m"
        f" WHERE 'household:' || m.household_id = {_OWNER.format(account='NEW.credit_account_id')}"
        f" AND m.person_id = {_OWNER.format(account='NEW.debit_account_id')}"
        " AND m.agreed_at IS NOT NULL AND m.left_at IS NULL)",
        "only a member gives into the pool of a family",
    ),
    Guard(
        "transfer_donated_by_owner", "transfer", "INSERT",
        "NEW.kind <> 'donate' OR NEW.debit_kind <> 'person' OR NEW.made_by_id IS NULL"
        f" OR NEW.made_by_id = {_OWNER.format(account='NEW.debit_account_id')}",
        "nobody donates what is not hers",
    ),
    Guard(
        "gift_order_by_owner", "gift_order", "INSERT",
        "EXISTS (SELECT 1 FROM account a JOIN ledger l ON l.id = a.ledger_id WHERE a.id = NEW.giver_account_id"
        " AND a.kind = 'person' AND a.unit = 'minute' AND a.owner_id = NEW.giver_id AND NEW.asked_at >= l.head_at)",
        "only the owner of a passbook gives from it, and not in the past",
    ),
    Guard(
        "gift_order_cools", "gift_order", "INSERT",
        _COOLS.format(waits="strftime('%s', NEW.ripe_at) - strftime('%s', NEW.asked_at) >= 3600 * NEW.cooling_h"),
        "a first gift waits, and that of an elder is asked about in person",
        ("sqlite",),
    ),
    Guard(
        "gift_order_cools", "gift_order", "INSERT",
        _COOLS.format(waits="NEW.ripe_at - NEW.asked_at >= NEW.cooling_h * interval '1 hour'"),
        "a first gift waits, and that of an elder is asked about in person",
        ("postgresql",),
    ),
    Guard(
        "gift_order_not_stopped", "gift_order", "INSERT",
        _goes("NEW.giver_account_id"),
        "gifts from this passbook are stopped",
    ),
    Guard(
        "gift_word_by_a_third", "gift_word", "INSERT",
        "EXISTS (SELECT 1 FROM gift_order g WHERE g.uid = NEW.uid AND g.needs_word AND g.giver_id <> NEW.person_id"
        f" AND NEW.person_id <> {_OWNER.format(account='g.receiver_account_id')} AND NEW.at >= g.asked_at)",
        "somebody else than giver and receiver asks an elder about her first gift",
    ),
    Guard(
        "gift_end_in_time", "gift_end", "INSERT",
        "NOT EXISTS (SELECT 1 FROM transfer t WHERE t.uid = NEW.uid)",
        "what is given is given",
    ),
    Guard(
        "gift_stop_next", "gift_stop", "INSERT",
        "NEW.nr = 1 + COALESCE((SELECT max(s.nr) FROM gift_stop s WHERE s.account_id = NEW.account_id), 0)"
        f" AND NEW.stopped = ({_goes('NEW.account_id')})"
        " AND (NEW.stopped OR EXISTS (SELECT 1 FROM account a WHERE a.id = NEW.account_id"
        " AND a.owner_id = NEW.by_id))",
        "only the owner lets gifts go again",
    ),
    Guard(
        "nomination_next", "nomination", "INSERT",
        "NEW.said_by_id = NEW.person_id AND NEW.nr = 1 + COALESCE((SELECT max(n.nr) FROM nomination n"
        " WHERE n.person_id = NEW.person_id), 0)",
        "everybody names for herself alone who shall have her time",
    ),
    Guard(
        "household_fixed", "household", "UPDATE", "1 = 0", "the pool of a family stays what it was opened as",
    ),
    Guard(
        "household_member_steps", "household_member", "UPDATE",
        "NEW.id = OLD.id AND NEW.household_id = OLD.household_id AND NEW.person_id = OLD.person_id"
        " AND NEW.draws = OLD.draws AND NEW.asked_by = OLD.asked_by AND NEW.asked_at = OLD.asked_at"
        " AND OLD.left_at IS NULL AND (OLD.agreed_at IS NULL OR NEW.agreed_at = OLD.agreed_at)",
        "a member agrees once and leaves once",
    ),
)  # fmt: skip
