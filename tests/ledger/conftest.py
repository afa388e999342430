"""A small bank: the fund filled, Aunt Chen with two hours, Bo with an open passbook, one hold and one post."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.db import session as database
from app.db import transaction
from app.ledger import service
from app.ledger.models import Account, Transfer
from app.ledger.queries import issuance_of
from tests.factories import ZONE
from tests.people import GRID3, Cast


@dataclass(frozen=True)
class Bank:
    """The accounts, and the uids of an open hold and of a posted one."""

    people: Cast
    chen: str
    bo: str
    dan: str
    fund: str
    issuance: str
    hold: str = "order:open:hold:1"
    spent_hold: str = "order:done:hold:1"
    post: str = "visit:done:post"

    def posted(self, account_id: str) -> int:
        database.expire_all()
        return database.get_one(Account, account_id).posted

    def held(self, account_id: str) -> int:
        database.expire_all()
        return database.get_one(Account, account_id).held

    def transfer(self, uid: str) -> Transfer:
        return database.get_one(Transfer, uid)


def later(days: int = 30) -> Any:
    return clock.now() + timedelta(days=days)


def open_bank(people: Cast) -> Bank:
    """The accounts and the first lines, as the product makes them."""
    today = clock.today(ZONE)
    fund = service.ensure_accounts_for_unit(GRID3, on=today)
    issuance = issuance_of(GRID3, on=today)
    assert issuance is not None
    chen, bo, dan = (service.ensure_person_account(person.id).id for person in (people.chen, people.bo, people.dan))
    bank = Bank(people, chen, bo, dan, fund.id, issuance.id)
    for name, to, minutes in (("fund", bank.fund, 600), ("chen", bank.chen, 120)):
        service.seed(
            uid=f"seed:{name}", issuance=bank.issuance, to=to, minutes=minutes,
            approvers=[people.lin.id, people.approver.id],
        )  # fmt: skip
    service.hold(uid=bank.spent_hold, payer=bank.chen, minutes=40, expires_at=later())
    service.post(hold_uid=bank.spent_hold, uid=bank.post, payee=bank.bo, minutes=30)
    service.hold(uid=bank.hold, payer=bank.chen, minutes=45, expires_at=later())
    return bank


@pytest.fixture
def bank(cast: Cast) -> Iterator[Bank]:
    """The bank inside an act."""
    with transaction():
        yield open_bank(cast)
