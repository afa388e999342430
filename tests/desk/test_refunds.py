"""What was redeemed and is given back: by two people, once, with a reason, and told to whom it belongs."""

from typing import Any

import pytest
from sqlalchemy import select

from app.access.actor import SYSTEM
from app.audit.models import AuditEntry
from app.db import session as database
from app.db import transaction
from app.desk import keeping
from app.desk import service as acts
from app.desk.models import Offer
from app.ledger import service
from app.ledger.errors import AccountNotOpen, AlreadyRefunded, OwnAccount, RefundWaits, SamePersonTwice
from app.ledger.lapsing import lots
from app.ledger.models import Account, AccountKind, Transfer, Unit
from app.ledger.queries import find_account
from app.ledger.redeeming import owner_of_shop
from app.notices.models import Notice
from app.people.models import Role
from app.people.service import add_membership
from tests.desk.test_keeping import LogIn, Rule, fill_points, open_shop, points_held, points_of, serve
from tests.factories import acting, make_staff
from tests.ledger.conftest import Bank
from tests.people import COMMUNITY, OTHER_COMMUNITY

REASON = "The bottle was empty."


@pytest.fixture
def slip(desk: Bank, rule: Rule) -> tuple[Offer, Transfer]:
    """Bo has redeemed two of his three points."""
    rule(points_enabled=True, exchange_for_goods=True)
    with transaction():
        fill_points(desk, 100)
        serve(desk, "v1", 180)
        offer = open_shop(desk, unit=Unit.POINT, price=2)
    with transaction():
        done = keeping.take(acting(desk.people.bo), offer.id, "1" * 24)
    return offer, done


def ask(desk: Bank, slip: tuple[Offer, Transfer], by: Any = None) -> str:
    """The refund proposed by Lin, or by somebody else: its uid."""
    with transaction():
        return acts.propose_refund(acting(by or desk.people.lin), slip[0].shop_id, slip[1].uid, REASON).uid


def agree(desk: Bank, uid: str, by: Any = None) -> Transfer | None:
    with transaction():
        return acts.agree(acting(by or desk.people.approver), uid)


def taken(offer: Offer, unit: Unit = Unit.POINT) -> int:
    database.expire_all()
    account = find_account(AccountKind.SHOP, owner_of_shop(offer.shop_id), unit=unit)
    assert account is not None
    return account.posted


def told(person_id: str) -> dict[str, Any]:
    database.expire_all()
    rows = select(Notice).where(Notice.person_id == person_id, Notice.kind.startswith("refunded"))
    return {notice.kind: notice.data for notice in database.scalars(rows)}


def test_points_come_back_on_two_words_and_their_owner_is_told(desk: Bank, slip: tuple[Offer, Transfer]) -> None:
    uid = ask(desk, slip)
    assert (points_held(desk), taken(slip[0])) == (1, 2)
    assert told(desk.people.bo.id) == {}
    done = agree(desk, uid)
    assert done is not None
    assert (done.kind, done.reverses_uid) == ("reversal", slip[1].uid)
    assert (points_held(desk), taken(slip[0])) == (3, 0)
    data = told(desk.people.bo.id)["refunded_points"]
    assert (data["points"], data["shop"], data["reason"]) == (2, "福利超市", REASON)
    trail = select(AuditEntry.verb, AuditEntry.actor_id).where(AuditEntry.subject == f"transfer:{uid}")
    lin, approver = desk.people.lin.id, desk.people.approver.id
    assert {tuple(row) for row in database.execute(trail)} == {("ledger.propose", lin), ("ledger.approve", approver)}


def test_stored_time_comes_back_too(desk: Bank, slip: tuple[Offer, Transfer]) -> None:
    with transaction():
        offer = keeping.add_offer(acting(desk.people.lin), slip[0].shop_id, name="理发", unit=Unit.MINUTE, price=45)
    before = desk.posted(desk.bo)
    with transaction():
        done = keeping.take(acting(desk.people.bo), offer.id, "2" * 24)
    assert desk.posted(desk.bo) == before - 45
    agree(desk, ask(desk, (offer, done)))
    assert (desk.posted(desk.bo), taken(offer, Unit.MINUTE)) == (before, 0)
    assert told(desk.people.bo.id)["refunded"]["minutes"] == 45


def test_what_came_back_is_as_old_as_it_was(desk: Bank, slip: tuple[Offer, Transfer], clock: Any) -> None:
    clock.forward(days=40)
    agree(desk, ask(desk, slip))
    account = points_of(desk)
    assert account is not None
    (lot,) = lots(account)
    earned = database.get_one(Transfer, "visit:v1:post:points")
    assert (lot.left, lot.at) == (3, earned.created_at)


def test_twice_is_refused_with_a_sentence(desk: Bank, slip: tuple[Offer, Transfer], log_in: LogIn) -> None:
    agree(desk, ask(desk, slip))
    for by in (desk.people.lin, desk.people.approver):
        with pytest.raises(AlreadyRefunded):
            ask(desk, slip, by=by)
    where = f"/c/ledger/shops/{slip[0].shop_id}/slips/{slip[1].uid}/refund"
    answer = log_in(desk.people.lin).post(f"{where}?lang=en", data={"reason": REASON})
    assert answer.status_code == 409
    assert "It is given back once only." in answer.get_data(as_text=True)
    assert (points_held(desk), taken(slip[0])) == (3, 0)


