"""Ordering on the pages: two taps for the usual, three for something new; what can't stand keeps what was said."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock as product_clock
from app.db import session as database
from app.menu.service import switch_item
from app.needs.models import Channel, Need, NeedSeries, NeedState
from app.people.models import Delegation, Relation
from tests.factories import COMMUNITY, ZONE, make_elder, make_need, make_visit
from tests.people import Cast, cast

LogIn = Callable[[Any], FlaskClient]


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


@pytest.fixture
def chen(people: Cast, log_in: LogIn) -> FlaskClient:
    return log_in(people.chen)


@pytest.fixture
def usual(people: Cast) -> Need:
    """Aunt Chen had company last Tuesday morning."""
    return make_need(elder=people.elder, day=product_clock.today(ZONE) - timedelta(days=7), start=(480, 630),
                     state=NeedState.DONE)  # fmt: skip


def page_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def links_of(page: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page)]


def hidden_of(page: str) -> dict[str, str]:
    main = page.split("<main")[1]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', main))


def newest() -> Need:
    return database.scalars(select(Need).order_by(Need.number.desc()).limit(1)).one()


def count() -> int:
    return database.scalar(select(func.count()).select_from(Need)) or 0


def check_address(**given: str) -> str:
    tomorrow = product_clock.today(ZONE) + timedelta(days=1)
    said = {"item": "companion-chat", "day": tomorrow.isoformat(), "part": "morning"} | given
    return "/order/check?" + urlencode({name: value for name, value in said.items() if value})


# Two and three taps --------------------------------------------------------------------------------------------------


def test_again_is_two_taps(chen: FlaskClient, usual: Need) -> None:
    again = next(link for link in links_of(page_of(chen, "/me")) if link.startswith("/order/again/"))
    check = chen.get(again)
    assert check.status_code == 302
    page = page_of(chen, check.location)
    answer = chen.post("/order/check", data=hidden_of(page))
    assert answer.status_code == 303
    assert f"D-{newest().number}" in page_of(chen, answer.location)
    need = newest()
    assert (need.day - usual.day, need.item_code, need.state) == (timedelta(days=14), "companion-chat", NeedState.OPEN)
    assert (need.earliest_start_min, need.latest_start_min) == (480, 630)


def test_something_new_is_three_taps(chen: FlaskClient, usual: Need) -> None:
    tile = next(link for link in links_of(page_of(chen, "/me")) if link.endswith("/order/shopping/time"))
    page = page_of(chen, tile)
    slot = re.search(r'name="when" value="([^"]+~morning)"', page)
    assert slot is not None
    check = page_of(chen, "/order/check?" + urlencode({"item": "shopping", "when": slot.group(1)}))
    assert chen.post("/order/check", data=hidden_of(check)).status_code == 303
    need = newest()
    assert (need.item_code, need.channel, need.placed_by) == ("shopping", Channel.SELF, need.elder_id)


def test_back_and_refresh_make_no_second_order(chen: FlaskClient, usual: Need) -> None:
    said = hidden_of(page_of(chen, check_address()))
    first, again = chen.post("/order/check", data=said), chen.post("/order/check", data=said)
    assert first.location == again.location
    assert page_of(chen, first.location)
    assert count() == 2


def test_the_done_page_of_an_order_that_ended_leads_to_how_it_ended(chen: FlaskClient, usual: Need) -> None:
    answer = chen.get(f"/order/{usual.id}/done")
    assert (answer.status_code, answer.location) == (303, f"/me/orders/{usual.id}")


def test_one_key_never_mixes_two_elders(chen: FlaskClient, log_in: LogIn, usual: Need) -> None:
    other = log_in(make_elder().person_id)
    said = hidden_of(page_of(chen, check_address()))
    assert chen.post("/order/check", data=said).status_code == 303
    assert other.post("/order/check", data=said).status_code == 303
    assert count() == 3


def test_looking_at_pages_orders_nothing(chen: FlaskClient, usual: Need) -> None:
    for path in ("/me", "/order", "/order/shopping/time", check_address(), "/order/wish", "/me/orders"):
        page_of(chen, path)
    assert count() == 1


def test_the_check_page_says_what_when_where_and_that_it_is_free(chen: FlaskClient, people: Cast) -> None:
    page = re.sub(r"<[^>]+>", "", page_of(chen, check_address() + "&lang=en"))
    for words in (
        "Company and a chat",
        "about 1 hour",
        "Wed 17 Jun",
        "in the morning",
        "5栋2单元301",
        "free of charge",
    ):
        assert words in page


def test_a_familiar_face_a_note_and_the_weekly_repetition(chen: FlaskClient, people: Cast, usual: Need) -> None:
    make_visit(need=usual, volunteer=people.volunteer, state="confirmed")
    page = page_of(chen, check_address())
    assert "李博" in page
    said = hidden_of(page) | {"regular": people.bo.id, "note": "请按两次门铃", "weekly": "1", "same_sex": "1"}
    done = chen.post("/order/check", data=said)
    assert done.status_code == 303
    first = database.scalars(select(Need).where(Need.note == "请按两次门铃").order_by(Need.day)).first()
    assert first is not None
    assert (first.regular_id, first.same_sex) == (people.bo.id, True)
    series = database.scalars(select(NeedSeries)).one()
    assert first.series_id == series.id
    assert "every Wed" in page_of(chen, done.location + "?lang=en")


# A wish --------------------------------------------------------------------------------------------------------------


def test_a_wish_in_own_words_waits_for_the_community(chen: FlaskClient, usual: Need) -> None:
    assert 'name="wish"' in page_of(chen, "/order/wish")
    page = page_of(chen, "/order/wish/time?" + urlencode({"wish": "想听楚剧"}))
    slot = re.search(r'name="when" value="([^"]+)"', page)
    assert slot is not None
    check = page_of(chen, "/order/check?" + urlencode({"wish": "想听楚剧", "when": slot.group(1)}))
    assert chen.post("/order/check", data=hidden_of(check)).status_code == 303
    assert (newest().wish_text, newest().state, newest().review_reasons) == ("想听楚剧", NeedState.REVIEW, ["wish"])


@pytest.mark.parametrize("words", ["", "   ", "想" * 301])
def test_a_wish_without_words_or_with_too_many_is_said_again(chen: FlaskClient, words: str) -> None:
    page = page_of(chen, "/order/wish/time?lang=en&" + urlencode({"wish": words}), 422)
    assert "Error:" in page
    assert words.strip() in page


# What can't stand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"day": "2026-06-01"}, "That day is past"),
        ({"day": "0001-01-01"}, "That day is past"),
        ({"day": "9999-12-31"}, "too far ahead"),
        ({"day": "2026-12-31"}, "too far ahead"),
        ({"day": "31.12."}, "not a day of the calendar"),
        ({"day": ""}, "Choose a day"),
        ({"part": "", "at": "10:00", "latest": "09:00"}, "The latest start is before the earliest"),
        ({"part": "", "at": "03:00"}, "Nobody comes at that hour"),
        ({"part": "", "at": "soon"}, "not a time of the day"),
        ({"part": "night"}, "Choose a time of the day"),
        ({"part": ""}, "Choose a time of the day"),
    ],
)
def test_a_time_that_cannot_stand_is_asked_again(chen: FlaskClient, given: dict[str, str], sentence: str) -> None:
    page = page_of(chen, check_address(lang="en", **given), 422)
    assert sentence in page
    assert "<title>Error:" in page
    assert "When would you like it?" in page
    for value in given.values():
        assert value in page
    assert count() == 0


def test_a_time_that_passed_since_the_page_was_made_is_asked_again(chen: FlaskClient) -> None:
    answer = chen.post("/order/check?lang=en", data={"item": "companion-chat", "day": "2026-06-15", "part": "morning"})
    assert answer.status_code == 422
    assert "That day is past" in answer.text
    assert count() == 0


def test_too_long_a_note_is_kept_and_said(chen: FlaskClient) -> None:
    said = hidden_of(page_of(chen, check_address())) | {"note": "门" * 501}
    answer = chen.post("/order/check?lang=en", data=said)
    assert answer.status_code == 422
    assert "门" * 501 in answer.text
    assert "This is too long" in answer.text


def test_an_item_that_is_switched_off_is_said_with_all_the_others(
    session: Any, chen: FlaskClient, people: Cast
) -> None:
    said = hidden_of(page_of(chen, check_address()))
    switch_item(people.actor(people.lin), COMMUNITY, "companion-chat", False)
    for answer in (
        chen.get("/order/companion-chat/time?lang=en"),
        chen.get(check_address(lang="en")),
        chen.post("/order/check?lang=en", data=said),
    ):
        assert answer.status_code == 422
        assert "is not offered here at the moment" in answer.text
        assert "/order/shopping/time" in answer.text


def test_an_item_that_never_was_is_not_found(chen: FlaskClient) -> None:
    page_of(chen, "/order/moon-flight/time", 404)


def test_a_duplicate_is_warned_of_and_can_be_ordered_anyway(chen: FlaskClient, people: Cast, usual: Need) -> None:
    first = make_need(elder=people.elder)
    page = page_of(chen, check_address(lang="en"))
    assert f"order D-{first.number}" in page
    assert "Order it anyway" in page
    assert chen.post("/order/check", data=hidden_of(page)).status_code == 303
    assert newest().review_reasons == ["duplicate"]


# For others ----------------------------------------------------------------------------------------------------------


def test_a_relative_orders_for_the_elder(log_in: LogIn, people: Cast, usual: Need) -> None:
    mei = log_in(people.mei)
    home = mei.get("/family")
    assert (home.status_code, home.location) == (303, f"/me?for={people.chen.id}")
    page = page_of(mei, home.location)
    assert "陈桂英" in page
    tile = next(link for link in links_of(page) if link.startswith("/order/shopping/time"))
    assert f"for={people.chen.id}" in tile
    check = page_of(mei, check_address(**{"for": people.chen.id}))
    assert mei.post("/order/check", data=hidden_of(check)).status_code == 303
    assert (newest().channel, newest().placed_by, newest().elder_id) == (
        Channel.RELATIVE, people.mei.id, people.chen.id,
    )  # fmt: skip


def test_a_relative_of_two_chooses_first(log_in: LogIn, people: Cast) -> None:
    other = make_elder(name="周桂花")
    database.add(
        Delegation(elder_id=other.person_id, relative_id=people.mei.id, relation=Relation.CHILD, consent_how="door",
                   recorded_by=other.person_id, since=product_clock.now())
    )  # fmt: skip
    mei = log_in(people.mei)
    page = page_of(mei, "/family")
    assert "周桂花" in page
    assert "陈桂英" in page
    for path in ("/me", "/order", "/me/orders"):
        answer = mei.get(path)
        assert (answer.status_code, answer.location) == (303, "/family")


def test_strangers_find_nothing(log_in: LogIn, people: Cast) -> None:
    need = make_need(elder=people.elder)
    other = make_elder()
    for who in (people.xu, other.person_id):
        client = log_in(who)
        for path in (
            f"/me?for={people.chen.id}", f"/order?for={people.chen.id}", f"/order/{need.id}/done",
            f"/order/again/{need.id}", check_address(**{"for": people.chen.id}), f"/me/orders?for={people.chen.id}",
        ):  # fmt: skip
            page_of(client, path, 404)
        said = {"item": "companion-chat", "day": date(2026, 6, 17).isoformat(), "part": "morning"}
        assert client.post("/order/check", data=said | {"for": people.chen.id}).status_code == 404
    assert count() == 1


def test_volunteers_have_no_such_pages(log_in: LogIn, people: Cast) -> None:
    for path in ("/me", "/order", "/me/orders"):
        page_of(log_in(people.bo), path, 403)
