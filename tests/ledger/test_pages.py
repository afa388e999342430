"""The pages of the ledger: passbooks, the desk, corrections by two people, and files to take away."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from app.db import transaction
from app.ledger import desk_queries, service
from app.ledger.models import Transfer
from tests.ledger.conftest import Bank, open_bank
from tests.people import Cast
from tests.support.counting import count_of


@pytest.fixture
def desk(cast: Cast) -> Bank:
    """The bank, stored."""
    with transaction():
        return open_bank(cast)


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_elder_sees_what_she_has_and_where_it_went(desk: Bank, log_in: Callable[..., Any], lang: str) -> None:
    page = log_in(desk.people.chen).get(f"/me/ledger?lang={lang}")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert ("1 hour 30 minutes" if lang == "en" else "1 小时 30 分钟") in text
    assert text.count("<h1") == 1


def test_a_volunteer_sees_what_he_earned_and_what_waits(desk: Bank, log_in: Callable[..., Any]) -> None:
    with transaction():
        assert service.pay_visit(visit_id="v9", hold_uid=None, payee=desk.bo, fund=desk.fund, minutes=601) is None
    text = log_in(desk.people.bo).get("/v/ledger?lang=en").get_data(as_text=True)
    assert "30 minutes" in text
    assert "10 hours 1 minute" in text
    assert "pending" in text


def test_an_empty_passbook_says_what_will_come(cast: Cast, log_in: Callable[..., Any]) -> None:
    text = log_in(cast.dan).get("/v/ledger?lang=en").get_data(as_text=True)
    assert "The first confirmed visit makes the first line" in text


def test_a_daughter_reads_her_mothers_passbook_and_a_stranger_does_not(desk: Bank, log_in: Callable[..., Any]) -> None:
    people = desk.people
    assert log_in(people.mei).get(f"/me/ledger?for={people.chen.id}").status_code == 200
    for path in (f"/me/ledger?for={people.chen.id}", f"/me/ledger.csv?for={people.chen.id}",
                 f"/me/ledger.xlsx?for={people.chen.id}"):  # fmt: skip
        assert log_in(people.dan).get(path).status_code == 404, path


def test_a_passbook_is_taken_away_as_a_table(desk: Bank, log_in: Callable[..., Any]) -> None:
    bo = log_in(desk.people.bo)
    answer = bo.get("/v/ledger.csv")
    assert answer.mimetype == "text/csv"
    assert [(row["line"], row["minutes"], row["stored_after"]) for row in rows_of(answer)] == [(desk.post, "30", "30")]
    sheet = load_workbook(io.BytesIO(bo.get("/v/ledger.xlsx").get_data())).active
    assert [[cell.value for cell in row][3:5] for row in sheet.iter_rows(min_row=2)] == [[30, 30]]


@pytest.mark.parametrize("words", ["=1+1", "＝1+1", "＠SUM(1)", " =1+1"])
def test_a_table_runs_no_formula(desk: Bank, log_in: Callable[..., Any], words: str) -> None:
    with transaction():
        service.donate(uid="g", giver=desk.bo, fund=desk.fund, minutes=5, by=desk.people.bo.id, memo=words)
    assert rows_of(log_in(desk.people.bo).get("/v/ledger.csv"))[0]["words"] == f"'{words}"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_desk_shows_fund_budget_waiting_credits_and_lines(
    desk: Bank, log_in: Callable[..., Any], lang: str
) -> None:
    with transaction():
        service.pay_visit(visit_id="v9", hold_uid=None, payee=desk.bo, fund=desk.fund, minutes=601)
    text = log_in(desk.people.lin).get(f"/c/ledger?lang={lang}").get_data(as_text=True)
    for words in (("Pending", "in the fund of") if lang == "en" else ("待存入",)) + ("李博",):
        assert words in text, words


def test_passbooks_are_found_by_name(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    assert "李博" in lin.get("/c/ledger/accounts?q=李").get_data(as_text=True)
    assert "李博" not in lin.get("/c/ledger/accounts?q=陈").get_data(as_text=True)
    assert "No passbook" in lin.get("/c/ledger/accounts?q=zzz&lang=en").get_data(as_text=True)


def test_one_passbook_line_by_line(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    assert "李博" in lin.get(f"/c/ledger/accounts/{desk.bo}").get_data(as_text=True)
    assert rows_of(lin.get(f"/c/ledger/accounts/{desk.bo}.csv"))[0]["line"] == desk.post
    assert lin.get(f"/c/ledger/accounts/{desk.bo}.xlsx").status_code == 200


def test_the_stranger_of_another_district_sees_nothing(desk: Bank, log_in: Callable[..., Any]) -> None:
    xu = log_in(desk.people.xu)
    assert "李博" not in xu.get("/c/ledger").get_data(as_text=True)
    assert "李博" not in xu.get("/c/ledger/accounts").get_data(as_text=True)
    for path in (f"/c/ledger/accounts/{desk.bo}", f"/c/ledger/accounts/{desk.bo}.csv", f"/c/ledger/lines/{desk.post}"):
        assert xu.get(path).status_code == 404, path
    assert xu.post(f"/c/ledger/lines/{desk.post}/reverse", data={"reason": "mine"}).status_code == 404


def propose(desk: Bank, log_in: Callable[..., Any]) -> Any:
    return log_in(desk.people.lin).post(f"/c/ledger/lines/{desk.post}/reverse", data={"reason": "It was Dan."})


def test_a_correction_is_proposed_by_one_and_approved_by_another(desk: Bank, log_in: Callable[..., Any]) -> None:
    assert propose(desk, log_in).status_code == 303
    assert desk.posted(desk.bo) == 30
    lin, approver = log_in(desk.people.lin), log_in(desk.people.approver)
    address = f"/c/ledger/proposals/{desk.post}:reversal"
    assert lin.post(f"{address}?lang=en", data={"answer": "yes"}).status_code == 303
    assert "This needs two people." in lin.get("/c/ledger/pending?lang=en").get_data(as_text=True)
    assert desk.posted(desk.bo) == 30
    assert "It was Dan." in approver.get("/c/ledger/pending").get_data(as_text=True)
    assert approver.post(address, data={"answer": "yes"}).status_code == 303
    assert (desk.posted(desk.bo), desk.posted(desk.chen)) == (0, 120)
    assert approver.post(address, data={"answer": "yes"}).status_code == 404  # done: nothing waits any more
    line = lin.get(f"/c/ledger/lines/{desk.post}?lang=en").get_data(as_text=True)
    assert "This line was corrected" in line
    assert "Propose the correction" not in line


def test_a_correction_that_was_refused_can_be_proposed_again(desk: Bank, log_in: Callable[..., Any]) -> None:
    propose(desk, log_in)
    approver = log_in(desk.people.approver)
    approver.post(f"/c/ledger/proposals/{desk.post}:reversal", data={"answer": "no"})
    assert desk.posted(desk.bo) == 30
    propose(desk, log_in)
    waiting = desk_queries.pending_proposals(desk.people.actor(desk.people.lin))
    assert [one.proposal.uid for one in waiting] == [f"{desk.post}:reversal:2"]


def test_a_correction_without_a_reason_keeps_the_page(desk: Bank, log_in: Callable[..., Any]) -> None:
    answer = log_in(desk.people.lin).post(f"/c/ledger/lines/{desk.post}/reverse?lang=en", data={"reason": " "})
    assert answer.status_code == 422
    assert "Say why in a sentence" in answer.get_data(as_text=True)


def test_minutes_that_are_spent_are_not_taken_back_and_the_page_says_so(desk: Bank, log_in: Callable[..., Any]) -> None:
    propose(desk, log_in)
    with transaction():
        service.donate(uid="g", giver=desk.bo, fund=desk.fund, minutes=20, by=desk.people.bo.id)
    address = f"/c/ledger/proposals/{desk.post}:reversal?lang=en"
    approver = log_in(desk.people.approver)
    approver.post(address, data={"answer": "yes"})
    page = approver.get("/c/ledger/pending?lang=en").get_data(as_text=True)
    assert "10 minutes can be used, 30 are asked for" in page
    assert desk.posted(desk.bo) == 10


def test_the_fund_is_filled_by_two(desk: Bank, log_in: Callable[..., Any], session: Any) -> None:
    lin, approver = log_in(desk.people.lin), log_in(desk.people.approver)
    bad = lin.post("/c/ledger/seed?lang=en", data={"to": "fund", "amount": "-3", "reason": "winter"})
    assert bad.status_code == 422
    assert "winter" in bad.get_data(as_text=True)
    assert lin.post("/c/ledger/seed", data={"to": "fund", "amount": "2", "reason": "winter"}).status_code == 303
    (waiting,) = desk_queries.pending_proposals(desk.people.actor(desk.people.lin))
    approver.post(f"/c/ledger/proposals/{waiting.proposal.uid}", data={"answer": "yes"})
    assert desk.posted(desk.fund) == 720
    row = session.get_one(Transfer, waiting.proposal.uid)
    assert row.agreed_by == ",".join(sorted((desk.people.lin.id, desk.people.approver.id)))


def test_a_volunteer_and_an_elder_are_not_let_to_the_desk(desk: Bank, log_in: Callable[..., Any]) -> None:
    for person in (desk.people.bo, desk.people.chen):
        assert log_in(person).get("/c/ledger").status_code in (403, 404)


def test_the_desk_asks_a_fixed_number_of_questions(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    few = count_of(lambda: lin.get("/c/ledger"))
    with transaction():
        for number in range(12):
            service.donate(uid=f"g{number}", giver=desk.bo, fund=desk.fund, minutes=1, by=desk.people.bo.id)
    assert count_of(lambda: lin.get("/c/ledger")) <= few
