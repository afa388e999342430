"""Every hard rule from both sides: just allowed, and just not. Each refusal is counted under its name."""

from __future__ import annotations

from typing import Any

import pytest

from matching import Options, Plan, Problem, broken_rules, check, solve
from matching.result import Match, Round, VisitTimes
from tests.matching.towns import HOME, day, need, north, served, solved, volunteer

WALK = {"kind": "walking", "metres_per_minute": 100, "detour": 1}
F = {"value": "f", "required": True}
WU = {"value": "wu", "required": True}


def matrix(minutes: list[list[int]]) -> dict[str, Any]:
    """Travel between p0, p1, ..."""
    return {"kind": "matrix", "places": [f"p{row}" for row in range(len(minutes))], "minutes": minutes}


PAIR_RULES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("skill", {"skills": ["escort"]}, {"skills": ["escort", "repair"]}, {"skills": ["repair"]}),
    ("gate:vetted", {"gates": ["vetted"]}, {"gates": ["vetted", "insured"]}, {"gates": ["insured"]}),
    ("trainee", {}, {"trainee": False}, {"trainee": True}),
    ("gender", {"gender": F}, {"gender": "f"}, {"gender": "m"}),
    ("gender", {"gender": F}, {"gender": "f"}, {"gender": None}),
    ("language", {"language": WU}, {"languages": ["zh", "wu"]}, {"languages": ["zh"]}),
    ("excluded", {}, {"excluded": ["n2"]}, {"excluded": ["n1"]}),
    ("reach", {"place": north(500)}, {"reach_m": 501}, {"reach_m": 499}),
    ("free", {"place": north(1000)}, {"free": [[530, 580]]}, {"free": [[531, 580]]}),
    ("free", {"start_window": [540, 540]}, {"free": [[540, 570]]}, {"free": [[540, 569]]}),
    ("minutes", {}, {"max_service_min": 30}, {"max_service_min": 29}),
    ("minutes", {}, {"max_tasks": 1}, {"max_tasks": 0}),
]


@pytest.mark.parametrize(("rule", "of_need", "able", "unable"), PAIR_RULES)
def test_a_pair_rule_lets_one_person_in_and_keeps_the_other_out(
    rule: str, of_need: dict[str, Any], able: dict[str, Any], unable: dict[str, Any]
) -> None:
    if rule == "free" and "place" in of_need:
        of_need = {**of_need, "start_window": [540, 540]}
    good = day(need(**of_need), volunteer(**able), travel=WALK)
    assert served(good) == {"n1": ("v1",)}
    assert broken_rules(good, good.needs[0], good.volunteers[0]) == []
    bad = day(need(**of_need), volunteer(**unable), travel=WALK)
    (entry,) = solved(bad).unserved
    assert {name: count for name, count in entry.removed_by.items() if count} == {rule: 1}
    assert broken_rules(bad, bad.needs[0], bad.volunteers[0]) == [rule]
    assert (entry.considered, entry.left, entry.reason) == (1, 0, "no_candidate")


def test_a_need_may_exclude_a_person_and_a_pair_may_be_forbidden_or_unlisted() -> None:
    assert served(day(need(excluded=["v1"]), volunteer(), volunteer("v2"))) == {"n1": ("v2",)}
    pair = {"need": "n1", "volunteer": "v1"}
    assert served(day(need(), volunteer(), pairs=[{**pair, "forbidden": True}])) == {}
    assert served(day(need(), volunteer(), volunteer("v2"), pairs=[pair], pairs_only=True)) == {"n1": ("v1",)}
    assert served(day(need(), volunteer(), pairs_only=True)) == {}


def test_the_first_rule_that_fails_is_the_one_counted() -> None:
    problem = day(
        need(skills=["escort"], gates=["vetted", "insured"], gender=F),
        volunteer("a"),
        volunteer("b", skills=["escort"]),
        volunteer("c", skills=["escort"], gates=["insured"], trainee=True),
        volunteer("d", skills=["escort"], gates=["insured", "vetted"], trainee=True, gender="m"),
        volunteer("e", skills=["escort"], gates=["insured", "vetted"], gender="m", reach_m=0),
    )
    (entry,) = solved(problem).unserved
    counted = {name: count for name, count in entry.removed_by.items() if count}
    assert counted == {"skill": 1, "gate:insured": 1, "gate:vetted": 1, "trainee": 1, "gender": 1}
    order = ["skill", "gate:insured", "gate:vetted", "trainee", "gender", "language", "excluded", "forbidden"]
    assert list(entry.removed_by) == [*order, "reach", "free", "minutes"]


