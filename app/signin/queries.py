"""Reads for the pages of signing in and of rights."""

from app.db import session
from app.errors import NotFound
from app.people.models import Person
from app.signin.models import SignInLink


def person_of_link(link: SignInLink) -> Person:
    """Whom a link signs in."""
    person = session.get(Person, link.person_id)
    if person is None:
        raise NotFound
    return person
