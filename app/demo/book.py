"""The past of the time bank, written in one go: dated transfers through the same guards as everyone's.

The ledger's services write now and one by one; two months of history would take them a minute. Here the lines are
chained in memory in the order of their times and inserted together; the database checks every one as it always does
(its guards move the balances, and refuse what does not fit), and `flask ledger verify` reads them like any others.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app.db import session
from app.ledger.chain import FIELDS, account_id, row_hash
from app.ledger.models import (
    Account,
    AccountKind,
    Approval,
    LeafSalt,
    Ledger,
    Memo,
    Phase,
    Step,
    Transfer,
    TransferKind,
    Unit,
)
from app.ledger.posting import Words, lock


@dataclass
class Purse:
    """One account as this writing goes on."""

    id: str
    kind: str
    owner_id: str
    posted: int
    held: int
    floor_min: int
    cap_min: int | None

    @property
    def available(self) -> int:
        return self.posted - self.held - self.floor_min


class Book:
    """One ledger, locked while its past is written; `write` stores everything."""

    def __init__(self, area: str, *, opened_at: datetime) -> None:
        self.area = area
        if session.get(Ledger, area) is None:
            session.add(Ledger(id=area, opened_at=opened_at, head_at=opened_at))
            session.flush()
        head = lock(area)
        self.seq, self.hash, self.at = head.head_seq, head.head_hash, head.head_at
        self.purses: dict[tuple[str, str, str], Purse] = {}
        for row in session.scalars(select(Account).where(Account.ledger_id == area)):
            self._keep(row)
        self.transfers: list[dict[str, Any]] = []
        self.approvals: list[dict[str, Any]] = []
        self.memos: list[dict[str, Any]] = []

    def _keep(self, row: Account) -> Purse:
        purse = Purse(row.id, row.kind, row.owner_id, row.posted or 0, row.held or 0, row.floor_min, row.cap_min)
        self.purses[row.kind, row.owner_id, row.label or ""] = purse
        return purse

    def purse(
        self, kind: AccountKind, owner_id: str, *, at: datetime, label: str = "", floor: int = 0, cap: int | None = None
    ) -> Purse:
        """The account with these names, opened at that time when it is not there yet."""
        found = self.purses.get((str(kind), owner_id, label))
        if found is not None:
            return found
        identity = {
            "ledger_id": self.area, "unit": str(Unit.MINUTE), "kind": str(kind), "owner_id": owner_id, "label": label,
            "floor_min": floor, "cap_min": cap,
        }  # fmt: skip
        row = Account(id=account_id(identity), **identity, opened_at=at.replace(microsecond=0))
        session.add(row)
        session.flush()
        return self._keep(row)

    def transfer(
        self,
        *,
        at: datetime,
        uid: str,
        kind: TransferKind,
        debit: Purse,
        credit: Purse,
        amount: int,
        phase: Phase = Phase.SINGLE,
        hold: "Hold | None" = None,
        expires_at: datetime | None = None,
        by: str | None = None,
        words: Words | None = None,
    ) -> None:
        """One more line. Times must come in order; one that is older than the last line gets the last line's."""
        self.at = max(self.at, at.replace(microsecond=0))
        self.seq += 1
        row: dict[str, Any] = dict.fromkeys(FIELDS) | {
            "ledger_id": self.area, "seq": self.seq, "uid": uid, "unit": str(Unit.MINUTE), "kind": str(kind),
            "phase": str(phase), "debit_account_id": debit.id, "debit_kind": debit.kind, "credit_account_id": credit.id,
            "credit_kind": credit.kind, "amount": amount, "hold_uid": hold.uid if hold else None,
            "expires_at": expires_at, "made_by_id": by, "created_at": self.at, "prev_hash": self.hash,
        }  # fmt: skip
        self._finish(row, words)
        if phase is Phase.HOLD:
            debit.held += amount
        elif hold is not None:
            debit.held -= hold.amount
        if phase in (Phase.SINGLE, Phase.POST):
            debit.posted -= amount
            credit.posted += amount

    def _finish(self, row: dict[str, Any], words: Words | None) -> None:
        row["agreed_by"] = row["agreed_by"] or self._agreed_by(row["uid"])
        row["row_hash"] = self.hash = row_hash(row)
        self.transfers.append(row)
        if words is not None:
            self.memos.append(
                {"uid": row["uid"], "text": words.text, "item_code": words.item_code, "visit_id": words.visit_id,
                 "elder_id": words.elder_id}
            )  # fmt: skip

    def _agreed_by(self, uid: str) -> str | None:
        return ",".join(sorted(word["person_id"] for word in self.approvals if word["uid"] == uid)) or None

    def agree(
        self, people: tuple[str, str], *, at: datetime, uid: str, kind: TransferKind, debit: Purse, credit: Purse,
        amount: int,
    ) -> None:  # fmt: skip
        """The words of two people on a transfer that needs both: the first proposes, the second approves."""
        for person, step in zip(people, (Step.PROPOSE, Step.APPROVE), strict=True):
            self.approvals.append(
                {"uid": uid, "person_id": person, "step": str(step), "ledger_id": self.area, "kind": str(kind),
                 "debit_account_id": debit.id, "credit_account_id": credit.id, "amount": amount, "reverses_uid": None,
                 "created_at": at}
            )  # fmt: skip

    def write(self) -> None:
        """Store every line; the guards look at each."""
        salts = [{"uid": row["uid"], "salt": secrets.token_hex(16)} for row in self.transfers]
        for model, rows in (
            (Approval, self.approvals), (Transfer, self.transfers), (LeafSalt, salts), (Memo, self.memos),
        ):  # fmt: skip
            if rows:
                session.execute(insert(model), rows)
        session.expire_all()  # the guards moved balances and the head in the database


@dataclass(frozen=True)
class Hold:
    """Minutes kept for one place of one order."""

    uid: str
    amount: int
    payer: Purse
