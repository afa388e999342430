"""Every published rule of Beijing, Nanjing, Shanghai and Huangshan is played through the real services under the pack
of its place, with the figure of its row; what cannot be a setting stands on the page of the pack with the reason.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select

from app import clock as wall
from app.db import session as database
from app.desk import keeping
from app.desk.lapses import go_round
from app.desk.models import Offer
from app.errors import Invalid
from app.ledger.errors import NotRedeemable
from app.ledger.models import Account, AccountKind, Transfer, Unit
from app.ledger.points import ensure_points_accounts
from app.ledger.queries import find_account, fund_of
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, seed
from app.menu.queries import NotOffered
from app.needs.models import Need, NeedPlace
from app.needs.service import OrderEntry, place_need
from app.passbook.donating import donate_own
from app.passbook.errors import NotInTheCircle
from app.passbook.gifts import ask_gift, give_due, say_word
from app.people.admitting import NotReady, admit_volunteer, check_identity
from app.people.models import Delegation, Person, Relation, Team, TeamMember, VolunteerState
from app.rulepacks.packs import FOLDER, Pack, shipped
from app.rulepacks.scheme_queries import coins
from app.visits.service import check_out
from app.visits.steps import NotNow
from tests.conftest import Clock, Visitor
from tests.factories import ZONE, make_elder, make_volunteer
from tests.people import COMMUNITY, GRID3, OTHER_COMMUNITY, Cast
from tests.rulepacks.support import FIRST, proposed, serve, take_over
from tests.visits.support import accepted, at_the_door, gone_home, issue, paid_need

PLACES = ("北京市", "南京市", "上海市", "黄山市")
Replay = Callable[[Cast, Clock, "Fact"], None]
REPLAYS: dict[str, tuple[str, Replay]] = {}


@dataclass(frozen=True)
class Fact:
    """One published rule: what was found, and where."""

    name: str
    value: str
    said: str

    @property
    def figure(self) -> int:
        return int(self.value)


@cache
def facts() -> dict[str, Fact]:
    """Every row about one of the places and its districts, by place and key."""
    with (FOLDER / "timebank_rules_cn.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["place"].startswith(PLACES)]
    found = {f"{row['place']} {row['key']}": row for row in rows}
    assert len(found) == len(rows), "two rows say the same key of one place"
    return {name: Fact(name, row["value"], row["fact_zh"]) for name, row in found.items()}


def replays(pack: str, name: str) -> Callable[[Replay], Replay]:
    """Marks the function that plays a row under a pack."""

    def mark(function: Replay) -> Replay:
        REPLAYS[name] = (pack, function)
        return function

    return mark


def remarked() -> dict[str, list[Any]]:
    """The remarks of all packs, by row."""
    found: dict[str, list[Any]] = {}
    for pack in shipped().values():
        for remark in pack.remarks:
            for name in remark["facts"]:
                found.setdefault(name, []).append(remark)
    return found


def named_by(pack: Pack) -> set[str]:
    return {name for each in pack.values for name in each.facts}


# The table and the packs ---------------------------------------------------------------------------------------------


def test_each_published_row_is_played_or_stands_on_the_page_of_its_pack_with_the_reason() -> None:
    assert len(facts()) == 26
    assert set(facts()) == set(REPLAYS) | set(remarked())
    for name, (pack, _play) in REPLAYS.items():
        held = name in named_by(shipped()[pack]) or name in remarked()
        assert held, f"{name} is played under {pack}, which does not name it"


def test_each_value_of_a_pack_names_a_row_that_is_played() -> None:
    for pack in shipped().values():
        assert named_by(pack) <= set(REPLAYS), pack.code
        for each in pack.values:
            assert each.facts or each.key == "scheme_name_zh", f"{pack.code} {each.key}: which row says so?"


@pytest.mark.parametrize("code", shipped())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_not_a_setting_stands_on_the_page(
    log_in: Callable[[Any], Visitor], cast: Cast, code: str, language: str
) -> None:
    page = log_in(cast.lin).get(f"/c/rules/packs/{code}?lang={language}").text.replace("&#39;", "'")
    for remark in shipped()[code].remarks:
        assert remark[language] in page
        assert remark[f"source_{language}"] in page


@pytest.mark.parametrize("name", REPLAYS)
def test_the_published_rule_is_what_happens(people: Cast, clock: Clock, name: str) -> None:
    pack, play = REPLAYS[name]
    take_over(people, clock, pack)
    play(people, clock, facts()[name])


# What the plays share ------------------------------------------------------------------------------------------------


def born(years: int, *, on: date = FIRST) -> date:
    """Somebody whose birthday of so many years is on that day."""
    return on.replace(year=on.year - years)


def order(people: Cast, elder_id: str, item: str = "companion-chat") -> Need:
    """An order for tomorrow, placed by Coordinator Lin."""
    tomorrow = wall.today(ZONE) + timedelta(days=1)
    entry = OrderEntry(elder_id=elder_id, item_code=item, day=tomorrow, earliest_start_min=480, latest_start_min=630)
    return place_need(people.actor(people.lin), entry)


def hold_of(need: Need) -> Transfer | None:
    uid = database.get_one(NeedPlace, (need.id, 1)).hold_uid
    return None if uid is None else database.get_one(Transfer, uid)


def payer_of(people: Cast, birth_date: date, *, stored: int = 120, **given: Any) -> str | None:
    """Who pays an order of an elder born then who has so much of her own; None: nobody yet."""
    elder = make_elder(birth_date=birth_date, **({"categories": ()} | given))
    if stored:
        issue(people, ensure_person_account(elder.person_id), stored)
    hold = hold_of(order(people, elder.person_id))
    return None if hold is None else str(hold.debit_kind)


def purse(person: Person) -> Account:
    return ensure_person_account(person.id)


def given_by_chen(people: Cast, at: Clock, to: Person, minutes: int) -> int:
    """What a relative has after Aunt Chen decided a gift, was asked in person and a day went by."""
    uid = f"gift:{to.id}"
    ask_gift(people.actor(people.chen), uid=uid, to=to.id, minutes=minutes)
    say_word(people.actor(people.guo), uid, said_yes=True, how="door")
    at.forward(days=1)
    give_due()
    return purse(to).posted


def relative(people: Cast, relation: Relation, years: int = 62) -> Person:
    """Somebody of Aunt Chen's family, of this age."""
    person = database.get_one(Person, make_elder(birth_date=born(years), categories=()).person_id)
    database.add(
        Delegation(elder_id=people.chen.id, relative_id=person.id, relation=relation, consent_how="door",
                   recorded_by=people.lin.id, since=wall.now())
    )  # fmt: skip
    database.flush()
    return person


