"""An elder's own pages, and the same for whoever speaks for her: her home, her orders, one order and what ends it."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError, Invalid
from app.menu.models import MenuItem
from app.menu.queries import items_offered
from app.needs import queries, service
from app.needs.forms import Choice, Side, choice_of, read_choice, side_here, side_of
from app.needs.models import Need, NeedState
from app.needs.phrases import Phrases
from app.needs.placing import WAITING, somebody_asked
from app.needs.times_forms import times_to_choose
from app.people.models import Elder, Person
from app.rulepacks.queries import setting
from app.visits.overrun import longer_times
from app.visits.ratio import ONE_TO_ONE, ratio_at
from app.visits.service import cancel_need
from app.web.paging import paged

bp = Blueprint("me", __name__)
CANCELLABLE = (*WAITING, NeedState.ARRANGED)


# Home ----------------------------------------------------------------------------------------------------------------


@bp.get("/me")
@requires(Permission.NEED_PLACE)
def home() -> ResponseReturnValue:
    """Who comes and when, the same once more, and what she may want."""
    side = side_here(current_actor())
    return render_template(
        "needs/home.html", side=side, workspace=side.workspace, phrases=Phrases(side.unit_code), tiles=_tiles(side),
        home=queries.home_of_elder(side.person.id, today=side.today), series=_series(side),
    )  # fmt: skip


def _tiles(side: Side) -> list[MenuItem]:
    """The items of the setting that are offered here, what she orders most before the rest."""
    wanted: list[str] = setting(side.unit_code, "home_tiles", on=side.today)
    offered = {item.code: item for item in items_offered(side.elder.community_code)}
    times = queries.times_ordered(side.person.id)
    return [offered[code] for code in sorted(wanted, key=lambda code: -times.get(code, 0)) if code in offered]


def _series(side: Side) -> list[tuple[MenuItem, int]]:
    """What repeats every week, as (item, weekday)."""
    return [(session.get_one(MenuItem, one.item_code), one.weekday) for one in queries.series_of(side.person.id)]


@bp.get("/family")
@requires(Permission.FAMILY_SEE)
def family() -> ResponseReturnValue:
    """Whom I care for; with one elder, her home at once."""
    actor = current_actor()
    if len(actor.speaks_for) == 1:
        return redirect(side_here(actor).home, 303)
    sides = sorted((side_of(actor, key) for key in actor.speaks_for), key=lambda side: side.person.name)
    following = {side.person.id: queries.next_line(side.person.id, today=side.today) for side in sides}
    return render_template(
        "needs/family.html", sides=sides, following=following,
        phrases={side.person.id: Phrases(side.unit_code) for side in sides},
    )  # fmt: skip


# Orders --------------------------------------------------------------------------------------------------------------


@bp.get("/me/orders")
@requires(Permission.NEED_PLACE)
def orders() -> ResponseReturnValue:
    """All orders, the newest day first, a page at a time."""
    side = side_here(current_actor())
    page = paged(queries.orders_of(side.person.id), per_page=10)
    return render_template(
        "needs/orders.html", side=side, workspace=side.workspace, phrases=Phrases(side.unit_code), page=page,
        lines=queries.lines(page.items),
    )  # fmt: skip


@bp.get("/me/orders/<need_id>")
@requires(Permission.NEED_PLACE)
def order(need_id: str) -> ResponseReturnValue:
    """One order: where it stands, who comes, and what can be done about it."""
    return _order_page(need_id, {})


def _order_page(need_id: str, errors: Mapping[str, str]) -> str:
    need, side = _order(need_id)
    line = queries.line(need)
    visits = [comer.visit for comer in line.comers if comer.visit is not None]
    return render_template(
        "needs/order.html", side=side, workspace=side.workspace, phrases=Phrases(side.unit_code),
        line=line, longer=longer_times(need, visits), series=queries.series_running(need),
        can_cancel=need.state in CANCELLABLE,
        can_change=need.state in WAITING and not somebody_asked(need.id), elder=session.get_one(Elder, need.elder_id),
        regular=session.get(Person, need.regular_id) if need.regular_id else None, errors=errors, typed=request.form,
        placed_by=session.get_one(Person, need.placed_by),
        ratio=ratio_at(need, need.latest_start_min) / ONE_TO_ONE,
    )  # fmt: skip


def _order(need_id: str) -> tuple[Need, Side]:
    """An order with the side it belongs to. NotFound for strangers."""
    need = queries.need(current_actor(), need_id)
    return need, side_of(current_actor(), need.elder_id)


@bp.post("/me/orders/<need_id>/answer")
@requires(Permission.NEED_PLACE)
def answer(need_id: str) -> ResponseReturnValue:
    """The answer to what the community asked back."""
    try:
        with transaction():
            service.answer_question(current_actor(), need_id, request.form.get("reply", ""))
    except Invalid as wrong:
        return _order_page(need_id, wrong.fields), 422
    flash(_("Thank you. The community looks at the order again."))
    return redirect(url_for("me.order", need_id=need_id), 303)


@bp.get("/me/orders/<need_id>/cancel")
@requires(Permission.NEED_CANCEL)
def cancelling(need_id: str) -> ResponseReturnValue:
    """A last look before an order is cancelled."""
    need, side = _order(need_id)
    if need.state not in CANCELLABLE:
        return redirect(url_for("me.order", need_id=need_id), 303)
    return render_template(
        "needs/cancel.html", side=side, workspace=side.workspace, phrases=Phrases(side.unit_code),
        line=queries.line(need), series=queries.series_running(need),
    )  # fmt: skip


@bp.post("/me/orders/<need_id>/cancel")
@requires(Permission.NEED_CANCEL)
def cancel(need_id: str) -> ResponseReturnValue:
    """It is cancelled: nobody comes."""
    need, _side = _order(need_id)
    told = bool(queries.line(need).comers)
    try:
        with transaction():
            cancel_need(current_actor(), need_id)
    except DomainError as late:
        return _refused(late, need_id)
    flash(_("Cancelled. Nobody comes, and the volunteer has been told.") if told else _("Cancelled. Nobody comes."))
    return redirect(url_for("me.order", need_id=need_id), 303)


@bp.get("/me/orders/<need_id>/time")
@requires(Permission.NEED_PLACE)
def moving(need_id: str) -> ResponseReturnValue:
    """Ask for another time of an order."""
    need, side = _order(need_id)
    if need.state not in WAITING or somebody_asked(need.id):
        return _refused(service.SomebodyAsked(), need_id)
    return _time_page(need, side, choice_of(need), {})


@bp.post("/me/orders/<need_id>/time")
@requires(Permission.NEED_PLACE)
def move(need_id: str) -> ResponseReturnValue:
    """The order at another time."""
    need, side = _order(need_id)
    chosen, errors = read_choice(request.form)
    try:
        if errors:
            raise Invalid(errors)
        entry = choice_of(need).moved(chosen).entry(side, _item(need))
        with transaction():
            service.change_need(current_actor(), need_id, entry)
    except Invalid as wrong:
        return _time_page(need, side, chosen, wrong.fields), 422
    except DomainError as refused:
        return _refused(refused, need_id)
    flash(_("Changed. The new time is below."))
    return redirect(url_for("me.order", need_id=need_id), 303)


def _time_page(need: Need, side: Side, choice: Choice, errors: Mapping[str, str]) -> str:
    item = _item(need)
    return render_template(
        "needs/move.html", side=side, workspace=side.workspace, line=queries.line(need), item=item, choice=choice,
        errors=errors, typed=request.form, **times_to_choose(side, item, need.duration_min, as_last_time=False),
    )  # fmt: skip


def _item(need: Need) -> MenuItem | None:
    return session.get_one(MenuItem, need.item_code) if need.item_code else None


@bp.get("/me/orders/<need_id>/stop")
@requires(Permission.NEED_CANCEL)
def stopping(need_id: str) -> ResponseReturnValue:
    """A last look before the weekly repetition ends."""
    need, side = _order(need_id)
    series = queries.series_running(need)
    if series is None:
        return redirect(url_for("me.order", need_id=need_id), 303)
    return render_template(
        "needs/stop.html", side=side, workspace=side.workspace, phrases=Phrases(side.unit_code),
        line=queries.line(need), series=series,
    )  # fmt: skip


@bp.post("/me/orders/<need_id>/stop")
@requires(Permission.NEED_CANCEL)
def stop(need_id: str) -> ResponseReturnValue:
    """No more every week: the orders that nobody has promised yet are cancelled with it."""
    need, _side = _order(need_id)
    with transaction():
        left = service.stop_series(current_actor(), need.series_id) if need.series_id else []
        for waiting in left:
            cancel_need(current_actor(), waiting.id)
    flash(_("Stopped. Nothing is ordered by itself any more.") + " " + _how_many(len(left)))
    return redirect(url_for("me.order", need_id=need_id), 303)


def _how_many(count: int) -> str:
    return ngettext("One order was cancelled.", "%(num)s orders were cancelled.", count) if count else ""


def _refused(error: DomainError, need_id: str) -> ResponseReturnValue:
    """Why it can't be done, on the page of the order; 404 stays 404."""
    if error.status == 404:
        raise error
    flash(error.sentence(), "warning")
    return redirect(url_for("me.order", need_id=need_id), 303)
