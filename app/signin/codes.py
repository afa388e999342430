"""Codes sent to a phone: 6 digits, good for 15 minutes, 5 tries and one use."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from flask import current_app
from sqlalchemy import select, update

from app import clock
from app.db import rows_touched, session
from app.errors import TooMany
from app.notices.service import notify
from app.people.models import Person
from app.signin import tries
from app.signin.models import OneTimeCode

DIGITS = 6
LASTS = timedelta(minutes=15)
TRIES = 5
SENT_PER_HOUR = 5  # a phone is not to be rung all day by somebody else


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    JOIN = "join"
    FAMILY = "family"


def send_code(phone: str, purpose: Purpose) -> None:
    """Send a code to the phone. For signing in nothing is sent where nobody has that phone, and nobody is told so."""
    # No end in a row: whoever keeps asking for a neighbour's codes must not lock the neighbour out for good.
    if not tries.may_try(f"send:{phone}", limit=SENT_PER_HOUR, in_a_row=None):
        raise TooMany
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    now = clock.now()
    session.add(
        OneTimeCode(phone=phone, purpose=purpose, code_hash=_hash(phone, code), created_at=now, expires_at=now + LASTS)
    )
    if purpose != Purpose.SIGN_IN or people_with(phone):
        notify(None, "sign_in_code", phone=phone, code=code)


def check_code(phone: str, typed: str, purpose: Purpose) -> bool:
    """Whether this is a code of that phone that still holds; then it is used up. Older codes hold in their time too.

    Every try counts for every code that it might have opened.
    """
    if not tries.may_try(f"code:{phone}"):
        raise TooMany
    wanted = _hash(phone, "".join(c for c in typed if c.isdecimal()))
    for identity in _tried(phone, purpose):
        kept = session.scalar(select(OneTimeCode.code_hash).where(OneTimeCode.id == identity)) or ""
        if hmac.compare_digest(kept, wanted) and _use(identity):
            tries.succeeded(f"code:{phone}")
            return True
    return False


def people_with(phone: str) -> Sequence[Person]:
    """Who may sign in by this phone: often one, sometimes an old couple."""
    return session.scalars(
        select(Person)
        .where(Person.phone == phone, Person.phone != "", Person.disabled_at.is_(None))
        .order_by(Person.created_at, Person.id)
    ).all()


def _tried(phone: str, purpose: Purpose) -> Sequence[int]:
    """Count one try on each code that is still good, and name them."""
    return session.scalars(
        update(OneTimeCode)
        .where(
            OneTimeCode.phone == phone,
            OneTimeCode.purpose == purpose,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > clock.now(),
            OneTimeCode.tries < TRIES,
        )
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode.id),
        execution_options={"synchronize_session": False},
    ).all()


def _use(identity: int) -> bool:
    """Use the code up; of two at once only one may."""
    used = session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id == identity, OneTimeCode.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return rows_touched(used) > 0


def _hash(phone: str, code: str) -> str:
    """Keyed by the secret of the site: a bare hash of six digits is guessed in a second by who reads the table."""
    secret = str(current_app.secret_key).encode()
    return hmac.new(secret, f"code:{phone}:{code}".encode(), hashlib.sha256).hexdigest()
