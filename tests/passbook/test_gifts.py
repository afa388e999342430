"""Gifts: only one's own, only to the family of the rules, waiting where they must, and stopped by a button."""

from datetime import date
from typing import Any

import pytest

from app.db import session as database
from app.errors import NotFound
from app.ledger.errors import CapReached, GiftIsGiven, GiftIsOver, GiftsStopped, GiftWaits, NotEnoughMinutes, UidReused
from app.ledger.service import donate, ensure_person_account, gift, seed
from app.notices.models import Notice
from app.passbook.errors import (
    AskedAlready,
    NotFamily,
    NotInTheCircle,
    OnlyHerself,
    OwnGift,
    TooMuchThisYear,
    TooMuchToday,
    TooYoungToReceive,
)
from app.passbook.gifts import ask_gift, call_back, give_due, say_word
from app.passbook.queries import GiftState, gift_of, gifts_to_ask_about
from app.passbook.stopping import let_gifts_go, stop_gifts
from app.people.models import Person
from tests.factories import COMMUNITY, acting, make_rule, make_staff
from tests.passbook.conftest import Family


def told(kind: str) -> set[str | None]:
    return {notice.person_id for notice in database.query(Notice).filter_by(kind=kind)}


def state(family: Family, giver: Person, uid: str) -> GiftState:
    database.expire_all()
    return gift_of(giver.id, uid).state


def give_first(family: Family, clock: Any) -> None:
    """Bo's first gift to his mother, given after its day."""
    ask_gift(family.bo, uid="gift:0", to=family.wu.id, minutes=5)
    clock.forward(hours=24)
    assert give_due() == ["gift:0"]


def test_a_volunteers_first_gift_waits_a_day_and_is_given_then(family: Family, clock: Any) -> None:
    people = family.bank.people
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=20)
    assert (family.posted(people.bo), family.posted(family.wu)) == (30, 0)
    with pytest.raises(GiftWaits):
        gift(uid="gift:1")
    clock.forward(hours=23, minutes=59)
    assert give_due() == []
    clock.forward(minutes=1)
    assert give_due() == ["gift:1"]
    assert (family.posted(people.bo), family.posted(family.wu)) == (10, 20)
    assert told("gift_waits") == told("gift_given") == {people.bo.id}
    assert told("gift_received") == {family.wu.id}
    assert give_due() == []


def test_the_next_gift_to_the_same_person_goes_at_once(family: Family, clock: Any) -> None:
    give_first(family, clock)
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=10)
    assert family.posted(family.wu) == 15


def test_a_gift_that_waits_is_called_back_and_never_given(family: Family, clock: Any) -> None:
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=20)
    call_back(family.bo, "gift:1")
    call_back(family.bo, "gift:1")
    clock.forward(days=2)
    assert give_due() == []
    with pytest.raises(GiftIsOver):
        gift(uid="gift:1")
    assert state(family, family.bank.people.bo, "gift:1") is GiftState.ENDED


def test_what_is_given_is_not_called_back(family: Family, clock: Any) -> None:
    give_first(family, clock)
    with pytest.raises(GiftIsGiven):
        call_back(family.bo, "gift:0")


def test_nobody_calls_back_what_another_gave(family: Family) -> None:
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=20)
    with pytest.raises(NotFound):
        call_back(family.chen, "gift:1")


def test_the_same_form_sent_twice_is_one_gift_and_other_content_is_refused(family: Family) -> None:
    for _again in range(2):
        ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=20)
    with pytest.raises(UidReused):
        ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=10)
    with pytest.raises(UidReused):
        ask_gift(family.bo, uid=family.bank.post, to=family.wu.id, minutes=10)


def test_an_elders_first_gift_also_waits_for_a_word_in_person(family: Family, clock: Any) -> None:
    people = family.bank.people
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=20)
    assert told("gift_to_ask") == {people.guo.id}
    clock.forward(days=3)
    assert give_due() == []
    assert state(family, people.chen, "gift:1") is GiftState.ASKED
    say_word(family.guo, "gift:1", said_yes=True, how="phone")
    assert family.posted(family.husband) == 20
    with pytest.raises(AskedAlready):
        say_word(family.guo, "gift:1", said_yes=False, how="phone")


