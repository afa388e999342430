"""The bench: every solver answers the same day, one judge values them all, and the page is made of real rows."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from matching import rules
from matching.generate import _Near
from matching.problem import Problem
from matching.travel import leg_min
from tests.house.source import ROOT, python_files
from tools.bench import __main__ as bench
from tools.bench import pictures, report
from tools.bench.marks import marks
from tools.bench.model import build_model, judged, plain_problem
from tools.bench.one import run
from tools.bench.peers import PEERS, limits
from tools.bench.running import read_rows, run_all, run_one
from tools.bench.standing import longest, reached, standings, value_at

PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
SMALL = {"needs": 10, "volunteers": 14, "seed": 2, "seconds": 1.0, "threads": 2}
SECONDS = {"timefold": 3.0, "timefold_java": 3.0}
LONG = pytest.mark.full  # its bridge alone takes ten seconds to start


def asked(peer: str, **changed: Any) -> dict[str, Any]:
    return {**SMALL, "peer": peer, **changed}


def answer(task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The row of one task, from the environment that has the solver; skips where none has."""
    missing = PEERS[task["peer"]].missing()
    if not missing:
        return run(task)
    if not PEERS_PYTHON.exists():
        pytest.skip(f"{missing}; ./run bench matching makes the environment that has it")
    words = [str(PEERS_PYTHON), "-W", "ignore", "-m", "tools.bench.one", json.dumps(task), str(folder / "row.json")]
    subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=120)
    return json.loads((folder / "row.json").read_text())


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return run(asked("ours"))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Real rows of a few sizes."""
    plain = [
        asked(peer, needs=needs, volunteers=volunteers, seed=seed)
        for needs, volunteers in ((12, 24), (12, 6), (16, 32))
        for peer in ("ours", "greedy_nearest", "greedy_care", "choosing")
        for seed in (1, 2)
    ]
    whole = [asked("engine", needs=12, volunteers=24, seed=seed) for seed in (1, 2)]
    return [run(task) | {"peak_mb": 100} for task in plain + whole]


# --- the day as other solvers see it --------------------------------------------------------------------------------


def test_other_solvers_get_the_minutes_and_the_pairs_of_the_rules() -> None:
    problem = plain_problem(12, 16, 3)
    model = build_model(problem)
    for row, person in enumerate(problem.volunteers):
        allowed = {need for need, one in enumerate(problem.needs) if not rules.first_broken_rule(problem, one, person)}
        assert set(model.care[row]) == allowed
        for column, need in enumerate(problem.needs):
            assert model.out[row, column] == leg_min(problem, person, person.place, need.place)
            assert model.out[row, column] == leg_min(problem, person, need.place, person.place)
    for row, here in enumerate(problem.needs):
        for column, there in enumerate(problem.needs):
            assert model.legs[row, column] == leg_min(problem, problem.volunteers[0], here.place, there.place)


def test_a_plain_day_has_nothing_that_other_solvers_cannot_say() -> None:
    problem = plain_problem(60, 40, 1)
    assert not any(need.remote or need.volunteers == 2 for need in problem.needs)
    assert not any(person.trainee or person.end_place for person in problem.volunteers)
    assert problem.goals.waiting_minute == 0


@pytest.mark.parametrize(
    "peer", [pytest.param(name, marks=LONG if name == "timefold" else ()) for name in PEERS if name != "ours"]
)
def test_every_solver_keeps_the_rules_and_none_beats_a_proven_plan(peer: str, ours: dict, tmp_path: Path) -> None:
    row = answer(asked(peer, seconds=SECONDS.get(peer, 1.0)), tmp_path)
    assert not row["broken"]
    assert ours["status"] == "optimal"
    assert (0, -(10**6)) < (row["serve"], row["care"]) <= (ours["serve"], ours["care"])
    assert row["trail"][-1][1:] == [row["serve"], row["care"]]


def test_an_exact_model_of_somebody_else_proves_the_same_plan(tmp_path: Path) -> None:
    for seed in (1, 5):
        task = asked("cpsat", needs=8, volunteers=10, seed=seed, seconds=20.0)
        theirs, ours = answer(task, tmp_path), run(task | {"peer": "ours"})
        assert (theirs["serve"], theirs["care"]) == (ours["serve"], ours["care"])
        assert ours["status"] == "optimal"


def test_the_judge_sees_an_answer_that_breaks_a_rule() -> None:
    model = build_model(plain_problem(12, 16, 3))
    shift, need = next(
        (row, need)
        for row, shift in enumerate(model.shifts)
        for need in model.care[shift.person]
        if model.walkable(row, [need])
    )
    assert judged(model, [(shift, [need])])[1] == []
    assert judged(model, [(shift, [need, need])])[1]
    stranger = next(other for other in range(model.needs) if other not in model.care[model.shifts[shift].person])
    assert judged(model, [(shift, [stranger])])[1]
    late = next(
        (row, needs)
        for row, one in enumerate(model.shifts)
        for first in model.care[one.person]
        for second in model.care[one.person]
        if first != second and not model.walkable(row, needs := [first, second])
    )
    assert judged(model, [late])[1]


def test_two_shifts_of_one_person_are_held_to_her_limits_of_the_day() -> None:
    here = [30.72, 111.28]
    needs = [
        {
            "id": f"n{hour}",
            "place": here,
            "start_window": [60 * hour, 60 * hour + 30],
            "duration_min": 30,
            "priority": weight,
        }
        for hour, weight in ((8, 1), (9, 3), (14, 2))
    ]
    person = {"id": "v", "place": here, "free": [[470, 700], [830, 1000]], "max_tasks": 2}
    problem = Problem.from_dict(
        {"format": "lianxin-matching/1", "needs": needs, "volunteers": [person], "goals": {"waiting_minute": 0}}
    )
    model = build_model(problem)
    seen = []

    def everything_that_fits_a_shift(caps: limits.Caps) -> list[tuple[int, list[int]]]:
        seen.append(list(caps.tasks))
        return [(0, [0, 1][-caps.tasks[0] :]), (1, [2])] if caps.tasks[1] else [(0, [0, 1][-caps.tasks[0] :])]

    found = limits.within_limits(model, everything_that_fits_a_shift)
    assert seen[0] == [2, 2]
    assert len(seen) == 2
    assert judged(model, found)[1] == []
    too_much = [(0, [0, 1]), (1, [2])]
    assert limits.trimmed(model, too_much) == [(0, [1]), (1, [2])]
    assert judged(model, too_much)[1]


# --- processes and rows ---------------------------------------------------------------------------------------------


def test_a_session_that_was_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    tasks = [asked("greedy_nearest", seed=seed) for seed in (1, 2)]
    first = list(run_all(tasks[:1], path))
    kept = path.read_text()
    both = list(run_all(tasks, path))
    assert both[0] == first[0]
    assert path.read_text().startswith(kept)
    assert [row["seed"] for row in read_rows(path)] == [1, 2]
    assert all(row["peak_mb"] > 30 for row in both)


def test_a_run_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    task = asked("nobody")
    row = run_one(task)
    assert "nobody" in row["failed"]
    assert "failed" in next(run_all([task], path))
    assert "failed" in next(run_all([task], path))
    assert len(read_rows(path)) == 2
    assert standings([row]) == []
    assert "failed" in report.line(row)


def test_wrong_words_are_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--peers", "ours,nobody"]) == 2
    assert bench.main(["--sizes", "20"]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 2
    assert "nobody" in told[0]
    assert "20x60" in told[1]


def test_only_other_peoples_packages_ask_for_an_environment_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--peers", "ours,routing,cpsat,choosing"], ["--figures"], ["--peers", "ours,vroom"]):
        assert bench.main(["--extras", *words]) == 0
    assert capsys.readouterr().out.split() == ["no", "no", "yes"]


def test_the_product_knows_nothing_of_the_bench() -> None:
    assert not [source.name for source in python_files("app", "matching") if "tools.bench" in source.text]


# --- what people read -----------------------------------------------------------------------------------------------


def test_the_table_holds_every_solver_against_this_engine(rows: list[dict[str, Any]]) -> None:
    found = {(one.peer, one.size): one for one in standings(rows)}
    assert len(found) == 4 * 3
    one = found["ours", (12, 6)]
    assert one.serve_gap == 0
    assert one.care_below == 0
    assert one.to_plan is None
    greedy = found["greedy_nearest", (12, 6)]
    assert greedy.serve <= one.serve
    assert greedy.serve_gap == pytest.approx(
        sum(1 - row["serve"] / our["serve_bound"] for row, our in pairs(rows, "greedy_nearest", (12, 6))) / 2
    )
    text = report.text(rows)
    assert text.count("| 12 x 6 |") == 4
    assert "| 12 x 24 | " in text


def pairs(rows: list[dict[str, Any]], peer: str, size: tuple[int, int]) -> list[tuple[dict, dict]]:
    mine = [row for row in longest(rows) if (row["needs"], row["volunteers"]) == size]
    ours = {row["seed"]: row for row in mine if row["peer"] == "ours"}
    return [(row, ours[row["seed"]]) for row in mine if row["peer"] == peer]


def test_time_to_equal_quality_is_read_from_the_way_a_plan_came() -> None:
    row = {"trail": [[0.5, 40, -90], [2.0, 44, -300], [3.5, 44, -80]]}
    assert reached(row, [40]) == 0.5
    assert reached(row, [43]) == 2.0
    assert reached(row, [44, -100]) == 3.5
    assert reached(row, [44, -79]) is None
    assert value_at(row, 0.1) is None
    assert value_at(row, 3.0) == (44, -300)


def test_who_wins_against_this_engine_is_said(rows: list[dict[str, Any]]) -> None:
    size = (12, 24)
    ours = next(row for row in longest(rows) if row["peer"] == "ours" and (row["needs"], row["volunteers"]) == size)
    better = ours | {"peer": "cpsat", "care": ours["care"] + 7, "trail": [[0.1, ours["serve"], ours["care"] + 7]]}
    told = "\n".join(report.wins(standings([ours, better])))
    assert "OR-Tools CP-SAT" in told
    assert "better plan" in told
    both = [row for row in longest(rows) if row["peer"] == "ours" and (row["needs"], row["volunteers"]) == size]
    richer = max(both, key=lambda row: row["serve"])
    assert len({row["serve"] for row in both}) == 2
    same_on_one_day = standings([*both, richer | {"peer": "vroom", "trail": [[99.0, richer["serve"], richer["care"]]]}])
    assert report.wins(same_on_one_day) == report.wins(standings(both))  # one day's mean is not held against two days'
    assert same_on_one_day[1].title == "VROOM (the first 1 of 2 days)"
    assert report.wins(standings([ours])) == ["On none of these days is another better, or sooner as good."]


def test_what_is_asked_for_is_said_whether_it_is_reached_or_not() -> None:
    def row(peer: str, seed: int, *trail: tuple[float, int, int]) -> dict[str, Any]:
        at, serve, care = trail[-1]
        rest = {"serve_bound": 100, "care_bound": 60, "all": 110, "visits": 40, "broken": [], "peak_mb": 9, "load": 3.0}
        day = asked(peer, needs=200, volunteers=400, seed=seed, seconds=30.0)
        worked = {} if peer == "vroom" else {"worked": [2 * step[0] for step in trail]}
        return day | worked | {"trail": list(trail), "took": at + 1, "serve": serve, "care": care} | rest

    rows = [row("ours", seed, (0.1, 99, -20), (0.2, 100, 40), (0.5, 100, 60)) for seed in (1, 2, 3)]
    ends = ((6.0, 100, 30), (3.0, 100, 40), (1.0, 99, -20))
    rows += [row("routing", seed, (0.5, 98, 0), end) for seed, end in enumerate(ends, 1)]
    rows += [row("vroom", seed, (9.0, 100, 61)) for seed in (1, 2, 3)]
    rows += [row("greedy_weight", seed, (0.1, 90, 20)) for seed in (1, 2, 3)]
    rows += [row("greedy_care", seed, (0.1, 100, 50)) for seed in (1, 2, 3)]
    told = marks(standings(rows))
    assert "| OR-Tools routing | 3.0 s | 0.20 s | 30x, 15x, 10x | 15x | 3.0 / 3.0 | 30x, 15x, 10x | 15x |" in told
    assert any("OR-Tools routing: 20 times **not reached**" in line and "on 1 of 3 days" in line for line in told)
    assert "| VROOM | 9.0 s | never | never, never, never | 0.00x | 3.0 / 3.0 | not known |  |" in told
    assert "| greedy, heaviest pair | 10.00% / 0.00% | to nothing | 20 / 60 | 3.0x |" in told
    assert any("heaviest pair: a tenth of its gap reached, twice its care reached" in line for line in told)
    assert any("most care: a tenth of its gap reached, twice its care **not reached**" in line for line in told)
    at_once = {"trail": [[0.01, 100, 60]], "worked": [0.02]}
    quick = marks(standings([one | at_once if one["peer"] == "ours" else one for one in rows]))
    assert any("OR-Tools routing: 20 times reached" in line and "on 3 of 3 days" in line for line in quick)
    assert marks([]) == ["Not measured yet."]
    assert marks(standings(rows[:3])) == ["No other solver was measured yet."]


def test_charts_are_whole_pictures_that_need_nothing_from_elsewhere(rows: list[dict[str, Any]]) -> None:
    drawn = pictures.charts(rows)
    assert list(drawn) == [pictures.CHART]  # no race was measured here, and one size of the engine alone
    svg = drawn[pictures.CHART]
    picture = ET.fromstring(svg)
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert words.count("this engine") == 3
    assert "prefers-color-scheme:dark" in svg
    assert svg.count("http") == 1
    assert "nan" not in svg
    for circle in picture.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 <= float(circle.get("cx")) <= 900
        assert 0 <= float(circle.get("cy")) <= float(picture.get("viewBox").split()[3])


def test_a_race_and_a_city_are_drawn_where_they_were_measured(rows: list[dict[str, Any]]) -> None:
    race = [row | {"needs": 200, "volunteers": 100} for row in rows if row["peer"] != "engine"]
    alone = [row for row in rows if row["peer"] == "engine"]
    city = [row | {"needs": 12 * size, "volunteers": 24 * size} for row in alone for size in (1, 9)]
    drawn = pictures.charts([*race, *city])
    assert set(drawn) == {pictures.CHART, pictures.RACE, pictures.CITY}
    for svg in drawn.values():
        ET.fromstring(svg)
    assert "OR-Tools" not in drawn[pictures.RACE]
    assert "greedy, most care" in drawn[pictures.RACE]
    assert "twice as many volunteers" in drawn[pictures.CITY]


def test_the_page_is_made_of_the_rows(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    written = report.write(rows, tmp_path)
    page = written[0].read_text()
    assert [path.relative_to(tmp_path).as_posix() for path in written] == ["docs/benchmarks.md", pictures.CHART]
    assert "{{" not in page
    assert "| 16 x 32 | **this engine** |" in page
    assert "cores" in page
    engine = [row for row in rows if row["peer"] == "engine"]
    assert f"{engine[0]['serve']} / {engine[0]['serve_bound']}" in page
    (line,) = report.evidence([row | {"commit": "abc1234"} for row in engine], "2026-01-02")
    assert line.startswith("| 2026-01-02 | abc1234 | the engine alone at 12 x 24, seeds 1, 2, ")
    assert line.count("|") == 5


# --- made-up towns --------------------------------------------------------------------------------------------------


def test_the_nearest_people_are_found_without_looking_at_everybody() -> None:
    dice = random.Random(7)
    for count in (1, 3, 8, 9, 500):
        places = [[round(30.7 + 0.03 * dice.random(), 6), round(111.2 + 0.03 * dice.random(), 6)] for _ in range(count)]
        places += places[: count // 4]  # two people may live behind one door
        near = _Near(places)
        for home in [*places[:5], [30.7, 111.2], [30.9, 111.0]]:
            everybody = sorted(range(len(places)), key=lambda row: (math.dist(places[row], home), row))
            assert near.to(home) == everybody[:8]
