"""`flask demo ...`: the demo community, up to date at every start, and a sign-in link for each of the cast."""

import os
import socket
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import monotonic

import click
from flask import current_app
from flask.cli import AppGroup
from flask_migrate import upgrade
from sqlalchemy import make_url, select

from app.audit.models import AuditEntry
from app.audit.service import record
from app.config import ROOT
from app.db import db, session, transaction
from app.demo import cast, loading, tomorrow
from app.demo.place import COMMUNITY
from app.errors import DomainError
from app.ledger.head_files import heads_folder
from app.ledger.heads import due
from app.ledger.keys import ensure_key
from app.ledger.proof_cli import publish_now
from app.ledger.queries import ledgers
from app.matchruns.cli import run_now
from app.matchruns.queries import plan_in_force
from app.menu.service import load_menu
from app.needs.queries import open_needs
from app.rulepacks.service import load_neutral_pack
from app.signin.links import make_demo_link

LIVED = "demo.day"
PORT = 8000

demo = AppGroup("demo", help="The demo community.")
commands = [demo]


@demo.command("serve")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-serve", is_flag=True, help="Make everything ready and stop.")
@click.option("--fresh", is_flag=True, help="Begin anew: the embedded database of the demo is thrown away.")
def serve(port: int, no_serve: bool, fresh: bool) -> None:
    """Migrate, load, match tomorrow, print the links, and serve on this machine."""
    if not no_serve:
        _must_be_free(port)
    if fresh:
        _begin_anew()
    make_ready()
    address = f"http://127.0.0.1:{port}"
    _print_links(address)
    if no_serve:
        return
    sys.stdout.flush()
    environment = os.environ | {"LIANXIN_DEMO": "1", "LIANXIN_BASE_URL": address}
    environment.setdefault("LIANXIN_JOBS", "huey" if current_app.config["SETTINGS"].embedded else "procrastinate")
    os.chdir(ROOT)
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    arguments = ["gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    os.execve(gunicorn, arguments, environment)


@demo.command("load")
def load() -> None:
    """Migrate, load what is missing, and match tomorrow."""
    make_ready()


@demo.command("links")
@click.option("--port", default=PORT, show_default=True)
def links(port: int) -> None:
    """A fresh sign-in link for each of the cast."""
    _print_links(f"http://127.0.0.1:{port}")


def make_ready() -> None:
    """The demo as of now: tables, menu, people, the past up to this minute, tomorrow's orders and their match."""
    upgrade(directory=str(ROOT / "migrations"))
    with transaction():
        load_menu()
        load_neutral_pack()
        ensure_key()
    _told("Loading the community and its two months", _load, when=not cast.is_loaded())
    today = cast.today()
    lived = _lived()
    _told("Publishing the books", _publish, when=bool(due()))
    _told("Living through the days since", lambda: _live(today, lived), when=lived is not None and lived < today)
    day = tomorrow.tomorrow()
    _told("Ordering for tomorrow", lambda: _order(day), when=not tomorrow.is_there(day))
    if open_needs(COMMUNITY, day) and plan_in_force(COMMUNITY, day) is None:
        _told("Matching tomorrow", lambda: _match(day))


def _load() -> None:
    today = cast.today()
    with transaction():
        loading.load(today)
        record(None, LIVED, f"day:{today}", unit_code=COMMUNITY)


def _live(today: date, lived: date | None) -> None:
    assert lived is not None
    with transaction():
        loading.live_through(today, since=lived + timedelta(days=1))
        record(None, LIVED, f"day:{today}", unit_code=COMMUNITY)


def _order(day: date) -> None:
    with transaction():
        tomorrow.move_on(day)
        tomorrow.order_for(day)
    _publish()


def _publish() -> None:
    """The day's head, and one more after tomorrow's orders: so there are two to hold side by side at once."""
    for book in ledgers():
        publish_now(book.id)


def _match(day: date) -> None:
    try:
        run = run_now(COMMUNITY, day)
    except DomainError as error:
        click.echo(error.sentence(), err=True)
        return
    click.echo(f"{run.served} of {run.needs} orders of tomorrow are matched; nobody was told yet.", err=True)


def _lived() -> date | None:
    """The last day that the demo lived through."""
    last = session.scalar(
        select(AuditEntry.subject).where(AuditEntry.verb == LIVED).order_by(AuditEntry.at.desc()).limit(1)
    )
    session.rollback()
    return date.fromisoformat(last.removeprefix("day:")) if last else None


def _told(words: str, work: Callable[[], None], *, when: bool = True) -> None:
    """Do a piece of work that takes a while, and say so."""
    if not when:
        return
    click.echo(f"{words} ...", err=True)
    began = monotonic()
    work()
    click.echo(f"    {monotonic() - began:.1f} s", err=True)


def _print_links(address: str) -> None:
    with transaction():
        paths = [(member, make_demo_link(cast.person_of(member.key).id)) for member in cast.CAST]
    click.echo(f"Lianxin is at {address}")
    for member, path in paths:
        click.echo(f"{member.key:9} {member.name}  {address}{path}  {member.says}")


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise click.ClickException(
                f"Port {port} is in use, so nothing was started. Stop what runs there, or choose another: --port 8001."
            ) from None


def _begin_anew() -> None:
    settings = current_app.config["SETTINGS"]
    if not settings.embedded:
        raise click.ClickException("--fresh throws away the embedded database only; empty a server's own by hand.")
    db.engine.dispose()
    file = make_url(settings.url).database or ""
    for ending in ("", "-wal", "-shm", ".writer"):
        Path(f"{file}{ending}").unlink(missing_ok=True)
    for head in heads_folder().glob("*.json"):  # they tell of a book that is gone
        head.unlink()
