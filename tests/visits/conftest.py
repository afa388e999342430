"""Services are called from within one act, as the edge does."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.db import transaction
from tests.people import Cast, cast
from tests.visits.support import World, paid_need


@pytest.fixture
def acting(session: Any) -> Iterator[None]:
    """The test stands inside one act."""
    with transaction():
        yield


@pytest.fixture
def people(acting: None, session: Any) -> Cast:
    """The cast, inside an act."""
    return cast(session)


@pytest.fixture
def world(people: Cast) -> World:
    """The cast with Aunt Chen's order of today."""
    return paid_need(people)
