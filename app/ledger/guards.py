"""The guards of the ledger in the database itself: one list, written once, made into triggers on both engines.

A guard is a condition that must be true of the row being written, or a flat refusal. Constraints (models.py) say what
one row may be; guards say what a row may be beside the rows that stand already. Alembic's batch mode loses triggers,
so a migration that touches a guarded table calls `drop_guards`, does its work, calls `create_guards`, and
`missing_guards` must then be empty.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text

from app.ledger.desk_guards import DESK_GUARDS, DESK_KEYS, DESK_SPEAKS_OF
from app.ledger.gift_guards import GIFT_GUARDS, GIFT_LOCKS, GIFT_SPEAKS_OF
from app.ledger.guard import IS_INSTANT, Guard
from app.ledger.head_guards import HEAD_GUARDS, HEAD_KEYS, TILE_KEYS
from app.ledger.member_guards import MEMBER_GUARDS, MEMBER_KEYS, MEMBER_SPEAKS_OF, POOL_KEYS
from app.ledger.models import GENESIS, LARGEST_AMOUNT, RULES, SYSTEM_WORD
from app.ledger.record_guards import RECORD_GUARDS, RECORD_KEYS
from app.ledger.rule_guards import RULE_GUARDS, RULE_KEYS, SPEAKS_OF

KEYS = {
    "ledger": ("id",),
    "account": ("id", "ledger_id,unit,kind,owner_id,label"),
    "transfer": ("uid", "ledger_id,seq", "ledger_id,prev_hash", "hold_uid", "reverses_uid"),
    "approval": ("uid,person_id",),
    "audit_entry": ("id",),
    "standing": ("account_id,nr",),
    **HEAD_KEYS,
    **TILE_KEYS,
    **RECORD_KEYS,
    **RULE_KEYS,
    **DESK_KEYS,
    **MEMBER_KEYS,
    **POOL_KEYS,
}
"""Guarded tables and what names a row: a row that comes again under one of these is refused, never replaced."""

FROZEN_TABLES = (
    "transfer", "transfer_rule", "approval", "audit_entry", "standing", *HEAD_KEYS, *RECORD_KEYS, *RULE_KEYS,
    *DESK_KEYS, *MEMBER_KEYS,
)  # fmt: skip
GUARDED_TABLES = ("ledger", "account", *TILE_KEYS, *POOL_KEYS, *FROZEN_TABLES)


_SIDES = "(SELECT {column} FROM account a WHERE a.id = NEW.{side}_account_id)"
_STATE = (
    "COALESCE((SELECT s.state FROM standing s WHERE s.account_id = NEW.{side}_account_id"
    " ORDER BY s.nr DESC LIMIT 1), 'open')"
)
_SAME_ACT = (
    "p.ledger_id = NEW.ledger_id AND p.kind = NEW.kind AND p.debit_account_id = NEW.debit_account_id"
    " AND p.credit_account_id = NEW.credit_account_id AND p.amount = NEW.amount"
    " AND COALESCE(p.reverses_uid, '') = COALESCE(NEW.reverses_uid, '')"
)


def _held_by(uid: str) -> str:
    return f"(SELECT h.amount FROM transfer h WHERE h.uid = {uid})"


GUARDS: tuple[Guard, ...] = (
    # What a book and an account may be when they are opened.
    Guard(
        "ledger_starts_empty", "ledger", "INSERT",
        f"NEW.head_seq = 0 AND NEW.head_hash = '{GENESIS}'",
        "a ledger starts with nothing in it",
    ),
    Guard(
        "account_starts_empty", "account", "INSERT",
        "NEW.posted = 0 AND NEW.held = 0 AND NEW.last_seq = 0",
        "an account starts with nothing in it",
    ),
    # A balance row and a head prove themselves: they move only by what a new transfer explains.
    Guard(
        "account_explained", "account", "UPDATE",
        "NEW.id = OLD.id AND NEW.ledger_id = OLD.ledger_id AND NEW.unit = OLD.unit AND NEW.kind = OLD.kind"
        " AND NEW.owner_id = OLD.owner_id AND NEW.label = OLD.label AND NEW.floor_min = OLD.floor_min"
        " AND COALESCE(NEW.cap_min, -1) = COALESCE(OLD.cap_min, -1) AND NEW.opened_at = OLD.opened_at"
        " AND NEW.last_seq > OLD.last_seq AND EXISTS (SELECT 1 FROM transfer t"
        " WHERE t.ledger_id = NEW.ledger_id AND t.seq = NEW.last_seq"
        " AND NEW.id IN (t.debit_account_id, t.credit_account_id)"
        " AND NEW.posted - OLD.posted = CASE WHEN t.phase IN ('hold', 'void') THEN 0"
        " WHEN t.debit_account_id = NEW.id THEN -t.amount ELSE t.amount END"
        " AND NEW.held - OLD.held = CASE WHEN t.debit_account_id <> NEW.id OR t.phase = 'single' THEN 0"
        f" WHEN t.phase = 'hold' THEN t.amount ELSE -{_held_by('t.hold_uid')} END)",
        "a balance changes only by a new transfer",
    ),
    Guard(
        "ledger_explained", "ledger", "UPDATE",
        "NEW.id = OLD.id AND NEW.opened_at = OLD.opened_at AND NEW.head_seq = OLD.head_seq + 1"
        " AND EXISTS (SELECT 1 FROM transfer t WHERE t.ledger_id = NEW.id AND t.seq = NEW.head_seq"
        " AND t.prev_hash = OLD.head_hash AND t.row_hash = NEW.head_hash AND t.created_at = NEW.head_at)",
        "the head changes only by the next transfer",
    ),
    # What a transfer may be beside those that stand already.
    Guard(
        "transfer_next_in_chain", "transfer", "INSERT",
        "EXISTS (SELECT 1 FROM ledger l WHERE l.id = NEW.ledger_id AND NEW.seq = l.head_seq + 1"
        " AND NEW.prev_hash = l.head_hash AND NEW.created_at >= l.head_at)",
        "a transfer is the next of its chain and not older than the last",
    ),
    Guard(
        "transfer_accounts_open", "transfer", "INSERT",
        " AND ".join(
            f"({_STATE.format(side=side)} = 'open' OR ({_STATE.format(side=side)} = 'frozen'"
            " AND (NEW.phase = 'void' OR NEW.kind = 'adjust')))"
            for side in ("debit", "credit")
        ),
        "a frozen account takes voids and adjustments only, a closed one nothing",
    ),
    Guard(
        "transfer_hold_lasts", "transfer", "INSERT",
        "NEW.phase <> 'hold' OR NEW.expires_at > NEW.created_at",
        "a hold ends after it begins",
    ),
    Guard(
        "transfer_resolves_hold", "transfer", "INSERT",
        "NEW.phase NOT IN ('post', 'void') OR EXISTS (SELECT 1 FROM transfer h WHERE h.uid = NEW.hold_uid"
        " AND h.phase = 'hold' AND h.ledger_id = NEW.ledger_id AND h.unit = NEW.unit"
        " AND h.debit_account_id = NEW.debit_account_id AND ((NEW.phase = 'void' AND NEW.amount = h.amount"
        " AND NEW.credit_account_id = h.credit_account_id) OR (NEW.phase = 'post' AND NEW.amount <= h.amount"
        " AND NEW.created_at <= h.expires_at)))",
        "a post or void answers one hold of the same payer, within its amount and time",
    ),
    Guard(
        "transfer_reversal_exact", "transfer", "INSERT",
        "NEW.kind <> 'reversal' OR EXISTS (SELECT 1 FROM transfer t WHERE t.uid = NEW.reverses_uid"
        " AND t.kind <> 'reversal' AND t.phase IN ('single', 'post') AND t.ledger_id = NEW.ledger_id"
        " AND t.unit = NEW.unit AND t.debit_account_id = NEW.credit_account_id"
        " AND t.credit_account_id = NEW.debit_account_id AND t.amount = NEW.amount)",
        "a reversal is the exact opposite of one posted transfer",
    ),
    Guard(
        "transfer_link_known", "transfer", "INSERT",
        "NEW.kind NOT IN ('bonus', 'overrun') OR EXISTS (SELECT 1 FROM transfer t WHERE t.uid = NEW.link_uid"
        " AND t.phase = 'post' AND t.ledger_id = NEW.ledger_id AND t.credit_account_id = NEW.credit_account_id"
        " AND (NEW.kind = 'bonus' OR t.debit_account_id = NEW.debit_account_id))",
        "a bonus or overrun belongs to a post for the same volunteer",
    ),
    Guard(
        "transfer_agreed", "transfer", "INSERT",
        "NEW.kind NOT IN ('seed', 'settle', 'reversal', 'adjust') OR ("
        f"(SELECT count(*) FROM approval p WHERE p.uid = NEW.uid AND p.step = 'propose' AND {_SAME_ACT}) = 1"
        f" AND (SELECT count(*) FROM approval p WHERE p.uid = NEW.uid AND p.step = 'approve' AND {_SAME_ACT})"
        " >= CASE NEW.kind WHEN 'adjust' THEN 2 ELSE 1 END"
        f" + (SELECT count(*) FROM approval p WHERE p.uid = NEW.uid AND p.step = 'propose'"
        f" AND p.person_id = '{SYSTEM_WORD}')"
        " AND NOT EXISTS (SELECT 1 FROM approval p WHERE p.uid = NEW.uid AND p.step = 'refuse'))",
        "this kind of transfer needs a proposal and the approval of others",
    ),
    # What a person's word on a proposal may be.
    Guard(
        "approval_in_time", "approval", "INSERT",
        "NOT EXISTS (SELECT 1 FROM transfer t WHERE t.uid = NEW.uid)"
        " AND NOT EXISTS (SELECT 1 FROM approval p WHERE p.uid = NEW.uid AND p.step = 'refuse')",
        "what is done or refused is not decided again",
    ),
    Guard(
        "approval_of_the_proposal", "approval", "INSERT",
        f"NEW.step = 'propose' OR (NEW.person_id <> '{SYSTEM_WORD}' AND EXISTS (SELECT 1 FROM approval p"
        f" WHERE p.uid = NEW.uid AND p.step = 'propose' AND {_SAME_ACT}))",
        "an approval is of a person and repeats the words of its proposal",
    ),
    Guard(
        "approval_by_a_third", "approval", "INSERT",
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.id IN (NEW.debit_account_id, NEW.credit_account_id)"
        " AND a.owner_id = NEW.person_id)",
        "nobody decides on her own account",
    ),
    Guard(
        "standing_legal", "standing", "INSERT",
        "NEW.nr = 1 + COALESCE((SELECT max(s.nr) FROM standing s WHERE s.account_id = NEW.account_id), 0)"
        " AND COALESCE((SELECT s.state FROM standing s WHERE s.account_id = NEW.account_id"
        " ORDER BY s.nr DESC LIMIT 1), 'open') NOT IN ('closed', NEW.state)"
        " AND (NEW.state <> 'closed' OR EXISTS (SELECT 1 FROM account a WHERE a.id = NEW.account_id"
        " AND a.posted = 0 AND a.held = 0))",
        "closed stays closed, and only an empty account is closed",
    ),
    Guard(
        "transfer_rule_fixed", "transfer_rule", "INSERT", "1 = 0", "a new direction of minutes comes by a migration",
    ),
    *HEAD_GUARDS,
    *RECORD_GUARDS,
    *RULE_GUARDS,
    *DESK_GUARDS,
    *MEMBER_GUARDS,
    *GIFT_GUARDS,
    # SQLite only: what PostgreSQL always holds, a SQLite connection can switch off (foreign_keys,
    # ignore_check_constraints), and its columns take values of any type.
    Guard(
        "transfer_sides_match", "transfer", "INSERT",
        " AND ".join(
            f"EXISTS (SELECT 1 FROM account a WHERE a.id = NEW.{side}_account_id AND a.ledger_id = NEW.ledger_id"
            f" AND a.unit = NEW.unit AND a.kind = NEW.{side}_kind)"
            for side in ("debit", "credit")
        )
        + " AND EXISTS (SELECT 1 FROM transfer_rule r WHERE r.kind = NEW.kind AND r.phase = NEW.phase"
        " AND r.debit_kind = NEW.debit_kind AND r.credit_kind = NEW.credit_kind)",
        "both accounts are of this ledger and unit, and the direction is a known one",
        ("sqlite",),
    ),
    Guard(
        "transfer_shape", "transfer", "INSERT",
        f"typeof(NEW.amount) = 'integer' AND NEW.amount > 0 AND NEW.amount <= {LARGEST_AMOUNT}"
        " AND NEW.debit_account_id <> NEW.credit_account_id AND typeof(NEW.seq) = 'integer'",
        "an amount is a whole number above zero, from one account to another",
        ("sqlite",),
    ),
    Guard(
        "transfer_instants", "transfer", "INSERT",
        f"{IS_INSTANT.format(column='NEW.created_at')}"
        f" AND (NEW.expires_at IS NULL OR ({IS_INSTANT.format(column='NEW.expires_at')}))",
        "times are instants in UTC",
        ("sqlite",),
    ),
    Guard(
        "account_within_limits", "account", "UPDATE",
        "NEW.posted - NEW.held >= NEW.floor_min AND (NEW.cap_min IS NULL OR NEW.posted <= NEW.cap_min)"
        " AND NEW.held >= 0",
        "a balance stays between its floor and its cap",
        ("sqlite",),
    ),
    Guard(
        "account_place_kept", "account", "UPDATE", "NEW.rowid = OLD.rowid", "a row keeps its place", ("sqlite",)
    ),
    Guard("ledger_place_kept", "ledger", "UPDATE", "NEW.rowid = OLD.rowid", "a row keeps its place", ("sqlite",)),
    *(Guard(f"{table}_no_delete", table, "DELETE", "1 = 0", "nothing here is deleted") for table in GUARDED_TABLES),
    *(Guard(f"{table}_no_update", table, "UPDATE", "1 = 0", "nothing here is changed") for table in FROZEN_TABLES),
    *(
        Guard(f"{table}_no_truncate", table, "TRUNCATE", "1 = 0", "nothing here is deleted", ("postgresql",))
        for table in GUARDED_TABLES
    ),
    *(
        Guard(f"{table}_no_replace", table, "INSERT",
              f"NOT EXISTS (SELECT 1 FROM {table} o WHERE o.rowid = NEW.rowid"
              + "".join(" OR (" + " AND ".join(f"o.{c} = NEW.{c}" for c in key.split(",")) + ")" for key in keys)
              + ")",
              "nothing here is replaced", ("sqlite",))
        for table, keys in KEYS.items()
    ),
)  # fmt: skip

BALANCES = "transfer_moves_balances"
"""The one trigger that acts: after a transfer is stored it moves both balances and the head, which prove themselves."""

_MOVES = (
    # The payer first: posted falls (single, post), held rises (hold) or falls by the whole hold (post, void).
    (
        "UPDATE account SET last_seq = NEW.seq,"
        " posted = posted - CASE WHEN NEW.phase IN ('single', 'post') THEN NEW.amount ELSE 0 END,"
        " held = held + CASE NEW.phase WHEN 'hold' THEN NEW.amount WHEN 'single' THEN 0"
        f" ELSE -{_held_by('NEW.hold_uid')} END"
        " WHERE id = NEW.debit_account_id"
    ),
    (
        "UPDATE account SET last_seq = NEW.seq, posted = posted + NEW.amount"
        " WHERE id = NEW.credit_account_id AND NEW.phase IN ('single', 'post')"
    ),
    "UPDATE ledger SET head_seq = NEW.seq, head_hash = NEW.row_hash, head_at = NEW.created_at WHERE id = NEW.ledger_id",
)


_BOOKS = {"transfer": "NEW.ledger_id", **GIFT_LOCKS}
"""Which book a row belongs to, where PostgreSQL lets one at a time write such rows. SQLite has one writer anyway."""


def _sqlite(guard: Guard) -> str:
    return (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} BEGIN"
        f" SELECT RAISE(ABORT, 'guard {guard.name}: {guard.says}') WHERE ({guard.must}) IS NOT TRUE; END"
    )


def _postgresql_body(guard: Guard) -> str:
    refusal = f"RAISE EXCEPTION 'guard {guard.name}: {guard.says}' USING ERRCODE = '23514';"
    if guard.event in ("DELETE", "TRUNCATE"):
        return f"BEGIN {refusal} END"
    book = _BOOKS.get(guard.table)
    lock = f"PERFORM 1 FROM ledger WHERE id = {book} FOR UPDATE; " if book else ""
    return f"BEGIN {lock}IF ({guard.must}) IS NOT TRUE THEN {refusal} END IF; RETURN NEW; END"


def definitions(engine: str) -> dict[str, str]:
    """What each guard must be in the database, by name: the trigger's text (SQLite), the function's (PostgreSQL)."""
    of_engine = [guard for guard in GUARDS if engine in guard.engines]
    if engine == "sqlite":
        moves = f"CREATE TRIGGER {BALANCES} AFTER INSERT ON transfer BEGIN {'; '.join(_MOVES)}; END"
        return {guard.name: _sqlite(guard) for guard in of_engine} | {BALANCES: moves}
    moves = f"BEGIN {'; '.join(_MOVES)}; RETURN NULL; END"
    return {guard.name: _postgresql_body(guard) for guard in of_engine} | {BALANCES: moves}


def _statements(engine: str, name: str, body: str, schema: str) -> Iterator[str]:
    """What creates one guard. On PostgreSQL it reads the tables of the site's own schema, never a temporary one of the
    same name that a connection made for itself; on SQLite a trigger reads its own database anyway."""
    if engine == "sqlite":
        yield body
        return
    guard = next((guard for guard in GUARDS if guard.name == name), None)
    when = f"BEFORE {guard.event} ON {guard.table}" if guard else "AFTER INSERT ON transfer"
    each = "STATEMENT" if guard and guard.event == "TRUNCATE" else "ROW"
    yield (
        f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp"
        f" AS $guard${body}$guard$"
    )
    yield f"CREATE TRIGGER {name} {when} FOR EACH {each} EXECUTE FUNCTION guard_{name}()"


def ensure_rules(connection: Connection) -> None:
    """Store the allowed directions that are missing; only while the guards are down (migrations)."""
    stored = connection.execute(text("SELECT kind, phase, debit_kind, credit_kind FROM transfer_rule"))
    kept = {tuple(row) for row in stored}
    columns = ("kind", "phase", "debit_kind", "credit_kind")
    new = [dict(zip(columns, map(str, rule), strict=True)) for rule in RULES if tuple(map(str, rule)) not in kept]
    if new:
        connection.execute(
            text("INSERT INTO transfer_rule (kind, phase, debit_kind, credit_kind)"
                 " VALUES (:kind, :phase, :debit_kind, :credit_kind)"),
            new,
        )  # fmt: skip


def create_guards(connection: Connection) -> None:
    """Seed the allowed directions, then set up every guard that is missing (migrations only).

    A guard whose table only a later migration makes is left to that one.
    """
    ensure_rules(connection)
    wanted, standing = definitions(connection.dialect.name), standing_guards(connection)
    for name in missing_guards(connection, so_far=True):
        assert name not in standing, f"the guard {name} stands and is not what it should be: drop it first"
        create_guard(connection, name, wanted[name])


def create_guard(connection: Connection, name: str, body: str | None = None) -> None:
    """Set up one guard."""
    engine = connection.dialect.name
    schema = ""
    if engine == "postgresql":
        schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    for statement in _statements(engine, name, body or definitions(engine)[name], schema):
        connection.exec_driver_sql(statement)


def drop_guards(connection: Connection) -> None:
    """Take every guard down, for a migration that must touch a guarded table."""
    for name in definitions(connection.dialect.name):
        drop_guard(connection, name)


def drop_guard(connection: Connection, name: str) -> None:
    """Take one guard down."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    else:
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS guard_{name}() CASCADE")


