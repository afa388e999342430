"""`python -m matching convert`: what public instance files become, and one sentence for damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching import InvalidProblem, Options, Problem, check, solve
from matching.__main__ import main
from matching.converting import read_assignment, read_toptw

CORDEAU = """5 1 3 4
500 200
 0 0.500 0.000 0 0 0 0 0 100
 1 3.500 4.000 2 12 4 1 15 10 40
 2 0.500 1.000 7.25 8 4 2 3 12 0 90
 3 9.000 9.000 1 0 4 0 0 90
"""
SOLOMON = """2 10 2 1
0 200
  0 40.00 50.00 0.00 0.00 0 0 0 1236
  1 45.00 68.00 90.00 10.00 1 1 1 912 967
  2 45.00 70.00 90.00 30.00 1 1 1 825 870
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pr.txt").write_text(CORDEAU, encoding="ascii")
    (tmp_path / "c.txt").write_text(SOLOMON, encoding="ascii")
    (tmp_path / "assign.txt").write_text(" 3\n 5 1\n 9\n 2 4 3 8 7 6\n", encoding="ascii")
    return tmp_path


def test_cordeau_files_keep_two_decimals_and_cut_the_rest_off(folder: Path) -> None:
    problem = read_toptw(folder / "pr.txt", walkers=2)
    first, second = problem.needs  # the third has no score and can only cost time
    assert (first.id, first.start_window, first.duration_min, first.priority) == ("n1", (1000, 4000), 200, 12)
    assert (second.start_window, second.duration_min, second.priority) == ((0, 9000), 725, 8)
    assert [v.free for v in problem.volunteers] == [((0, 10_000),)] * 2
    assert problem.travel.minutes[0] == (0, 500, 100, 1237)  # type: ignore[union-attr]  # 12.3794 is cut, not rounded


def test_solomon_files_keep_one_decimal(folder: Path) -> None:
    problem = read_toptw(folder / "c.txt", walkers=1)
    assert problem.travel.minutes[0] == (0, 186, 206)  # type: ignore[union-attr]  # 18.68 and 20.61
    assert problem.needs[0].start_window == (9120, 9670)
    assert problem.needs[0].duration_min == 900


def test_decimals_may_be_chosen(folder: Path) -> None:
    problem = read_toptw(folder / "c.txt", walkers=1, decimals=3)
    assert problem.travel.minutes[0] == (0, 18_681, 20_615)  # type: ignore[union-attr]
    with pytest.raises(InvalidProblem, match=r"line 5: the duration must be from 1 .* in steps of 1, not 7.25"):
        read_toptw(folder / "pr.txt", walkers=1, decimals=0)


def test_only_scores_count_in_an_orienteering_problem(folder: Path) -> None:
    problem = read_toptw(folder / "c.txt", walkers=1)
    result = solve(problem, Options(time_limit_s=10, workers=1))
    assert check(problem, result) == []
    assert [level.value for level in result.plan.levels] == [30 + 10, 0]
    assert result.status == "optimal"


def test_an_assignment_becomes_pairs_with_the_cost_turned_round(folder: Path) -> None:
    problem = read_assignment(folder / "assign.txt")
    assert [pair.score for pair in problem.pairs] == [-5, -1, -9, -2, -4, -3, -8, -7, -6]
    assert problem.pairs_only
    result = solve(problem, Options(time_limit_s=10, workers=1))
    assert check(problem, result) == []
    assert [level.value for level in result.plan.levels] == [3, -(1 + 2 + 6)]
    assert result.status == "optimal"


