"""The month's new minutes: as many as the listed elders may use, proposed by the timetable, approved by two."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.db import session
from app.ledger import desk_queries, errors, service
from app.ledger.models import SYSTEM_WORD
from app.ledger.seeding import listed_elders, months_due, seed_month, seeded
from tests.factories import make_elder
from tests.ledger.conftest import Bank
from tests.people import COMMUNITY, GRID3

JULY = date(2026, 7, 1)


def make_listed(count: int) -> None:
    for _number in range(count):
        make_elder(categories=["extreme_poverty"], unit_code=GRID3)


def test_the_fund_is_filled_up_to_what_the_listed_elders_may_use(bank: Bank) -> None:
    make_listed(5)
    proposal = seed_month(GRID3, JULY)
    assert proposal is not None
    listed = len(listed_elders(COMMUNITY, JULY))
    assert listed >= 5
    assert proposal.amount == listed * 240 - 600
    assert seed_month(COMMUNITY, JULY) is proposal


def test_a_fund_that_holds_enough_gets_nothing(bank: Bank) -> None:
    assert seed_month(GRID3, JULY) is None


def test_what_the_timetable_proposes_needs_two_people(bank: Bank) -> None:
    make_listed(5)
    proposal = seed_month(GRID3, JULY)
    assert proposal is not None
    assert service.approve(uid=proposal.uid, by=bank.people.lin.id) is None
    assert seeded(GRID3, JULY) is None
    with pytest.raises(errors.SamePersonTwice):
        service.approve(uid=proposal.uid, by=bank.people.lin.id)
    assert service.approve(uid=proposal.uid, by=bank.people.approver.id) is not None
    assert bank.posted(bank.fund) == 600 + proposal.amount
    done = seeded(GRID3, JULY)
    assert done is not None
    assert SYSTEM_WORD in (done.agreed_by or "")


def test_the_timetable_itself_approves_nothing(bank: Bank) -> None:
    make_listed(5)
    proposal = seed_month(GRID3, JULY, by=bank.people.lin.id)
    assert proposal is not None
    with pytest.raises(DBAPIError, match="approval_of_the_proposal"), session.begin_nested():
        service.approve(uid=proposal.uid, by=SYSTEM_WORD)


def test_what_waits_for_the_fund_is_asked_for_too(bank: Bank) -> None:
    make_listed(5)
    service.pay_visit(visit_id="v", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=700)
    proposal = seed_month(GRID3, JULY)
    assert proposal is not None
    assert proposal.amount == len(listed_elders(COMMUNITY, JULY)) * 240 + 700 - 600


def test_each_community_with_a_fund_is_due_once_a_month(bank: Bank, clock: Any) -> None:
    make_listed(5)
    assert months_due() == [(COMMUNITY, date(2026, 6, 1))]
    seed_month(COMMUNITY, date(2026, 6, 1))
    assert months_due() == []
    clock.forward(days=31)
    assert months_due() == [(COMMUNITY, JULY)]


def test_the_command_proposes_a_month(app: Flask, cast: Any) -> None:
    run = app.test_cli_runner().invoke
    make_listed(3)
    session.commit()
    told = run(args=["ledger", "seed", "--unit", COMMUNITY, "--month", "2026-07"])
    assert told.exit_code == 0, told.output
    assert "wait for two people" in told.output
    assert len(desk_queries.pending_proposals(cast.actor(cast.lin))) == 1
    told = run(args=["ledger", "seed", "--unit", "999", "--month", "2026-07"])
    assert told.exit_code == 1
    assert "Error:" in told.output
    assert run(args=["ledger", "seed", "--unit", COMMUNITY, "--month", "July"]).exit_code == 2
