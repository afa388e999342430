"""Revoking a certificate: one person proposes and says why, a second decides. The number stays taken for ever."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, NotFound
from app.notices.service import notify
from app.people.models import Role, Volunteer
from app.people.queries import responsible_staff
from app.records.certificate_queries import revocations_of
from app.records.granting import OwnRecord, SecondPersonNeeded
from app.records.models import Certificate, Revocation, RevocationWord


class RevokedAlready(DomainError):
    text = _l("This certificate is revoked already, or somebody has just proposed it. Look at the page again.")


class NothingProposed(DomainError):
    text = _l("This was decided already. Look at the page again.")


def propose_revocation(actor: Actor, certificate_id: str, *, reason: str) -> Revocation:
    """A proposal that the certificate should hold no more; colleagues are told, and one of them decides."""
    certificate = _kept_by(actor, certificate_id)
    if any(one.approved in (None, True) for one in revocations_of(certificate_id)):
        raise RevokedAlready
    proposal = Revocation(
        certificate_id=certificate_id, reason=reason, proposed_by=actor.must_be_someone(), proposed_at=clock.now()
    )
    session.add(proposal)
    session.flush()
    _note(actor, certificate, "certificate.propose_revocation")
    for colleague in responsible_staff(certificate.issuer_code, Role.COORDINATOR):
        if colleague.id not in (actor.person_id, certificate.volunteer_id):
            notify(colleague.id, "revocation_waits", link="/c/records", number=certificate.printed_number)
    return proposal


def decide_revocation(actor: Actor, revocation_id: str, *, approve: bool) -> Certificate:
    """The second person's word: approved, whoever scans the paper reads "revoked" from now on."""
    proposal = session.get(Revocation, revocation_id)
    if proposal is None:
        raise NotFound
    certificate = _kept_by(actor, proposal.certificate_id)
    if proposal.proposed_by == actor.person_id:
        raise SecondPersonNeeded
    if session.get(RevocationWord, revocation_id) is not None:
        raise NothingProposed
    session.add(
        RevocationWord(
            revocation_id=revocation_id, person_id=actor.must_be_someone(), approved=approve, said_at=clock.now()
        )
    )
    session.flush()
    _note(actor, certificate, "certificate.revoke" if approve else "certificate.keep")
    if approve:
        notify(certificate.volunteer_id, "certificate_revoked", link=f"/v/record/certificates/{certificate.id}",
               uid=f"revoked:{certificate.id}", number=certificate.printed_number, reason=proposal.reason)  # fmt: skip
    return certificate


def _kept_by(actor: Actor, certificate_id: str) -> Certificate:
    """The certificate, its owner's row ours until the act ends, for a coordinator of its issuer or of her community."""
    certificate = get_visible(Certificate, certificate_id, actor)
    volunteer = session.get_one(Volunteer, certificate.volunteer_id)
    if certificate.volunteer_id == actor.person_id:
        raise OwnRecord
    if not any(works_in(actor, unit, Role.COORDINATOR) for unit in (certificate.issuer_code, volunteer.community_code)):
        raise NotFound
    session.execute(
        select(Volunteer.person_id).where(Volunteer.person_id == volunteer.person_id).with_for_update()
    )
    return certificate


def _note(actor: Actor, certificate: Certificate, verb: str) -> None:
    record(actor, verb, f"certificate:{certificate.id}", unit_code=certificate.issuer_code,
           detail={"number": certificate.printed_number})  # fmt: skip
