"""Reads of the menu: what is offered where, and which skills there are."""

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.db import session
from app.errors import DomainError, NotFound
from app.menu.models import MenuItem, MenuSwitch, Skill
from app.org.queries import ancestors
from app.rulepacks.queries import setting


class ItemName:
    """An item's name, said in the language of whoever reads the sentence it stands in."""

    def __init__(self, named: MenuItem) -> None:
        self.zh, self.en = named.name_zh, named.name_en

    def __str__(self) -> str:
        locale = get_locale()
        return self.zh if locale is None or locale.language == "zh" else self.en


class NotOffered(DomainError):
    text = _l("“%(item)s” is not offered here at the moment. Please choose something else, or call the community.")


def item(code: str) -> MenuItem:
    """The item with this code, offered or not; NotFound with a sentence when there is none."""
    found = session.get(MenuItem, code)
    if found is None:
        raise NotFound(_l("There is nothing called %(code)s on the menu."), code=code)
    return found


def items() -> list[MenuItem]:
    """Every item of the menu, in its order."""
    return list(session.scalars(select(MenuItem).order_by(MenuItem.position)))


def items_offered(unit_code: str) -> list[MenuItem]:
    """The items that can be ordered in a unit, in the order of the menu."""
    off = switched_off(unit_code)
    return [each for each in items() if each.code not in off]


def offered_item(unit_code: str, code: str) -> MenuItem:
    """The item with this code where it is offered; NotFound or NotOffered with a sentence otherwise."""
    found = item(code)
    if code in switched_off(unit_code):
        raise NotOffered(item=ItemName(found))
    return found


def switched_off(unit_code: str) -> frozenset[str]:
    """The codes that are not offered in a unit: by the nearest switch at or above it, else by the rules (setting
    `menu_items_off`)."""
    path = ancestors(unit_code)
    off = set(setting(unit_code, "menu_items_off", on=clock.today(path[0].zone)))
    depth = {unit.code: place for place, unit in enumerate(reversed(path))}
    switches = session.scalars(select(MenuSwitch).where(MenuSwitch.unit_code.in_(depth))).all()
    for switch in sorted(switches, key=lambda each: depth[each.unit_code]):
        (off.discard if switch.on else off.add)(switch.item_code)
    return frozenset(off)


def switches_of(unit_code: str) -> dict[str, bool]:
    """What this very unit has switched, by item."""
    rows = session.scalars(select(MenuSwitch).where(MenuSwitch.unit_code == unit_code))
    return {row.item_code: row.on for row in rows}


def skills() -> list[Skill]:
    """Every skill and credential, skills first."""
    return list(session.scalars(select(Skill).order_by(Skill.credential, Skill.code)))


def skill_codes() -> frozenset[str]:
    """The codes of all skills and credentials."""
    return frozenset(session.scalars(select(Skill.code)))