def applicant(people: Cast, birth_date: date, guardian: str = "") -> str:
    """Somebody who applied and whose papers were all seen."""
    newcomer = make_volunteer(birth_date=birth_date, state=VolunteerState.APPLIED, guardian_name=guardian)
    check_identity(people.actor(people.lin), newcomer.person_id)
    return newcomer.person_id


def offer_of_a_shop(people: Cast, unit: Unit, price: int) -> Offer:
    lin = people.actor(people.lin)
    shop = keeping.open_shop(lin, COMMUNITY, name="福利超市", where="樵湖岭路8号")
    return keeping.add_offer(lin, shop.id, name="洗衣液", unit=unit, price=price)


def an_hour_is(people: Cast, at: Clock, fact: Fact) -> None:
    """An hour at the door is one coin, and less than an hour none yet."""
    serve(people, at, 60)
    assert coins(purse(people.bo).posted, COMMUNITY, on=FIRST) == fact.figure
    serve(people, at, 55, start=780)
    assert (purse(people.bo).posted, coins(purse(people.bo).posted, COMMUNITY, on=FIRST)) == (115, fact.figure)


# Beijing -------------------------------------------------------------------------------------------------------------


@replays("beijing-2022", "北京市 coin_per_hour")
def beijing_coin(people: Cast, at: Clock, fact: Fact) -> None:
    assert fact.said == "志愿者每服务1小时获1个时间币,全市通存通兑"
    an_hour_is(people, at, fact)
    across_town = make_elder(birth_date=born(70), unit_code=OTHER_COMMUNITY)
    assert ensure_person_account(across_town.person_id).ledger_id == purse(people.bo).ledger_id, "one book for the city"


