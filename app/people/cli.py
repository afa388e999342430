"""`flask init`: an empty working site. `flask import ...`: a community from files."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _
from flask_migrate import upgrade

from app.access.actor import SYSTEM
from app.cli import REFUSED, said_in_words
from app.config import ROOT
from app.db import transaction
from app.ledger.keys import ensure_key
from app.menu.service import load_menu
from app.needs.importing import import_needs
from app.org.importing import import_units
from app.org.tables import BrokenFile, OnlyTried, Outcome, Report
from app.people.importing import import_elders, import_volunteers
from app.rulepacks.service import load_neutral_pack


@click.command("init")
@with_appcontext
def init() -> None:
    """An empty working site: the tables, the default menu, its skills and the neutral rules. May be repeated."""
    with said_in_words():
        upgrade(directory=str(ROOT / "migrations"))
        with transaction():
            items, skills = load_menu()
            changed = load_neutral_pack()
            ensure_key()
        click.echo(
            _(
                "Ready: %(items)s menu items, %(skills)s skills, %(changed)s settings written.",
                items=items, skills=skills, changed=changed,
            )
        )  # fmt: skip


imports = AppGroup("import", help="Bring a file (CSV, UTF-8 or GB18030) into the site: all of it or nothing.")
FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
UNIT = click.option("--unit", "unit_code", required=True, metavar="CODE", help="The unit that all rows must lie in.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would happen and store nothing.")


@imports.command("org")
@FILE
@DRY_RUN
def org(file: Path, dry_run: bool) -> None:
    """Cities, districts, streets and communities by their official codes."""
    _import(lambda: import_units(SYSTEM, file.read_bytes(), dry_run=dry_run))


@imports.command("elders")
@FILE
@UNIT
@DRY_RUN
def elders(file: Path, unit_code: str, dry_run: bool) -> None:
    """Elders, enrolled with their consent; grids named in the file are made."""
    _import(lambda: import_elders(SYSTEM, file.read_bytes(), unit_code=unit_code, dry_run=dry_run))


@imports.command("volunteers")
@FILE
@UNIT
@DRY_RUN
def volunteers(file: Path, unit_code: str, dry_run: bool) -> None:
    """Volunteers past probation, with their teams and free times."""
    _import(lambda: import_volunteers(SYSTEM, file.read_bytes(), unit_code=unit_code, dry_run=dry_run))


@imports.command("needs")
@FILE
@UNIT
@DRY_RUN
def needs(file: Path, unit_code: str, dry_run: bool) -> None:
    """Orders of elders who are enrolled; they count as reviewed."""
    _import(lambda: import_needs(SYSTEM, file.read_bytes(), unit_code=unit_code, dry_run=dry_run))


commands = [init, imports]


def _import(work: Callable[[], Report]) -> None:
    with said_in_words():
        try:
            with transaction():
                report = work()
        except OnlyTried as tried:
            report = tried.report
        except BrokenFile as refused:
            _say_problems(refused.report)
            sys.exit(REFUSED)
        _say_report(report)


def _say_report(report: Report) -> None:
    words = {Outcome.ADDED: _("added"), Outcome.CHANGED: _("changed"), Outcome.SAME: _("as before")}
    for line in report.lines:
        remarks = "".join(f"  {remark}" for remark in line.remarks)
        row = _("row %(row)s", row=line.number)
        click.echo(f"{row}  {line.code}  {line.name}  {words[line.outcome]}{remarks}")
    counts = ", ".join(f"{words[outcome]} {report.count(outcome)}" for outcome in words)
    ending = _("Nothing was stored: this was a dry run.") if report.dry_run else _("Stored.")
    click.echo(f"{counts}. {ending}")


def _say_problems(report: Report) -> None:
    for problem in report.problems:
        place = _("row %(row)s", row=problem.row) if problem.row else _("file")
        named = [place, problem.code, problem.column]
        click.echo(f"{', '.join(word for word in named if word)}: {problem.sentence()}", err=True)
    click.echo(str(BrokenFile.text), err=True)
