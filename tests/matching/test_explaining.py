"""What the result says of one need, in words that a coordinator understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching import Problem, Result, solve
from matching.__main__ import main
from matching.explaining import explain_in_words
from tests.matching.towns import day, need, north, volunteer

WALK = {"kind": "walking", "metres_per_minute": 100, "detour": 1}


def told(problem: Problem, name: str) -> str:
    return "\n".join(explain_in_words(problem, solve(problem), name))


def test_a_match_says_who_when_what_it_is_worth_and_who_would_be_next() -> None:
    problem = day(need(regular=["v1"]), volunteer(), volunteer("v2", place=north(200)), travel=WALK)
    assert told(problem, "n1") == (
        "n1 is served by v1 from 9:00 on.\n"
        "It weighs 1, and adds 60 minutes of care: a familiar face 60.\n"
        "v2 could come instead; that would lose a familiar face 60, walking 4."
    )
    alone = told(day(need(), volunteer()), "n1")
    assert alone.endswith("Nobody else could come without somebody else being moved.")


def test_a_need_left_over_says_why_who_is_busy_and_what_would_help() -> None:
    at_once = {"start_window": [540, 540]}
    people = [volunteer(), volunteer("v2", free=[[600, 700]]), volunteer("v3", reach_m=0, place=north(89.5))]
    problem = day(need(**at_once, priority=2), need("n2", **at_once, gates=["vetted"]), *people)
    assert told(problem, "n2").splitlines()[:2] == [
        "n2 is left over. Nobody is left who could come.",
        "Of 3 people 3 have not passed vetted, 0 are left.",
    ]
    problem = day(need(**at_once, priority=2), need("n2", **at_once), *people)
    other = "Another that fits beside the plan, not solved again:"
    assert told(problem, "n2").splitlines() == [
        "n2 is left over. Whoever could come serves what weighs more.",
        "Of 3 people 1 lives too far away, 1 is not free then, 1 is left.",
        "v1 is at n1 from 9:00 to 9:30.",
        "The smallest change that serves it: v3 goes 90 metres far instead of 0. It serves n2, nobody loses.",
        f"{other} it may start from 8:30 to 9:00 instead of 9:00 to 9:00; v1 comes.",
        f"{other} v2 is free from 9:00 to 11:40 instead of 10:00 to 11:40.",
        "One more hour of a volunteer there would add 1.0 to what is served.",
    ]


def test_a_change_that_was_not_looked_for_is_told_from_one_that_does_not_exist() -> None:
    problem = day(need(gates=["vetted"]), volunteer())
    result = solve(problem)
    assert "No single change that may be offered would serve it." in explain_in_words(problem, result, "n1")
    hurried = Result(result.plan, "feasible", "time", {"reasons": {"complete": False}})
    assert any("the time did not suffice" in line for line in explain_in_words(problem, hurried, "n1"))


def test_the_command_prints_the_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = day(need(), volunteer())
    files = str(tmp_path / "problem.json"), str(tmp_path / "result.json")
    problem.to_json(files[0])
    solve(problem).to_json(files[1])
    assert main(["explain", *files, "--need", "n1", "--words"]) == 0
    assert capsys.readouterr().out.startswith("n1 is served by v1 from 9:00 on.\n")