@replays("beijing-2022", "北京市 min_age_volunteer")
def beijing_age(people: Cast, at: Clock, fact: Fact) -> None:
    assert "未满18周岁在校学生须监护人带领" in fact.said
    lin, birthday = people.actor(people.lin), born(fact.figure)
    assert admit_volunteer(lin, applicant(people, birthday)).state == VolunteerState.PROBATION
    with pytest.raises(NotReady):
        admit_volunteer(lin, applicant(people, birthday + timedelta(days=1)))
    with_guardian = applicant(people, birthday + timedelta(days=1), guardian="她母亲")
    assert admit_volunteer(lin, with_guardian).state == VolunteerState.PROBATION


@replays("beijing-2022", "北京市 redeem_age")
def beijing_use(people: Cast, at: Clock, fact: Fact) -> None:
    assert "兑换相同时长服务供本人使用,或赠送直系亲属" in fact.said
    birthday = born(fact.figure)
    assert payer_of(people, birthday) == "person"
    assert payer_of(people, birthday + timedelta(days=1)) is None
    issue(people, purse(people.chen), 240)
    need = order(people, people.chen.id)
    hold = hold_of(need)
    assert hold is not None
    assert hold.amount == need.duration_min, "as much service as was stored"
    people.mei.birth_date = born(62)
    assert given_by_chen(people, at, people.mei, 30) == 30
    with pytest.raises(NotInTheCircle):
        given_by_chen(people, at, relative(people, Relation.SIBLING), 30)


@replays("beijing-2022", "北京市 attendance")
def beijing_attendance(people: Cast, at: Clock, fact: Fact) -> None:
    assert "签到、签出记录服务时长" in fact.said
    world = paid_need(people, minutes=60, duration_min=60)
    at.move_to(wall.instant(world.need.day, 570, ZONE))
    visit = accepted(world)
    with pytest.raises(NotNow):
        check_out(people.actor(people.bo), visit.id)
    at_the_door(world, visit)
    at.forward(minutes=38)
    assert gone_home(world, visit).actual_min == 38


# Nanjing and its districts -------------------------------------------------------------------------------------------


@replays("nanjing-2019", "南京市 cap_individual")
def nanjing_cap(people: Cast, at: Clock, fact: Fact) -> None:
    assert "超出用于捐赠或褒奖" in fact.said
    issue(people, purse(people.bo), 60 * fact.figure - 10)
    world, visit = serve(people, at, 30)
    fund = fund_of(world.need.unit_code)
    assert fund is not None
    assert (purse(people.bo).posted, fund.posted) == (60 * fact.figure, 20)
    assert (visit.actual_min, visit.credit_min) == (30, 30)


@replays("nanjing-2019", "南京市 who_may_receive")
def nanjing_receivers(people: Cast, at: Clock, fact: Fact) -> None:
    assert "80+空巢独居;60-79低保失能半失能空巢独居" in fact.said
    issue(people, ensure_accounts_for_unit(GRID3, on=FIRST), 600)
    poor = {"categories": ("alone", "minimum_allowance"), "ability": "moderate"}
    assert payer_of(people, born(80), categories=("empty_nest",)) == "community_fund"
    assert payer_of(people, born(79), categories=("empty_nest",)) == "person"
    assert payer_of(people, born(60), **poor) == "community_fund"
    assert payer_of(people, born(60), **poor | {"ability": "intact"}) == "person"
    assert payer_of(people, born(70), categories=("special_family",)) == "person"
    assert payer_of(people, born(60)) == "person", "60 and older with stored time"
    assert payer_of(people, born(59)) == "community_fund", "too young for her own; the site's default, see the remark"


