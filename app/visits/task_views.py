"""The volunteer's day: what comes next, what waits for an answer, one task, and the door."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.availability.queries import weekly_times
from app.db import session, transaction
from app.errors import DomainError, Taken
from app.ledger.queries import balance
from app.matchruns import answers
from app.people.models import Person, Volunteer, VolunteerState
from app.records.sum_queries import sums_of
from app.visits import queries, service
from app.visits.calendars import calendar_of
from app.visits.forms import FINE, LATE_CHOICES, OutForm, words_of
from app.visits.models import ReportKind, Visit, VisitState
from app.visits.queries import Task
from app.visits.ratio import ONE_TO_ONE, ratio_at
from app.web.filters import minutes as in_minutes
from app.web.filters import phone
from app.web.frame import this_site

bp = Blueprint("tasks", __name__)
FORGOTTEN_AFTER_MIN = 60  # so long after the planned time at the door she is asked when she really left


# Lists -------------------------------------------------------------------------------------------------------------


@bp.get("/v")
@requires(Permission.OFFER_ANSWER)
def today() -> ResponseReturnValue:
    """What she does today, what waits for her answer, what comes later."""
    actor = current_actor()
    day = clock.today(this_site().zone)
    tasks = queries.todays_tasks(actor, day)
    ahead = [task for task in tasks if task.visit and task.visit.state in queries.AHEAD]
    volunteer = session.get(Volunteer, actor.person_id)
    return render_template(
        "visits/today.html", tasks=tasks, following=_next(ahead), ahead=ahead, offers=queries.waiting_offers(actor),
        coming=queries.coming_tasks(actor, day), stored=balance(actor.must_be_someone()), today=day,
        volunteer=volunteer, States=VolunteerState, served=sums_of(volunteer) if volunteer is not None else None,
        person=session.get(Person, actor.person_id), has_times=bool(weekly_times(actor.must_be_someone())),
    )  # fmt: skip


def _next(ahead: list[Task]) -> Task | None:
    """The visit she is at, else the next one."""
    begun = [task for task in ahead if task.visit and task.visit.state == VisitState.IN_PROGRESS]
    return next(iter(begun or ahead), None)


@bp.get("/v/offers")
@requires(Permission.OFFER_ANSWER)
def offers() -> ResponseReturnValue:
    """What waits for her answer, and her latest visits."""
    actor = current_actor()
    return render_template(
        "visits/offers.html", offers=queries.waiting_offers(actor), recent=queries.recent_tasks(actor),
        today=clock.today(this_site().zone),
    )  # fmt: skip


@bp.get("/v/tasks/<task_id>")
@requires(Permission.OFFER_ANSWER)
def task(task_id: str) -> ResponseReturnValue:
    """One task: an offer, a visit ahead with its door, or how it ended."""
    found = queries.task(current_actor(), task_id)
    return render_template(
        "visits/task.html", task=found, today=clock.today(found.unit.zone),
        ratio=ratio_at(found.need, found.assignment.start_min) / ONE_TO_ONE,
    )  # fmt: skip


@bp.get("/v/tasks/<task_id>.ics")
@requires(Permission.OFFER_ANSWER)
def task_calendar(task_id: str) -> ResponseReturnValue:
    """The visit for the calendar of a phone: time and kind, never the door."""
    found = queries.task(current_actor(), task_id)
    if found.visit is None:
        raise service.NotNow
    address = url_for("tasks.task", task_id=task_id, _external=True)
    return Response(
        calendar_of(found, address),
        mimetype="text/calendar",
        headers={"Content-Disposition": f'attachment; filename="lianxin-D-{found.need.number}.ics"'},
    )


# Answers -----------------------------------------------------------------------------------------------------------


@bp.post("/v/tasks/<task_id>/accept")
@requires(Permission.OFFER_ANSWER)
def accept(task_id: str) -> ResponseReturnValue:
    """Yes, in one tap. When somebody was faster: a kind page with what else there is."""
    actor = current_actor()
    queries.task(actor, task_id)
    try:
        with transaction():
            answers.accept_offer(actor, task_id)
    except (Taken, service.OfferOver, service.Clashes, answers.NoLongerFits) as gone:
        return render_template("visits/gone.html", sentence=gone.sentence(), offers=_other_offers(actor, task_id),
                               today=clock.today(this_site().zone))  # fmt: skip
    flash(_("Accepted. Thank you. Address and phone are below."))
    return redirect(url_for("tasks.task", task_id=task_id), 303)


def _other_offers(actor: Actor, task_id: str) -> list[Task]:
    return [other for other in queries.waiting_offers(actor) if other.assignment.id != task_id]


@bp.post("/v/tasks/<task_id>/decline")
@requires(Permission.OFFER_ANSWER)
def decline(task_id: str) -> ResponseReturnValue:
    """No, in one tap, without a question why."""
    with transaction():
        answers.decline_offer(current_actor(), task_id)
    flash(_("Noted. Thank you for telling us: somebody else is asked."))
    return redirect(url_for("tasks.today"), 303)


@bp.post("/v/tasks/<task_id>/undo")
@requires(Permission.OFFER_ANSWER)
def undo(task_id: str) -> ResponseReturnValue:
    """The yes taken back within a few minutes."""
    visit = _visit(queries.task(current_actor(), task_id))
    with transaction():
        service.undo_accept(current_actor(), visit.id)
    flash(_("Taken back. Nothing is held against you."))
    return redirect(url_for("tasks.task", task_id=task_id), 303)


@bp.get("/v/tasks/<task_id>/cannot")
@requires(Permission.OFFER_ANSWER)
def cannot(task_id: str) -> ResponseReturnValue:
    """A last look before an accepted visit is given back."""
    found = queries.task(current_actor(), task_id)
    _visit(found)
    return render_template("visits/cannot.html", task=found, today=clock.today(found.unit.zone))


@bp.post("/v/tasks/<task_id>/cannot")
@requires(Permission.OFFER_ANSWER)
def give_back(task_id: str) -> ResponseReturnValue:
    """An accepted visit given back; the next best is asked."""
    visit = _visit(queries.task(current_actor(), task_id))
    with transaction():
        answers.drop_out(current_actor(), visit.id)
    flash(_("Noted. Thank you for telling us early: we look for somebody else."))
    return redirect(url_for("tasks.today"), 303)


# At the door -------------------------------------------------------------------------------------------------------


@bp.post("/v/tasks/<task_id>/on-the-way")
@requires(Permission.VISIT_DO)
def set_out(task_id: str) -> ResponseReturnValue:
    """She is on her way, and the elder hears it."""
    visit = _visit(queries.task(current_actor(), task_id))
    with transaction():
        service.on_the_way(current_actor(), visit.id)
    flash(_("Good. The elder knows that you are on your way."))
    return redirect(url_for("tasks.task", task_id=task_id), 303)


@bp.get("/v/tasks/<task_id>/in")
@requires(Permission.VISIT_DO)
def at_the_door(task_id: str) -> ResponseReturnValue:
    """The page to check in: by the card's link in one tap, or by the four digits on it."""
    found = queries.task(current_actor(), task_id)
    _visit(found)
    return _in_page(found, {})


