"""Timefold's core driven from Java: the jars come with its Python wheel, the day is TimefoldDay.java.

The clock is Java's own and begins when the solver is built: neither starting Java nor reading the day counts.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.bench.model import Model, Rounds

SOURCE = Path(__file__).with_name("TimefoldDay.java")
OWN_CLOCK = True


def missing() -> str:
    """Why it cannot run here."""
    return "" if shutil.which("javac") and shutil.which("java") else "there is no JDK (java and javac)"


def jars() -> Path:
    """Where the wheel keeps its jars."""
    found = importlib.util.find_spec("timefold.solver")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(next(iter(found.submodule_search_locations))) / "jars"


def warm() -> Path:
    """The folder of the compiled classes; compiled once for each version of the source."""
    version = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix) / "share" / "timefold-day" / version
    if not (folder / "TimefoldDay.class").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["javac", "-nowarn", "-cp", f"{jars()}/*", "-d", str(folder), str(SOURCE)], check=True)
    return folder


def solve(model: Model, seconds: float, seed: int, threads: int, report: object) -> Rounds:
    """The best rounds found in the time; one thread, as the free edition has no more."""
    with tempfile.TemporaryDirectory() as scratch:
        day, plans = Path(scratch) / "day", Path(scratch) / "plans"
        day.write_text(_words(model), encoding="ascii")
        path = os.pathsep.join([str(warm()), f"{jars()}/*"])
        words = [str(day), str(plans), str(round(1000 * seconds)), str(seed)]
        quiet = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-Xmx6g"]
        subprocess.run(["java", *quiet, "-cp", path, "TimefoldDay", *words], check=True, stdout=subprocess.DEVNULL)
        found = [_plan(line) for line in plans.read_text(encoding="ascii").splitlines()]
    for at, rounds in found:
        report(rounds, at)  # type: ignore[operator]
    return found[-1][1] if found else []


def _words(model: Model) -> str:
    """The day as TimefoldDay.read takes it."""
    lines: list[list[int]] = [[model.needs], list(itertools.accumulate([0, *model.kth_cost]))]
    for need in range(model.needs):
        head = [model.low[need], model.high[need], model.duration[need], model.priority[need]]
        lines.append(head + model.legs[need].tolist())
    lines.append([model.people])
    for person, care in enumerate(model.care):
        lines.append([model.most_tasks[person], model.most_minutes[person], *model.out[person].tolist()])
        lines.append([len(care), *(number for pair in sorted(care.items()) for number in pair)])
    lines.append([len(model.shifts)])
    lines += [[shift.person, shift.begin, shift.until] for shift in model.shifts]
    return "\n".join(" ".join(map(str, line)) for line in lines)


def _plan(line: str) -> tuple[float, Rounds]:
    at, *rounds = line.split()
    found: Rounds = []
    for one in rounds:
        shift, _, visits = one.partition(":")
        found.append((int(shift), [int(need) for need in visits.split(",")]))
    return int(at) / 1000, found
