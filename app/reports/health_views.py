"""/healthz: what a watcher of the site asks every minute."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.access.guard import public
from app.reports.health import report

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """200 and how each part is doing; 503 when one is not well."""
    well, answer = report()
    return jsonify(answer), 200 if well else 503
