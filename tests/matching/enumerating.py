"""The best plan of a small day by trying everything, minute by minute. It shares nothing with the solver.

Only the data classes of the problem are used: rules, legs and care are written out here once more, from the text of
docs/matching.md. A two-person need is tried at every minute of its window; for the others every minute is kept as a
state. The days of each person are then combined person by person.
"""

from __future__ import annotations

import math
from typing import Any

from matching.problem import Matrix, Need, Problem, Volunteer

Key = frozenset[tuple[str, int | None]]  # needs of one day, with the minute where two people meet
States = dict[tuple[int, Any, int], int]  # (end of the last visit, where, free window): best care so far


def best_values(problem: Problem) -> tuple[int, int] | None:
    """(serve, care) of the best plan; None when no plan keeps the locks."""
    plans: dict[frozenset[tuple[str, int | None, int, bool]], int] = {frozenset(): 0}
    for person in problem.volunteers:
        days = _days(problem, person)
        joined: dict[frozenset[tuple[str, int | None, int, bool]], int] = {}
        for plan, care in plans.items():
            for day, more in days.items():
                both = _join(problem, plan, day, person)
                if both is not None and joined.get(both, -(10**12)) < care + more:
                    joined[both] = care + more
        plans = joined
    locked = {lock.need for lock in problem.locked}
    best = None
    for plan, care in plans.items():
        whole = all(count == problem.need_by_id[need].volunteers and guided for need, _, count, guided in plan)
        if not whole or not locked <= {need for need, _, _, _ in plan}:
            continue
        value = (sum(problem.need_by_id[need].priority for need, _, _, _ in plan), care)
        best = value if best is None or value > best else best
    return best


def _join(problem: Problem, plan: Any, day: Key, person: Volunteer) -> Any:
    entries = {need: (start, count, guided) for need, start, count, guided in plan}
    for need, start in day:
        before = entries.get(need)
        if before is None:
            entries[need] = (start, 1, not person.trainee)
        elif before[0] != start or before[1] + 1 > problem.need_by_id[need].volunteers:
            return None
        else:
            entries[need] = (start, before[1] + 1, before[2] or not person.trainee)
    return frozenset((need, *entry) for need, entry in entries.items())


def _metres(one: Any, other: Any) -> float:
    a, b = math.radians(one[0]), math.radians(other[0])
    turn = math.radians(other[1] - one[1])
    cosine = (math.cos(a) * math.cos(b) * math.cos(turn), math.sin(a) * math.sin(b))
    sine = math.hypot(
        math.cos(b) * math.sin(turn), math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    )
    return 6_371_009 * math.atan2(sine, sum(cosine))


def _leg(problem: Problem, person: Volunteer, start: Any, end: Any) -> int:
    if isinstance(problem.travel, Matrix):
        return problem.travel.minutes[problem.travel.places.index(start)][problem.travel.places.index(end)]
    speed = person.metres_per_minute or problem.travel.metres_per_minute
    return max(0, math.ceil(_metres(start, end) * problem.travel.detour / speed - 1e-6))


def _may(problem: Problem, need: Need, person: Volunteer) -> bool:
    pair = next((pair for pair in problem.pairs if (pair.need, pair.volunteer) == (need.id, person.id)), None)
    lock = next((lock for lock in problem.locked if lock.need == need.id), None)
    near = need.remote or person.reach_m is None or _metres(person.place, need.place) <= person.reach_m
    return (
        set(need.skills) <= set(person.skills)
        and set(need.gates) <= set(person.gates)
        and not (person.trainee and need.volunteers == 1)
        and not (need.gender and need.gender.required and need.gender.value != person.gender)
        and not (need.language and need.language.required and need.language.value not in person.languages)
        and person.id not in need.excluded
        and need.id not in person.excluded
        and (pair.forbidden is False if pair else not problem.pairs_only)
        and near
        and not (lock and len(lock.volunteers) == need.volunteers and person.id not in lock.volunteers)
    )


