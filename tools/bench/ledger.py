"""`./run bench ledger`: what the time bank does a second, as a share of what its database does with a bare row.

One client, one act after the other, each stored in a transaction of its own on a disk. The bare rows are inserted by
the same engine between the rounds, so that both meet the same disk and the same busy machine. `--write` makes
docs/benchmarks-ledger.md.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import text

from app import clock
from app.db import act, db, let_go, session, transaction
from app.ledger import service
from app.ledger.heads import publish, receipt
from app.ledger.keys import public_keys
from app.ledger.queries import issuance_of
from app.ledger.receipt import check
from app.ledger.verify import prove
from tests.factories import ZONE
from tests.ledger.trials.bare import bare_inserts_a_second
from tests.people import GRID3, Cast, cast
from tests.support.databases import make_app
from tests.support.postgres import SAFE, Cloner, NoPostgres, Server
from tests.support.sign_in import signed_in
from tests.support.visitor import Visitor
from tools.bench import machine
from tools.bench.running import ROOT

ENGINES = ("sqlite", "postgresql")
PAGE = ROOT / "docs" / "benchmarks-ledger.md"
HEADS = ("engine", "what", "a second", "of bare inserts", "half within", "95 of 100 within", "at most")
BARE_ROWS = 200


@dataclass(frozen=True)
class Bank:
    """The accounts that minutes move between, the book they are in, and whose passbook is opened."""

    book: str
    fund: str
    passbook: str
    owner: str


@dataclass
class Figures:
    """What one engine did: seconds of each act by what it is, and bare inserts a second, round by round."""

    engine: str
    version: str
    waits: dict[str, list[float]] = field(default_factory=dict)
    bare: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def timed(self, what: str, work: Callable[[], Any]) -> Any:
        begun = perf_counter()
        done = work()
        self.waits.setdefault(what, []).append(perf_counter() - begun)
        return done


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page where asked; exit 1 where the book does not add up afterwards."""
    asked = _parser().parse_args(words)
    found = []
    for engine in asked.engines:
        try:
            with place(engine) as (url, folder):
                found.append(measured(engine, url, folder, asked.rounds, asked.acts))
        except NoPostgres as error:
            print(f"PostgreSQL is left out: {error}.", file=sys.stderr)
    told = {"table": "\n".join(table(found)), "about": about(found, asked.rounds, asked.acts)}
    print("\n\n".join(told.values()))
    if asked.write:
        _write(told)
    broken = [f"{one.engine}: {word}" for one in found for word in one.broken]
    print("\n".join(broken), end="\n" * bool(broken), file=sys.stderr)
    return 1 if broken or not found else 0


def _write(told: dict[str, str]) -> None:
    page = (Path(__file__).parent / "ledger.md").read_text(encoding="utf-8")
    for name, words in told.items():
        page = page.replace("{{" + name + "}}", words)
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench ledger", description=__doc__)
    parser.add_argument("--engines", type=_engines, default=ENGINES, help=f"of {','.join(ENGINES)}")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--acts", type=int, default=40, help="of each kind in a round")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    return parser


def _engines(words: str) -> tuple[str, ...]:
    unknown = [word for word in words.split(",") if word not in ENGINES]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}; there are {', '.join(ENGINES)}")
    return tuple(words.split(","))


@contextmanager
def place(engine: str) -> Iterator[tuple[str, Path]]:
    """An empty database as durable as a site's, and a folder beside it."""
    with tempfile.TemporaryDirectory(prefix="lianxin-bench-") as name:
        folder = Path(name)
        if engine == "sqlite":
            yield f"sqlite:///{folder / 'lianxin.db'}", folder
            return
        with Server(folder, SAFE) as server:
            cloner = Cloner(server.url)
            cloner.create("bench")
            yield cloner.url_of("bench"), folder


