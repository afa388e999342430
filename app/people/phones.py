"""Phone numbers as people write them, in the one form in which they are stored."""

import phonenumbers
from flask_babel import gettext as _
from phonenumbers import ValidationResult

from app.errors import Invalid


def e164(text: str) -> str | None:
    """The number in E.164 ("+8613812345678"), read as dialled in China; None when it cannot be a whole number.

    Only the length is judged: new number ranges appear faster than any table of them.
    """
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_field(text: str, *, name: str = "phone") -> str:
    """The number typed into the field `name`; Invalid with a sentence when it cannot be read."""
    if not text.strip():
        raise Invalid({name: _("Enter a phone number, for example 138 1234 5678.")})
    number = e164(text)
    if number is None:
        raise Invalid({name: _("This is not a whole phone number. Check the digits; a landline needs its area code.")})
    return number
