"""What is posted on the way in, and about the roles of staff."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask_babel import gettext as _

from app.errors import Invalid
from app.people.models import Role
from app.people.phones import phone_field
from app.signin.rights import GIVEN, StaffEntry

LONGEST_NAME = 60


def safe_next(word: str) -> str:
    """The path of this site to go on to after signing in; "" for anything that leads elsewhere."""
    if not word.startswith("/") or word.startswith("//") or "\\" in word or not word.isprintable():
        return ""
    parts = urlsplit(word)
    return "" if parts.scheme or parts.netloc else word


def staff_entry(posted: Mapping[str, str]) -> StaffEntry:
    """A new member of staff; Invalid names every field that cannot be read."""
    errors: dict[str, str] = {}
    name, sex, phone = " ".join(posted.get("name", "").split()), posted.get("sex", ""), ""
    if not any(c.isalpha() for c in name) or len(name) > LONGEST_NAME:
        errors["name"] = _("Enter the name.")
    if sex not in ("f", "m"):
        errors["sex"] = _("Choose woman or man.")
    try:
        phone = phone_field(posted.get("phone", ""))
    except Invalid as error:
        errors.update(error.fields)
    try:
        role, unit_code = role_and_unit(posted)
    except Invalid as error:
        raise Invalid({**errors, **error.fields}) from None
    if errors:
        raise Invalid(errors)
    return StaffEntry(name=name, sex=sex, phone=phone, role=role, unit_code=unit_code)


def role_and_unit(posted: Mapping[str, str]) -> tuple[Role, str]:
    """A role of staff and where it holds."""
    errors: dict[str, str] = {}
    role, unit_code = posted.get("role", ""), posted.get("unit_code", "").strip()
    if role not in GIVEN:
        errors["role"] = _("Choose a role.")
    if not unit_code:
        errors["unit_code"] = _("Choose where the role holds.")
    if errors:
        raise Invalid(errors)
    return Role(role), unit_code
