"""What takes the word of several people: proposed by one, approved or refused by others."""

from collections.abc import Sequence

from sqlalchemy import select

from app import clock
from app.audit.service import record
from app.db import session
from app.errors import NotFound
from app.ledger.crediting import fund_was_filled
from app.ledger.errors import (
    AccountNotOpen,
    AlreadyDecided,
    NotEnoughMinutes,
    OwnAccount,
    SamePersonTwice,
    UidReused,
)
from app.ledger.models import (
    NEEDED_APPROVERS,
    SYSTEM_WORD,
    AccountKind,
    Approval,
    Memo,
    Step,
    Transfer,
    TransferKind,
    approvers_needed,
)
from app.ledger.points import points_there
from app.ledger.posting import Leg, Words, account, lock, remember, store, transfer
from app.ledger.queries import place_of

SOURCES = (AccountKind.ISSUANCE, AccountKind.ADJUSTMENT, AccountKind.EXPIRY)  # the other side says where an act belongs


def propose(
    *,
    uid: str,
    kind: TransferKind,
    debit: str,
    credit: str,
    minutes: int,
    by: str,
    reverses: str | None = None,
    memo: Words | str | None = None,
) -> Approval:
    """A transfer that needs others' approval, proposed by a person; the uid will be the transfer's."""
    ledger_id = account(debit).ledger_id
    lock(ledger_id)
    wanted = Approval(
        uid=uid, person_id=by, step=str(Step.PROPOSE), ledger_id=ledger_id, kind=str(kind), debit_account_id=debit,
        credit_account_id=credit, amount=minutes, reverses_uid=reverses, created_at=clock.now(),
    )  # fmt: skip
    before = _proposal(uid)
    if before is not None:
        if _content(before) != _content(wanted) or before.person_id != by:
            raise UidReused
        return before
    _speak(wanted)
    remember(uid, memo)
    session.flush()
    return wanted


def approve(*, uid: str, by: str) -> Transfer | None:
    """One person's yes; with enough of them the transfer is stored and returned, before that None."""
    proposal = _open_proposal(uid)
    if by in _said(uid):
        done = transfer(uid)
        if done is not None and by != proposal.person_id:
            return done
        raise SamePersonTwice
    if _is_decided(uid):
        raise AlreadyDecided
    _speak(_word(proposal, by, Step.APPROVE))
    if _approvers(uid) < approvers_needed(proposal.kind, proposal.person_id):
        return None
    done = store(
        Leg(
            uid=uid,
            kind=TransferKind(proposal.kind),
            debit_id=proposal.debit_account_id,
            credit_id=proposal.credit_account_id,
            amount=proposal.amount,
            reverses_uid=proposal.reverses_uid,
            made_by_id=proposal.person_id,
            agreed_by=",".join(sorted(_said(uid))),
        )
    )
    fund_was_filled(proposal.credit_account_id)
    if done.reverses_uid is not None:
        _points_go_back(done, proposer=proposal.person_id, approver=by)
    return done


def refuse(*, uid: str, by: str) -> Approval:
    """One person's no, which ends the proposal (the proposer's own no withdraws nothing: she asks a colleague)."""
    proposal = _open_proposal(uid)
    if by in _said(uid):
        raise SamePersonTwice
    if _is_decided(uid):
        raise AlreadyDecided
    return _speak(_word(proposal, by, Step.REFUSE))


def agreed(
    *, uid: str, kind: TransferKind, debit: str, credit: str, minutes: int, people: Sequence[str],
    memo: Words | str | None,
) -> Transfer:  # fmt: skip
    """The transfer, on the word of all `people` at once: the first proposes, the others approve."""
    if len(set(people)) <= NEEDED_APPROVERS[kind]:
        raise SamePersonTwice
    proposer, *others = people
    propose(uid=uid, kind=kind, debit=debit, credit=credit, minutes=minutes, by=proposer, memo=memo)
    done = transfer(uid)
    for other in others:
        done = done or approve(uid=uid, by=other)
    assert done is not None
    return done


def _points_go_back(done: Transfer, *, proposer: str, approver: str) -> None:
    """The points of a credit that was undone, taken back on the word of the same two people, as far as they are there.

    A reversal is always the exact opposite of its line, so what was used already is credited to her first, from the
    fund of points, which bears it. Where that account is stopped the points stay until the desk undoes their line.
    """
    found = points_there(done.reverses_uid or "")
    if found is None:
        return
    line, there = found
    uid, memo = f"{done.uid}:points", session.get(Memo, done.uid)
    try:
        with session.begin_nested():  # all of it or nothing
            if there < line.amount:
                kept = Leg(
                    uid=f"{uid}:kept", kind=TransferKind.LATE_CREDIT, debit_id=line.debit_account_id,
                    credit_id=line.credit_account_id, amount=line.amount - there, link_uid=done.uid,
                )  # fmt: skip
                store(kept)
            propose(
                uid=uid, kind=TransferKind.REVERSAL, debit=line.credit_account_id, credit=line.debit_account_id,
                minutes=line.amount, by=proposer, reverses=line.uid, memo=memo.text if memo else None,
            )  # fmt: skip
            approve(uid=uid, by=approver)
    except (AccountNotOpen, NotEnoughMinutes):
        return


def _proposal(uid: str) -> Approval | None:
    return session.scalar(select(Approval).where(Approval.uid == uid, Approval.step == Step.PROPOSE))


def _open_proposal(uid: str) -> Approval:
    """The proposal, with its book locked, so that two who decide at once do so one after the other."""
    proposal = _proposal(uid)
    if proposal is None:
        raise NotFound
    lock(proposal.ledger_id)
    return proposal


def _said(uid: str) -> set[str]:
    return set(session.scalars(select(Approval.person_id).where(Approval.uid == uid)))


def _approvers(uid: str) -> int:
    return len(session.scalars(select(Approval.uid).where(Approval.uid == uid, Approval.step == Step.APPROVE)).all())


def _is_decided(uid: str) -> bool:
    refused = select(Approval.uid).where(Approval.uid == uid, Approval.step == Step.REFUSE)
    return transfer(uid) is not None or session.scalar(refused) is not None


def _word(proposal: Approval, by: str, step: Step) -> Approval:
    return Approval(
        uid=proposal.uid, person_id=by, step=str(step), ledger_id=proposal.ledger_id, kind=proposal.kind,
        debit_account_id=proposal.debit_account_id, credit_account_id=proposal.credit_account_id,
        amount=proposal.amount, reverses_uid=proposal.reverses_uid, created_at=clock.now(),
    )  # fmt: skip


def _content(row: Approval) -> tuple[object, ...]:
    return (row.kind, row.debit_account_id, row.credit_account_id, row.amount, row.reverses_uid)


def _speak(word: Approval) -> Approval:
    """Store one person's word; OwnAccount when one of the sides is hers."""
    sides = (account(word.debit_account_id), account(word.credit_account_id))
    if word.person_id in {side.owner_id for side in sides}:
        raise OwnAccount
    session.add(word)
    where = place_of(next((side for side in sides if side.kind not in SOURCES), sides[0]))
    record(
        None if word.person_id == SYSTEM_WORD else word.person_id, f"ledger.{word.step}", f"transfer:{word.uid}",
        unit_code=where, detail={"kind": word.kind, "minutes": word.amount},
    )  # fmt: skip
    session.flush()
    return word
