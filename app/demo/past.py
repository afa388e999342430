"""What happened in the demo: orders of past days, who went, and how it ended, up to this minute. Pure: no database.

No match was ever run on these days, and nothing says so: the coordinator asked each person by name. The first match of
the demo is tomorrow's.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from geopy.distance import great_circle

from app import clock
from app.demo import demand
from app.demo.place import ZONE
from app.visits.minutes import rounded

PARTS = {"morning": (8 * 60 + 30, 10 * 60 + 30), "noon": (11 * 60, 12 * 60), "afternoon": (14 * 60, 16 * 60),
         "evening": (17 * 60, 18 * 60)}  # fmt: skip
OFFERED_AT, ANSWER_BY = 17 * 60 + 30, 20 * 60
GAP_MIN = 15
CANCELLED, NOBODY_HOME, DISPUTED, DECLINED_FIRST = 0.04, 0.015, 0.006, 0.16
OTHER_TIMES = 4
LOYALTY = 6  # how much likelier somebody goes where she went before, for each visit

Answer = tuple[str, float, int, int]
CONFIRMED_BY: tuple[Answer, ...] = (  # how, share, and after how many minutes (from, until)
    ("elder", 0.62, 10, 300), ("relative", 0.12, 60, 1200), ("staff", 0.12, 60, 1440), ("silence", 0.14, 4320, 4335),
)  # fmt: skip
RATINGS = (("satisfied", 86), ("fairly", 10), ("not", 4))


@dataclass(frozen=True)
class Kind:
    """A menu item, as far as the past cares."""

    code: str
    usual_min: int
    min_min: int
    max_min: int
    risky: bool
    people: int
    needs: frozenset[str]
    parts: tuple[str, ...]
    remote: bool
    timebank: bool


@dataclass
class Client:
    """An elder who orders."""

    id: str
    unit_code: str
    point: tuple[float, float]
    relative_id: str | None
    grid_worker_id: str
    appetite: float = 1.0


@dataclass
class Helper:
    """A volunteer who goes."""

    id: str
    point: tuple[float, float]
    reach_m: int
    skills: frozenset[str]
    free: dict[int, list[tuple[int, int]]]
    most_a_day: int
    busy: dict[date, list[tuple[int, int]]] = field(default_factory=dict)

    def can(self, kind: Kind, client: Client) -> bool:
        """Whether she has the gifts and the way is short enough."""
        near = kind.remote or great_circle(self.point, client.point).m <= self.reach_m
        return kind.needs <= self.skills and near

    def has_time(self, day: date, start: int, end: int) -> bool:
        today = self.busy.get(day, [])
        free = any(a <= start and end <= b for a, b in self.free.get(day.weekday(), []))
        apart = all(end + GAP_MIN <= a or b + GAP_MIN <= start for a, b in today)
        return free and apart and len(today) < self.most_a_day


@dataclass
class Going:
    """One volunteer's part of an order: asked, accepted, and what happened at the door."""

    helper_id: str
    offered_at: datetime
    answered_at: datetime
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    actual_min: int | None = None


@dataclass
class Order:
    """One order of the past with its whole life; instants after this minute have not happened yet."""

    client: Client
    kind: Kind
    day: date
    window: tuple[int, int]
    start: int
    duration: int
    placed_at: datetime
    channel: str
    placed_by: str
    going: list[Going] = field(default_factory=list)
    declined: Going | None = None
    ends: str = "served"  # served, cancelled, nobody (could go), no_answer, disputed
    ended_at: datetime | None = None
    confirmed_how: str = ""
    confirmed_by: str | None = None
    rating: str | None = None


