"""The cap of the rules on a passbook holds for whatever is stored there, but for a reversal."""

from secrets import token_hex
from typing import Any

import pytest

from app.db import transaction
from app.ledger import service
from app.ledger.errors import CapReached
from tests.desk.test_acts import adjust, free_chen, waiting_uid
from tests.desk.test_keeping import LogIn, Rule
from tests.ledger.conftest import Bank

CAP_MIN = 50  # Bo holds 30, so that 20 more fit


@pytest.fixture
def capped(desk: Bank, rule: Rule) -> Bank:
    rule(store_cap_min=CAP_MIN)
    return desk


def test_new_minutes_for_a_person_stay_under_the_cap(capped: Bank) -> None:
    people = capped.people
    words = {"issuance": capped.issuance, "to": capped.bo, "approvers": [people.lin.id, people.approver.id]}
    with pytest.raises(CapReached), transaction():
        service.seed(uid="seed:much", minutes=21, **words)
    with transaction():
        service.seed(uid="seed:little", minutes=20, **words)
    assert capped.posted(capped.bo) == CAP_MIN


def test_a_correction_is_proposed_only_for_what_fits(capped: Bank, log_in: LogIn) -> None:
    answer = adjust(capped, log_in, amount="21")
    assert answer.status_code == 409
    assert "only 20 more minutes fit in" in answer.get_data(as_text=True)
    assert adjust(capped, log_in, amount="20").status_code == 303


def test_a_correction_whose_room_was_filled_meanwhile_is_told_to_who_approves(capped: Bank, log_in: LogIn) -> None:
    people = capped.people
    adjust(capped, log_in, amount="20")
    uid = waiting_uid(capped)
    agree(capped, log_in)
    with transaction():
        service.seed(uid="seed:bo", issuance=capped.issuance, to=capped.bo, minutes=10,
                     approvers=[people.lin.id, people.approver.id])  # fmt: skip
    auditor = log_in(people.auditor)
    auditor.post(f"/c/ledger/proposals/{uid}?lang=en", data={"answer": "yes"})
    assert "only 10 more minutes fit in" in auditor.get("/c/ledger/pending?lang=en").get_data(as_text=True)
    assert capped.posted(capped.bo) == 40


def test_minutes_taken_away_ask_for_no_room(capped: Bank, rule: Rule, log_in: LogIn) -> None:
    rule(store_cap_min=10)
    assert adjust(capped, log_in, way="out", amount="15").status_code == 303


def test_what_somebody_leaves_goes_to_family_as_far_as_it_fits_and_then_elsewhere(
    capped: Bank, log_in: LogIn
) -> None:
    people = capped.people
    free_chen(capped)  # she leaves 90
    lin = log_in(people.lin)
    page = lin.get(f"/c/ledger/accounts/{capped.chen}/settle?lang=en").get_data(as_text=True)
    assert "only 50 minutes fit there" in page
    answer = propose(capped, lin, people.mei.id)
    assert "as much as fits there" in lin.get(f"{answer.headers['Location']}?lang=en").get_data(as_text=True)
    agree(capped, log_in)
    assert capped.posted(capped.chen) == 40
    full = propose(capped, lin, people.mei.id)
    assert full.status_code == 409
    assert "only 0 more minutes fit in" in full.get_data(as_text=True)
    assert propose(capped, lin, "community_fund").status_code == 303
    agree(capped, log_in)
    assert (capped.posted(capped.chen), capped.posted(capped.fund)) == (0, 640)


def test_a_reversal_gives_back_what_stood_there_whatever_the_cap(capped: Bank, rule: Rule) -> None:
    people = capped.people
    with transaction():
        service.donate(uid="donate:bo", giver=capped.bo, fund=capped.fund, minutes=30, by=people.bo.id)
    rule(store_cap_min=10)
    with transaction():
        service.reverse(uid="undo", of="donate:bo", by=people.lin.id, approver=people.approver.id)
    assert capped.posted(capped.bo) == 30


def agree(desk: Bank, log_in: LogIn) -> None:
    uid = waiting_uid(desk)
    assert log_in(desk.people.approver).post(f"/c/ledger/proposals/{uid}", data={"answer": "yes"}).status_code == 303


def propose(desk: Bank, client: Any, to: str) -> Any:
    form = {"to": to, "reason": "She moved away.", "nonce": token_hex(12)}
    return client.post(f"/c/ledger/accounts/{desk.chen}/settle?lang=en", data=form)
