"""Collect the texts of code and templates into the Chinese catalogue, take in new translations, compile it.

    messages.py                 add what is new (untranslated), drop what nobody says any more, compile
    messages.py --add FILE...   first take the translations of these .po files
    messages.py --compile       only compile
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "app" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "_n": (1, 2),
}


def said() -> Catalog:
    """Every text that code and templates say, with the places where."""
    catalog = Catalog(project="Lianxin", charset="utf-8", fuzzy=False)
    found = extract_from_dir(ROOT / "app", METHODS, keywords=KEYWORDS, comment_tags=("i18n:",))
    for name, line, message, comments, context in found:
        catalog.add(message, None, [(f"app/{name}", line)], auto_comments=comments, context=context)
    return catalog


def known() -> Catalog:
    """The catalogue as it stands."""
    if not PO.exists():
        return Catalog(locale="zh_Hans_CN", project="Lianxin", charset="utf-8", fuzzy=False)
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def add(catalog: Catalog, path: Path) -> list[str]:
    """Take the translations of another .po file; what disagrees with one we have is named and not taken."""
    with path.open("rb") as file:
        theirs = read_po(file, locale="zh_Hans_CN")
    quarrels = []
    for message in theirs:
        if not message.id or not any(message.string if isinstance(message.string, tuple | list) else [message.string]):
            continue
        ours = catalog.get(message.id)
        if ours is not None and ours.string and any(ours.string) and ours.string != message.string:
            quarrels.append(f"{path.name}: {message.id!r} is {ours.string!r} here and {message.string!r} there")
            continue
        if ours is not None:
            ours.string = message.string  # add() leaves the string of a text that is there as it is
        else:
            catalog.add(message.id, message.string)
    return quarrels


def update(catalog: Catalog) -> None:
    """Leave in the catalogue exactly what is said; a new text is untranslated, never guessed."""
    now = said()
    catalog.update(now, no_fuzzy_matching=True)
    catalog.obsolete.clear()


def written(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, sort_output=True, no_location=True, omit_header=False, ignore_obsolete=True)
    return buffer.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """The bytes of messages.mo."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main(arguments: list[str]) -> None:
    catalog = known()
    if arguments[:1] != ["--compile"]:
        for name in arguments[1:] if arguments[:1] == ["--add"] else []:
            print("\n".join(add(catalog, Path(name))), end="")
        update(catalog)
        PO.parent.mkdir(parents=True, exist_ok=True)
        PO.write_bytes(written(catalog))
    MO.write_bytes(compiled(known()))
    missing = [message.id for message in catalog if message.id and not message.string]
    print(f"{len(catalog)} texts, {len(missing)} of them not translated")


if __name__ == "__main__":
    main(sys.argv[1:])