def test_a_word_before_the_day_is_over_does_not_shorten_it(family: Family, clock: Any) -> None:
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=20)
    say_word(family.guo, "gift:1", said_yes=True, how="door")
    assert family.posted(family.husband) == 0
    clock.forward(hours=24)
    assert give_due() == ["gift:1"]


def test_an_elder_who_says_no_in_person_gives_nothing(family: Family, clock: Any) -> None:
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=20)
    say_word(family.guo, "gift:1", said_yes=False, how="phone")
    clock.forward(days=2)
    assert give_due() == []
    assert told("gift_not_hers") == {family.bank.people.chen.id}


def test_only_staff_of_the_elders_units_asks_and_nobody_about_a_gift_to_himself(family: Family) -> None:
    people = family.bank.people
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=20)
    assert [order.uid for order, _giver in database.execute(gifts_to_ask_about(family.guo))] == ["gift:1"]
    assert database.execute(gifts_to_ask_about(acting(people.xu))).all() == []
    with pytest.raises(NotFound):
        say_word(acting(people.xu), "gift:1", said_yes=True, how="phone")
    with pytest.raises(OwnGift):
        say_word(acting(family.husband), "gift:1", said_yes=True, how="phone")


def test_later_gifts_of_an_elder_are_told_to_her_grid_worker(family: Family, clock: Any) -> None:
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=20)
    clock.forward(hours=24)
    say_word(family.guo, "gift:1", said_yes=True, how="phone")
    ask_gift(family.chen, uid="gift:2", to=family.husband.id, minutes=5)
    assert family.posted(family.husband) == 25
    assert told("gift_of_elder") == {family.bank.people.guo.id}


def test_a_relative_who_acts_for_an_elder_gives_nothing_of_hers(family: Family) -> None:
    people = family.bank.people
    mei = acting(people.mei).for_elder(people.chen.id)
    with pytest.raises(OnlyHerself):
        ask_gift(mei, uid="gift:1", to=family.husband.id, minutes=5)


def test_only_family_in_the_circle_of_the_rules_and_old_enough_gets_gifts(family: Family) -> None:
    people = family.bank.people
    with pytest.raises(NotFamily):
        ask_gift(family.bo, uid="gift:1", to=people.dan.id, minutes=5)
    with pytest.raises(NotInTheCircle):
        ask_gift(family.chen, uid="gift:1", to=people.mei.id, minutes=5)
    family.wu.birth_date = date(1966, 6, 17)  # sixty tomorrow
    with pytest.raises(TooYoungToReceive):
        ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=5)
    family.wu.birth_date = date(1966, 6, 16)
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=5)


def test_a_wider_circle_is_a_rule_of_the_city(family: Family) -> None:
    make_rule(COMMUNITY, {"gift_circle": ["children"], "gift_recipient_min_age": 0}, date(2026, 6, 1))
    ask_gift(family.chen, uid="gift:1", to=family.bank.people.mei.id, minutes=5)
    with pytest.raises(NotInTheCircle):
        ask_gift(family.bo, uid="gift:2", to=family.wu.id, minutes=5)


def test_no_more_than_the_cap_of_the_day_and_of_the_year(family: Family, clock: Any) -> None:
    make_rule(COMMUNITY, {"gift_cap_min_per_day": 10, "gift_cap_min_per_year": 12}, date(2026, 6, 1))
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=10)
    with pytest.raises(TooMuchToday):
        ask_gift(family.bo, uid="gift:2", to=family.wu.id, minutes=1)
    clock.forward(days=1)
    with pytest.raises(TooMuchThisYear):
        ask_gift(family.bo, uid="gift:2", to=family.wu.id, minutes=3)
    call_back(family.bo, "gift:1")
    ask_gift(family.bo, uid="gift:3", to=family.wu.id, minutes=3)


