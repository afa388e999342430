"""Signing certificates for those who check them without this site (records/signed.py), with the key of the daily heads.

A certificate is signed when it is taken away, not when it is issued: so the signature says that it held at that moment,
an older certificate has one too, and a site whose key is lost still issues. What was altered here is not signed.
"""

from typing import Any

from flask_babel import lazy_gettext as _l

from app import clock
from app.errors import DomainError, NotFound
from app.ledger.chain import plain
from app.ledger.keys import can_sign, newest_key, sign
from app.records.certificate_queries import Printed, Standing
from app.records.signed import FORMAT, canonical


class NotSigned(DomainError):
    text = _l("Only a certificate that holds is signed. This one was revoked or altered.")


class NoKeyHere(DomainError):
    text = _l(
        "This site can't sign at the moment. The printed certificate is good without it. Please tell the community."
    )


def signed_file(found: Printed, *, check_at: str) -> dict[str, Any]:
    """The certificate as a signed document; `check_at` is the address where a stranger learns whether it holds."""
    paper, made = found.paper, found.certificate
    if paper is None:
        raise NotFound
    if found.standing is not Standing.GENUINE:
        raise NotSigned
    key = newest_key()
    if key is None or not can_sign():
        raise NoKeyHere
    said: dict[str, Any] = {
        "number": made.printed_number, "name": paper.name, "service_number": paper.service_number,
        "issuer_code": made.issuer_code, "issuer_name": paper.issuer_name, "responsible": paper.responsible,
        "handler": paper.handler, "phone": paper.phone, "from_day": made.from_day.isoformat(),
        "until_day": made.until_day.isoformat(), "minutes": made.minutes, "honour_min": made.honour_min,
        "issued_at": plain(made.issued_at), "check_at": check_at, "fingerprint": made.fingerprint,
        "held_at": plain(clock.now().replace(microsecond=0)), "key_id": key.id,
        "lines": [
            {
                "day": line.day.isoformat(), "content_zh": line.content_zh, "content_en": line.content_en,
                "place": line.place, "minutes": line.minutes, "proof": line.proof,
                "transfer_uid": line.transfer_uid or "",
            }
            for line in found.lines
        ],
    }  # fmt: skip
    signature = sign(FORMAT, canonical(said)).signature
    return {"format": FORMAT, "certificate": said, "signature": signature, "public": key.public}
