"""Who is measured: one file each, with `solve(model, seconds, seed, threads, report) -> rounds`.

`report` may be called with every better plan on the way, so that the time to an equal plan is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any


@dataclass(frozen=True)
class Peer:
    """One way to plan a day. `package`: what has to be installed for it; `most`: needs beyond which it is not asked."""

    title: str
    module: str
    package: str = ""
    most: int = 10**9
    anytime: bool = True  # uses the time it is given

    def missing(self) -> str:
        """Why it cannot run here; empty when it can."""
        if not self.package:
            return ""
        try:
            metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return f"{self.package} is not installed"
        look = getattr(import_module(f"tools.bench.peers.{self.module}"), "missing", None)
        return str(look()) if look else ""

    def version(self) -> str:
        """The version measured."""
        return metadata.version(self.package) if self.package else ""

    def load(self) -> Any:
        """Its module."""
        return import_module(f"tools.bench.peers.{self.module}")


PEERS: dict[str, Peer] = {
    "ours": Peer("this engine", "ours", anytime=False),
    "greedy_nearest": Peer("greedy, nearest volunteer", "greedy_nearest", anytime=False),
    "greedy_weight": Peer("greedy, heaviest pair", "greedy_weight", anytime=False),
    "greedy_care": Peer("greedy, most care", "greedy_care", anytime=False),
    "choosing": Peer("volunteers choose", "choosing", anytime=False),
    "routing": Peer("OR-Tools routing", "routing", "ortools", most=500),
    "cpsat": Peer("OR-Tools CP-SAT", "cpsat", "ortools", most=2000),
    "vroom": Peer("VROOM", "vroom_jobs", "pyvroom", most=500, anytime=False),
    "pyvrp": Peer("PyVRP", "pyvrp_prizes", "pyvrp", most=500),
    "timefold": Peer("Timefold, Python", "timefold_python", "timefold", most=2000),
    "timefold_java": Peer("Timefold, Java", "timefold_java", "timefold", most=5000),
}
