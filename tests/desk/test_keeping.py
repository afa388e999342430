"""Points, shops, teams and funds with a purpose: what they take in, what they pay for, and what they never do."""

from collections.abc import Callable
from typing import Any

import pytest

from app.db import session as database
from app.db import transaction
from app.desk import keeping
from app.desk.models import Charity, Offer, Shop
from app.ledger import service
from app.ledger.charity import charity_account
from app.ledger.errors import NotRedeemable
from app.ledger.models import Account, AccountKind, AwaitedCredit, Transfer, TransferKind, Unit
from app.ledger.points import ensure_points_accounts
from app.ledger.posting import Words
from app.ledger.queries import find_account
from app.people.models import Team, TeamMember
from tests.ledger.conftest import Bank, later
from tests.people import COMMUNITY, GRID3

LogIn = Callable[..., Any]
Rule = Callable[..., None]


def serve(desk: Bank, visit: str, minutes: int, *, item: str = "companion-chat") -> Transfer | None:
    """Bo serves Aunt Chen, paid by the community fund from a hold."""
    hold = f"order:{visit}:hold:1"
    service.hold(uid=hold, payer=desk.fund, minutes=minutes, expires_at=later())
    return service.pay_visit(
        visit_id=visit, hold_uid=hold, payee=desk.bo, fund=desk.fund, minutes=minutes,
        memo=Words(item_code=item, visit_id=visit, elder_id=desk.people.chen.id),
    )  # fmt: skip


def points_of(desk: Bank) -> Account | None:
    database.expire_all()
    return find_account(AccountKind.PERSON, desk.people.bo.id, unit=Unit.POINT)


def points_held(desk: Bank) -> int:
    """What Bo's points account holds."""
    account = points_of(desk)
    assert account is not None
    return account.posted


def fill_points(desk: Bank, amount: int) -> None:
    fund = ensure_points_accounts(GRID3, on=service_day())
    issuance = find_account(AccountKind.ISSUANCE, COMMUNITY, unit=Unit.POINT, label=str(service_day().year))
    assert issuance is not None
    service.seed(
        uid=f"seed:points:{amount}", issuance=issuance.id, to=fund.id, minutes=amount,
        approvers=[desk.people.lin.id, desk.people.approver.id],
    )  # fmt: skip


def service_day() -> Any:
    from app import clock

    return clock.now().date()


# Points ---------------------------------------------------------------------------------------------------------------


def test_no_points_come_where_the_rules_give_none(desk: Bank) -> None:
    with transaction():
        serve(desk, "v1", 120)
    assert points_of(desk) is None


def test_hours_earn_points_and_stay(desk: Bank, rule: Rule) -> None:
    rule(points_enabled=True)
    with transaction():
        fill_points(desk, 100)
        for number, minutes in enumerate((45, 45, 30)):  # 0.75 + 0.75 + 0.5: nothing is lost by rounding
            serve(desk, f"v{number}", minutes)
    account = points_of(desk)
    assert account is not None
    assert account.posted == 2
    assert desk.posted(desk.bo) == 30 + 120


def test_points_wait_for_their_fund_as_minutes_do(desk: Bank, rule: Rule) -> None:
    rule(points_enabled=True)
    with transaction():
        serve(desk, "v1", 120)
    account = points_of(desk)
    assert account is not None
    assert (account.posted, database.query(AwaitedCredit).filter_by(payee_account_id=account.id).one().amount) == (0, 2)
    with transaction():
        fill_points(desk, 100)
    assert points_held(desk) == 2


# Shops ----------------------------------------------------------------------------------------------------------------


def open_shop(desk: Bank, *, unit: Unit, price: int) -> Offer:
    lin = desk.people.actor(desk.people.lin)
    shop = keeping.open_shop(lin, COMMUNITY, name="福利超市", where="樵湖岭路 8 号")
    return keeping.add_offer(lin, shop.id, name="洗衣液", unit=unit, price=price)


