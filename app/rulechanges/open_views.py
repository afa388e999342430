"""The rules that hold in a community, for everybody: no sign-in, plain words."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from app import clock
from app.access.guard import public
from app.errors import NotFound
from app.org.models import UnitLevel
from app.org.queries import find_unit
from app.rulechanges import pages
from app.rulepacks.queries import setting
from app.rulepacks.scheme_queries import scheme_name
from app.web.frame import this_site

bp = Blueprint("openrules", __name__)
FIRST_GROUPS = 5  # about storing, spending and who pays: what most people come for


@bp.get("/public/rules")
@public
def rules() -> str:
    """Every rule of the reader's community, or of the one named in the address."""
    here = _community()
    if here is None:
        return render_template("rules/public.html", here=None, groups={}, scheme="", coin=0, coming=[],
                               first=FIRST_GROUPS)  # fmt: skip
    today = clock.today(here.zone)
    return render_template(
        "rules/public.html", here=here, groups=pages.groups(here.code), scheme=scheme_name(here.code, on=today),
        coin=int(setting(here.code, "minutes_per_coin", on=today)), first=FIRST_GROUPS,
        coming=pages.coming(here.code),
    )  # fmt: skip


def _community() -> Any:
    code = request.args.get("unit") or this_site().unit_code
    found = find_unit(code) if code else None
    if request.args.get("unit") and (found is None or found.level == UnitLevel.GRID):
        raise NotFound(_("There is no community with this number."))
    return found
