"""Each shipped pack, applied by two people, replays its published examples through the real services."""

from datetime import date, timedelta
from typing import Any

import pytest

from app import clock as wall
from app.db import session as database
from app.desk.lapses import go_round
from app.errors import Invalid
from app.ledger.models import AccountKind, Transfer, Unit
from app.ledger.points import ensure_points_accounts
from app.ledger.queries import find_account, fund_of
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, seed
from app.needs.models import NeedPlace
from app.needs.service import OrderEntry, place_need
from app.passbook.queries import WhyNot, kin_of
from app.people.models import Team, TeamMember
from app.rulechanges.service import approve_change, propose_pack
from app.rulepacks.keys import KEYS
from app.rulepacks.packs import shipped
from app.rulepacks.queries import setting, setting_row
from app.visits import service as visits
from app.visits.models import Origin, Visit
from app.visits.service import confirm_visit
from tests.conftest import Clock
from tests.factories import ZONE, make_elder, make_rule
from tests.people import COMMUNITY, GRID3, Cast
from tests.rulepacks.support import FIRST
from tests.visits.support import World, accepted, at_the_door, gone_home, issue, paid_need


def take_over(people: Cast, at: Clock, code: str) -> None:
    """The pack proposed by one, approved by another, and its day come: nine in the morning of the next day."""
    change = propose_pack(people.actor(people.lin), COMMUNITY, code, FIRST, "试行")
    approve_change(people.actor(people.approver), change.id)
    at.forward(days=1)


def serve(people: Cast, at: Clock, minutes: int, *, start: int = 570) -> tuple[World, Visit]:
    """Bo serves Aunt Chen for so many minutes today, and she confirms."""
    world = paid_need(people, minutes=minutes, start=(start, start + 30), duration_min=minutes)
    at.move_to(wall.instant(world.need.day, start, ZONE))
    visit = at_the_door(world, accepted(world))
    at.forward(minutes=minutes)
    gone_home(world, visit)
    confirm_visit(people.actor(people.chen), visit.id)
    return world, visit


def order_of(people: Cast, elder_id: str) -> OrderEntry:
    tomorrow = wall.today(ZONE) + timedelta(days=1)
    return OrderEntry(elder_id=elder_id, item_code="companion-chat", day=tomorrow, earliest_start_min=480,
                      latest_start_min=630)  # fmt: skip


def payer_of_order(people: Cast, born: date, *, categories: tuple[str, ...] = ()) -> str | None:
    """Who pays an order of an elder born then, who has two hours of her own and nothing else; None: nobody."""
    elder = make_elder(name="王秀兰", birth_date=born, categories=categories)
    issue(people, ensure_person_account(elder.person_id), 120)
    need = place_need(people.actor(people.lin), order_of(people, elder.person_id))
    uid = database.get_one(NeedPlace, (need.id, 1)).hold_uid
    return None if uid is None else str(database.get_one(Transfer, uid).debit_kind)


def born(years: int) -> date:
    """Somebody whose birthday of so many years is on the first day of the new rules."""
    return FIRST.replace(year=FIRST.year - years)


@pytest.mark.parametrize("code", shipped())
def test_every_value_of_a_pack_holds_with_its_source_and_the_rest_is_inherited(
    people: Cast, clock: Clock, code: str
) -> None:
    take_over(people, clock, code)
    pack = shipped()[code]
    for key in KEYS:
        row, said = setting_row(GRID3, key, on=FIRST), pack.value(key)
        if said is None:
            assert row.change_id is None
            assert row.pack == "neutral-default"
        else:
            assert (row.value, row.source, row.pack) == (said.value, said.source, code)
            assert said.source.startswith("published: ")
    with pytest.raises(Invalid):
        propose_pack(people.actor(people.lin), COMMUNITY, code, FIRST + timedelta(days=1), "again")


def test_nanjing_stores_1500_hours_and_donates_the_surplus(people: Cast, clock: Clock) -> None:
    take_over(people, clock, "nanjing-2019")
    bos = ensure_person_account(people.bo.id)
    issue(people, bos, 89_990)
    world, visit = serve(people, clock, 30)
    fund = fund_of(world.need.unit_code)
    assert fund is not None
    assert (bos.posted, fund.posted) == (90_000, 20)
    assert (visit.actual_min, visit.credit_min) == (30, 30)


def test_nanjing_lists_two_classes_of_elders(people: Cast, clock: Clock) -> None:
    take_over(people, clock, "nanjing-2019")
    fund = ensure_accounts_for_unit(GRID3, on=FIRST)
    issue(people, fund, 600)
    assert payer_of_order(people, born(85), categories=("alone",)) == "community_fund"
    assert payer_of_order(people, born(70), categories=("special_family",)) == "person"


def test_nanjing_lets_time_of_a_team_only_be_donated(people: Cast, clock: Clock, session: Any) -> None:
    take_over(people, clock, "nanjing-2019")
    team = Team(unit_code=COMMUNITY, name="代办队")
    session.add(team)
    session.flush()
    session.add(TeamMember(team_id=team.id, volunteer_id=people.bo.id))
    _world, visit = serve(people, clock, 60)
    held = find_account(AccountKind.TEAM, f"team:{team.id}")
    assert held is not None
    assert (held.posted, ensure_person_account(people.bo.id).posted) == (60, 0)
    assert visit.actual_min == 60


