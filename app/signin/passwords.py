"""Passwords of staff and volunteers. Elders and relatives have none: a link or a code is easier and safer for them."""

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import Invalid, NotAllowed
from app.people.models import STAFF, Person, Role
from app.signin.models import Password

STAFF_LENGTH = 15  # safety.md T9
LENGTH = 8
MAY_HAVE_ONE = STAFF | {Role.VOLUNTEER}
EASY = frozenset(
    {"password", "passwordpassword", "passwd", "qwerty", "qwertyuiop", "admin", "woaini", "lianxin", "abc", ""}
)
IN_ORDER = "01234567890123456789 98765432109876543210 abcdefghijklmnopqrstuvwxyz"
FEWEST_DIFFERENT = 5
hasher = PasswordHasher()


def person_with(phone: str, password: str) -> str | None:
    """Whose phone and password these are; None as slowly as a wrong password where nobody has that phone.

    Reads only: hashing takes its time, and nobody should wait for the database meanwhile.
    """
    rows = session.execute(
        select(Person.id, Password.hash)
        .join(Password, Password.person_id == Person.id)
        .where(Person.phone == phone, Person.phone != "", Person.disabled_at.is_(None))
    ).all()
    found = [person_id for person_id, kept in rows if _fits(kept, password)]
    if not rows:
        _fits(_nobodys(), password)
    return found[0] if found else None


def shortest_for(actor: Actor) -> int:
    """How many characters a password of this person has at least."""
    return STAFF_LENGTH if actor.roles & STAFF else LENGTH


def check_new(actor: Actor, password: str) -> None:
    """Invalid with a sentence when the password is too easy to guess."""
    shortest = shortest_for(actor)
    if len(password) < shortest:
        sentence = _("Use at least %(count)s characters. A short sentence is easy to remember.", count=shortest)
        raise Invalid({"password": sentence})
    if _is_easy(password.casefold()):
        raise Invalid({"password": _("This password is easy to guess. Please choose another one.")})


def set_password(actor: Actor, hashed: str) -> None:
    """Store the hash of a new password (`hasher.hash`, made before the transaction)."""
    person_id = actor.must_be_someone()
    if not actor.roles & MAY_HAVE_ONE:
        raise NotAllowed
    row = session.get(Password, person_id)
    if row is None:
        session.add(Password(person_id=person_id, hash=hashed, changed_at=clock.now()))
    else:
        row.hash, row.changed_at = hashed, clock.now()
    record(actor, "password.set", f"person:{person_id}")


def _is_easy(plain: str) -> bool:
    """Whether it is one of the first that anybody would try: a known word with digits, one run of keys, few signs."""
    word = "".join(c for c in plain if c.isalpha())
    known = word in EASY and len(plain) < STAFF_LENGTH + len(word)
    return known or plain in IN_ORDER or len(set(plain)) < FEWEST_DIFFERENT


def _fits(kept: str, password: str) -> bool:
    try:
        return hasher.verify(kept, password)
    except VerificationError:
        return False


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """The hash of a password that nobody knows."""
    return hasher.hash(secrets.token_urlsafe())
