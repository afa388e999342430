"""`python -m matching solve|check|explain|compare|convert|bench|warm`.

Exit 0: done. 1: the plan breaks a rule (check). 2: invalid input, with one sentence on standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import matching
from matching import InvalidProblem, Options, Problem, Result

if TYPE_CHECKING:
    from concurrent.futures import Executor

WRITING_S = 5e-5  # kept for each need's lines of the result
LEAST = 0.3  # of the time asked for: what solving gets even where loading the program took longer


class _Parser(argparse.ArgumentParser):
    """Wrong words are invalid input like any other: one sentence, exit 2."""

    def error(self, message: str) -> NoReturn:
        raise InvalidProblem(f"{message[0].upper()}{message[1:]}.")


def main(words: Sequence[str] | None = None) -> int:
    """Run one command."""
    try:
        asked = _parser().parse_args(words)
        return _COMMANDS[asked.command](asked)
    except InvalidProblem as error:
        print(" ".join(str(error).split()), file=sys.stderr)
    except MemoryError:
        print(f"{asked.command} cannot be done: the documents do not fit into memory.", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or asked.command} cannot be used: {error.strerror or error}.", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m matching", description="Who helps whom, and when.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("solve", help="write the best plan of a problem")
    one.add_argument("problem")
    one.add_argument("-o", "--output", required=True, help="where the result is written")
    one.add_argument("--time", type=float, default=15.0, help="seconds from the start of the program to the result")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--workers", type=int, default=2, help="threads, or processes where a city is solved in tiles")
    one.add_argument("--cluster", metavar="ADDRESS", help="solve tiles on the workers of this Dask scheduler")
    for name, what in (("check", "say which rules a result breaks"), ("explain", "print what a result says of a need")):
        two = commands.add_parser(name, help=what)
        two.add_argument("problem")
        two.add_argument("result")
        if name == "explain":
            two.add_argument("--need", required=True)
            two.add_argument("--words", action="store_true", help="sentences instead of a JSON document")
    three = commands.add_parser("compare", help="print what the second result changes against the first")
    three.add_argument("files", nargs="+", metavar="FILE", help="[problem] first second")
    three.add_argument("--words", action="store_true", help="sentences instead of a JSON document")
    _convert_parser(commands.add_parser("convert", help="turn public test instances into problems"))
    four = commands.add_parser("bench", help="solve made-up days and put the plan beside the greedy one")
    four.add_argument("--sizes", default="20x60,12x400,50x100,200x400", help="needs x volunteers, comma between")
    four.add_argument("--seeds", type=int, default=2, help="days of each size")
    four.add_argument("--time", type=float, default=15.0)
    four.add_argument("--workers", type=int, default=2)
    four.add_argument("--json", action="store_true", help="one JSON list instead of a table")
    commands.add_parser("warm", help="compile what is compiled, so that the first run need not")
    return parser


def _convert_parser(convert: argparse.ArgumentParser) -> None:
    kinds = convert.add_subparsers(dest="kind", required=True)
    toptw = kinds.add_parser("toptw", help="team orienteering with time windows (Cordeau's and Solomon's instances)")
    toptw.add_argument("--walkers", type=int, required=True, help="how many rounds start and end at the first vertex")
    toptw.add_argument("--decimals", type=int, help="of a distance that are kept; as the collection says by default")
    assign = kinds.add_parser("assign", help="assignment files of the OR-Library")
    for kind in (toptw, assign):
        kind.add_argument("files", nargs="+", metavar="FILE")
        kind.add_argument("-o", "--output", required=True, help="the problem; a folder where there are several files")


def _solve(asked: argparse.Namespace) -> int:
    from matching.solver import load

    if not asked.time > 0:
        raise InvalidProblem(f"--time must be above 0, not {asked.time}.")
    if asked.workers < 1:
        raise InvalidProblem(f"--workers must be at least 1, not {asked.workers}.")
    _refuse_output(Path(asked.output))
    problem = Problem.from_json(asked.problem)
    with _places(asked.cluster) as (executor, at_once):
        load()
        left = max(LEAST * asked.time, asked.time - _age() - WRITING_S * len(problem.needs))
        options = Options(left, asked.seed, asked.workers, executor=executor, at_once=at_once)
        _shown(problem, options).to_json(asked.output)
    return 0


@contextmanager
def _places(cluster: str | None) -> Iterator[tuple[Executor | None, int | None]]:
    """Where tiles are solved, and how many at once: the default, or a cluster."""
    if cluster is None:
        yield None, None
        return
    from matching.cluster import connected

    with connected(cluster) as there:
        yield there


def _shown(problem: Problem, options: Options) -> Result:
    """The plan; a terminal shows how far it is."""
    if not sys.stderr.isatty():
        return matching.solve(problem, options)
    from matching.telling import Line

    line = Line(sys.stderr)
    try:
        return matching.solve(problem, replace(options, progress=line))
    finally:
        line.close()


def _refuse_output(path: Path) -> None:
    """InvalidProblem before the work is done where its result could not be written."""
    if path.is_dir():
        raise InvalidProblem(f"{path} cannot be used: it is a folder.")
    if not path.parent.is_dir():
        raise InvalidProblem(f"{path} cannot be used: there is no folder {path.parent}.")


def _age() -> float:
    """Seconds since this program was started, where the system tells; else since Python's own clock began."""
    try:
        with open("/proc/self/stat", encoding="ascii") as stat:
            begun = int(stat.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - begun)
    except (OSError, AttributeError, ValueError, IndexError):
        return time.process_time()


