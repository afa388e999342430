"""The pages that anyone may open stand, in both languages, with and without anybody enrolled."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.conftest import Visitor
from tests.people import Cast

PAGES = ("/", "/menu", "/help", "/settings", "/public", "/public/how")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_an_open_page_stands_on_an_empty_site(client: Visitor, address: str, language: str) -> None:
    answer = client.get(f"{address}?lang={language}")
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_an_open_page_names_no_person(client: Visitor, cast: Cast, address: str, language: str) -> None:
    answer = client.get(f"{address}?lang={language}")
    assert answer.status_code == 200
    for person in (cast.chen, cast.mei, cast.bo, cast.dan, cast.lin, cast.guo):
        assert person.name not in answer.text


def test_the_menu_says_what_is_included_and_what_is_not(client: Visitor, cast: Cast) -> None:
    page = client.get("/menu?lang=en").text
    assert "A visit to sit and talk" in page
    assert "No loans, no gifts, no selling" in page


def test_the_community_phone_is_in_every_footer(client: Visitor, cast: Cast) -> None:
    for address in (*PAGES, "/nowhere"):
        assert 'class="btn call" href="tel:' in client.get(address).text, address


def test_who_is_signed_in_finds_the_way_to_her_own_pages(cast: Cast, log_in: Callable[..., Visitor]) -> None:
    for person, own in ((cast.chen, "/me"), (cast.bo, "/v"), (cast.guo, "/g"), (cast.lin, "/c")):
        page = log_in(person).get("/")
        assert page.status_code == 200
        assert f'href="{own}"' in page.text


def test_the_page_about_the_match_prints_the_weights_of_the_solver(client: Visitor, cast: Cast) -> None:
    from app.matchruns.published import weights

    page = client.get("/public/how").text
    goals = weights(None, date(2026, 6, 16)).goals
    for figure in (f"+{goals.regular}", f"+{goals.language}", f"−{goals.walking_minute}", f"−{goals.kth_task[-1]}"):
        assert f">{figure}<" in page


@pytest.mark.parametrize(("address", "status"), [("/nowhere", 404), ("/c", 401)])
def test_an_error_is_a_page_with_a_way_out(client: Visitor, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.text.count("<h1") == 1
    assert 'class="btn"' in answer.text


def test_a_stranger_at_a_closed_door_gets_no_navigation_of_others(client: Visitor, cast: Cast) -> None:
    page = client.get("/c").text
    assert 'data-role="elder"' in page
    assert 'class="rolenav"' not in page
    assert 'class="desk-menu"' not in page


def test_the_desk_marks_teams_as_teams(cast: Cast, log_in: Callable[..., Visitor]) -> None:
    page = log_in(cast.lin).get("/c/teams").text
    assert 'href="/c/teams" aria-current="page"' in page
    assert 'href="/c" aria-current' not in page


def test_the_menu_offers_ordering_to_those_who_may(cast: Cast, log_in: Callable[..., Visitor]) -> None:
    assert 'class="btn" href="/order"' in log_in(cast.chen).get("/menu").text
    assert 'class="btn" href="/order"' not in log_in(cast.bo).get("/menu").text