def standing_guards(connection: Connection) -> dict[str, str]:
    """What stands in the database now: guards by name, with their text; a disabled trigger does not count, and one that
    looks for its tables elsewhere has no text."""
    if connection.dialect.name == "sqlite":
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({})"
    else:
        found = (
            "SELECT t.tgname, CASE WHEN p.proconfig"
            " = ARRAY['search_path=' || quote_ident(current_schema()) || ', pg_temp'] THEN p.prosrc ELSE '' END"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND c.relnamespace = current_schema()::regnamespace AND c.relname IN ({})"
        )
    tables = ", ".join(f"'{table}'" for table in GUARDED_TABLES)
    return {str(name): str(body) for name, body in connection.exec_driver_sql(found.format(tables))}


def _asks(guard: Guard) -> set[str]:
    """The tables, and columns of them (`table.column`), that must be there before a guard can stand."""
    return {guard.table, *SPEAKS_OF.get(guard.table, ()), *DESK_SPEAKS_OF.get(guard.name, ()),
            *MEMBER_SPEAKS_OF.get(guard.name, ()), *GIFT_SPEAKS_OF.get(guard.name, ())}


def _is_there(connection: Connection) -> set[str]:
    """The tables of the database, and the columns of those of which a guard names one."""
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    named = {asked.split(".")[0] for guard in GUARDS for asked in _asks(guard) if "." in asked} & tables
    return tables | {f"{table}.{column['name']}" for table in named for column in inspector.get_columns(table)}


def missing_guards(connection: Connection, *, so_far: bool = False) -> list[str]:
    """Names of guards that are absent, disabled, altered, or that nobody knows; empty when all is well.

    `so_far` (in the middle of migrating) leaves out the guards of tables that are not there yet.
    """
    wanted, found = definitions(connection.dialect.name), standing_guards(connection)
    if so_far:
        there = _is_there(connection)
        later = {guard.name for guard in GUARDS if not _asks(guard) <= there}
        later |= set() if "transfer" in there else {BALANCES}
        wanted = {name: body for name, body in wanted.items() if name not in later}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