def _check(asked: argparse.Namespace) -> int:
    broken = matching.check(Problem.from_json(asked.problem), Result.from_json(asked.result))
    print("\n".join(broken) or "Every rule holds.")
    return 1 if broken else 0


def _explain(asked: argparse.Namespace) -> int:
    problem, result = Problem.from_json(asked.problem), Result.from_json(asked.result)
    entry = matching.explain(problem, result, asked.need)
    if not entry:
        raise InvalidProblem(f"The result says nothing of the need {asked.need!r}.")
    if asked.words:
        from matching.explaining import explain_in_words

        print("\n".join(explain_in_words(problem, result, asked.need)))
    else:
        _print(entry)
    return 0


def _compare(asked: argparse.Namespace) -> int:
    from matching.comparing import in_words

    if len(asked.files) not in (2, 3):
        raise InvalidProblem(f"compare takes two results, or a problem and two results, not {len(asked.files)} files.")
    problem = Problem.from_json(asked.files[0]) if len(asked.files) == 3 else None
    first, second = (Result.from_json(name) for name in asked.files[-2:])
    found = matching.compare(problem, first, second)
    if asked.words:
        print("\n".join(in_words(found)))
    else:
        _print(found)
    return 0


def _convert(asked: argparse.Namespace) -> int:
    from matching.converting import read_assignment, read_toptw

    folder = Path(asked.output)
    if len(asked.files) > 1 and not folder.is_dir():
        raise InvalidProblem(f"--output must be a folder that exists where there are several files, not {folder}.")
    for name in asked.files:
        if asked.kind == "toptw":
            problem = read_toptw(name, asked.walkers, asked.decimals)
        else:
            problem = read_assignment(name)
        problem.to_json(folder / f"{Path(name).stem}.json" if folder.is_dir() else folder)
    return 0


def _bench(asked: argparse.Namespace) -> int:
    from matching.bench import bench, read_sizes, table

    rows = bench(read_sizes(asked.sizes), asked.seeds, asked.time, asked.workers)
    if asked.json:
        _print(rows)
    else:
        print(table(rows))
    return 0


def _warm(asked: argparse.Namespace) -> int:
    from matching import longrounds
    from matching.solver import load

    load()
    longrounds.load()
    return 0


def _print(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1))


_COMMANDS = {
    "solve": _solve,
    "check": _check,
    "explain": _explain,
    "compare": _compare,
    "convert": _convert,
    "bench": _bench,
    "warm": _warm,
}

if __name__ == "__main__":
    sys.exit(main())
