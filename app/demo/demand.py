"""How much is asked for, by whom and what: lumpy, as real services are.

Calibrated on the log of a volunteer service for elders (ElderNet, 4,925 visits in 33 months): the variance of a day is
seven times its mean, the busiest tenth of the clients make nearly half of the visits, and weekends are quiet.
"""

import math
from random import Random

VARIANCE_TO_MEAN = 7
MEAN_PER_DAY = 13
WEEKDAYS = (1.47, 1.61, 1.19, 1.47, 0.84, 0.28, 0.14)  # Monday first; the mean is 1
EVENNESS = 0.45  # shape of the gamma that spreads orders over elders: the top tenth makes about 46 %

ITEMS = {
    "companion-chat": 14, "shopping": 14, "meal-delivery": 12, "prescription-pickup": 9, "hospital-escort": 8,
    "light-housework": 7, "phone-greeting": 8, "walk-together": 6, "parcel-pickup": 4, "blood-pressure": 4,
    "home-haircut": 3, "minor-repair": 3, "phone-lesson": 2, "errand-office": 2, "home-safety-check": 1,
    "pet-care": 1, "fraud-prevention": 1, "life-story": 1, "heavy-lifting": 1, "care-visit": 4,
}  # fmt: skip


def orders_of_day(dice: Random, weekday: int, *, least: int = 0) -> int:
    """How many orders a day brings: a Poisson whose mean is itself drawn (negative binomial)."""
    mean = MEAN_PER_DAY * WEEKDAYS[weekday]
    spread = VARIANCE_TO_MEAN - 1
    return max(least, _poisson(dice, dice.gammavariate(mean / spread, spread)))


def _poisson(dice: Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def appetites(dice: Random, elders: int) -> list[float]:
    """How often each of so many elders orders, against the others."""
    return [dice.gammavariate(EVENNESS, 1) for _ in range(elders)]


def item(dice: Random) -> str:
    """The code of the help that is asked for."""
    return dice.choices(list(ITEMS), weights=list(ITEMS.values()))[0]
