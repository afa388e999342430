"""Volunteers at the desk: the list, one volunteer, her papers, and whether she is admitted."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.availability.queries import weekly_times
from app.db import transaction
from app.errors import DomainError, Invalid
from app.menu.queries import skills
from app.people import admitting, forms
from app.people.models import Person, Volunteer, VolunteerState
from app.people.queries import expired_papers, skills_of, teams_of, today_of, volunteer_for, volunteers_in
from app.people.queries import person as person_of
from app.web.filters import clock_range, in_language, metres, minutes, weekday
from app.web.paging import paged, search_word

bp = Blueprint("volunteers", __name__)

TABS = (
    ("", _l("All")),
    (VolunteerState.APPLIED, _l("To admit")),
    (VolunteerState.PROBATION, _l("With a partner")),
    (VolunteerState.ACTIVE, _l("Active")),
    (VolunteerState.PAUSED, _l("Paused")),
    (VolunteerState.REFUSED, _l("Refused")),
)


@bp.get("/c/volunteers")
@requires(Permission.VOLUNTEER_SEE)
def volunteers() -> str:
    """The volunteers of my units, a page at a time, by where they stand."""
    actor, state = current_actor(), request.args.get("state", "")
    chosen = VolunteerState(state) if state in tuple(VolunteerState) else None
    page = paged(volunteers_in(actor, search_word(), state=chosen), scalars=False)
    today = today_of(min(actor.units()))
    expired = {person.id: expired_papers(volunteer, today) for volunteer, person in page.items}
    return render_template(
        "people/volunteers.html", page=page, state=state, expired=expired, tabs=_tabs(state), words=PAPER_WORDS
    )


@bp.get("/c/volunteers/<volunteer_id>")
@requires(Permission.VOLUNTEER_SEE)
def volunteer(volunteer_id: str) -> str:
    """One volunteer: where her application stands, her papers, what she can do and when."""
    return _page(volunteer_id, {}, {})


@bp.post("/c/volunteers/<volunteer_id>/identity")
@requires(Permission.VOLUNTEER_ADMIT)
def identity(volunteer_id: str) -> ResponseReturnValue:
    """I have seen her identity card."""
    with transaction():
        admitting.check_identity(current_actor(), volunteer_id)
    flash(_("The identity check is noted, with your name and today's date."))
    return _back(volunteer_id)


@bp.post("/c/volunteers/<volunteer_id>/papers")
@requires(Permission.VOLUNTEER_ADMIT)
def papers(volunteer_id: str) -> ResponseReturnValue:
    """The last valid days of vetting, insurance and training."""
    try:
        read = forms.papers(request.form)
        with transaction():
            admitting.record_papers(current_actor(), volunteer_id, **vars(read))
    except Invalid as error:
        return _page(volunteer_id, request.form, error.fields), error.status
    flash(_("The papers are noted."))
    return _back(volunteer_id)


@bp.post("/c/volunteers/<volunteer_id>/skills")
@requires(Permission.VOLUNTEER_ADMIT)
def skill(volunteer_id: str) -> ResponseReturnValue:
    """A skill or credential whose proof I have seen, with its last valid day."""
    code = request.form.get("skill", "")
    try:
        until = forms.last_day(request.form)
        if code not in {each.code for each in skills()}:
            raise Invalid({"skill": _("Choose one.")})
        with transaction():
            admitting.add_skill(current_actor(), volunteer_id, code, valid_until=until)
    except Invalid as error:
        return _page(volunteer_id, request.form, error.fields), error.status
    flash(_("The skill is noted."))
    return _back(volunteer_id)


@bp.post("/c/volunteers/<volunteer_id>/admit")
@requires(Permission.VOLUNTEER_ADMIT)
def admit(volunteer_id: str) -> ResponseReturnValue:
    """She is admitted; her first visits are with a partner."""
    try:
        with transaction():
            admitting.admit_volunteer(current_actor(), volunteer_id)
    except (admitting.NotReady, admitting.Decided) as error:
        return _page(volunteer_id, {}, {"form": error.sentence()}), error.status
    flash(_("%(name)s is admitted and has been told.", name=person_of(volunteer_id).name))
    return _back(volunteer_id)


@bp.post("/c/volunteers/<volunteer_id>/refuse")
@requires(Permission.VOLUNTEER_ADMIT)
def refuse(volunteer_id: str) -> ResponseReturnValue:
    """She is refused, for a reason that she reads."""
    try:
        with transaction():
            admitting.refuse_volunteer(current_actor(), volunteer_id, request.form.get("reason", ""))
    except (Invalid, admitting.Decided) as error:
        return _page(volunteer_id, request.form, _fields(error)), error.status
    flash(_("The refusal and its reason have been sent."))
    return _back(volunteer_id)


# Parts ---------------------------------------------------------------------------------------------------------------

PAPER_WORDS = {"vetted": _l("vetting"), "insured": _l("insurance"), "trained": _l("training")}


def _page(volunteer_id: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    volunteer, person = volunteer_for(current_actor(), volunteer_id)
    known = {each.code: each for each in skills()}
    held = [(known[row.skill_code], row) for row in skills_of(volunteer_id)]
    options = [("", _("Choose one")), *((code, in_language(each)) for code, each in known.items())]
    days = {name: getattr(volunteer, name) for name in ("vetted_until", "insured_until", "trained_until")}
    return render_template(
        "people/volunteer.html",
        volunteer=volunteer, person=person, held=held,
        skill_options=options,
        missing=list(admitting.missing_of(volunteer)), steps=_steps(volunteer), facts=_facts(volunteer, person),
        days={**days, **{name: typed[name] for name in days if name in typed}}, typed=typed, errors=errors,
        today=today_of(volunteer.community_code), papers=PAPER_WORDS,
        undecided=volunteer.state in admitting.UNDECIDED,
    )  # fmt: skip


def _steps(volunteer: Volunteer) -> list[dict[str, Any]]:
    """Where the application stands, from top to bottom."""
    today = today_of(volunteer.community_code)
    expired = expired_papers(volunteer, today)
    decided = volunteer.state != VolunteerState.APPLIED
    done = (
        (_("Enrolled"), True),
        (_("Identity checked"), volunteer.identity_checked_at is not None),
        (_("Vetted"), "vetted" not in expired),
        (_("Trained"), "trained" not in expired),
        (_("Refused") if volunteer.state == VolunteerState.REFUSED else _("Admitted"), decided),
        (_("First visits with a partner"), volunteer.state in (VolunteerState.ACTIVE, VolunteerState.PAUSED)),
    )
    now = next((title for title, there in done if not there), None)
    return [{"title": title, "state": "done" if there else "now" if title == now else "todo"} for title, there in done]


def _facts(volunteer: Volunteer, person: Person) -> list[dict[str, Any]]:
    languages = " · ".join(str(forms.LANGUAGE_WORDS.get(code, code)) for code in volunteer.languages)
    free = " · ".join(
        f"{weekday(row.weekday)} {clock_range(row.from_min, row.until_min)}" for row in weekly_times(person.id)
    )
    told = (
        (_("Lives at"), person.address or "–"),
        (_("Goes as far as"), metres(volunteer.reach_m)),
        (_("Visits a day, at most"), str(volunteer.max_visits_per_day)),
        (_("Time a week, at most"), minutes(volunteer.max_minutes_per_week)),
        (_("Languages"), languages or "–"),
        (_("Free"), free or _("no times yet")),
        (_("Teams"), " · ".join(team.name for team in teams_of(person.id)) or "–"),
    )  # fmt: skip
    return [{"term": term, "value": value} for term, value in told]


def _tabs(state: str) -> list[dict[str, Any]]:
    return [
        {"href": url_for("volunteers.volunteers", state=value or None), "words": words, "current": value == state}
        for value, words in TABS
    ]


def _fields(error: DomainError) -> Mapping[str, str]:
    return error.fields if isinstance(error, Invalid) else {"form": error.sentence()}


def _back(volunteer_id: str) -> ResponseReturnValue:
    return redirect(url_for("volunteers.volunteer", volunteer_id=volunteer_id), 303)
