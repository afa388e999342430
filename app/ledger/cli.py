"""`flask ledger ...`: prove the books."""

import json
import sys

import click
from flask.cli import AppGroup

from app.db import transaction
from app.ledger.verify import verify_and_mark

ledger = AppGroup("ledger", help="The time bank.")
commands = [ledger]


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def verify(as_json: bool) -> None:
    """Prove every book from its first line. Exit 0 when all holds, 1 when something does not."""
    with transaction():
        report = verify_and_mark()
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for finding in report.findings:
            click.echo(str(finding))
    verdict = "All of it holds." if report.clean else f"{len(report.findings)} findings."
    click.echo(
        f"{report.transfers} transfers of {report.accounts} accounts in {report.ledgers} ledgers. {verdict}", err=True
    )
    sys.exit(0 if report.clean else 1)
