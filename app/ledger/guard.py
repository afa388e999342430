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
