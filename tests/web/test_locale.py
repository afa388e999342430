"""Whose choice of language, size and contrast wins, and how long it holds."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Visitor
from tests.people import Cast

CHINESE, ENGLISH = 'lang="zh-CN"', 'lang="en"'


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", CHINESE),
        ("fr", CHINESE),
        ("zh-HK,zh;q=0.9", CHINESE),
        ("en-GB,en;q=0.8", ENGLISH),
        ("fr,en;q=0.5", ENGLISH),
    ],
)
def test_a_stranger_reads_the_language_of_the_browser(client: Visitor, asked: str, expected: str) -> None:
    assert expected in client.get("/help", headers={"Accept-Language": asked}).text


def test_a_choice_in_the_address_is_remembered_in_the_browser(client: Visitor) -> None:
    client.get("/help?lang=en&size=xl")
    page = client.get("/menu").text
    assert ENGLISH in page
    assert 'data-size="xl"' in page


def test_an_unknown_choice_changes_nothing(client: Visitor) -> None:
    page = client.get("/help?lang=klingon&size=huge").text
    assert CHINESE in page
    assert 'data-size="std"' in page


def test_the_size_holds_on_every_page_and_on_errors(client: Visitor) -> None:
    client.get("/?size=l")
    for address in ("/", "/menu", "/help", "/settings", "/public", "/public/how", "/nowhere"):
        assert 'data-size="l"' in client.get(address).text, address


def test_the_switch_leads_to_the_next_size_of_the_same_page(client: Visitor) -> None:
    assert 'href="/help?size=l"' in client.get("/help").text
    assert 'href="/help?size=std"' in client.get("/help?size=xl").text


def test_settings_are_kept_in_the_browser(client: Visitor) -> None:
    answer = client.post("/settings", data={"lang": "en", "size": "xl", "contrast": "high"})
    assert answer.status_code == 303
    page = client.get("/settings").text
    assert 'data-size="xl" data-contrast="high"' in page
    assert ENGLISH in page
    assert 'role="status"' in page


def test_a_setting_that_cannot_be_read_stays_as_it_was(client: Visitor) -> None:
    client.get("/?size=l")
    client.post("/settings", data={"lang": "zh", "size": "gigantic"})
    assert 'data-size="l"' in client.get("/").text


def test_settings_follow_a_person_to_another_device(app: Flask, cast: Cast, log_in: Callable[..., Visitor]) -> None:
    log_in(cast.chen).post("/settings", data={"lang": "zh", "size": "xl", "contrast": "high"})
    page = log_in(cast.chen).get("/help").text
    assert 'data-size="xl" data-contrast="high"' in page


def test_a_relative_reads_english_and_the_elder_chinese(cast: Cast, log_in: Callable[..., Visitor]) -> None:
    assert ENGLISH in log_in(cast.mei).get("/help").text
    assert CHINESE in log_in(cast.chen).get("/help").text
