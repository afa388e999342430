"""When I'm free: the week, one weekday, and days that are different."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.availability import queries, service
from app.availability.forms import DayForm, WeekdayForm, date_of
from app.db import transaction
from app.errors import Invalid, NotFound
from app.web.frame import this_site

bp = Blueprint("times", __name__)
DAYS_AHEAD = 14


@bp.get("/v/times")
@requires(Permission.TIMES_MANAGE)
def week() -> ResponseReturnValue:
    """The week as it is every week, and the days that are different."""
    person_id = current_actor().must_be_someone()
    today = clock.today(this_site().zone)
    weekdays: list[list[tuple[int, int]]] = [[] for _day in range(7)]
    for row in queries.weekly_times(person_id):
        weekdays[row.weekday].append((row.from_min, row.until_min))
    return render_template(
        "availability/week.html", weekdays=weekdays, exceptions=_by_day(person_id),
        coming=queries.days_free(person_id, today, DAYS_AHEAD), today=today,
    )  # fmt: skip


def _by_day(person_id: str) -> list[tuple[Any, list[Any]]]:
    """The exceptions from today on, day by day."""
    days: dict[Any, list[Any]] = {}
    for row in queries.exceptions_from(person_id, clock.today(this_site().zone)):
        days.setdefault(row.day, []).append(row)
    return list(days.items())


@bp.get("/v/times/<int:weekday>")
@requires(Permission.TIMES_MANAGE)
def one_weekday(weekday: int) -> ResponseReturnValue:
    """The question: when are you free on this weekday?"""
    rows = queries.weekly_times(current_actor().must_be_someone())
    mine = [(row.from_min, row.until_min) for row in rows if row.weekday == weekday]
    return _weekday_page(weekday, WeekdayForm(windows=mine[:2]), {})


@bp.post("/v/times/<int:weekday>")
@requires(Permission.TIMES_MANAGE)
def save_weekday(weekday: int) -> ResponseReturnValue:
    """This weekday, and the others that are the same, as they are from now on."""
    form, errors = WeekdayForm.parse(request.form)
    if errors:
        return _weekday_page(weekday, form, errors), 422
    if weekday > 6:
        raise NotFound
    days = {weekday, *form.same_on}
    kept = queries.weekly_times(current_actor().must_be_someone())
    others = [(row.weekday, row.from_min, row.until_min) for row in kept if row.weekday not in days]
    with transaction():
        service.set_weekly_times(current_actor(), [*others, *((day, *w) for day in days for w in form.windows)])
    flash(_("Saved. It holds from the next plan on; visits you have accepted stay."))
    return redirect(url_for("times.week"), 303)


def _weekday_page(weekday: int, form: WeekdayForm, errors: dict[str, str]) -> str:
    if weekday > 6:
        raise NotFound
    return render_template("availability/weekday.html", weekday=weekday, form=form, errors=errors, typed=request.form)


@bp.get("/v/times/day")
@requires(Permission.TIMES_MANAGE)
def one_day() -> ResponseReturnValue:
    """The question: which day is different, and how?"""
    return _day_page({})


@bp.post("/v/times/day")
@requires(Permission.TIMES_MANAGE)
def save_day() -> ResponseReturnValue:
    """One day that is different from every week."""
    form, errors = DayForm.parse(request.form)
    if form is None:
        return _day_page(errors), 422
    try:
        with transaction():
            service.add_exception(current_actor(), day=form.day, free=form.free, windows=form.windows)
    except Invalid as wrong:
        return _day_page(wrong.fields), 422
    flash(_("Saved for that day; visits you have accepted stay."))
    return redirect(url_for("times.week"), 303)


def _day_page(errors: dict[str, str]) -> str:
    today = clock.today(this_site().zone)
    return render_template("availability/day.html", errors=errors, typed=request.form, today=today)


@bp.post("/v/times/as-usual")
@requires(Permission.TIMES_MANAGE)
def as_usual() -> ResponseReturnValue:
    """The day is as every week again."""
    day = date_of(request.form.get("day", ""))
    if day is None:
        raise NotFound
    with transaction():
        service.remove_exception(current_actor(), day)
    flash(_("That day is as usual again."))
    return redirect(url_for("times.week"), 303)
