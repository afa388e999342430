"""A volunteer's service record: her own page, the desk's view of it, one service with its six facts, the sheet."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, render_template, request, url_for

from app.access.actor import Actor
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.access.scope import get_visible
from app.org.queries import unit
from app.people.models import Volunteer
from app.people.queries import person as person_of
from app.people.queries import teams_of, today_of
from app.records import exporting, forms, proving
from app.records.entry_queries import entries_of
from app.records.models import EntryKind
from app.records.queries import number_of, service_of, services_of, with_details
from app.records.sheet_queries import sheet_of
from app.records.sum_queries import sums_of
from app.records.words import ENTRY_WORDS, KIND_WORDS, PROOF_WORDS, plain_day, state_of
from app.web.paging import paged, search_word

bp = Blueprint("records", __name__)


@bp.get("/v/record")
@requires(Permission.RECORD_OWN)
def mine() -> str:
    """My service: sums, stars, every visit, trainings and honours."""
    actor = current_actor()
    return record_page(_me(actor), own=True)


@bp.get("/v/record/services/<visit_id>")
@requires(Permission.RECORD_OWN)
def my_service(visit_id: str) -> str:
    """One of my services: the six facts and how each was proved."""
    return _service(_me(current_actor()), visit_id, own=True)


@bp.get("/v/record.<any(csv, xlsx, json):kind>")
@requires(Permission.RECORD_OWN)
def my_file(kind: str) -> Response:
    """My whole record in the five groups of the national rule."""
    return _file([_me(current_actor())], kind)


@bp.get("/v/record/sheet")
@requires(Permission.RECORD_OWN)
def my_sheet() -> str:
    """A sheet of my service for my employer, to print."""
    return _sheet(_me(current_actor()), own=True)


@bp.get("/c/volunteers/<volunteer_id>/record")
@requires(Permission.RECORD_SEE)
def record(volunteer_id: str) -> str:
    """The record of a volunteer of my units."""
    return record_page(_seen(volunteer_id), own=False)


@bp.get("/c/volunteers/<volunteer_id>/record/services/<visit_id>")
@requires(Permission.RECORD_SEE)
def service(volunteer_id: str, visit_id: str) -> str:
    """One service on it."""
    return _service(_seen(volunteer_id), visit_id, own=False)


@bp.get("/c/volunteers/<volunteer_id>/record/sheet")
@requires(Permission.RECORD_SEE)
def sheet(volunteer_id: str) -> str:
    """The sheet for her employer."""
    return _sheet(_seen(volunteer_id), own=False)


# ---------------------------------------------------------------------------------------------------------------------


def _me(actor: Actor) -> Volunteer:
    return get_visible(Volunteer, actor.must_be_someone(), actor)


def _seen(volunteer_id: str) -> Volunteer:
    return get_visible(Volunteer, volunteer_id, current_actor())


def record_page(
    volunteer: Volunteer, *, own: bool, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The page of a record: the same for its owner and for the desk, but for what may be done there."""
    page = paged(services_of(volunteer.person_id, search_word()))
    return render_template(
        "records/record.html", own=own, volunteer=volunteer, person=person_of(volunteer.person_id), page=page,
        services=with_details(page.items), sums=sums_of(volunteer), entries=entries_of(volunteer.person_id),
        number=number_of(volunteer.person_id), content_of=proving.content_of, state_of=state_of,
        ENTRY_WORDS=ENTRY_WORDS, KIND_WORDS=KIND_WORDS, PROOF_WORDS=PROOF_WORDS,
        kinds=[(kind, KIND_WORDS[kind]) for kind in EntryKind],
        here=url_for("records.mine") if own else url_for("records.record", volunteer_id=volunteer.person_id),
        typed=typed or {}, errors=errors or {},
    )  # fmt: skip


def _service(volunteer: Volunteer, visit_id: str, *, own: bool) -> str:
    found, person = service_of(volunteer.person_id, visit_id), person_of(volunteer.person_id)
    back = url_for("records.mine") if own else url_for("records.record", volunteer_id=person.id)
    return render_template(
        "records/service.html", own=own, person=person, service=found, facts=proving.facts_of(found, person.name),
        content=proving.content_of(found), confirmation=proving.confirmation_of(found), state=state_of(found),
        here=back, PROOF_WORDS=PROOF_WORDS,
    )  # fmt: skip


def _sheet(volunteer: Volunteer, *, own: bool) -> str:
    """The sheet of the days asked for; of this year where nothing (or nonsense) is asked."""
    today = today_of(volunteer.community_code)
    asked, errors = forms.days(request.args, today=today)
    first, last = asked or (date(today.year, 1, 1), today)
    person = person_of(volunteer.person_id)
    return render_template(
        "records/sheet.html", own=own, person=person, sheet=sheet_of(person.id, since=first, until=last), today=today,
        number=number_of(person.id), teams=teams_of(person.id), community=unit(volunteer.community_code), errors=errors,
        content_of=proving.content_of, typed=request.args, PROOF_WORDS=PROOF_WORDS, plain_day=plain_day,
        here=url_for("records.my_sheet") if own else url_for("records.sheet", volunteer_id=person.id),
        back=url_for("records.mine") if own else url_for("records.record", volunteer_id=person.id),
    )  # fmt: skip


def _file(volunteers: list[Volunteer], kind: str) -> Response:
    body, media, ending = exporting.as_file(exporting.record_of(volunteers), kind)
    name = f'attachment; filename="lianxin-record.{ending}"'
    return Response(body, mimetype=media, headers={"Content-Disposition": name})
