"""What is posted about a family member."""

from collections.abc import Mapping

from flask_babel import gettext as _

from app.errors import Invalid
from app.people.models import Relation
from app.people.phones import phone_field
from app.people.relatives import DoorEntry, RelativeEntry

LONGEST_NAME = 60


def relative_entry(posted: Mapping[str, str], *, agreed_needed: bool = False) -> RelativeEntry:
    """A family member as she is to be written down; Invalid names every field that cannot be read."""
    errors: dict[str, str] = {}
    name = name_field(posted, errors)
    sex = sex_field(posted, errors)
    phone = _phone(posted, errors)
    chosen = relation_field(posted, errors)
    if agreed_needed and posted.get("agreed") != "1":
        errors["agreed"] = _("Ask the elder first, and tick this when the answer was yes.")
    if errors or chosen is None:
        raise Invalid(errors)
    return RelativeEntry(name=name, sex=sex, phone=phone, relation=chosen)


def door_entry(posted: Mapping[str, str]) -> DoorEntry:
    """A family member without the card, and whom she means."""
    errors: dict[str, str] = {}
    name, elder = name_field(posted, errors), name_field(posted, errors, field="elder")
    phone = _phone(posted, errors)
    if errors:
        raise Invalid(errors)
    return DoorEntry(name=name, phone=phone, elder=elder)


def name_field(posted: Mapping[str, str], errors: dict[str, str], *, field: str = "name") -> str:
    """A whole name; what is wrong with it is put into `errors`."""
    name = " ".join(posted.get(field, "").split())
    if not name:
        errors[field] = _("Enter the name.")
    elif len(name) > LONGEST_NAME:
        errors[field] = _("Use at most %(count)s characters.", count=LONGEST_NAME)
    elif not any(c.isalpha() for c in name):
        errors[field] = _("Enter the name in letters or characters.")
    return name


def sex_field(posted: Mapping[str, str], errors: dict[str, str]) -> str:
    """f or m: an elder may ask for a visitor of her own sex, and people are addressed by it."""
    sex = posted.get("sex", "")
    if sex not in ("f", "m"):
        errors["sex"] = _("Choose woman or man.")
    return sex


def relation_field(posted: Mapping[str, str], errors: dict[str, str]) -> Relation | None:
    """What the family member is to the elder."""
    word = posted.get("relation", "")
    if word not in set(Relation):
        errors["relation"] = _("Choose how you belong together.")
        return None
    return Relation(word)


def card_field(posted: Mapping[str, str], errors: dict[str, str]) -> str:
    """The code of a card as it was typed or pasted."""
    card = posted.get("card", "").strip()
    if not card:
        errors["card"] = _("Enter the code on the elder's card, or scan its square code with WeChat.")
    return card[:300]


def _phone(posted: Mapping[str, str], errors: dict[str, str]) -> str:
    try:
        return phone_field(posted.get("phone", ""))
    except Invalid as error:
        errors.update(error.fields)
        return ""
