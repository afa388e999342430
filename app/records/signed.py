"""A certificate as a signed file: whoever holds it can check it without this site and without its database.

Standard library and the signature library only. Signed is `FORMAT + "\\n" + canonical JSON array` of FIELDS in this
order, the lines as arrays of LINE_FIELDS; `check` says what a file proves, and nothing else may be believed of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.ledger.head import Malformed, fields_of, hexadecimal, key_id_of, signature_holds

FORMAT = "lianxin-signed-certificate/1"
FIELDS = (
    "number", "name", "service_number", "issuer_code", "issuer_name", "responsible", "handler", "phone", "from_day",
    "until_day", "minutes", "honour_min", "issued_at", "check_at", "fingerprint", "held_at", "key_id",
)  # fmt: skip
LINE_FIELDS = ("day", "content_zh", "content_en", "place", "minutes", "proof", "transfer_uid")
NUMBERS = frozenset({"minutes", "honour_min"})
HONOUR = "honour"  # the proof of a line that is hours granted, no service
MOST_LINES = 100_000

REASONS = {
    "malformed": "It is not a signed certificate as this site writes them",
    "sums": "The lines do not add up to the time that the certificate names",
    "unknown_key": "The key that signed it is not one of the keys it was compared with",
    "signature": "The signature does not fit: the certificate was changed, or somebody else signed it",
}


@dataclass(frozen=True)
class Verdict:
    """What came out. `why` names what is wrong (REASONS); `certificate` is what was read, as far as it was."""

    why: str = ""
    detail: str = ""
    certificate: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.why


def canonical(certificate: Mapping[str, Any]) -> str:
    """The certificate as one canonical JSON array."""
    lines = [[line[name] for name in LINE_FIELDS] for line in certificate["lines"]]
    said = [*(certificate[name] for name in FIELDS), lines]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def check(document: Any, keys: Mapping[str, str]) -> Verdict:
    """What the file proves, trusting only these public keys (by fingerprint)."""
    try:
        certificate, signature = _read(document)
    except Malformed as error:
        return Verdict("malformed", str(error))
    public = keys.get(certificate["key_id"])
    if public is None:
        return Verdict("unknown_key", certificate["key_id"], certificate)
    if not signature_holds(public, FORMAT, canonical(certificate), signature):
        return Verdict("signature", certificate=certificate)
    return Verdict("" if _adds_up(certificate) else "sums", certificate=certificate)


def _adds_up(certificate: Mapping[str, Any]) -> bool:
    lines = certificate["lines"]
    served = sum(line["minutes"] for line in lines if line["proof"] != HONOUR)
    honoured = sum(line["minutes"] for line in lines if line["proof"] == HONOUR)
    return (served, honoured) == (certificate["minutes"], certificate["honour_min"])


def _read(document: Any) -> tuple[dict[str, Any], str]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Malformed(f"this is not a certificate of the format {FORMAT}")
    if set(document) != {"format", "certificate", "signature", "public"}:
        raise Malformed("the file does not have exactly the parts it should have")
    given = document["certificate"]
    lines = given.get("lines") if isinstance(given, dict) else None
    if not isinstance(lines, list) or not 0 < len(lines) <= MOST_LINES:
        raise Malformed("the certificate has no list of services")
    said = {name: value for name, value in given.items() if name != "lines"}
    certificate = fields_of(said, FIELDS, NUMBERS, "certificate")
    hexadecimal(certificate["fingerprint"], 64, "fingerprint")
    if key_id_of(hexadecimal(document["public"], 64, "public")) != certificate["key_id"]:
        raise Malformed("the certificate names another key than the one beside it")
    certificate["lines"] = [fields_of(line, LINE_FIELDS, NUMBERS & set(LINE_FIELDS), "line") for line in lines]
    return certificate, hexadecimal(document["signature"], 128, "signature")
