"""Published heads as files: written beside the database as they are made, and read back where a book is verified.

Whoever copies these files elsewhere each day can show later that nothing before was changed, whatever became of the
database.
"""

import json
import os
from pathlib import Path
from typing import Any

from flask import current_app

from app.ledger.head import read_json
from app.ledger.heads import document, previous
from app.ledger.keys import key_file
from app.ledger.models import PublishedHead

KEYS = "keys.json"


def heads_folder() -> Path:
    """Where this site writes its heads."""
    folder: Path = current_app.config["SETTINGS"].instance / "heads"
    return folder


def write_head(head: PublishedHead) -> Path:
    """The head as a file, with the proof that it continues the one before it, and the public keys beside it."""
    folder = heads_folder()
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / KEYS, key_file())
    path = folder / f"{head.ledger_id}-{head.nr:06}.json"
    _write(path, document(head, since=previous(head)))
    return path


def as_text(document: dict[str, Any]) -> str:
    """A document as it is told and downloaded."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def kept_heads(place: Path) -> list[Any]:
    """What the head files of a folder (or one file) say, unjudged; None for one that cannot be read."""
    paths = sorted(place.glob("*.json")) if place.is_dir() else [place] if place.exists() else []
    return [_read(path) for path in paths if path.name != KEYS]


def _read(path: Path) -> Any:
    try:
        return read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, document: dict[str, Any]) -> None:
    """All of the file or the old one: never a half."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(as_text(document), encoding="utf-8")
    os.replace(beside, path)
