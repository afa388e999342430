"""Whom to look for: made-up people really added, and really solved again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from matching import Options, Problem, solve
from matching.generate import generate
from matching.recruiting import DayPlan, recruiting
from tests.matching.towns import day, need, north, volunteer

ESCORT = {"skills": ["escort"], "gates": ["vetted"]}
WALK = {"kind": "walking", "metres_per_minute": 100, "detour": 1}


def planned(problem: Problem, weekday: int = 1) -> DayPlan:
    return DayPlan(weekday, problem, solve(problem, Options(time_limit_s=10)))


def two_escorts_at_once() -> list[dict[str, Any]]:
    """Two escorts at nine o'clock and one at eleven that nobody can make."""
    return [
        need("e1", start_window=[540, 545], **ESCORT), need("e2", start_window=[540, 545], **ESCORT),
        need("e3", start_window=[660, 670], **ESCORT),
    ]  # fmt: skip


def test_two_more_escorts_on_tuesday_mornings_serve_what_is_left_over() -> None:
    days = [planned(day(*two_escorts_at_once(), volunteer(max_tasks=2), travel=WALK)) for _ in range(4)]
    found = recruiting(days, {f"e{n}": "grid 7" for n in (1, 2, 3)}, weeks=4)
    assert found["complete"] is True
    assert found["left_over"] == 12
    (line,) = found["lines"]
    assert (line["area"], line["weekday"], line["part"], line["people"]) == ("grid 7", 1, "morning", 2)
    assert (line["skills"], line["gates"]) == (["escort"], ["vetted"])
    assert (line["needs"], line["needs_a_week"], line["needs_a_week_each"], line["days"]) == (12, 3.0, 1.5, 4)
    assert line["short_of"] == "skill"
    assert line["removed_by"] == {"skill": 12}
    assert line["classes"] == {"no_candidate": 12}
    json.dumps(found)


def test_one_is_enough_where_the_visits_follow_each_other() -> None:
    days = [planned(day(*two_escorts_at_once()[1:], volunteer(max_tasks=2)))]
    (line,) = recruiting(days, {"e2": "a", "e3": "a"})["lines"]
    assert (line["people"], line["needs"]) == (1, 2)


def test_whoever_can_escort_also_serves_simpler_needs_and_no_need_is_counted_twice() -> None:
    rows = [need("e", start_window=[540, 545], **ESCORT), need("s", start_window=[660, 670])]
    days = [planned(day(*rows, volunteer(free=[[900, 960]])))]
    lines = recruiting(days, {"e": "a", "s": "a"})["lines"]
    assert [(line["skills"], line["need_ids"]) for line in lines] == [(["escort"], ["e", "s"])]


def test_areas_weekdays_and_parts_of_the_day_are_lines_of_their_own() -> None:
    rows = [need("m"), need("p", start_window=[900, 930]), need("far", place=north(3000)), need("other")]
    nobody = volunteer(free=[[0, 10]])
    one, other = planned(day(*rows[:3], nobody)), planned(day(rows[3], nobody), weekday=4)
    found = recruiting([one, other], {"m": "a", "p": "a", "far": "b", "other": "a"})
    keys = {(line["area"], line["weekday"], line["part"]) for line in found["lines"]}
    assert keys == {("a", 1, "morning"), ("a", 1, "afternoon"), ("b", 1, "morning"), ("a", 4, "morning")}


def test_a_second_person_is_enough_where_one_of_two_is_there() -> None:
    days = [planned(day(need(volunteers=2), volunteer()))]
    (line,) = recruiting(days, {"n1": "a"})["lines"]
    assert (line["people"], line["needs"]) == (1, 1)
    assert line["classes"] == {"needs_second_person": 1}


def test_what_a_line_promises_holds_when_its_people_are_there() -> None:
    problem = generate(60, 30, 2)
    result = solve(problem, Options(time_limit_s=10, explain=False))
    found = recruiting([DayPlan(0, problem, result)], dict.fromkeys(problem.need_by_id, "town"), seconds=60)
    assert found["lines"]
    promised = [name for line in found["lines"] for name in line["need_ids"]]
    assert len(promised) == len(set(promised))
    assert set(promised) <= {entry.need for entry in result.unserved}
    rates = [line["needs_a_week_each"] for line in found["lines"]]
    assert rates == sorted(rates, reverse=True)


def test_no_time_is_said_and_nothing_left_over_is_an_empty_list() -> None:
    days = [planned(day(*two_escorts_at_once(), volunteer()))]
    assert recruiting(days, {"e1": "a"}, seconds=-1) == {"complete": False, "left_over": 1, "lines": []}
    served = [planned(day(need(), volunteer()))]
    assert recruiting(served, {"n1": "a"}) == {"complete": True, "left_over": 0, "lines": []}
    assert recruiting([], {}) == {"complete": True, "left_over": 0, "lines": []}
    assert replace(days[0], weekday=2).left_over == ["e1", "e2", "e3"]