def _care(problem: Problem, need: Need, person: Volunteer, k: int) -> int:
    goals = problem.goals
    care = goals.regular if person.id in need.regular else 0
    if need.gender and not need.gender.required and need.gender.value == person.gender:
        care += goals.gender
    if need.language and not need.language.required and need.language.value in person.languages:
        care += goals.language
    care += sum(pair.score for pair in problem.pairs if (pair.need, pair.volunteer) == (need.id, person.id))
    care -= goals.served_hour_30d * (person.served_30d_min // 60)
    if person.asked_days_ago is not None:
        care -= goals.asked_recently * max(0, 3 - person.asked_days_ago)
    costs = goals.kth_task
    return care - (costs[min(k, len(costs)) - 1] if costs else 0)


def _days(problem: Problem, person: Volunteer) -> dict[Key, int]:
    """The best care of every set of visits that this person can make, where two people meet by minute."""
    needs = [need for need in problem.needs if _may(problem, need, person)]
    must = {lock.need for lock in problem.locked if person.id in lock.volunteers}
    found: dict[Key, int] = {}

    def extend(day: Key, used: frozenset[str], minutes: int, states: States | None) -> None:
        best = 0 if states is None else max((c for c in _closed(problem, person, states)), default=None)
        if best is not None and must <= used and found.get(day, -(10**12)) < best:
            found[day] = best
        if person.max_tasks is not None and len(used) >= person.max_tasks:
            return
        for need in needs:
            if need.id in used:
                continue
            if person.max_service_min is not None and minutes + need.duration_min > person.max_service_min:
                continue
            first, last = need.start_window
            lock = next((lock for lock in problem.locked if lock.need == need.id and lock.start is not None), None)
            if lock:
                first = last = lock.start  # type: ignore[assignment]
            if need.volunteers == 1:
                choices: list[tuple[int | None, range]] = [(None, range(first, last + 1))]
            else:
                choices = [(minute, range(minute, minute + 1)) for minute in range(first, last + 1)]
            for minute, starts in choices:
                after = _visit(problem, person, need, states, starts, len(used) + 1)
                if after:
                    extend(day | {(need.id, minute)}, used | {need.id}, minutes + need.duration_min, after)

    extend(frozenset(), frozenset(), 0, None)
    return found


def _home(person: Volunteer) -> Any:
    return person.place if person.end_place is None else person.end_place


def _closed(problem: Problem, person: Volunteer, states: States) -> Any:
    for (end, here, window), care in states.items():
        back = _leg(problem, person, here, _home(person))
        if end + back <= person.free[window][1]:
            yield care - problem.goals.walking_minute * back


def _visit(problem: Problem, person: Volunteer, need: Need, states: States | None, starts: range, k: int) -> States:
    goals, after = problem.goals, {}
    gain = _care(problem, need, person, k)

    def put(start: int, here: Any, window: int, care: int) -> None:
        state = (start + need.duration_min, here, window)
        if state[0] <= person.free[window][1] and after.get(state, -(10**12)) < care:
            after[state] = care

    out = 0 if need.remote else _leg(problem, person, person.place, need.place)
    there = person.place if need.remote else need.place
    for window, (begin, _) in enumerate(person.free):
        for start in starts if states is None else ():
            if begin + out <= start:
                put(start, there, window, gain - goals.walking_minute * out)
    for (end, here, window), care in (states or {}).items():
        on = 0 if need.remote else _leg(problem, person, here, need.place)
        back = _leg(problem, person, here, _home(person))
        for start in starts:
            if end + on <= start:
                cost = goals.walking_minute * on + goals.waiting_minute * (start - end - on)
                put(start, here if need.remote else need.place, window, care + gain - cost)
            if end + back > person.free[window][1]:
                continue
            for later in range(window + (person.end_place is not None), len(person.free)):
                if max(end + back, person.free[later][0]) + out <= start:
                    put(start, there, later, care + gain - goals.walking_minute * (back + out))
    return after
