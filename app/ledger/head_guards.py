"""The guards of what was published: keys, heads and the tree; they stand in the ledger's own list."""

from app.ledger.guard import Guard
from app.ledger.head import FIRST

HEAD_KEYS = {"signing_key": ("id", "nr"), "published_head": ("ledger_id,nr", "ledger_id,prev_digest")}
"""Tables of which no row is ever changed or deleted, and what names a row."""

TILE_KEYS = {"tree_tile": ("ledger_id,level,nr",)}
"""Tables of which no row is ever deleted."""

_LAST = "(SELECT {column} FROM published_head h WHERE h.ledger_id = NEW.ledger_id ORDER BY h.nr DESC LIMIT 1)"

HEAD_GUARDS = (
    Guard(
        "signing_key_next", "signing_key", "INSERT",
        "NEW.nr = 1 + COALESCE((SELECT max(k.nr) FROM signing_key k), 0)",
        "keys are numbered without a gap",
    ),
    Guard(
        "published_head_next", "published_head", "INSERT",
        f"NEW.nr = 1 + COALESCE({_LAST.format(column='h.nr')}, 0)"
        f" AND NEW.prev_digest = COALESCE({_LAST.format(column='h.digest')}, '{FIRST}')"
        f" AND NEW.seq >= COALESCE({_LAST.format(column='h.seq')}, 0)"
        f" AND NEW.made_at >= COALESCE({_LAST.format(column='h.made_at')}, NEW.made_at)",
        "a head follows the head before it",
    ),
    Guard(
        "published_head_true", "published_head", "INSERT",
        "EXISTS (SELECT 1 FROM ledger l WHERE l.id = NEW.ledger_id AND l.head_seq = NEW.seq"
        " AND l.head_hash = NEW.head_hash)",
        "a head tells the last line of its book",
    ),
    Guard(
        "published_head_new_key", "published_head", "INSERT",
        "NEW.key_id = (SELECT k.id FROM signing_key k ORDER BY k.nr DESC LIMIT 1)",
        "a head is signed with the newest key",
    ),
    Guard(
        "tree_tile_grows", "tree_tile", "UPDATE",
        "NEW.ledger_id = OLD.ledger_id AND NEW.level = OLD.level AND NEW.nr = OLD.nr"
        " AND length(NEW.hashes) > length(OLD.hashes)"
        " AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes",
        "a tile only grows at its end",
    ),
    Guard(
        "tree_tile_place_kept", "tree_tile", "UPDATE", "NEW.rowid = OLD.rowid", "a row keeps its place", ("sqlite",)
    ),
)  # fmt: skip