class Past:
    """Lives through one day after the other."""

    def __init__(self, dice: Random, kinds: Iterable[Kind], clients: list[Client], helpers: list[Helper]) -> None:
        self.dice = dice
        self.kinds = {kind.code: kind for kind in kinds}
        self.clients, self.helpers = clients, helpers
        for client, appetite in zip(clients, demand.appetites(dice, len(clients)), strict=True):
            client.appetite = appetite
        self.went: Counter[tuple[str, str]] = Counter()
        self._able: dict[tuple[str, str], list[Helper]] = {}

    def day(self, day: date, *, least: int = 0) -> list[Order]:
        """The orders of one day, with their lives."""
        count = demand.orders_of_day(self.dice, day.weekday(), least=least)
        weights = [client.appetite for client in self.clients]
        orders, of_client = [], Counter[str]()
        for client in self.dice.choices(self.clients, weights=weights, k=count):
            of_client[client.id] += 1
            if of_client[client.id] <= 2:
                orders.append(self._live(self._order(client, day)))
        return orders

    # An order's life ---------------------------------------------------------------------------------------------

    def _order(self, client: Client, day: date) -> Order:
        dice = self.dice
        kind = self.kinds[demand.item(dice)]
        window, start = self._time(kind)
        duration = min(kind.max_min, max(kind.min_min, kind.usual_min + dice.choice((-15, 0, 0, 0, 15))))
        before = dice.choice((1, 1, 1, 2, 2, 3, 5))
        placed_at = at(day - timedelta(days=before), dice.randint(8 * 60, 17 * 60), dice)
        who = dice.random()
        channel, placed_by = "self", client.id
        if who < 0.2 and client.relative_id:
            channel, placed_by = "relative", client.relative_id
        elif who > 0.55:
            channel, placed_by = "staff", client.grid_worker_id
        return Order(client, kind, day, window, start, duration, placed_at, channel, placed_by)

    def _time(self, kind: Kind) -> tuple[tuple[int, int], int]:
        """When it may start, and when it does."""
        dice = self.dice
        earliest, latest = PARTS[dice.choice(kind.parts)]
        opens = dice.randrange(earliest, latest + 1, 15)
        closes = min(opens + dice.choice((30, 60, 90)), latest + 60)
        return (opens, closes), dice.randrange(opens, closes + 1, 5)

    def _another_time(self, order: Order) -> None:
        """The coordinator rang, and another time of the day does as well."""
        order.window, order.start = self._time(order.kind)

    def _live(self, order: Order) -> Order:
        dice, day = self.dice, order.day
        if dice.random() < CANCELLED:
            order.ends = "cancelled"
            order.ended_at = order.placed_at + timedelta(minutes=dice.randint(20, 600))
            return order
        chosen = self._choose(order)
        for _ in range(OTHER_TIMES):
            if len(chosen) == order.kind.people:
                break
            self._another_time(order)
            chosen = self._choose(order)
        if len(chosen) < order.kind.people:
            order.ends, order.ended_at = "nobody", at(day, 22 * 60, dice)
            return order
        eve = day - timedelta(days=1)
        for helper in chosen:
            helper.busy.setdefault(day, []).append((order.start, order.start + order.duration))
            answered = at(eve, dice.randint(OFFERED_AT + 3, ANSWER_BY - 5), dice)
            order.going.append(Going(helper.id, at(eve, OFFERED_AT, dice), answered))
        self._maybe_declined(order, chosen)
        self._at_the_door(order)
        return order

    def _choose(self, order: Order) -> list[Helper]:
        """Who goes: somebody able and free, familiar faces first."""
        end = order.start + order.duration
        free = [h for h in self._all_able(order) if h.has_time(order.day, order.start, end)]
        chosen: list[Helper] = []
        while free and len(chosen) < order.kind.people:
            weights = [1 + LOYALTY * self.went[order.client.id, h.id] for h in free]
            one = self.dice.choices(free, weights=weights)[0]
            free.remove(one)
            chosen.append(one)
        return chosen

    def _all_able(self, order: Order) -> list[Helper]:
        key = (order.client.id, order.kind.code)
        if key not in self._able:
            self._able[key] = [helper for helper in self.helpers if helper.can(order.kind, order.client)]
        return self._able[key]

    def _maybe_declined(self, order: Order, chosen: list[Helper]) -> None:
        others = [h for h in self._all_able(order) if h not in chosen]
        if others and self.dice.random() < DECLINED_FIRST:
            eve = order.day - timedelta(days=1)
            asked = at(eve, OFFERED_AT, self.dice)
            said_no = asked + timedelta(minutes=self.dice.randint(2, 20))
            order.declined = Going(self.dice.choice(others).id, asked, said_no)
            first = order.going[0]
            first.offered_at = said_no + timedelta(minutes=4)  # until the coordinator thought of somebody else
            first.answered_at = max(first.answered_at, first.offered_at + timedelta(minutes=3))

    def _at_the_door(self, order: Order) -> None:
        dice = self.dice
        if dice.random() < NOBODY_HOME:
            order.ends, order.ended_at = "no_answer", at(order.day, order.start + 25, dice)
            return
        actual = max(5, round(order.duration * dice.gauss(0.98, 0.12)))
        arrives = order.start + round(dice.gauss(0, 4))
        for going in order.going:
            self.went[order.client.id, going.helper_id] += 1
            going.checked_in_at = at(order.day, arrives, dice)
            going.checked_out_at = going.checked_in_at + timedelta(minutes=actual)
            going.actual_min = actual
        left_at = max(going.checked_out_at or order.placed_at for going in order.going)
        if dice.random() < DISPUTED:
            order.ends, order.ended_at = "disputed", left_at + timedelta(minutes=dice.randint(30, 300))
            return
        how, _, soonest, latest = dice.choices(CONFIRMED_BY, weights=[way[1] for way in CONFIRMED_BY])[0]
        if how == "relative" and not order.client.relative_id:
            how = "elder"
        order.confirmed_how = how
        people = {"elder": order.client.id, "relative": order.client.relative_id, "staff": order.client.grid_worker_id}
        order.confirmed_by = people.get(how)
        order.ended_at = left_at + timedelta(minutes=dice.randint(soonest, latest))
        if how != "silence":
            order.rating = dice.choices([name for name, _ in RATINGS], weights=[share for _, share in RATINGS])[0]


def at(day: date, minute: int, dice: Random) -> datetime:
    """That minute of that day where the demo lives, at some second of it."""
    return clock.instant(day, minute, ZONE) + timedelta(seconds=dice.randint(0, 59))


def credit(order: Order, actual_min: int) -> int:
    """The minutes that a visit stores: to the next five, never more than was held (the neutral rule pack)."""
    return min(order.duration, max(5, rounded(actual_min, 5))) if order.kind.timebank else 0