def test_huangshan_gives_a_point_an_hour_that_lapses_after_three_years_while_the_hours_stay(
    people: Cast, clock: Clock, session: Any
) -> None:
    take_over(people, clock, "huangshan")
    fund = ensure_points_accounts(COMMUNITY, on=FIRST)
    issue_points_to(people, fund, 10)
    serve(people, clock, 60)
    points = find_account(AccountKind.PERSON, people.bo.id, unit=Unit.POINT)
    hours = ensure_person_account(people.bo.id)
    assert points is not None
    assert (points.posted, hours.posted) == (1, 60)
    assert setting(COMMUNITY, "points_refundable", on=FIRST) is False
    session.refresh(people.bo)
    last = date(2029, 7, 1)  # the month of June is good to its end, three years on
    for days_before in (60, 7):
        clock.move_to(wall.instant(last - timedelta(days=days_before), 540, ZONE))
        assert go_round(points.id) == []
    clock.move_to(wall.instant(last, 540, ZONE))
    lapsed = go_round(points.id)
    session.refresh(points)
    session.refresh(hours)
    assert [done.amount for done in lapsed] == [1]
    assert (points.posted, hours.posted) == (0, 60)


def issue_points_to(people: Cast, fund: Any, points: int) -> None:
    issuance = find_account(AccountKind.ISSUANCE, COMMUNITY, unit=Unit.POINT, label=str(FIRST.year))
    assert issuance is not None
    seed(uid="seed:points", issuance=issuance.id, to=fund.id, minutes=points,
         approvers=[people.lin.id, people.approver.id])  # fmt: skip


def test_beijing_counts_60_minutes_a_coin_and_lets_them_be_used_from_60(people: Cast, clock: Clock) -> None:
    take_over(people, clock, "beijing-2022")
    _world, visit = serve(people, clock, 60)
    bos = ensure_person_account(people.bo.id)
    assert bos.posted // int(setting(COMMUNITY, "minutes_per_coin", on=FIRST)) == 1
    assert visit.credit_min == 60
    assert payer_of_order(people, born(60)) == "person"
    assert payer_of_order(people, born(60) + timedelta(days=1)) is None


def test_beijing_lets_time_be_given_to_relatives_in_the_direct_line(people: Cast, clock: Clock) -> None:
    people.mei.birth_date = born(62)
    before = {one.person.id: one.why_not for one in kin_of(people.chen.id, on=wall.today(ZONE))}
    take_over(people, clock, "beijing-2022")
    after = {one.person.id: one.why_not for one in kin_of(people.chen.id, on=FIRST)}
    assert (before[people.mei.id], after[people.mei.id]) == (WhyNot.CIRCLE, None)


def test_shanghai_lets_time_be_used_from_65_and_from_60_in_hardship(people: Cast, clock: Clock) -> None:
    take_over(people, clock, "shanghai-2026")
    assert payer_of_order(people, born(65)) == "person"
    assert payer_of_order(people, born(64)) is None
    assert payer_of_order(people, born(64), categories=("minimum_allowance",)) == "person"
    assert payer_of_order(people, born(59), categories=("minimum_allowance",)) is None


def test_changning_stores_two_coins_a_day_and_600_in_all(people: Cast, clock: Clock) -> None:
    take_over(people, clock, "shanghai-changning-pilot")
    bos = ensure_person_account(people.bo.id)
    _world, first = serve(people, clock, 90)
    _world, second = serve(people, clock, 89, start=780)
    assert (first.credit_min, second.credit_min) == (90, 30)
    assert (bos.posted, second.actual_min) == (120, 89)
    issue(people, bos, 36_000 - 120 - 10)
    clock.forward(days=1)
    serve(people, clock, 60)
    assert bos.posted == 36_000


# By item ------------------------------------------------------------------------------------------------------------


def test_an_item_with_a_price_is_held_and_stored_at_its_price_while_the_record_keeps_real_minutes(
    people: Cast, clock: Clock, session: Any
) -> None:
    make_rule(COMMUNITY, {"pricing_mode": "by_item", "item_price_min": {"companion-chat": 45}}, FIRST)
    clock.forward(days=1)
    own = ensure_person_account(people.chen.id)
    issue(people, own, 120)
    need = place_need(people.actor(people.lin), order_of(people, people.chen.id))
    hold = session.get_one(Transfer, session.get_one(NeedPlace, (need.id, 1)).hold_uid)
    assert hold.amount == 45
    clock.move_to(wall.instant(need.day, 540, ZONE))
    visit = at_the_door(World(people, need, own, own), accepted_at(people, need, 540))
    clock.forward(minutes=38)
    gone_home(World(people, need, own, own), visit)
    confirm_visit(people.actor(people.chen), visit.id)
    assert (visit.actual_min, visit.credit_min, ensure_person_account(people.bo.id).posted) == (38, 45, 45)


def accepted_at(people: Cast, need: Any, start: int) -> Visit:
    offer = visits.offer(people.actor(people.lin), need=need, place=1, volunteer_id=people.bo.id, start_min=start,
                          origin=Origin.MATCH, deadline_at=wall.now() + timedelta(hours=1))  # fmt: skip
    return visits.accept_assignment(people.actor(people.bo), offer.id)


def test_a_ratio_above_one_is_paid_by_the_fund_and_falls_to_one_when_it_is_empty(people: Cast, clock: Clock) -> None:
    make_rule(COMMUNITY, {"ratio_bp_by_item": {"companion-chat": 12000}}, FIRST)
    clock.forward(days=1)
    bos = ensure_person_account(people.bo.id)
    serve(people, clock, 60)
    assert bos.posted == 60
    issue(people, ensure_accounts_for_unit(GRID3, on=FIRST), 100)
    clock.forward(days=1)
    serve(people, clock, 65)
    assert bos.posted == 60 + 65 + 13
