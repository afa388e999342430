"""What somebody asks for, as a form, a phone call or the weekly repetition says it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class OrderEntry:
    """One order as it is asked for: an item of the menu, or (`item_code` None) a small wish in own words.

    The start may lie anywhere in [earliest_start_min, latest_start_min]. `caller` says who rang where staff orders for
    her: "elder" or "family". `idempotency_key` is the page that sent it: sent twice, it is one order.
    """

    elder_id: str
    item_code: str | None
    day: date
    earliest_start_min: int
    latest_start_min: int
    wish_text: str = ""
    duration_min: int | None = None
    same_sex: bool = False
    regular_id: str | None = None
    note: str = ""
    weekly: bool = False
    caller: str = ""
    idempotency_key: str | None = None
