"""The guards of how much is given: within the caps of the rules where the giver lives, of the day and of the year.

An order carries both caps, and the database looks them up in the rules itself: the dated value that holds for the
giver's unit on the day of the order, the nearest unit above deciding (as app/rulepacks/queries.py does). Orders from a
passbook are numbered, so of two that race one comes second and counts the other, at every isolation level. Lines are
counted once more when they are stored: what was ordered past these guards is still not given.
"""

from app.ledger.guard import IS_INSTANT, Guard

GIFT_SPEAKS_OF = {
    "gift_order_within_cap": ("gift_end", "setting", "transfer"),
    "gift_order_within_year": ("gift_end", "setting", "transfer", "gift_order.year_cap_min"),
    "gift_order_next": ("gift_order.nr",),
    "gift_order_shape": ("gift_order.nr", "gift_order.year_cap_min"),
    "transfer_gift_within_caps": ("gift_order", "gift_order.year_cap_min"),
}
"""Tables and columns that a guard asks: until a migration has made them, that guard waits."""

GIFT_LOCKS = {
    "gift_order": "(SELECT a.ledger_id FROM account a WHERE a.id = NEW.giver_account_id)",
    "gift_end": (
        "(SELECT a.ledger_id FROM account a JOIN gift_order g ON g.giver_account_id = a.id WHERE g.uid = NEW.uid)"
    ),
    "gift_stop": "(SELECT a.ledger_id FROM account a WHERE a.id = NEW.account_id)",
}
"""The book that such a row belongs to: PostgreSQL lets one at a time write them."""

_RULE = (
    "(SELECT CAST(CAST(s.value AS TEXT) AS INTEGER) FROM setting s WHERE s.key = '{key}'"
    " AND s.effective_from <= NEW.day AND CAST(s.value AS TEXT) <> 'null' AND (s.unit_code IS NULL OR s.unit_code IN"
    " (SELECT c.ancestor_code FROM org_closure c JOIN person p ON p.unit_code = c.descendant_code"
    " WHERE p.id = NEW.giver_id))"
    " AND NOT EXISTS (SELECT 1 FROM setting n WHERE n.key = s.key"
    " AND COALESCE(n.unit_code, '') = COALESCE(s.unit_code, '') AND n.effective_from <= NEW.day"
    " AND (n.effective_from > s.effective_from OR (n.effective_from = s.effective_from AND n.id > s.id)))"
    " ORDER BY (SELECT count(*) FROM org_closure d WHERE d.descendant_code = s.unit_code) DESC LIMIT 1)"
)
_DECIDED = (
    "COALESCE((SELECT sum(g.amount) FROM gift_order g WHERE g.giver_account_id = NEW.giver_account_id AND {when}"
    " AND (NOT EXISTS (SELECT 1 FROM gift_end e WHERE e.uid = g.uid)"
    " OR EXISTS (SELECT 1 FROM transfer t WHERE t.uid = g.uid))), 0)"
)
_GIVEN = (
    "COALESCE((SELECT sum(t.amount) FROM gift_order g JOIN transfer t ON t.uid = g.uid"
    " WHERE g.giver_account_id = o.giver_account_id AND {when}), 0)"
)
_LARGEST = "(SELECT max(g.{cap}) FROM gift_order g WHERE g.giver_account_id = o.giver_account_id AND {when})"
_SAME_DAY = "g.day = {order}.day"
_SAME_YEAR = {
    "sqlite": "g.day BETWEEN strftime('%Y-01-01', {order}.day) AND strftime('%Y-12-31', {order}.day)",
    "postgresql": (
        "g.day BETWEEN make_date(EXTRACT(YEAR FROM {order}.day)::int, 1, 1)"
        " AND make_date(EXTRACT(YEAR FROM {order}.day)::int, 12, 31)"
    ),
}
_HOME = "EXISTS (SELECT 1 FROM person p JOIN org_unit u ON u.code = p.unit_code WHERE p.id = NEW.giver_id AND {day})"
# SQLite knows no zones: those of China are written down here, each with one offset the whole year. Elsewhere a day may
# be one that it is anywhere on earth at that moment, and none before a day that was used already.
_SQLITE_DAY = (
    "CASE WHEN u.zone IN ('Asia/Shanghai', 'Asia/Hong_Kong', 'Asia/Macau', 'Asia/Taipei')"
    " THEN NEW.day = date(NEW.asked_at, '+8 hours')"
    " WHEN u.zone = 'Asia/Urumqi' THEN NEW.day = date(NEW.asked_at, '+6 hours')"
    " WHEN u.zone = 'UTC' THEN NEW.day = date(NEW.asked_at)"
    " ELSE NEW.day = date(NEW.day)"
    " AND NEW.day BETWEEN date(NEW.asked_at, '-12 hours') AND date(NEW.asked_at, '+14 hours')"
    " AND NOT EXISTS (SELECT 1 FROM gift_order g WHERE g.giver_account_id = NEW.giver_account_id"
    " AND g.day > NEW.day) END"
)
_DAY = {"sqlite": _SQLITE_DAY, "postgresql": "NEW.day = (NEW.asked_at AT TIME ZONE u.zone)::date"}


