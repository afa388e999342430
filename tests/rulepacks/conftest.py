"""Services are called from within one act, as the edge does."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.db import transaction
from tests.people import Cast, cast


@pytest.fixture
def people(session: Any) -> Iterator[Cast]:
    """The cast, with an act open as a page would have it."""
    with transaction():
        yield cast(session)
