"""`solve`: most served first, then most care, by columns of day plans, with a proven bound for each."""

from __future__ import annotations

import time

from dataclasses import dataclass

import numpy as np

from matching.assembling import Served, assemble, true_values
from matching.baselines import greedy_days
from matching.instance import Instance, build_instance
from matching.master import GAP, Column, Master
from matching.options import Options
from matching.problem import InvalidProblem, Problem, Window
from matching.result import Level, Result
from matching.timing import Day, meeting_minutes, time_day
from matching.view import open_view

KEEP = 8  # day plans a volunteer brings in each round of pricing
CAPACITY = 600_000  # day plans listed at most for the last integer step


class _Stopped(Exception):
    """Time or rounds ran out."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


@dataclass
class _Search:
    """One run: what is known so far."""

    instance: Instance
    options: Options
    deadline: float
    best: Served
    spans: dict[int, tuple[Window, ...]]
    days: list[Day]
    serve_bound: float
    care_bound: float
    rounds: int = 0
    stopped_by: str = "proof"

    def guard(self) -> None:
        if time.monotonic() > self.deadline:
            raise _Stopped("time")
        if self.rounds >= self.options.rounds:
            raise _Stopped("rounds")

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def tell(self, step: str) -> None:
        if self.options.progress:
            bounds = tuple(int(min(bound, 2.0**60)) for bound in (self.serve_bound, self.care_bound))
            self.options.progress(step, self.best.values, bounds)

    def open(self) -> Master:
        """A master for the present spans, holding every day known."""
        master = Master(open_view(self.instance, self.spans))
        for day in self.days:
            master.add_day(day)
        for day in self.best.days:
            master.add_day(day, self.best.starts)
        return master

    def offer(self, served: Served) -> None:
        """Keep a plan if it is better than the best so far."""
        if served.key > self.best.key:
            self.best = served


def solve(problem: Problem, options: Options | None = None) -> Result:
    """The best plan found, what is proven about it, and the reasons for what is left over.

    Raises InvalidProblem if the locks contradict each other.
    """
    options = options or Options()
    begun = time.monotonic()
    instance = build_instance(problem)
    steps = [("candidates", time.monotonic() - begun)]
    start = true_values(instance, *greedy_days(instance))
    weights = instance.n_priority + instance.n_locked * (1.0 + float(instance.n_priority.sum()))
    coverable = np.bincount(instance.a_need, minlength=instance.n_needs) >= instance.n_people
    search = _Search(
        instance=instance, options=options, deadline=begun + 0.9 * options.time_limit_s, best=start, spans={}, days=[],
        serve_bound=float(weights[coverable].sum()), care_bound=_most_care(instance),
    )  # fmt: skip
    steps.append(("greedy", time.monotonic() - begun - steps[0][1]))
    for name in ("serve", "care"):
        stamp = time.monotonic()
        try:
            _level(search, name)
        except _Stopped as stop:
            search.stopped_by = stop.by
        steps.append((name, time.monotonic() - stamp))
        search.tell(name)
        if search.stopped_by != "proof":
            break
    if not all(need in search.best.served for need in np.flatnonzero(instance.n_locked).tolist()):
        raise InvalidProblem(f"locked: the locks {_lock_names(problem)} cannot all be kept in one plan.")
    return _result(search, steps, begun)


def _lock_names(problem: Problem) -> str:
    return ", ".join(lock.need for lock in problem.locked)


def _most_care(instance: Instance) -> float:
    """A bound that no plan exceeds, whatever the prices: for each need its best people, walking nothing."""
    total = 0.0
    for need in range(instance.n_needs):
        care = np.sort(instance.a_care[instance.a_need == need])[::-1][: int(instance.n_people[need])]
        total += float(np.maximum(care, 0).sum())
    return total


def _level(search: _Search, name: str) -> None:
    """Prove one level: refine the spans until the relaxed best is a plan that people can really keep."""
    if name == "serve" and search.best.weight >= search.serve_bound:
        return
    if search.instance.n_arcs == 0:
        return
    while True:
        search.guard()
        master = search.open()
        floor = None if name == "serve" else search.best.weight
        chosen = _columns(search, master, floor)
        search.days = [(column.volunteer, column.steps) for column in master.columns]
        if chosen is None or not _refine(search, chosen):
            _lower(search, name, search.best.weight if name == "serve" else search.best.care)
        if (search.best.weight >= search.serve_bound) if name == "serve" else (search.best.care >= search.care_bound):
            return


def _lower(search: _Search, name: str, bound: float) -> None:
    bound = float(np.floor(bound + GAP * max(1.0, abs(bound))))
    if name == "serve":
        search.serve_bound = min(search.serve_bound, bound)
    else:
        search.care_bound = min(search.care_bound, bound)


def _columns(search: _Search, master: Master, floor: float | None) -> list[Column] | None:
    """The best relaxed set of day plans, if it is better than the best plan known; None if none is."""
    name = "serve" if floor is None else "care"
    view, everyone = master.view, np.arange(search.instance.n_volunteers)
    scale = 0.0 if floor is None else 1.0
    while True:
        search.guard()
        search.rounds += 1
        prices = master.price(floor)
        values = prices.slot + scale * view.care
        found, best, _ = view.enumerate(
            everyone, prices.day, values, by_care=floor is not None, keep=KEEP, capacity=CAPACITY
        )
        bound = prices.value + float(np.maximum(0.0, best - prices.day).sum())
        _lower(search, name, bound)
        search.tell(name)
        new = sum(master.add(volunteer, codes) for volunteer, _, codes in found)
        incumbent = search.best.weight if floor is None else float(search.best.care)
        if incumbent >= np.floor(bound + GAP):
            return None
        if new == 0 or bound - prices.value < GAP * max(1.0, abs(bound)):
            break
    _try(search, master, floor)
    incumbent = search.best.weight if floor is None else float(search.best.care)
    if incumbent >= np.floor(bound + GAP):
        return None
    slack = np.maximum(prices.day, best)
    thresholds = slack - (bound - incumbent - 1.0) - 1e-5 * max(1.0, abs(bound)) * 1e-2
    found, _, finished = view.enumerate(
        everyone, thresholds, values, by_care=floor is not None, keep=0, capacity=CAPACITY
    )
    for volunteer, _, codes in found:
        master.add(volunteer, codes)
    chosen, proven = master.choose(floor, search.left())
    if not (proven and finished.all()):
        if chosen:
            _refine(search, chosen)
        raise _Stopped("time" if search.left() < 0.1 else "rounds")
    if chosen is None:
        return None
    value = _relaxed(search, chosen, floor)
    _lower(search, name, max(value, incumbent))
    return chosen if value > incumbent else None


def _relaxed(search: _Search, chosen: list[Column], floor: float | None) -> float:
    if floor is not None:
        return float(sum(column.care for column in chosen))
    needs = {int(search.instance.a_need[arc]) for column in chosen for arc, _, _ in column.steps}
    one = search.instance
    return float(sum(one.n_priority[need] + one.n_locked[need] * (1.0 + one.n_priority.sum()) for need in needs))


def _try(search: _Search, master: Master, floor: float | None) -> None:
    chosen, _ = master.choose(floor, search.left())
    if chosen:
        _keep(search, [(column.volunteer, column.steps) for column in chosen])


def _keep(search: _Search, days: list[Day]) -> bool:
    starts = meeting_minutes(search.instance, days)
    if starts is None:
        return False
    search.offer(true_values(search.instance, days, starts))
    return True


def _refine(search: _Search, chosen: list[Column]) -> bool:
    """Cut the spans in which two people of the relaxed plan start at different minutes; False if they all agree."""
    days: list[Day] = [(column.volunteer, column.steps) for column in chosen]
    _keep(search, days)
    one, cut = search.instance, False
    minutes: dict[int, list[int]] = {}
    span_of: dict[int, Window] = {}
    for day in days:
        row = {int(one.a_need[arc]): span for arc, span, _ in day[1]}
        index = {one.problem.needs[need].id: need for need in row}
        for walk in time_day(one, day):
            for visit in walk.visits:
                need = index[visit.need]
                if one.n_people[need] == 2:
                    minutes.setdefault(need, []).append(visit.start)
                    span_of[need] = row[need]
    for need, both in minutes.items():
        low, high = span_of[need]
        edges = sorted({low, *(edge for edge in (min(both), min(both) + 1, max(both), max(both) + 1) if low < edge <= high)})
        if min(both) == max(both) or len(edges) == 1:
            continue
        pieces = tuple(zip(edges, [*(edge - 1 for edge in edges[1:]), high], strict=True))
        old = search.spans.get(need) or (_window(one, need),)
        search.spans[need] = tuple(piece for span in old for piece in (pieces if span == (low, high) else (span,)))
        cut = True
    return cut


def _window(instance: Instance, need: int) -> Window:
    arc = int(np.flatnonzero(instance.a_need == need)[0])
    return int(instance.a_low[arc]), int(instance.a_high[arc])


def _result(search: _Search, steps: list[tuple[str, float]], begun: float) -> Result:
    one, best = search.instance, search.best
    locked = one.n_locked.sum() * (1 + int(one.n_priority.sum()))
    serve, care = best.values
    serve_bound = max(serve, int(search.serve_bound - locked))
    levels = (Level("serve", serve, serve_bound, "columns"), Level("care", care, max(care, int(search.care_bound)), "columns"))
    plan = assemble(one, best, levels)
    run: dict[str, object] = {
        "seed": search.options.seed, "seconds": round(time.monotonic() - begun, 3), "arcs": one.n_arcs,
        "steps": [{"name": name, "seconds": round(seconds, 3)} for name, seconds in steps], "peak_mb": _peak_mb(),
    }  # fmt: skip
    status = "optimal" if all(level.met for level in levels) else "feasible"
    return Result(plan, status, "proof" if status == "optimal" else search.stopped_by, run)


def _peak_mb() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024



