"""Certificates on notice, for everybody signed in where they were issued."""

from flask import Blueprint, render_template

from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.records.notice_queries import announced, on_notice
from app.web.paging import paged, search_word

bp = Blueprint("certificate_notices", __name__)


@bp.get("/notice/certificates")
@requires(Permission.SIGNED_IN)
def certificates() -> str:
    """The certificates of these days: what the unit announces, so that neighbours can object."""
    page = paged(on_notice(current_actor(), search_word()), scalars=False)
    issuers = {issuer.unit_code: issuer for *_rest, issuer in page.items if issuer is not None}
    return render_template(
        "records/notices.html", page=page, lines=announced(page.items), issuers=list(issuers.values())
    )
