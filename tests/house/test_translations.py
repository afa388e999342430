"""Every text is there in Chinese, says the same places, and is compiled."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from tools import messages

PLACE = re.compile(r"%\((\w+)\)[sd]|%%|%")


@pytest.fixture(scope="module")
def said() -> Catalog:
    return messages.said()


@pytest.fixture(scope="module")
def known() -> Catalog:
    return messages.known()


def texts(of: Message) -> list[tuple[str, str]]:
    """(English, Chinese) pairs of one entry; the Chinese of a plural is compared with the plural."""
    if isinstance(of.id, tuple | list):
        return [(of.id[1], string) for string in of.string]
    return [(of.id, str(of.string or ""))]


def where(message: Message, said: Catalog) -> str:
    source = said.get(message.id)
    name, line = source.locations[0] if source is not None and source.locations else ("messages.po", 0)
    return f"{name}:{line} {message.id!r}"


def missing(said: Catalog, known: Catalog) -> Iterator[str]:
    for message in said:
        if not message.id:
            continue
        entry = known.get(message.id)
        if entry is None:
            yield f"{where(message, said)} is not in messages.po: run ./run messages"
        elif not all(chinese.strip() for _, chinese in texts(entry)):
            yield f"{where(message, said)} has no Chinese"
        elif entry.fuzzy:
            yield f"{where(message, said)} is marked fuzzy"


def differing(said: Catalog, known: Catalog) -> Iterator[str]:
    for message in known:
        for english, chinese in texts(message) if message.id else []:
            if chinese and _places(english) != _places(chinese):
                yield f"{where(message, said)} has the places {_places(english)}, the Chinese {_places(chinese)}"


def _places(text: str) -> list[str]:
    return sorted({found.group(1) or found.group() for found in PLACE.finditer(text) if found.group() != "%"})


def unnamed(said: Catalog) -> Iterator[str]:
    for message in said:
        for english, _ in [(i, "") for i in (message.id if isinstance(message.id, tuple | list) else [message.id])]:
            if re.search(r"%[sd]", english) or re.search(r"\{\w*\}", english):
                yield f"{where(message, said)} has a place without a name: write %(name)s"


def test_every_text_is_translated(said: Catalog, known: Catalog) -> None:
    wrong = list(missing(said, known))
    assert not wrong, "\n".join(wrong)


def test_translations_say_the_same_places(said: Catalog, known: Catalog) -> None:
    wrong = list(differing(said, known))
    assert not wrong, "\n".join(wrong)


def test_places_have_names(said: Catalog) -> None:
    wrong = list(unnamed(said))
    assert not wrong, "\n".join(wrong)


def test_nothing_is_translated_that_nobody_says(said: Catalog, known: Catalog) -> None:
    wrong = [f"messages.po: {message.id!r}" for message in known if message.id and said.get(message.id) is None]
    assert not wrong, "\n".join(wrong)


def test_the_compiled_catalogue_is_this_one(known: Catalog) -> None:
    """It is committed, so that a plain `pip install` and gunicorn speak Chinese without a build step."""
    assert messages.MO.read_bytes() == messages.compiled(known), "run ./run messages --compile"


def test_the_rules_see_what_is_wrong() -> None:
    said, known = Catalog(), Catalog(locale="zh_Hans_CN")
    for text in ("Hello %(name)s", "New", "Old %s"):
        said.add(text, None, [("app/x.py", 7)])
    known.add("Hello %(name)s", "您好 %(who)s")
    known.add("Old %s", "旧 %s", flags=["fuzzy"])
    assert [line for line in missing(said, known) if "app/x.py:7 'New' is not in messages.po" in line]
    assert [line for line in missing(said, known) if "'Old %s' is marked fuzzy" in line]
    assert [line for line in differing(said, known) if line.startswith("app/x.py:7 'Hello")]
    assert [line for line in unnamed(said) if "'Old %s'" in line]
