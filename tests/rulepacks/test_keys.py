"""Every key has a type that its default fits, a name, and somebody who keeps it: code that reads it, or people."""

import ast
from pathlib import PurePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rulechanges.effects import COUNTS
from app.rulechanges.phrases import SAID
from app.rulechanges.wording import shown
from app.rulepacks.keys import KEYS, Keeper
from app.rulepacks.kinds import BadValue, Only
from app.rulepacks.packs import definitions, shipped
from tests.house.source import python_files
from tests.people import Cast

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
    assert len(shipped()) == 5
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


def test_each_counted_key_exists() -> None:
    assert set(COUNTS) <= set(KEYS)
    assert SAID
