"""What the plan says of a need left over: its class, who was busy, and a change that really serves it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matching import (
    InvalidProblem,
    Options,
    Problem,
    Result,
    better_windows,
    check,
    compare,
    explain,
    greedy,
    solve,
    suggest,
)
from matching.generate import generate, generate_document
from tests.matching.instances import random_day
from tests.matching.towns import day, need, north, solved, volunteer

WALK = {"kind": "walking", "metres_per_minute": 100, "detour": 1}


def only(result: Result) -> dict[str, Any]:
    """The one entry of the needs left over, as in the document."""
    (entry,) = result.to_dict()["unserved"]
    return entry


def change(entry: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """The cheapest change in short; it must be proven."""
    found = entry["cheapest_change"]
    assert found["verified"] is True
    return found["change"], found["from"], found["to"], found["volunteer"]


def applied(problem: Problem, need_id: str, found: dict[str, Any]) -> Problem:
    """The problem's document with a change made as a reader of the document would make it."""
    document = problem.to_dict()
    row = next(row for row in document["needs"] if row["id"] == need_id)
    person = next((row for row in document["volunteers"] if row["id"] == found["volunteer"]), {})
    if found["change"] in ("start_window", "gender", "language"):
        row[found["change"]] = found["to"]
    elif found["change"] == "free":
        person["free"] = [found["to"] if window == found["from"] else window for window in person["free"]]
    else:
        person[found["change"]] = found["to"]
    return Problem.from_dict(document)


def test_a_tie_is_a_clash_and_a_heavier_need_outbids() -> None:
    at_once = {"start_window": [540, 540]}
    entry = only(solved(day(need(**at_once, regular=["v1"]), need("n2", **at_once), volunteer())))
    assert (entry["need"], entry["class"], entry["left"]) == ("n2", "clash", 1)
    assert entry["lost_to"] == [{"volunteer": "v1", "busy_with": "n1", "from": 540, "until": 570}]
    entry = only(solved(day(need(**at_once, priority=2), need("n2", **at_once), volunteer())))
    assert (entry["need"], entry["class"]) == ("n2", "outbid")


def test_a_lock_decides_a_tie_and_that_is_a_clash_too() -> None:
    at_once = {"start_window": [540, 540]}
    problem = day(need(**at_once), need("n2", **at_once), volunteer(), locked=[{"need": "n2", "volunteers": ["v1"]}])
    entry = only(solved(problem))
    assert (entry["need"], entry["class"]) == ("n1", "clash")


def test_two_lighter_needs_of_one_person_weigh_as_much_as_one() -> None:
    small = [need(start_window=[540, 540], duration_min=20), need("n2", start_window=[565, 565], duration_min=20)]
    pair_score = [{"need": "n1", "volunteer": "v1", "score": 50}]
    big = need("n3", start_window=[540, 545], duration_min=60, priority=2)
    entry = only(solved(day(*small, big, volunteer(), pairs=pair_score)))
    assert (entry["need"], entry["class"]) == ("n3", "clash")


def test_a_need_for_two_with_people_at_different_hours_lacks_a_second_person() -> None:
    entry = only(solved(day(need(volunteers=2), volunteer(free=[[540, 572]]), volunteer("v2", free=[[600, 640]]))))
    assert (entry["class"], entry["left"]) == ("needs_second_person", 2)
    assert change(entry) == ("free", [540, 572], [540, 630], "v1")
    trainees = day(need(volunteers=2), volunteer(trainee=True), volunteer("v2", trainee=True))
    assert only(solved(trainees))["class"] == "needs_second_person"


def test_a_need_for_two_of_which_both_people_are_elsewhere_at_the_same_price_is_a_clash() -> None:
    at_once = {"start_window": [540, 540], "volunteers": 2}
    entry = only(solved(day(need(**at_once, regular=["v1"]), need("n2", **at_once), volunteer(), volunteer("v2"))))
    assert (entry["need"], entry["class"]) == ("n2", "clash")


