"""The words of every message, by kind. Places are filled from the notice's data; no health facts, no door, ever."""

from flask_babel import lazy_gettext as _l

TEXTS = {
    "sign_in_code": _l("Your code is %(code)s. It is good for 15 minutes. Tell nobody."),
    "link_made": _l("The community made a sign-in link for you. If you did not ask for one, call the community."),
    "new_device": _l("Somebody signed in to your account from a new device. If it was not you, call the community."),
}

SECRET = frozenset({"sign_in_code"})  # kinds whose data is forgotten once it is sent
