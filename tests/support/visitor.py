"""Somebody at the pages."""

import contextvars
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import db


class Visitor(FlaskClient):
    """A browser without script. Each request is a world of its own, as behind a real server.

    What the test's own session holds is stored first and read anew afterwards.
    """

    def open(self, *arguments: Any, **words: Any) -> TestResponse:
        db.session.commit()
        try:
            return contextvars.Context().run(super().open, *arguments, **words)
        finally:
            db.session.rollback()
            db.session.expire_all()
