"""What an order costs in minutes: its length, or the price of its item where the rules credit by item.

The rules of the day on which the order was placed decide for all its life, so that what was held is what is credited.
"""

from app import clock
from app.db import session
from app.menu.models import MenuItem
from app.needs.models import Need
from app.org.queries import zone_of
from app.rulepacks.queries import setting


def price_of(need: Need) -> int | None:
    """The price of the order's item; None where credit goes by the minute. An item that the list does not name costs
    its usual length."""
    item = session.get(MenuItem, need.item_code) if need.item_code else None
    placed = clock.day_of(need.placed_at, zone_of(need.unit_code))
    if item is None or setting(need.unit_code, "pricing_mode", on=placed) != "by_item":
        return None
    prices: dict[str, int] = setting(need.unit_code, "item_price_min", on=placed)
    return int(prices.get(item.code, item.usual_min))


def minutes_to_hold(need: Need) -> int:
    """The minutes that one place of the order keeps."""
    price = price_of(need)
    return need.duration_min if price is None else price
