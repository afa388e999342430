"""What the desk does with accounts: each act is proposed by one, agreed to by others, and told to whom it concerns."""

from app.access.actor import Actor
from app.db import session
from app.desk.queries import Heir, slip_of
from app.desk.telling import tell_deciders, tell_of_points, tell_of_refund, tell_owner, tell_sides
from app.errors import NotFound
from app.ledger import service as ledger
from app.ledger.desk_queries import free_reversal_uid, movement, open_proposals
from app.ledger.errors import AlreadyRefunded, OwnAccount, RefundWaits, UidReused
from app.ledger.limits import room_of, store_cap
from app.ledger.models import (
    SYSTEM_WORD,
    Account,
    AccountKind,
    Approval,
    Memo,
    Standing,
    State,
    Transfer,
    TransferKind,
    Unit,
)
from app.ledger.opening import expiry_of
from app.ledger.posting import was_reversed
from app.ledger.queries import find_account, visible_account
from app.notices.service import notify


def propose_reversal(actor: Actor, of: str, reason: str) -> Approval:
    """The proposal to undo a line that the actor may see."""
    movement(actor, of)
    return _told(
        ledger.propose_reversal(uid=free_reversal_uid(of), of=of, by=actor.must_be_someone(), memo=reason)
    )


def propose_refund(actor: Actor, shop_id: str, slip_uid: str, reason: str) -> Approval:
    """The proposal to give back what was redeemed at a shop of the actor's: the exact opposite of its line, once."""
    slip_of(actor, shop_id, slip_uid)
    if was_reversed(slip_uid) is not None:
        raise AlreadyRefunded
    try:
        return propose_reversal(actor, slip_uid, reason)
    except UidReused:
        raise RefundWaits from None


def propose_adjustment(actor: Actor, account_id: str, *, uid: str, minutes: int, gives: bool, reason: str) -> Approval:
    """The proposal to correct a person's balance; two others must agree."""
    account = _persons(actor, account_id)
    return _told(
        ledger.propose_adjustment(
            uid=uid, of=account.id, minutes=minutes, gives=gives, by=actor.must_be_someone(), memo=reason
        )
    )


def propose_settlement(actor: Actor, account_id: str, *, uid: str, to: str, reason: str) -> Approval:
    """The proposal to empty a person's account into another one of `heirs` (desk.queries)."""
    account = _persons(actor, account_id)
    return _told(ledger.propose_settlement(uid=uid, of=account.id, to=to, by=actor.must_be_someone(), memo=reason))


def propose_seed(actor: Actor, *, uid: str, issuance: Account, to: Account, amount: int, reason: str) -> Approval:
    """The proposal of new minutes or points of the year's budget for a fund."""
    return _told(
        ledger.propose(
            uid=uid, kind=TransferKind.SEED, debit=issuance.id, credit=to.id, minutes=amount,
            by=actor.must_be_someone(), memo=reason,
        )
    )  # fmt: skip


def agree(actor: Actor, uid: str) -> Transfer | None:
    """The actor's yes; the line when it was the last that was needed, and both sides hear of it."""
    proposal = _open_to(actor, uid)
    done = ledger.approve(uid=uid, by=actor.must_be_someone())
    if done is not None:
        memo = session.get(Memo, uid)
        words = memo.text if memo else ""
        if not tell_of_refund(done, words):
            tell_sides(done, words)
        tell_of_points(done)
        _tell_proposer(proposal, "proposal_agreed")
    return done


def refuse(actor: Actor, uid: str) -> Approval:
    """The actor's no, which ends the proposal; who made it hears so."""
    proposal = _open_to(actor, uid)
    word = ledger.refuse(uid=uid, by=actor.must_be_someone())
    _tell_proposer(proposal, "proposal_refused")
    return word


def set_standing(actor: Actor, account_id: str, state: State, reason: str) -> Standing:
    """The account frozen, opened again or closed, with the reason; its owner hears of it. Nobody's own account."""
    account = visible_account(actor, account_id)
    if account.owner_id == actor.person_id:
        raise OwnAccount
    verb = {State.FROZEN: ledger.freeze, State.OPEN: ledger.unfreeze, State.CLOSED: ledger.close}[state]
    standing = verb(account_id=account.id, by=actor.must_be_someone(), reason=reason)
    tell_owner(account, f"account_{state}", uid=f"standing:{account.id}:{standing.nr}", reason=reason)
    return standing


def fits(heir: Heir, account: Account) -> int:
    """How much of an account's balance the heir's own passbook can take under the cap of the rules."""
    if heir.person is None:
        return account.posted
    theirs = find_account(AccountKind.PERSON, heir.person.id, unit=Unit(account.unit))
    room = room_of(theirs) if theirs is not None else store_cap(heir.person)
    return account.posted if room is None else min(account.posted, room)


def lapse_account(of: Account) -> Account:
    """Where what nobody inherits goes."""
    return expiry_of(of.ledger_id, Unit(of.unit))


def _persons(actor: Actor, account_id: str) -> Account:
    account = visible_account(actor, account_id)
    if account.kind != AccountKind.PERSON:
        raise NotFound
    return account


def _told(proposal: Approval) -> Approval:
    tell_deciders(proposal)
    return proposal


def _open_to(actor: Actor, uid: str) -> Approval:
    """A proposal that waits and that the actor may see."""
    found = session.scalar(open_proposals(actor).where(Approval.uid == uid))
    if found is None:
        raise NotFound
    return found


def _tell_proposer(proposal: Approval, kind: str) -> None:
    if proposal.person_id != SYSTEM_WORD:
        notify(proposal.person_id, kind, uid=f"{kind}:{proposal.uid}", link="/c/ledger")
