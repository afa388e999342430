"""`python -m app.records.proof`: check a signed certificate without the site and without its database.

    python -m app.records.proof check certificate.json [--key KEYS]

KEYS is the published key file (keys.json) or one public key of 64 hexadecimal digits, best kept since long before or
copied from the notice board. Without it the key file in the data folder of this site is taken, as in app.ledger.proof.
Exit 0: proved. 1: refused. 2: not to be read. 3: all fits, but no key to compare with. What no file can know is said
each time: whether the certificate was revoked since.
"""

import argparse
import sys
from pathlib import Path

from app.ledger.proof import answered
from app.records.signed import REASONS, Verdict, check


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; the exit code."""
    asked = _arguments(arguments)
    return answered([asked.file], asked.key, lambda documents, keys: check(documents[0], keys), REASONS, _words)


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.records.proof", description="Check a certificate offline.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check", help="one signed certificate")
    command.add_argument("file", metavar="certificate.json", type=Path)
    command.add_argument("--key", help="the key file, or a public key of 64 hexadecimal digits")
    return parser.parse_args(arguments)


def _words(verdict: Verdict) -> tuple[str, str]:
    return f"{_what_holds(verdict)}\n{_revoked_since(verdict)}", verdict.certificate["key_id"]


def _what_holds(verdict: Verdict) -> str:
    one = verdict.certificate
    services = sum(line["proof"] != "honour" for line in one["lines"])
    return (
        f"Certificate {one['number']} of {one['issuer_name']}: {one['name']} (service number {one['service_number']})"
        f" served {one['minutes']} minutes in {services} services from {one['from_day']} to {one['until_day']}, and was"
        f" granted {one['honour_min']} minutes of honour hours. Signed with the key {one['key_id']}."
    )


def _revoked_since(verdict: Verdict) -> str:
    one = verdict.certificate
    return (
        f"It held on {one['held_at']}, when it was signed. Whether it was revoked since, no file can know: open"
        f" {one['check_at']}."
    )


if __name__ == "__main__":
    sys.exit(main())
