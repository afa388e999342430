"""Donating, nominating, objecting, a family's pool at an order, and a month on paper."""

from datetime import date
from typing import Any

import pytest

from app.db import session as database
from app.errors import NotFound
from app.ledger.errors import KeptForOrders, NotEnoughMinutes, UidReused
from app.ledger.nominating_queries import named_the_fund, nominations_of, nominee_of
from app.ledger.queries import person_account
from app.ledger.service import hold
from app.needs.holds import hold_minutes
from app.needs.models import NeedPlace
from app.notices.models import Notice
from app.passbook.donating import donate_own
from app.passbook.errors import AnsweredAlready, NotAnElder, NotFamily, OnlyHerself, OpenAlready
from app.passbook.gifts import ask_gift, give_due
from app.passbook.models import ObjectionState
from app.passbook.nominating import nominate
from app.passbook.objecting import answer, object_to
from app.passbook.pool_queries import household_of, pool_account
from app.passbook.pools import agree, ask_in, leave, open_pool
from app.passbook.statement_queries import month_statement
from app.people.models import Elder
from tests.factories import COMMUNITY, ZONE, acting, make_need, make_rule
from tests.ledger.conftest import later
from tests.passbook.conftest import Family


def told(kind: str) -> set[str | None]:
    return {notice.person_id for notice in database.query(Notice).filter_by(kind=kind)}


# Donating ------------------------------------------------------------------------------------------------------------


def test_one_donates_ones_own_once_and_is_thanked(family: Family) -> None:
    bank = family.bank
    for _again in range(2):
        donate_own(family.bo, uid="donate:1", minutes=10)
    assert (bank.posted(bank.bo), bank.posted(bank.fund)) == (20, 610)
    assert told("donated") == {bank.people.bo.id}
    with pytest.raises(UidReused):
        donate_own(family.bo, uid="donate:1", minutes=11)


def test_nobody_donates_for_an_elder_or_what_is_kept(family: Family) -> None:
    people = family.bank.people
    with pytest.raises(OnlyHerself):
        donate_own(acting(people.mei).for_elder(people.chen.id), uid="donate:1", minutes=5)
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=25)
    with pytest.raises(NotEnoughMinutes):
        donate_own(family.bo, uid="donate:1", minutes=6)


# Nominating ----------------------------------------------------------------------------------------------------------


def test_what_was_said_last_holds_and_all_of_it_is_kept(family: Family) -> None:
    people = family.bank.people
    assert nominee_of(people.chen.id) is None
    nominate(family.chen, nominee_id=people.mei.id)
    nominate(family.chen, nominee_id=people.mei.id)
    assert nominee_of(people.chen.id) == people.mei.id
    nominate(family.chen, nominee_id=None)
    assert nominee_of(people.chen.id) is None
    assert named_the_fund(people.chen.id)
    assert [one.nominee_id for one in nominations_of(people.chen.id)] == [None, people.mei.id]
    assert told("nominated_by") == {people.guo.id}


def test_only_family_is_nominated_and_nobody_nominates_for_another(family: Family) -> None:
    people = family.bank.people
    with pytest.raises(NotFamily):
        nominate(family.chen, nominee_id=people.dan.id)
    with pytest.raises(OnlyHerself):
        nominate(acting(people.mei).for_elder(people.chen.id), nominee_id=people.mei.id)


# Objecting -----------------------------------------------------------------------------------------------------------


def test_an_objection_has_an_owner_and_an_answer_and_moves_nothing(family: Family) -> None:
    bank, people = family.bank, family.bank.people
    raised = object_to(family.bo, person_id=people.bo.id, uid=bank.post, words="It took 40 minutes.")
    assert raised.owner_id == people.lin.id
    with pytest.raises(OpenAlready):
        object_to(family.bo, person_id=people.bo.id, uid=bank.post, words="Again.")
    answer(acting(people.lin), raised.id, corrected=False, words="The door says 30.")
    assert raised.state == ObjectionState.STANDS
    with pytest.raises(AnsweredAlready):
        answer(acting(people.lin), raised.id, corrected=True, words="No.")
    assert told("objection_answered") == {people.bo.id}
    assert bank.posted(bank.bo) == 30
    object_to(family.bo, person_id=people.bo.id, uid=bank.post, words="I do not agree.")