@replays("nanjing-2019", "南京市 group_volunteers")
def nanjing_teams(people: Cast, at: Clock, fact: Fact) -> None:
    assert fact.value == "donate_only"
    team = Team(unit_code=COMMUNITY, name="代办队")
    database.add(team)
    database.flush()
    database.add(TeamMember(team_id=team.id, volunteer_id=people.bo.id))
    _world, visit = serve(people, at, 60)
    held = find_account(AccountKind.TEAM, f"team:{team.id}")
    assert held is not None
    assert (held.posted, purse(people.bo).posted, visit.actual_min) == (60, 0, 60)
    fund = ensure_accounts_for_unit(GRID3, on=FIRST)
    keeping.team_gives(people.actor(people.lin), team.id, to=fund.id, minutes=60, nonce="0123456789abcdef")
    assert fund.posted == 60
    listed = make_elder(birth_date=born(85), categories=("alone",))
    issue(people, ensure_person_account(listed.person_id), 120)
    hold = hold_of(order(people, listed.person_id))
    assert hold is not None
    assert hold.debit_account_id == fund.id, "what was donated serves the listed elders first"


@replays("nanjing-gulou-2018", "南京市鼓楼区 exchange")
def gulou_exchange(people: Cast, at: Clock, fact: Fact) -> None:
    assert fact.value == "service_only"
    offer = offer_of_a_shop(people, Unit.MINUTE, 30)
    issue(people, purse(people.chen), 240)
    with pytest.raises(NotRedeemable):
        keeping.take(people.actor(people.chen), offer.id, "0123456789abcdef")
    with pytest.raises(Invalid):
        proposed(people, {"exchange_for_money": True}, FIRST + timedelta(days=9))
    donate_own(people.actor(people.chen), uid="donate:1", minutes=30)
    fund = fund_of(GRID3)
    assert fund is not None
    assert fund.posted == 30
    need = order(people, people.chen.id)
    hold = hold_of(need)
    assert hold is not None
    assert hold.amount == need.duration_min, "as much service as was stored"
    assert payer_of(people, born(60)) == "person"
    people.mei.birth_date = born(62)
    assert given_by_chen(people, at, people.mei, 30) == 30
    with pytest.raises(NotInTheCircle):
        given_by_chen(people, at, relative(people, Relation.OTHER), 30)


# Shanghai and its districts ------------------------------------------------------------------------------------------


@replays("shanghai-2026", "上海市 coin_per_hour")
def shanghai_coin(people: Cast, at: Clock, fact: Fact) -> None:
    an_hour_is(people, at, fact)


@replays("shanghai-2026", "上海市 redeem_age")
def shanghai_use(people: Cast, at: Clock, fact: Fact) -> None:
    assert fact.said == "65岁起可用;特殊困难60岁"
    birthday, hardship = born(fact.figure), {"categories": ("minimum_allowance",)}
    assert payer_of(people, birthday) == "person"
    assert payer_of(people, birthday + timedelta(days=1)) is None
    assert payer_of(people, birthday + timedelta(days=1), **hardship) == "person"
    assert payer_of(people, born(60), **hardship) == "person"
    assert payer_of(people, born(60) + timedelta(days=1), **hardship) is None


@replays("shanghai-2026", "上海市 gift")
def shanghai_gift(people: Cast, at: Clock, fact: Fact) -> None:
    assert "可转赠亲友,可捐给平台" in fact.said
    issue(people, purse(people.chen), 240)
    for relation in (Relation.SPOUSE, Relation.SIBLING, Relation.GRANDCHILD, Relation.OTHER):
        assert given_by_chen(people, at, relative(people, relation), 20) == 20, relation
    donate_own(people.actor(people.chen), uid="donate:1", minutes=40)
    fund = fund_of(GRID3)
    assert fund is not None
    assert fund.posted == 40


@replays("shanghai-2026", "上海市 risk")
def shanghai_risk(people: Cast, at: Clock, fact: Fact) -> None:
    assert fact.value == "non_professional_low_risk"
    with pytest.raises(NotOffered):
        order(people, people.chen.id, item="bath-standby")
    for key in ("nursing_allowed", "invasive_care_allowed"):
        with pytest.raises(Invalid):
            proposed(people, {key: True}, FIRST + timedelta(days=9))


