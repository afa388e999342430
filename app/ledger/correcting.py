"""Setting right what stands wrong: the exact opposite of a line, or a correction without one."""

from collections.abc import Sequence

from app.errors import NotFound
from app.ledger.agreeing import agreed, approve, propose
from app.ledger.errors import AlreadyReversed, NotReversible
from app.ledger.models import Approval, Phase, Transfer, TransferKind
from app.ledger.posting import Words, transfer, was_reversed


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


def adjust(
    *, uid: str, debit: str, credit: str, minutes: int, people: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """A correction between a person's account and the adjustment account, on the word of a proposer and two others."""
    return agreed(
        uid=uid, kind=TransferKind.ADJUST, debit=debit, credit=credit, minutes=minutes, people=people, memo=memo
    )
