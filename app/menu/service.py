"""Loading the default menu, and switching its items."""

import csv
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.access.actor import Actor
from app.access.scope import works_in
from app.audit.service import record
from app.config import ROOT
from app.db import session
from app.errors import NotFound
from app.menu.models import MenuItem, MenuSwitch, Skill
from app.menu.queries import item as item_of
from app.people.models import Role

FOLDER = ROOT / "app" / "data" / "menu"


def load_menu() -> tuple[int, int]:
    """The default menu and its skills, as their files say; (items, skills) that there are now. May be repeated."""
    skills = _rows(FOLDER / "skills_default.csv")
    items = _rows(FOLDER / "menu_default.csv")
    bases = {row["code"]: int(row["priority_base"]) for row in _rows(FOLDER / "priorities.csv")}
    _keep(Skill, {row["code"]: _skill(row) for row in skills})
    _keep(MenuItem, {row["code"]: _item(row, place, bases[row["code"]]) for place, row in enumerate(items, 1)})
    session.flush()
    return len(items), len(skills)


def switch_item(actor: Actor, unit_code: str, code: str, on: bool) -> MenuSwitch:
    """The item offered (or not) from now on in the unit and everything below it that says nothing else."""
    if not works_in(actor, unit_code, Role.COORDINATOR):
        raise NotFound
    switched = item_of(code)
    row = session.get(MenuSwitch, (unit_code, switched.code))
    if row is None:
        row = MenuSwitch(unit_code=unit_code, item_code=switched.code, on=on)
        session.add(row)
    row.on = on
    record(actor, "menu.switch", f"menu_item:{code}", unit_code=unit_code, detail={"on": on})
    session.flush()
    return row


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _keep(model: type[Any], rows: dict[str, dict[str, Any]]) -> None:
    there = {row.code: row for row in session.scalars(select(model))}
    for code, values in rows.items():
        if code not in there:
            session.add(model(code=code, **values))
            continue
        for name, value in values.items():
            setattr(there[code], name, value)


def _skill(row: dict[str, str]) -> dict[str, Any]:
    words = {name: row[name] for name in ("zh", "en", "proof_zh", "proof_en", "basis")}
    return words | {"credential": row["credential"] == "1", "valid_months": int(row["valid_months"])}


def _item(row: dict[str, str], position: int, priority_base: int) -> dict[str, Any]:
    words = ("category_zh", "category_en", "name_zh", "name_en", "risk", "source")
    return {name: row[name] for name in words} | {
        "position": position,
        "priority_base": priority_base,
        "usual_min": int(row["usual_min"]),
        "min_min": int(row["min_min"]),
        "max_min": int(row["max_min"]),
        "people": int(row["people"]),
        "skills": _listed(row["skills"]),
        "credentials": _listed(row["credentials"]),
        "day_parts": _listed(row["day_parts"]),
        "by_phone": row["by_phone"] == "1",
        "same_sex_suggested": row["same_sex_suggested"] == "1",
        "timebank": row["timebank"] == "1",
        "included_zh": row["what_is_included_zh"],
        "included_en": row["what_is_included_en"],
        "not_included_zh": row["what_is_not_zh"],
        "not_included_en": row["what_is_not_en"],
    }


def _listed(text: str) -> list[str]:
    return [word for word in text.split("|") if word and word != "none"]
