"""Posted words of the desk's ledger pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

LONGEST_REASON = 200
MOST_HOURS = 2000


@dataclass(frozen=True)
class ReasonForm:
    """Why something is corrected or given: read by whoever it concerns."""

    reason: str = ""

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[ReasonForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(" ".join(posted.get("reason", "").split()))
        return form, _reason_errors(form.reason)


@dataclass(frozen=True)
class SeedForm:
    """New minutes for the community fund, asked for in whole hours."""

    hours: str = ""
    reason: str = ""

    @property
    def minutes(self) -> int:
        return 60 * int(self.hours)

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[SeedForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(posted.get("hours", "").strip(), " ".join(posted.get("reason", "").split()))
        errors = _reason_errors(form.reason)
        if not form.hours.isdecimal() or not 1 <= int(form.hours) <= MOST_HOURS:
            errors = {"hours": _("Give whole hours between 1 and %(most)s.", most=MOST_HOURS)} | errors
        return form, errors


def _reason_errors(reason: str) -> dict[str, str]:
    if not reason:
        return {"reason": _("Say why in a sentence: whoever it concerns reads it.")}
    if len(reason) > LONGEST_REASON:
        return {"reason": _("This is too long: keep it under %(longest)s characters.", longest=LONGEST_REASON)}
    return {}
