"""A published head: what the whole book was at one moment, in one signed line.

Standard library and the signature library only. Signed is `domain + "\\n" + canonical JSON array` of FIELDS, in this
order, integers as they are and everything else as text; the digest of a head is SHA-256 of the same bytes.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "lianxin-head/1"
UNITS = ("minute", "point")
TOTALS = ("minted", "held", "donated", "redeemed", "expired")
TOTAL_FIELDS = tuple(f"{unit}_{total}" for unit in UNITS for total in TOTALS)
FIELDS = (
    "ledger_id", "nr", "day", "made_at", "seq", "head_hash", "root", *TOTAL_FIELDS, "prev_digest", "key_id",
)  # fmt: skip
"""Numbers: nr, seq and the totals. Hashes and digests: 64 hexadecimal digits. `day` is the area's civil day."""

NUMBERS = frozenset({"nr", "seq", *TOTAL_FIELDS})
DIGESTS = frozenset({"head_hash", "root", "prev_digest"})
FIRST = "0" * 64  # what the first head of a book has in the place of a digest before it
KEY_FORMAT = "lianxin-key/1"
LARGEST = 2**63 - 1


class Malformed(ValueError):
    """A document that is not what it says it is; the text says which part."""


def canonical(head: Mapping[str, Any]) -> str:
    """The head as one canonical JSON array."""
    return json.dumps([head[field] for field in FIELDS], ensure_ascii=False, separators=(",", ":"))


def digest(head: Mapping[str, Any]) -> str:
    """The hash of a head, by which the next one names it."""
    return sha256(f"{FORMAT}\n{canonical(head)}".encode()).hexdigest()


def key_id_of(public: str) -> str:
    """The fingerprint of a public key (64 hexadecimal digits): the first 32 digits of its SHA-256."""
    return sha256(bytes.fromhex(public)).hexdigest()[:32]


def signature_holds(public: str, domain: str, text: str, signature: str) -> bool:
    """Whether the Ed25519 signature (128 hexadecimal digits) over `domain`, a line end and `text` is of this key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), f"{domain}\n{text}".encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def signed_by(head: Mapping[str, Any], signature: str, public: str) -> bool:
    """Whether the head names this key and the signature is of it."""
    return head["key_id"] == key_id_of(public) and signature_holds(public, FORMAT, canonical(head), signature)


def read_head(document: Any, *, extra: frozenset[str] = frozenset()) -> tuple[dict[str, Any], str]:
    """(head, signature) of a head document; Malformed when a part is missing, unknown, or of another shape."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Malformed(f"this is not a head of the format {FORMAT}")
    if set(document) - extra != {"format", "head", "signature", "public"}:
        raise Malformed("the head document does not have exactly the parts it should have")
    head = fields_of(document["head"], FIELDS, NUMBERS, "head")
    for field in DIGESTS:
        hexadecimal(head[field], 64, field)
    if key_id_of(hexadecimal(document["public"], 64, "public")) != head["key_id"]:
        raise Malformed("the head names another key than the one beside it")
    return head, hexadecimal(document["signature"], 128, "signature")


def fields_of(given: Any, fields: tuple[str, ...], numbers: frozenset[str], what: str) -> dict[str, Any]:
    """`given` as a dictionary of exactly these fields, whole numbers and texts; Malformed otherwise."""
    if not isinstance(given, dict) or set(given) != set(fields):
        raise Malformed(f"the {what} does not have exactly the parts it should have")
    for field in fields:
        value = given[field]
        if field in numbers:
            if type(value) is not int or not 0 <= value <= LARGEST:
                raise Malformed(f"{field} is not a whole number")
        elif not isinstance(value, str) or any("\ud800" <= sign <= "\udfff" for sign in value):
            raise Malformed(f"{field} is not a text")
    return {field: given[field] for field in fields}


def read_json(text: str) -> Any:
    """What a file says; ValueError when it is no JSON, or says one name twice and so different things to different
    readers."""
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name stands twice in one part of the file")
    return found


def hexadecimal(given: Any, digits: int, what: str) -> str:
    """`given` as text of that many hexadecimal digits, in small letters; Malformed otherwise."""
    if not isinstance(given, str) or len(given) != digits or set(given) - set("0123456789abcdef"):
        raise Malformed(f"{what} does not have {digits} hexadecimal digits")
    return given


def read_keys(document: Any) -> dict[str, str]:
    """Public keys by fingerprint out of a key file, as far as each was handed on by the one before."""
    if not isinstance(document, dict) or document.get("format") != KEY_FORMAT or not document.get("keys"):
        raise Malformed(f"this is not a key file of the format {KEY_FORMAT}")
    keys: dict[str, str] = {}
    before = ""
    for entry in document["keys"]:
        public = hexadecimal(entry.get("public") if isinstance(entry, dict) else None, 64, "public key")
        if before and not handed_on(before, entry):
            break  # whoever trusts the first key has no reason to trust what comes after a break
        keys[key_id_of(public)] = before = public
    return keys


def handed_on(before: str, entry: Mapping[str, Any]) -> bool:
    """Whether the older key signed for the newer one, so that who trusts the old one may trust the new one."""
    public, word = entry["public"], entry.get("handed_on")
    return isinstance(word, str) and signature_holds(before, KEY_FORMAT, f"{key_id_of(before)}\n{public}", word)
