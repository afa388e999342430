"""`./run bench matching`: the engine beside other solvers, or alone over its table of figures.

Rows are appended to a file, so that a long session can be broken off and gone on with. `--write` makes
docs/benchmarks.md and its charts of all rows that are there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from matching import InvalidProblem
from matching.bench import Size, read_sizes
from tools.bench import figures, machine, report
from tools.bench.peers import PEERS
from tools.bench.running import ROOT, Row, Task, read_rows, run_all

SIZES = "50x100,100x200,200x400,50x25,100x50,200x100"
ROWS = ROOT / "instance" / "bench" / "rows.jsonl"
IN_BASE = ("", "ortools")


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is asked for; exit 2 with one sentence where it cannot be understood."""
    asked = _parser().parse_args(words)
    try:
        peers = _peers(asked.peers)
        sizes = read_sizes(asked.sizes) if asked.sizes else []
    except InvalidProblem as error:
        print(error, file=sys.stderr)
        return 2
    if asked.extras:
        others = [name for name in peers if PEERS[name].package not in IN_BASE]
        print("yes" if others and not asked.figures else "no")
        return 0
    rows = _measured(asked, peers, sizes)
    print(report.text([*_ours_on(rows, read_rows(asked.rows)), *rows]))
    if asked.figures:
        print("\n".join(["", *report.evidence(rows, machine.today())]))
    if asked.write:
        for path in report.write(read_rows(asked.rows), ROOT):
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench matching", description=__doc__)
    parser.add_argument("--sizes", help=f"needs x volunteers, comma between (default {SIZES})")
    parser.add_argument("--seeds", type=int, default=3, help="days of each size")
    parser.add_argument("--time", type=float, help="seconds for each day (30; with --figures those of the table)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default=",".join(PEERS), help=f"of {', '.join(PEERS)}; '' measures nothing")
    parser.add_argument("--figures", action="store_true", help="the engine alone, on whole days, at all sizes")
    parser.add_argument("--explain", action="store_true", help="with --figures: reasons and cheapest changes as well")
    parser.add_argument("--rows", type=Path, default=ROWS, help="where rows are kept")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and its charts of all rows kept")
    parser.add_argument("--extras", action="store_true", help=argparse.SUPPRESS)  # more than the base is needed?
    return parser


def _peers(words: str) -> list[str]:
    peers = [word for word in words.split(",") if word]
    unknown = [name for name in peers if name not in PEERS]
    if unknown:
        raise InvalidProblem(f"--peers: there is no {unknown[0]!r}; there are {', '.join(PEERS)}.")
    return peers


def _measured(asked: argparse.Namespace, peers: list[str], sizes: list[Size]) -> Sequence[Row]:
    tasks = (
        figures.tasks(sizes, asked.seeds, asked.time, asked.threads, asked.explain)
        if asked.figures
        else _tasks(peers, sizes or read_sizes(SIZES), asked.seeds, asked.time or 30.0, asked.threads)
    )
    rows = []
    for row in run_all(tasks, asked.rows):
        print(report.line(row), file=sys.stderr, flush=True)
        rows.append(row)
    return rows


def _ours_on(rows: Sequence[Row], kept: Sequence[Row]) -> list[Row]:
    """Earlier runs of this engine on the same days: what others are held against where it was not asked again."""
    days = {(row["needs"], row["volunteers"]) for row in rows if row["peer"] != "engine"}
    return [row for row in kept if row["peer"] == "ours" and (row["needs"], row["volunteers"]) in days]


def _tasks(peers: list[str], sizes: list[Size], seeds: int, seconds: float, threads: int) -> list[Task]:
    """Every peer on every day."""
    tasks: list[Task] = []
    for name in dict.fromkeys(peers):
        if missing := PEERS[name].missing():
            print(f"{PEERS[name].title} is left out: {missing}.", file=sys.stderr)
            continue
        tasks += [
            {
                "peer": name, "needs": needs, "volunteers": volunteers, "seed": seed, "seconds": seconds,
                "threads": threads,
            }
            for needs, volunteers in sizes
            if needs <= PEERS[name].most
            for seed in range(1, seeds + 1)
        ]  # fmt: skip
    return tasks


if __name__ == "__main__":
    sys.exit(main())
