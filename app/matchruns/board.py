"""The coordinator's board: one plan with its people, what did not match and why, and what changed since the last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from app.db import session
from app.matchruns import queries
from app.matchruns.models import MatchRun, RunState
from app.matchruns.problem import Document
from app.menu.models import MenuItem
from app.needs.models import Need
from app.org.models import OrgUnit
from app.people.models import Person
from app.visits.models import Assignment, AssignmentState

NEAR_STEPS = ("reach",)
FREE_STEPS = ("free", "minutes")


@dataclass(frozen=True)
class Order:
    """One order with what a page says of it; `grid` is the name of the elder's grid."""

    need: Need
    item: MenuItem | None
    elder: Person
    grid: str = ""


@dataclass(frozen=True)
class Planned:
    """One order of the plan: by whom, when, what it is worth. `asked` are the offers of a published plan."""

    order: Order
    people: tuple[Person, ...]
    start_min: int
    end_min: int
    score: dict[str, int]
    locked: bool = False
    change: str = "kept"  # against the last plan: kept, new
    runner_up: Person | None = None
    runner_up_loses: dict[str, int] = field(default_factory=dict)
    asked: tuple[Assignment, ...] = ()


@dataclass(frozen=True)
class NotMatched:
    """One order that the plan leaves over: how many people each rule leaves, the class, and what would help."""

    order: Order
    entry: Document
    everybody: int
    able: int
    near: int
    free: int
    days_waited: int
    lost_to: tuple[dict[str, Any], ...] = ()
    change: Document | None = None
    change_person: Person | None = None


@dataclass(frozen=True)
class Walk:
    """One volunteer's day in the plan, for the timeline: free windows and stops, in minutes since midnight."""

    person: Person
    free: tuple[tuple[int, int], ...]
    stops: tuple[Planned, ...]
    legs: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Board:
    """Everything the board shows of one community's day."""

    unit: OrgUnit
    day: date
    run: MatchRun | None  # the newest, whatever became of it
    plan: MatchRun | None  # the one whose plan is shown
    waiting: int = 0  # open orders of the day that nobody was asked for yet
    not_in_plan: int = 0  # of these, how many came after the plan was made
    previous: MatchRun | None = None
    planned: tuple[Planned, ...] = ()
    not_matched: tuple[NotMatched, ...] = ()
    walks: tuple[Walk, ...] = ()
    gone: tuple[Order, ...] = ()  # matched in the last plan, not in this one
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def familiar(self) -> int:
        """How many elders get a familiar face."""
        return sum(1 for one in self.planned if one.score.get("regular", 0) > 0)

    @property
    def walking_min(self) -> int:
        """Minutes on foot for one visit, in the mean."""
        visits = sum(len(one.people) for one in self.planned)
        total = sum(tour["walking_min"] for tour in (self.plan.result.get("rounds", []) if self.plan else []))
        return round(total / visits) if visits else 0

    @property
    def people_used(self) -> int:
        return len({person.id for one in self.planned for person in one.people})

    @property
    def people_free(self) -> int:
        """Volunteers with a free window that day."""
        return sum(1 for v in self.plan.problem["volunteers"] if v["free"]) if self.plan else 0

    @property
    def most_visits(self) -> int:
        return max((len(walk.stops) for walk in self.walks), default=0)

    @property
    def is_proven(self) -> bool:
        """Nobody more could be served by any plan."""
        levels = self.plan.result.get("levels", []) if self.plan else []
        return bool(levels) and levels[0]["value"] == levels[0]["bound"]

    @property
    def new_ones(self) -> tuple[Planned, ...]:
        return tuple(one for one in self.planned if one.change == "new")


def board(unit: OrgUnit, day: date, *, waiting: Sequence[str], shown: MatchRun | None = None) -> Board:
    """The board of one day; `waiting` are the ids of open orders that nobody was asked for, `shown` a plan to show."""
    run = queries.newest_run(unit.code, day)
    plan = shown or queries.plan_in_force(unit.code, day)
    if plan is None or not plan.result:
        return Board(unit, day, run, None, waiting=len(waiting))
    inside = {need["id"] for need in plan.problem["needs"]}
    previous = _before(plan)
    rows = _Rows.of(plan, previous)
    planned = rows.planned(plan, previous)
    return Board(
        unit, day, run, plan, waiting=len(waiting),
        not_in_plan=sum(1 for need_id in waiting if need_id not in inside),
        previous=previous, planned=planned, not_matched=rows.not_matched(plan, day), walks=rows.walks(plan, planned),
        gone=rows.gone(plan, previous), answers=dict(queries.answers_of(plan.id)),
    )  # fmt: skip


def _before(plan: MatchRun) -> MatchRun | None:
    rows = (
        select(MatchRun)
        .where(MatchRun.unit_code == plan.unit_code, MatchRun.day == plan.day, MatchRun.number < plan.number)
        .where(MatchRun.state.in_((RunState.PROPOSED, RunState.PUBLISHED, RunState.SUPERSEDED)))
        .order_by(MatchRun.number.desc())
    )
    return session.scalars(rows.limit(1)).first()


