"""The words of states, proofs and kinds on records."""

from datetime import date

from flask_babel import lazy_gettext as _l

from app.records.entry_queries import EntryState
from app.records.models import EntryKind
from app.records.queries import Proof, Service
from app.visits.models import VisitState
from app.web import filters

PROOF_WORDS = {
    Proof.DOOR: _l("checked in with the contact card"),
    Proof.PHONE: _l("noted by staff on the telephone"),
    Proof.LATE: _l("late entry by two people"),
    Proof.HONOUR: _l("honour hours, granted by two people"),
}
KIND_WORDS = {
    EntryKind.TRAINING: _l("Training"),
    EntryKind.HONOUR: _l("Honour"),
    EntryKind.HONOUR_HOURS: _l("Honour hours"),
}
ENTRY_WORDS = {  # words, and the look of the tag
    EntryState.STANDS: (_l("counts"), "ok"),
    EntryState.WAITS: (_l("waits for a second person"), "wait"),
    EntryState.REFUSED: (_l("refused"), "bad"),
    EntryState.WITHDRAWN: (_l("withdrawn"), "off"),
}
STATE_WORDS = {
    VisitState.CHECKED_OUT: (_l("to be confirmed"), "wait"),
    VisitState.CONFIRMED: (_l("confirmed"), "ok"),
    VisitState.DISPUTED: (_l("being looked into"), "bad"),
    VisitState.FAILED: (_l("did not happen"), "off"),
}
CORRECTED = (_l("corrected: does not count"), "off")


def state_of(service: Service) -> tuple[object, str]:
    """The words of a service's state, and the look of their tag."""
    return CORRECTED if service.is_undone else STATE_WORDS[VisitState(service.visit.state)]


def plain_day(value: date) -> str:
    """A day as it stands on a paper, without its weekday: "2026年6月16日", "16 June 2026"."""
    if filters.is_chinese():
        return f"{value.year}年{filters.short_day(value)}"
    return f"{value.day} {value:%B} {value.year}"
