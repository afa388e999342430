"""Attaching settings to units."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import select

from app.config import ROOT
from app.db import session
from app.rulepacks.models import Setting

NEUTRAL = ROOT / "app" / "data" / "policy" / "neutral_default.json"
WORDS = {"measure": "unit", "group": "group", "zh": "zh", "en": "en", "basis": "basis"}


@cache
def neutral_pack() -> dict[str, Any]:
    """The neutral default rule pack as it is written in its file."""
    pack: dict[str, Any] = json.loads(NEUTRAL.read_text(encoding="utf-8"))
    return pack


def load_neutral_pack() -> int:
    """The neutral default held by the whole site; how many settings were new or changed. May be repeated."""
    pack = neutral_pack()
    values = {entry["key"]: entry["value"] for entry in pack["settings"]}
    return load_pack(None, values, date.fromisoformat(pack["effective_from"]), pack=pack["code"])


def load_pack(unit_code: str | None, values: Mapping[str, Any], since: date, *, pack: str = "") -> int:
    """Settings of a unit (None: of the whole site) from `since` on; how many were new or changed. May be repeated.

    The words of a key (what it means, its measure) are those of the neutral pack.
    """
    there = {row.key: row for row in session.scalars(_held(unit_code, since))}
    known = {entry["key"]: entry for entry in neutral_pack()["settings"]}
    changed = 0
    for key, value in values.items():
        row = there.get(key)
        if row is not None and row.value == value and row.pack == pack:
            continue
        if row is None:
            row = Setting(unit_code=unit_code, key=key, effective_from=since)
            session.add(row)
        row.value, row.pack = value, pack
        for name, named in WORDS.items():
            setattr(row, name, known.get(key, {}).get(named, ""))
        changed += 1
    session.flush()
    return changed


def _held(unit_code: str | None, since: date) -> Any:
    here = Setting.unit_code.is_(None) if unit_code is None else Setting.unit_code == unit_code
    return select(Setting).where(here, Setting.effective_from == since)
