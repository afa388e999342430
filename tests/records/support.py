"""Services as they stand after weeks: visits of Bo to Aunt Chen, confirmed and paid for."""

from datetime import date, timedelta
from typing import Any

from app import clock
from app.db import session
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, hold, pay_visit
from app.people.models import Volunteer
from app.records import granting, issuing, revoking
from app.records.granting import Grant
from app.records.models import Certificate, EntryKind, Issuer, RecordEntry
from app.visits.models import Visit, VisitState
from tests.factories import COMMUNITY, ZONE, make_need, make_visit
from tests.people import GRID3, Cast
from tests.visits.support import issue

ISSUER = {
    "name": "宜昌市西陵区樵湖岭社区居民委员会", "responsible": "林慧", "handler": "郭强", "phone": "+867176551234",
}  # fmt: skip


def days_ago(days: int) -> date:
    return clock.today(ZONE) - timedelta(days=days)


def served(people: Cast, *, ago: int = 3, minutes: int = 42, volunteer: Volunteer | None = None, **given: Any) -> Visit:
    """A visit of Bo to Aunt Chen so many days ago, confirmed, with minutes really served; no minutes were stored."""
    need = make_need(elder=people.elder, day=days_ago(ago), duration_min=60)
    usual = {"state": VisitState.CONFIRMED, "actual_min": minutes, "credit_min": minutes, "checked_in_how": "card"}
    return make_visit(need=need, volunteer=volunteer or people.volunteer, **{**usual, **given})


def paid(people: Cast, visit: Visit, minutes: int = 40) -> str:
    """The visit's minutes stored in Bo's passbook: the uid of the transfer."""
    fund = ensure_accounts_for_unit(GRID3, on=clock.today(ZONE))
    issue(people, fund, 600)
    until = clock.now() + timedelta(days=9)
    held = hold(uid=f"order:{visit.need_id}:hold:1", payer=fund.id, minutes=60, expires_at=until)
    payee = ensure_person_account(visit.volunteer_id)
    done = pay_visit(visit_id=visit.id, hold_uid=held.uid, payee=payee.id, fund=fund.id, minutes=minutes)
    assert done is not None
    return done.uid


def name_issuer(people: Cast, unit_code: str = COMMUNITY, **given: str) -> Issuer:
    """The community has said who answers for its certificates."""
    return issuing.set_issuer(people.actor(people.lin), unit_code, **{**ISSUER, **given})


def certified(people: Cast, **period: Any) -> Certificate:
    """The certificate that Bo asks for."""
    answer = issuing.ask(people.actor(people.bo), people.bo.id, issuing.Period(**period))
    assert len(answer.issued) == 1
    assert not answer.waiting
    return answer.issued[0]


def revoked(people: Cast, certificate: Certificate, reason: str = "日期有误") -> Certificate:
    """Proposed by Lin, approved by her colleague."""
    proposal = revoking.propose_revocation(people.actor(people.lin), certificate.id, reason=reason)
    return revoking.decide_revocation(people.actor(people.approver), proposal.id, approve=True)


def granted(people: Cast, *, minutes: int = 120, kind: EntryKind = EntryKind.HONOUR_HOURS, approve: bool = True,
            ago: int = 5, title: str = "防汛志愿服务") -> RecordEntry:  # fmt: skip
    """An entry on Bo's record by Lin; honour hours approved by her colleague."""
    grant = Grant(kind, title, "西陵街道", "樵湖岭社区", days_ago(ago), minutes)
    entry = granting.enter(people.actor(people.lin), people.bo.id, grant)
    if approve and kind is EntryKind.HONOUR_HOURS:
        granting.decide(people.actor(people.approver), entry.id, approve=True)
    session.flush()
    return entry
