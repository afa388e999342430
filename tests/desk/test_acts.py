"""The desk's acts upon accounts: proposed by one, agreed to by others, told to whom it concerns, seen on pages."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.db import session as database
from app.db import transaction
from app.ledger import desk_queries, service
from app.ledger.models import Transfer
from app.notices.models import Notice
from tests.ledger.conftest import Bank

NONCE = "a1b2c3d4e5f6a1b2c3d4e5f6"
LogIn = Callable[..., Any]


def waiting_uid(desk: Bank) -> str:
    (one,) = desk_queries.pending_proposals(desk.people.actor(desk.people.lin))
    return one.proposal.uid


def kinds_told(person_id: str) -> list[str]:
    database.expire_all()
    told = select(Notice.kind).where(Notice.person_id == person_id).order_by(Notice.created_at, Notice.kind)
    return list(database.scalars(told))


def adjust(desk: Bank, log_in: LogIn, **given: str) -> Any:
    form = {"way": "in", "amount": "15", "reason": "The card was not read.", "nonce": NONCE} | given
    return log_in(desk.people.lin).post(f"/c/ledger/accounts/{desk.bo}/adjust?lang=en", data=form)


def test_an_adjustment_takes_a_proposer_and_two_others(desk: Bank, log_in: LogIn) -> None:
    assert adjust(desk, log_in).status_code == 303
    uid = waiting_uid(desk)
    page = log_in(desk.people.approver).get("/c/ledger/pending?lang=en").get_data(as_text=True)
    assert "A correction: 李博 gets 15 minutes." in page
    assert "Then 李博 has 45 minutes." in page
    assert "2 more people must approve." in page
    for person, posted in ((desk.people.approver, 30), (desk.people.auditor, 45)):
        assert log_in(person).post(f"/c/ledger/proposals/{uid}", data={"answer": "yes"}).status_code == 303
        assert desk.posted(desk.bo) == posted
    assert kinds_told(desk.people.bo.id) == ["passbook_in"]
    assert {"ledger_to_decide"} == set(kinds_told(desk.people.auditor.id))
    assert "proposal_agreed" in kinds_told(desk.people.lin.id)
    trail = database.scalars(select(AuditEntry.verb).where(AuditEntry.subject == f"transfer:{uid}")).all()
    assert sorted(trail) == ["ledger.approve", "ledger.approve", "ledger.propose"]


def test_the_button_pressed_twice_proposes_once(desk: Bank, log_in: LogIn) -> None:
    assert [adjust(desk, log_in).status_code for _ in range(2)] == [303, 303]
    assert waiting_uid(desk) == f"adjust:{desk.bo}:{NONCE}"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"way": ""}, "Choose one of the two."),
        ({"amount": "1.5"}, "Give a whole number between 1 and"),
        ({"amount": "0"}, "Give a whole number between 1 and"),
        ({"reason": " "}, "Say why in a sentence"),
        ({"way": "out", "amount": "31"}, "30 minutes can be used, 31 are asked for"),
    ],
)
def test_a_wrong_adjustment_keeps_what_was_typed(
    desk: Bank, log_in: LogIn, wrong: dict[str, str], words: str
) -> None:
    answer = adjust(desk, log_in, **wrong)
    text = answer.get_data(as_text=True)
    assert answer.status_code in (409, 422)
    assert words in text
    assert "reason" in wrong or "The card was not read." in text
    assert desk_queries.pending_proposals(desk.people.actor(desk.people.lin)) == []


def test_the_months_budget_bounds_what_corrections_give(desk: Bank, log_in: LogIn) -> None:
    for number in range(2):
        with transaction():
            people = desk.people
            account, minutes = (desk.bo, 3_000)
            sink = service.propose_adjustment(
                uid=f"a{number}", of=account, minutes=minutes, gives=False, by=people.lin.id
            )
            service.approve(uid=sink.uid, by=people.approver.id)
            service.approve(uid=sink.uid, by=people.auditor.id)
    answer = adjust(desk, log_in, amount="1")
    assert answer.status_code == 409
    assert "There is not enough time stored" in answer.get_data(as_text=True)


def settle(desk: Bank, log_in: LogIn, account: str, to: str) -> Any:
    return log_in(desk.people.lin).post(
        f"/c/ledger/accounts/{account}/settle?lang=en", data={"to": to, "reason": "She moved away.", "nonce": NONCE}
    )


def free_chen(desk: Bank) -> None:
    with transaction():
        service.void(hold_uid=desk.hold, uid=f"{desk.hold}:void")


def test_a_passbook_with_an_open_order_is_not_settled(desk: Bank, log_in: LogIn) -> None:
    answer = settle(desk, log_in, desk.chen, "expiry")
    assert answer.status_code == 409
    assert "45 minutes are still kept for orders" in answer.get_data(as_text=True)


@pytest.mark.parametrize("to", ["relative", "community_fund", "expiry"])
def test_what_is_left_goes_to_family_the_fund_or_lapses_by_two(desk: Bank, log_in: LogIn, to: str) -> None:
    free_chen(desk)
    whole = desk.posted(desk.chen)
    assert settle(desk, log_in, desk.chen, desk.people.mei.id if to == "relative" else to).status_code == 303
    uid = waiting_uid(desk)
    assert "is emptied" in log_in(desk.people.approver).get("/c/ledger/pending?lang=en").get_data(as_text=True)
    log_in(desk.people.approver).post(f"/c/ledger/proposals/{uid}", data={"answer": "yes"})
    assert desk.posted(desk.chen) == 0
    done = database.get_one(Transfer, uid)
    assert (done.kind, done.amount) == ("settle", whole)
    assert done.credit_kind == {"relative": "person", "community_fund": "community_fund", "expiry": "expiry"}[to]
    close = {"state": "closed", "reason": "Settled."}
    assert log_in(desk.people.lin).post(f"/c/ledger/accounts/{desk.chen}/standing", data=close).status_code == 303
    assert "account_closed" in kinds_told(desk.people.chen.id)


def test_a_stranger_is_no_heir(desk: Bank, log_in: LogIn) -> None:
    free_chen(desk)
    answer = settle(desk, log_in, desk.chen, desk.people.dan.id)
    assert answer.status_code == 422
    assert "Choose where it goes." in answer.get_data(as_text=True)


def test_an_account_is_stopped_and_opened_again_with_a_reason(desk: Bank, log_in: LogIn) -> None:
    lin, address = log_in(desk.people.lin), f"/c/ledger/accounts/{desk.bo}/standing?lang=en"
    assert lin.post(address, data={"state": "frozen", "reason": ""}).status_code == 422
    assert lin.post(address, data={"state": "frozen", "reason": "A complaint."}).status_code == 303
    assert "The account is stopped" in lin.get(address).get_data(as_text=True)
    again = lin.post(address, data={"state": "frozen", "reason": "A complaint."})
    assert again.status_code == 422
    assert "has moved on since your page was made" in again.get_data(as_text=True)
    refused = lin.post(address, data={"state": "closed", "reason": "No."})
    assert refused.status_code == 409
    assert "still holds time" in refused.get_data(as_text=True)
    assert lin.post(address, data={"state": "open", "reason": "It was nothing."}).status_code == 303
    assert kinds_told(desk.people.bo.id) == ["account_frozen", "account_open"]


def test_nobody_stops_her_own_account(desk: Bank, log_in: LogIn) -> None:
    with transaction():
        own = service.ensure_person_account(desk.people.lin.id).id
    answer = log_in(desk.people.lin).post(
        f"/c/ledger/accounts/{own}/standing?lang=en", data={"state": "frozen", "reason": "Mine."}
    )
    assert answer.status_code == 409
    assert "Nobody decides about time on their own account" in answer.get_data(as_text=True)


def test_proposals_are_found_by_name_and_reason(desk: Bank, log_in: LogIn) -> None:
    adjust(desk, log_in)
    lin = log_in(desk.people.lin)
    for words, there in (("李", True), ("card", True), ("桂英", False)):
        text = lin.get(f"/c/ledger/pending?lang=en&q={words}").get_data(as_text=True)
        assert ("A correction: 李博" in text) == there, words
    assert "No proposal fits" in lin.get("/c/ledger/pending?lang=en&q=zzz").get_data(as_text=True)


def test_a_stranger_sees_no_proposal_and_decides_none(desk: Bank, log_in: LogIn) -> None:
    adjust(desk, log_in)
    uid, xu = waiting_uid(desk), log_in(desk.people.xu)
    assert "李博" not in xu.get("/c/ledger/pending").get_data(as_text=True)
    assert xu.post(f"/c/ledger/proposals/{uid}", data={"answer": "yes"}).status_code == 404
    for page in ("adjust", "settle", "standing"):
        assert xu.get(f"/c/ledger/accounts/{desk.bo}/{page}").status_code == 404, page


def test_a_second_overrun_of_a_visit_is_refused_in_a_sentence(desk: Bank) -> None:
    from app.ledger.errors import BesideAlready, OverrunNotAgreed

    free_chen(desk)
    chen = desk.people.chen.id
    with transaction():
        service.overrun(post_uid=desk.post, uid="longer", minutes=10, by=chen)
    with pytest.raises(BesideAlready), transaction():
        service.overrun(post_uid=desk.post, uid="longer again", minutes=5, by=chen)
    with pytest.raises(OverrunNotAgreed), transaction():
        service.overrun(post_uid=desk.post, uid="his own word", minutes=5, by=desk.people.bo.id)
    with transaction():
        assert service.overrun(post_uid=desk.post, uid="longer", minutes=10, by=chen).amount == 10
    assert desk.posted(desk.bo) == 40


