"""The time bank of a city or community for everybody: totals, whether time can be spent, what the funds paid for."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import clock
from app.access.guard import public
from app.errors import NotFound
from app.ledger.models import Unit
from app.menu.queries import items
from app.org.models import OrgUnit
from app.reports import fund_queries, public_queries, supply_queries
from app.reports.book_queries import scope_of
from app.reports.coverage_views import NEXT, coverage
from app.reports.forms import AssumptionsForm
from app.rulepacks.queries import setting
from app.web.frame import this_site

bp = Blueprint("open_hours", __name__)
MONTHS = 3  # how far back the use of the funds is told


@bp.get("/public/hours")
@public
def show() -> ResponseReturnValue:
    """The open page of one unit; of the visitor's own community, or the city, where none is named."""
    places = public_queries.open_places()
    place = _place(places)
    if place is None:
        return render_template("reports/open_none.html")
    today = clock.today(place.zone)
    scope = scope_of(place, Unit.MINUTE)
    of_book = int(setting(scope.ledger_id, "public_least_people", on=today))  # one for all its pages: they add up
    least = max(of_book, int(setting(place.code, "public_least_people", on=today)))
    sums = public_queries.open_sums(scope.ledger_id, of_book)
    few = sums.holders(place) < least
    many, first = sums.many(place) and not few, supply_queries.months_back(today, MONTHS)[0]
    tells = sums.tells_uses(place) and (scope.is_whole or not few)
    uses = fund_queries.uses(scope, fund_queries.span(scope, first, today)) if tells else None
    seen = coverage(place, AssumptionsForm())
    quarters = seen["quarters"] if many and seen["facts"].active >= least else []
    return render_template(
        "reports/open.html", unit=place, places=places, least=least, first=first, today=today, now=clock.now(),
        many=many, few=few,
        whole=scope.is_whole, supply=supply_queries.supply(scope, [today.replace(day=1)])[0],
        holders=sums.holders(place) if many else 0, uses=uses, elsewhere=scope.is_whole and not tells,
        by_item=public_queries.without_small(uses.by_item, least) if uses else [],
        by_class=public_queries.without_small(uses.by_class, least) if uses else [],
        next_quarter=quarters[NEXT] if len(quarters) > NEXT else None, items={item.code: item for item in items()},
    )  # fmt: skip


def _place(places: list[OrgUnit]) -> OrgUnit | None:
    """The unit that the address names, else the visitor's community, else the first."""
    code = request.args.get("unit", "")
    if code:
        found = next((place for place in places if place.code == code), None)
        if found is None:
            raise NotFound
        return found
    own = this_site().unit_code
    return next((place for place in places if place.code == own), places[0] if places else None)