@pytest.mark.parametrize(
    ("of_need", "person", "expected"),
    [
        ({}, {"free": [[610, 700]]}, ("start_window", [540, 600], [540, 610], "v1")),
        ({}, {"free": [[400, 560]]}, ("start_window", [540, 600], [530, 600], "v1")),
        ({"start_window": [540, 540]}, {"free": [[545, 700]]}, ("start_window", [540, 540], [540, 545], "v1")),
        ({"place": north(999.5)}, {"reach_m": 900}, ("reach_m", 900, 1000, "v1")),
        ({}, {"max_tasks": 0}, ("max_tasks", 0, 1, "v1")),
        ({}, {"max_service_min": 20}, ("max_service_min", 20, 30, "v1")),
        ({"skills": ["escort"]}, {"skills": ["repair"]}, ("skills", ["repair"], ["repair", "escort"], "v1")),
        (
            {"gender": {"value": "f", "required": True}},
            {"gender": "m"},
            ("gender", {"value": "f", "required": True}, {"value": "f", "required": False}, "v1"),
        ),
    ],
)
def test_the_cheapest_change_is_the_one_thing_that_is_missing(
    of_need: dict[str, Any], person: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    problem = day(need(**of_need), volunteer(**person), travel=WALK)
    entry = only(solved(problem))
    assert change(entry) == expected
    assert entry["cheapest_change"]["effect"] == "serves n1, nobody loses"
    after = solve(applied(problem, "n1", entry["cheapest_change"]))
    assert [match.need for match in after.matches] == ["n1"]


def test_a_few_minutes_of_her_free_time_are_asked_for_when_the_window_cannot_help() -> None:
    # The visit fits her window only if it ends later, wherever it starts.
    entry = only(solved(day(need(duration_min=90), volunteer(free=[[540, 620]]))))
    assert change(entry) == ("free", [540, 620], [540, 630], "v1")


def test_what_protects_people_is_never_offered_as_a_change() -> None:
    for of_need, person in (
        ({"gates": ["vetted"]}, {}),
        ({}, {"trainee": True}),
        ({"excluded": ["v1"]}, {}),
        ({}, {"excluded": ["n1"]}),
    ):
        entry = only(solved(day(need(**of_need), volunteer(**person))))
        assert entry["cheapest_change"] is None
        assert entry["other_changes"] == []
    forbidden = day(need(), volunteer(), pairs=[{"need": "n1", "volunteer": "v1", "forbidden": True}])
    assert only(solved(forbidden))["cheapest_change"] is None


def test_a_change_for_which_somebody_else_has_to_move_is_found_too() -> None:
    # v1 is busy with n1 from 540; she could make room if n2 might start a little later.
    problem = day(
        need(start_window=[540, 560], priority=2), need("n2", start_window=[540, 545]), volunteer(free=[[540, 720]])
    )
    entry = only(solved(problem))
    assert entry["class"] == "outbid"
    kind, before, after, who = change(entry)
    assert (kind, before, who) == ("start_window", [540, 545], "v1")
    assert after == [540, 570]


@pytest.mark.parametrize("seed", range(6))
def test_every_change_offered_serves_its_need_when_solved_again(seed: int) -> None:
    problem = generate(20, 18, seed) if seed % 2 else Problem.from_dict(random_day(700 + seed, needs=9, volunteers=6))
    problem = replace(problem, locked=())
    result = solve(problem, Options(time_limit_s=30))
    for entry in result.to_dict()["unserved"]:
        assert sum(entry["removed_by"].values()) + entry["left"] == entry["considered"]
        assert entry["class"] in ("no_candidate", "needs_second_person", "clash", "outbid")
        assert (entry["class"] == "no_candidate") == (entry["left"] == 0)
        found = entry["cheapest_change"]
        if found is None:
            continue
        after = solve(applied(problem, entry["need"], found), Options(time_limit_s=30, explain=False))
        assert entry["need"] in {match.need for match in after.matches}, entry
        lost = {match.need for match in result.matches} - {match.need for match in after.matches}
        assert ("nobody loses" in found["effect"]) == (not lost) or after.values[0] > result.values[0]


def test_no_time_means_no_change_but_still_the_counts_and_the_class() -> None:
    problem = generate(25, 20, 3)
    entries = solve(problem, Options(time_limit_s=0.001)).unserved
    assert entries
    assert all(entry.cheapest_change is None and entry.reason for entry in entries)


def test_an_hour_more_is_worth_the_priority_or_the_part_that_an_hour_covers() -> None:
    for minutes, worth in ((30, 4.0), (120, 2.0)):
        entry = only(solved(day(need(duration_min=minutes, priority=4), volunteer(max_tasks=0))))
        assert entry["value_of_one_more_hour"] == worth


def test_the_runner_up_is_who_could_come_instead_and_what_would_be_lost() -> None:
    result = solved(day(need(regular=["v1"]), volunteer(), volunteer("v2", place=north(200)), travel=WALK))
    assert result.matches[0].volunteers == ("v1",)
    assert result.matches[0].runner_up == {"volunteers": ["v2"], "loses": {"regular": 60, "walking": 4}}
    alone = solved(day(need(), volunteer()))
    assert alone.matches[0].runner_up is None
    busy = day(need(start_window=[540, 540]), need("n2", start_window=[540, 540]), volunteer(), volunteer("v2"))
    assert [match.runner_up for match in solved(busy).matches] == [None, None]


def test_explain_gives_one_entry_and_compare_what_changed() -> None:
    problem = generate(20, 20, 4)
    result, floor = solve(problem, Options(time_limit_s=10)), greedy(problem)
    for one in problem.needs:
        assert explain(problem, result, one.id)["need"] == one.id
    with pytest.raises(InvalidProblem, match="n999"):
        explain(problem, result, "n999")
    found = compare(problem, floor, result)
    now = {match.need for match in result.matches} - {match.need for match in floor.matches}
    assert set(found["served_now"]) == now
    assert found["levels"][0]["to"] >= found["levels"][0]["from"]
    assert compare(problem, result, result)["changed"] == []


def test_suggest_ranks_who_can_come_beside_what_they_do_already() -> None:
    problem = day(
        need(start_window=[540, 540]), need("new", start_window=[540, 580], regular=["v2"]),
        volunteer(max_tasks=2), volunteer("v2", place=north(300)), volunteer("v3", reach_m=0, place=north(50)),
        travel=WALK,
    )  # fmt: skip
    planned = solve(day(need(start_window=[540, 540]), volunteer(max_tasks=2)))
    found = suggest(problem, planned, problem.need_by_id["new"])
    assert [one.volunteer for one in found] == ["v2", "v1"]
    assert found[0].windows == ((540, 580),)
    assert found[1].windows == ((570, 580),)  # after the visit that stands
    assert (found[0].total, found[0].walking_min) == (54, 6)
    assert [one.volunteer for one in suggest(problem, None, problem.need_by_id["new"])] == ["v2", "v1"]


def test_better_windows_are_the_hours_outside_in_which_more_could_come() -> None:
    new = need("new", start_window=[540, 545])
    problem = day(
        need(start_window=[540, 540]), new, volunteer(free=[[540, 620]]), volunteer("v2", free=[[560, 630]]),
        volunteer("v3", reach_m=0, place=north(50)),
    )  # fmt: skip
    planned = solve(problem, Options(time_limit_s=5))
    assert planned.to_dict()["unserved"][0]["need"] == "new"
    found = better_windows(problem, planned, problem.need_by_id["new"])
    assert [(one.start, one.end, one.people) for one in found] == [(570, 590, 2), (560, 569, 1), (591, 600, 1)]
    both = replace(problem.need_by_id["new"], volunteers=2)
    assert [(one.start, one.end) for one in better_windows(problem, planned, both)] == [(570, 590)]
    assert better_windows(problem, planned, both, within=(500, 560)) == []


def test_the_same_seed_makes_the_same_town_and_the_same_plan() -> None:
    assert generate_document(30, 40, 7) == generate_document(30, 40, 7)
    assert generate_document(30, 40, 7) != generate_document(30, 40, 8)
    one, other = (solve(generate(30, 40, 7), Options(time_limit_s=30)) for _ in range(2))
    assert one.plan == other.plan
    assert check(generate(30, 40, 7), one) == []
