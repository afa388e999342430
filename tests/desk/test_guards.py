"""Lines of the desk's kinds written past the code: refused by their own guard, and stored where that guard is gone."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import db, transaction
from app.db import session as database
from app.desk import keeping
from app.desk.models import Shop
from app.ledger import service
from app.ledger.charity import charity_account
from app.ledger.desk_guards import DESK_GUARDS
from app.ledger.guards import create_guard, drop_guard
from app.ledger.models import AccountKind, TransferKind, Unit
from app.ledger.posting import Leg, store
from app.ledger.queries import find_account
from app.ledger.redeeming import shop_account
from tests.ledger.conftest import Bank
from tests.people import COMMUNITY


def leg_of(desk: Bank, guard: str) -> Leg:
    """A line that the code's own checks let pass and only this guard refuses."""
    lin = desk.people.actor(desk.people.lin)
    if guard == "transfer_lapse_announced":
        sink = find_account(AccountKind.EXPIRY, "4205")
        assert sink is not None
        uid = f"expire:{desk.bo}:202606"
        return Leg(uid=uid, kind=TransferKind.EXPIRE, debit_id=desk.bo, credit_id=sink.id, amount=5)
    if guard == "transfer_redeemed_by_owner":
        shop: Shop = keeping.open_shop(lin, COMMUNITY, name="福利超市", where="路口")
        till = shop_account(shop, Unit.MINUTE).id
        return Leg(uid="r", kind=TransferKind.REDEEM, debit_id=desk.bo, credit_id=till, amount=5,
                   made_by_id=desk.people.lin.id)  # fmt: skip
    if guard == "transfer_overrun_agreed":
        return Leg(uid="o", kind=TransferKind.OVERRUN, debit_id=desk.chen, credit_id=desk.bo, amount=5,
                   link_uid=desk.post, made_by_id=desk.people.bo.id)  # fmt: skip
    charity = keeping.open_charity(
        lin, COMMUNITY, name="重阳专项", donor="长江公司", purpose="陪聊", item_codes=[], categories=[]
    )
    purse = charity_account(charity)
    service.seed(uid="seed:charity", issuance=desk.issuance, to=purse.id, minutes=60,
                 approvers=[desk.people.lin.id, desk.people.approver.id])  # fmt: skip
    return Leg(uid="d", kind=TransferKind.DONATE, debit_id=purse.id, credit_id=desk.fund, amount=5)


@pytest.mark.parametrize("guard", [guard.name for guard in DESK_GUARDS])
def test_each_guard_of_the_desk_is_alive(desk: Bank, guard: str) -> None:
    with transaction():
        leg = leg_of(desk, guard)
    with pytest.raises(DBAPIError, match=guard), transaction():
        store(leg)
    with db.engine.begin() as connection:
        drop_guard(connection, guard)
    with transaction():
        assert store(leg).amount == 5
    with db.engine.begin() as connection:
        create_guard(connection, guard)


@pytest.mark.parametrize("statement", ["UPDATE expiry_notice SET amount = 1", "DELETE FROM expiry_notice"])
def test_a_notice_is_never_altered(desk: Bank, statement: str) -> None:
    with transaction():
        database.execute(
            text("INSERT INTO expiry_notice (uid, days_before, account_id, lapses_on, amount, told_at, ripe_at) VALUES"
                 " ('x', 60, :account, '2026-09-01', 5, '2026-06-01 00:00:00.000000', '2026-08-01 00:00:00.000000')"),
            {"account": desk.bo},
        )  # fmt: skip
    with pytest.raises(DBAPIError, match="guard expiry_notice"), transaction():
        database.execute(text(statement))


