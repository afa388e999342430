"""Lists of the desk that can grow: a page at a time, and found by a name."""

from collections.abc import Callable
from typing import Any

import pytest

from app.db import session as database
from app.db import transaction
from app.desk import keeping
from app.people.models import Team
from tests.ledger.conftest import Bank
from tests.people import COMMUNITY

MANY = 60


def text_of(visitor: Any, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.get_data(as_text=True))


@pytest.fixture
def many(desk: Bank, clock: Any) -> Bank:
    """Sixty teams, and as many funds with a purpose."""
    lin = desk.people.actor(desk.people.lin)
    with transaction():
        for number in range(MANY):
            clock.forward(minutes=1)
            database.add(Team(unit_code=COMMUNITY, name=f"队{number:02}"))
            keeping.open_charity(
                lin, unit_code=COMMUNITY, name=f"基金{number:02}", donor=f"商户{number:02}", purpose="", item_codes=[],
                categories=[],
            )  # fmt: skip
    return desk


@pytest.mark.parametrize(
    ("address", "name", "nobody"),
    [("/c/teams", "队", "No team fits this search"), ("/c/ledger/funds", "基金", "No fund fits this search")],
)
def test_a_long_list_comes_a_page_at_a_time(
    many: Bank, log_in: Callable[..., Any], address: str, name: str, nobody: str
) -> None:
    lin = log_in(many.people.lin)
    first, last = text_of(lin, f"{address}?lang=en"), text_of(lin, f"{address}?page=3&lang=en")
    assert f"1 to 25 of {MANY}" in first
    assert f"{name}00" in first
    assert f"{name}30" not in first
    assert f"{name}59" in last
    found = text_of(lin, f"{address}?q={name}31&lang=en")
    assert f"{name}31" in found
    assert f"{name}32" not in found
    assert nobody in text_of(lin, f"{address}?q=%25&lang=en")


def test_who_gave_a_fund_finds_it(many: Bank, log_in: Callable[..., Any]) -> None:
    found = text_of(log_in(many.people.lin), "/c/ledger/funds?q=商户07&lang=en")
    assert "基金07" in found
    assert "基金08" not in found
