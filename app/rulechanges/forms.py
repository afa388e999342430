"""What is posted about rules: typed values, a day, a reason."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.errors import Invalid
from app.rulechanges.wording import meant
from app.rulepacks.keys import KEYS
from app.rulepacks.kinds import BadValue

Words = Mapping[str, str]


def typed_value(key: str, words: Words) -> Any:
    """The new value of a rule as it was typed; null for `as above`. Invalid with the reason under the field."""
    if words.get("above"):
        return None
    try:
        return KEYS[key].kind.read(meant(key, words.get("value", "")))
    except BadValue as wrong:
        raise Invalid({"value": wrong.sentence()}) from None


def start_day(words: Words) -> date:
    """The day from which the change is to hold."""
    try:
        return date.fromisoformat(words.get("starts_on", "").strip())
    except ValueError:
        raise Invalid({"starts_on": _("Please give the day as year, month and day, like 2026-12-01.")}) from None
