"""The six facts of a service and how each was proved (who, for whom, what, on which day, where, from when to when)."""

from dataclasses import dataclass

from flask_babel import gettext as _

from app.records.queries import Proof, Service
from app.visits.models import Visit
from app.web import filters


@dataclass(frozen=True)
class Fact:
    """One of the six facts in words: what it is about, what it is, and how it was proved."""

    about: str
    what: str
    how: str


def facts_of(service: Service, volunteer_name: str) -> list[Fact]:
    """The six facts that a service record must hold."""
    visit, need, zone = service.visit, service.need, service.unit.zone
    began, ended = visit.checked_in_at, visit.checked_out_at
    times = [filters.clock(filters.local(at, zone)) if at else _("not noted") for at in (began, ended)]
    return [
        Fact(_("Service"), content_of(service), _("order D-%(number)s of the service menu", number=need.number)),
        Fact(_("For whom"), filters.addressed(service.elder), _receiver(service)),
        Fact(_("By whom"), volunteer_name, _provider(service)),
        Fact(_("Date"), filters.day(visit.day, year=True), _by_clock(service)),
        Fact(_("Place"), service.unit.name, _place(service)),
        Fact(_("Start and end"), " – ".join(times), _ends(visit)),
    ]


def content_of(service: Service) -> str:
    """What was done, in the reader's language."""
    return filters.item_name(service.item) if service.item is not None else _("A wish")


def confirmation_of(service: Service) -> str:
    """Who said that it was right; "" where nobody has yet."""
    return {
        "elder": _("confirmed by the elder"), "relative": _("confirmed by the family"),
        "staff": _("confirmed by staff on the elder's word"), "silence": _("nobody objected in time"),
        "dispute": _("confirmed after the community looked into it"),
    }.get(service.visit.confirmed_how, "")  # fmt: skip


def _receiver(service: Service) -> str:
    return {
        "card": _("her contact card was scanned at the door"),
        "pin": _("the digits of her contact card were typed at the door"),
        "staff": _("staff noted it on the telephone"),
        "late": _("written on paper, entered and approved by two people"),
    }.get(service.visit.checked_in_how, _("not noted"))


def _provider(service: Service) -> str:
    if service.proof is Proof.LATE:
        return _("named on paper, entered and approved by two people")
    if service.visit.checked_in_how == "staff":
        return _("accepted by the volunteer, who rang from the door")
    return _("accepted and checked in under the volunteer's own sign-in")


def _by_clock(service: Service) -> str:
    if service.visit.checked_in_how == "late":
        return _("written on paper, entered and approved by two people")
    return _("the clock of the server at check-in")


def _place(service: Service) -> str:
    if service.item is not None and service.item.by_phone:
        return _("help on the telephone: there is no door")
    if service.visit.checked_in_how in ("card", "pin"):
        return _("the card hangs at that door and nowhere else")
    return _("the address of the order")


def _ends(visit: Visit) -> str:
    return f"{_arrival(visit.checked_in_how)} · {_end(visit.checked_out_how)}"


def _arrival(how: str) -> str:
    return {
        "card": _("in: card scanned"), "pin": _("in: digits of the card"), "staff": _("in: noted by staff"),
        "late": _("in: late entry by two people"),
    }.get(how, _("in: not noted"))  # fmt: skip


def _end(how: str) -> str:
    return {
        "card": _("out: card scanned"), "pin": _("out: digits of the card"), "tap": _("out: said by the volunteer"),
        "staff": _("out: noted by staff"), "late": _("out: late entry by two people"),
    }.get(how, _("out: not noted"))  # fmt: skip
