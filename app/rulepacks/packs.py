"""Rule packs that are shipped: files of values with the source of each (app/data/policy)."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from app.config import ROOT

FOLDER = ROOT / "app" / "data" / "policy"
NEUTRAL = FOLDER / "neutral_default.json"


@dataclass(frozen=True)
class PackValue:
    """One value of a pack, where it was published, and what it says, both in both languages. `facts` name the rows of
    the table of published rules that it stands for."""

    key: str
    value: Any
    facts: list[str]
    basis: str
    source_zh: str
    source_en: str
    zh: str
    en: str

    @property
    def source(self) -> str:
        """What is stored with the value: what kind of source it is, and which."""
        return stored_source(self.basis, self.source_zh)


@dataclass(frozen=True)
class Pack:
    """The published rules of one place. What it does not name is inherited; `remarks` say what was published and is
    not a setting here, and why."""

    code: str
    name_zh: str
    name_en: str
    values: tuple[PackValue, ...]
    remarks: tuple[Mapping[str, Any], ...]

    def value(self, key: str) -> PackValue | None:
        """The pack's word on a key; None when it says nothing."""
        return next((each for each in self.values if each.key == key), None)


def stored_source(basis: str, words: str) -> str:
    """A source as it stands in the database beside a value: the kind of it, and the words."""
    return f"{basis}: {words}"


@cache
def neutral_pack() -> dict[str, Any]:
    """The neutral default rule pack as it is written in its file."""
    pack: dict[str, Any] = json.loads(NEUTRAL.read_text(encoding="utf-8"))
    return pack


@cache
def definitions() -> dict[str, dict[str, Any]]:
    """By key: the default's entry (measure, group, its sentence, basis and source), and the key's name in both
    languages."""
    with (FOLDER / "key_names.csv").open(encoding="utf-8", newline="") as file:
        names = {row["key"]: row for row in csv.DictReader(file)}
    return {
        entry["key"]: entry | {"name_zh": names[entry["key"]]["zh"], "name_en": names[entry["key"]]["en"]}
        for entry in neutral_pack()["settings"]
    }


@cache
def default_since() -> date:
    """The day from which the neutral defaults hold."""
    return date.fromisoformat(neutral_pack()["effective_from"])


@cache
def shipped() -> dict[str, Pack]:
    """The packs of places, by code, in the order of their files' names."""
    found = [_pack(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("pack_*.json"))]
    return {pack.code: pack for pack in found}


def _pack(said: dict[str, Any]) -> Pack:
    values = tuple(PackValue(**{name: each[name] for name in PackValue.__annotations__}) for each in said["settings"])
    return Pack(said["code"], said["name_zh"], said["name_en"], values, tuple(said["remarks"]))
