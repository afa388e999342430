"""Setting right what stands wrong: the exact opposite of a line, or a correction without one."""

from collections.abc import Sequence

from app import clock
from app.errors import NotFound
from app.ledger.agreeing import agreed, approve, propose
from app.ledger.errors import AlreadyReversed, CapReached, NotEnoughMinutes, NotReversible
from app.ledger.limits import room_of
from app.ledger.models import Approval, Phase, Transfer, TransferKind, Unit
from app.ledger.opening import adjustment_of
from app.ledger.posting import Words, account, transfer, was_reversed


def propose_reversal(*, uid: str, of: str, by: str, memo: Words | str | None = None) -> Approval:
    """The proposal to undo a posted transfer."""
    wrong = transfer(of)
    if wrong is None:
        raise NotFound
    if wrong.kind == TransferKind.REVERSAL or wrong.phase not in (Phase.SINGLE, Phase.POST):
        raise NotReversible
    undone = was_reversed(of)
    if undone is not None and undone.uid != uid:
        raise AlreadyReversed
    return propose(
        uid=uid, kind=TransferKind.REVERSAL, debit=wrong.credit_account_id, credit=wrong.debit_account_id,
        minutes=wrong.amount, by=by, reverses=of, memo=memo,
    )  # fmt: skip


def reverse(
    *, uid: str, of: str, by: str, approver: str | None = None, memo: Words | str | None = None
) -> Transfer | None:
    """The exact opposite of a posted transfer, once. Without `approver` it is proposed, and None comes back."""
    proposal = propose_reversal(uid=uid, of=of, by=by, memo=memo)
    if approver is None:
        return transfer(proposal.uid)
    return approve(uid=uid, by=approver)


def propose_adjustment(
    *, uid: str, of: str, minutes: int, gives: bool, by: str, memo: Words | str | None = None
) -> Approval:
    """The proposal to correct a person's account without a wrong line: she gets minutes, or `gives` them.

    Two others must approve; the month's budget of corrections bounds what can be given to people, and the cap of the
    rules what a passbook may hold.
    """
    row = account(of)
    sink = adjustment_of(row.ledger_id, on=clock.now().date(), unit=Unit(row.unit))
    debit, credit = (row, sink) if gives else (sink, row)
    if debit.available < minutes:
        raise NotEnoughMinutes(available=max(debit.available, 0), wanted=minutes)
    room = room_of(credit)
    if room is not None and room < minutes:
        raise CapReached(room=room)
    return propose(
        uid=uid, kind=TransferKind.ADJUST, debit=debit.id, credit=credit.id, minutes=minutes, by=by, memo=memo
    )


def adjust(
    *, uid: str, debit: str, credit: str, minutes: int, people: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """A correction between a person's account and the adjustment account, on the word of a proposer and two others."""
    return agreed(
        uid=uid, kind=TransferKind.ADJUST, debit=debit, credit=credit, minutes=minutes, people=people, memo=memo
    )
