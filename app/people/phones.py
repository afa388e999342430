"""Phone numbers as people write them, in the one form in which they are stored."""

import phonenumbers
from flask_babel import gettext as _
from phonenumbers import ValidationResult

from app.errors import Invalid

CHINA = 86
MOBILE_DIGITS = 11


def e164(text: str) -> str | None:
    """The number in E.164 ("+8613812345678"), read as dialled in China; None when it cannot be a whole number.

    Only the length is judged: new number ranges appear faster than any table of them. In China a mobile number has 11
    digits, and a landline with its area code 10 or 11.
    """
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    if number.country_code == CHINA and not _is_whole(str(number.national_number)):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_whole(digits: str) -> bool:
    """Whether a Chinese number is complete: 138 1234 5678, 10 6555 1234 (Beijing), 717 655 1234."""
    is_mobile = digits.startswith("1") and not digits.startswith("10")
    return len(digits) == MOBILE_DIGITS if is_mobile else len(digits) in (MOBILE_DIGITS - 1, MOBILE_DIGITS)


def phone_field(text: str, *, name: str = "phone") -> str:
    """The number typed into the field `name`; Invalid with a sentence when it cannot be read."""
    if not text.strip():
        raise Invalid({name: _("Enter a phone number, for example 138 1234 5678.")})
    number = e164(text)
    if number is None:
        raise Invalid({name: _("This is not a whole phone number. Check the digits; a landline needs its area code.")})
    return number