@bp.post("/v/tasks/<task_id>/in")
@requires(Permission.VISIT_DO)
def check_in(task_id: str) -> ResponseReturnValue:
    """In, proved by PIN or card. A wrong PIN is counted, and the fourth is not looked at."""
    found = queries.task(current_actor(), task_id)
    visit, pin, card = _visit(found), request.form.get("pin", ""), request.form.get("card") or None
    if card is None and not pin.strip():
        return _in_page(found, {"pin": _("Please type the four digits on the card.")}), 422
    with transaction():
        answer = service.check_in(current_actor(), visit.id, pin=pin, card=card)
    if isinstance(answer, DomainError):
        if "phone" in answer.data:
            answer.data["phone"] = phone(str(answer.data["phone"]))
        return _in_page(found, {"pin": answer.sentence()}, spent=answer.status == 429), answer.status
    flash(_("You are checked in. Have a good time together."))
    return redirect(url_for("tasks.task", task_id=task_id), 303)


def _in_page(found: Task, errors: dict[str, str], *, spent: bool = False) -> str:
    card = request.values.get("card", "")
    return render_template("visits/in.html", task=found, errors=errors, spent=spent, card=card)


@bp.get("/v/tasks/<task_id>/out")
@requires(Permission.VISIT_DO)
def leaving(task_id: str) -> ResponseReturnValue:
    """The page to check out: how long it was, and whether anything is wrong."""
    return _out_page(queries.task(current_actor(), task_id), OutForm(), {})


