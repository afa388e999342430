"""`python -m matching`: what each command prints, and exit codes 0, 1 and 2 with one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from matching.__main__ import main
from matching.generate import generate


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    problem, result = tmp_path / "problem.json", tmp_path / "result.json"
    generate(12, 10, 3).to_json(problem)
    assert main(["solve", str(problem), "-o", str(result), "--time", "10", "--seed", "4", "--workers", "1"]) == 0
    return str(problem), str(result)


def test_a_problem_is_solved_and_the_result_checked(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *files]) == 0
    assert capsys.readouterr().out == "Every rule holds.\n"
    document = json.loads(Path(files[1]).read_text(encoding="utf-8"))
    assert document["run"]["seed"] == 4


def test_a_broken_plan_exits_with_one_and_a_sentence_for_each_rule(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(files[1])
    document = json.loads(path.read_text(encoding="utf-8"))
    document["matches"][0]["start"] += 1000
    path.write_text(json.dumps(document), encoding="utf-8")
    assert main(["check", *files]) == 1
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("start_window: need ") for line in said)
    assert any(line.startswith("match: ") for line in said)


def test_explain_and_compare_print_documents(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("n1", "n12"):
        assert main(["explain", *files, "--need", name]) == 0
        assert json.loads(capsys.readouterr().out)["need"] == name
    assert main(["compare", files[0], files[1], files[1]]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == []


def test_bench_prints_a_table_or_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--sizes", "6x8", "--seeds", "1", "--time", "5"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "6x8"
    assert main(["bench", "--sizes", "6x8", "--seeds", "2", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["seed"] for row in rows] == [1, 2]
    assert all(row["serve_greedy"] <= row["serve"] <= row["serve_bound"] for row in rows)


def test_warm_compiles_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["warm"]) == 0
    assert capsys.readouterr() == ("", "")


_COMPILED_LATER = """
import sys
from matching import Options, solve
from matching.__main__ import main
from matching.generate import generate

def compiled():
    modules = [module for name, module in sys.modules.items() if name.startswith("matching.")]
    loops = [loop for module in modules for loop in vars(module).values() if hasattr(loop, "nopython_signatures")]
    return {str(loop): loop.nopython_signatures for loop in loops}

main(["warm"])
warm = compiled()
for size in ((60, 30), (1300, 650), (1300, 2000)):
    solve(generate(*size), Options(time_limit_s=3, explain=False))
print(len(warm), [name for name, signatures in compiled().items() if signatures != warm.get(name)])
"""


def test_after_warm_no_day_waits_for_the_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", _COMPILED_LATER], capture_output=True, text=True, check=True)
    count, later = done.stdout.split(maxsplit=1)
    assert int(count) > 20
    assert later == "[]\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["solve", "{missing}", "-o", "{out}"], "missing.json cannot be read"),
        (["solve", "{bad}", "-o", "{out}"], "must be a whole number"),
        (["solve", "{problem}", "-o", "{folder}/none/result.json"], "cannot be used"),
        (["solve", "{problem}", "-o", "{out}", "--time", "0"], "--time must be above 0"),
        (["solve", "{problem}", "-o", "{out}", "--time", "soon"], "invalid float value"),
        (["solve", "{problem}", "-o", "{out}", "--workers", "0"], "--workers must be at least 1"),
        (["solve", "{problem}"], "required"),
        (["check", "{problem}", "{problem}"], "format must be"),
        (["explain", "{problem}", "{result}", "--need", "n999"], "unknown need 'n999'"),
        (["compare", "{problem}", "{result}", "{missing}"], "cannot be read"),
        (["bench", "--sizes", "many"], "--sizes must be like"),
        (["dance"], "invalid choice"),
        ([], "required"),
    ],
)
def test_invalid_input_exits_with_two_and_one_sentence(
    words: list[str], says: str, files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    document = generate(3, 3).to_dict()
    document["needs"][1]["duration_min"] = "long"
    bad.write_text(json.dumps(document), encoding="utf-8")
    named = {
        "problem": files[0], "result": files[1], "bad": str(bad), "folder": str(tmp_path),
        "missing": str(tmp_path / "missing.json"), "out": str(tmp_path / "out.json"),
    }  # fmt: skip
    capsys.readouterr()
    assert main([word.format(**named) for word in words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


def test_the_module_runs_as_a_program(files: tuple[str, str]) -> None:
    words = [sys.executable, "-m", "matching", "check"]
    asked = subprocess.run([*words, *files], capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stdout) == (0, "Every rule holds.\n")
    asked = subprocess.run([*words, files[0], "none.json"], capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stderr.count("\n")) == (2, 1)
    assert "Traceback" not in asked.stderr
