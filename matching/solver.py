"""`solve`: most served first, then most care, by columns of day plans, with a proven bound for each."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from matching.assembling import Served, assemble, true_values
from matching.baselines import disagreeing, greedy_days, repaired
from matching.instance import Instance, build_instance
from matching.master import GAP, Column, Master, Prices
from matching.options import Options
from matching.problem import InvalidProblem, Problem, Window
from matching.result import Level, Plan, Result
from matching.timing import Day, time_day
from matching.view import Floats, Listed, OutOfTimeError, open_view

KEEP = 8  # day plans a volunteer brings in each round of pricing
STRONGEST = 10  # needs a volunteer looks at in a heuristic round of pricing
FEW = 20  # new day plans in a heuristic round after which everybody looks at all her needs
PRICING = 0.6  # of a level's time: then the plans found so far are put together in any case
WHOLE = 0.5  # of the time left: for choosing among all day plans at once
AROUND = 30  # volunteers whose days are chosen anew together
RENEWALS = 100
CAPACITY = 40_000  # day plans listed at most for the last integer step
SHARE = {"serve": 0.4, "care": 0.8}  # of the time limit: until when a level may search
CHANGES = 0.4  # of the time limit: how long changes for needs left over are looked for
FOREVER = float("inf")


class _StoppedError(Exception):
    """Time or rounds ran out before a level was proven."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


@dataclass
class _Search:
    """One run: what is known so far."""

    instance: Instance
    options: Options
    best: Served
    bounds: dict[str, float]
    deadline: float = FOREVER
    spans: dict[int, tuple[Window, ...]] = field(default_factory=dict)
    days: list[Day] = field(default_factory=list)
    rounds: int = 0

    def guard(self) -> None:
        """Stop when the level's time or rounds are spent."""
        if time.monotonic() > self.deadline:
            raise _StoppedError("time")
        if self.rounds >= self.options.rounds:
            raise _StoppedError("rounds")

    def left(self) -> float:
        """Seconds the level still has."""
        return self.deadline - time.monotonic()

    def tell(self, step: str) -> None:
        """Report progress to whoever asked for it."""
        if self.options.progress:
            bounds = tuple(int(min(bound, 2.0**60)) for bound in self.bounds.values())
            self.options.progress(step, self.best.values, bounds)

    def open(self) -> Master:
        """A master for the present spans, holding every day known."""
        master = Master(open_view(self.instance, self.spans))
        for day in self.days:
            master.add_day(day)
        for day in self.best.days:
            master.add_day(day, self.best.starts)
        return master

    def offer(self, days: list[Day]) -> None:
        """Keep a plan made from these days if it is better than the best so far."""
        served = true_values(self.instance, *repaired(self.instance, days))
        if served.values > self.best.values and served.keeps(self.instance):
            self.best = served

    def value(self, name: str) -> int:
        """What the best plan reaches on a level."""
        return self.best.serve if name == "serve" else self.best.care

    def met(self, name: str) -> bool:
        """The best plan reaches the level's bound."""
        return self.value(name) >= self.bounds[name]

    def lower(self, name: str, bound: float) -> None:
        """A bound was proven; whole, and with the slack of a linear programme."""
        self.bounds[name] = min(self.bounds[name], float(np.floor(bound + GAP * max(1.0, abs(bound)))))


def solve(problem: Problem, options: Options | None = None) -> Result:
    """The best plan found, what is proven about it, and the reasons for what is left over.

    Raises InvalidProblem if the locks contradict each other.
    """
    load()
    return _run(problem, options or Options())


@cache
def load() -> None:
    """Load the solver and the compiled loops, once a process; compile them where no cache holds them yet."""
    _run(Problem.from_dict(_TINY), Options(workers=1, explain=False))


_TINY = {
    "format": "lianxin-matching/1",
    "needs": [
        {"id": "a", "place": [30.0, 111.0], "start_window": [480, 500], "duration_min": 30},
        {"id": "b", "place": [30.0, 111.001], "start_window": [480, 600], "duration_min": 30, "volunteers": 2},
    ],
    "volunteers": [
        {"id": "v", "place": [30.0, 111.0], "free": [[400, 700]]},
        {"id": "w", "place": [30.001, 111.0], "free": [[400, 520], [530, 700]]},
    ],
}


