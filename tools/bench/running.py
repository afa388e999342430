"""Runs in fresh processes, one after the other, with the memory they held; rows kept so that a session can go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEY = ("peer", "needs", "volunteers", "seed", "seconds", "threads")
LOOK_EVERY_S = 0.25
OURS = ("ours", "engine")

Task = dict[str, Any]
Row = dict[str, Any]


def engine_commit() -> str:
    """The commit that last changed the engine; empty where git or the history is not there."""
    words = ["git", "-C", str(ROOT), "log", "-1", "--format=%h", "--", "matching"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def read_rows(path: Path) -> list[Row]:
    """The rows of earlier sessions."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def run_all(tasks: Sequence[Task], path: Path) -> Iterator[Row]:
    """A row for each task: an earlier one of the same engine where there is one, else measured now and appended."""
    commit = engine_commit()
    known = {_key(row, commit): row for row in read_rows(path) if "failed" not in row}
    path.parent.mkdir(parents=True, exist_ok=True)
    for task in tasks:
        row = known.get(_key(task | {"commit": commit}, commit))
        if row is None:
            row = {"load": round(os.getloadavg()[0], 1)} | run_one(task) | {"commit": commit}
            with path.open("a", encoding="utf-8") as rows:
                rows.write(json.dumps(row) + "\n")
        yield row


def _key(row: Row, commit: str) -> tuple[Any, ...]:
    """Rows of other solvers hold for every commit, those of this engine for one."""
    return (*(row[name] for name in KEY), row["commit"] if row["peer"] in OURS else "", row.get("explain", False))


def run_one(task: Task) -> Row:
    """One task in a process of its own, with `peak_mb`; `failed` says what went wrong instead."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "row.json"
        errors = Path(scratch) / "errors"
        words = [sys.executable, "-W", "ignore", "-m", "tools.bench.one", json.dumps(task), str(output)]
        here = {**os.environ, "PYTHONPATH": str(ROOT)}
        with errors.open("w", encoding="utf-8") as told:
            process = subprocess.Popen(words, cwd=ROOT, env=here, stdout=subprocess.DEVNULL, stderr=told)
            solved = output.with_suffix(".solved")
            peak_mb, ended = _watched(process, 5 * task["seconds"] + 300, solved)
        if not ended:
            return task | {"failed": f"did not end within {5 * task['seconds'] + 300:.0f} s", "peak_mb": peak_mb}
        if process.returncode or not output.exists():
            lines = errors.read_text(encoding="utf-8").strip().splitlines()
            return task | {"failed": lines[-1] if lines else f"exit {process.returncode}", "peak_mb": peak_mb}
        row: Row = json.loads(output.read_text(encoding="utf-8"))
        return row | {"peak_mb": max(peak_mb, int(solved.read_text(encoding="ascii")))}


def _watched(process: subprocess.Popen[bytes], most_s: float, solved: Path) -> tuple[int, bool]:
    """The most megabytes that it and its children held together while solving, and whether it ended in time."""
    until = time.monotonic() + most_s
    peak = 0
    while process.poll() is None:
        held = sum(_kilobytes(pid) for pid in _family(process.pid))
        peak = peak if solved.exists() else max(peak, held)
        if time.monotonic() > until:
            for pid in reversed(_family(process.pid)):
                os.kill(pid, 9)
            process.wait()
            return peak // 1024, False
        time.sleep(LOOK_EVERY_S)
    return peak // 1024, True


def _family(pid: int) -> list[int]:
    """A process and all below it, as far as the system tells."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(below for child in children for below in _family(child))]


def _kilobytes(pid: int) -> int:
    """Memory of a process; what it shares with others is counted in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