def measured(engine: str, url: str, folder: Path, rounds: int, acts: int) -> Figures:
    """Rounds of acts with bare inserts before each and after the last."""
    app = make_app(url, folder / "instance")
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        figures = Figures(engine, _version())
        with transaction():
            bank = _opened(cast(session), rounds * acts)
            bo = signed_in(Visitor(app, use_cookies=True), bank.owner)
        for number in range(rounds):
            figures.bare.append(bare_inserts_a_second(url, BARE_ROWS))
            _round(figures, bank, bo, f"bench:{number}", acts)
        figures.bare.append(bare_inserts_a_second(url, BARE_ROWS))
        figures.broken += [str(one) for one in prove().findings]
        session.remove()
        db.engine.dispose()
    return figures


def _version() -> str:
    if session.get_bind().dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    return f"PostgreSQL {str(session.scalar(text('SHOW server_version'))).split()[0]}"


def _opened(people: Cast, acts: int) -> Bank:
    """A fund with minutes for so many acts, and Bo's passbook."""
    today = clock.today(ZONE)
    fund, issuance = service.ensure_accounts_for_unit(GRID3, on=today), issuance_of(GRID3, on=today)
    assert issuance is not None
    service.seed(
        uid="seed:bench", issuance=issuance.id, to=fund.id, minutes=2 * acts,
        approvers=[people.lin.id, people.approver.id],
    )  # fmt: skip
    return Bank(fund.ledger_id, fund.id, service.ensure_person_account(people.bo.id).id, people.bo.id)


def _round(figures: Figures, bank: Bank, bo: Visitor, name: str, acts: int) -> None:
    uids = [f"{name}:{number}" for number in range(acts)]
    until = clock.now() + timedelta(days=3)
    for uid in uids:
        hold = partial(service.hold, uid=f"{uid}:hold", payer=bank.fund, minutes=2, expires_at=until)
        figures.timed("a hold", partial(act, hold))
    for uid in uids:
        post = partial(service.post, uid=f"{uid}:post", hold_uid=f"{uid}:hold", payee=bank.passbook, minutes=2)
        figures.timed("a post", partial(act, post))
    for uid in uids:
        give = partial(service.donate, uid=f"{uid}:give", giver=bank.passbook, fund=bank.fund, minutes=1, by=bank.owner)
        figures.timed("a donation", partial(act, give))
    for _ in uids:
        answer = figures.timed("a passbook's page", partial(bo.get, "/v/ledger"))
        figures.broken += [] if answer.status_code == 200 else [f"the passbook answered {answer.status_code}"]
    _verify(figures, bank, uids)


def _verify(figures: Figures, bank: Bank, uids: list[str]) -> None:
    """Receipts of this round's posts against a new head, made by the site and checked without it."""
    act(partial(publish, bank.book))
    keys = public_keys()
    for uid in uids:
        told = figures.timed("a line's receipt", partial(receipt, f"{uid}:post"))
        let_go()
        verdict = figures.timed("a receipt checked", partial(check, told, keys))
        figures.broken += [] if verdict.holds else [f"{uid}: {verdict.why}"]


def table(found: Sequence[Figures]) -> list[str]:
    """Markdown, one row for each engine and act; waits as so many bare inserts long."""
    lines = ["| " + " | ".join(HEADS) + " |", "|---" * len(HEADS) + "|"]
    for one in found:
        bare = median(one.bare)
        lines.append(f"| {one.version} | a bare insert | {bare:.0f} | 1 | | | |")
        for what, waits in one.waits.items():
            rate = len(waits) / sum(waits)
            ordered = sorted(waits)
            marks = (median(waits), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1])
            cells = " | ".join(f"{1000 * wait:.1f} ms ({wait * bare:.1f})" for wait in marks)
            lines.append(f"| {one.version} | {what} | {rate:.0f} | {rate / bare:.3f} | {cells} |")
    return lines


def about(found: Sequence[Figures], rounds: int, acts: int) -> str:
    """The machine, the load, and how much was measured."""
    spread = "; ".join(f"{one.version} {min(one.bare):.0f} to {max(one.bare):.0f}" for one in found)
    return (
        f"{machine.here()}. Measured on {machine.today()} at load {os.getloadavg()[0]:.1f}, {rounds} rounds of {acts} "
        f"acts of each kind. Bare inserts a second, from round to round: {spread}."
    )


if __name__ == "__main__":
    sys.exit(main())
