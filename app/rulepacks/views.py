"""The rules that hold here, to read: each with its value, its words and where it comes from."""

import json
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.org.queries import name_of, unit
from app.rulepacks.models import Setting
from app.rulepacks.packs import definitions
from app.rulepacks.queries import settings_of
from app.web.filters import is_chinese

bp = Blueprint("rulepacks", __name__)

GROUPS = {
    "coin and cap": _l("Time coin and cap"),
    "earning": _l("Earning time"),
    "spending and gifts": _l("Spending and gifts"),
    "points": _l("Points"),
    "who pays when there is nothing stored": _l("Who pays when nothing is stored"),
    "teams, minors, absence": _l("Teams, minors, absence"),
    "risk": _l("Risk"),
    "ratio, rounding, expiry": _l("Ratio, rounding, expiry"),
    "life of an order": _l("From order to answer"),
    "records": _l("Keeping records"),
    "care visits": _l("Care visits"),
    "answer times": _l("Answer times"),
    "added: safety practice": _l("Safety"),
    "added: menu and words": _l("Menu and words"),
}


@bp.get("/c/rules")
@requires(Permission.RULES_SEE)
def rules() -> str:
    """Every setting as it holds today for the reader's unit."""
    here = unit(min(current_actor().units()))
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in settings_of(here.code, on=clock.today(here.zone)):
        groups.setdefault(_group(row), []).append(_line(row))
    return render_template("rulepacks/rules.html", here=here, groups=groups)


def _group(row: Setting) -> str:
    group = definitions()[row.key]["group"]
    return str(GROUPS.get(group, group))


def _line(row: Setting) -> dict[str, Any]:
    said = definitions()[row.key]
    words = said["name_zh"] if is_chinese() else said["name_en"]
    return {
        "key": row.key,
        "words": words or row.key,
        "value": _value(row.value),
        "is_code": isinstance(row.value, str | list | dict),  # words of the rule pack, in English
        "basis": row.source,
        "where": name_of(row.unit_code) if row.unit_code else _("everywhere"),
        "since": row.effective_from,
    }


def _value(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return " · ".join(_value(each) for each in value)
    if isinstance(value, dict):
        return " · ".join(f"{key} {_value(each)}" for key, each in value.items())
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
