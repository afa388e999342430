"""What a report is asked for: of which unit, in which measure, on which day. Nonsense keeps what can be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from app.ledger.models import Unit
from app.org.models import OrgUnit


@dataclass(frozen=True)
class Asked:
    """A report's question: `words` is what was typed for the day, kept when it cannot be read."""

    place: OrgUnit
    unit: Unit
    day: date
    words: str

    @classmethod
    def parse(
        cls, args: Mapping[str, str], places: Sequence[OrgUnit], today: date
    ) -> tuple["Asked | None", dict[str, str]]:
        """(the question, {field: message}); None for a unit that is not among `places`."""
        code = args.get("unit") or places[0].code
        place = next((each for each in places if each.code == code), None)
        if place is None:
            return None, {}
        measure = Unit.POINT if args.get("measure") == Unit.POINT else Unit.MINUTE
        words = args.get("day", "").strip()[:20]
        day, error = day_of(words, today)
        return cls(place, measure, day, words or day.isoformat()), {"day": error} if error else {}

    @property
    def args(self) -> dict[str, str]:
        """The question as words of an address."""
        return {"unit": self.place.code, "measure": self.unit.value, "day": self.day.isoformat()}


def day_of(words: str, today: date) -> tuple[date, str]:
    """(the day, why it cannot be that): today where nothing is said, or where what is said is no day of the past."""
    if not words:
        return today, ""
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return today, _("This is not a day. Write it like 2026-11-25.")
    if day > today:
        return today, _("This day has not come yet. Choose today or a day before.")
    return (day, "") if day.year >= 1990 else (today, _("There was no time bank then. Choose a later day."))


LIMITS = {"months": (3, 36), "growth_pct": (-50, 50), "spent_pct": (0, 100)}


@dataclass(frozen=True)
class AssumptionsForm:
    """What the reader assumes of the time to come; None: as measured, or as the rule pack says."""

    months: int | None = None
    growth_pct: int | None = None
    spent_pct: int | None = None


    @classmethod
    def parse(cls, args: Mapping[str, str]) -> tuple["AssumptionsForm", dict[str, str], dict[str, str]]:
        """(what could be read, {field: message}, the words as they were typed)."""
        found, errors = {}, {}
        for key, (least, most) in LIMITS.items():
            found[key], error = whole(args, key, least, most)
            if error:
                errors[key] = error
        return cls(**found), errors, {key: args.get(key, "")[:10] for key in LIMITS}


def whole(args: Mapping[str, str], key: str, least: int, most: int) -> tuple[int | None, str]:
    """(a whole number within its limits or None where nothing was typed, why not)."""
    words = args.get(key, "").strip().replace("\N{MINUS SIGN}", "-")[:10]
    if not words:
        return None, ""
    try:
        number = int(words)
    except ValueError:
        return None, _("Write a whole number.")
    if not least <= number <= most:
        return None, _("Write a number from %(least)s to %(most)s.", least=least, most=most)
    return number, ""
