"""The coordinator's look at orders: late ones on top; take on, ask back, refuse, make something of a wish."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import Invalid
from app.matchruns.answers import rules_broken_by
from app.matchruns.asking import CannotBeAsked
from app.matchruns.service import deadline_for
from app.menu.queries import items_offered
from app.needs import queries, review_forms, service
from app.needs.models import Need
from app.needs.phrases import Phrases
from app.org.queries import zone_of
from app.people.models import Person
from app.people.queries import volunteers_here
from app.rulepacks.keys import RISKS
from app.rulepacks.queries import setting
from app.visits.models import Origin
from app.visits.service import offer
from app.web.paging import paged

bp = Blueprint("review", __name__)
PER_PAGE = 10


@bp.get("/c/review")
@requires(Permission.NEED_REVIEW)
def queue() -> str:
    """What waits for a look, a page at a time."""
    return _page({}, "")


@bp.post("/c/review/<need_id>/accept")
@requires(Permission.NEED_REVIEW)
def accept(need_id: str) -> ResponseReturnValue:
    """Take it on. An order for today goes on to who can come now."""
    return _act(need_id, lambda: service.accept_order(current_actor(), need_id),
                _("Taken on. Her side has been told."), on_to_today=True)  # fmt: skip


@bp.post("/c/review/<need_id>/ask")
@requires(Permission.NEED_REVIEW)
def ask(need_id: str) -> ResponseReturnValue:
    """Ask her side something first."""
    question = request.form.get("question", "")
    return _act(need_id, lambda: service.ask_back(current_actor(), need_id, question),
                _("Asked. The order waits for the answer."))  # fmt: skip


@bp.post("/c/review/<need_id>/refuse")
@requires(Permission.NEED_REVIEW)
def refuse(need_id: str) -> ResponseReturnValue:
    """Say no, with the reason that she reads."""
    reason = request.form.get("reason", "")
    return _act(need_id, lambda: service.refuse_order(current_actor(), need_id, reason),
                _("Not taken on. Her side reads the reason."))  # fmt: skip


@bp.post("/c/review/<need_id>/turn")
@requires(Permission.NEED_REVIEW)
def turn(need_id: str) -> ResponseReturnValue:
    """Make the wish an item of the menu."""

    def work() -> None:
        item_code, minutes = review_forms.turned(request.form)
        service.turn_wish(current_actor(), need_id, item_code, duration_min=minutes)

    return _act(need_id, work, _("The wish is an order now, and goes into the plan of its day."), on_to_today=True)


@bp.post("/c/review/<need_id>/offer")
@requires(Permission.NEED_REVIEW)
def offer_wish(need_id: str) -> ResponseReturnValue:
    """Offer the wish to one person: an offer like any other."""
    return _act(need_id, lambda: _offer(need_id), _("Asked. You see the answer on the page of the order."))


# -------------------------------------------------------------------------------------------------------------------


def _offer(need_id: str) -> None:
    actor = current_actor()
    need = service.take_wish(actor, need_id)
    volunteer_id, start = review_forms.offered(request.form, need)
    if volunteer_id not in {person.id for person in volunteers_here(actor, need.community_code)}:
        raise CannotBeAsked
    assignment = offer(
        actor, need=need, place=1, volunteer_id=volunteer_id, start_min=start, origin=Origin.BY_NAME,
        deadline_at=deadline_for(need, start),
    )  # fmt: skip
    if rules_broken_by(assignment):  # nothing is stored: nobody is asked for what she could not accept
        raise CannotBeAsked


def _act(need_id: str, work: Callable[[], Any], said: str, *, on_to_today: bool = False) -> ResponseReturnValue:
    """Do it and go back to the list, or say beside the order what is wrong and keep the words."""
    try:
        with transaction():
            work()
    except Invalid as error:
        return _page(error.fields, need_id), error.status
    except (CannotBeAsked, service.StillAWish, service.MovedOn) as refused:
        flash(refused.sentence(), "warning")
    else:
        flash(said)
        if on_to_today and _is_for_today(queries.need(current_actor(), need_id)):
            return redirect(url_for("today.one", need_id=need_id), 303)
    return redirect(url_for("review.queue", page=request.args.get("page")), 303)


def _is_for_today(need: Need) -> bool:
    return need.day == clock.today(zone_of(need.unit_code))


def _page(errors: Mapping[str, str], at: str) -> str:
    """The list; `errors` belong to the order `at`, beside which the posted words are kept."""
    actor, now = current_actor(), clock.now()
    page = paged(queries.review_queue(actor), per_page=PER_PAGE)
    lines = queries.lines(page.items)
    wishes = [need for need in page.items if need.item_code is None]
    beside = queries.twins(page.items)
    return render_template(
        "needs/review.html", page=page, lines=lines, errors=errors, at=at, typed=request.form, now=now,
        agreement=_agreement({need.community_code for need in page.items}),
        late=queries.late_count(actor, now), grids=queries.grid_names({need.unit_code for need in page.items}),
        beside={key: queries.lines(found) for key, found in beside.items() if found}, placers=_placers(page.items),
        phrases={code: Phrases(code) for code in {need.community_code for need in page.items}},
        items={code: items_offered(code) for code in {need.community_code for need in wishes}},
        volunteers={code: volunteers_here(actor, code) for code in {need.community_code for need in wishes}},
    )  # fmt: skip


def _agreement(communities: set[str]) -> dict[str, list[str]]:
    """By community, the risks from which the rules ask for an agreement in writing."""
    least = {code: setting(code, "written_agreement_from_risk", on=clock.today(zone_of(code))) for code in communities}
    return {code: list(RISKS[RISKS.index(risk) :]) for code, risk in least.items()}


def _placers(needs: Any) -> dict[str, Person]:
    """Who placed each of these orders, where it was not the elder herself."""
    return queries.people_by_id({need.placed_by for need in needs if need.placed_by != need.elder_id})
