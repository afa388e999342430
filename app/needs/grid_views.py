"""The grid worker's day: who to ring, what is under way, what waits for a word; any elder found in a few letters."""

from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import works_in
from app.db import session
from app.errors import NotFound
from app.needs import queries
from app.needs.forms import side_of
from app.needs.models import Need
from app.needs.phrases import Phrases
from app.org.queries import name_of
from app.people.queries import Link, chain_of, elders_in, relatives_of
from app.web.filters import unit_name
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("grid", __name__)
MOST_ON_HOME = 5
LAST_ORDERS = 3


@bp.get("/g")
@requires(Permission.GRID_WORK)
def today() -> ResponseReturnValue:
    """Who to ring, visits that wait for a word, and the orders under way."""
    actor, day = current_actor(), _today()
    page = paged(queries.under_way(actor, today=day), per_page=10)
    confirm = list(session.scalars(queries.to_confirm(actor).limit(MOST_ON_HOME)))
    quiet = queries.quiet_elders(actor, today=day, limit=MOST_ON_HOME)
    return render_template(
        "needs/grid.html", page=page, lines=queries.lines(page.items), confirm=queries.lines(confirm), quiet=quiet,
        phrases=Phrases(_unit(actor)), today=day, grids=_names_of(actor),
    )  # fmt: skip


@bp.get("/g/alone")
@requires(Permission.GRID_WORK)
def alone() -> ResponseReturnValue:
    """Everybody of mine who lives alone, whoever was seen longest ago first."""
    page = paged(queries.alone_elders(current_actor()), scalars=False)
    return render_template("needs/grid_alone.html", page=page, today=_today())


@bp.get("/g/find")
@requires(Permission.GRID_WORK)
def find() -> ResponseReturnValue:
    """An elder by name, initials, building or the end of the phone; without a word, all of mine."""
    page = paged(elders_in(current_actor(), search_word()), scalars=False)
    grids = queries.grid_names({person.unit_code for _elder, person in page.items})
    return render_template("needs/grid_find.html", page=page, grids=grids)


@bp.get("/g/elders/<elder_id>")
@requires(Permission.GRID_WORK)
def elder(elder_id: str) -> ResponseReturnValue:
    """One elder: ring her, order for her, see who comes, say for her that it was right."""
    side = side_of(current_actor(), elder_id)
    if not works_in(side.actor, side.unit_code, *queries.DESK):
        raise NotFound
    home = queries.home_of_elder(elder_id, today=side.today)
    last = session.scalars(queries.orders_of(elder_id).where(Need.day <= side.today).limit(LAST_ORDERS))
    return render_template(
        "needs/grid_elder.html", side=side, home=home, last=queries.lines(last), phrases=Phrases(side.unit_code),
        grid=name_of(side.unit_code), chain=_chain(elder_id), relatives=relatives_of(elder_id),
    )  # fmt: skip


def _chain(elder_id: str) -> list[Link]:
    """Who answers for her, each once: staff may also be written down by name."""
    return list({(link.duty, link.name): link for link in chain_of(elder_id)}.values())


def _today() -> date:
    return clock.today(this_site().zone)


def _unit(actor: Actor) -> str:
    """A unit of hers, for its parts of the day: her first grid or community."""
    return min(actor.units(*queries.DESK))


def _names_of(actor: Actor) -> str:
    return " · ".join(unit_name(name_of(code)) for code in sorted(actor.units(*queries.DESK)))
