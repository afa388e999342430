"""Many at once at the same accounts: no minute is lost, none is doubled, whoever loses a race is told why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.db import act, transaction
from app.errors import DomainError
from app.ledger import errors, service
from app.ledger.models import Transfer
from app.ledger.verify import prove
from tests.ledger.conftest import Bank, open_bank
from tests.people import Cast
from tests.support.racing import all_at_once

AT_ONCE = 8


@pytest.fixture
def bank(cast: Cast) -> Bank:
    """The bank, stored."""
    with transaction():
        return open_bank(cast)


def uids(results: list[Any]) -> list[str]:
    return [one.uid for one in results if isinstance(one, Transfer)]


def test_the_last_minutes_are_promised_once(app: Flask, bank: Bank) -> None:
    until = clock.now() + timedelta(days=3)
    results = all_at_once(
        app,
        [
            partial(service.hold, uid=f"order:{n}:hold:1", payer=bank.chen, minutes=30, expires_at=until)
            for n in range(AT_ONCE)
        ],
    )
    assert len(uids(results)) == 1
    assert sum(isinstance(one, errors.NotEnoughMinutes) for one in results) == AT_ONCE - 1
    assert bank.held(bank.chen) == 75


def test_one_hold_is_posted_once_whoever_comes(app: Flask, bank: Bank) -> None:
    payees = [bank.bo, bank.dan]
    results = all_at_once(
        app,
        [
            partial(service.post, hold_uid=bank.hold, uid=f"visit:{n}:post", payee=payees[n % 2], minutes=45)
            for n in range(AT_ONCE)
        ],
    )
    assert len(uids(results)) == 1
    assert bank.posted(bank.bo) + bank.posted(bank.dan) == 75
    assert bank.held(bank.chen) == 0


def test_the_same_act_from_many_phones_is_one_line(app: Flask, bank: Bank) -> None:
    results = all_at_once(
        app,
        [lambda: service.post(hold_uid=bank.hold, uid="visit:x:post", payee=bank.bo, minutes=45)] * AT_ONCE,
    )
    assert uids(results) == ["visit:x:post"] * AT_ONCE
    assert bank.posted(bank.bo) == 75


def test_a_post_and_a_void_never_both(app: Flask, bank: Bank) -> None:
    results = all_at_once(
        app,
        [
            lambda: service.post(hold_uid=bank.hold, uid="visit:x:post", payee=bank.bo, minutes=45),
            lambda: service.void(hold_uid=bank.hold, uid=f"{bank.hold}:void"),
        ],
    )
    assert len(uids(results)) == 1
    assert bank.held(bank.chen) == 0


def test_the_longer_time_of_a_visit_is_stored_once_under_whatever_name(app: Flask, bank: Bank) -> None:
    by = bank.people.chen.id
    works = [
        partial(service.overrun, post_uid=bank.post, uid=f"longer:{n}", minutes=5 + n, by=by) for n in range(AT_ONCE)
    ]
    results = all_at_once(app, works)
    (done,) = uids(results)
    refused = [one for one in results if isinstance(one, errors.BesideAlready)]
    assert len(refused) == AT_ONCE - 1
    assert {one.sentence() for one in refused} == {"这次服务多出的时间已经存过了，只能存一次。"}
    extra = bank.transfer(done).amount
    assert (bank.posted(bank.bo), bank.posted(bank.chen)) == (30 + extra, 90 - extra)
    again = all_at_once(app, works)
    assert uids(again) == [done]  # a repeat of the one that stands is that one, of any other a refusal
    assert bank.posted(bank.bo) == 30 + extra


def test_one_longer_time_sent_twice_with_other_minutes_is_refused(app: Flask, bank: Bank) -> None:
    by = bank.people.chen.id
    works = [partial(service.overrun, post_uid=bank.post, uid="longer", minutes=5 + n % 2, by=by) for n in range(4)]
    results = all_at_once(app, works)
    assert uids(results) == ["longer"] * 2
    assert sum(isinstance(one, errors.UidReused) for one in results) == 2
    assert bank.posted(bank.bo) == 30 + bank.transfer("longer").amount


def test_two_approvers_store_a_correction_once(app: Flask, bank: Bank) -> None:
    people = bank.people
    with transaction():
        service.propose_reversal(uid="r", of=bank.post, by=people.lin.id)
    deciders = [people.approver.id, people.auditor.id, people.admin.id]
    all_at_once(app, [partial(service.approve, uid="r", by=by) for by in deciders])
    assert (bank.posted(bank.bo), bank.posted(bank.chen)) == (0, 120)


def test_a_passbook_is_opened_once(app: Flask, bank: Bank) -> None:
    person = bank.people.mei.id
    ids = all_at_once(app, [lambda: service.ensure_person_account(person).id] * AT_ONCE)
    assert len(set(ids)) == 1


def test_what_waits_is_paid_once_when_many_fill_the_fund(app: Flask, bank: Bank) -> None:
    with transaction():
        service.pay_visit(visit_id="v1", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=602)
    all_at_once(
        app,
        [
            partial(service.donate, uid=f"g{n}", giver=bank.bo, fund=bank.fund, minutes=2, by=bank.people.bo.id)
            for n in range(AT_ONCE)
        ],
    )
    assert bank.posted(bank.dan) == 602
    assert bank.posted(bank.fund) == 600 + 2 * AT_ONCE - 602


def test_a_busy_hour_adds_up(app: Flask, bank: Bank, session: Any, full: bool) -> None:
    """Clients that give, hold, post, void and repeat at random; a fifth of the acts is sent twice."""
    clients, acts = (32, 200) if full else (8, 8)
    until = clock.now() + timedelta(days=3)
    givers = {bank.bo: bank.people.bo.id, bank.chen: bank.people.chen.id}

    def busy(number: int) -> list[bool]:
        dice, told = Random(number), []
        with app.app_context():
            for step in range(acts):
                hold, giver = f"order:{number}.{step}:hold:1", dice.choice(list(givers))

                def serve(hold: str = hold, payee: str = dice.choice([bank.bo, bank.dan])) -> None:
                    service.hold(uid=hold, payer=bank.fund, minutes=5, expires_at=until)
                    service.post(hold_uid=hold, uid=f"{hold}:post", payee=payee, minutes=dice.choice([3, 5]))

                def give_back(hold: str = hold) -> None:
                    service.hold(uid=hold, payer=bank.fund, minutes=5, expires_at=until)
                    service.void(hold_uid=hold, uid=f"{hold}:void")

                def give(uid: str = f"give:{number}:{step}", giver: str = giver) -> None:
                    service.donate(uid=uid, giver=giver, fund=bank.fund, minutes=2, by=givers[giver])

                acts_known: list[Callable[[], None]] = [serve, give_back, give]
                work = dice.choice(acts_known)
                for _time in range(2 if work is give and dice.random() < 0.2 else 1):
                    try:
                        act(work)
                        told.append(True)
                    except DomainError:
                        told.append(False)
        return told

    with ThreadPoolExecutor(clients) as pool:
        told = [one for answers in pool.map(busy, range(clients)) for one in answers]
    assert sum(told) > len(told) / 3
    assert [str(one) for one in prove().findings if one.invariant != "I12"] == []


def test_the_books_are_proved_while_others_write(app: Flask, bank: Bank) -> None:
    """The verifier reads one unchanging picture: writing beside it is no finding."""

    def write(number: int) -> None:
        with app.app_context():
            for step in range(15):
                give = partial(service.donate, giver=bank.chen, fund=bank.fund, minutes=1, by=bank.people.chen.id)
                act(partial(give, uid=f"g{number}.{step}"))

    def read(_number: int) -> list[str]:
        with app.app_context():
            return [str(one) for _ in range(4) for one in prove().findings if one.invariant != "I12"]

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, number) for number in range(2)]
        reading = [pool.submit(read, number) for number in range(2)]
        assert [one.result() for one in reading] == [[], []]
        for one in writing:
            one.result()
    assert bank.posted(bank.fund) == 630
