"""What one plan changes against another: who, why, by goal and by rule, as a document and in words."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matching import Options, Problem, Result, compare, greedy, solve
from matching.__main__ import main
from matching.comparing import in_words
from matching.daychanges import Decline, changed_problem
from matching.generate import generate
from matching.repairing import repair
from tests.matching.towns import day, need, north, solved, volunteer

WALK = {"kind": "walking", "metres_per_minute": 100, "detour": 1}


def pairs() -> tuple[Problem, Result, Result]:
    """A street, its greedy plan and a better one."""
    problem = generate(40, 30, 5)
    return problem, greedy(problem), solve(problem, Options(time_limit_s=5, explain=False))


def test_two_equal_plans_differ_in_nothing() -> None:
    problem, plan, _ = pairs()
    found = compare(problem, plan, plan)
    empty = ("served_now", "lost", "changed", "served", "missing", "new_needs", "gone_needs")
    assert all(found[name] == [] for name in empty)
    assert all(both["from"] == both["to"] for name in ("goals", "classes", "rules") for both in found[name].values())
    assert in_words(found)[-1] == "Nothing changed."


def test_the_goals_and_the_needs_add_up_to_the_levels() -> None:
    problem, floor, plan = pairs()
    found = compare(problem, floor, plan)
    serve, care = found["levels"]
    weight = {one.id: one.priority for one in problem.needs}
    gained = sum(weight[name] for name in found["served_now"]) - sum(weight[name] for name in found["lost"])
    assert serve["to"] - serve["from"] == gained > 0
    assert care["to"] - care["from"] == sum(both["to"] - both["from"] for both in found["goals"].values())
    assert sum(both["from"] for both in found["classes"].values()) == len(floor.unserved)
    assert sum(both["to"] for both in found["classes"].values()) == len(plan.unserved)
    for name, both in found["rules"].items():
        assert both["to"] == sum(entry.removed_by.get(name, 0) for entry in plan.unserved)
    assert [one["need"] for one in found["served"]] == found["served_now"]
    assert [one["need"] for one in found["missing"]] == found["lost"]


def test_the_other_way_round_what_was_gained_is_lost() -> None:
    problem, floor, plan = pairs()
    there, back = compare(problem, floor, plan), compare(problem, plan, floor)
    assert (there["served_now"], there["lost"]) == (back["lost"], back["served_now"])
    assert [one["need"] for one in there["changed"]] == [one["need"] for one in back["changed"]]


def test_without_the_problem_the_same_needs_are_compared() -> None:
    problem, floor, plan = pairs()
    with_it, without = compare(problem, floor, plan), compare(None, floor, plan)
    for name in ("served_now", "lost"):
        assert sorted(with_it[name]) == sorted(without[name])
    assert with_it["levels"] == without["levels"]


def test_who_lost_is_told_where_the_people_are_now() -> None:
    small = day(need(start_window=[540, 540]), volunteer())
    wide = day(need(start_window=[540, 540]), need("n2", start_window=[540, 540], priority=5), volunteer())
    found = compare(wide, solved(small), solved(wide))
    assert found["lost"] == ["n1"]
    assert found["new_needs"] == ["n2"]
    assert found["missing"] == [{
        "need": "n1", "volunteers": ["v1"], "start": 540, "class": "outbid",
        "why": [{"cause": "needed_elsewhere", "volunteer": "v1", "need": "n2"}],
    }]  # fmt: skip
    assert found["served"][0]["why"] == [{"cause": "was_at", "volunteer": "v1", "need": "n1"}]
    words = in_words(found)
    assert "n1 is served no longer by v1: v1 is needed for n2." in words
    assert "n2 is served now: v1 at 540: v1 was at n1 then." in words
    assert "n2 is new." in words


def test_a_decline_is_told_as_the_rule_that_now_stands_in_the_way() -> None:
    problem = day(need(regular=["v1"]), volunteer(), volunteer("v2", place=north(300)), travel=WALK)
    plan = solved(problem)
    changes = [Decline("n1", "v1")]
    after = repair(problem, plan, changes)
    found = compare(changed_problem(problem, plan.plan, changes), plan, after)
    assert found["changed"] == [{
        "need": "n1", "from": {"volunteers": ["v1"], "start": 540}, "to": {"volunteers": ["v2"], "start": 540},
        "goals": {"regular": -60, "walking": -6},
        "why": [{"cause": "rule", "volunteer": "v1", "rule": "forbidden"}],
    }]  # fmt: skip
    assert "n1 goes from v1 at 540 to v2 at 540: v1 may not come: forbidden." in in_words(found)
    assert "Regular: 60 > 0 (-60) minutes." in in_words(found)


def test_a_volunteer_who_left_the_list_is_told_as_gone() -> None:
    before = day(need(), volunteer(), volunteer("v2", place=north(300)))
    after = day(need(), volunteer("v2", place=north(300)))
    (changed,) = compare(after, solved(before), solved(after))["changed"]
    assert changed["why"] == [{"cause": "rule", "volunteer": "v1", "rule": "gone"}]


def test_another_minute_and_a_better_goal_are_reasons_too() -> None:
    problem = day(need(start_window=[540, 560], regular=["v2"]), volunteer(), volunteer("v2", place=north(300)),
                  travel=WALK)  # fmt: skip
    locked = replace(problem, locked=day(
        need(start_window=[540, 560]), volunteer(), locked=[{"need": "n1", "volunteers": ["v1"], "start": 550}],
    ).locked)  # fmt: skip
    (changed,) = compare(problem, solved(locked), solved(problem))["changed"]
    assert changed["why"] == [{"cause": "goal", "goal": "regular", "by": 60}, {"cause": "time", "by": -10}]


@pytest.mark.parametrize("seed", range(10))
def test_every_word_of_the_document_has_its_sentence(seed: int) -> None:
    problem = generate(30, 20, seed)
    dice = random.Random(seed)
    some = replace(problem, needs=tuple(one for one in problem.needs if dice.random() < 0.8))
    found = compare(None, greedy(some), greedy(problem))
    words = " ".join(in_words(found))
    for name in (*found["served_now"], *found["lost"], *(one["need"] for one in found["changed"])):
        assert f"{name} is " in words or f"{name} goes " in words
    json.dumps(found)


def test_the_command_takes_two_results_or_a_problem_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, floor, plan = pairs()
    problem.to_json(tmp_path / "p.json")
    floor.to_json(tmp_path / "a.json")
    plan.to_json(tmp_path / "b.json")
    names = [str(tmp_path / name) for name in ("p.json", "a.json", "b.json")]

    def printed(*words: str) -> Any:
        assert main(["compare", *words]) == 0
        return capsys.readouterr().out

    assert json.loads(printed(*names)) == compare(problem, floor, plan)
    assert json.loads(printed(*names[1:])) == compare(None, floor, plan)
    assert printed("--words", *names[1:]).splitlines() == in_words(compare(None, floor, plan))
    assert main(["compare", names[1]]) == 2
    assert "two results" in capsys.readouterr().err