def test_points_are_redeemed_by_their_owner_for_a_slip(desk: Bank, rule: Rule, log_in: LogIn) -> None:
    rule(points_enabled=True)
    with transaction():
        fill_points(desk, 100)
        serve(desk, "v1", 180)
        offer = open_shop(desk, unit=Unit.POINT, price=2)
    bo = log_in(desk.people.bo)
    assert "洗衣液" in bo.get("/me/points?lang=en").get_data(as_text=True)
    form = {"nonce": "0123456789abcdef01234567"}
    answers = [bo.post(f"/me/points/redeem/{offer.id}", data=form) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert points_held(desk) == 1
    slip = bo.get(answers[0].headers["Location"] + "?lang=en").get_data(as_text=True)
    assert "234567" in slip
    assert log_in(desk.people.dan).get(answers[0].headers["Location"]).status_code == 404
    more = bo.post(f"/me/points/redeem/{offer.id}?lang=en", data={"nonce": "f" * 24})
    assert more.status_code == 409
    lin = log_in(desk.people.lin)
    page = lin.get(f"/c/ledger/shops/{offer.shop_id}?lang=en&q=234567").get_data(as_text=True)
    assert "李博" in page
    assert "2 points" in page


def test_time_is_redeemed_only_where_the_rules_say_so(desk: Bank, rule: Rule) -> None:
    with transaction():
        offer = open_shop(desk, unit=Unit.MINUTE, price=30)
    redeem = {"owner_id": desk.people.bo.id, "offer": offer, "on": service_day()}
    with pytest.raises(NotRedeemable), transaction():
        service.redeem(uid="r1", **redeem)
    rule(exchange_for_goods=True)
    with transaction():
        service.redeem(uid="r1", **redeem)
    assert desk.posted(desk.bo) == 0


def test_nothing_is_redeemed_at_a_shop_that_ended(desk: Bank, rule: Rule) -> None:
    rule(exchange_for_goods=True)
    with transaction():
        offer = open_shop(desk, unit=Unit.MINUTE, price=30)
        keeping.end_shop(desk.people.actor(desk.people.lin), offer.shop_id)
    with pytest.raises(NotRedeemable), transaction():
        service.redeem(uid="r1", owner_id=desk.people.bo.id, offer=offer, on=service_day())


def test_a_shop_is_opened_on_its_page_and_what_is_wrong_is_said(desk: Bank, rule: Rule, log_in: LogIn) -> None:
    lin = log_in(desk.people.lin)
    assert lin.post("/c/ledger/shops/new?lang=en", data={"name": "", "where": "here"}).status_code == 422
    there = lin.post("/c/ledger/shops/new", data={"name": "理发店", "where": "路口"}).headers["Location"]
    assert "neither stored time nor points" in lin.get(f"{there}?lang=en").get_data(as_text=True)
    rule(points_enabled=True)
    wrong = lin.post(f"{there}/offers?lang=en", data={"name": "理发", "unit": "minute", "price": "3"})
    assert wrong.status_code == 422
    assert lin.post(f"{there}/offers", data={"name": "理发", "unit": "point", "price": "3"}).status_code == 303
    offer = database.query(Offer).one()
    assert lin.post(f"{there}/offers/{offer.id}/end").status_code == 303
    assert "Nothing is offered yet." in lin.get(f"{there}?lang=en").get_data(as_text=True)
    assert lin.post(f"{there}/end").status_code == 303
    assert database.query(Shop).one().ended_at is not None


# Funds with a purpose -------------------------------------------------------------------------------------------------


def open_charity(desk: Bank, minutes: int, **given: list[str]) -> Charity:
    purpose: dict[str, Any] = {"item_codes": [], "categories": []} | given
    charity = keeping.open_charity(
        desk.people.actor(desk.people.lin), COMMUNITY, name="重阳专项", donor="长江公司", purpose="陪聊", **purpose
    )
    if minutes:
        service.seed(
            uid="seed:charity", issuance=desk.issuance, to=charity_account(charity).id, minutes=minutes,
            approvers=[desk.people.lin.id, desk.people.approver.id],
        )  # fmt: skip
    return charity


def stored(charity: Charity) -> int:
    database.expire_all()
    return charity_account(charity).posted


def test_a_purpose_pays_the_community_fund_back_for_what_fits(desk: Bank, log_in: LogIn) -> None:
    with transaction():
        charity = open_charity(desk, 100, item_codes=["companion-chat"], categories=["alone"])
        before = desk.posted(desk.fund)
        serve(desk, "fits", 60)
        serve(desk, "other", 60, item="shopping")
    assert stored(charity) == 40
    assert desk.posted(desk.fund) == before - 120 + 60
    paid = database.get_one(Transfer, "visit:fits:post:charity")
    assert (paid.kind, paid.link_uid) == (TransferKind.DONATE, "visit:fits:post")
    page = log_in(desk.people.lin).get(f"/c/ledger/funds/{charity.id}?lang=en").get_data(as_text=True)
    assert "1 hour" in page
    assert log_in(desk.people.xu).get(f"/c/ledger/funds/{charity.id}").status_code == 404


def test_a_purpose_pays_no_more_than_it_has(desk: Bank) -> None:
    with transaction():
        charity = open_charity(desk, 25)
        serve(desk, "v1", 60)
        serve(desk, "v2", 60)
    assert stored(charity) == 0
    assert database.get(Transfer, "visit:v2:post:charity") is None


def test_a_purpose_pays_what_waits_and_fits_before_the_fund_is_filled(desk: Bank) -> None:
    with transaction():
        for visit, item in (("first", "shopping"), ("second", "companion-chat")):
            late = service.pay_visit(
                visit_id=visit, hold_uid=None, payee=desk.bo, fund=desk.fund, minutes=700,
                memo=Words(item_code=item, elder_id=desk.people.chen.id),
            )  # fmt: skip
            assert late is None
        charity = open_charity(desk, 800, item_codes=["companion-chat"])
    assert stored(charity) == 100
    assert database.get(Transfer, "visit:second:late") is not None
    assert database.get(Transfer, "visit:first:late") is None


def test_a_fund_is_opened_on_its_page(desk: Bank, log_in: LogIn) -> None:
    lin = log_in(desk.people.lin)
    form = {"name": "重阳专项", "donor": "长江公司", "purpose": "陪聊"}
    form |= {"items": "companion-chat", "categories": "alone"}
    assert lin.post("/c/ledger/funds/new?lang=en", data=form | {"purpose": ""}).status_code == 422
    there = lin.post("/c/ledger/funds/new", data=form).headers["Location"]
    charity = database.query(Charity).one()
    assert (charity.item_codes, charity.categories) == (["companion-chat"], ["alone"])
    assert lin.get(there).status_code == 200
    seed = {"to": charity.id, "amount": "2", "reason": "From the firm.", "nonce": "9" * 24}
    assert lin.post("/c/ledger/seed", data=seed).status_code == 303
    log_in(desk.people.approver).post(f"/c/ledger/proposals/seed:{COMMUNITY}:{'9' * 24}", data={"answer": "yes"})
    assert stored(charity) == 120


# Teams ----------------------------------------------------------------------------------------------------------------


def join_team(desk: Bank) -> Team:
    team = Team(unit_code=COMMUNITY, name="代办队", leader_id=desk.people.dan.id)
    database.add(team)
    database.flush()
    database.add(TeamMember(team_id=team.id, volunteer_id=desk.people.bo.id))
    database.flush()
    return team


@pytest.mark.parametrize(("hours", "own", "teams"), [("donate_only", 0, 60), ("members_store", 60, 0)])
def test_members_hours_go_to_the_team_where_the_rules_say_so(
    desk: Bank, rule: Rule, hours: str, own: int, teams: int
) -> None:
    if hours != "donate_only":  # the neutral rule
        rule(team_hours=hours)
    with transaction():
        team = join_team(desk)
        serve(desk, "v1", 60)
    assert desk.posted(desk.bo) == 30 + own
    purse = find_account(AccountKind.TEAM, f"team:{team.id}")
    assert (purse.posted if purse else 0) == teams


def test_a_team_gives_its_hours_to_a_fund_and_its_leader_hears(desk: Bank, log_in: LogIn) -> None:
    with transaction():
        team = join_team(desk)
        serve(desk, "v1", 60)
    lin, page = log_in(desk.people.lin), f"/c/ledger/teams/{team.id}"
    assert "1 hour" in lin.get(f"{page}?lang=en").get_data(as_text=True)
    form = {"to": desk.fund, "amount": "61", "nonce": "b" * 24}
    too_much = lin.post(f"{page}/give?lang=en", data=form)
    assert too_much.status_code == 409
    assert "60 minutes can be used" in too_much.get_data(as_text=True)
    before = desk.posted(desk.fund)
    for _ in range(2):
        assert lin.post(f"{page}/give", data=form | {"amount": "50"}).status_code == 303
    assert desk.posted(desk.fund) == before + 50
    assert log_in(desk.people.xu).get(page).status_code == 404
