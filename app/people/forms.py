"""What is posted on the pages of elders, volunteers and teams."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.errors import Invalid
from app.org.models import OrgUnit
from app.people.models import CATEGORIES, Ability, Duty
from app.people.phones import e164
from app.people.service import ElderEntry

Posted = MultiDict[str, str]
EARLIEST = date(1900, 1, 1)

CATEGORY_WORDS = {
    "alone": _l("lives alone"),
    "empty_nest": _l("no child at home"),
    "left_behind": _l("left behind in the village"),
    "severely_disabled": _l("severely disabled"),
    "special_family": _l("special family-planning family"),
    "minimum_allowance": _l("minimum living allowance"),
    "extreme_poverty": _l("support in extreme poverty"),
}
ABILITY_WORDS = {
    Ability.INTACT: _l("manages everything"),
    Ability.MILD: _l("needs a little help"),
    Ability.MODERATE: _l("needs help every day"),
    Ability.SEVERE: _l("needs much help"),
    Ability.TOTAL: _l("needs help with everything"),
}
DUTY_WORDS = {
    Duty.SUPPORTER: _l("child or other supporter"),
    Duty.GUARDIAN: _l("legal guardian"),
    Duty.GRID_WORKER: _l("grid worker"),
    Duty.COMMUNITY_WORKER: _l("community worker"),
    Duty.CADRE: _l("cadre assigned to her"),
}
NAMED_DUTIES = (Duty.SUPPORTER, Duty.GUARDIAN, Duty.CADRE)  # the others come from the staff of her grid
LANGUAGE_WORDS = {
    "zh": _l("Mandarin"),
    "wuu": _l("Wu"),
    "hsn": _l("Xiang"),
    "gan": _l("Gan"),
    "hak": _l("Hakka"),
    "yue": _l("Cantonese"),
    "nan": _l("Southern Min"),
    "tji": _l("Tujia"),
}


class Fields:
    """The posted words, read one by one; what cannot be read is noted under the field's name."""

    def __init__(self, posted: Posted) -> None:
        self.posted = posted
        self.errors: dict[str, str] = {}

    def text(self, name: str, *, longest: int, missing: str = "") -> str:
        """The words of a field; `missing` is said where it must not be empty."""
        value = " ".join(self.posted.get(name, "").split())
        if not value and missing:
            self.errors[name] = missing
        if len(value) > longest:
            self.errors[name] = _("This is longer than %(longest)s characters.", longest=longest)
        if any(ord(c) < 32 for c in value):
            self.errors[name] = _("This has a character that can't be stored.")
        return value

    def one_of(self, name: str, known: Collection[str], missing: str) -> str:
        """One of the choices on the page."""
        value = self.posted.get(name, "")
        if value not in known:
            self.errors[name] = missing
        return value

    def several_of(self, name: str, known: Collection[str]) -> tuple[str, ...]:
        """The boxes that were ticked."""
        return tuple(value for value in dict.fromkeys(self.posted.getlist(name)) if value in known)

    def day(self, name: str, *, missing: str = "") -> date | None:
        """A date; None where there is none."""
        value = self.posted.get(name, "").strip()
        if not value:
            if missing:
                self.errors[name] = missing
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if day < EARLIEST:
            self.errors[name] = _("This is not a date. Write it like 2026-11-25.")
            return None
        return day

    def phone(self, name: str) -> str:
        """A phone number in E.164; empty where there is none."""
        value = self.posted.get(name, "").strip()
        number = e164(value) if value else ""
        if number is None:
            self.errors[name] = _("This is not a whole phone number. Check the digits; a landline needs its area code.")
        return number or ""

    def done(self) -> None:
        """Raise Invalid when something could not be read."""
        if self.errors:
            raise Invalid(self.errors)


def consent_day(posted: Posted, today: date) -> date:
    """The day on which the elder said yes."""
    fields = Fields(posted)
    day = fields.day("consent_date", missing=_("Enter the day on which she said yes."))
    if day is not None and day > today:
        fields.errors["consent_date"] = _("This day has not come yet.")
    fields.done()
    assert day is not None, "a missing day is an error"
    return day


def elder_entry(posted: Posted, *, homes: Collection[OrgUnit], today: date) -> ElderEntry:
    """An elder as she is written down; `homes` are the grids and communities that may be chosen."""
    fields = Fields(posted)
    consent = fields.day("consent_date", missing=_("Ask the elder first, then enter the day on which she said yes."))
    born = fields.day("birth_date")
    for name, day in (("consent_date", consent), ("birth_date", born)):
        if day is not None and day > today:
            fields.errors[name] = _("This day has not come yet.")
    words: dict[str, Any] = {
        "name": fields.text("name", longest=60, missing=_("Enter the elder's name.")),
        "sex": fields.one_of("sex", ("f", "m"), _("Choose one.")),
        "unit_code": fields.one_of("unit_code", {home.code for home in homes}, _("Choose the grid of her home.")),
        "phone": fields.phone("phone"),
        "address": fields.text("address", longest=200, missing=_("Enter where she lives: building, entrance, door.")),
        "categories": fields.several_of("categories", CATEGORIES),
        "ability": fields.one_of("ability", tuple(Ability), _("Choose one.")),
        "languages": fields.several_of("languages", LANGUAGE_WORDS) + _other_languages(posted),
        "emergency_name": fields.text("emergency_name", longest=60),
        "emergency_phone": fields.phone("emergency_phone"),
        "safe_word": fields.text("safe_word", longest=12),
        "health_note": fields.text("health_note", longest=500),
    }
    fields.done()
    assert consent is not None, "a missing day is an error"
    words["ability"] = Ability(words["ability"])
    return ElderEntry(consent_date=consent, birth_date=born, **words)


def _other_languages(posted: Posted) -> tuple[str, ...]:
    """Languages that came from a file and have no box on the page: kept as they are."""
    return tuple(
        code
        for code in posted.getlist("languages")
        if code not in LANGUAGE_WORDS and len(code) == 3 and code.isascii() and code.islower()
    )


@dataclass(frozen=True)
class Named:
    """One link of the chain of people who answer for an elder."""

    duty: Duty
    name: str
    phone: str


def responsible(posted: Posted) -> Named:
    """Who else answers for the elder."""
    fields = Fields(posted)
    duty = fields.one_of("duty", NAMED_DUTIES, _("Choose one."))
    name = fields.text("responsible_name", longest=60, missing=_("Enter a name."))
    phone = fields.phone("responsible_phone")
    fields.done()
    return Named(Duty(duty), name, phone)


@dataclass(frozen=True)
class Papers:
    """The last valid days of a volunteer's vetting, insurance and training."""

    vetted_until: date | None
    insured_until: date | None
    trained_until: date | None


def papers(posted: Posted) -> Papers:
    """The three last valid days; empty means never."""
    fields = Fields(posted)
    read = Papers(fields.day("vetted_until"), fields.day("insured_until"), fields.day("trained_until"))
    fields.done()
    return read


def last_day(posted: Posted) -> date | None:
    """The last valid day of a credential; empty: does not expire."""
    fields = Fields(posted)
    day = fields.day("valid_until")
    fields.done()
    return day
