"""Minutes are held at the order, from the first payer that can, and go back when nobody earned them."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.db import session as database
from app.ledger.models import Account
from app.ledger.queries import issuance_of
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, seed
from app.needs.models import Need, NeedPlace, NeedState
from app.needs.service import change_need, close_passed_needs, place_need, refuse_order
from app.visits.service import cancel_need
from tests.factories import make_elder, make_need, make_rule
from tests.needs.support import TOMORROW, entry
from tests.people import COMMUNITY, GRID3, Cast

DAY = date(2026, 6, 16)


@pytest.fixture
def fund(people: Cast) -> Account:
    """The community's fund with ten hours, as two people issued them."""
    account = ensure_accounts_for_unit(GRID3, on=DAY)
    give(people, account, 600)
    return account


@pytest.fixture
def own(people: Cast) -> Account:
    """Aunt Chen's own passbook with three hours."""
    account = ensure_person_account(people.chen.id)
    give(people, account, 180)
    return account


def give(people: Cast, to: Account, minutes: int) -> None:
    ensure_accounts_for_unit(GRID3, on=DAY)
    issuance = issuance_of(GRID3, on=DAY)
    assert issuance is not None
    seed(uid=f"seed:{to.id}:{minutes}", issuance=issuance.id, to=to.id, minutes=minutes,
         approvers=[people.lin.id, people.approver.id])  # fmt: skip


def held(account: Account) -> int:
    database.refresh(account)
    return account.held


def order(people: Cast, **given: Any) -> Need:
    make_need(elder=people.elder, item="shopping", state=NeedState.DONE, day=date(2026, 6, 1))
    return place_need(people.actor(people.chen), entry(people.chen.id, **given))


def test_for_a_listed_elder_the_fund_pays_first(people: Cast, fund: Account, own: Account) -> None:
    order(people)
    assert (held(fund), held(own)) == (60, 0)


def test_beyond_her_minutes_of_the_month_her_own_passbook_pays(people: Cast, fund: Account, own: Account) -> None:
    for days in range(5):  # four hours a month, then her own
        order(people, day=TOMORROW + timedelta(days=days))
    assert (held(fund), held(own)) == (240, 60)


def test_for_others_the_own_passbook_pays_first(people: Cast, fund: Account) -> None:
    elder = make_elder(categories=(), birth_date=date(1956, 5, 5))
    mine = ensure_person_account(elder.person_id)
    give(people, mine, 90)
    place_need(people.actor(people.guo), entry(elder.person_id))
    place_need(people.actor(people.guo), entry(elder.person_id, day=TOMORROW + timedelta(days=1)))
    assert (held(mine), held(fund)) == (60, 60)  # the second: 30 are too few, so the fund


def test_another_order_of_payers_is_a_setting(people: Cast, fund: Account, own: Account) -> None:
    make_rule(COMMUNITY, {"payer_order": ["own", "community_fund"]}, DAY)
    order(people)
    assert (held(fund), held(own)) == (0, 60)


def test_a_visit_of_duty_holds_nothing(people: Cast, fund: Account, own: Account) -> None:
    order(people, item_code="care-visit")
    assert (held(fund), held(own)) == (0, 0)


def test_two_who_go_together_are_held_for_both(people: Cast, fund: Account) -> None:
    need = order(people, item_code="heavy-lifting")
    assert held(fund) == 2 * need.duration_min
    assert database.get_one(NeedPlace, (need.id, 2)).hold_uid == f"order:{need.id}:hold:2"


def test_cancelled_the_minutes_go_back(people: Cast, fund: Account) -> None:
    need = order(people)
    cancel_need(people.actor(people.chen), need.id)
    assert held(fund) == 0


def test_refused_the_minutes_go_back(people: Cast, fund: Account) -> None:
    need = order(people, item_code="walk-together")
    assert held(fund) == 45
    refuse_order(people.actor(people.lin), need.id, "这周雨大，改天再走。")
    assert held(fund) == 0


def test_made_longer_the_new_length_is_held(people: Cast, fund: Account) -> None:
    need = order(people)
    change_need(people.actor(people.chen), need.id, entry(people.chen.id, duration_min=90))
    assert held(fund) == 90
    change_need(people.actor(people.chen), need.id, entry(people.chen.id, duration_min=120))
    assert held(fund) == 120


def test_changed_in_time_only_the_hold_stays(people: Cast, fund: Account) -> None:
    need = order(people)
    before = database.get_one(NeedPlace, (need.id, 1)).hold_uid
    change_need(people.actor(people.chen), need.id, entry(people.chen.id, earliest_start_min=810, latest_start_min=900))
    assert database.get_one(NeedPlace, (need.id, 1)).hold_uid == before


def test_a_day_that_passed_gives_the_minutes_back_and_tells_her(people: Cast, fund: Account, clock: Any) -> None:
    need = order(people)
    assert close_passed_needs() == 0
    clock.forward(hours=26)  # tomorrow, 11:00: the last start was 10:30
    assert close_passed_needs() == 1
    assert (need.state, held(fund)) == (NeedState.UNSERVED, 0)
    assert close_passed_needs() == 0
