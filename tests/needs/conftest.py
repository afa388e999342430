"""Services are called as from an edge: inside an act. Pages get the cast stored."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from app import clock
from app.db import transaction
from app.needs.service import OrderEntry
from tests.factories import ZONE
from tests.people import Cast, cast


@pytest.fixture
def people(session: Any) -> Iterator[Cast]:
    """The cast, with an act open as a page or a job would have it."""
    with transaction():
        yield cast(session)


@pytest.fixture
def tomorrow() -> date:
    return clock.today(ZONE) + timedelta(days=1)


@pytest.fixture
def chat(people: Cast, tomorrow: date) -> Callable[..., OrderEntry]:
    """What Aunt Chen asks for most: company tomorrow morning; `chat(day=...)` changes a part of it."""

    def entry(**given: Any) -> OrderEntry:
        usual = {
            "elder_id": people.chen.id, "item_code": "companion-chat", "day": tomorrow, "earliest_start_min": 480,
            "latest_start_min": 630,
        }  # fmt: skip
        return OrderEntry(**{**usual, **given})

    return entry
