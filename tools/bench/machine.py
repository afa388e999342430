"""The machine in words: what a reader needs to hold the figures against her own."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tools.bench.peers import PEERS
from tools.bench.running import OURS

LIBRARIES = ("ortools", "numpy", "scipy", "numba")


def words(rows: Sequence[dict[str, Any]]) -> str:
    """One paragraph: processor, memory, versions, day, and the commits of the engine that these rows are of."""
    commits = ", ".join(dict.fromkeys(row["commit"] for row in rows if row["peer"] in OURS and row.get("commit")))
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    return f"{here()}, {versions}. Measured on {today()}, engine at commit {commits or 'unknown'}."


def here() -> str:
    """Processor, cores, memory, system and Python."""
    cores = len(os.sched_getaffinity(0))
    return f"{_processor()}, {cores} cores, {_memory()}; {platform.system()}, Python {platform.python_version()}"


def load(rows: Sequence[dict[str, Any]]) -> str:
    """What else the machine did, in words: seconds of a busy one say little."""
    loads = sorted(row["load"] for row in rows if "load" in row)
    if not loads:
        return "What else the machine did meanwhile was not kept."
    return f"When a run began, the machine's load was {loads[len(loads) // 2]} in the middle and {loads[-1]} at most."


def today() -> str:
    """The day of the measurement."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def versions() -> dict[str, str]:
    """The versions of the peers that are installed."""
    return {name: peer.version() for name, peer in PEERS.items() if peer.package and not peer.missing()}


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _text("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def _memory() -> str:
    found = re.search(r"^MemTotal:\s*(\d+) kB", _text("/proc/meminfo"), re.MULTILINE)
    return f"{int(found.group(1)) / 1024**2:.0f} GB" if found else "memory unknown"


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
