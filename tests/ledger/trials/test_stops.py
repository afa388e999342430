"""PostgreSQL stopped at once (`pg_ctl stop -m immediate`) under a site in use, and started again: what was answered is
there, the rest is there once when it is asked again, and the books are clean after every stop."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from flask import Flask

from app.db import db
from app.ledger.verify import prove
from tests.conftest import Tell
from tests.ledger.trials.deeds import Watched, deeds
from tests.ledger.trials.server import Site
from tests.people import cast
from tests.support.databases import PostgresDatabase, make_app
from tests.support.ledger import differences
from tests.support.postgres import SAFE, Server

SEED = 20261125
STOPS, EACH, CLIENTS = 20, 12, 4


@contextmanager
def a_safe_bank(place: Path) -> Iterator[tuple[Server, Flask]]:
    """A PostgreSQL server of its own that hurries nothing, and the product on a fresh database there."""
    with Server(place, SAFE) as server:
        database = PostgresDatabase(place, "stops", server.url)
        database.restore()
        app = make_app(database.url, place / "instance")
        with app.app_context():
            yield server, app
            db.session.remove()
            db.engine.dispose()


@pytest.mark.engines("postgresql")
def test_20_immediate_stops_lose_and_double_nothing(
    engine: str, _shared: Path, _worker: str, full: bool, tell: Tell
) -> None:
    assert engine == "postgresql"
    stops, dice, unanswered = (STOPS if full else 2), Random(SEED), 0
    place = _shared / f"stops-{_worker}"
    place.mkdir()
    with a_safe_bank(place) as (server, app):
        todo = list(deeds(app, cast(db.session), stops * EACH))
        db.session.commit()
        db.engine.dispose()
        with Site(app.config["SETTINGS"].url, place) as site:
            for first in range(0, len(todo), EACH):
                now = todo[first : first + EACH]
                statuses = stopped_meanwhile(server, site, now, dice)
                unanswered += statuses.count(None)
                there_before = [one for one, status in zip(now, statuses, strict=True) if status == 303]
                must_be_there(there_before)
                assert [site.ask_until_answered(one.deed) for one in now] == [303] * EACH
                must_be_there(now)
    tell(
        f"stops, seed {SEED}: {stops} immediate stops, {len(todo)} acts, {unanswered} not answered at first"
    )
    assert unanswered >= stops, "most stops met nobody: the trial says little"


def stopped_meanwhile(server: Server, site: Site, now: list[Watched], dice: Random) -> list[int | None]:
    """What the clients were answered (None: nothing, or that it did not work); the server is back afterwards."""

    def press(watched: Watched) -> int | None:
        status = site.ask(watched.deed).answer()
        return status if status == 303 else None

    with ThreadPoolExecutor(CLIENTS) as pool:
        asked: list[Future[int | None]] = [pool.submit(press, one) for one in now]
        answered_before = dice.randint(1, EACH - CLIENTS)
        while sum(one.done() for one in asked) < answered_before:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.02))
        server.stop_at_once()
        statuses = [one.result() for one in asked]
    server.start()
    return statuses


def must_be_there(done: list[Watched]) -> None:
    """These acts are there exactly once, and all books hold."""
    db.session.rollback()
    db.session.expire_all()
    assert [wrong for one in done for wrong in one.wrong()] == []
    assert differences(db.session) == []
    assert [str(one) for one in prove().findings] == []
