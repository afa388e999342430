"""What a member can run into when she decides about her time."""

from flask_babel import lazy_gettext as _l

from app.errors import DomainError


class NotFamily(DomainError):
    text = _l("You can give time only to family whom the community knows. Ask the community to write them down.")


class NotInTheCircle(DomainError):
    text = _l("The rules here do not allow a gift to this relation. You can give to the community fund instead.")


class TooYoungToReceive(DomainError):
    text = _l("A gift may go to somebody of %(age)s or older. If the date of birth is missing, tell the community.")


class TooMuchToday(DomainError):
    text = _l("At most %(cap)s minutes may be given in a day. %(left)s minutes are left today.")


class TooMuchThisYear(DomainError):
    text = _l("At most %(cap)s minutes may be given in a year. %(left)s minutes are left this year.")


class OnlyHerself(DomainError):
    status = 403
    text = _l("Only the owner of a passbook gives from it. Whoever acts for somebody can order and read, but not give.")


class AskedAlready(DomainError):
    text = _l("Somebody has already asked about this gift.")


class OwnGift(DomainError):
    text = _l("This gift goes to you. Please let a colleague ask about it.")


class BelongsAlready(DomainError):
    text = _l("Everybody can be served from one family pool only. Leave the other one first.")


class NotAnElder(DomainError):
    text = _l("Only elders are served from a family pool. Family members may give into it.")


class OpenAlready(DomainError):
    text = _l("The community already looks into this line.")


class AnsweredAlready(DomainError):
    text = _l("This was answered already.")


class NobodyIsServed(DomainError):
    text = _l("No elder is served from this family pool yet. Ask one to join first.")
