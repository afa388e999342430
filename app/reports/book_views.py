"""The books as a whole, for coordinators and auditors: the trial balance of any day, the supply, the funds."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.errors import NotFound
from app.ledger.files import Row, csv_of, xlsx_of
from app.ledger.models import Account, AccountKind
from app.ledger.queries import names_of
from app.menu.queries import items
from app.org.models import OrgUnit
from app.reports import fund_queries, supply_queries, trial_queries
from app.reports.book_queries import Scope, Stood, scope_of
from app.reports.forms import Asked
from app.reports.place_queries import places_for
from app.web.paging import paged, paged_list, search_word

bp = Blueprint("books", __name__, url_prefix="/c/reports")
MONTHS = 12  # what the supply page shows at once
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
@requires(Permission.REPORTS_SEE)
def home() -> str:
    """What there is to see of the time bank as a whole."""
    return render_template("reports/home.html")


# The trial balance ---------------------------------------------------------------------------------------------------


@bp.get("/trial")
@requires(Permission.LEDGER_SEE)
def trial() -> ResponseReturnValue:
    """Every kind of account as it stood when a day ended; together they make zero."""
    asked, places, errors = _asked()
    found = trial_queries.trial(scope_of(asked.place, asked.unit), asked.day, clock.today(asked.place.zone))
    page = render_template("reports/trial.html", asked=asked, places=places, errors=errors, trial=found)
    return page, 422 if errors else 200


@bp.get("/trial/<any(" + ", ".join(AccountKind) + "):account_kind>")
@requires(Permission.LEDGER_SEE)
def accounts(account_kind: str) -> ResponseReturnValue:
    """The accounts of one kind, a page at a time, as they stood when the day ended."""
    asked, places, errors = _asked()
    scope, kind = scope_of(asked.place, asked.unit), AccountKind(account_kind)
    found = trial_queries.trial(scope, asked.day, clock.today(asked.place.zone))
    page = paged(trial_queries.accounts_of_kind(scope, kind, asked.day, search_word()))
    rows = trial_queries.with_balances(scope, page.items, found.line)
    body = render_template(
        "reports/accounts.html", asked=asked, places=places, errors=errors, kind=kind, page=page, rows=rows,
        line=found.line, names=_names(rows), row=next((row for row in found.rows if row.kind == kind), None),
    )  # fmt: skip
    return body, 422 if errors else 200


@bp.get("/trial.<any(csv, xlsx):kind>")
@requires(Permission.LEDGER_SEE)
def trial_file(kind: str) -> Response:
    """Every account of the day as a table to take away."""
    asked, _places, _errors = _asked()
    scope = scope_of(asked.place, asked.unit)
    rows = trial_queries.all_accounts(scope, asked.day)
    return _file(_trial_rows(asked, scope, rows), kind, f"lianxin-trial-{asked.place.code}-{asked.day.isoformat()}")


def _trial_rows(asked: Asked, scope: Scope, rows: list[tuple[Account, Stood]]) -> Iterator[Row]:
    names = _names(rows)
    yield ("day", "unit", "account", "kind", "owner", "label", "stored", "kept_for_orders")
    for account, stood in rows:
        yield (
            asked.day.isoformat(), asked.unit.value, account.id, account.kind, names.get(account.owner_id, ""),
            account.label, stood.posted, stood.held,
        )  # fmt: skip
    here = sum(stood.posted for _account, stood in rows)
    if not scope.is_whole:
        yield (asked.day.isoformat(), asked.unit.value, "", "elsewhere", "", "", -here, "")


# The supply ----------------------------------------------------------------------------------------------------------


@bp.get("/supply")
@requires(Permission.LEDGER_SEE)
def supply() -> ResponseReturnValue:
    """How much there is, month by month: where it came from and where it is."""
    asked, places, errors = _asked()
    months = _supply(asked)
    page = render_template("reports/supply.html", asked=asked, places=places, errors=errors, months=months)
    return page, 422 if errors else 200


@bp.get("/supply.<any(csv, xlsx):kind>")
@requires(Permission.LEDGER_SEE)
def supply_file(kind: str) -> Response:
    """The same as a table to take away."""
    asked, _places, _errors = _asked()
    columns = ("minted", "corrected", "people", "funds", "held", "redeemed", "expired", "donated")
    rows: list[Row] = [("month", "unit", *columns)]
    rows += [
        (f"{month.month:%Y-%m}", asked.unit.value, *(getattr(month, column) for column in columns))
        for month in _supply(asked)
    ]
    return _file(rows, kind, f"lianxin-supply-{asked.place.code}")


def _supply(asked: Asked) -> list[supply_queries.Supply]:
    """The last months up to the day asked for, none before the first line."""
    scope = scope_of(asked.place, asked.unit)
    first = supply_queries.first_month(scope.ledger_id)
    if first is None:
        return []
    months = [month for month in supply_queries.months_back(asked.day, MONTHS) if month >= first]
    return supply_queries.supply(scope, months) if months else []


# The funds -----------------------------------------------------------------------------------------------------------


@bp.get("/funds")
@requires(Permission.LEDGER_SEE)
def funds() -> ResponseReturnValue:
    """The funds and what they paid for in the year up to a day: by item and by listed class, no names."""
    asked, places, errors = _asked()
    found = _funds(asked)
    page = render_template(
        "reports/funds.html", asked=asked, places=places, errors=errors, **found, page=paged_list(found["funds"]),
        items={item.code: item for item in items()},
    )  # fmt: skip
    return page, 422 if errors else 200


@bp.get("/funds.<any(csv, xlsx):kind>")
@requires(Permission.LEDGER_SEE)
def funds_file(kind: str) -> Response:
    """What the funds paid for, as a table to take away."""
    asked, _places, _errors = _asked()
    found = _funds(asked)["uses"]
    rows: list[Row] = [("by", "key", "lines", "elders", asked.unit.value)]
    for by, uses in (("item", found.by_item), ("class", found.by_class)):
        rows += [(by, use.key, use.lines, use.elders, use.minutes) for use in uses]
    return _file(rows, kind, f"lianxin-funds-{asked.place.code}")


def _funds(asked: Asked) -> dict[str, Any]:
    scope = scope_of(asked.place, asked.unit)
    first = supply_queries.months_back(asked.day, MONTHS)[0]
    of = fund_queries.span(scope, first, asked.day)
    found = fund_queries.funds(scope, of)
    names = names_of({fund.account.owner_id for fund in found})
    return {"funds": found, "uses": fund_queries.uses(scope, of), "first": first, "names": names}


# ---------------------------------------------------------------------------------------------------------------------


def _asked() -> tuple[Asked, list[OrgUnit], dict[str, str]]:
    """What the address asks for, the units to choose from, and what could not be read."""
    places = places_for(current_actor(), Permission.LEDGER_SEE)
    if not places:
        raise NotFound
    asked, errors = Asked.parse(request.args, places, clock.today(places[0].zone))
    if asked is None:
        raise NotFound
    return asked, places, errors


def _names(rows: Iterable[tuple[Account, Stood]]) -> dict[str, str]:
    return names_of({account.owner_id for account, _stood in rows})


def _file(rows: Iterable[Row], kind: str, name: str) -> Response:
    widths = {"A": 12, "C": 20, "D": 16, "E": 24}
    body, words = (csv_of(rows), "text/csv") if kind == "csv" else (xlsx_of(rows, widths=widths), XLSX)
    return Response(body, mimetype=words, headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'})
