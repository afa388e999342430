"""A receipt: one line of a book with everything that proves, without the book, that it stands in a published head.

Standard library and the signature library only. `check` says what a receipt proves; nothing else may be believed of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.ledger import chain, merkle
from app.ledger.head import (
    Malformed,
    digest,
    fields_of,
    hexadecimal,
    read_head,
    signed_by,
)

FORMAT = "lianxin-receipt/1"
NUMBERS = frozenset({"seq", "amount"})
MOST_STEPS = 64


@dataclass(frozen=True)
class Verdict:
    """What came out. `why` names what is wrong (REASONS); `row` and `head` are what was read, as far as it was."""

    why: str = ""
    detail: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)
    head: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.why


REASONS = {
    "malformed": "It is not a receipt as this site writes them",
    "other_book": "The line is of another book than the head",
    "outside": "The head is older than the line",
    "not_in_tree": "The line does not stand in the tree of the head: the line, its salt or the path was changed",
    "not_last": "The line is the last one of the head, and its hash is not the one that the head names",
    "unknown_key": "The key that signed the head is not one of the keys it was compared with",
    "signature": "The signature does not fit the head: the head was changed, or somebody else signed it",
    "not_newer": "The second head is not newer than the first",
    "no_path": "The newer file holds no proof that begins at the older head: download it with that proof",
    "not_grown": "The newer head does not continue the older one: something before it was changed",
}


def check(document: Any, keys: Mapping[str, str]) -> Verdict:
    """What the receipt proves, trusting only these public keys (by fingerprint)."""
    try:
        row, salt, path, head, signature = _read(document)
    except Malformed as error:
        return Verdict("malformed", str(error))
    why = _tree(row, salt, path, head) or _key(head, signature, keys)
    return Verdict(why, row=row, head=head)


def check_head(document: Any, keys: Mapping[str, str]) -> Verdict:
    """Whether a head is signed by one of these keys."""
    try:
        head, signature = read_head(document, extra=frozenset({"since"}))
    except Malformed as error:
        return Verdict("malformed", str(error))
    return Verdict(_key(head, signature, keys), head=head)


def check_growth(older: Any, newer: Any, *, keys: Mapping[str, str]) -> Verdict:
    """Whether the book of the newer head begins with the whole book of the older one, and both are signed."""
    first, second = check_head(older, keys), check_head(newer, keys)
    if not (first.holds and second.holds):
        return first if not first.holds else second
    old, new = first.head, second.head
    if old["ledger_id"] != new["ledger_id"]:
        return Verdict("other_book", head=new)
    if old["nr"] > new["nr"] or old["seq"] > new["seq"]:
        return Verdict("not_newer", head=new)
    try:
        path = _path_from(newer, old)
    except Malformed as error:
        return Verdict("malformed", str(error), head=new)
    return Verdict(_growth(old, new, path), head=new)


def _growth(old: Mapping[str, Any], new: Mapping[str, Any], path: list[bytes] | None) -> str:
    if old["nr"] == new["nr"]:
        return "" if old == new else "not_grown"
    if path is None:
        return "no_path"
    if new["nr"] == old["nr"] + 1 and new["prev_digest"] != digest(old):
        return "not_grown"
    roots = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
    return "" if merkle.grows_from(roots[0], old["seq"], roots[1], new["seq"], path) else "not_grown"


def _path_from(newer: Any, old: Mapping[str, Any]) -> list[bytes] | None:
    """The proof in the newer file that begins at the older head; a book that did not grow needs none."""
    since = newer.get("since")
    if since is None:
        return None
    if not isinstance(since, dict) or set(since) != {"nr", "seq", "path"}:
        raise Malformed("since does not have exactly the parts it should have")
    return _steps(since["path"]) if (since["nr"], since["seq"]) == (old["nr"], old["seq"]) else None


def _read(document: Any) -> tuple[dict[str, Any], str, list[bytes], dict[str, Any], str]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Malformed(f"this is not a receipt of the format {FORMAT}")
    if set(document) != {"format", "row", "salt", "path", "head"}:
        raise Malformed("the receipt does not have exactly the parts it should have")
    row = fields_of(document["row"], chain.FIELDS, NUMBERS, "row")
    salt = hexadecimal(document["salt"], 2 * merkle.SALT_BYTES, "salt")
    hexadecimal(row["prev_hash"], 64, "prev_hash")
    head, signature = read_head(document["head"])
    return row, salt, _steps(document["path"]), head, signature


def _steps(given: Any) -> list[bytes]:
    if not isinstance(given, list) or len(given) > MOST_STEPS:
        raise Malformed("the path is not a short list of hashes")
    return [bytes.fromhex(hexadecimal(step, 64, "a step of the path")) for step in given]


def _tree(row: Mapping[str, Any], salt: str, path: list[bytes], head: Mapping[str, Any]) -> str:
    if row["ledger_id"] != head["ledger_id"]:
        return "other_book"
    if not 1 <= row["seq"] <= head["seq"]:
        return "outside"
    row_hash = chain.row_hash(row)
    if row["seq"] == head["seq"] and row_hash != head["head_hash"]:
        return "not_last"
    leaf = merkle.leaf_hash(salt, row_hash)
    found = merkle.root_of_inclusion(leaf, row["seq"] - 1, head["seq"], path)
    return "" if found is not None and found.hex() == head["root"] else "not_in_tree"


def _key(head: Mapping[str, Any], signature: str, keys: Mapping[str, str]) -> str:
    public = keys.get(head["key_id"])
    if public is None:
        return "unknown_key"
    return "" if signed_by(head, signature, public) else "signature"
