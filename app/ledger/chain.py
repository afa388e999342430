"""The hash chain: what an account's id and one transfer's hash are made of, so that anybody can make them again."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

VERSION = "lianxin-ledger/1"
FIELDS = (
    "ledger_id", "seq", "uid", "unit", "kind", "phase", "debit_account_id", "debit_kind", "credit_account_id",
    "credit_kind", "amount", "hold_uid", "reverses_uid", "link_uid", "expires_at", "made_by_id", "agreed_by",
    "created_at", "prev_hash",
)  # fmt: skip
"""What is hashed, in this order: integers as they are, absent values as "", instants as 2026-11-25T03:10:00Z."""


IDENTITY = ("ledger_id", "unit", "kind", "owner_id", "label", "floor_min", "cap_min")


def account_id(account: Mapping[str, Any]) -> str:
    """The id of an account, made of its owner and limits (IDENTITY): every line that names it vouches for both."""
    words = json.dumps([plain(account[field]) for field in IDENTITY], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{VERSION}/account\n{words}".encode()).hexdigest()[:16]


def canonical(row: Mapping[str, Any]) -> str:
    """The row as one canonical JSON array of integers and strings (see FIELDS)."""
    return json.dumps([plain(row[field]) for field in FIELDS], ensure_ascii=False, separators=(",", ":"))


def row_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 over the version and the canonical row, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{VERSION}\n{canonical(row)}".encode()).hexdigest()


def plain(value: Any) -> int | str:
    """A value as it is hashed and told: whole numbers as they are, absent ones as "", instants in UTC with a Z."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        whole = value.astimezone(UTC)
        return whole.isoformat().replace("+00:00", "Z")  # a fraction of a second, which we never write, would show
    return value if isinstance(value, int) else str(value)
