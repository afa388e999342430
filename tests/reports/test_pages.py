"""The pages of the books: who may open them, what they say, and that they stay quick."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from openpyxl import load_workbook

from app import clock as wall
from app.db import transaction
from app.ledger import service
from app.ledger.models import Unit
from app.ledger.posting import Words
from app.org.models import OrgUnit
from app.reports.book_queries import scope_of
from app.reports.public_queries import shown_beside
from app.reports.supply_queries import supply
from tests.factories import CITY, COMMUNITY, GRID3, OTHER_COMMUNITY, ZONE, make_elder, make_unit
from tests.ledger.conftest import Bank, later, open_bank
from tests.people import Cast
from tests.support.counting import count_of

BOOKS = ("/c/reports/trial", "/c/reports/trial/person", "/c/reports/supply", "/c/reports/funds", "/c/reports/coverage")


@pytest.fixture
def desk(cast: Cast) -> Bank:
    """The bank, stored, with one visit that the fund paid for Aunt Chen."""
    with transaction():
        bank = open_bank(cast)
        words = Words(item_code="companion-chat", elder_id=cast.chen.id)
        service.hold(uid="order:fund:hold:1", payer=bank.fund, minutes=60, expires_at=later(), memo=words)
        service.post(hold_uid="order:fund:hold:1", uid="visit:fund:post", payee=bank.bo, minutes=50, memo=words)
    return bank


def text_of(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.get_data(as_text=True))


def rows_of(client: Any, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(path).get_data().decode("utf-8-sig"))))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", BOOKS)
def test_coordinators_and_auditors_open_every_page(
    desk: Bank, log_in: Callable[..., Any], path: str, lang: str
) -> None:
    for person in (desk.people.lin, desk.people.auditor):
        assert text_of(log_in(person), f"{path}?lang={lang}").count("<h1") == 1


@pytest.mark.parametrize("path", BOOKS)
def test_a_unit_of_somebody_else_is_not_there(desk: Bank, log_in: Callable[..., Any], path: str) -> None:
    assert log_in(desk.people.lin).get(f"{path}?unit={OTHER_COMMUNITY}").status_code == 404
    assert log_in(desk.people.lin).get(f"{path}?unit={COMMUNITY[:9]}").status_code == 404
    assert log_in(desk.people.bo).get(path).status_code == 403
    assert "陈桂英" not in text_of(log_in(desk.people.xu), path)


def test_the_trial_balance_says_that_it_adds_up(desk: Bank, log_in: Callable[..., Any]) -> None:
    text = text_of(log_in(desk.people.lin), "/c/reports/trial?lang=en")
    assert "It adds up to zero" in text
    assert "The balances that the accounts carry now say the same." in text
    assert "All other accounts of the book" in text


def test_a_day_that_cannot_be_read_keeps_the_rest_of_the_question(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    said = {"yesterday": "This is not a day.", "2030-01-01": "has not come yet", "1000-01-01": "Choose a later day"}
    for day, says in said.items():
        answer = lin.get(f"/c/reports/trial?lang=en&day={day}&measure=point")
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert says in text
        assert day in text
        assert '<option value="point" selected>' in text


def test_before_the_first_line_there_is_nothing(desk: Bank, log_in: Callable[..., Any]) -> None:
    day = wall.today(ZONE) - timedelta(days=1)
    assert "Nothing was written by the end of this day" in text_of(
        log_in(desk.people.lin), f"/c/reports/trial?lang=en&day={day}"
    )


def test_the_accounts_of_a_kind_lead_to_their_lines(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    text = text_of(lin, "/c/reports/trial/person?lang=en")
    assert f"/c/ledger/accounts/{desk.chen}" in text
    assert "陈桂英" in text
    assert lin.get("/c/reports/trial/nothing").status_code == 404


def test_the_trial_balance_goes_into_a_file_that_sums_to_zero(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    rows = rows_of(lin, "/c/reports/trial.csv")
    assert sum(int(row["stored"]) for row in rows) == 0
    assert {row["owner"] for row in rows} >= {"陈桂英", "李博"}
    sheet = load_workbook(io.BytesIO(lin.get("/c/reports/trial.xlsx").get_data())).active
    assert sheet is not None
    assert sheet.max_row == len(rows) + 1


def test_the_supply_and_its_file_say_what_was_given_out(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    assert "12 hours" in text_of(lin, "/c/reports/supply?lang=en")
    (row,) = rows_of(lin, "/c/reports/supply.csv")
    said = [row[key] for key in ("month", "minted", "people", "funds", "held")]
    assert said == ["2026-06", "720", "170", "550", "45"]


def test_the_funds_say_what_they_paid_for_without_a_name(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    text = text_of(lin, "/c/reports/funds?lang=en")
    assert "50 minutes" in text
    assert "lives alone" in text
    assert "陈" not in text
    rows = rows_of(lin, "/c/reports/funds.csv")
    assert {(row["by"], row["key"], row["minute"]) for row in rows} == {
        ("item", "companion-chat", "50"), ("class", "alone", "50"),
    }  # fmt: skip


def test_what_was_paid_and_taken_back_is_no_use_of_the_fund(desk: Bank, log_in: Callable[..., Any]) -> None:
    with transaction():
        service.reverse(uid="visit:fund:post:reversal", of="visit:fund:post", by=desk.people.lin.id,
                        approver=desk.people.approver.id)  # fmt: skip
    assert rows_of(log_in(desk.people.lin), "/c/reports/funds.csv") == []


@pytest.mark.parametrize("path", BOOKS)
def test_longer_books_send_no_more_statements(desk: Bank, log_in: Callable[..., Any], path: str) -> None:
    lin = log_in(desk.people.lin)
    before = count_of(lambda: lin.get(path))
    with transaction():
        for number in range(8):
            elder = make_elder()
            service.ensure_person_account(elder.person_id)
            words = Words(item_code="shopping", elder_id=elder.person_id)
            service.hold(uid=f"order:{number}:hold:1", payer=desk.fund, minutes=10, expires_at=later(), memo=words)
            service.post(hold_uid=f"order:{number}:hold:1", uid=f"visit:{number}:post", payee=desk.dan, minutes=10,
                         memo=words)  # fmt: skip
    assert count_of(lambda: lin.get(path)) <= before
    assert before <= 50


def test_the_open_page_shows_sums_of_many_only(desk: Bank, client: Any) -> None:
    text = text_of(client, "/public/hours?lang=en")
    assert "fewer than 5" in text
    assert "As of Tue 16 Jun" in text
    assert "9:00. The sums are counted anew" in text
    assert "Too few elders were helped from the funds" in text
    assert "陈" not in text
    assert client.get("/public/hours?unit=no-such").status_code == 404


def test_what_few_people_have_cannot_be_told_from_the_other_sums(desk: Bank, client: Any, session: Any) -> None:
    here = session.get_one(OrgUnit, COMMUNITY)
    found = supply(scope_of(here, Unit.MINUTE), [wall.today(here.zone).replace(day=1)])[0]
    assert found.minted == found.people + found.funds + found.redeemed + found.expired
    assert found.people > 0
    text = text_of(client, f"/public/hours?lang=en&unit={COMMUNITY}")
    assert text.count("not shown, so few are they") == 7
    whole = text_of(client, f"/public/hours?lang=en&unit={CITY}")
    assert whole.count("not shown, so few are they") == 4  # the others stand in the published heads


def test_the_open_page_puts_small_lines_together(desk: Bank, client: Any, session: Any) -> None:
    with transaction():
        elders = [make_elder() for _ in range(12)]
        for number, elder in enumerate(elders):
            service.seed(uid=f"seed:many:{number}", issuance=desk.issuance,
                         to=service.ensure_person_account(elder.person_id).id, minutes=60,
                         approvers=[desk.people.lin.id, desk.people.approver.id])  # fmt: skip
            item = "shopping" if number < 7 else "minor-repair" if number < 10 else "home-haircut"
            words = Words(item_code=item, elder_id=elder.person_id)
            service.hold(uid=f"order:{number}:hold:1", payer=desk.fund, minutes=10, expires_at=later(), memo=words)
            service.post(hold_uid=f"order:{number}:hold:1", uid=f"visit:{number}:post", payee=desk.dan, minutes=10,
                         memo=words)  # fmt: skip
    text = text_of(client, f"/public/hours?lang=en&unit={COMMUNITY}")
    assert "1 hour 10 minutes" in text  # seven elders, shopping
    assert "several others together" in text
    assert "1 hour 40 minutes" in text  # six elders of three items
    assert "15 hours" not in text
    assert "Small repairs" not in text
    assert "fewer than 5" not in text.split("<h2")[1]


def test_a_city_less_its_communities_tells_of_nobody(desk: Bank, client: Any) -> None:
    """Seven people here and two next door: next door is the city less here, so here is not shown beside the city."""
    next_door = f"{COMMUNITY[:9]}999"
    approvers = [desk.people.lin.id, desk.people.approver.id]

    def give(unit_code: str, count: int, minutes: int) -> None:
        with transaction():
            for _each in range(count):
                elder = make_elder(unit_code=unit_code)
                service.ensure_accounts_for_unit(unit_code, on=wall.today(ZONE))
                service.seed(uid=f"seed:{elder.person_id}", issuance=desk.issuance, minutes=minutes,
                             to=service.ensure_person_account(elder.person_id).id, approvers=approvers)  # fmt: skip

    give(GRID3, 7, 60)
    with transaction():
        make_unit(code=next_door)
    give(next_door, 2, 7)
    pages = {unit: text_of(client, f"/public/hours?lang=en&unit={unit}") for unit in (CITY, COMMUNITY, next_door)}
    assert "not shown" not in pages[CITY]
    assert "so few are they" in pages[next_door]
    assert pages[COMMUNITY].count("or it would tell what few people elsewhere have") == 8
    assert "fewer than" not in pages[COMMUNITY].split("<h2")[1]
    give(next_door, 3, 7)
    pages = {unit: text_of(client, f"/public/hours?lang=en&unit={unit}") for unit in (CITY, COMMUNITY, next_door)}
    assert all("not shown" not in page for page in pages.values())
    assert "5" in pages[next_door].split("People with time in their passbook")[1][:60]
    assert "35 minutes" in pages[next_door]
    assert "Each community tells it on its own page" in pages[CITY]
    assert "Each community tells it" not in pages[COMMUNITY]


def test_what_is_left_of_a_whole_is_nobody_or_enough() -> None:
    dice = Random(20)
    hidden = 0
    for _each in range(2000):
        least = dice.randint(2, 9)
        parts = {str(nr): dice.choice((0, 1, 2, 4, 8, 20, 60)) for nr in range(dice.randint(0, 9))}
        whole = sum(parts.values()) + dice.choice((0, 0, 1, 3, 30))
        shown = shown_beside(parts, whole, least)
        left = whole - sum(parts[part] for part in shown)
        assert all(parts[part] >= least for part in shown)
        assert left == 0 or left >= least or not shown
        hidden += any(parts[part] >= least for part in parts.keys() - shown)
    assert hidden > 100


def test_accounts_of_a_day_are_found_by_name(desk: Bank, log_in: Callable[..., Any]) -> None:
    lin = log_in(desk.people.lin)
    assert "陈桂英" in text_of(lin, "/c/reports/trial/person?q=桂英&lang=en")
    assert "李博" not in text_of(lin, "/c/reports/trial/person?q=桂英&lang=en")
    nobody = text_of(lin, "/c/reports/trial/person?q=%25&lang=en")
    assert "No passbook fits this search" in nobody
    assert "There was no such account" not in nobody
    assert "樵湖岭" in text_of(lin, "/c/reports/trial/community_fund?q=樵湖&lang=en")
