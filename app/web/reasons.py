"""The reason that a page asks for: one sentence that whoever it concerns will read."""

from collections.abc import Mapping

from flask_babel import gettext as _

LONGEST_REASON = 200


def reason_of(posted: Mapping[str, str]) -> str:
    """The posted reason, its spaces tidied."""
    return " ".join(posted.get("reason", "").split())


def reason_errors(reason: str) -> dict[str, str]:
    """What is wrong with a reason, by field."""
    if not reason:
        return {"reason": _("Say why in a sentence: whoever it concerns reads it.")}
    if len(reason) > LONGEST_REASON:
        return {"reason": _("This is too long: keep it under %(longest)s characters.", longest=LONGEST_REASON)}
    return {}
