"""The trail on a page: who did what, when, and about whom. And one line in it for whoever opens an elder's file."""

from flask import Blueprint, Response, current_app, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import clock
from app.access.guard import current_actor, requires, visitor
from app.access.policy import Permission
from app.audit import queries
from app.audit.openings import is_noted, note_opening
from app.audit.words import GROUPS, words_for
from app.db import session, transaction
from app.people.models import Person
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("audit", __name__)
LONGEST_SUBJECT = 160
FILES = ("/c/", "/g/")  # under these, whatever names an elder (`elder_id`) is a page of her file, read by staff


@bp.get("/c/audit")
@requires(Permission.AUDIT_SEE)
def log() -> str:
    """What was done in the reader's units, newest first; about one elder or person where the address says so."""
    group = request.args.get("group", "")
    group = group if group in GROUPS else ""
    about = request.args.get("about", "")[:LONGEST_SUBJECT]
    firsts = GROUPS[group][1] if group else ()
    page = paged(queries.acts(current_actor(), group=firsts, about=about, words=search_word()))
    return render_template(
        "audit/log.html", page=page, group=group, groups=GROUPS, about=about, names=queries.names(page.items),
        orders=queries.orders(page.items), words_for=words_for, zone=this_site().zone,
        whose=queries.name_of(current_actor(), about),
    )  # fmt: skip


@bp.after_app_request
def note_the_file(response: Response) -> Response:
    """One line for each person, elder and day. A busy database must not cost a page: the site's log has it then."""
    elder_id = (request.view_args or {}).get("elder_id")
    actor = visitor()
    seen = request.method == "GET" and response.status_code == 200 and request.path.startswith(FILES)
    if not (seen and elder_id and actor) or actor.person_id == elder_id:
        return response
    zone = this_site().zone
    if is_noted(actor.person_id, elder_id, since=clock.instant(clock.today(zone), 0, zone)):
        return response
    unit_code = session.scalar(select(Person.unit_code).where(Person.id == elder_id))
    try:
        with transaction():
            note_opening(actor, elder_id, unit_code=unit_code)
    except OperationalError:
        current_app.logger.warning("could not note that %s opened the file of %s", actor.person_id, elder_id)
    return response
