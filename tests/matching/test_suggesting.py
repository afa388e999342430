"""One need more in days that stand: the same starts as the rules give, minute by minute, and what it really adds."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest

from matching import Problem, Result, better_windows, broken_rules, check, greedy, suggest
from matching.generate import generate
from matching.nearby import Neighbourhood
from matching.prepared import prepare, prepared
from matching.problem import Need
from matching.reasons import minutes_for
from matching.rules import Visit, may_be_partners
from matching.scoring import care, day_parts
from matching.suggesting import Suggestion
from tests.matching.instances import random_day
from tests.matching.towns import day, need, north, volunteer

WALK = {"kind": "walking", "metres_per_minute": 100, "detour": 1}
SEEDS = range(30)


@cache
def standing(seed: int) -> tuple[Problem, Result]:
    """A day with every feature, and a greedy plan of two thirds of its needs."""
    problem = Problem.from_dict(random_day(seed, needs=14, volunteers=9, minutes=50) | {"locked": []})
    planned = tuple(need for row, need in enumerate(problem.needs) if row % 3)
    kept = {need.id for need in planned}
    pairs = tuple(pair for pair in problem.pairs if pair.need in kept)
    return problem, greedy(replace(problem, needs=planned, pairs=pairs))


def visits_of(problem: Problem, plan: Result, name: str, but: str) -> list[Visit]:
    """Her visits in the plan but for one."""
    return [(problem.need_by_id[m.need], m.start) for m in plan.matches if name in m.volunteers and m.need != but]


def minutes_by_rule(problem: Problem, plan: Result, wanted: Need) -> dict[str, list[int]]:
    """Who could start when, tried minute by minute with the rules themselves."""
    found = {}
    for person in problem.volunteers:
        if not broken_rules(problem, wanted, person):
            minutes = minutes_for(problem, wanted, person, visits_of(problem, plan, person.id, wanted.id))
            found |= {person.id: list(minutes)} if minutes else {}
    return found


def listed(one: Suggestion) -> list[int]:
    """Every minute of its windows."""
    return [minute for low, high in one.windows for minute in range(low, high + 1)]


@pytest.mark.parametrize("seed", SEEDS)
def test_suggestions_are_exactly_the_people_and_minutes_of_the_rules(seed: int) -> None:
    problem, plan = standing(seed)
    ready = prepare(problem, plan)
    for wanted in problem.needs:
        expected = minutes_by_rule(problem, plan, wanted)
        found = suggest(ready, None, wanted)
        assert {one.volunteer: listed(one) for one in found} == expected
        assert all(one.start in expected[one.volunteer] for one in found)
        assert found == suggest(problem, plan, wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_better_windows_count_the_people_of_the_rules(seed: int) -> None:
    problem, plan = standing(seed)
    people = problem.volunteer_by_id
    for wanted in problem.needs[:6]:
        low, high = wanted.start_window
        expected = minutes_by_rule(problem, plan, replace(wanted, start_window=(low - 90, high + 90)))
        windows = better_windows(problem, plan, wanted, within=(low - 90, high + 90))
        counted = {minute: one.people for one in windows for minute in range(one.start, one.end + 1)}
        for minute in (*range(low - 90, low), *range(high + 1, high + 91)):
            able = [people[name] for name, minutes in expected.items() if minute in minutes]
            enough = wanted.volunteers == 1 or any(may_be_partners(*pair) for pair in combinations(able, 2))
            assert counted.get(minute, 0) == (len(able) if enough and able else 0)
        for one in windows:
            assert one.best_start in expected[one.volunteer]
            assert one.start <= one.best_start <= one.end


def added(problem: Problem, plan: Result, wanted: Need, one: Suggestion) -> dict[str, int]:
    """What her day gains by the visit when it is really walked: the most careful rounds at these minutes, tried all."""
    before = [walk for walk in plan.rounds if walk.volunteer == one.volunteer]
    after = best_rounds(problem, one.volunteer, [*visits_of(problem, plan, one.volunteer, ""), (wanted, one.start)])
    gain = dict.fromkeys(one.score, 0)
    for sign, rounds in ((-1, before), (1, after)):
        for part in day_parts(problem, one.volunteer, rounds).values():
            for key in gain:
                gain[key] += sign * part[key]
    return gain


def best_rounds(problem: Problem, name: str, visits: list[Visit]) -> list:
    """Every way to split the visits into rounds that the judge accepts; the one with the most care."""
    from tests.matching.walking import ways_to_walk

    ways = ways_to_walk(problem, problem.volunteer_by_id[name], visits)
    return max(ways, key=lambda rounds: sum(care(part) for part in day_parts(problem, name, rounds).values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_suggestion_adds_is_what_the_day_gains(seed: int) -> None:
    problem, plan = standing(seed)
    served = {match.need for match in plan.matches}
    for wanted in (one for one in problem.needs if one.id not in served):
        for one in suggest(problem, plan, wanted):
            gain = added(problem, plan, wanted, one)
            assert one.score["fairness"] == gain["fairness"]
            assert one.total == sum(gain.values())


def test_no_other_start_of_hers_is_worth_more() -> None:
    compared = 0
    for seed in range(12):
        problem, plan = standing(seed)
        served = {match.need for match in plan.matches}
        for wanted in (one for one in problem.needs if one.id not in served and one.volunteers == 1):
            for one in suggest(problem, plan, wanted):
                for minute in listed(one):
                    other = replace(one, start=minute)
                    assert sum(added(problem, plan, wanted, other).values()) <= one.total
                    compared += 1
    assert compared > 200


def test_a_visit_on_her_way_costs_less_than_one_from_home() -> None:
    problem = day(
        need(place=north(1000), start_window=[540, 540]), need("new", place=north(1000), start_window=[570, 600]),
        volunteer(), volunteer("v2"), travel=WALK,
    )  # fmt: skip
    plan = greedy(day(need(place=north(1000), start_window=[540, 540]), volunteer(), travel=WALK))
    first, second = suggest(problem, plan, problem.need_by_id["new"])
    assert (first.volunteer, first.start, first.walking_min) == ("v1", 570, 0)
    assert first.costs == {"fairness": 5}
    assert (second.volunteer, second.costs) == ("v2", {"walking": 20})


def test_for_two_people_the_best_pair_comes_first_and_everybody_is_told_with_whom() -> None:
    wanted = need("new", volunteers=2, start_window=[540, 600], regular=["v3"])
    problem = day(
        wanted, volunteer(free=[[500, 575]]), volunteer("v2", free=[[570, 700]], trainee=True),
        volunteer("v3", free=[[580, 700]]), volunteer("v4", free=[[530, 571]], trainee=True),
    )  # fmt: skip
    found = {one.volunteer: one for one in suggest(problem, None, problem.need_by_id["new"])}
    assert list(found) == ["v2", "v3", "v1", "v4"]
    assert (found["v3"].start, found["v3"].partners) == (580, ("v2",))
    assert (found["v2"].start, found["v2"].partners) == (580, ("v3",))
    assert (found["v1"].start, found["v1"].partners) == (540, ("v4",))
    assert (found["v4"].start, found["v4"].partners) == (540, ("v1",))
    alone = day(wanted, volunteer(trainee=True), volunteer("v2", trainee=True))
    assert [one.partners for one in suggest(alone, None, alone.need_by_id["new"])] == [(), ()]
    assert better_windows(alone, None, alone.need_by_id["new"]) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_partners_can_start_together_and_no_pair_is_worth_more_than_the_first(seed: int) -> None:
    problem, plan = standing(seed)
    people = problem.volunteer_by_id
    for wanted in (one for one in problem.needs if one.volunteers == 2):
        found = suggest(problem, plan, wanted)
        able = minutes_by_rule(problem, plan, wanted)
        pairs = [
            (a, b) for a, b in combinations(able, 2)
            if may_be_partners(people[a], people[b]) and set(able[a]) & set(able[b])
        ]  # fmt: skip
        assert bool(pairs) == any(one.partners for one in found)
        for one in found:
            assert bool(one.partners) == any(one.volunteer in pair for pair in pairs)
            for name in one.partners:
                assert one.start in able[name]
                assert may_be_partners(people[one.volunteer], people[name])


def test_a_window_as_long_as_a_life_is_no_trouble() -> None:
    problem = day(need("new", start_window=[0, 10_000_000]), volunteer(free=[[0, 10_000_000]]))
    (one,) = suggest(problem, None, problem.need_by_id["new"])
    assert one.windows == ((0, 9_999_970),)


def test_a_prepared_city_answers_at_once() -> None:
    problem = generate(1200, 2400, 2)
    ready = prepare(problem, greedy(problem))
    seconds = []
    for wanted in problem.needs[:40]:
        begun = time.process_time()
        suggest(ready, None, replace(wanted, id="new"))
        better_windows(ready, None, replace(wanted, id="new"))
        seconds.append(time.process_time() - begun)
    assert statistics.median(seconds) < 0.2


@pytest.mark.full
def test_a_city_of_ten_thousand_volunteers_answers_within_a_fifth_of_a_second() -> None:
    problem = generate(5000, 10000, 1)
    ready = prepare(problem, greedy(problem))
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for wanted in problem.needs[:200]:
        begun = time.process_time()
        suggest(ready, None, replace(wanted, id="new"))
        seconds[wanted.remote].append(time.process_time() - begun)
    assert statistics.median(seconds[False]) < 0.02
    assert statistics.median(seconds[True]) < 0.2  # a call that anybody may make: some 4,000 people


def test_a_plan_given_beside_a_prepared_problem_takes_the_place_of_its_own() -> None:
    problem, plan = standing(3)
    ready = prepare(problem)
    assert prepared(ready, plan).plan is plan.plan
    assert prepared(ready).plan is None
    for wanted in problem.needs:
        assert suggest(ready, plan, wanted) == suggest(problem, plan, wanted)


def test_the_plan_with_a_suggestion_put_in_passes_the_judge() -> None:
    put = 0
    for seed in range(20):
        problem, plan = standing(seed)
        served = {match.need for match in plan.matches}
        for wanted in (one for one in problem.needs if one.id not in served and one.volunteers == 1):
            for one in suggest(problem, plan, wanted)[:1]:
                visits = [*visits_of(problem, plan, one.volunteer, ""), (wanted, one.start)]
                small = replace(plan.plan, rounds=tuple(best_rounds(problem, one.volunteer, visits)))
                ids = {visited.id for visited, _ in visits}
                part = replace(problem, needs=tuple(one for one in problem.needs if one.id in ids))
                merged = Neighbourhood(part, frozenset({one.volunteer}), prepare(problem, plan)).merged(small)
                assert check(problem, merged) == []
                assert merged.levels[1].value == plan.values[1] + one.total
                put += 1
    assert put > 5
