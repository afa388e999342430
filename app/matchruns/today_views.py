"""Orders for today: who can come now, ask one to three of them, the first to accept goes."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session, transaction
from app.errors import DomainError
from app.matchruns import queries
from app.matchruns.board import orders_of
from app.matchruns.ranking import FEW
from app.matchruns.today import MOST_ASKED, ask_now, people_for_now, times_for_later, todays_needs
from app.needs.queries import DESK, need_on_duty
from app.org.queries import unit as org_unit
from app.people.models import Person
from app.visits.queries import tally
from app.web.paging import paged_list

bp = Blueprint("today", __name__)


@bp.get("/c/today")
@requires(Permission.NEED_ASK_TODAY)
def show() -> ResponseReturnValue:
    """Every open order whose day is today, the earliest limit first."""
    page = paged_list(todays_needs(current_actor()))
    return render_template(
        "matchruns/today.html", page=page, orders=orders_of([need.id for need in page.items]),
        tallies={need.id: tally(need.id) for need in page.items}, now=clock.now(),
    )  # fmt: skip


@bp.get("/c/today/<need_id>")
@requires(Permission.NEED_ASK_TODAY)
def one(need_id: str) -> ResponseReturnValue:
    """One of them with the people who can come now, best first."""
    return _page(need_id, [], "")


@bp.post("/c/today/<need_id>")
@requires(Permission.NEED_ASK_TODAY)
def ask(need_id: str) -> ResponseReturnValue:
    """Ask those who were ticked, all at once."""
    chosen = request.form.getlist("volunteer")
    try:
        with transaction():
            asked = ask_now(current_actor(), need_id, chosen)
    except DomainError as refused:
        if refused.status != 422:
            raise
        return _page(need_id, chosen, refused.sentence()), 422
    flash(ngettext("One person was asked.", "%(num)s people were asked. The first to accept goes.", len(asked)))
    return redirect(url_for("today.one", need_id=need_id), 303)


def _page(need_id: str, chosen: list[str], error: str) -> str:
    actor = current_actor()
    need = need_on_duty(actor, need_id, *DESK)
    candidates = people_for_now(actor, need_id)
    history = queries.asked_for([need.id])
    times = times_for_later(actor, need_id) if len(candidates) < FEW else []
    ids = {one.volunteer_id for one in candidates} | {one.volunteer_id for one in history}
    ids |= {one.volunteer for one in times}
    return render_template(
        "matchruns/today_one.html", order=orders_of([need.id])[need.id], unit=org_unit(need.community_code),
        candidates=candidates, names={key: session.get_one(Person, key) for key in ids}, history=history,
        times=times, tally=tally(need.id), chosen=chosen, errors={"volunteer": error} if error else {}, most=MOST_ASKED,
    )  # fmt: skip
