"""What a well-meaning person can run into, and how the edge answers it.

    DomainError                 409  a rule of the trade says no; one sentence: what, why, what next
      NotFound                  404  not there, or not yours to see: the same answer on purpose
      NotAllowed                403  no role of yours holds this
      NotSignedIn               401  sign in first
      Invalid                   422  words in a form or file that cannot be read, field by field
      TooMany                   429  tried too often
      Unavailable               503  the product cannot do it now; nothing was lost
      Taken                     409  somebody was faster

Subclasses live beside the feature that raises them. Errors hold data and one translatable text; only this file knows
HTTP.
"""

from collections.abc import Mapping
from typing import ClassVar

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException


class DomainError(Exception):
    """A rule of the trade says no. `text` is a msgid; the keyword data fills its named places."""

    status: ClassVar[int] = 409
    text: str = lazy_gettext("This can't be done now.")

    def __init__(self, text: str | None = None, **data: object) -> None:
        super().__init__(str(text) if text else type(self).__name__)
        if text is not None:
            self.text = text
        self.data = data

    def sentence(self) -> str:
        """The text in the reader's language."""
        return str(self.text) % self.data if self.data else str(self.text)

    def __str__(self) -> str:
        return self.sentence()


class NotFound(DomainError):
    status = 404
    text = lazy_gettext("There is nothing here, or it is not yours to see.")


class NotAllowed(DomainError):
    status = 403
    text = lazy_gettext("This page is not for your role.")


class NotSignedIn(DomainError):
    status = 401
    text = lazy_gettext("Please sign in first.")


class Invalid(DomainError):
    """Words that cannot be read: `fields` maps a field's name to a sentence."""

    status = 422
    text = lazy_gettext("There is a problem. Please look at the marked places.")

    def __init__(self, fields: Mapping[str, str] | None = None, text: str | None = None, **data: object) -> None:
        super().__init__(text, **data)
        self.fields = dict(fields or {})


class TooMany(DomainError):
    status = 429
    text = lazy_gettext("Tried too often. Please wait a while, or call the community.")


class Unavailable(DomainError):
    status = 503
    text = lazy_gettext("This does not work just now. Nothing was lost. Please try again later, or call us.")


class Taken(DomainError):
    text = lazy_gettext("A neighbour has already taken this. Thank you.")


def init_app(app: Flask) -> None:
    """Answer each kind of error with its page, or with a problem document where JSON was asked for."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(500, _crash)


def _wants_json() -> bool:
    return request.path.startswith("/api/") or request.path == "/healthz"


def _answer(status: int, sentence: str, error: DomainError | None = None) -> ResponseReturnValue:
    if _wants_json():
        return jsonify(status=status, title=sentence, fields=getattr(error, "fields", {})), status
    return render_template("errors/error.html", status=status, sentence=sentence, error=error), status


def _domain_error(error: DomainError) -> ResponseReturnValue:
    return _answer(error.status, error.sentence(), error)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    known = {
        400: gettext("This page could not be read. Please go back and try again."),
        404: str(NotFound.text),
        403: str(NotAllowed.text),
        405: gettext("This address only takes what its own page sends. Please go back and use the button."),
        413: gettext("This file is too large."),
    }
    return _answer(error.code, known.get(error.code, error.description or str(DomainError.text)))


def _database_error(error: OperationalError) -> ResponseReturnValue:
    current_app.logger.error("database not available", exc_info=error)
    return _answer(503, str(Unavailable.text))


def _crash(error: Exception) -> ResponseReturnValue:
    sentence = gettext("Sorry, something went wrong. What you entered has been kept. Try again later or call us.")
    return _answer(500, sentence)
