"""The only reader of the wall clock: everyone else asks here, so that a test can stop it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_PER_DAY = 24 * 60


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The civil day in `zone` (an IANA name) at this instant."""
    return now().astimezone(ZoneInfo(zone)).date()


def minute_of_day(zone: str) -> int:
    """Whole minutes since midnight in `zone` at this instant."""
    local = now().astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


def instant(day: date, minute: int, zone: str) -> datetime:
    """The UTC instant of `minute` (since midnight, may pass 1440) of civil `day` in `zone`."""
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    return (midnight + timedelta(minutes=minute)).astimezone(UTC)
