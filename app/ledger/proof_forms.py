"""What is brought to the public page that checks receipts and heads."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.ledger.head import FORMAT, read_json
from app.ledger.receipt import FORMAT as RECEIPT

LARGEST = 200_000  # characters; a receipt of a book of a thousand million lines has 6,000


@dataclass(frozen=True)
class Brought:
    """One receipt, or one head, or an older head with a newer one."""

    receipt: Any = None
    older: Any = None
    newer: Any = None


def parse(text: str, files: list[FileStorage]) -> tuple[Brought, dict[str, str]]:
    """(what was brought, {field: sentence}). A text that was pasted counts before files."""
    words = [text] if text.strip() else []
    words += [file.stream.read(LARGEST + 1).decode("utf-8", "replace") for file in files if file.filename]
    if not words:
        return Brought(), {"file": _("Choose the file of a receipt or of a seal, or paste what stands in it.")}
    found: list[Any] = []
    for one in words[:2]:
        try:
            found.append(_read(one))
        except (ValueError, RecursionError):
            where = "text" if one is text else "file"
            return Brought(), {where: _("This can't be read. Bring the whole file, as it was downloaded.")}
    return _sorted(found)


def _read(words: str) -> Any:
    if len(words) > LARGEST:
        raise ValueError
    document = read_json(words)
    if not isinstance(document, dict) or document.get("format") not in (FORMAT, RECEIPT):
        raise ValueError
    return document


def _sorted(found: list[Any]) -> tuple[Brought, dict[str, str]]:
    receipts = [one for one in found if one["format"] == RECEIPT]
    if len(found) == 1:
        return (Brought(receipt=found[0]) if receipts else Brought(newer=found[0])), {}
    if receipts:
        return Brought(), {"file": _("Bring one receipt alone, or two seals: not both together.")}
    older, newer = sorted(found, key=_number)
    return Brought(older=older, newer=newer), {}


def _number(document: Any) -> int:
    head = document.get("head")
    number = head.get("nr") if isinstance(head, dict) else None
    return number if isinstance(number, int) else 0