def test_the_command_writes_documents_that_are_read_back_alike(folder: Path) -> None:
    names = [str(folder / "pr.txt"), str(folder / "c.txt")]
    assert main(["convert", "toptw", *names, "--walkers", "3", "-o", str(folder)]) == 0
    assert main(["convert", "assign", str(folder / "assign.txt"), "-o", str(folder / "a.json")]) == 0
    assert Problem.from_json(folder / "pr.json") == read_toptw(folder / "pr.txt", 3)
    assert Problem.from_json(folder / "c.json") == read_toptw(folder / "c.txt", 3)
    assert Problem.from_json(folder / "a.json") == read_assignment(folder / "assign.txt")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("5 1 3 4", "5 1", "line 1: the number of vertices (the third field) is missing"),
        ("5 1 3 4", "5 1 four 4", "line 1: the number of vertices must be a number"),
        ("5 1 3 4", "5 1 7 4", "line 1: the number of vertices is 7, but 3 follow the first"),
        ("3.500", "3,5", "line 4: the x must be a number"),
        ("4.000", "nan", "line 4: the y must be a number"),
        ("4.000", "1e300", "line 4: the y must be a number up to"),
        (" 2 12 ", " 0 12 ", "line 4: the duration must be from 0.01 to"),
        (" 2 12 ", " 2 12.5 ", "line 4: the score must be from 0 to 1000000 in steps of 1"),
        (" 2 12 ", " 2 2000000 ", "line 4: the score must be from 0 to 1000000"),
        (" 10 40\n", " 10.001 40\n", "line 4: the opening must be from 0 to"),
        (" 10 40\n", " 10 4\n", "line 4: the closing must be at or after its opening"),
        (" 10 40\n", " 10 4000000\n", "line 4: the closing must be from 0 to 100000"),
        (" 10 40\n", "\n", "line 4: a vertex has at least 9 fields, not 8"),
        ("4 1 15", "4 3 15", "line 4: the list has 1 entries, but its length (field 7) is 3"),
        ("0 0 0 0 0 100", "0 0 0 0 100 100", "line 3: the closing must be after its opening"),
        (" 9.000", " 9000000", "too far apart"),
        (CORDEAU, "5 1 3 4\n", "must have two lines of headings"),
        ("500 200", "500 2\N{LATIN SMALL LETTER E WITH ACUTE}", "is not plain text"),
    ],
)
def test_a_damaged_orienteering_file_gets_one_sentence(
    old: str, new: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in CORDEAU
    path = tmp_path / "pr.txt"
    path.write_text(CORDEAU.replace(old, new), encoding="utf-8")
    assert main(["convert", "toptw", str(path), "--walkers", "1", "-o", str(tmp_path / "out.json")]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "first entry, the number of agents must be a whole number from 1"),
        ("many", "first entry, the number of agents must be"),
        ("0", "first entry, the number of agents must be"),
        ("6000", "first entry, the number of agents must be"),
        ("2 1 2 3", "must hold 2 x 2 costs after the first entry, not 3"),
        ("2 1 2 3 4 5", "must hold 2 x 2 costs after the first entry, not 5"),
        ("2 1 2 x 4", "the cost in row 2, column 1 must be a whole number"),
        ("2 1 2.5 3 4", "the cost in row 1, column 2 must be a whole number"),
        ("2 1 2 3 10000000000", "the cost in row 2, column 2 must be a whole number"),
    ],
)
def test_a_damaged_assignment_file_gets_one_sentence(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "assign.txt"
    path.write_text(text, encoding="ascii")
    assert main(["convert", "assign", str(path), "-o", str(tmp_path / "out.json")]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["toptw", "{pr}", "-o", "{out}"], "--walkers"),
        (["toptw", "{pr}", "--walkers", "0", "-o", "{out}"], "--walkers must be a whole number from 1"),
        (["toptw", "{pr}", "--walkers", "1", "--decimals", "9", "-o", "{out}"], "--decimals must be"),
        (["toptw", "{pr}", "{pr}", "--walkers", "1", "-o", "{out}"], "--output must be a folder"),
        (["assign", "{out}", "-o", "{out}"], "out.json cannot be read"),
        (["chess", "{pr}", "-o", "{out}"], "invalid choice"),
    ],
)
def test_wrong_words_exit_with_two(
    words: list[str], says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = {"pr": str(folder / "pr.txt"), "out": str(folder / "out.json")}
    assert main(["convert", *(word.format(**named) for word in words)]) == 2
    assert says in capsys.readouterr().err
