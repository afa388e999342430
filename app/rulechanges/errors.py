"""What a well-meaning person can run into when rules change."""

from flask_babel import lazy_gettext as _l

from app.errors import DomainError


class OwnProposal(DomainError):
    text = _l("You proposed this change yourself. A colleague must look at it and decide.")


class NotYours(DomainError):
    text = _l("Only the person who proposed this change can take it back.")


class AlreadyDecided(DomainError):
    text = _l("This change has already been decided. Nothing was changed by this click.")


class StartIsPast(DomainError):
    text = _l("The start day of this change is here or past, and a rule never begins backwards. Propose it anew.")


class NotHere(DomainError):
    status = 403
    text = _l("Only people who work for all of %(unit)s can decide about its rules.")
