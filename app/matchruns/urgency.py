"""How much an order weighs in the match, as the rules of its community say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.menu.models import MenuItem
from app.rulepacks.packs import definitions
from app.rulepacks.queries import setting

BASE_OF_A_WISH = 3


@dataclass(frozen=True)
class Urgency:
    """What an order's weight is made of: the base of its item (where the rules name one, else the menu's), so much for
    each day waited up to so many days, and so much for an elder of the listed groups."""

    by_item: Mapping[str, int]
    per_day_waited: int
    most_days_waited: int
    for_listed: int

    def base(self, item: MenuItem | None) -> int:
        """What an order of this item starts from."""
        return BASE_OF_A_WISH if item is None else self.by_item.get(item.code, item.priority_base)

    def weight(self, item: MenuItem | None, *, days_waited: int, listed: bool) -> int:
        """The weight of serving one order."""
        waited = min(self.most_days_waited, max(0, days_waited))
        return self.base(item) + self.per_day_waited * waited + (self.for_listed if listed else 0)


def urgency_of(unit_code: str, on: date) -> Urgency:
    """The weights that hold for a unit on a day."""
    return Urgency(
        by_item=setting(unit_code, "priority_by_item", on=on),
        per_day_waited=int(setting(unit_code, "priority_per_day_waited", on=on)),
        most_days_waited=int(setting(unit_code, "priority_most_days_waited", on=on)),
        for_listed=int(setting(unit_code, "priority_listed", on=on)),
    )


def usual_urgency() -> Urgency:
    """The weights of the shipped default, where no community has been made yet."""
    said = {key: each["value"] for key, each in definitions().items()}
    return Urgency(
        by_item=said["priority_by_item"], per_day_waited=said["priority_per_day_waited"],
        most_days_waited=said["priority_most_days_waited"], for_listed=said["priority_listed"],
    )  # fmt: skip
