"""What volunteers and the desk post about visits, read into values or into {field: sentence}."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

LONGEST_WORDS = 1000
LATE_CHOICES = (10, 20, 30)  # minutes
FINE, UNWELL, UNSAFE = "fine", "unwell", "unsafe"
Errors = dict[str, str]


@dataclass(frozen=True)
class OutForm:
    """The check-out page: how it was, a few words, and (when she forgot) when she left, minutes since midnight."""

    how: str = FINE
    words: str = ""
    left_min: int | None = None
    card: str | None = None

    @classmethod
    def parse(cls, posted: Mapping[str, str], *, must_say_when: bool) -> "tuple[OutForm, Errors]":
        """The form and what is wrong with it."""
        errors: Errors = {}
        how = posted.get("how", FINE)
        if how not in (FINE, UNWELL, UNSAFE):
            errors["how"] = _("Please choose one of the answers.")
        said = posted.get("left_at", "").strip()
        left_min = minutes_of(said)
        if must_say_when and left_min is None:
            errors["left_at"] = _("Please say when you left, like 10:45.")
        form = cls(how=how, words=words_of(posted, "words", errors), left_min=left_min, card=posted.get("card") or None)
        return form, errors


@dataclass(frozen=True)
class LateEntryForm:
    """A visit written down afterwards: from when to when, and why it was not entered at the door."""

    visit_id: str
    began_min: int
    ended_min: int
    words: str

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[LateEntryForm, Errors]":
        """The form and what is wrong with it."""
        errors: Errors = {}
        began, ended = minutes_of(posted.get("began", "")), minutes_of(posted.get("ended", ""))
        if not posted.get("visit"):
            errors["visit"] = _("Please choose the visit.")
        if began is None:
            errors["began"] = _("Please say when the visit began, like 9:30.")
        if ended is None:
            errors["ended"] = _("Please say when the visit ended, like 10:10.")
        elif began is not None and ended <= began:
            errors["ended"] = _("The end must be later than the beginning.")
        words = words_of(posted, "words", errors)
        if not words:
            errors["words"] = _("Please say in a few words why it was not entered at the door.")
        return cls(posted.get("visit", ""), began or 0, ended or 0, words), errors


def words_of(posted: Mapping[str, str], name: str, errors: Errors) -> str:
    """A free text, trimmed; too long a one is an error and stays as it is."""
    words = posted.get(name, "").strip()
    if len(words) > LONGEST_WORDS:
        now = len(words)
        errors[name] = _("Please use at most %(most)s characters; these are %(now)s.", most=LONGEST_WORDS, now=now)
    return words


def minutes_of(text: str) -> int | None:
    """Minutes since midnight of "9:30", "09:30" or "0930"; None for anything else."""
    plain = text.strip().replace("：", ":").replace(".", ":")
    hours, colon, rest = plain.partition(":")
    if not colon and plain.isascii() and plain.isdigit() and len(plain) in (3, 4):
        hours, rest = plain[:-2], plain[-2:]
    elif not colon:
        return None
    if not (hours.isascii() and hours.isdigit() and rest.isascii() and rest.isdigit() and len(rest) == 2):
        return None
    hour, minute = int(hours), int(rest)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def whole_number(text: str) -> int | None:
    """A whole number from 0 on, or None."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 5 else None
