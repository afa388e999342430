"""Some months of a small bank, with what its accounts said at the end of each day."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import select

from app import clock as wall
from app.db import session as database
from app.db import transaction
from app.ledger import service
from app.ledger.models import Account, Transfer
from tests.factories import ZONE
from tests.ledger.conftest import Bank, later, open_bank
from tests.people import Cast

Balances = dict[str, tuple[int, int]]


@dataclass
class Life:
    """The bank, and (posted, held) of every account as the days ended."""

    bank: Bank
    days: dict[date, Balances] = field(default_factory=dict)
    donated: dict[date, int] = field(default_factory=dict)

    def note(self, day: date) -> None:
        """Write down what the accounts say now."""
        rows = database.execute(select(Account.id, Account.posted, Account.held))
        self.days[day] = {key: (posted, held) for key, posted, held in rows}

    def kinds(self, day: date) -> dict[str, tuple[int, int]]:
        """The balances of a day by kind."""
        kinds = dict(database.execute(select(Account.id, Account.kind)).all())
        sums: dict[str, tuple[int, int]] = {}
        for key, (posted, held) in self.days[day].items():
            before = sums.get(kinds[key], (0, 0))
            sums[kinds[key]] = (before[0] + posted, before[1] + held)
        return sums


def live(cast: Cast, clock: Any, *, days: int, seed: int = 5) -> Life:
    """A bank that lives for some days: holds, posts, voids, gifts to the fund and corrections, a few on most days."""
    dice = Random(seed)
    with transaction():
        life = Life(open_bank(cast))
    holds: list[str] = []
    for number in range(days):
        today = wall.today(ZONE)
        for nr in range(dice.choice((0, 0, 1, 2))):
            with transaction():
                _act(life, holds, dice, f"{number}-{nr}", today)
        life.note(today)
        clock.forward(days=1)
    return life


def _act(life: Life, holds: list[str], dice: Random, name: str, today: date) -> None:
    bank, what = life.bank, dice.random()
    people = [bank.people.lin.id, bank.people.approver.id]
    if what < 0.4 or not holds:
        if database.get_one(Account, bank.fund).available < 60:
            service.seed(uid=f"seed:{name}", issuance=bank.issuance, to=bank.fund, minutes=600, approvers=people)
        service.hold(uid=f"order:{name}:hold:1", payer=bank.fund, minutes=dice.randint(5, 60), expires_at=later(900))
        holds.append(f"order:{name}:hold:1")
    elif what < 0.75:
        uid = holds.pop(dice.randrange(len(holds)))
        held = database.get_one(Transfer, uid).amount
        service.post(hold_uid=uid, uid=f"visit:{name}:post", payee=bank.bo, minutes=dice.randint(1, held))
    elif what < 0.85:
        uid = holds.pop(dice.randrange(len(holds)))
        service.void(hold_uid=uid, uid=f"{uid}:void")
    elif database.get_one(Account, bank.bo).available >= 10:
        done = service.donate(uid=f"donate:{name}", giver=bank.bo, fund=bank.fund, minutes=10, by=bank.people.bo.id)
        kept = dice.random() < 0.7
        if not kept:
            service.reverse(uid=f"{done.uid}:reversal", of=done.uid, by=people[0], approver=people[1])
        life.donated[today] = life.donated.get(today, 0) + (10 if kept else 0)