def _run(problem: Problem, options: Options) -> Result:
    begun = time.monotonic()
    instance = build_instance(problem)
    steps = [("candidates", time.monotonic() - begun)]
    stamp = time.monotonic()
    start = true_values(instance, *greedy_days(instance))
    if not start.keeps(instance):
        start = _keep_locks(instance, options)
    steps.append(("greedy", time.monotonic() - stamp))
    search = _Search(instance, options, start, _first_bounds(instance))
    stopped_by = "proof"
    for name in ("serve", "care"):
        stamp = time.monotonic()
        search.deadline = begun + SHARE[name] * options.time_limit_s
        search.rounds = 0
        try:
            _prove(search, name)
        except _StoppedError as stop:
            stopped_by = stop.by
        except OutOfTimeError:
            stopped_by = "time"
        steps.append((name, time.monotonic() - stamp))
        search.tell(name)
    stamp = time.monotonic()
    plan, told = _explained(search, _plan(search), begun)
    steps.append(("reasons", time.monotonic() - stamp))
    result = _result(search, plan, stopped_by, steps, begun)
    return replace(result, run={**result.run, **told})


def _explained(search: _Search, plan: Plan, begun: float) -> tuple[Plan, dict[str, object]]:
    """The plan with its reasons, within the time limit, and what they leave out; `again` proves changes."""
    options = search.options
    if not options.explain:
        return plan, {}
    from matching.reasons import reasoned

    def again(changed: Problem, seconds: float) -> Plan:
        return solve(changed, replace(options, time_limit_s=seconds, explain=False, progress=None)).plan

    now, limit = time.monotonic(), options.time_limit_s
    deadline = min(begun + 0.95 * limit, now + max(1.0, CHANGES * limit))
    plan, told = reasoned(search.instance, plan, deadline=deadline, again=again)
    return plan, {"reasons": told}


def _first_bounds(instance: Instance) -> dict[str, float]:
    """Bounds that hold whatever the plan: whoever can be served at all, by her best people, walking nothing."""
    coverable = np.bincount(instance.a_need, minlength=instance.n_needs) >= instance.n_people
    care = 0.0
    for need in range(instance.n_needs):
        best = np.sort(instance.a_care[instance.a_need == need])[::-1][: int(instance.n_people[need])]
        care += float(np.maximum(best, 0).sum())
    return {"serve": float(instance.n_priority[coverable].sum()), "care": care}


def _keep_locks(instance: Instance, options: Options) -> Served:
    """A plan that keeps every lock, found on the locked needs alone and without a limit of time."""
    problem = instance.problem
    needs = tuple(replace(need, priority=1) for need in problem.needs if need.id in problem.lock_by_need)
    small = build_instance(replace(problem, needs=needs))
    small = replace(small, n_locked=np.zeros(len(needs), bool))
    start = true_values(small, *greedy_days(small))
    search = _Search(small, replace(options, rounds=10**9, progress=None), start, _first_bounds(small))
    says = "cannot all be kept in one plan"
    try:
        _prove(search, "serve")
    except _StoppedError:
        says = "leave too many plans to try, and none that keeps them all was found"
    if search.best.serve == len(needs):
        arcs = {(instance.a_need[arc], instance.a_volunteer[arc]): arc for arc in range(instance.n_arcs)}
        row = {need.id: index for index, need in enumerate(problem.needs)}
        days: list[Day] = []
        for volunteer, steps in search.best.days:
            here = [(row[needs[int(small.a_need[arc])].id], span, q) for arc, span, q in steps]
            days.append((volunteer, tuple((arcs[need, volunteer], span, q) for need, span, q in here)))
        served = true_values(instance, *repaired(instance, days))
        if served.keeps(instance):
            return served
    names = ", ".join(lock.need for lock in problem.locked)
    raise InvalidProblem(f"locked: the locks of the needs {names} {says}.")


