"""Static files under addresses that change with their content, and icons drawn into the page."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, url_for
from markupsafe import Markup

STATIC = Path(__file__).resolve().parent.parent / "static"


@lru_cache(maxsize=256)
def _digest(path: str, _changed_ns: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a file under static/; its `v` changes with the content, so it may be kept for a year."""
    changed = (STATIC / path).stat().st_mtime_ns
    return url_for("static", filename=path, v=_digest(path, changed))


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """A lucide icon drawn in the colour of the text, hidden from screen readers: a word always stands beside it."""
    text = (STATIC / "icons" / f"{name}.svg").read_text()
    drawing = re.sub(r"<!--.*?-->|</?svg[^>]*>", "", text, flags=re.DOTALL).strip().replace("\n", "")
    return Markup(f'<svg aria-hidden="true" class="ic" viewBox="0 0 24 24">{drawing}</svg>')  # a file of ours


def init_app(app: Flask) -> None:
    """Offer asset() and icon() to the templates."""
    app.jinja_env.globals.update(asset=asset, icon=icon)
