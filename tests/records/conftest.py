"""Bo has served Aunt Chen: what the tests of records start from."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.db import transaction
from tests.people import Cast


@pytest.fixture
def acting(session: Any) -> Iterator[None]:
    """The test stands inside one act."""
    with transaction():
        yield


@pytest.fixture
def people(cast: Cast, acting: None) -> Cast:
    """The cast, inside an act."""
    return cast


@pytest.fixture
def stored(cast: Cast) -> Cast:
    """The cast, stored: for tests that open pages."""
    return cast
