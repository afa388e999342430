"""Documents: what is read is written again; whatever is damaged gets one sentence that names the field and the id."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from matching import InvalidProblem, Problem, Result, solve
from tests.matching.instances import random_day
from tests.matching.towns import day, need, volunteer

GOOD: dict[str, Any] = {
    "format": "lianxin-matching/1",
    "needs": [need(gender={"value": "f", "required": False}), need("n2", volunteers=2)],
    "volunteers": [volunteer(), volunteer("v2", gender="f")],
    "pairs": [{"need": "n1", "volunteer": "v1", "score": 3}],
    "locked": [{"need": "n2", "volunteers": ["v1"], "start": 560}],
}
MATRIX = {"kind": "matrix", "places": ["a", "b"], "minutes": [[0, 1], [1, 0]]}


def damaged(path: str, value: Any) -> dict[str, Any]:
    """The good document with one thing changed."""
    document = copy.deepcopy(GOOD)
    here: Any = document
    *way, last = path.split("/")
    for step in way:
        here = here[int(step) if step.isdigit() else step]
    here[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize("seed", range(20))
def test_a_problem_is_read_back_as_it_was_written(seed: int, tmp_path: Path) -> None:
    problem = Problem.from_dict(random_day(seed))
    problem.to_json(tmp_path / "problem.json")
    assert Problem.from_json(tmp_path / "problem.json") == problem


def test_a_result_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    result = solve(Problem.from_dict(GOOD))
    result.to_json(tmp_path / "result.json")
    assert Result.from_json(tmp_path / "result.json") == result
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert list(document) == ["format", "status", "stopped_by", "levels", "rounds", "matches", "unserved", "run"]
    assert set(document["run"]) == {"seed", "seconds", "arcs", "steps", "peak_mb", "reasons"}
    assert [level["name"] for level in document["levels"]] == ["serve", "care"]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("format", "lianxin-matching/2", "format must be"),
        ("colour", 1, "unknown field 'colour'"),
        ("needs/0/colour", 1, r"needs\[0\] \(n1\) has the unknown field 'colour'"),
        ("needs/0/id", "n2", "needs names 'n2' twice"),
        ("needs/0/id", 7, r"needs\[0\].id must be a text, not 7"),
        ("needs/0/id", "\ud800", "whole characters"),
        ("needs/0/place", None, r"\(n1\) lacks the field 'place'"),
        ("needs/0/place", [91, 0], r"\(n1\).place\[0\] must be a number from -90 to 90"),
        ("needs/0/place", [30.0], "lat_deg"),
        ("needs/0/place", [float("nan"), 1], "must be a number"),
        ("needs/0/start_window", [600, 540], "the earlier first"),
        ("needs/0/start_window", [-1, 540], "whole number from 0"),
        ("needs/0/start_window", None, "lacks the field 'start_window'"),
        ("needs/0/duration_min", 0, "duration_min must be a whole number from 1"),
        ("needs/0/duration_min", 1.5, "not 1.5"),
        ("needs/0/priority", 10**7, "priority"),
        ("needs/0/priority", True, "not True"),
        ("needs/0/volunteers", 3, "volunteers must be a whole number from 1 to 2"),
        ("needs/0/skills", "escort", "skills must be a list"),
        ("needs/0/gender", {"value": "f"}, r"\(n1\).gender lacks the field 'required'"),
        ("needs/0/gender", {"value": "x", "required": True}, '"f" or "m"'),
        ("needs/0/language", "wu", r"\(n1\).language must be an object"),
        ("volunteers/0/free", [[540, 600], [590, 700]], r"\(v1\).free holds windows that overlap"),
        ("volunteers/0/free", [[540, 540]], "empty window"),
        ("volunteers/0/free", None, "lacks the field 'free'"),
        ("volunteers/0/metres_per_minute", 0, "a number from 1 to 1000000"),
        ("volunteers/0/max_tasks", -1, "max_tasks"),
        ("volunteers", None, "lacks the field 'volunteers'"),
        ("volunteers", {}, "volunteers must be a list"),
        ("pairs/0/need", "n9", r"pairs\[0\].need names the unknown need 'n9'"),
        ("pairs/0/volunteer", "v9", r"pairs\[0\].volunteer names the unknown volunteer 'v9'"),
        ("locked/0/need", "n9", r"locked\[0\].need names the unknown need 'n9'"),
        ("locked/0/volunteers", ["v9"], "unknown volunteer 'v9'"),
        ("locked/0/volunteers", [], "must name 1 to 2 volunteers for need 'n2'"),
        ("locked/0/volunteers", ["v1", "v1"], "names 'v1' twice"),
        ("locked/0/start", 500, "breaks the rule start_window"),
        ("needs/1/gates", ["vetted"], "volunteer 'v1' at need 'n2' breaks the rule gate:vetted"),
        ("goals", {"kth_task": [5, 0]}, "kth_task must be a list that never falls"),
        ("goals", {"regular": -1}, "goals.regular"),
        ("travel", {"kind": "flying"}, 'travel.kind must be "walking" or "matrix"'),
        ("travel", {"kind": "walking", "detour": 0}, "travel.detour"),
        ("travel", {**MATRIX, "minutes": [[0, 1]]}, "one row and one column for each of 2 places"),
        ("travel", {**MATRIX, "minutes": [[1, 1], [1, 0]]}, "0 on the diagonal"),
        ("travel", {**MATRIX, "places": ["a", "a"]}, "names 'a' twice"),
        ("travel", MATRIX, "a name from travel.places"),
    ],
)
def test_a_damaged_problem_gets_one_sentence(path: str, value: Any, says: str) -> None:
    Problem.from_dict(GOOD)
    with pytest.raises(InvalidProblem, match=says) as caught:
        Problem.from_dict(damaged(path, value))
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "must be an object"),
        ("\ufeff{}", "not valid JSON"),
        ('{"format": 1, "format": 2}', "appears twice"),
        ('{"format": NaN}', "NaN is not a number"),
        ('{"a": ' + "[" * 100_000, "not valid JSON"),
        ('{"a": 1' + "0" * 5000 + "}", "not valid JSON"),
    ],
)
def test_a_file_that_is_no_problem_gets_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidProblem, match=says):
        Problem.from_json(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidProblem, match="not UTF-8"):
        Problem.from_json(path)
    with pytest.raises(InvalidProblem, match="cannot be read"):
        Problem.from_json(tmp_path / "missing.json")


def test_a_matrix_leaves_no_reach() -> None:
    rows = [need(place="a"), volunteer(place="b", reach_m=100)]
    with pytest.raises(InvalidProblem, match=r"volunteers \(v1\).reach_m must be null"):
        day(*rows, travel=MATRIX)


@pytest.mark.parametrize("field", ["levels", "rounds", "matches", "unserved", "status", "stopped_by"])
def test_a_damaged_result_gets_one_sentence(field: str) -> None:
    document = solve(Problem.from_dict(GOOD)).to_dict()
    for value in (None, 5, [{}], [5]):
        with pytest.raises(InvalidProblem) as caught:
            Result.from_dict({**document, field: value})
        assert str(caught.value).endswith(".")
    del document[field]
    with pytest.raises(InvalidProblem, match=field):
        Result.from_dict(document)
    for nothing in (None, [], {}, {"format": "lianxin-matching/1"}):
        with pytest.raises(InvalidProblem, match="format"):
            Result.from_dict(nothing)


@pytest.mark.parametrize("field", ["matches", "rounds", "unserved"])
def test_half_a_character_in_a_result_is_refused_before_it_is_printed(field: str) -> None:
    document = solve(Problem.from_dict(GOOD)).to_dict()
    document[field] = [{"need": "n1", "volunteer": "v1", "more": [{"volunteers": ["\ud800"]}]}]
    with pytest.raises(InvalidProblem, match=rf"^{field}\[0\] \(n1\) holds a text that is not of whole characters"):
        Result.from_dict(document)


def test_locks_that_contradict_each_other_are_named() -> None:
    at_once = {"start_window": [540, 545]}
    locks = [{"need": name, "volunteers": ["v1"]} for name in ("n1", "n2")]
    with pytest.raises(InvalidProblem, match="the locks of the needs n1, n2 cannot all be kept"):
        solve(day(need(**at_once), need("n2", **at_once), volunteer(), locked=locks))
