"""`python -m app.ledger.proof`: check a receipt or two heads without the site and without its database.

    python -m app.ledger.proof check receipt.json [--key KEYS]
    python -m app.ledger.proof consistent yesterday.json today.json [--key KEYS]

KEYS is the published key file (keys.json) or one public key of 64 hexadecimal digits, best kept since long before or
copied from the notice board. Without it the key file in the data folder of this site is taken ($LIANXIN_INSTANCE, or
instance/ beside app/). Exit 0: proved. 1: refused. 2: not to be read. 3: all fits, but no key to compare with.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.ledger import receipt
from app.ledger.head import Malformed, hexadecimal, key_id_of, read_json, read_keys

PROVED, REFUSED, UNREADABLE, WHOSE = range(4)
LARGEST_FILE = 1_000_000


class Unreadable(Exception):
    """A file that cannot be read; the text is the sentence."""


class Verdict(Protocol):
    """What a check came to, as far as the answer tells it."""

    @property
    def holds(self) -> bool: ...
    @property
    def why(self) -> str: ...
    @property
    def detail(self) -> str: ...


V = TypeVar("V", bound=Verdict)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; the exit code."""
    asked = _arguments(arguments)

    def checked(documents: list[Any], keys: dict[str, str]) -> receipt.Verdict:
        if asked.command == "check":
            return receipt.check(documents[0], keys)
        return receipt.check_growth(*documents, keys=keys)

    def words(verdict: receipt.Verdict) -> tuple[str, str]:
        return _what_holds(asked.command, verdict), verdict.head["key_id"]

    return answered(asked.files, asked.key, checked, receipt.REASONS, words)


def answered(
    files: Sequence[Path], key: str | None, checked: Callable[[list[Any], dict[str, str]], V],
    reasons: Mapping[str, str], words: Callable[[V], tuple[str, str]],
) -> int:  # fmt: skip
    """Check signed files and write what came of it; the exit code.

    checked: from the documents and the keys to trust (without any: what the files bring along, which proves nothing of
    whose they are). words: what holds, and the key that signed it.
    """
    try:
        documents = [read_document(path) for path in files]
        keys = given_keys(key)
        verdict = checked(documents, keys or _named(documents))
    except (Unreadable, Malformed) as error:
        sys.stderr.write(f"{error}.\n")
        return UNREADABLE
    if not verdict.holds:
        detail = f" ({verdict.detail})" if verdict.detail else ""
        sys.stdout.write(f"REFUSED. {reasons[verdict.why]}{detail}.\n")
        return REFUSED
    told, key_id = words(verdict)
    if keys:
        sys.stdout.write(f"PROVED. {told}\n")
        return PROVED
    sys.stdout.write(
        f"NOT PROVED YET. All of it fits together: {told}\nBut the key was compared with nothing, and anybody can make "
        f"one. Give --key with the community's published key file, and see that it names {key_id}.\n"
    )
    return WHOSE


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.ledger.proof", description="Check receipts and heads offline.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, files, words in (
        ("check", ["receipt.json"], "one receipt"),
        ("consistent", ["yesterday.json", "today.json"], "two heads, the older first"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("files", nargs=len(files), metavar=tuple(files), type=Path)
        command.add_argument("--key", help="the key file, or a public key of 64 hexadecimal digits")
    return parser.parse_args(arguments)


def read_document(path: Path) -> Any:
    """What a file says as JSON; Unreadable with the sentence otherwise."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Unreadable(f"{path} is too large to be a file of this site")
        return read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Unreadable(f"{path} can't be read as JSON: {error}") from None


def given_keys(given: str | None) -> dict[str, str]:
    """The keys to compare with; none when nothing was given and this site has no key file."""
    if given and len(given) == 64 and not Path(given).exists():
        return {key_id_of(hexadecimal(given, 64, "--key")): given}
    if given:
        return read_keys(read_document(Path(given)))
    instance = os.environ.get("LIANXIN_INSTANCE") or Path(__file__).resolve().parents[2] / "instance"
    kept = Path(instance) / "heads" / "keys.json"
    return read_keys(read_document(kept)) if kept.exists() else {}


def _named(documents: list[Any]) -> dict[str, str]:
    """The keys that the files themselves bring along: they prove nothing of who signed."""
    found = {}
    for document in documents:
        head = document.get("head") if isinstance(document, dict) else None
        for place in (document, head):
            public = place.get("public") if isinstance(place, dict) else None
            if isinstance(public, str):
                found[key_id_of(hexadecimal(public, 64, "public"))] = public
    return found


def _what_holds(command: str, verdict: receipt.Verdict) -> str:
    head, row = verdict.head, verdict.row
    where = f"head {head['nr']} of {head['day']}, which ends with line {head['seq']}"
    signed = f"signed with the key {head['key_id']}"
    if command == "consistent":
        return (
            f"The book {head['ledger_id']}, as of {where}, begins with the whole older book: nothing in it was changed "
            f"or left out. Both heads are {signed}."
        )
    moved = f"{row['amount']} {row['unit']}s from {row['debit_account_id']} to {row['credit_account_id']}"
    return (
        f"Line {row['seq']} of book {row['ledger_id']}, {row['kind']}, {moved}, of {row['created_at']}, stands in "
        f"{where}, {signed}."
    )


if __name__ == "__main__":
    sys.exit(main())
