"""Posted words of a member's pages: how much, to whom, which act, and why a line is not right."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex

from flask_babel import gettext as _

from app.access.actor import Actor
from app.people.models import Role

LONGEST_WORDS = 300
MOST_MINUTES = 6_000  # more than any rule lets one give: a slip of the finger
UID = re.compile(r"[a-z]+:[0-9a-f]{16}")


def new_uid(kind: str) -> str:
    """A fresh name for an act, which the form carries so that sending it twice does it once."""
    return f"{kind}:{token_hex(8)}"


def posted_uid(posted: Mapping[str, str], kind: str) -> str:
    """The name that the form carried; a fresh one where it is missing or could be another act's."""
    uid = posted.get("uid", "")
    return uid if UID.fullmatch(uid) and uid.startswith(f"{kind}:") else new_uid(kind)


def look_of(actor: Actor) -> str:
    """The workspace whose navigation stands around a member's own pages."""
    for role, look in ((Role.ELDER, "elder"), (Role.VOLUNTEER, "volunteer")):
        if role in actor.roles:
            return look
    return "relative"


def passbook_of(actor: Actor) -> str:
    """Where the actor's own passbook is."""
    return "/v/ledger" if look_of(actor) == "volunteer" else "/me/ledger"


@dataclass(frozen=True)
class GivingForm:
    """So many minutes, to somebody (or, without `to`, to the community fund)."""

    minutes_typed: str = ""
    to: str = ""
    uid: str = ""

    @property
    def minutes(self) -> int:
        return int(self.minutes_typed)

    @classmethod
    def parse(cls, posted: Mapping[str, str], kind: str, *, asks_whom: bool) -> "tuple[GivingForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(posted.get("minutes", "").strip(), posted.get("to", "").strip(), posted_uid(posted, kind))
        errors = {}
        if asks_whom and not form.to:
            errors["to"] = _("Say to whom.")
        typed = form.minutes_typed
        if not (typed.isascii() and typed.isdecimal() and len(typed) < 9 and 1 <= int(typed) <= MOST_MINUTES):
            errors["minutes"] = _("Give whole minutes between 1 and %(most)s.", most=MOST_MINUTES)
        return form, errors


@dataclass(frozen=True)
class WordsForm:
    """A few sentences that somebody will read and answer to, or the answer."""

    words: str = ""
    corrected: bool = False

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[WordsForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(" ".join(posted.get("words", "").split()), posted.get("outcome") == "corrected")
        if not form.words:
            return form, {"words": _("Please say it in a sentence.")}
        if len(form.words) > LONGEST_WORDS:
            return form, {"words": _("This is too long: keep it under %(longest)s characters.", longest=LONGEST_WORDS)}
        return form, {}
