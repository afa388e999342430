"""What is posted on the pages of records and certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from app.people.phones import e164
from app.records.granting import Grant
from app.records.issuing import Period
from app.records.models import EntryKind

Posted = Mapping[str, str]
Errors = dict[str, str]
MOST_HOURS = 100  # of one grant or training: more than two weeks of work is a slip of the pen
LONGEST_REASON = 300
EARLIEST = date(2000, 1, 1)


class Fields:
    """The posted words, read one by one; what cannot be read is noted under the field's name."""

    def __init__(self, posted: Posted) -> None:
        self.posted = posted
        self.errors: Errors = {}

    def text(self, name: str, longest: int, missing: str = "") -> str:
        """A line of words; `missing` is said where it must not be empty."""
        value = " ".join(self.posted.get(name, "").split())
        if not value and missing:
            self.errors[name] = missing
        if len(value) > longest:
            self.errors[name] = _("This is longer than %(longest)s characters.", longest=longest)
        return value

    def day(self, name: str, missing: str = "") -> date | None:
        """A day as the browser posts it."""
        said = self.posted.get(name, "").strip()
        if not said:
            if missing:
                self.errors[name] = missing
            return None
        try:
            value = date.fromisoformat(said)
        except ValueError:
            value = date.min
        if not EARLIEST <= value <= date(2100, 1, 1):
            self.errors[name] = _("Please give a day like 2026-06-16.")
            return None
        return value

    def minutes(self, hours: str, minutes: str, missing: str = "") -> int:
        """A length of time in two fields, hours and minutes."""
        whole, rest = (self.posted.get(name, "").strip() or "0" for name in (hours, minutes))
        fine = all(word.isascii() and word.isdigit() and len(word) <= 5 for word in (whole, rest)) and int(rest) < 60
        value = 60 * int(whole) + int(rest) if fine else 0
        if not fine:
            self.errors[hours] = _("Please give whole hours, and minutes from 0 to 59.")
        elif not value and missing:
            self.errors[hours] = missing
        return value


def grant(posted: Posted) -> tuple[Grant | None, Errors]:
    """An entry for somebody's record, and what is wrong by field."""
    fields = Fields(posted)
    kind = posted.get("kind", "")
    if kind not in tuple(EntryKind):
        fields.errors["kind"] = _("Choose one.")
    title = fields.text("title", 120, _("Please say what it was for."))
    giver = fields.text("giver", 120, _("Please say who gave it."))
    place = fields.text("place", 80)
    day = fields.day("day", _("Please say on which day."))
    hours = kind == EntryKind.HONOUR_HOURS
    minutes = fields.minutes("hours", "rest", _("Please say how much time is granted.") if hours else "")
    if minutes > 60 * MOST_HOURS:
        fields.errors["hours"] = _("At most %(most)s hours at a time.", most=MOST_HOURS)
    if fields.errors or day is None:
        return None, fields.errors
    return Grant(EntryKind(kind), title, giver, place, day, 0 if kind == EntryKind.HONOUR else minutes), {}


def reason(posted: Posted) -> tuple[str, Errors]:
    """Why something is withdrawn or revoked: read by whom it concerns."""
    fields = Fields(posted)
    words = fields.text("reason", LONGEST_REASON, _("Say why in a sentence: whoever it concerns reads it."))
    return words, fields.errors


@dataclass(frozen=True)
class IssuerForm:
    """Who answers for the certificates of a unit."""

    name: str
    responsible: str
    handler: str
    phone: str

    @classmethod
    def parse(cls, posted: Posted) -> "tuple[IssuerForm, Errors]":
        """The form, and what is wrong by field."""
        fields = Fields(posted)
        name = fields.text("name", 120, _("Please give the full name of the organisation."))
        responsible = fields.text("responsible", 60, _("Please give the name of the responsible person."))
        handler = fields.text("handler", 60, _("Please give the name of the handling person."))
        said = fields.text("phone", 30, _("Please give the telephone number that answers questions."))
        phone = e164(said) if said else None
        if said and phone is None:
            fields.errors["phone"] = _("This is not a telephone number.")
        return cls(name, responsible, handler, phone or said), fields.errors


ALL = "all"


def period(posted: Posted, *, today: date) -> tuple[Period, Errors]:
    """The time that a certificate is asked for: all of it, one year, the days between two, or one service."""
    if posted.get("visit_id"):
        return Period(visit_id=posted["visit_id"]), {}
    what, fields = posted.get("what", ALL), Fields(posted)
    if what == ALL:
        return Period(), {}
    if what.removeprefix("year-").isdecimal() and len(what) == 9:
        year = int(what.removeprefix("year-"))
        return Period(date(max(year, 1), 1, 1), None if year >= today.year else date(max(year, 1), 12, 31)), {}
    first = fields.day("from_day", _("Please say from which day."))
    last = fields.day("until_day", _("Please say until which day."))
    if first is not None and last is not None and last < first:
        fields.errors["until_day"] = _("The last day must not be before the first.")
    return Period(first, last if last is None or last < today else None), fields.errors


def days(asked: Posted, *, today: date) -> tuple[tuple[date, date] | None, Errors]:
    """Two days of an address, the first not after the last; None where none are named or they cannot be read."""
    if not asked.get("from_day") and not asked.get("until_day"):
        return None, {}
    fields = Fields(asked)
    first = fields.day("from_day", _("Please say from which day."))
    last = fields.day("until_day", _("Please say until which day."))
    if first is not None and last is not None and last < first:
        fields.errors["until_day"] = _("The last day must not be before the first.")
    if fields.errors or first is None or last is None:
        return None, fields.errors
    return (first, min(last, today)) if first <= today else (first, last), {}
