"""Stored time that lapses, only where the rules say so: oldest first, and only after two notices in good time.

What was stored in a month is good to the end of the month N months later; what was spent since came from the oldest.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from app import clock
from app.db import session
from app.ledger.errors import NotAnnounced, NothingStored
from app.ledger.models import Account, ExpiryNotice, Phase, Transfer, TransferKind, Unit
from app.ledger.opening import expiry_of
from app.ledger.posting import Leg, account, done_before, lock, store, transfer

MONTHS_KEY = {Unit.MINUTE: "time_expires_months", Unit.POINT: "points_expire_months"}
"""Which setting says after how many months a unit lapses; 0 is never."""


@dataclass
class Lot:
    """What one line stored, and how much of it is still there."""

    at: datetime
    amount: int
    left: int


def lots(of: Account) -> list[Lot]:
    """What stands on an account by the lines that stored it, oldest first; the oldest is spent first.

    A correction takes back what its own line stored, or gives back to where it was taken from.
    """
    stored: dict[str, Lot] = {}
    taken: dict[str, list[tuple[Lot, int]]] = {}
    for row in _lines(of.id):
        back = row.reverses_uid
        if row.credit_account_id == of.id:
            if back in taken:
                for lot, amount in taken[back]:
                    lot.left += amount
            else:
                stored[row.uid] = Lot(row.created_at, row.amount, row.amount)
            continue
        first = [stored[back]] if back in stored else []
        taken[row.uid] = _take(row.amount, first + list(stored.values()))
    return [lot for lot in stored.values() if lot.left > 0]


def _take(amount: int, from_lots: list[Lot]) -> list[tuple[Lot, int]]:
    took = []
    for lot in from_lots:
        part = min(amount, lot.left)
        if part:
            lot.left -= part
            amount -= part
            took.append((lot, part))
    return took


def _lines(account_id: str) -> list[Transfer]:
    query = select(Transfer).where(
        or_(Transfer.debit_account_id == account_id, Transfer.credit_account_id == account_id),
        Transfer.phase.in_((Phase.SINGLE, Phase.POST)),
    )
    return list(session.scalars(query.order_by(Transfer.seq)))


def last_day(at: date, months: int) -> date:
    """The day from which something stored then is no longer good: the first after its last whole month."""
    ahead = at.year * 12 + at.month + months  # the month after the one `months` later
    return date(ahead // 12, ahead % 12 + 1, 1)


def lapses(of: Account, months: int) -> dict[date, int]:
    """How much of an account lapses on which day, if nothing is spent before; soonest first."""
    found: dict[date, int] = defaultdict(int)
    for lot in lots(of):
        found[last_day(lot.at.date(), months)] += lot.left
    return dict(sorted(found.items()))


def lapse_uid(account_id: str, lapses_on: date) -> str:
    """The name of the lapse of an account and month."""
    return f"expire:{account_id}:{lapses_on:%Y%m}"


def announce(of: Account, *, months: int, notice_days: list[int]) -> list[ExpiryNotice]:
    """The notices that are due now and were not given yet, written down; somebody must send them.

    The first comes the longest before. Where the rules are new and a day is near or past, the lapse waits for its
    notices: each is given its whole time.
    """
    now, told = clock.now().replace(microsecond=0), []
    first, *later = sorted(notice_days, reverse=True)
    for day, amount in lapses(of, months).items():
        uid = lapse_uid(of.id, day)
        if transfer(uid) is not None:
            continue
        before = session.get(ExpiryNotice, (uid, first))
        if before is None:
            if now.date() >= day - timedelta(days=first):
                told.append(_tell(of, uid, first, max(day, now.date() + timedelta(days=first)), amount, now))
            continue
        told += [
            _tell(of, uid, days, before.lapses_on, min(amount, before.amount), now)
            for days in later
            if now.date() >= before.lapses_on - timedelta(days=days)
            and session.get(ExpiryNotice, (uid, days)) is None
        ]
    return told


def _tell(of: Account, uid: str, days: int, day: date, amount: int, now: datetime) -> ExpiryNotice:
    notice = ExpiryNotice(
        uid=uid, days_before=days, account_id=of.id, lapses_on=day, amount=amount, told_at=now,
        ripe_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(notice)
    session.flush()
    return notice


def notices_of(uid: str) -> list[ExpiryNotice]:
    """The notices of one lapse, the first one first."""
    return list(
        session.scalars(select(ExpiryNotice).where(ExpiryNotice.uid == uid).order_by(ExpiryNotice.days_before.desc()))
    )


def expire(of: Account, *, lapses_on: date, months: int) -> Transfer:
    """What lapsed on a day moved to the expiry account: no more than was announced, nothing that an order keeps."""
    lock(of.ledger_id)
    uid = lapse_uid(of.id, lapses_on)
    done = transfer(uid)
    if done is not None:
        return done
    now, notices = clock.now(), notices_of(uid)
    if len(notices) < 2 or any(notice.ripe_at > now for notice in notices):
        raise NotAnnounced
    row = account(of.id)
    amount = min(
        lapses(row, months).get(lapses_on, 0), row.posted - row.held, *(notice.amount for notice in notices)
    )
    if amount <= 0:
        raise NothingStored
    leg = Leg(
        uid=uid, kind=TransferKind.EXPIRE, debit_id=row.id, credit_id=expiry_of(row.ledger_id, Unit(row.unit)).id,
        amount=amount,
    )  # fmt: skip
    return done_before(leg) or store(leg)


def ripe(of: Account, *, months: int) -> list[date]:
    """The days of this account whose lapse has come: announced twice, in good time, and not done yet."""
    now = clock.now()
    days = []
    for day in lapses(of, months):
        uid = lapse_uid(of.id, day)
        notices = notices_of(uid)
        if len(notices) >= 2 and all(notice.ripe_at <= now for notice in notices) and transfer(uid) is None:
            days.append(day)
    return days
