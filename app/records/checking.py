"""What somebody who holds a paper may learn: genuine or revoked, and whether number and hours are those we issued."""

import hashlib
import hmac
from datetime import timedelta

from app.records.certificate_queries import Standing, by_code
from app.records.models import Certificate
from app.signin import tries

WRONG_CODES_AN_HOUR = 20  # from one address: an office may mistype now and then, a guesser needs 2^99 of them
COMPARISONS_AN_HOUR = 10
ALL_COMPARISONS = 100  # of one paper in a row: then the issuer's telephone
HOUR = timedelta(hours=1)


def guesser(address: str, secret: str) -> str:
    """Where wrong codes from this network address are counted; the address itself is not kept."""
    return "cert-code:" + hmac.new(secret.encode(), address.encode(), hashlib.sha256).hexdigest()[:32]


def may_ask(subject: str) -> bool:
    """Whether this address has guessed little enough to be answered."""
    return tries.tries_left(subject, limit=WRONG_CODES_AN_HOUR, window=HOUR, in_a_row=None) > 0


def count_wrong(subject: str) -> None:
    """One more code from there that is none of ours."""
    tries.may_try(subject, limit=WRONG_CODES_AN_HOUR, window=HOUR, in_a_row=None)


def compare(code: str, *, number: str, minutes: int) -> bool | None:
    """Whether the paper's number and service time are those that were issued; None: not asked again for now.

    The try is counted before it is judged.
    """
    found = by_code(code)
    if found is None or found.standing is Standing.UNKNOWN:
        return False
    subject = f"cert:{found.certificate.id}"
    if not tries.may_try(subject, limit=COMPARISONS_AN_HOUR, window=HOUR, in_a_row=ALL_COMPARISONS):
        return None
    if not _matches(found.certificate, number, minutes):
        return False
    tries.succeeded(subject)
    return True


def _matches(certificate: Certificate, number: str, minutes: int) -> bool:
    plain = "".join(number.split()).replace("－", "-").replace("—", "-")
    return hmac.compare_digest(plain.encode(), certificate.printed_number.encode()) and minutes == certificate.minutes
