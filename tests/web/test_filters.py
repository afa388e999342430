"""Minutes, days, distances, phones and names as people say them, in both languages."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.web import filters


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest, app: Flask) -> Iterator[str]:
    with app.test_request_context(f"/?lang={request.param}"):
        yield request.param


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0 分钟", "0 minutes"),
        (1, "1 分钟", "1 minute"),
        (60, "1 小时", "1 hour"),
        (80, "1 小时 20 分钟", "1 hour 20 minutes"),
        (-45, "−45 分钟", "−45 minutes"),
        (60 * 1500, "1,500 小时", "1,500 hours"),
    ],
)
def test_minutes_are_said_in_words(language: str, value: int, zh: str, en: str) -> None:
    assert filters.minutes(value) == {"zh": zh, "en": en}[language]


def test_a_day_carries_its_weekday(language: str) -> None:
    said = {"zh": "11月24日 周二", "en": "Tue 24 Nov"}
    assert filters.day(date(2026, 11, 24)) == said[language]


def test_a_near_day_is_named(language: str) -> None:
    said = {"zh": "明天 11月24日 周二", "en": "tomorrow, Tue 24 Nov"}
    assert filters.day_near(date(2026, 11, 24), date(2026, 11, 23)) == said[language]


@pytest.mark.parametrize(("value", "zh", "en"), [(624, "620 米", "620 m"), (1400, "1.4 公里", "1.4 km")])
def test_a_length_is_rounded_to_ten_metres(language: str, value: float, zh: str, en: str) -> None:
    assert filters.metres(value) == {"zh": zh, "en": en}[language]


@pytest.mark.parametrize(
    ("metres", "zh", "en"),
    [(100, "走路 5 分钟以内", "within 5 minutes on foot"), (5000, "走路超过 15 分钟", "more than 15 minutes on foot")],
)
def test_a_distance_is_told_in_bands_before_acceptance(language: str, metres: float, zh: str, en: str) -> None:
    assert filters.walking_band(metres) == {"zh": zh, "en": en}[language]


@pytest.mark.parametrize(
    ("name", "sex", "born", "zh", "en"),
    [
        ("王秀芳", "f", date(1945, 3, 1), "王奶奶", "Grandma Wang"),
        ("单国强", "m", date(1940, 3, 1), "单爷爷", "Grandpa Shan"),
        ("陈桂英", "f", date(1962, 3, 1), "陈阿姨", "Auntie Chen"),
        ("欧阳建国", "m", date(1960, 3, 1), "欧阳叔叔", "Uncle Ouyang"),
    ],
)
def test_an_elder_is_addressed_by_age(language: str, name: str, sex: str, born: date, zh: str, en: str) -> None:
    said = filters.addressed(name, sex, born, on=date(2026, 6, 16))
    assert said == {"zh": zh, "en": en}[language]


@pytest.mark.parametrize(
    ("name", "shown"), [("王秀芳", "王*芳"), ("王芳", "王*"), ("欧阳娜娜", "欧阳*娜"), ("W. Wang", "W*"), ("", "*")]
)
def test_a_name_in_public_is_masked(name: str, shown: str) -> None:
    assert filters.masked(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138 1234 5678"),
        ("+8613812345678", "138 1234 5678"),
        ("+867176554321", "0717-655 4321"),
        ("?", "?"),
    ],
)
def test_a_phone_is_grouped_for_reading(number: str, shown: str) -> None:
    assert filters.phone(number) == shown


@pytest.mark.parametrize("number", ["13812345678", "+8613812345678", "138 1234 5678", "008613812345678"])
def test_a_masked_phone_shows_its_first_and_last_digits(number: str) -> None:
    assert filters.phone_masked(number) == "138****5678"


@pytest.mark.parametrize(("part", "whole", "shown"), [(96, 100, "96%"), (1, 3, "33%"), (0, 0, "–")])
def test_a_share_of_nothing_is_a_dash(part: float, whole: float, shown: str) -> None:
    assert filters.percent(part, whole) == shown


@pytest.mark.parametrize("thing", [{"name_zh": "陪聊天", "name_en": "A chat"}, {"name_zh": "陪聊天", "name_en": ""}])
def test_a_row_is_read_in_the_language_of_the_reader(language: str, thing: dict[str, Any]) -> None:
    said = filters.in_language(thing, "name")
    assert said == (thing["name_en"] if language == "en" and thing["name_en"] else "陪聊天")


@pytest.mark.parametrize(
    ("name", "zh", "en"), [("第13网格", "第13网格", "Grid 13"), ("樵湖岭社区", "樵湖岭社区", "樵湖岭社区")]
)
def test_a_grid_is_called_by_its_number(language: str, name: str, zh: str, en: str) -> None:
    assert filters.unit_name(name) == (zh if language == "zh" else en)
