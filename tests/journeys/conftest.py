"""Journeys: a real server on a temporary database, real Chromium, both languages, and a clock that can be moved.

The browser lives in real time, so the site's clock starts at nine on the real day (cookies must not be over before
they begin) and runs on from there; a journey moves it to the hour and the day it needs.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from app.db import transaction
from app.notices.carriers import FileCarrier
from tests.conftest import Clock
from tests.journeys.walk import ZONE, Site, Words
from tests.people import Cast, cast


class RunningClock(Clock):
    """A clock that goes on from where it is set to."""

    def move_to(self, instant: datetime) -> None:
        self._travel.move_to(instant, tick=True)


@pytest.fixture(scope="session")
def base_url() -> str:
    """Every journey has a server of its own (and the plugin's fixture of this name warns)."""
    return ""


@pytest.fixture(autouse=True)
def clock() -> Iterator[RunningClock]:
    """Nine in the morning of the real day, going on."""
    today = datetime.now(UTC).astimezone(ZoneInfo(ZONE))
    nine = today.replace(hour=9, minute=0, second=0, microsecond=0)
    with time_machine.travel(nine, tick=True) as travel:
        yield RunningClock(travel)


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """The language that everybody in the journey reads."""
    return str(request.param)


@pytest.fixture
def people(session: Any, language: str) -> Cast:
    """The cast, all reading the language of the journey, stored."""
    session.commit()
    with transaction():
        made = cast(session)
        for name in made.__dataclass_fields__:
            getattr(made, name).language = language
    return made


@pytest.fixture
def messages(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """The file that stands for everybody's phone: each message that leaves the site is a line of it."""
    path = tmp_path / "messages.jsonl"
    app.extensions["carrier"] = FileCarrier(path)
    yield path
    app.extensions.pop("carrier")


@pytest.fixture
def site(
    app: Flask,
    people: Cast,
    messages: Path,
    live_server: str,
    new_context: Callable[..., Any],
    language: str,
    clock: RunningClock,
) -> Site:
    """The site, served, with the cast in it."""
    return Site(app, live_server, new_context, Words(app, language), clock, messages)
