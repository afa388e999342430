"""Flask-Login at the edge, standing on sessions of our own.

Flask-Login keeps in its signed cookie what `get_id` says: a random token. Who that is, and whether it still holds, the
server answers afresh for each request (`look_up`), so a cookie that was copied dies with the session it names.
"""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from app.access.actor import Actor

COOKIE_DAYS = 180  # as long as a link of a grid worker; the row on the server may end much earlier


class SignedIn(UserMixin):
    """What Flask-Login calls a user: the actor behind one session."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token = token
        self.actor = actor

    def get_id(self) -> str:
        return self.token


def init_app(app: Flask, look_up: Callable[[str], Actor | None]) -> None:
    """Have Flask-Login ask `look_up` who a token is."""
    manager = LoginManager()
    manager.session_protection = None  # the row on the server is the protection; phones change networks all day
    app.permanent_session_lifetime = timedelta(days=COOKIE_DAYS)
    manager.init_app(app)

    @manager.user_loader
    def load(token: str) -> SignedIn | None:
        actor = look_up(token)
        return None if actor is None else SignedIn(token, actor)


def sign_in(token: str, actor: Actor) -> None:
    """Give this browser the session. Whatever it held before is dropped, so that nothing can be planted in it."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(token, actor))
    generate_csrf()  # now, so that two pages opened at once do not each bring a token of their own


def sign_out() -> None:
    """Take the session from this browser; ending the row is the caller's."""
    logout_user()
    session.clear()


def actor_of_cookie() -> Actor | None:
    """Who the browser of this request is signed in as."""
    return current_user.actor if current_user.is_authenticated else None


def token_of_cookie() -> str | None:
    """The token of the session of this request."""
    return current_user.get_id() if current_user.is_authenticated else None
