"""The judge refuses more than 200 kinds of errors by the name of the rule, and no plan that is right."""

from __future__ import annotations

import json

import pytest

from matching import Problem, Result, check
from tests.matching import errors_in_evidence, errors_in_plans
from tests.matching.planting import Error, planted, right

ERRORS = [
    Error(name, scene, rule, tuple(edits))
    for table in (errors_in_plans, errors_in_evidence)
    for name, scene, rule, *edits in table.rows()
]


@pytest.mark.parametrize("scene", ["street", "table"])
def test_the_plans_into_which_errors_are_planted_are_right(scene: str) -> None:
    problem, result = right(scene)
    assert check(Problem.from_dict(problem), Result.from_dict(result)) == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.name)
def test_a_planted_error_is_refused_by_the_name_of_its_rule(error: Error) -> None:
    problem, result = planted(error)
    assert json.dumps((problem, result)) != json.dumps(right(error.scene))
    said = check(Problem.from_dict(problem), Result.from_dict(result))
    assert any(sentence.startswith(f"{error.rule}: ") and sentence.endswith(".") for sentence in said), said


def test_there_are_more_than_200_kinds_and_each_rule_has_one() -> None:
    assert len({error.name for error in ERRORS}) == len(ERRORS) >= 200
    named = {error.rule.partition(":")[0] for error in ERRORS}
    assert named >= {
        "skill", "gate", "trainee", "gender", "language", "excluded", "forbidden", "reach", "free", "start_window",
        "max_tasks", "max_service", "end_place", "rounds", "travel", "duration", "walking", "service", "together",
        "lock", "once", "match", "volunteers", "need", "volunteer", "order", "score", "level", "bound", "gap",
        "bound_from", "status", "stopped_by", "considered", "unserved", "removed_by", "class", "lost_to", "change",
        "value_of_one_more_hour", "runner_up",
    }  # fmt: skip