def test_a_trainee_goes_beside_somebody_experienced_and_never_with_another_trainee() -> None:
    two = need(volunteers=2)
    assert served(day(two, volunteer(trainee=True), volunteer("v2"))) == {"n1": ("v1", "v2")}
    assert served(day(two, volunteer(trainee=True), volunteer("v2", trainee=True))) == {}


def test_both_people_of_a_need_for_two_start_together() -> None:
    two = need(volunteers=2)
    assert served(day(two, volunteer(free=[[540, 575]]), volunteer("v2", free=[[545, 600]]))) == {"n1": ("v1", "v2")}
    result = solved(day(two, volunteer(free=[[540, 575]]), volunteer("v2", free=[[546, 600]])))
    assert result.unserved[0].reason == "needs_second_person"


def test_the_start_window_holds_at_both_ends() -> None:
    for free, start in (([600, 630], 600), ([510, 570], 540)):
        result = solved(day(need(), volunteer(free=[free])))
        assert [match.start for match in result.matches] == [start]
    assert served(day(need(), volunteer(free=[[601, 700]]))) == {}
    assert served(day(need(), volunteer(free=[[500, 569]]))) == {}


def test_a_leg_that_takes_a_little_more_than_whole_minutes_is_rounded_up_once() -> None:
    for metres, minutes in ((699.9, 7), (700.00001, 7), (701, 8)):
        result = solved(day(need(place=north(metres)), volunteer(), travel=WALK))
        assert result.rounds[0].walking_min == 2 * minutes
    own = solved(day(need(place=north(500)), volunteer(metres_per_minute=50), travel=WALK))
    assert own.rounds[0].walking_min == 20


def test_the_most_tasks_and_the_most_minutes_hold_over_the_day() -> None:
    both = [need(), need("n2", start_window=[640, 660])]
    assert len(served(day(*both, volunteer(max_tasks=2, max_service_min=60)))) == 2
    assert len(served(day(*both, volunteer(max_tasks=1)))) == 1
    assert len(served(day(*both, volunteer(max_service_min=59)))) == 1


def test_visits_keep_the_walk_between_them() -> None:
    late = need("n2", place=north(500), start_window=[600, 605])
    assert len(served(day(need(start_window=[565, 565]), late, volunteer(), travel=WALK))) == 2
    assert len(served(day(need(start_window=[576, 576]), late, volunteer(), travel=WALK))) == 1


def test_free_windows_are_not_merged() -> None:
    assert served(day(need(start_window=[540, 540]), volunteer(free=[[500, 555], [555, 600]]))) == {}


def test_with_an_end_place_there_is_one_round_in_a_window_and_without_one_she_may_go_home_between() -> None:
    travel = matrix([[0, 5, 5], [5, 0, 90], [5, 90, 0]])
    needs = [need(place="p1"), need("n2", place="p2", start_window=[600, 640])]
    person = volunteer(place="p0", free=[[500, 800]])
    result = solved(day(*needs, person, travel=travel))
    assert [len(one.visits) for one in result.rounds] == [1, 1]
    assert len(served(day(*needs, {**person, "end_place": "p0"}, travel=travel))) == 1
    split = {**person, "end_place": "p0", "free": [[500, 590], [590, 800]]}
    assert len(served(day(*needs, split, travel=travel))) == 2


def test_a_remote_need_takes_time_but_no_walk_and_no_reach() -> None:
    call = need("n2", place=None, remote=True, start_window=[570, 590])
    result = solved(day(need(place=north(300)), call, volunteer(reach_m=400), travel=WALK))
    assert [one.walking_min for one in result.rounds] in ([6], [6, 0])
    assert len(result.matches) == 2
    clash = day(need(start_window=[540, 540]), {**call, "start_window": [550, 560]}, volunteer())
    assert len(served(clash)) == 1


def test_a_table_of_minutes_may_be_shorter_the_long_way_round() -> None:
    # From home straight to p2 takes 100 minutes, by way of p1 only 20.
    travel = matrix([[0, 10, 100], [10, 0, 10], [10, 10, 0]])
    needs = [need(place="p1", start_window=[510, 510]), need("n2", place="p2", start_window=[550, 560])]
    assert len(served(day(*needs, volunteer(place="p0"), travel=travel))) == 2


def test_locks_hold_and_may_name_one_of_two_people() -> None:
    problem = day(
        need(volunteers=2), volunteer(), volunteer("v2"), volunteer("v3", place=north(900)),
        locked=[{"need": "n1", "volunteers": ["v3"], "start": 555}],
    )  # fmt: skip
    (match,) = solved(problem).matches
    assert "v3" in match.volunteers
    assert match.start == 555


# --- the checker sees what is wrong --------------------------------------------------------------------------------


