"""The grid worker on the telephone: one page, the usual filled in, a sentence to read, and nothing ordered unread."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock as product_clock
from app.db import session as database
from app.menu.service import switch_item
from app.needs.models import Channel, Need, NeedState
from tests.factories import COMMUNITY, ZONE, make_elder, make_need
from tests.people import Cast, cast

LogIn = Callable[[Any], FlaskClient]


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


@pytest.fixture
def guo(people: Cast, log_in: LogIn) -> FlaskClient:
    return log_in(people.guo)


@pytest.fixture
def usual(people: Cast) -> Need:
    return make_need(elder=people.elder, day=product_clock.today(ZONE) - timedelta(days=7), start=(480, 630),
                     state=NeedState.DONE)  # fmt: skip


def said_on(page: str) -> dict[str, str]:
    """What the form would send if nothing were touched."""
    main = page.split("<main")[1]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', main))
    for name in ("item", "when"):
        options = re.search(rf'<select[^>]*name="{name}".*?</select>', main, re.DOTALL)
        assert options is not None
        marked = re.findall(r'value="([^"]*)" selected', options.group())
        fields[name] = (marked + re.findall(r'value="([^"]*)"', options.group()))[0]
    return fields | {"caller": "elder", "act": "order"}


def page_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def count() -> int:
    return database.scalar(select(func.count()).select_from(Need)) or 0


def newest() -> Need:
    return database.scalars(select(Need).order_by(Need.number.desc()).limit(1)).one()


def test_the_usual_is_filled_in_and_read_aloud(guo: FlaskClient, people: Cast, usual: Need) -> None:
    page = page_of(guo, f"/g/elders/{people.chen.id}/order?lang=en")
    assert "Grandma Chen, Tue 23 Jun in the morning somebody comes to you: Company and a chat." in page
    answer = guo.post(f"/g/elders/{people.chen.id}/order", data=said_on(page) | {"caller": "family"})
    assert answer.status_code == 303
    need = newest()
    assert (need.channel, need.placed_by, need.item_code) == (Channel.STAFF, people.guo.id, "companion-chat")
    assert (need.day - usual.day, need.caller) == (timedelta(days=14), "family")
    assert f"D-{need.number}" in page_of(guo, answer.location)


def test_again_fills_in_that_order(guo: FlaskClient, people: Cast, usual: Need) -> None:
    meal = make_need(elder=people.elder, item="shopping", day=usual.day, state=NeedState.DONE)
    assert said_on(page_of(guo, f"/g/elders/{people.chen.id}/order?again={meal.id}"))["item"] == "shopping"


def test_a_changed_order_is_read_again_before_it_is_made(guo: FlaskClient, people: Cast, usual: Need) -> None:
    path = f"/g/elders/{people.chen.id}/order"
    said = said_on(page_of(guo, f"{path}?lang=en")) | {"item": "shopping"}
    answer = guo.post(path, data=said)
    assert answer.status_code == 303
    assert count() == 1
    page = page_of(guo, answer.location)
    assert "somebody comes to you: Shopping for you" in page
    assert "Read it to her once more" in page
    assert guo.post(path, data=said_on(page)).status_code == 303
    assert newest().item_code == "shopping"


def test_an_exact_hour_wins_over_the_list(guo: FlaskClient, people: Cast, usual: Need) -> None:
    path = f"/g/elders/{people.chen.id}/order"
    said = said_on(page_of(guo, path)) | {"day": "2026-06-19", "at": "09:00", "latest": "10:00"}
    page = page_of(guo, guo.post(path, data=said | {"act": "read"}).location + "&lang=en")
    assert "Fri 19 Jun between 9:00 and 10:00" in page
    assert guo.post(path, data=said_on(page)).status_code == 303
    assert (newest().day.isoformat(), newest().earliest_start_min, newest().latest_start_min) == (
        "2026-06-19",
        540,
        600,
    )


def test_a_first_time_starts_with_nothing_chosen(guo: FlaskClient, people: Cast) -> None:
    page = page_of(guo, f"/g/elders/{people.chen.id}/order?lang=en")
    assert "Show the sentence to read" in page
    answer = guo.post(f"/g/elders/{people.chen.id}/order", data=said_on(page) | {"item": "shopping", "act": "read"})
    assert answer.status_code == 303
    assert "somebody comes to you" in page_of(guo, answer.location)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"item": ""}, "Choose the help"),
        ({"day": "2026-06-01", "at": "09:00"}, "That day is past"),
        ({"day": "", "at": "09:00"}, "Choose a day"),
        ({"day": "2026-06-19", "at": "10:00", "latest": "09:00"}, "before the earliest"),
        ({"note": "门" * 501}, "This is too long"),
    ],
)
def test_what_cannot_stand_is_said_and_kept(
    guo: FlaskClient, people: Cast, usual: Need, given: dict[str, str], sentence: str
) -> None:
    path = f"/g/elders/{people.chen.id}/order"
    answer = guo.post(path + "?lang=en", data=said_on(page_of(guo, path)) | {"note": "请敲门"} | given)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert sentence in page
    assert given.get("note", "请敲门") in page
    assert count() == 1


def test_what_is_switched_off_is_said(guo: FlaskClient, people: Cast, usual: Need) -> None:
    path = f"/g/elders/{people.chen.id}/order"
    said = said_on(page_of(guo, path))
    switch_item(people.actor(people.lin), COMMUNITY, "companion-chat", False)
    answer = guo.post(path + "?lang=en", data=said)
    assert answer.status_code == 422
    assert "is not offered here at the moment" in answer.text


def test_another_order_of_that_day_is_shown(guo: FlaskClient, people: Cast, usual: Need) -> None:
    other = make_need(elder=people.elder, day=usual.day + timedelta(days=14), item="shopping")
    page = page_of(guo, f"/g/elders/{people.chen.id}/order?again={usual.id}&lang=en")
    assert f"order D-{other.number}" in page


def test_only_who_has_the_duty_may(log_in: LogIn, people: Cast, usual: Need) -> None:
    path = f"/g/elders/{people.chen.id}/order"
    page_of(log_in(people.lin), path)
    page_of(log_in(people.xu), path, 404)
    page_of(log_in(people.mei), path, 403)
    stranger = make_elder()
    page_of(log_in(people.guo), f"/g/elders/{stranger.person_id}/order?again={usual.id}", 404)


def test_another_help_brings_its_own_times(guo: FlaskClient, people: Cast, usual: Need) -> None:
    path = f"/g/elders/{people.chen.id}/order"
    said = said_on(page_of(guo, path)) | {"item": "meal-delivery", "act": "read"}
    page = page_of(guo, guo.post(path, data=said).location + "&lang=en")
    assert "at noon somebody comes to you: A warm meal" in page