class _Rows:
    """The rows behind the ids of a plan, read once."""

    def __init__(self, orders: dict[str, Order], people: dict[str, Person]) -> None:
        self.orders = orders
        self.people = people

    @classmethod
    def of(cls, plan: MatchRun, previous: MatchRun | None) -> "_Rows":
        need_ids = {need["id"] for need in plan.problem["needs"]}
        if previous is not None:
            need_ids |= {match["need"] for match in previous.result["matches"]}
        people = _by_id(Person, Person.id, [volunteer["id"] for volunteer in plan.problem["volunteers"]])
        return cls(orders_of(need_ids), people)

    def planned(self, plan: MatchRun, previous: MatchRun | None) -> tuple[Planned, ...]:
        before = {m["need"]: _who_and_when(m) for m in previous.result["matches"]} if previous else None
        locked = {lock["need"] for lock in plan.problem.get("locked", [])}
        asked: dict[str, list[Assignment]] = {}
        for assignment in queries.assignments_of(plan.id):
            if assignment.state != AssignmentState.PROPOSED:
                asked.setdefault(assignment.need_id, []).append(assignment)
        found = []
        for match in plan.result["matches"]:
            order = self.orders[match["need"]]
            second = match.get("runner_up") or {}
            found.append(
                Planned(
                    order=order, people=tuple(self.people[key] for key in match["volunteers"]),
                    start_min=match["start"], end_min=match["start"] + order.need.duration_min, score=match["score"],
                    locked=match["need"] in locked,
                    change="kept" if before is None or before.get(match["need"]) == _who_and_when(match) else "new",
                    runner_up=self.people.get(next(iter(second.get("volunteers", [])), "")),
                    runner_up_loses=second.get("loses", {}), asked=tuple(asked.get(match["need"], ())),
                )
            )  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.start_min, one.order.need.number)))

    def not_matched(self, plan: MatchRun, day: date) -> tuple[NotMatched, ...]:
        volunteers = {v["id"]: v for v in plan.problem["volunteers"]}
        found = [self._not_matched(entry, volunteers, day) for entry in plan.result["unserved"]]
        return tuple(sorted(found, key=lambda one: (-one.days_waited, one.order.need.number)))

    def _not_matched(self, entry: Document, volunteers: dict[str, Document], day: date) -> NotMatched:
        order = self.orders[entry["need"]]
        removed = entry["removed_by"]
        free = entry["left"]
        near = free + sum(removed.get(rule, 0) for rule in FREE_STEPS)
        able = near + sum(removed.get(rule, 0) for rule in NEAR_STEPS)
        change = entry.get("cheapest_change")
        named = (change or {}).get("volunteer")
        return NotMatched(
            order=order, entry=entry, everybody=entry["considered"], able=able, near=near, free=free,
            days_waited=max(0, (day - order.need.placed_at.date()).days - 1), change=change,
            change_person=self.people.get(named or ""),
            lost_to=tuple(
                {**loss, "person": self.people[loss["volunteer"]], "order": self.orders.get(loss["busy_with"])}
                for loss in entry.get("lost_to", [])
            ),
        )  # fmt: skip

    def walks(self, plan: MatchRun, planned: Iterable[Planned]) -> tuple[Walk, ...]:
        by_need = {one.order.need.id: one for one in planned}
        legs: dict[str, list[tuple[int, int]]] = {}
        stops: dict[str, list[Planned]] = {}
        for tour in plan.result["rounds"]:
            key, at = tour["volunteer"], tour["leave"]
            for visit in tour["visits"]:
                legs.setdefault(key, []).append((at, visit["arrive"]))
                stops.setdefault(key, []).append(by_need[visit["need"]])
                at = visit["end"]
            legs[key].append((at, tour["back"]))
        free = {v["id"]: tuple((a, b) for a, b in v["free"]) for v in plan.problem["volunteers"]}
        walks = [
            Walk(self.people[key], free[key], tuple(stops[key]), tuple(leg for leg in legs[key] if leg[0] < leg[1]))
            for key in stops
        ]
        return tuple(sorted(walks, key=lambda walk: (walk.stops[0].start_min, walk.person.id)))

    def gone(self, plan: MatchRun, previous: MatchRun | None) -> tuple[Order, ...]:
        if previous is None:
            return ()
        now = {match["need"] for match in plan.result["matches"]}
        still = {need["id"] for need in plan.problem["needs"]}
        lost = [m["need"] for m in previous.result["matches"] if m["need"] in still - now]
        return tuple(self.orders[key] for key in lost if key in self.orders)


def orders_of(need_ids: Iterable[str]) -> dict[str, Order]:
    """The orders of these ids with their items, elders and grids, by id."""
    needs = _by_id(Need, Need.id, need_ids)
    people = _by_id(Person, Person.id, {need.elder_id for need in needs.values()})
    items = _by_id(MenuItem, MenuItem.code, {need.item_code for need in needs.values() if need.item_code})
    grids = _by_id(OrgUnit, OrgUnit.code, {need.unit_code for need in needs.values()})
    return {
        key: Order(need, items.get(need.item_code or ""), people[need.elder_id], grids[need.unit_code].name)
        for key, need in needs.items()
    }


def _who_and_when(match: Document) -> tuple[tuple[str, ...], int]:
    return tuple(sorted(match["volunteers"])), match["start"]


def _by_id(model: Any, column: Any, keys: Iterable[str]) -> dict[str, Any]:
    wanted = list(keys)
    if not wanted:
        return {}
    return {getattr(row, column.key): row for row in session.scalars(select(model).where(column.in_(wanted)))}
