"""What is posted about orders, read into an OrderEntry, or {field: sentence} with the words kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import clock
from app.errors import Invalid
from app.menu.models import MenuItem
from app.needs.entries import OrderEntry
from app.needs.parts import PART_WORDS
from app.needs.slots import ANY, AT, When, window_of

LONGEST_KEY = 64
CALLERS = {"elder": _l("she herself"), "family": _l("somebody of the family")}
Words = Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """A readable day and time, and the window of starts that it means."""

    when: When
    window: tuple[int, int]


def choice(words: Words, item: MenuItem | None, unit_code: str) -> Choice:
    """The day and the time that were chosen: `day` as a date, `part` (a part of the day, "any", or "at" with `at` as
    HH:MM). Invalid names what can't be read; whether the day is past is the service's question."""
    errors: dict[str, str] = {}
    day = _day(words.get("day", ""), errors)
    part, at_min = words.get("part", ""), None
    if part == AT:
        at_min = _clock(words.get("at", ""), errors)
    elif part not in (ANY, *PART_WORDS):
        errors["part"] = _("Choose a time of the day.")
    if errors or day is None:
        raise Invalid(errors)
    when = When(day, part, at_min)
    window = window_of(when, item, unit_code)
    if window is None:
        raise Invalid({"part": _("This help is not offered at that time of the day. Choose another.")})
    return Choice(when, window)


def order_entry(words: Words, elder_id: str, item: MenuItem | None, unit_code: str) -> OrderEntry:
    """The order that a page sent. Invalid names every field that can't be read."""
    chosen = choice(words, item, unit_code)
    caller = words.get("caller", "")
    return OrderEntry(
        elder_id=elder_id, item_code=item.code if item is not None else None, day=chosen.when.day,
        earliest_start_min=chosen.window[0], latest_start_min=chosen.window[1],
        wish_text=text(words, "wish") if item is None else "", note=text(words, "note"),
        same_sex=words.get("same_sex") == "1", regular_id=words.get("regular") or None,
        weekly=words.get("weekly") == "1" and item is not None, caller=caller if caller in CALLERS else "",
        idempotency_key=words.get("key", "")[:LONGEST_KEY] or None,
    )  # fmt: skip


def text(words: Words, name: str) -> str:
    """Free words, trimmed line by line; control characters, which no person types, are dropped."""
    lines = words.get(name, "").replace("\r\n", "\n").split("\n")
    kept = ("".join(c for c in line if c.isprintable()).strip() for line in lines)
    return "\n".join(kept).strip()


def _day(word: str, errors: dict[str, str]) -> date | None:
    if not word:
        errors["day"] = _("Choose a day.")
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        errors["day"] = _("This is not a day. Choose one from the list.")
        return None


def _clock(word: str, errors: dict[str, str]) -> int | None:
    """Minutes since midnight of "9:30" or "09:30"."""
    hours, colon, minutes = word.strip().replace("：", ":").partition(":")
    readable = colon and hours.isdecimal() and minutes.isdecimal() and len(hours) <= 2 and len(minutes) == 2
    value = 60 * int(hours) + int(minutes) if readable and int(minutes) < 60 else clock.MINUTES_PER_DAY
    if value >= clock.MINUTES_PER_DAY:
        errors["at"] = _("Choose the hour.")
        return None
    return value
