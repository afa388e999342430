"""Tiles on a Dask cluster of two real processes: the same plan, also when one of them is killed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matching.__main__ import main
from matching.generate import generate
from matching.telling import Line, in_words
from tests.house.source import ROOT

OTHER = ROOT / ".venv-cluster" / "bin" / "python"


def _python() -> str:
    """Who has Dask; skips where nobody has."""
    if importlib.util.find_spec("distributed"):
        return sys.executable
    if not OTHER.exists():
        pytest.skip("Dask is not installed; ./run cluster makes the environment that has it")
    return str(OTHER)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened to a town's day on a cluster."""
    words = [_python(), "-W", "ignore", "-m", "tests.matching.on_cluster"]
    done = subprocess.run(
        words, cwd=tmp_path_factory.mktemp("cluster"), env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_cluster_makes_the_plan_of_the_process_pool_and_of_one_process(told: dict[str, Any]) -> None:
    assert told["cluster"] == told["pool"] == told["alone"]
    assert len(told["alone"]) > 60
    assert told["at_once"] == 2


def test_a_worker_of_the_cluster_that_is_killed_in_the_middle_costs_only_time(told: dict[str, Any]) -> None:
    assert told["gone"]
    assert told["killed"] == told["alone"]


def test_the_command_line_takes_the_address_of_a_cluster(told: dict[str, Any]) -> None:
    assert told["command"] == [0, "", True]


def test_a_cluster_that_cannot_help_is_refused_in_a_sentence(told: dict[str, Any]) -> None:
    assert told["silent"].startswith("--cluster 127.0.0.1:1: no scheduler answers there")
    assert told["empty"].endswith(": the scheduler has no workers.")
    assert told["stranger"].endswith(" has another version.")


def test_without_dask_the_command_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    generate(4, 4, 1).to_json(tmp_path / "problem.json")
    words = ["solve", str(tmp_path / "problem.json"), "-o", str(tmp_path / "result.json"), "--cluster", "somewhere:1"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("--cluster needs Dask")
    assert said.count("\n") == 1
    assert not (tmp_path / "result.json").exists()


# --- one machine's terminal -----------------------------------------------------------------------------------------


class _Terminal:
    def __init__(self) -> None:
        self.shown = ""

    def write(self, text: str) -> None:
        self.shown += text

    def flush(self) -> None:
        return


def test_a_terminal_shows_one_line_that_is_written_again_and_wiped() -> None:
    terminal = _Terminal()
    line = Line(terminal)
    line("flow", (12, 340), (12, 2**60))
    line("layers", (12, 350), (12, 2**60))  # too soon after the other
    line.close()
    first, wiped, end = terminal.shown.split("\r")[1:]
    assert "flow" in first
    assert "serve 12 (proven), care 340" in first
    assert wiped == " " * len(first)
    assert end == ""


def test_bounds_are_told_where_they_say_something() -> None:
    assert in_words((1200, -40), (1300, 2**60)) == "serve 1,200 of at most 1,300, care -40"
    assert in_words((5,), (5,)) == "serve 5 (proven)"