@replays("shanghai-2026", "上海市 minors")
def shanghai_minors(people: Cast, at: Clock, fact: Fact) -> None:
    assert fact.value == "group_in_institution"
    lin = people.actor(people.lin)
    with pytest.raises(NotReady):
        admit_volunteer(lin, applicant(people, born(18) + timedelta(days=1), guardian="她母亲"))
    assert admit_volunteer(lin, applicant(people, born(18))).state == VolunteerState.PROBATION


@replays("shanghai-changning-pilot", "上海市长宁区 coin_per_hour")
def changning_coin(people: Cast, at: Clock, fact: Fact) -> None:
    an_hour_is(people, at, fact)


@replays("shanghai-changning-pilot", "上海市长宁区 max_per_day")
def changning_day(people: Cast, at: Clock, fact: Fact) -> None:
    _world, first = serve(people, at, 90)
    _world, second = serve(people, at, 89, start=780)
    most = 60 * fact.figure
    assert (first.credit_min, second.credit_min, second.actual_min) == (90, most - 90, 89)
    assert purse(people.bo).posted == most
    at.forward(days=1)
    serve(people, at, 60)
    assert purse(people.bo).posted == most + 60, "the next day is a new one"


@replays("shanghai-changning-pilot", "上海市长宁区 cap_individual")
def changning_cap(people: Cast, at: Clock, fact: Fact) -> None:
    issue(people, purse(people.bo), 60 * fact.figure - 10)
    serve(people, at, 60)
    assert purse(people.bo).posted == 60 * fact.figure


# Huangshan -----------------------------------------------------------------------------------------------------------


@replays("huangshan", "黄山市 points_per_hour")
def huangshan_points(people: Cast, at: Clock, fact: Fact) -> None:
    assert "积分与服务时长分开,兑换不减时长" in fact.said
    fill_points(people, 10)
    serve(people, at, 60)
    assert points(people).posted == fact.figure
    serve(people, at, 30, start=780)
    assert points(people).posted == fact.figure, "half an hour is half a point, kept for later"
    offer = offer_of_a_shop(people, Unit.POINT, 1)
    keeping.take(people.actor(people.bo), offer.id, "0123456789abcdef")
    assert (points(people).posted, purse(people.bo).posted) == (fact.figure - 1, 90)


@replays("huangshan", "黄山市 points_expire_years")
def huangshan_lapse(people: Cast, at: Clock, fact: Fact) -> None:
    assert "积分三年失效,不退" in fact.said
    fill_points(people, 10)
    serve(people, at, 120)
    offer = offer_of_a_shop(people, Unit.POINT, 1)
    keeping.take(people.actor(people.bo), offer.id, "0123456789abcdef")
    keeping.end_shop(people.actor(people.lin), offer.shop_id)
    assert points(people).posted == 1, "what was redeemed is not given back"
    with pytest.raises(Invalid):
        proposed(people, {"points_refundable": True}, FIRST + timedelta(days=9))
    last = date(FIRST.year + fact.figure, FIRST.month + 1, 1)  # the month is good to its end
    for days_before in (60, 7):
        at.move_to(wall.instant(last - timedelta(days=days_before), 540, ZONE))
        assert go_round(points(people).id) == []
    at.move_to(wall.instant(last, 540, ZONE))
    assert [done.amount for done in go_round(points(people).id)] == [1]
    database.expire_all()
    assert (points(people).posted, purse(people.bo).posted) == (0, 120)


def points(people: Cast) -> Account:
    found = find_account(AccountKind.PERSON, people.bo.id, unit=Unit.POINT)
    assert found is not None
    return found


def fill_points(people: Cast, amount: int) -> None:
    """Points in the community's fund, on the word of two people."""
    fund = ensure_points_accounts(COMMUNITY, on=FIRST)
    issuance = database.scalars(
        select(Account).where(Account.kind == AccountKind.ISSUANCE, Account.unit == Unit.POINT)
    ).one()
    seed(uid="seed:points", issuance=issuance.id, to=fund.id, minutes=amount,
         approvers=[people.lin.id, people.approver.id])  # fmt: skip