@bp.post("/v/tasks/<task_id>/out")
@requires(Permission.VISIT_DO)
def check_out(task_id: str) -> ResponseReturnValue:
    """Out, with its minutes; a worry goes to a named person at once."""
    actor = current_actor()
    found = queries.task(actor, task_id)
    visit = _visit(found)
    form, errors = OutForm.parse(request.form, must_say_when=_forgot(found))
    if errors:
        return _out_page(found, form, errors), 422
    at = None if form.left_min is None else clock.instant(visit.day, form.left_min, found.unit.zone)
    with transaction():
        over = service.check_out(actor, visit.id, card=form.card, at=at)
        if form.how != FINE:
            service.report(actor, visit.id, ReportKind.CONCERN, form.words, about=form.how)
    flash(_("Checked out after %(time)s. Thank you.", time=in_minutes(over.actual_min or 0)))
    return redirect(url_for("tasks.task", task_id=task_id), 303)


def _out_page(found: Task, form: OutForm, errors: dict[str, str]) -> str:
    visit = _visit(found)
    if visit.state == VisitState.PLANNED or visit.checked_in_at is None:
        raise service.NotNow
    passed = service.whole_minutes(visit.checked_in_at, visit.checked_out_at or clock.now())
    return render_template(
        "visits/out.html", task=found, form=form, errors=errors, passed=passed, forgot=_forgot(found),
        card=request.values.get("card", ""), left_at=request.form.get("left_at", ""),
    )  # fmt: skip


def _forgot(found: Task) -> bool:
    """Whether she has been checked in so long that she must say when she left."""
    visit = _visit(found)
    if visit.checked_in_at is None or visit.state != VisitState.IN_PROGRESS:
        return False
    return service.whole_minutes(visit.checked_in_at, clock.now()) > visit.duration_min + FORGOTTEN_AFTER_MIN


# Reports -----------------------------------------------------------------------------------------------------------


@bp.get("/v/tasks/<task_id>/<any(late, noanswer, concern):kind>")
@requires(Permission.VISIT_DO)
def reporting(task_id: str, kind: str) -> ResponseReturnValue:
    """The page to say that she is late, that nobody opens, or that something is wrong."""
    return _report_page(queries.task(current_actor(), task_id), kind, {})


@bp.post("/v/tasks/<task_id>/<any(late, noanswer, concern):kind>")
@requires(Permission.VISIT_DO)
def report(task_id: str, kind: str) -> ResponseReturnValue:
    """It is said, and a named person follows it up."""
    found = queries.task(current_actor(), task_id)
    visit = _visit(found)
    errors: dict[str, str] = {}
    words = words_of(request.form, "words", errors)
    if kind == "concern" and not words:
        errors["words"] = _("Please say in a few words what worries you.")
    if errors:
        return _report_page(found, kind, errors), 422
    with transaction():
        made = service.report(current_actor(), visit.id, _KINDS[kind], words, about=_about(kind))
        owner = session.get(Person, made.owner_id) if made.owner_id else None
    flash(_said(kind, owner))
    return redirect(url_for("tasks.task", task_id=task_id), 303)


_KINDS = {"late": ReportKind.LATE, "noanswer": ReportKind.NO_ANSWER, "concern": ReportKind.CONCERN}


def _report_page(found: Task, kind: str, errors: dict[str, str]) -> str:
    _visit(found)
    return render_template(
        f"visits/{kind}.html", task=found, errors=errors, words=request.form.get("words", ""), choices=LATE_CHOICES
    )


def _about(kind: str) -> str:
    """How late she says she is; the least when the form says something else."""
    if kind != "late":
        return ""
    said = request.form.get("minutes", "")
    return said if said in {str(choice) for choice in LATE_CHOICES} else str(LATE_CHOICES[0])


def _said(kind: str, owner: Person | None) -> str:
    name = owner.name if owner else _("The community")
    if kind == "late":
        return _("Thank you. The elder knows, and so does %(name)s.", name=name)
    if kind == "noanswer":
        return _("Thank you. %(name)s is told and follows it up. Please wait a few minutes at the door.", name=name)
    return _("Thank you. %(name)s is told and follows it up.", name=name)


def _visit(found: Task) -> Visit:
    """The visit of a task; NotNow while it is only an offer, or after it was given back."""
    if found.visit is None:
        raise service.NotNow
    return found.visit
