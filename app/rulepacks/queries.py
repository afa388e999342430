"""What holds here: the value of a setting for a unit on a day, the nearest unit above deciding."""

from datetime import date
from typing import Any

from sqlalchemy import or_, select

from app.db import session
from app.org.models import OrgUnit
from app.rulepacks.models import Setting


def setting(unit_code: str | None, key: str, *, on: date) -> Any:
    """The value of `key` that holds for the unit on that day. KeyError for a key that no pack defines."""
    row = setting_row(unit_code, key, on=on)
    return row.value


def setting_row(unit_code: str | None, key: str, *, on: date) -> Setting:
    """The row behind `setting`, with its words and its basis."""
    path = _path(unit_code)
    rows = session.scalars(
        select(Setting)
        .where(Setting.key == key, Setting.effective_from <= on)
        .where(or_(Setting.unit_code.is_(None), Setting.unit_code.in_(path)))
    ).all()
    if not rows:
        raise KeyError(f"no setting {key!r} holds on {on}")
    return max(rows, key=lambda row: (_depth(path, row.unit_code), row.effective_from))


def settings_of(unit_code: str | None, *, on: date) -> list[Setting]:
    """Every setting as it holds for the unit on that day, in the order of the pack."""
    path = _path(unit_code)
    rows = session.scalars(
        select(Setting)
        .where(Setting.effective_from <= on)
        .where(or_(Setting.unit_code.is_(None), Setting.unit_code.in_(path)))
        .order_by(Setting.id)
    ).all()
    best: dict[str, Setting] = {}
    for row in rows:
        rank = (_depth(path, row.unit_code), row.effective_from)
        if row.key not in best or rank >= (_depth(path, best[row.key].unit_code), best[row.key].effective_from):
            best[row.key] = row
    return list(best.values())


def _path(unit_code: str | None) -> list[str]:
    """The unit and all above it, the city first."""
    path: list[str] = []
    while unit_code is not None:
        unit = session.get(OrgUnit, unit_code)
        if unit is None:
            break
        path.insert(0, unit.code)
        unit_code = unit.parent_code
    return path


def _depth(path: list[str], unit_code: str | None) -> int:
    return -1 if unit_code is None else path.index(unit_code)
