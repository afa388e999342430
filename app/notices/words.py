"""A message in words: its text in the reader's language, with the places filled as people say such things."""

from datetime import date, datetime
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from app.db import session
from app.menu.models import MenuItem
from app.notices.models import Notice
from app.notices.texts import TEXTS
from app.org.models import OrgUnit
from app.people.models import Person
from app.web import filters

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
ZONE = "Asia/Shanghai"  # of a bare phone number, whose home is not known


class Filled(dict[str, Any]):
    """The places of a text; one that was forgotten (a code, once it was sent) reads as dots."""

    def __missing__(self, name: str) -> str:
        return "…"


def in_words(notice: Notice, *, zone: str = ZONE) -> str:
    """The message in the language of the present request.

    By its name a place is worded as: `day` (ISO date) a day with its weekday; `at` and `..._at` (ISO instant) day and
    time in `zone`; `..._min` (minutes since midnight) a time of day; `minutes` a length of service; `item` (code of the
    menu) its name; `phone` grouped digits. Everything else stays as it is.
    """
    filled = {name: _place(name, value, zone) for name, value in notice.data.items()}
    return str(TEXTS[notice.kind]) % Filled(filled)


def for_its_reader(notice: Notice) -> tuple[str, str]:
    """(language, text) as the person reads it who gets the message: outside of a request."""
    reader = _reader(notice)
    language = reader.language if reader is not None and reader.language in LOCALES else "zh"
    with force_locale(LOCALES[language]):
        return language, in_words(notice, zone=zone_of(reader))


def zone_of(person: Person | None) -> str:
    """The time zone at a person's home."""
    if person is None:
        return ZONE
    return session.scalar(select(OrgUnit.zone).where(OrgUnit.code == person.unit_code)) or ZONE


def _reader(notice: Notice) -> Person | None:
    """Who reads it; for a message to a bare number, somebody known by that number."""
    if notice.person_id is not None:
        return session.get(Person, notice.person_id)
    return session.scalars(select(Person).where(Person.phone == notice.phone).order_by(Person.id).limit(1)).first()


def _place(name: str, value: Any, zone: str) -> Any:
    if name == "day" or name.endswith("_day"):
        return filters.day(date.fromisoformat(str(value)))
    if name == "at" or name.endswith("_at"):
        return filters.day_time(datetime.fromisoformat(str(value)), zone)
    if name.endswith("_min"):
        return filters.clock(int(value))
    if name == "minutes":
        return filters.minutes(int(value))
    if name == "item":
        item = session.get(MenuItem, str(value))
        return filters.item_name(item) if item is not None else str(value)
    return filters.phone(str(value)) if name == "phone" else value
