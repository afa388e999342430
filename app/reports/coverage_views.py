"""Can stored time be spent? What is owed against the help that can be expected, by area and quarter."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.errors import NotFound
from app.org.models import OrgUnit
from app.reports import chart, coverage_queries
from app.reports.forecast import (
    Assumptions,
    Facts,
    Period,
    Quarter,
    forecast,
    quarters_from,
    share_spent,
)
from app.reports.forms import Asked, AssumptionsForm
from app.reports.place_queries import places_for
from app.rulepacks.queries import setting
from app.web.paging import paged_list

bp = Blueprint("coverage", __name__, url_prefix="/c/reports")
AREAS_A_PAGE = 25
NEXT = 1  # the first whole quarter to come: what the list of areas shows


@bp.get("/coverage")
@requires(Permission.LEDGER_SEE)
def show() -> ResponseReturnValue:
    """The forecast of a unit with its chart and assumptions, and the next quarter of each unit below it."""
    places = places_for(current_actor(), Permission.LEDGER_SEE)
    asked, _errors = Asked.parse(request.args, places, clock.today(places[0].zone)) if places else (None, {})
    if asked is None:
        raise NotFound
    form, errors, words = AssumptionsForm.parse(request.args)
    body = render_template(
        "reports/coverage.html", asked=asked, places=places, errors=errors, words=words,
        **coverage(asked.place, form),
    )  # fmt: skip
    return body, 422 if errors else 200


def coverage(place: OrgUnit, form: AssumptionsForm) -> dict[str, Any]:
    """Everything the page says: facts, quarters, drawing, areas, and the assumptions that were used."""
    today = clock.today(place.zone)
    months = form.months or int(setting(place.code, "forecast_months", on=today))
    age = int(setting(place.code, "spend_from_age", on=today))
    areas = coverage_queries.below(place)
    found = coverage_queries.figures(
        place, areas, today, periods=coverage_queries.periods_of(months), spend_from_age=age
    )
    assumed = Assumptions(
        growth_pct=form.growth_pct or 0,
        spent_pct=form.spent_pct,
        spent_pct_unmeasured=int(setting(place.code, "forecast_spent_pct", on=today)),
    )
    facts = facts_of(found[place.code])
    quarters = forecast(facts, today, assumed)
    return {
        "facts": facts, "quarters": quarters, "drawing": chart.draw(quarters), "months": months, "age": age,
        "assumed": assumed, "spent_pct": share_spent(facts, assumed), "next": quarters_from(today, 2)[NEXT],
        "page": paged_list([_area(area, facts_of(found[area.code]), assumed) for area in areas],
                           per_page=AREAS_A_PAGE),
    }  # fmt: skip


def facts_of(found: dict[str, Any]) -> Facts:
    """One area's figures as the forecast takes them."""
    periods = tuple(Period(minutes, people) for minutes, people in found.get("periods", ()))
    rest = {key: value for key, value in found.items() if key not in ("periods", "coming")}
    return Facts(periods=periods, coming=tuple(found.get("coming", ())), **rest)


def _area(area: OrgUnit, facts: Facts, assumed: Assumptions) -> tuple[OrgUnit, Facts, Quarter | None]:
    quarters = forecast(facts, clock.today(area.zone), assumed)
    return area, facts, quarters[NEXT] if len(quarters) > NEXT else None
