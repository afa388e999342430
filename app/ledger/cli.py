"""`flask ledger ...`: prove the books and fill the funds."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli import said_in_words
from app.db import transaction
from app.errors import DomainError
from app.ledger.head_files import heads_folder, kept_heads
from app.ledger.seeding import seed_month, seeded
from app.ledger.verify import mark, prove

ledger = AppGroup("ledger", help="The time bank.")
commands = [ledger]


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--heads", type=click.Path(exists=True, path_type=Path), help="Heads kept elsewhere: a file or folder.")
def verify(as_json: bool, heads: Path | None) -> None:
    """Prove every book from its first line, and against every published head. Exit 0 when all holds, 1 when not."""
    with said_in_words():
        report = prove([*kept_heads(heads_folder()), *(kept_heads(heads) if heads else ())])
        with transaction():
            mark(report)
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


@ledger.command("seed")
@click.option("--unit", required=True, help="A community, or any unit inside it.")
@click.option("--month", required=True, type=click.DateTime(["%Y-%m"]), help="YYYY-MM")
def seed(unit: str, month: datetime) -> None:
    """Propose the month's new minutes for a community's fund. Two people approve them at /c/ledger."""
    try:
        with transaction():
            proposal = seed_month(unit, month.date())
            is_done = seeded(unit, month.date()) is not None
    except DomainError as error:
        raise click.ClickException(error.sentence()) from None
    if proposal is None:
        click.echo("The fund holds enough for this month, or the year's budget is spent. Nothing was proposed.")
    elif is_done:
        click.echo(f"{proposal.amount} minutes of {month:%Y-%m} were approved before.")
    else:
        click.echo(f"{proposal.amount} minutes wait for two people at /c/ledger ({proposal.uid}).")
