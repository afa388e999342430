"""What every test may ask for.

    app         the product on a fresh migrated database, its context pushed; one database for each engine asked for
    session     the database session of that context
    client      a browser without script; what the test arranged is stored before each request
    cast        the people of the tests (tests/people.py), stored
    log_in      log_in(person) -> a client signed in as that person
    clock       stopped at Tuesday 16 June 2026, 09:00 in Shanghai, for every test that drives no real browser
    live_server its address, for a real browser (`page`, `new_context`) on the real clock

`pytest --engine sqlite|postgresql|both` chooses the databases (sqlite). A test that uses a database runs once for each;
`@pytest.mark.engines("sqlite")` narrows it. `--full` runs the long tests (`@pytest.mark.full`) in full length.
No test may open a socket off the loopback, and after each test with a database the ledger must add up.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import settings as hypothesis_settings
from sqlalchemy.orm import Session, scoped_session

from tests.support import browser as chromium
from tests.support.databases import EMPTY, MORNING, PEOPLED, Database, PostgresDatabase, SqliteDatabase, make_app
from tests.support.ledger import differences
from tests.support.places import make_place
from tests.support.postgres import NoPostgres, Server
from tests.support.sockets import only_loopback
from tests.support.visitor import Visitor

ENGINES = ("sqlite", "postgresql")
PLACE = "LIANXIN_TEST_PLACE"

hypothesis_settings.register_profile("quick", deadline=None, database=None)
hypothesis_settings.register_profile("full", deadline=None, database=None, max_examples=1000)


# --- choosing engines and lengths --------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=[*ENGINES, "both"], default="sqlite", help="the databases to test on")
    parser.addoption("--full", action="store_true", help="run the long tests in full length")


def pytest_configure(config: pytest.Config) -> None:
    hypothesis_settings.load_profile("full" if config.getoption("full") else "quick")
    if hasattr(config, "workerinput"):
        return
    place = make_place()
    os.environ[PLACE] = str(place)  # the workers are our children and inherit it
    config.add_cleanup(lambda: shutil.rmtree(place, ignore_errors=True))
    if config.getoption("engine") == "sqlite" or os.environ.get("TEST_POSTGRES_URL"):
        return
    try:
        server = Server(place).__enter__()
    except NoPostgres as error:
        raise pytest.UsageError(str(error)) from None
    config.add_cleanup(lambda: server.__exit__(None, None, None))
    os.environ["TEST_POSTGRES_URL"] = server.url
    config.add_cleanup(lambda: os.environ.pop("TEST_POSTGRES_URL", None))


def _asked_for(config: pytest.Config) -> list[str]:
    chosen = config.getoption("engine")
    return list(ENGINES) if chosen == "both" else [chosen]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("engines")
    allowed = marker.args if marker else ENGINES
    metafunc.parametrize("engine", [name for name in _asked_for(metafunc.config) if name in allowed])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("full"):
        return
    long = [item for item in items if item.get_closest_marker("full")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def full(pytestconfig: pytest.Config) -> bool:
    """Whether this run takes the time for the full length."""
    return bool(pytestconfig.getoption("full"))


# --- the guards ----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _stays_on_this_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("network"):
        yield
        return
    with only_loopback() as tried:
        yield
    assert not tried, f"opened sockets off the loopback: {tried}"


# --- figures ---------------------------------------------------------------------------------------------------------


Tell = Callable[[str], None]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Says a line to whoever runs the tests: the figures of experiments, which go into docs/evidence.md."""

    def said(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line}")

    return said


# --- time ------------------------------------------------------------------------------------------------------------


class Clock:
    """The stopped clock: `clock.forward(hours=3)`, `clock.move_to(instant)`."""

    def __init__(self, travel: time_machine.Traveller) -> None:
        self._travel = travel

    def move_to(self, instant: datetime) -> None:
        self._travel.move_to(instant, tick=False)

    def forward(self, **amount: float) -> None:
        self._travel.shift(timedelta(**amount))

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[Clock | None]:
    """Time stands still, so that no test depends on the hour it runs at. A real browser lives in real time."""
    if "live_server" in request.fixturenames:
        yield None
        return
    with time_machine.travel(MORNING, tick=False) as travel:
        yield Clock(travel)


# --- databases and the product ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _shared() -> Path:
    """A folder common to all workers of this run."""
    return Path(os.environ[PLACE])


@pytest.fixture(scope="session")
def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def _databases(_shared: Path, _worker: str) -> Callable[[str], Database]:
    made: dict[str, Database] = {}

    def database(engine: str) -> Database:
        if engine not in made:
            if engine == "sqlite":
                made[engine] = SqliteDatabase(_shared, _worker)
            else:
                made[engine] = PostgresDatabase(_shared, _worker, os.environ["TEST_POSTGRES_URL"])
        return made[engine]

    return database


@pytest.fixture(scope="session")
def _apps(_shared: Path, _worker: str, _databases: Callable[[str], Database]) -> Callable[[str], Flask]:
    made: dict[str, Flask] = {}

    def product(engine: str) -> Flask:
        if engine not in made:
            made[engine] = make_app(_databases(engine).url, _shared / _worker / "instance")
        return made[engine]

    return product


@pytest.fixture
def database(request: pytest.FixtureRequest, engine: str, _databases: Callable[[str], Database]) -> Database:
    """A fresh migrated database of this engine; `database.url` for a program of its own.

    The cast is in it already where the test asks for `cast` and the clock stands at the morning they were made at.
    """
    made = _databases(engine)
    made.restore(PEOPLED if "cast" in request.fixturenames and datetime.now(UTC) == MORNING else EMPTY)
    return made


@pytest.fixture
def app(engine: str, database: Database, _apps: Callable[[str], Flask]) -> Iterator[Flask]:
    from app.db import db

    product = _apps(engine)
    with product.app_context():
        yield product
        db.session.rollback()
        wrong = differences(db.session)
        db.session.remove()
        db.engine.dispose()
    assert not wrong, f"the ledger does not add up after this test: {wrong}"


@pytest.fixture
def session(app: Flask) -> scoped_session[Session]:
    from app.db import db

    return db.session


@pytest.fixture
def cast(session: scoped_session[Session]) -> Any:
    """The cast in their units, stored: tests/people.py."""
    from tests.people import cast as everybody

    people = everybody(session)
    session.commit()
    return people


# --- people at the site ----------------------------------------------------------------------------------------------


@pytest.fixture
def client(app: Flask) -> Visitor:
    return Visitor(app, use_cookies=True)


@pytest.fixture
def log_in(app: Flask) -> Callable[[Any], Visitor]:
    """log_in(person) -> a client of her own, signed in by a session row as any way of signing in makes it."""
    from tests.support.sign_in import signed_in

    return lambda person: signed_in(Visitor(app, use_cookies=True), person)


# --- a real browser --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {"executable_path": chromium.chromium(), "args": chromium.FLAGS, "headless": True}


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """The address of the product, served to a real browser."""
    with chromium.serving(app) as address:
        yield address
