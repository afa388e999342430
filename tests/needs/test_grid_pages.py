"""The grid worker's pages: her day, everybody who lives alone, finding an elder, one elder."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.db import db
from app.db import session as database
from app.needs.models import NeedState
from app.visits.models import VisitState
from tests.factories import OTHER_COMMUNITY, make_elder, make_need, make_visit
from tests.needs.support import TOMORROW
from tests.people import COMMUNITY, Cast

TODAY = date(2026, 6, 16)


@pytest.fixture
def grid(cast: Cast, log_in: Any) -> Any:
    """Guo, reading English."""
    cast.guo.language = "en"
    return log_in(cast.guo)


def text(answer: Any) -> str:
    assert answer.status_code == 200
    words: str = answer.get_data(as_text=True)
    return words


def asked(browser: Any, address: str) -> int:
    """How often a page asks the database."""
    count = 0

    def counted(*_: Any) -> None:
        nonlocal count
        count += 1

    database.commit()
    event.listen(db.engine, "before_cursor_execute", counted)
    browser.get(address)
    event.remove(db.engine, "before_cursor_execute", counted)
    return count


# The day -----------------------------------------------------------------------------------------------------------


def quiet(grid: Any) -> str:
    """The part of her day about those who live alone and were not seen for a week."""
    page = text(grid.get("/g"))
    return page[page.index("Living alone, nobody came for a week") : page.index("Orders under way")]


def test_whoever_lives_alone_and_is_quiet_is_named(cast: Cast, grid: Any) -> None:
    make_need(elder=cast.elder, day=TODAY - timedelta(days=8), state=NeedState.DONE)
    make_elder(name="赵从未")
    make_need(elder=make_elder(name="钱最近"), day=TODAY - timedelta(days=7), state=NeedState.DONE)
    make_elder(name="孙同住", categories=("minimum_allowance",))
    named = quiet(grid)
    assert named.index("赵从未") < named.index("陈桂英")
    assert "never ordered" in named
    assert "钱最近" not in named
    assert "孙同住" not in named


def test_all_who_live_alone_are_listed_whoever_was_seen_longest_ago_first(cast: Cast, grid: Any) -> None:
    make_need(elder=cast.elder, day=TOMORROW)
    make_need(elder=make_elder(name="钱最近"), day=TODAY - timedelta(days=7), state=NeedState.DONE)
    make_elder(name="孙同住", categories=("minimum_allowance",))
    page = text(grid.get("/g/alone"))
    assert page.index("钱最近") < page.index("陈桂英")
    assert "ordered for tomorrow" in page
    assert "孙同住" not in page


def test_an_order_to_come_is_company_enough(cast: Cast, grid: Any) -> None:
    make_need(elder=cast.elder, day=TOMORROW)
    assert "Everybody who lives alone was seen" in quiet(grid)


def test_a_cancelled_order_is_no_company(cast: Cast, grid: Any) -> None:
    make_need(elder=cast.elder, day=TOMORROW, state=NeedState.CANCELLED)
    assert "陈桂英" in quiet(grid)


def test_visits_that_wait_for_a_word_and_orders_under_way_are_listed(cast: Cast, grid: Any) -> None:
    over = make_need(elder=cast.elder, day=TODAY, start=(480, 500))
    make_visit(need=over, volunteer=cast.volunteer, state=VisitState.CHECKED_OUT)
    make_need(elder=make_elder(name="周明天"), day=TOMORROW, item="shopping")
    page = text(grid.get("/g"))
    assert page.index("Visits that wait for a word") < page.index("陈桂英") < page.index("周明天")
    assert "Shopping for you" in page


def test_other_grids_and_other_communities_are_not_hers(cast: Cast, grid: Any) -> None:
    make_elder(name="吴隔壁", unit_code=f"{COMMUNITY}001")
    other = make_elder(name="郑别处", unit_code=f"{OTHER_COMMUNITY}001")
    make_need(elder=other, day=TOMORROW)
    for address in ("/g", "/g/alone", "/g/find"):
        page = text(grid.get(address))
        assert "吴隔壁" not in page
        assert "郑别处" not in page
    assert grid.get(f"/g/elders/{other.person_id}").status_code == 404


def test_a_coordinator_sees_all_grids_of_her_community(cast: Cast, log_in: Any) -> None:
    make_elder(name="吴隔壁", unit_code=f"{COMMUNITY}001")
    assert "吴隔壁" in text(log_in(cast.lin).get("/g/find"))


def test_an_empty_day_says_what_to_do(cast: Cast, grid: Any) -> None:
    cast.elder.categories = []
    page = text(grid.get("/g"))
    assert "No order is under way" in page
    assert "Nobody in your grids is noted as living alone" in text(grid.get("/g/alone"))


# Finding -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["陈桂", "cgy", "chenguiying", "5栋2单元", "0001", "138 0000 0001"])
def test_an_elder_is_found_in_a_few_letters(cast: Cast, grid: Any, words: str) -> None:
    make_elder(name="李别人", address="9栋", phone="+8613900009999")
    page = text(grid.get("/g/find", query_string={"q": words}))
    assert "陈桂英" in page
    assert "李别人" not in page


@pytest.mark.parametrize("words", ["xyz", "%", "77", "没有这个人"])
def test_whoever_is_not_there_is_not_found_and_the_words_stay(cast: Cast, grid: Any, words: str) -> None:
    page = text(grid.get("/g/find", query_string={"q": words}))
    assert "陈桂英" not in page
    assert f'value="{words}"' in page
    assert "Nobody was found" in page


def test_without_a_word_all_of_hers_are_listed(cast: Cast, grid: Any) -> None:
    for number in range(30):
        make_elder(name=f"冯{number}号")
    first = text(grid.get("/g/find"))
    assert "1 to 25 of 31" in first
    assert "26 to 31 of 31" in text(grid.get("/g/find?page=2"))


# One elder ---------------------------------------------------------------------------------------------------------


def test_her_page_says_who_comes_and_offers_what_she_likes(cast: Cast, grid: Any) -> None:
    cast.elder.health_note, cast.elder.safe_word = "耳朵不好", "桂花"
    make_need(elder=cast.elder, item="shopping", day=TODAY - timedelta(days=5), state=NeedState.DONE)
    make_visit(need=make_need(elder=cast.elder, day=TOMORROW), volunteer=cast.volunteer)
    page = text(grid.get(f"/g/elders/{cast.chen.id}"))
    for words in ("Grid 3", "耳朵不好", "桂花", "陈梅", "李博 comes at 9:00", "Order again: Shopping for you"):
        assert words in page, words
    assert f"/g/elders/{cast.chen.id}/order?again=" in page


def test_her_word_about_a_visit_is_noted_for_her(cast: Cast, grid: Any) -> None:
    need = make_need(elder=cast.elder, day=TODAY, start=(480, 500))
    visit = make_visit(need=need, volunteer=cast.volunteer, state=VisitState.CHECKED_OUT)
    address = f"/g/elders/{cast.chen.id}"
    assert f"/visits/{visit.id}/confirm" in text(grid.get(address))
    answer = grid.post(f"/visits/{visit.id}/confirm", data={"rating": "satisfied"})
    assert answer.headers["Location"] == address
    assert f"/visits/{visit.id}/confirm" not in text(grid.get(address))


def test_without_her_consent_nothing_is_offered_to_order(cast: Cast, grid: Any) -> None:
    cast.elder.consent_ended = TODAY
    page = text(grid.get(f"/g/elders/{cast.chen.id}"))
    assert "Her consent ended" in page
    assert f"/g/elders/{cast.chen.id}/order" not in page


@pytest.mark.parametrize("who", ["mei", "chen", "bo", "auditor"])
def test_only_who_has_the_duty_opens_these_pages(cast: Cast, log_in: Any, who: str) -> None:
    browser = log_in(getattr(cast, who))
    for address in ("/g", "/g/alone", "/g/find", f"/g/elders/{cast.chen.id}"):
        assert browser.get(address).status_code == 403


def test_a_stranger_of_another_district_finds_nobody(cast: Cast, log_in: Any) -> None:
    browser = log_in(cast.xu)
    assert browser.get(f"/g/elders/{cast.chen.id}").status_code == 404
    assert "Nobody was found" in text(browser.get("/g/find?q=陈桂英&lang=en"))


@pytest.mark.parametrize("address", ["/g", "/g/alone", "/g/find"])
def test_a_list_asks_the_database_no_more_often_for_many_than_for_few(cast: Cast, grid: Any, address: str) -> None:
    def one_more() -> None:
        make_elder()
        make_need(elder=make_elder(), day=TOMORROW)
        make_visit(need=make_need(elder=make_elder(), day=TODAY), state=VisitState.CHECKED_OUT)

    one_more()
    asked(grid, address)
    few = asked(grid, address)
    for _number in range(4):
        one_more()
    assert asked(grid, address) == few
