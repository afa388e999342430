"""`flask ledger head | new-key | export`: publish, renew the key, and write the books out as plain text."""

from typing import TextIO

import click

from app.cli import said_in_words
from app.db import act, one_picture, transaction
from app.errors import NotFound
from app.ledger.cli import ledger
from app.ledger.export import export
from app.ledger.head_files import heads_folder, write_head
from app.ledger.heads import publish
from app.ledger.keys import renew_key
from app.ledger.models import PublishedHead
from app.ledger.queries import ledgers
from app.ledger.tree import grow

commands: list[click.Command] = []  # they are commands of `flask ledger`, which stands in its own list
ONE = click.option("--ledger", "ledger_id", metavar="CODE", help="Only the book of this area.")


def publish_now(ledger_id: str) -> PublishedHead:
    """The day's head, stored and written as a file. The tree grows in small acts first, so that nobody waits long."""
    while act(lambda: grow(ledger_id)):
        pass
    with transaction():
        head = publish(ledger_id)
    write_head(head)
    return head


@ledger.command("head")
@ONE
def head(ledger_id: str | None) -> None:
    """Sign and publish the head of each book as it stands now."""
    with said_in_words():
        for one in _asked(ledger_id):
            made = publish_now(one)
            click.echo(f"Head {made.nr} of {made.ledger_id}, {made.day}: line {made.seq}, root {made.root}.")
        click.echo(f"The files are in {heads_folder()}: copy them to another place.", err=True)


@ledger.command("new-key")
@click.option("--lost", is_flag=True, help="The present key is lost: nobody can sign for the new one.")
def new_key(lost: bool) -> None:
    """Sign with a new key from now on; the present one signs for it. Old heads stay as they are."""
    with said_in_words():
        with transaction():
            made = renew_key(lost=lost)
        click.echo(f"The key is now {made.id}. Tell people, and publish a head: ./run flask ledger head")


@ledger.command("export")
@ONE
@click.option("--out", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="A file; else the console.")
def write_out(ledger_id: str | None, out: TextIO) -> None:
    """Write the books as plain text, one record a line: add them up with python tools/recompute.py FILE."""
    with said_in_words(), one_picture():
        out.writelines(export(_asked(ledger_id)[0] if ledger_id else None))


def _asked(ledger_id: str | None) -> list[str]:
    found = [book.id for book in ledgers() if ledger_id in (None, book.id)]
    if ledger_id and not found:
        raise NotFound
    return found
