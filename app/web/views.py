"""Pages that anyone may open: who am I, the service menu, help, settings, the open books, how the match decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import public, visitor
from app.db import transaction
from app.ledger import queries as ledger
from app.ledger.models import Ledger
from app.matchruns.published import weights
from app.matchruns.urgency import Urgency
from app.menu import queries as menu
from app.menu.models import MenuItem
from app.reports import queries as reports
from app.rulepacks.scheme_queries import coins, scheme_name
from app.web import choices, locale
from app.web.frame import Site, home_of, this_site, workspace_of

bp = Blueprint("web", __name__)


@bp.get("/")
@public
def home() -> str:
    """Who am I: order help, or help. Whoever is signed in finds the way to her own pages."""
    actor = visitor()
    return render_template(
        "web/home.html", person=actor, own_home=home_of(actor), workspace_name=workspace_of(actor), books=_books()
    )


@bp.get("/menu")
@public
def menu_page() -> str:
    """What can be ordered here, by kind, with what is included and what is not."""
    return render_template("web/menu.html", kinds=_by_kind(_items()))


@bp.get("/help")
@public
def help_page() -> str:
    """Answers to what people ask most, and the phone."""
    return render_template("web/help.html")


@bp.get("/settings")
@public
def settings() -> str:
    """Language, text size and contrast."""
    return render_template("web/settings.html")


@bp.post("/settings")
@public
def save_settings() -> ResponseReturnValue:
    """Keep the three choices in this browser and, for whoever is signed in, on her."""
    chosen = {name: _one_of(name) for name in locale.CHOICES}
    locale.choose(**chosen)
    with transaction():
        choices.keep(visitor(), **chosen)
    flash(_("Saved. Every page looks like this now."))
    return redirect(url_for("web.settings"), 303)


@bp.get("/public")
@public
def public_page() -> str:
    """The open books of the community: counts and minutes, no person."""
    books, unit_code = _books(), this_site().unit_code
    scheme, coin_count = "", 0
    if books is not None and unit_code is not None:
        scheme = scheme_name(unit_code, on=books.today)
        coin_count = coins(books.stock.people, unit_code, on=books.today)
    return render_template(
        "web/public.html", books=books, book=_ledger_here(), check=ledger.last_check(), scheme=scheme, coins=coin_count
    )


@bp.get("/public/how")
@public
def how() -> str:
    """How the match decides, with the numbers that the solver uses."""
    site = this_site()
    held = weights(site.unit_code, clock.today(site.zone))
    return render_template("web/how.html", weights=held, bases=_by_base(_items(), held.urgency))


@dataclass(frozen=True)
class Books:
    """This month of the community, and where its minutes stand."""

    month: reports.Month
    stock: reports.Stock
    today: date


def _books() -> Books | None:
    """The open books of the reader's community; None where there is no community yet."""
    site = this_site()
    if site.unit_code is None:
        return None
    today = clock.today(site.zone)
    return Books(reports.month_of(site.unit_code, zone=site.zone, on=today), reports.stock(), today)


def _ledger_here() -> Ledger | None:
    site = this_site()
    if site.unit_code is None:
        return None
    area = ledger.area_of(site.unit_code)
    return next((book for book in ledger.ledgers() if book.id == area), None)


def _items() -> list[MenuItem]:
    site: Site = this_site()
    return menu.items_offered(site.unit_code) if site.unit_code else []


def _by_kind(items: Iterable[MenuItem]) -> list[tuple[MenuItem, list[MenuItem]]]:
    """Items under the first item of their kind, in the order of the menu."""
    ordered = sorted(items, key=lambda item: item.position)
    groups: dict[str, list[MenuItem]] = {}
    for item in ordered:
        groups.setdefault(item.category_en, []).append(item)
    return [(group[0], group) for group in groups.values()]


def _by_base(items: Iterable[MenuItem], urgency: Urgency) -> list[tuple[int, list[MenuItem]]]:
    """Items under the number their priority starts from, the most urgent first."""
    ordered = sorted(items, key=lambda item: (-urgency.base(item), item.position))
    return [(base, list(group)) for base, group in groupby(ordered, key=urgency.base)]


def _one_of(name: str) -> str:
    """A choice of the form; what cannot be read stays as it is now."""
    now = {"lang": locale.language, "size": locale.size, "contrast": locale.contrast}[name]()
    value = request.form.get(name, "")
    return value if value in locale.CHOICES[name] else now
