"""Importing the package costs next to nothing: no solver, no arrays, a small part of a second."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

HEAVY = {"numpy", "scipy", "numba", "ortools", "flask", "sqlalchemy", "pandas", "unittest", "asyncio"}
SCRIPT = """
import json, sys, time
before = set(sys.modules)
begun = time.process_time()
import matching
spent = time.process_time() - begun
print(json.dumps([spent, sorted(name.partition('.')[0] for name in set(sys.modules) - before)]))
"""


def imported(script: str = SCRIPT) -> tuple[float, set[str]]:
    """Seconds of processor for the import in a fresh process, and the packages it brought."""
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    spent, names = json.loads(asked.stdout)
    return spent, set(names)


def test_importing_brings_the_package_and_pieces_of_the_standard_library_only() -> None:
    _, names = imported()
    assert names & HEAVY == set()
    assert {name for name in names if name not in sys.stdlib_module_names} == {"matching"}


def test_importing_takes_less_than_a_third_of_a_second() -> None:
    assert statistics.median(imported()[0] for _ in range(3)) < 0.3


def test_the_command_line_and_the_documents_need_no_solver_either() -> None:
    names_of_all = "matching.__main__, matching.checking, matching.reading_results, matching.comparing"
    _, names = imported(SCRIPT.replace("import matching\n", f"import {names_of_all}\n"))
    assert names & HEAVY == set()
