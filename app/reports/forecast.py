"""Can stored time be spent? A plain forecast of the help to come against what will be asked of it. Pure: no database.

Supply. The past is cut into periods of four weeks; each gives one figure, the minutes served by a volunteer who went.
A coming quarter is drawn 2,000 times from these figures (a bootstrap: no shape is assumed), times the volunteers of
the newest periods, times the growth that the reader assumes; low, middle and high are its 10th, 50th and 90th of 100.
With two years of past, only periods of the same season are drawn.

Demand. Of what may be spent, a share is spent each quarter (measured over the newest thirteen weeks, or assumed); the
funds go on paying for elders as they did. What may be spent grows as holders reach the age, and by what older
volunteers earn. docs/decisions/0011 says why it is no cleverer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

PERIOD_DAYS = 28
A_YEAR = 13  # periods
SEASON = 1  # periods before and after the same time of year that count as the same season
DRAWS, SEED = 2_000, 20_261_125
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
LEAST_PERIODS = 3  # with service; below this nothing honest can be said
NEWEST = 3  # periods whose volunteers count as the volunteers of today


@dataclass(frozen=True)
class Period:
    """Four weeks of the past: minutes served, and the volunteers who went."""

    minutes: int
    volunteers: int


@dataclass(frozen=True)
class Facts:
    """What the books and the visits of one area say. Minutes; `quarter_` figures are of the newest 91 days.

    `periods` are oldest first. `coming` is (day on which holders reach the spending age, their minutes).
    """

    periods: tuple[Period, ...] = ()
    stored: int = 0  # in passbooks and family pools, with what they keep for orders
    promised: int = 0  # kept for orders by funds
    awaited: int = 0  # earned and not stored yet
    may_spend: int = 0  # of the stored: by holders old enough, and family pools
    unknown_age: int = 0  # of the stored: by holders whose age nobody knows
    coming: tuple[tuple[date, int], ...] = ()
    quarter_spent: int = 0  # by holders, on help
    quarter_paid_by_funds: int = 0
    quarter_start_may_spend: int = 0  # what those old enough today had 91 days ago
    quarter_earned: int = 0
    quarter_earned_by_old: int = 0  # of the earned: by volunteers old enough to spend it

    @property
    def owed(self) -> int:
        """Minutes of help that somebody may count on one day."""
        return self.stored + self.promised + self.awaited

    @property
    def active(self) -> int:
        """Volunteers who went in four weeks: the mean of the newest periods, half up."""
        newest = self.periods[-NEWEST:]
        return int(2 * sum(period.volunteers for period in newest) / len(newest) + 1) // 2 if newest else 0

    @property
    def is_enough(self) -> bool:
        """Whether there is past enough to say anything."""
        return sum(period.minutes > 0 for period in self.periods) >= LEAST_PERIODS and self.active > 0

    @property
    def spent_pct(self) -> int | None:
        """The share of what may be spent that was spent in the newest quarter; None where there was nothing."""
        start = self.quarter_start_may_spend
        return min(100, round(100 * self.quarter_spent / start)) if start > 0 else None


@dataclass(frozen=True)
class Assumptions:
    """What the reader may change. `spent_pct` None: as measured."""

    quarters: int = 8
    growth_pct: int = 0  # of the volunteers, from one quarter to the next
    spent_pct: int | None = None
    spent_pct_unmeasured: int = 25  # where nothing was spent yet, so that nothing can be measured


@dataclass(frozen=True)
class Quarter:
    """One quarter to come (the first: what is left of the present one), from `first` to `last`, both included."""

    first: date
    last: date
    low: int
    middle: int
    high: int
    may_spend: int  # when it begins
    by_holders: int
    by_funds: int

    @property
    def asked(self) -> int:
        """What will be asked of the volunteers."""
        return self.by_holders + self.by_funds

    @property
    def coverage_pct(self) -> int | None:
        """How much of what is asked the middle of the forecast covers; None where nothing is asked."""
        return round(100 * self.middle / self.asked) if self.asked else None

    @property
    def run_pct(self) -> int | None:
        """The same, should everybody who may spend do so at once."""
        all_at_once = self.may_spend + self.by_funds
        return round(100 * self.middle / all_at_once) if all_at_once else None

    @property
    def is_short(self) -> bool:
        """Whether even the middle does not reach what is asked."""
        return self.asked > self.middle


def forecast(facts: Facts, today: date, assumed: Assumptions = Assumptions()) -> list[Quarter]:
    """The coming quarters; none where there is too little past to say anything honest."""
    if not facts.is_enough:
        return []
    rates = [period.minutes / period.volunteers if period.volunteers else 0.0 for period in facts.periods]
    share = share_spent(facts, assumed) / 100
    old = facts.quarter_earned_by_old / facts.quarter_earned if facts.quarter_earned else 0.0
    may_spend, quarters, dice = float(facts.may_spend), [], Random(SEED)
    for number, (first, last) in enumerate(quarters_from(today, assumed.quarters)):
        length = ((last - first).days + 1) / PERIOD_DAYS
        ahead = (first - today).days // PERIOD_DAYS
        volunteers = facts.active * (1 + assumed.growth_pct / 100) ** number
        low, middle, high = _drawn(_pool(rates, ahead), length, volunteers, dice)
        part = length * PERIOD_DAYS / 91
        by_holders = min(may_spend, may_spend * share * part)
        quarters.append(
            Quarter(first, last, low, middle, high, round(may_spend), round(by_holders),
                    round(facts.quarter_paid_by_funds * part))
        )  # fmt: skip
        reached = sum(minutes for day, minutes in facts.coming if first <= day <= last)
        may_spend += reached + middle * old - by_holders
    return quarters


def share_spent(facts: Facts, assumed: Assumptions) -> int:
    """The share of what may be spent that is taken to be spent in a quarter, in per cent."""
    if assumed.spent_pct is not None:
        return assumed.spent_pct
    return assumed.spent_pct_unmeasured if facts.spent_pct is None else facts.spent_pct


def quarters_from(today: date, count: int) -> list[tuple[date, date]]:
    """What is left of the present calendar quarter, and those after it."""
    found, first = [], today
    for _ in range(count):
        end_month = (first.month - 1) // 3 * 3 + 3
        last = (date(first.year, end_month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        found.append((first, last))
        first = last + timedelta(days=1)
    return found


def _pool(rates: Sequence[float], ahead: int) -> Sequence[float]:
    """The past to draw from: all of it, or with two years of it the periods of the same season."""
    if len(rates) < 2 * A_YEAR:
        return rates
    wanted = (len(rates) + ahead) % A_YEAR
    gaps = [(wanted - index) % A_YEAR for index in range(len(rates))]
    return [rate for rate, gap in zip(rates, gaps, strict=True) if min(gap, A_YEAR - gap) <= SEASON]


def _drawn(pool: Sequence[float], length: float, volunteers: float, dice: Random) -> tuple[int, int, int]:
    """Low, middle and high of `length` periods of service by so many volunteers."""
    whole, rest = int(length), length - int(length)
    sums = sorted(
        volunteers * (sum(dice.choices(pool, k=whole)) + rest * dice.choice(pool)) for _ in range(DRAWS)
    )
    low, middle, high = (round(sums[int(share * (DRAWS - 1))]) for share in (LOW, MIDDLE, HIGH))
    return low, middle, high