def _in_year(engine: str, order: str) -> str:
    return _SAME_YEAR[engine].format(order=order)


def _given_within_caps(engine: str) -> str:
    """The line and what was given of the orders of its day, and of its year, under the caps these orders carry."""
    day, year = _SAME_DAY.format(order="o"), _in_year(engine, "o")
    return (
        "NEW.kind <> 'gift' OR NOT EXISTS (SELECT 1 FROM gift_order o WHERE o.uid = NEW.uid"
        f" AND (NEW.amount + {_GIVEN.format(when=day)} > {_LARGEST.format(cap='cap_min', when=day)}"
        f" OR NEW.amount + {_GIVEN.format(when=year)} > {_LARGEST.format(cap='year_cap_min', when=year)}))"
    )


GIFT_GUARDS = (
    Guard(
        "gift_order_next", "gift_order", "INSERT",
        "NEW.nr = 1 + COALESCE((SELECT max(g.nr) FROM gift_order g"
        " WHERE g.giver_account_id = NEW.giver_account_id), 0)",
        "gifts from a passbook are numbered without a gap",
    ),
    Guard(
        "gift_order_within_cap", "gift_order", "INSERT",
        f"NEW.cap_min = {_RULE.format(key='gift_cap_min_per_day')}"
        f" AND NEW.amount + {_DECIDED.format(when=_SAME_DAY.format(order='NEW'))} <= NEW.cap_min",
        "no more is given in a day than the rules allow where the giver lives",
    ),
    *(
        Guard(
            "gift_order_within_year", "gift_order", "INSERT",
            f"NEW.year_cap_min = {_RULE.format(key='gift_cap_min_per_year')}"
            f" AND NEW.amount + {_DECIDED.format(when=_in_year(engine, 'NEW'))} <= NEW.year_cap_min",
            "no more is given in a year than the rules allow where the giver lives",
            (engine,),
        )
        for engine in _SAME_YEAR
    ),
    *(
        Guard(
            "gift_order_of_its_day", "gift_order", "INSERT",
            _HOME.format(day=day),
            "a gift counts for the day on which it is decided, where the giver lives",
            (engine,),
        )
        for engine, day in _DAY.items()
    ),
    *(
        Guard(
            "transfer_gift_within_caps", "transfer", "INSERT",
            _given_within_caps(engine),
            "no more is given than the caps that its order carries",
            (engine,),
        )
        for engine in _SAME_YEAR
    ),
    Guard(
        "transfer_gift_not_on_credit", "transfer", "INSERT",
        "NEW.kind <> 'gift' OR EXISTS (SELECT 1 FROM account a WHERE a.id = NEW.debit_account_id"
        " AND a.posted - a.held >= NEW.amount)",
        "nobody gives what is not there, or what orders hold",
    ),
    Guard(
        "gift_order_shape", "gift_order", "INSERT",
        "typeof(NEW.amount) = 'integer' AND NEW.amount > 0 AND typeof(NEW.nr) = 'integer'"
        " AND typeof(NEW.cap_min) = 'integer' AND typeof(NEW.year_cap_min) = 'integer'"
        f" AND {IS_INSTANT.format(column='NEW.asked_at')} AND {IS_INSTANT.format(column='NEW.ripe_at')}",
        "what is given is a whole number above zero, and times are instants in UTC",
        ("sqlite",),
    ),
)  # fmt: skip