def test_minutes_kept_for_orders_or_for_a_waiting_gift_are_not_given_again(family: Family) -> None:
    with pytest.raises(NotEnoughMinutes):  # 90 stored, 45 kept for an order
        ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=46)
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=40)
    with pytest.raises(NotEnoughMinutes):
        ask_gift(family.chen, uid="gift:2", to=family.husband.id, minutes=6)


def test_a_gift_whose_minutes_were_spent_meanwhile_ends_and_says_why(family: Family, clock: Any) -> None:
    bank = family.bank
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=20)
    donate(uid="donate:1", giver=bank.bo, fund=bank.fund, minutes=15, by=bank.people.bo.id)
    clock.forward(hours=24)
    give_due()
    assert state(family, bank.people.bo, "gift:1") is GiftState.ENDED
    assert told("gift_failed") == {bank.people.bo.id}
    assert family.posted(bank.people.bo) == 15


def test_a_gift_that_waits_is_not_given_on_credit_when_its_minutes_are_spent(family: Family, clock: Any) -> None:
    bank, mei = family.bank, family.bank.people.mei
    make_rule(COMMUNITY, {"elder_credit_line_min": 60}, date(2026, 6, 1))
    purse = ensure_person_account(mei.id)
    assert purse.floor_min == -60
    seed(uid="seed:mei", issuance=bank.issuance, to=purse.id, minutes=20,
         approvers=[bank.people.lin.id, bank.people.approver.id])  # fmt: skip
    ask_gift(acting(mei), uid="gift:1", to=bank.people.chen.id, minutes=20)
    donate(uid="donate:1", giver=purse.id, fund=bank.fund, minutes=15, by=mei.id)
    clock.forward(hours=24)
    give_due()
    assert state(family, mei, "gift:1") is GiftState.ENDED
    assert family.posted(mei) == 5


def test_a_full_passbook_takes_no_gift(family: Family, clock: Any) -> None:
    make_rule(COMMUNITY, {"store_cap_min": 6000}, date(2026, 6, 1))
    give_first(family, clock)
    make_rule(COMMUNITY, {"store_cap_min": 10}, date(2026, 6, 10))
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=6)
    assert state(family, family.bank.people.bo, "gift:1") is GiftState.ENDED
    with pytest.raises((CapReached, GiftIsOver)):
        gift(uid="gift:1")


# The stop ------------------------------------------------------------------------------------------------------------


def test_the_stop_ends_what_waits_and_lets_nothing_through(family: Family, clock: Any) -> None:
    people = family.bank.people
    ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=20)
    stop_gifts(family.bo, person_id=people.bo.id)
    stop_gifts(family.bo, person_id=people.bo.id)
    assert state(family, people.bo, "gift:1") is GiftState.ENDED
    with pytest.raises(GiftsStopped):
        ask_gift(family.bo, uid="gift:2", to=family.wu.id, minutes=20)
    clock.forward(days=2)
    assert give_due() == []


def test_after_a_stop_every_receiver_is_new_again(family: Family, clock: Any) -> None:
    give_first(family, clock)
    stop_gifts(family.bo, person_id=family.bank.people.bo.id)
    clock.forward(minutes=5)
    let_gifts_go(family.bo)
    order = ask_gift(family.bo, uid="gift:1", to=family.wu.id, minutes=5)
    assert order.first
    assert family.posted(family.wu) == 5


def test_an_elders_grid_worker_hears_of_a_stop_and_of_its_end(family: Family) -> None:
    people = family.bank.people
    stop_gifts(acting(people.mei).for_elder(people.chen.id), person_id=people.chen.id)
    let_gifts_go(family.chen)
    assert told("gifts_stopped") == told("gifts_go_again") == {people.chen.id}
    assert told("gifts_stopped_for") == told("gifts_go_again_for") == {people.guo.id}


def test_staff_who_is_an_elder_herself_is_asked_by_a_colleague(family: Family) -> None:
    deputy = make_staff()
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=5)
    say_word(acting(deputy), "gift:1", said_yes=True, how="phone")
    assert state(family, family.bank.people.chen, "gift:1") is GiftState.WAITS
