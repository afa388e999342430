"""`python -m matching solve|check|explain|warm`: exit 0 done, 1 rules broken (check), 2 invalid input."""

from __future__ import annotations

import argparse
import json
import sys

from matching import InvalidProblem, Options, Problem, Result, check, solve


def main(words: list[str] | None = None) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m matching")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("solve")
    one.add_argument("problem")
    one.add_argument("-o", "--output", required=True)
    one.add_argument("--time", type=float, default=15.0)
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--workers", type=int, default=2)
    two = commands.add_parser("check")
    two.add_argument("problem")
    two.add_argument("result")
    three = commands.add_parser("explain")
    three.add_argument("problem")
    three.add_argument("result")
    three.add_argument("--need", required=True)
    commands.add_parser("warm")
    asked = parser.parse_args(words)
    try:
        return _run(asked)
    except InvalidProblem as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or asked.command}: {error.strerror or error}.", file=sys.stderr)
        return 2


def _run(asked: argparse.Namespace) -> int:
    if asked.command == "warm":
        solve(Problem.from_dict(_TINY))
        return 0
    problem = Problem.from_json(asked.problem)
    if asked.command == "solve":
        options = Options(time_limit_s=asked.time, seed=asked.seed, workers=asked.workers)
        solve(problem, options).to_json(asked.output)
        return 0
    result = Result.from_json(asked.result)
    if asked.command == "check":
        broken = check(problem, result)
        print("\n".join(broken) or "Every rule holds.")
        return 1 if broken else 0
    if asked.need not in problem.need_by_id:
        raise InvalidProblem(f"--need names the unknown need {asked.need!r}.")
    document = result.to_dict()
    found = [entry for entry in document["matches"] + document["unserved"] if entry["need"] == asked.need]
    print(json.dumps(found[0] if found else {}, ensure_ascii=False, indent=1))
    return 0


_TINY = {
    "format": "lianxin-matching/1",
    "needs": [
        {"id": "a", "place": [30.0, 111.0], "start_window": [480, 500], "duration_min": 30},
        {"id": "b", "place": [30.0, 111.001], "start_window": [480, 600], "duration_min": 30, "volunteers": 2},
    ],
    "volunteers": [
        {"id": "v", "place": [30.0, 111.0], "free": [[400, 700]]},
        {"id": "w", "place": [30.001, 111.0], "free": [[400, 520], [530, 700]]},
    ],
}

if __name__ == "__main__":
    sys.exit(main())
