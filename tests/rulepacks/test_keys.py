"""Every key has a type that its default fits, a name, and somebody who keeps it: code that reads it, or people."""

import ast
import json
from pathlib import PurePath
from typing import Any

import pytest
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from app.rulechanges.effects import COUNTS, effects_of
from app.rulechanges.phrases import sentences
from app.rulechanges.sayings import NOT_COUNTED, filled
from app.rulechanges.wording import meant, sample, shown
from app.rulepacks.keys import KEYS, Keeper
from app.rulepacks.kinds import BadValue, DayParts, Kind, Only
from app.rulepacks.packs import definitions, shipped
from tests.house.source import python_files
from tests.people import COMMUNITY, Cast

ABOUT_RULES = ("app/rulepacks", "app/rulechanges")
READERS = ("app/rulepacks/scheme_queries.py",)  # the one file about rules that pages ask for what holds


def read_by_code() -> set[str]:
    """The keys whose name stands as a string in code that is not about rules themselves."""
    found: set[str] = set()
    for source in python_files("app"):
        if source.name in READERS or not str(PurePath(source.name).parent).startswith(ABOUT_RULES):
            words = [node.value for node in source.nodes() if isinstance(node, ast.Constant)]
            found |= {word for word in words if isinstance(word, str) and word in KEYS}
    return found


def test_what_code_reads_is_marked_as_kept_by_the_system_and_nothing_else_is() -> None:
    marked = {key for key, said in KEYS.items() if said.keeper is Keeper.SYSTEM}
    read = read_by_code()
    assert sorted(marked - read) == [], "marked as kept by the system, and no code reads it"
    assert sorted(read & {key for key, said in KEYS.items() if said.keeper is Keeper.PEOPLE}) == []


def test_what_cannot_be_otherwise_has_one_value() -> None:
    for key, said in KEYS.items():
        if said.keeper is Keeper.BUILT_IN:
            assert isinstance(said.kind, Only), key


def test_each_default_fits_its_type_and_has_its_names() -> None:
    assert list(definitions()) == list(KEYS)
    for key, said in definitions().items():
        KEYS[key].kind.check(said["value"])
        assert said["name_zh"], key
        assert said["name_en"], key


def test_each_value_of_each_pack_fits_its_type() -> None:
    assert len(shipped()) == 6
    for pack in shipped().values():
        for each in pack.values:
            KEYS[each.key].kind.check(each.value)
            assert each.zh, each.key
            assert each.en, each.key


@pytest.mark.parametrize("key", KEYS)
def test_what_is_typed_back_is_the_same_value(key: str) -> None:
    kind, value = KEYS[key].kind, definitions()[key]["value"]
    if isinstance(kind, Only):
        with pytest.raises(BadValue):
            kind.read("anything")
    elif value != []:
        assert kind.read(kind.write(value)) == value


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_what_is_shown_in_the_field_is_typed_back_in_the_readers_words(people: Cast, language: str) -> None:
    with force_locale(language):
        for key, said in definitions().items():
            kind, value = KEYS[key].kind, said["value"]
            if not isinstance(kind, Only) and value != []:
                assert kind.read(meant(key, sample(key, value))) == value, key
                assert kind.read(meant(key, kind.write(value))) == value, f"{key}: its own words stay good"


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("gift_circle", " 配偶 \n\n父母", ["spouse", "parents"]),
        ("item_price_min", "代买菜、代购物：45\nhospital-escort = 120", {"shopping": 45, "hospital-escort": 120}),
        ("menu_items_off", "代买菜、代购物", ["shopping"]),
        ("day_parts", "上午 08:00 11:30\n中午 11:00-13:00\n下午 13:30 17:30\n晚上 17:30 20:00", None),
        ("visit_groups", "独居\n失独", ["独居", "失独"]),
    ],
)
def test_words_of_the_page_may_be_typed(people: Cast, key: str, typed: str, value: Any) -> None:
    with force_locale("zh_Hans_CN"):
        wanted = definitions()[key]["value"] if value is None else value
        assert KEYS[key].kind.read(meant(key, typed)) == wanted


def test_every_value_can_be_read_by_people(people: Cast) -> None:
    for key, said in definitions().items():
        words = shown(key, said["value"])
        assert words, key
        assert "{" not in words, key


@given(key=st.sampled_from(sorted(KEYS)), words=st.text(max_size=40))
def test_whatever_is_typed_is_a_value_or_one_sentence(key: str, words: str) -> None:
    kind, said = KEYS[key].kind, ""
    try:
        value: Any = kind.read(words)
    except BadValue as wrong:
        said = wrong.sentence()
    assert said.endswith(".") or kind.check(value) is None


def test_every_key_is_counted_or_says_why_it_is_not() -> None:
    assert set(COUNTS) & set(NOT_COUNTED) == set()
    assert set(COUNTS) | set(NOT_COUNTED) == set(KEYS)
    for key, reason in NOT_COUNTED.items():
        words = filled({"say": reason})
        assert words.endswith("."), key
        assert ("has only one value" in words) == (len(possible(key)) == 1), key


def possible(key: str) -> list[Any]:
    """The default of a key, and another value that could stand for it where there is one."""
    kind, value = KEYS[key].kind, definitions()[key]["value"]
    return [value, *[other for other in others(kind, value) if other != value and stands(kind, other)][:1]]


def stands(kind: Kind, value: Any) -> bool:
    try:
        kind.check(value)
    except BadValue:
        return False
    return True


def others(kind: Kind, value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, value + 60]
    if isinstance(value, dict):
        changed = {"evening": ["18:00", "19:00"]} if isinstance(kind, DayParts) else {"companion-chat": 12000}
        return [value | changed, value | {"companion-chat": 12}]
    if isinstance(value, list):
        return [value[:-1], [*value, "重病"], [each + 1 for each in value if isinstance(each, int)]]
    return [*kind.choices(), "19:15", "互助时间"]


@pytest.mark.parametrize("key", KEYS)
def test_the_preview_of_every_key_is_sentences_in_both_languages(people: Cast, key: str) -> None:
    values = possible(key)
    for before, after in ((values[0], values[-1]), (values[-1], values[0])):
        effects = effects_of(COMMUNITY, key, before, after)
        for language, ends in (("en", "."), ("zh_Hans_CN", "。")):
            with force_locale(language):
                said = sentences(json.loads(json.dumps(effects)))
            assert said, key
            for each in said:
                assert each.endswith(ends), each
                assert "%(" not in each, each
                assert "No count can be computed" not in each, key