def test_nobody_objects_to_a_line_that_is_not_hers_or_answers_from_elsewhere(family: Family) -> None:
    bank, people = family.bank, family.bank.people
    with pytest.raises(NotFound):
        object_to(family.bo, person_id=people.bo.id, uid="seed:chen", words="Hm.")
    with pytest.raises(NotFound):
        object_to(acting(people.dan), person_id=people.bo.id, uid=bank.post, words="Hm.")
    raised = object_to(acting(people.mei), person_id=people.chen.id, uid="seed:chen", words="For my mother.")
    assert raised.raised_by == people.mei.id
    with pytest.raises(NotFound):
        answer(acting(people.xu), raised.id, corrected=False, words="No.")


# A family's pool -----------------------------------------------------------------------------------------------------


def pool_with_bo(family: Family, clock: Any, minutes: int) -> Any:
    """Wu's pool, joined by her son, who gave into it."""
    pool = open_pool(acting(family.wu))
    ask_in(acting(family.wu), pool.id, person_id=family.bank.people.bo.id, draws=False)
    with pytest.raises(NotFamily):  # asked is not yet in
        ask_gift(family.bo, uid="gift:early", to=pool.owner, minutes=5)
    agree(family.bo, pool.id)
    ask_gift(family.bo, uid="gift:pool", to=pool.owner, minutes=minutes)
    clock.forward(hours=24)
    give_due()
    return pool


def posted(pool: Any) -> int:
    database.expire_all()
    found = pool_account(pool)
    return found.posted if found else 0


def test_an_order_is_paid_from_the_pool_when_her_own_time_is_not_enough(family: Family, clock: Any) -> None:
    pool = pool_with_bo(family, clock, 30)
    make_rule(COMMUNITY, {"seed_classes": []}, date(2026, 6, 2))  # she is 76 and the fund would pay first
    need = make_need(elder=database.get_one(Elder, family.wu.id), duration_min=30)
    hold_minutes(need)
    place = database.get_one(NeedPlace, (need.id, 1))
    purse = pool_account(pool)
    assert purse is not None
    assert place.hold_uid is not None
    assert family.bank.transfer(place.hold_uid).debit_account_id == purse.id


def test_who_was_asked_draws_only_after_her_own_yes_and_only_elders_do(family: Family) -> None:
    people = family.bank.people
    pool = open_pool(acting(family.wu))
    with pytest.raises(NotAnElder):
        ask_in(acting(family.wu), pool.id, person_id=people.bo.id, draws=True)
    with pytest.raises(NotFamily):
        ask_in(acting(family.wu), pool.id, person_id=people.dan.id, draws=False)
    mine = open_pool(family.chen)
    ask_in(family.chen, mine.id, person_id=family.husband.id, draws=True)
    assert household_of(family.husband.id) is None
    agree(acting(family.husband), mine.id)
    assert household_of(family.husband.id) == mine
    with pytest.raises(NotFound):
        agree(family.bo, mine.id)


def test_when_the_last_elder_leaves_the_rest_goes_to_the_fund(family: Family, clock: Any) -> None:
    bank = family.bank
    pool = pool_with_bo(family, clock, 20)
    leave(family.bo, pool.id)
    assert posted(pool) == 20  # what was given stays
    before = bank.posted(bank.fund)
    leave(acting(family.wu), pool.id)
    assert (posted(pool), bank.posted(bank.fund)) == (0, before + 20)
    assert household_of(family.wu.id) is None


def test_the_last_elder_stays_while_orders_hold_time_of_the_pool(family: Family, clock: Any) -> None:
    pool = pool_with_bo(family, clock, 20)
    purse = pool_account(pool)
    assert purse is not None
    hold(uid="order:x:hold:1", payer=purse.id, minutes=10, expires_at=later())
    with pytest.raises(KeptForOrders):
        leave(acting(family.wu), pool.id)


# A month on paper ----------------------------------------------------------------------------------------------------


def test_a_statement_adds_up_from_opening_to_closing_balance_month_by_month(family: Family, clock: Any) -> None:
    people = family.bank.people
    clock.move_to(clock.now.replace(month=7, day=2))
    donate_own(family.bo, uid="donate:1", minutes=10)
    purse = person_account(people.bo.id)
    assert purse is not None
    june, july, may = (month_statement(family.bo, purse, date(2026, number, 1), zone=ZONE) for number in (6, 7, 5))
    assert (june.opening, june.stored, june.spent, june.closing) == (0, 30, 0, 30)
    assert (july.opening, july.stored, july.spent, july.closing) == (30, 0, 10, 20)
    assert (may.opening, may.lines, may.closing) == (0, [], 0)
    assert [line.balance for line in july.lines] == [20]
