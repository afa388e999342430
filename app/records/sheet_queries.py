"""The sheet of service for an employer: the services of some days that count, with their sum."""

from dataclasses import dataclass
from datetime import date

from app.db import session
from app.records.queries import Service, is_counted, services_of, with_details

MOST_LINES = 1_000  # 40 pages of paper


@dataclass(frozen=True)
class Sheet:
    """What counts of the days, oldest first. `left_off` says how many older services found no room."""

    since: date
    until: date
    services: list[Service]
    left_off: int

    @property
    def minutes(self) -> int:
        return sum(service.minutes for service in self.services)


def sheet_of(volunteer_id: str, *, since: date, until: date) -> Sheet:
    """The sheet of a volunteer for these days."""
    query = services_of(volunteer_id, since=since, until=until).where(is_counted())
    visits = session.scalars(query).all()
    shown = with_details(visits[:MOST_LINES])
    return Sheet(since, until, shown[::-1], len(visits) - len(shown))
