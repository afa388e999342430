"""What holds here: the value of a setting for a unit on a day, the nearest unit above deciding."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from app.db import session
from app.org.models import OrgClosure, OrgUnit
from app.rulepacks.models import Setting


def setting(unit_code: str | None, key: str, *, on: date) -> Any:
    """The value of `key` that holds for the unit on that day. KeyError for a key that no pack defines."""
    return setting_row(unit_code, key, on=on).value


def setting_by_day(unit_code: str, key: str, days: Sequence[date]) -> dict[date, Any]:
    """The value of `key` that holds for the unit on each of these days."""
    path = _path(unit_code)
    rows = session.scalars(_asked(path).where(Setting.key == key)).all()
    return {day: _best(path, [row for row in rows if row.effective_from <= day])[key].value for day in days}


def setting_row(unit_code: str | None, key: str, *, on: date) -> Setting:
    """The row behind `setting`, with where its value comes from."""
    path = _path(unit_code)
    found = _best(path, _rows(path, on, key))
    if key not in found:
        raise KeyError(f"no setting {key!r} holds on {on}")
    return found[key]


def settings_of(unit_code: str | None, *, on: date) -> list[Setting]:
    """Every setting as it holds for the unit on that day, in the order of the default pack."""
    path = _path(unit_code)
    return list(_best(path, _rows(path, on)).values())


def above(unit_code: str, key: str, *, on: date) -> Setting:
    """The row that would hold for the unit on that day if it had no value of its own."""
    unit = session.get(OrgUnit, unit_code)
    return setting_row(unit.parent_code if unit else None, key, on=on)


def history(unit_code: str, key: str) -> list[Setting]:
    """Every value that the key was ever given for the unit or above it, also for days to come; newest day first."""
    rows = session.scalars(_asked(_path(unit_code)).where(Setting.key == key)).all()
    return sorted(rows, key=lambda row: (row.effective_from, row.id), reverse=True)


def own_values(unit_code: str, *, after: date) -> list[Setting]:
    """What is agreed for this very unit and begins after that day, by day."""
    rows = select(Setting).where(Setting.unit_code == unit_code, Setting.effective_from > after)
    return list(session.scalars(rows.order_by(Setting.effective_from, Setting.id)))


def _rows(path: list[str], on: date, key: str | None = None) -> Sequence[Setting]:
    wanted = _asked(path).where(Setting.effective_from <= on)
    return session.scalars(wanted if key is None else wanted.where(Setting.key == key)).all()


def _asked(path: list[str]) -> Any:
    return select(Setting).where(or_(Setting.unit_code.is_(None), Setting.unit_code.in_(path))).order_by(Setting.id)


def _best(path: list[str], rows: Sequence[Setting]) -> dict[str, Setting]:
    """By key, the row that decides: of each unit its latest, and of those the nearest that is not null."""
    latest: dict[str, dict[int, Setting]] = {}
    for row in rows:
        own = latest.setdefault(row.key, {})
        depth = _depth(path, row.unit_code)
        if depth not in own or (row.effective_from, row.id) > (own[depth].effective_from, own[depth].id):
            own[depth] = row
    told = {key: [own[depth] for depth in sorted(own) if own[depth].value is not None] for key, own in latest.items()}
    return {key: rows[-1] for key, rows in told.items() if rows}


def _path(unit_code: str | None) -> list[str]:
    """The unit and all above it, the city first. In one statement: rules are asked while others wait for the book."""
    if unit_code is None:
        return []
    above, higher = aliased(OrgClosure), aliased(OrgClosure)
    how_deep = select(above.ancestor_code).join(higher, higher.descendant_code == above.ancestor_code)
    nearest_last = how_deep.where(above.descendant_code == unit_code).group_by(above.ancestor_code)
    return list(session.scalars(nearest_last.order_by(func.count())))


def _depth(path: list[str], unit_code: str | None) -> int:
    return -1 if unit_code is None else path.index(unit_code)