def broken(problem: Problem, *visits: tuple[str, str, int, int], leave: int, back: int, walking: int = 0) -> list[str]:
    """What `check` says of a plan with one round for each volunteer of these (volunteer, need, arrive, start)."""
    levels = solve(day(need(), volunteer()), Options(time_limit_s=5)).levels
    rounds, who = [], {}
    for name in dict.fromkeys(visit[0] for visit in visits):
        times = tuple(
            VisitTimes(n, arrive, start, start + problem.need_by_id[n].duration_min)
            for v, n, arrive, start in visits
            if v == name
        )
        service = sum(problem.need_by_id[one.need].duration_min for one in times)
        rounds.append(Round(name, leave, back, walking, service, times))
        for one in times:
            who.setdefault((one.need, one.start), []).append(name)
    matches = tuple(Match(n, tuple(names), start, {"priority": 1}) for (n, start), names in who.items())
    found = check(problem, Plan(levels, tuple(rounds), matches, ()))
    return sorted({sentence.split(":")[0] if not sentence.startswith("gate") else "gate" for sentence in found})


@pytest.mark.parametrize(
    ("rule", "of_need", "able", "unable"), [row for row in PAIR_RULES if row[0] not in ("free", "minutes")]
)
def test_the_checker_names_a_broken_pair_rule(
    rule: str, of_need: dict[str, Any], able: dict[str, Any], unable: dict[str, Any]
) -> None:
    walking = 5 if "place" in of_need else 0
    visit = ("v1", "n1", 550, 550)
    times = {"leave": 550 - walking, "back": 580 + walking, "walking": 2 * walking}
    name = rule.split(":")[0]
    assert name not in broken(day(need(**of_need), volunteer(**able), travel=WALK), visit, **times)
    assert name in broken(day(need(**of_need), volunteer(**unable), travel=WALK), visit, **times)


@pytest.mark.parametrize(
    ("rule", "person", "visit", "times"),
    [
        ("start_window", {}, ("v1", "n1", 539, 539), (539, 569)),
        ("free", {"free": [[541, 700]]}, ("v1", "n1", 540, 540), (540, 570)),
        ("free", {"free": [[500, 569]]}, ("v1", "n1", 540, 540), (540, 570)),
        ("max_tasks", {"max_tasks": 0}, ("v1", "n1", 540, 540), (540, 570)),
        ("max_service", {"max_service_min": 29}, ("v1", "n1", 540, 540), (540, 570)),
        ("travel", {}, ("v1", "n1", 541, 541), (540, 571)),
        ("travel", {}, ("v1", "n1", 540, 540), (540, 571)),
        ("travel", {}, ("v1", "n1", 542, 540), (542, 570)),
        ("walking", {}, ("v1", "n1", 540, 540), (540, 570, 1)),
    ],
)  # fmt: skip
def test_the_checker_names_broken_times_and_limits(
    rule: str, person: dict[str, Any], visit: tuple[str, str, int, int], times: tuple[int, ...]
) -> None:
    assert rule in broken(
        day(need(), volunteer(**person)), visit, **dict(zip(("leave", "back", "walking"), times, strict=False))
    )
    assert rule not in broken(day(need(), volunteer()), ("v1", "n1", 540, 540), leave=540, back=570)


def test_the_checker_sees_locks_forbidden_pairs_and_too_few_people() -> None:
    visit, times = ("v1", "n1", 540, 540), {"leave": 540, "back": 570}
    assert "lock" in broken(
        day(need(), volunteer(), locked=[{"need": "n1", "volunteers": ["v1"], "start": 541}]), visit, **times
    )
    pair = {"need": "n1", "volunteer": "v1", "forbidden": True}
    assert "forbidden" in broken(day(need(), volunteer(), pairs=[pair]), visit, **times)
    assert "volunteers" in broken(day(need(volunteers=2), volunteer()), visit, **times)
    assert "once" in broken(day(need(), need("n2"), volunteer()), visit, **times)
    assert "level" in broken(day(need(priority=3), volunteer()), visit, **times)


def test_rounds_of_one_person_may_not_overlap() -> None:
    problem = day(need(), need("n2"), volunteer())
    result = solved(problem)
    first, second = result.rounds if len(result.rounds) == 2 else (result.rounds[0], result.rounds[0])
    doubled = Plan(result.levels, (first, first, second), result.matches, result.unserved)
    assert any(sentence.startswith("rounds") for sentence in check(problem, doubled))


def test_home_is_where_a_round_begins() -> None:
    problem = day(need(place=north(300)), volunteer(end_place=north(300)), travel=WALK)
    (one,) = solved(problem).rounds
    assert (one.walking_min, one.visits[0].arrive - one.leave, problem.volunteers[0].place) == (3, 3, tuple(HOME))
