"""What one guard of the database is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """One named guard: before `event` on `table`, `must` holds (SQL on NEW and OLD), or the statement fails."""

    name: str
    table: str
    event: str
    must: str
    says: str
    engines: tuple[str, ...] = ("sqlite", "postgresql")


IS_INSTANT = (
    "{column} GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9]"
    "[0-9][0-9]' AND datetime({column}) IS NOT NULL"
)
"""How SQLite, whose columns take values of any type, tells an instant from another text."""
