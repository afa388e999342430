"""Signing somebody in without the pages: a session row as any way of signing in makes it."""

from typing import Any, TypeVar

from flask.testing import FlaskClient

from app.signin.service import open_session

Client = TypeVar("Client", bound=FlaskClient)


def signed_in(client: Client, person: Any) -> Client:
    """The client, its cookie naming a new session of `person` (a Person or its id)."""
    token, _actor = open_session(person if isinstance(person, str) else person.id)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client
