"""A visit as a file for the calendar of a phone (RFC 5545): when and what, and where to look; never the door."""

from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _

from app import clock
from app.visits.queries import Task
from app.web.filters import addressed, item_name


def calendar_of(task: Task, address: str) -> str:
    """One event with an alarm half an hour before."""
    kind = item_name(task.item) if task.item else _("A small wish")
    title = _("%(what)s with %(name)s", what=kind, name=addressed(task.elder))
    begins = task.starts_at
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Lianxin//Visits//EN",
        "BEGIN:VEVENT",
        f"UID:{task.assignment.id}@lianxin",
        f"DTSTAMP:{_stamp(clock.now())}",
        f"DTSTART:{_stamp(begins)}",
        f"DTEND:{_stamp(begins + timedelta(minutes=task.need.duration_min))}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(_('Address and phone are on the page of the task.'))}",
        f"URL:{address}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        "TRIGGER:-PT30M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """Words with the characters escaped that mean something in the format."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        words = words.replace(plain, escaped)
    return words


def _folded(line: str) -> list[str]:
    """The line in pieces of at most 75 bytes, each after the first beginning with a space; no character is cut."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > 74:
            pieces.append(piece)
            piece = " "
        piece += character
    return [*pieces, piece]
