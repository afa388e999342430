"""Finding lines in a long passbook, and reading it without asking more for more lines."""

from collections.abc import Callable
from typing import Any

import pytest

from app.db import transaction
from app.ledger import service
from tests.passbook.conftest import Family
from tests.support.counting import count_of


@pytest.fixture
def long_book(stored: Family) -> Family:
    """Bo gave forty times a minute or less to the fund, once with words of his own."""
    bank = stored.bank
    with transaction():
        for number in range(29):
            words = "for the flood" if number == 3 else None
            service.donate(uid=f"donate:{number}", giver=bank.bo, fund=bank.fund, minutes=1, by=bank.people.bo.id,
                           memo=words)  # fmt: skip
        for number in range(10):
            service.seed(uid=f"seed:bo:{number}", issuance=bank.issuance, to=bank.bo, minutes=1,
                         approvers=[bank.people.lin.id, bank.people.approver.id])  # fmt: skip
    return stored


def test_a_line_is_found_by_its_words_with_the_balance_it_had(long_book: Family, log_in: Callable[..., Any]) -> None:
    bo = log_in(long_book.bank.people.bo)
    text = bo.get("/v/ledger?lang=en&q=flood").get_data(as_text=True)
    assert text.count('class="n out-min"') == 1
    assert "then stored: 26 minutes" in text  # thirty less the first four
    assert "No line says this" in bo.get("/v/ledger?lang=en&q=nonsense").get_data(as_text=True)


def test_older_lines_are_a_page_of_their_own(long_book: Family, log_in: Callable[..., Any]) -> None:
    text = log_in(long_book.bank.people.bo).get("/v/ledger?lang=en").get_data(as_text=True)
    assert "Older lines" in text
    assert "Search the lines" in text


def test_a_passbook_asks_as_much_for_many_lines_as_for_few(long_book: Family, log_in: Callable[..., Any]) -> None:
    people = long_book.bank.people
    bo, chen = log_in(people.bo), log_in(people.chen)
    bo.get("/v/ledger"), chen.get("/me/ledger")
    assert count_of(lambda: bo.get("/v/ledger")) <= count_of(lambda: chen.get("/me/ledger")) + 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_statement_of_a_month_prints_every_line(long_book: Family, log_in: Callable[..., Any], lang: str) -> None:
    text = log_in(long_book.bank.people.bo).get(f"/me/ledger/statement?lang={lang}&month=2026-06")
    assert text.status_code == 200
    assert text.get_data(as_text=True).count("<tr>") == 1 + 1 + 40 + 1  # head, opening, lines, closing
    code = "Code of this passbook, for those who check the books: " if lang == "en" else "存折编码（供查账的人核对）："
    assert code in text.get_data(as_text=True).split("</table>")[1]  # at the foot, not beside the name
    assert log_in(long_book.bank.people.dan).get("/me/ledger/statement?month=nonsense").status_code == 200
