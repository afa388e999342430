"""Servers killed (-9) while they publish a plan, close a visit and move its minutes: what was answered is there, what
was not answered is there once when it is asked again, and the books are clean after every single death.

Half of the kills come at a moment drawn by lot. For the other half the witness lets the server go on for less than a
thousandth of a second at a time and looks through a connection of its own: it kills when the act stands in the database
and the server has not yet said so. Nothing in the product knows of it.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from app.db import session as database_session
from app.ledger.verify import prove
from tests.conftest import Tell
from tests.ledger.trials.deeds import Watched, deeds
from tests.ledger.trials.server import Site, go_on, kill, stop
from tests.people import Cast
from tests.support.databases import Database
from tests.support.ledger import differences

SEED = 20261125
KILLS = 200
FEW = 6, 24  # in the quick form: so many, and more where a busy machine lets the witness come too late
MET = 0.2  # of them: so many come between commit and answer
Witness = Callable[[str], bool]


@pytest.fixture
def witness(database: Database, engine: str) -> Any:
    """Somebody beside the server who asks the database; a question that cannot be answered now is a no."""
    if engine == "sqlite":
        file = sqlite3.connect(make_url(database.url).database or "", isolation_level=None, timeout=0)

        def looks(question: str) -> bool:
            try:
                return file.execute(question).fetchone() is not None
            except sqlite3.OperationalError:  # the frozen server holds what a reader needs for a moment
                return False

        yield looks
        file.close()
        return
    plain = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield lambda question: connection.execute(question).fetchone() is not None


def by_lot(site: Site, watched: Watched, dice: Random, usual_s: float) -> int | None:
    """Killed at any moment of an act."""
    worker, asked = site.worker(), site.ask(watched.deed)
    time.sleep(dice.uniform(0, usual_s))
    kill(worker)
    return asked.answer()


def when_it_stands(site: Site, watched: Watched, dice: Random, witness: Witness) -> int | None:
    """Killed as soon as the act is seen in the database, or the answer comes."""
    worker, asked = site.worker(), site.ask(watched.deed)
    while not asked.is_answered():
        stop(worker)
        if witness(watched.stored):
            break
        go_on(worker)
        time.sleep(dice.uniform(0.0001, 0.0008))
    kill(worker)
    return asked.answer()


def test_200_kills_lose_and_double_nothing(
    app: Flask, session: Any, cast: Cast, database: Database, engine: str, witness: Witness, full: bool, tell: Tell,
    tmp_path: Path,
) -> None:  # fmt: skip
    kills, most = (KILLS, KILLS) if full else FEW
    warm, dice, wanted = 3, Random(SEED), MET * kills
    todo = list(deeds(app, cast, most + warm))
    session.commit()
    moments: Counter[str] = Counter()
    with Site(database.url, tmp_path) as site:
        usual_s = max(timed(site, watched) for watched in todo[:warm])
        for watched in todo[warm:]:
            if dice.random() < 0.5:
                status = by_lot(site, watched, dice, usual_s)
            else:
                status = when_it_stands(site, watched, dice, witness)
            stood = witness(watched.stored)
            moments[moment(stood, status)] += 1
            assert stood or status is None, f"{watched.deed.kind} was answered with {status} and is lost"
            assert site.ask_until_answered(watched.deed) == 303
            must_be_whole(session, watched)
            if moments.total() >= kills and moments["between commit and answer"] >= wanted:
                break
    tell(f"kills, {engine}, seed {SEED}: {moments.total()}, {dict(moments)}")
    assert moments["between commit and answer"] >= wanted


def timed(site: Site, watched: Watched) -> float:
    begun = time.perf_counter()
    assert site.ask_until_answered(watched.deed) == 303
    return time.perf_counter() - begun


def moment(stood: bool, status: int | None) -> str:
    """When in an act the server died."""
    if status is not None:
        return "after the answer"
    return "between commit and answer" if stood else "before the commit"


def must_be_whole(session: Any, watched: Watched) -> None:
    """The act is there exactly once, and all books hold."""
    database_session.rollback()
    session.expire_all()
    assert watched.wrong() == []
    assert differences(session) == []
    assert [str(one) for one in prove().findings] == []
