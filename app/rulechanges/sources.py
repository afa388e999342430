"""Where the value of a rule comes from, in the reader's language: the law, a published rule, or our own reason.

A source that came with a shipped file is told from the file, so that it can be read in both languages; one that a
person typed is told as she typed it.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.rulepacks.models import Setting
from app.rulepacks.packs import definitions, neutral_pack, shipped
from app.web.filters import in_language

KINDS_OF_BASIS = ("law", "published", "draft", "design", "practice", "assumption")


@dataclass(frozen=True)
class Source:
    """What kind of source it is (one of KINDS_OF_BASIS; "" where a person typed it), and which."""

    basis: str
    words: str


def source_of_row(row: Setting) -> Source:
    """The source of a value that holds, held or will hold."""
    if row.change_id is None:
        return _of_default(row.key, row.value)
    return source_of(row.key, row.value, pack=row.pack, stored=row.source)


def source_of(key: str, value: Any, *, pack: str, stored: str) -> Source:
    """The source of a value that people agreed to or propose; `stored` is what was written down with it."""
    if pack not in shipped():
        return Source("", stored)
    said = shipped()[pack].value(key)
    if said is not None and said.value == value:
        return Source(said.basis, in_language(said, "source"))
    basis, colon, words = stored.partition(": ")
    return Source(basis, words) if colon and basis in KINDS_OF_BASIS else Source("", stored)


def _of_default(key: str, value: Any) -> Source:
    said = definitions()[key]
    if said["value"] == value:
        return Source(said["basis"], in_language(said, "source"))
    name = in_language(neutral_pack(), "name")
    return Source("", _("%(name)s, an earlier edition", name=name))
