"""Posted words of the desk's pages about accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _

from app.web.reasons import reason_errors, reason_of

MOST_MINUTES = 6_000
MOST_PRICE = 100_000
LONGEST_NAME = 60


def words_of(posted: Mapping[str, str], name: str) -> str:
    """One posted line, its spaces tidied."""
    return " ".join(posted.get(name, "").split())


def _nonce(posted: Mapping[str, str]) -> str:
    """The name that the page gave this act, so that the button pressed twice acts once."""
    word = posted.get("nonce", "")
    return word if word.isalnum() and len(word) == 24 else token_hex(12)


def _whole(word: str, most: int) -> int | None:
    return int(word) if word.isdecimal() and len(word) < 9 and 1 <= int(word) <= most else None


@dataclass(frozen=True)
class ReasonForm:
    """Why something is done: read by whoever it concerns."""

    reason: str = ""

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[ReasonForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(reason_of(posted))
        return form, reason_errors(form.reason)


@dataclass(frozen=True)
class AdjustForm:
    """A correction of a balance: which way, how much, why."""

    way: str = ""
    amount: str = ""
    reason: str = ""
    nonce: str = field(default_factory=lambda: token_hex(12))

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[AdjustForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(posted.get("way", ""), words_of(posted, "amount"), reason_of(posted), _nonce(posted))
        errors = {} if form.way in ("in", "out") else {"way": _("Choose one of the two.")}
        if _whole(form.amount, MOST_MINUTES) is None:
            errors["amount"] = _("Give a whole number between 1 and %(most)s.", most=MOST_MINUTES)
        return form, errors | reason_errors(form.reason)


@dataclass(frozen=True)
class SettleForm:
    """Where the balance of somebody who left goes, and why."""

    to: str = ""
    reason: str = ""
    nonce: str = field(default_factory=lambda: token_hex(12))

    @classmethod
    def parse(cls, posted: Mapping[str, str], keys: list[str]) -> "tuple[SettleForm, dict[str, str]]":
        """The form, and what is wrong by field; `keys` are the ways that the rules leave open."""
        form = cls(posted.get("to", ""), reason_of(posted), _nonce(posted))
        errors = {} if form.to in keys else {"to": _("Choose where it goes.")}
        return form, errors | reason_errors(form.reason)


@dataclass(frozen=True)
class GiveForm:
    """What a team gives to a fund."""

    to: str = ""
    amount: str = ""
    nonce: str = field(default_factory=lambda: token_hex(12))

    @classmethod
    def parse(cls, posted: Mapping[str, str], keys: list[str]) -> "tuple[GiveForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(posted.get("to", ""), words_of(posted, "amount"), _nonce(posted))
        errors = {} if form.to in keys else {"to": _("Choose where it goes.")}
        if _whole(form.amount, 10**8) is None:
            errors["amount"] = _("Give a whole number of minutes above zero.")
        return form, errors


@dataclass(frozen=True)
class FundForm:
    """New minutes or points of the year's budget: for which fund, how much, why."""

    to: str = ""
    amount: str = ""
    reason: str = ""
    nonce: str = field(default_factory=lambda: token_hex(12))

    @classmethod
    def parse(cls, posted: Mapping[str, str], keys: list[str]) -> "tuple[FundForm, dict[str, str]]":
        """The form, and what is wrong by field. Minutes are asked for in whole hours."""
        form = cls(posted.get("to", ""), words_of(posted, "amount"), reason_of(posted), _nonce(posted))
        errors = {} if form.to in keys else {"to": _("Choose where it goes.")}
        most = 50_000 if form.to.endswith("point") else 2_000
        if _whole(form.amount, most) is None:
            errors["amount"] = _("Give a whole number between 1 and %(most)s.", most=most)
        return form, errors | reason_errors(form.reason)


@dataclass(frozen=True)
class ShopForm:
    """A new shop: its name, and where it is."""

    name: str = ""
    where: str = ""

    @classmethod
    def parse(cls, posted: Mapping[str, str]) -> "tuple[ShopForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(words_of(posted, "name"), words_of(posted, "where"))
        return form, _too_long(form.name, "name", LONGEST_NAME) | _too_long(form.where, "where", 200)


@dataclass(frozen=True)
class OfferForm:
    """One thing of a shop and what it takes."""

    name: str = ""
    unit: str = ""
    price: str = ""

    @classmethod
    def parse(cls, posted: Mapping[str, str], units: list[str]) -> "tuple[OfferForm, dict[str, str]]":
        """The form, and what is wrong by field; `units` are those that the rules let people redeem."""
        form = cls(words_of(posted, "name"), posted.get("unit", ""), words_of(posted, "price"))
        errors = _too_long(form.name, "name", LONGEST_NAME)
        if form.unit not in units:
            errors["unit"] = _("Choose one of the two.")
        if _whole(form.price, MOST_PRICE) is None:
            errors["price"] = _("Give a whole number between 1 and %(most)s.", most=MOST_PRICE)
        return form, errors


@dataclass(frozen=True)
class CharityForm:
    """A new fund with a purpose: its name, who gives, and what it may pay for (nothing chosen: anything)."""

    name: str = ""
    donor: str = ""
    purpose: str = ""
    item_codes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @classmethod
    def parse(cls, posted: Any, items: list[str], categories: list[str]) -> "tuple[CharityForm, dict[str, str]]":
        """The form, and what is wrong by field."""
        form = cls(
            words_of(posted, "name"), words_of(posted, "donor"), words_of(posted, "purpose"),
            tuple(code for code in posted.getlist("items") if code in items),
            tuple(word for word in posted.getlist("categories") if word in categories),
        )  # fmt: skip
        errors = _too_long(form.name, "name", LONGEST_NAME) | _too_long(form.donor, "donor", LONGEST_NAME)
        return form, errors | _too_long(form.purpose, "purpose", 200)


def _too_long(words: str, name: str, most: int) -> dict[str, str]:
    if not words:
        return {name: _("Please write this down.")}
    if len(words) > most:
        return {name: _("This is too long: keep it under %(longest)s characters.", longest=most)}
    return {}
