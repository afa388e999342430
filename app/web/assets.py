"""Static files under addresses that change with their content, and icons drawn into the page."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from markupsafe import Markup

ITEM_ICONS = {
    "companion-chat": "message-circle",
    "phone-greeting": "phone",
    "life-story": "book-open",
    "shopping": "shopping-basket",
    "parcel-pickup": "package",
    "prescription-pickup": "pill",
    "errand-office": "file-text",
    "meal-delivery": "soup",
    "light-housework": "house",
    "home-haircut": "scissors",
    "minor-repair": "wrench",
    "electric-plumbing": "plug",
    "home-safety-check": "shield-check",
    "heavy-lifting": "armchair",
    "hospital-escort": "stethoscope",
    "walk-together": "sun",
    "wheelchair-outing": "accessibility",
    "outing-escort": "bus",
    "activity-escort": "users",
    "arts-together": "palette",
    "phone-lesson": "smartphone",
    "fraud-prevention": "shield-alert",
    "blood-pressure": "heart-pulse",
    "health-advice": "circle-question-mark",
    "psych-support": "heart-handshake",
    "legal-advice": "scale",
    "pet-care": "paw-print",
    "bath-standby": "bath",
    "care-visit": "hand-heart",
    "safety-knock": "door-closed",
}
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


def item_icon(item: Any) -> str:
    """The name of a menu item's icon: its own, else the one of the default menu, else a hand."""
    return item.icon or ITEM_ICONS.get(item.code, "hand-helping")


def init_app(app: Flask) -> None:
    """Offer asset(), icon() and item_icon() to the templates."""
    app.jinja_env.globals.update(asset=asset, icon=icon, item_icon=item_icon)