def _prove(search: _Search, name: str) -> None:
    """Prove one level: cut the spans until the relaxed best is a plan that people can really keep."""
    while search.instance.n_arcs and not search.met(name):
        search.guard()
        _columns(search, search.open(), name)


def _columns(search: _Search, master: Master, name: str) -> None:
    """Generate day plans for one cut; then the best set of them, which is kept, or shows where to cut finer."""
    floor = None if name == "serve" else float(search.best.serve)
    whole = search.deadline
    search.deadline = time.monotonic() + PRICING * search.left()
    try:
        prices, values, best = _generate(search, master, name, floor)
    except (_StoppedError, OutOfTimeError):
        chosen, _ = master.choose(floor, max(0.1, whole - time.monotonic()))
        _settle(search, name, chosen or [])
        raise
    finally:
        search.deadline = whole
        search.days = [(column.volunteer, column.steps) for column in master.columns]
    if search.met(name):
        return
    chosen, proven = master.choose(floor, WHOLE * search.left())
    if chosen is not None and _settle(search, name, chosen):
        return
    if not proven:
        chosen = _improve(search, master, name, floor, chosen)
    if chosen is not None and _worth(search, chosen, floor) > search.value(name) and _cut(search, chosen):
        return
    if search.met(name):
        return
    if not proven:
        raise _StoppedError("time")
    bound = prices.value + float(np.maximum(0.0, best - prices.day).sum())
    slack = np.maximum(prices.day, best)
    thresholds = slack - (bound - search.value(name) - 1.0) - 1e-5 * max(1.0, abs(bound)) * 1e-2
    listed = _list(search, master, thresholds, values, floor, keep=0)
    if not listed.finished.all():
        raise _StoppedError("rounds")  # too many to list: the gap stays open
    for volunteer, _, codes in listed.plans:
        master.add(volunteer, codes)
    chosen, proven = master.choose(floor, WHOLE * search.left())
    if chosen is not None:
        search.days += [(column.volunteer, column.steps) for column in chosen]
        if _settle(search, name, chosen):
            return
    if proven:
        reached = search.value(name) if chosen is None else max(_worth(search, chosen, floor), search.value(name))
        search.lower(name, reached)
    better = chosen is not None and _worth(search, chosen, floor) > search.value(name)
    if search.met(name) or (better and _cut(search, chosen or [])):
        return
    if not proven:
        _improve(search, master, name, floor, chosen)
    raise _StoppedError("time" if search.left() < 0.1 else "rounds")


def _improve(
    search: _Search, master: Master, name: str, floor: float | None, chosen: list[Column] | None
) -> list[Column]:
    """Where the whole is too hard to choose at once: some neighbours' days chosen anew, all others' kept."""
    problem, dice = search.instance.problem, random.Random(search.options.seed)
    until = time.monotonic() + WHOLE * search.left()
    current = master.taken_by(search.best.days, search.best.starts)
    if chosen is not None and _worth(search, chosen, floor) > _worth(search, current, floor):
        current = chosen
    for _ in range(RENEWALS):
        if time.monotonic() > until or search.met(name):
            break
        free = set(_neighbours(problem, dice))
        day_of = {column.volunteer: column for column in current}
        kept = {v: day_of.get(v) for v in range(len(problem.volunteers)) if v not in free}
        better, _ = master.choose(floor, min(2.0, search.left()), kept)
        if better is not None and _worth(search, better, floor) > _worth(search, current, floor):
            current = better
            _settle(search, name, current)
    return current


def _neighbours(problem: Problem, dice: random.Random) -> list[int]:
    """Volunteers who live around one of them; any, where places are only names."""
    people = problem.volunteers
    centre = dice.choice(people).place
    if isinstance(centre, tuple):
        order = sorted(range(len(people)), key=lambda row: math.dist(people[row].place, centre))  # type: ignore[arg-type]
        return order[:AROUND]
    return dice.sample(range(len(people)), min(AROUND, len(people)))


def _settle(search: _Search, name: str, chosen: list[Column]) -> bool:
    """Offer a relaxed plan; True if the level is proven with it."""
    search.offer([(column.volunteer, column.steps) for column in chosen])
    search.tell(name)
    return search.met(name)


