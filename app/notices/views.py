"""The inbox, and in a demo the page on which every message can be read."""

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.access.guard import current_actor, public, requires
from app.access.policy import Permission
from app.db import transaction
from app.errors import NotFound
from app.notices import queries, service, words
from app.notices.models import Notice
from app.web.frame import this_site
from app.web.paging import paged, search_word

bp = Blueprint("notices", __name__)
PER_PAGE = 20


@bp.get("/inbox")
@requires(Permission.SIGNED_IN)
def inbox() -> str:
    """My messages, newest first."""
    actor = current_actor()
    page = paged(queries.inbox(actor), per_page=PER_PAGE)
    return render_template("notices/inbox.html", page=page, new=queries.new_count(actor), in_words=_in_words)


@bp.post("/inbox/<notice_id>/open")
@requires(Permission.SIGNED_IN)
def open_notice(notice_id: str) -> ResponseReturnValue:
    """Go where the message leads; it is read from now on."""
    with transaction():
        link = service.mark_read(current_actor(), notice_id).link
    return redirect(link or url_for("notices.inbox"), 303)


@bp.post("/inbox/read")
@requires(Permission.SIGNED_IN)
def mark_read() -> ResponseReturnValue:
    """Everything is read."""
    with transaction():
        service.mark_all_read(current_actor())
    return redirect(url_for("notices.inbox"), 303)


@bp.get("/demo/messages")
@public
def demo_messages() -> str:
    """In a demo: every message and code, as its people's phones would show them. Elsewhere there is no such page."""
    if not current_app.config["SETTINGS"].demo:
        raise NotFound
    page = paged(queries.all_messages(search_word()), per_page=PER_PAGE, scalars=False)
    return render_template("notices/demo.html", page=page, in_words=_in_words)


def _in_words(notice: Notice) -> str:
    return words.in_words(notice, zone=this_site().zone)