def test_while_one_waits_a_colleague_reads_so_and_the_same_button_is_harmless(
    desk: Bank, slip: tuple[Offer, Transfer]
) -> None:
    assert ask(desk, slip) == ask(desk, slip)
    with pytest.raises(RefundWaits):
        ask(desk, slip, by=desk.people.approver)


def test_who_asked_does_not_approve(desk: Bank, slip: tuple[Offer, Transfer], log_in: LogIn) -> None:
    uid = ask(desk, slip)
    with pytest.raises(SamePersonTwice):
        agree(desk, uid, by=desk.people.lin)
    lin = log_in(desk.people.lin)
    assert lin.post(f"/c/ledger/proposals/{uid}", data={"answer": "yes"}).status_code == 303
    assert "这要两个人核" in lin.get("/c/ledger/pending").get_data(as_text=True)
    assert points_held(desk) == 1


def test_nobody_asks_or_approves_for_her_own_slip(desk: Bank, slip: tuple[Offer, Transfer]) -> None:
    with transaction():
        add_membership(SYSTEM, desk.people.bo.id, COMMUNITY, Role.COORDINATOR)
    with pytest.raises(OwnAccount):
        ask(desk, slip, by=desk.people.bo)
    uid = ask(desk, slip)
    with pytest.raises(OwnAccount):
        agree(desk, uid, by=desk.people.bo)


def test_after_a_no_it_can_be_asked_again(desk: Bank, slip: tuple[Offer, Transfer]) -> None:
    uid = ask(desk, slip)
    with transaction():
        acts.refuse(acting(desk.people.approver), uid)
    assert points_held(desk) == 1
    again = ask(desk, slip)
    assert again != uid
    agree(desk, again)
    assert points_held(desk) == 3


def test_only_a_slip_of_that_shop_and_only_in_ones_own_units(
    desk: Bank, slip: tuple[Offer, Transfer], log_in: LogIn
) -> None:
    lin = log_in(desk.people.lin)
    shop = f"/c/ledger/shops/{slip[0].shop_id}/slips"
    assert lin.get(f"{shop}/{slip[1].uid}/refund").status_code == 200
    assert lin.get(f"{shop}/visit:v1:post/refund").status_code == 404
    assert lin.post(f"{shop}/visit:v1:post/refund", data={"reason": REASON}).status_code == 404
    with transaction():
        other = make_staff(role=Role.COORDINATOR, unit_code=OTHER_COMMUNITY)
        elsewhere = keeping.open_shop(acting(desk.people.lin), COMMUNITY, name="理发店", where="路口")
    assert lin.get(f"/c/ledger/shops/{elsewhere.id}/slips/{slip[1].uid}/refund").status_code == 404
    assert log_in(other).get(f"{shop}/{slip[1].uid}/refund").status_code == 404
    assert log_in(desk.people.guo).post(f"{shop}/{slip[1].uid}/refund", data={"reason": REASON}).status_code == 403
    assert log_in(desk.people.auditor).get(f"{shop}/{slip[1].uid}/refund").status_code == 403


def test_the_pages_lead_there_and_say_what_became_of_it(
    desk: Bank, slip: tuple[Offer, Transfer], log_in: LogIn
) -> None:
    lin, bo = log_in(desk.people.lin), log_in(desk.people.bo)
    shop, where = f"/c/ledger/shops/{slip[0].shop_id}", f"/c/ledger/shops/{slip[0].shop_id}/slips/{slip[1].uid}/refund"

    def reads(client: Any, address: str) -> str:
        return str(client.get(f"{address}?lang=en").get_data(as_text=True))

    assert where in reads(lin, shop)
    assert where in reads(lin, f"/c/ledger/lines/{slip[1].uid}")
    assert "Show this number at the shop." in reads(bo, f"/me/points/slips/{slip[1].uid}")
    empty = lin.post(f"{where}?lang=en", data={"reason": " "})
    assert empty.status_code == 422
    assert lin.post(where, data={"reason": REASON}).headers["Location"] == "/c/ledger/pending"
    assert "waits for a second person" in reads(lin, shop)
    assert REASON in reads(log_in(desk.people.approver), "/c/ledger/pending")
    agree(desk, f"{slip[1].uid}:reversal")
    assert "given back" in reads(lin, shop)
    said = reads(bo, f"/me/points/slips/{slip[1].uid}")
    assert "The slip no longer counts." in said
    assert "Show this number at the shop." not in said
    chinese = bo.get(f"/me/points/slips/{slip[1].uid}?lang=zh").get_data(as_text=True)
    assert "这张凭证已作废" in chinese


def test_a_stopped_account_gets_nothing_back_until_it_is_open(desk: Bank, slip: tuple[Offer, Transfer]) -> None:
    account = points_of(desk)
    assert account is not None
    uid = ask(desk, slip)
    with transaction():
        service.freeze(account_id=account.id, by=desk.people.lin.id, reason="being looked into")
    with pytest.raises(AccountNotOpen):
        agree(desk, uid)
    assert points_held(desk) == 1
    assert database.get_one(Account, account.id).posted == 1
