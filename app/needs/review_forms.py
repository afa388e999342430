"""What the coordinator posts about an order that waits for her look."""

from collections.abc import Mapping

from flask_babel import gettext as _

from app import clock
from app.errors import Invalid
from app.needs.models import Need
from app.web.filters import clock as clock_words

Words = Mapping[str, str]


def turned(words: Words) -> tuple[str, int | None]:
    """The item that a wish becomes, and its length where one was given."""
    errors: dict[str, str] = {}
    if not words.get("item"):
        errors["item"] = _("Choose what it becomes.")
    minutes = words.get("minutes", "").strip()
    if minutes and not (minutes.isdecimal() and 0 < int(minutes[:5]) < clock.MINUTES_PER_DAY):
        errors["minutes"] = _("Write the length in whole minutes, like 60.")
    if errors:
        raise Invalid(errors)
    return words["item"], int(minutes) if minutes else None


def offered(words: Words, need: Need) -> tuple[str, int]:
    """To whom a wish is offered, and when she would come."""
    errors: dict[str, str] = {}
    if not words.get("volunteer"):
        errors["volunteer"] = _("Choose whom to ask.")
    start = _minute(words.get("start", ""))
    if start is None or not need.earliest_start_min <= start <= need.latest_start_min:
        errors["start"] = _(
            "Write a time between %(first)s and %(last)s, as the elder wished.",
            first=clock_words(need.earliest_start_min), last=clock_words(need.latest_start_min),
        )  # fmt: skip
    if errors or start is None:
        raise Invalid(errors)
    return words["volunteer"], start


def _minute(text: str) -> int | None:
    hours, _colon, rest = text.strip().replace("：", ":").partition(":")
    if not (hours.isdecimal() and rest.isdecimal() and len(hours) <= 2 and len(rest) == 2):
        return None
    minute = 60 * int(hours) + int(rest)
    return minute if int(rest) < 60 and minute < clock.MINUTES_PER_DAY else None
