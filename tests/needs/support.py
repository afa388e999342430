"""What the tests of orders share: an order as it is asked for, on the stopped clock's tomorrow."""

from datetime import date
from typing import Any

from app.needs.entries import OrderEntry

TOMORROW = date(2026, 6, 17)  # a Wednesday


def entry(elder_id: str, **given: Any) -> OrderEntry:
    """A chat tomorrow morning; `given` are fields of OrderEntry."""
    usual = {
        "item_code": "companion-chat",
        "day": TOMORROW,
        "earliest_start_min": 8 * 60,
        "latest_start_min": 10 * 60 + 30,
    }
    return OrderEntry(elder_id=elder_id, **{**usual, **given})