def _generate(search: _Search, master: Master, name: str, floor: float | None) -> tuple[Prices, Floats, Floats]:
    """Rounds of pricing until no day plan is missing; the prices, what the slots are worth, everybody's best day."""
    view = master.view
    wide = int(np.diff(view.v_first).max(initial=0)) > STRONGEST
    narrow = wide
    while True:
        search.guard()
        search.rounds += 1
        prices = master.price(floor, search.left())
        values = prices.slot + (0.0 if floor is None else view.care)
        listed = _list(search, master, prices.day, view.strongest(values, STRONGEST) if narrow else values, floor, KEEP)
        new = sum(master.add(volunteer, codes) for volunteer, _, codes in listed.plans)
        if narrow:
            narrow = new > FEW
            continue
        bound = prices.value + float(np.maximum(0.0, listed.best - prices.day).sum())
        search.lower(name, bound)
        search.tell(name)
        if search.met(name) or new == 0 or bound - prices.value < GAP * max(1.0, abs(bound)):
            return prices, values, listed.best
        narrow = wide


def _list(
    search: _Search, master: Master, thresholds: Floats, values: Floats, floor: float | None, keep: int
) -> Listed:
    return master.view.enumerate(
        thresholds, values, by_care=floor is not None, keep=keep, capacity=CAPACITY,
        deadline=search.deadline, workers=search.options.workers,
    )  # fmt: skip


def _worth(search: _Search, chosen: list[Column], floor: float | None) -> float:
    """What the relaxed plan would be worth if everybody could meet."""
    if floor is not None:
        return float(sum(column.care for column in chosen))
    needs = {int(search.instance.a_need[arc]) for column in chosen for arc, _, _ in column.steps}
    return float(search.instance.n_priority[list(needs)].sum())


def _cut(search: _Search, chosen: list[Column]) -> bool:
    """Cut the spans in which two people of the relaxed plan start at different minutes; False if they all agree."""
    one, cut = search.instance, False
    days: list[Day] = [(column.volunteer, column.steps) for column in chosen]
    apart = disagreeing(one, days)
    minutes: dict[int, list[int]] = {}
    span_of: dict[int, Window] = {}
    for day in days:
        row = {int(one.a_need[arc]): span for arc, span, _ in day[1]}
        index = {one.problem.needs[need].id: need for need in row}
        for walk in time_day(one, day):
            for visit in walk.visits:
                need = index[visit.need]
                if need in apart:
                    minutes.setdefault(need, []).append(visit.start)
                    span_of[need] = row[need]
    for need, both in minutes.items():
        low, high = span_of[need]
        around = (min(both), min(both) + 1, max(both), max(both) + 1)
        edges = sorted({low, *(edge for edge in around if low < edge <= high)})
        if len(edges) == 1:
            continue
        pieces = tuple(zip(edges, [*(edge - 1 for edge in edges[1:]), high], strict=True))
        old = search.spans.get(need) or (_window(one, need),)
        search.spans[need] = tuple(piece for span in old for piece in (pieces if span == (low, high) else (span,)))
        cut = True
    return cut


def _window(instance: Instance, need: int) -> Window:
    arc = int(np.flatnonzero(instance.a_need == need)[0])
    return int(instance.a_low[arc]), int(instance.a_high[arc])


def _plan(search: _Search) -> Plan:
    levels = tuple(
        Level(name, value, max(value, int(search.bounds[name])), "columns")
        for name, value in zip(("serve", "care"), search.best.values, strict=True)
    )
    return assemble(search.instance, search.best, levels)


def _result(search: _Search, plan: Plan, stopped_by: str, steps: list[tuple[str, float]], begun: float) -> Result:
    run: dict[str, object] = {
        "seed": search.options.seed, "seconds": round(time.monotonic() - begun, 3), "arcs": search.instance.n_arcs,
        "steps": [{"name": name, "seconds": round(seconds, 3)} for name, seconds in steps], "peak_mb": _peak_mb(),
    }  # fmt: skip
    status = "optimal" if all(level.met for level in plan.levels) else "feasible"
    return Result(plan, status, "proof" if status == "optimal" else stopped_by, run)


def _peak_mb() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
