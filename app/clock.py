"""The only reader of the wall clock: everyone else asks here, so that a test can stop it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_PER_DAY = 24 * 60


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The civil day in `zone` (an IANA name) at this instant."""
    return day_of(now(), zone)


def day_of(at: datetime, zone: str) -> date:
    """The civil day in `zone` at that instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def minute_of_day(zone: str, at: datetime | None = None) -> int:
    """Whole minutes since midnight in `zone` at this instant, or at the one given."""
    local = (at or now()).astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


def minute_said(hour: str) -> int:
    """The minute since midnight that "17:30" means, as rules say it; 24:00 is 1440."""
    hours, minutes = hour.split(":")
    return 60 * int(hours) + int(minutes)


def instant(day: date, minute: int, zone: str) -> datetime:
    """The UTC instant of `minute` (since midnight, may pass 1440) of civil `day` in `zone`."""
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    return (midnight + timedelta(minutes=minute)).astimezone(UTC)
